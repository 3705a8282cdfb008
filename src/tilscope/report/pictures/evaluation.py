"""From the evaluation of a score to the records that its figures draw."""

from __future__ import annotations

import math

from tilscope.figures import (
    CalibrationGroupPicture,
    CalibrationPanels,
    CalibrationPicture,
    DecisionPanels,
    DecisionPicture,
    PrecisionRecallPanels,
    PrecisionRecallPicture,
)
from tilscope.report.content import Content
from tilscope.report.performances import Performance
from tilscope.statistics import Calibration, Estimate

Line = tuple[tuple[float, float], ...]


def calibration_panels(content: Content) -> CalibrationPanels | None:
    """Return the calibration of every role that was evaluated."""
    pictures = tuple(
        _calibration(content, row, row.calibration)
        for row in content.performance
        if row.calibration is not None
    )
    return CalibrationPanels(pictures) if pictures else None


def _calibration(content: Content, row: Performance, found: Calibration) -> CalibrationPicture:
    curve = found.curve
    return CalibrationPicture(
        role=row.role,
        positive=row.positive,
        negative=row.negative,
        groups=tuple(
            CalibrationGroupPicture(
                group.mean_score,
                (group.observed.value, group.observed.ci_low, group.observed.ci_high),
                group.observed.denominator,
            )
            for group in found.groups
        ),
        curve=_line(curve.score, curve.observed),
        band_low=_line(curve.score, curve.ci_low),
        band_high=_line(curve.score, curve.ci_high),
        intercept=_limits(found.intercept),
        slope=_limits(found.slope),
        brier=found.brier,
        scores_positive=_scores(content, row, row.positive),
        scores_negative=_scores(content, row, row.negative),
        confidence=found.confidence,
    )


def _line(x: tuple[float, ...], y: tuple[float, ...]) -> Line:
    return tuple(zip(x, y, strict=True))


def _limits(estimate: Estimate) -> tuple[float, float, float] | None:
    if math.isnan(estimate.value):
        return None
    return estimate.value, estimate.ci_low, estimate.ci_high


def _scores(content: Content, row: Performance, level: str) -> tuple[float, ...]:
    """Return the scores of one class in one role, in ascending order."""
    compared = content.compared
    if compared is None:
        return ()
    chosen = compared[(compared["role"] == row.role) & (compared["til_level"] == level)]
    return tuple(sorted(float(score) for score in chosen["rad_tils_score"]))


def decision_panels(content: Content) -> DecisionPanels | None:
    """Return the decision curve of every role that has both classes."""
    pictures = tuple(
        DecisionPicture(
            row.role,
            row.positive,
            found.thresholds,
            found.model,
            found.treat_all,
            row.n_positive,
            row.n_negative,
            row.negative,
        )
        for row in content.performance
        if (found := row.net_benefit) is not None
    )
    return DecisionPanels(pictures) if pictures else None


def precision_recall_panels(content: Content) -> PrecisionRecallPanels | None:
    """Return the precision-recall curve of every role that has both classes."""
    pictures = tuple(
        PrecisionRecallPicture(
            role=row.role,
            positive=row.positive,
            negative=row.negative,
            recall=found.recall,
            precision=found.precision,
            average_precision=found.average_precision,
            baseline=found.baseline,
            n_positive=row.n_positive,
            n_negative=row.n_negative,
        )
        for row in content.performance
        if (found := row.recall) is not None
    )
    return PrecisionRecallPanels(pictures) if pictures else None
