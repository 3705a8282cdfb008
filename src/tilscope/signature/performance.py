"""How well a score tells high from low TILs in one set of patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tilscope.signature.evaluation_settings import EvaluationSettings
from tilscope.signature.levels import HIGH, LOW
from tilscope.statistics import (
    AucResult,
    Calibration,
    ConfusionMatrix,
    DecisionCurve,
    PrecisionRecall,
    RocBand,
    RocCurve,
    TestResult,
    calibration,
    compare_two_groups,
    confusion_matrix,
    decision_curve,
    precision_recall,
    roc_auc,
    roc_band,
    roc_curve,
)
from tilscope.vocabulary import TableError

N_THRESHOLDS = 99  # of the decision curve: every hundredth from .01 to .99


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """Discrimination, calibration and clinical use in one role.

    Attributes
    ----------
    role : str
        ``training``, ``validation`` or ``external``.
    positive : str
        Name of the positive class.
    n : int
        Patients.
    cutoff : float
        Scores >= cutoff are called positive; frozen from training.
    auc : AucResult
        With the interval that the settings ask for; NaN with a reason where only one class is there.
    roc : RocCurve
        All thresholds.
    band : RocBand
        Exact pointwise band of the ROC curve.
    confusion : ConfusionMatrix
        At the cut-off, with exact intervals.
    calibration : Calibration
        Of the score as a probability of the positive class; in training it is apparent, not evidence.
    decision : DecisionCurve
        Net benefit of acting on the score.
    precision_recall : PrecisionRecall
        All thresholds, and average precision.
    difference : TestResult
        Wilcoxon's test of the positive against the other class's scores.
    """

    role: str
    positive: str
    n: int
    cutoff: float
    auc: AucResult
    roc: RocCurve
    band: RocBand
    confusion: ConfusionMatrix
    calibration: Calibration
    decision: DecisionCurve
    precision_recall: PrecisionRecall
    difference: TestResult

    @property
    def brier(self) -> float:
        """Mean squared error of the score as a probability of the positive class."""
        return self.calibration.brier


def evaluate(
    levels: pd.Series,
    scores: pd.Series,
    cutoff: float,
    positive: str = HIGH,
    *,
    role: str = "validation",
    settings: EvaluationSettings | None = None,
) -> Performance:
    """Evaluate a score against the truth.

    Parameters
    ----------
    levels : Series of labels
        True class by participant.
    scores : Series of float in [0, 1]
        Score by participant; the same participants, in any order.
    cutoff : float
        Frozen cut-off.
    positive : str
        The class that high scores speak for.
    role : str
        Which patients these are.
    settings : EvaluationSettings, optional
        Kind and level of the intervals, groups of the calibration, range of the decision curve.

    Raises
    ------
    TableError
        ``TAB-59`` where participants differ, a class or score is missing, or a score lies outside 0..1.
    """
    chosen = settings or EvaluationSettings()
    level = chosen.confidence
    if set(levels.index) != set(scores.index) or len(levels) != len(scores) or levels.empty:
        raise TableError(
            "TAB-59",
            "levels and scores are not of the same patients",
            found=f"{len(levels)} and {len(scores)} patients",
            expected="one level and one score for each",
        )
    truth = levels.to_numpy(dtype=object)
    values = scores.reindex(levels.index).to_numpy(dtype=np.float64)
    auc = roc_auc(truth, values, positive, confidence=level, interval=chosen.interval)
    others = sorted({str(label) for label in truth} - {positive})
    other = others[0] if others else (LOW if positive == HIGH else HIGH)
    roc = roc_curve(truth, values, positive)
    called = np.where(values >= cutoff, positive, other)
    return Performance(
        role=role,
        positive=positive,
        n=len(truth),
        cutoff=float(cutoff),
        auc=auc,
        roc=roc,
        band=roc_band(roc, confidence=level),
        confusion=confusion_matrix(truth, called, positive, negative=other, confidence=level),
        calibration=calibration(
            truth, values, positive, confidence=level, n_groups=chosen.calibration_groups
        ),
        decision=decision_curve(
            truth, values, positive, thresholds=np.linspace(*chosen.decision_thresholds, N_THRESHOLDS)
        ),
        precision_recall=precision_recall(truth, values, positive),
        difference=compare_two_groups(values[truth == positive], values[truth != positive], "wilcoxon"),
    )
