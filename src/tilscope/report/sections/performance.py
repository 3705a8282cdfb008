"""How well the score does: discrimination, decisions at the cut-off, calibration, net benefit, role by role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tilscope.report.content import Content
from tilscope.report.performances import Performance
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Table, table
from tilscope.report.wording import DASH, NONE, auc_in_words, fixed, interval, interval_in_words, p_value
from tilscope.statistics import Calibration, ConfusionMatrix, Estimate, Proportion, Ratio

MEASURES = (
    ("Sensitivity", "sensitivity"),
    ("Specificity", "specificity"),
    ("Positive predictive value", "ppv"),
    ("Negative predictive value", "npv"),
    ("Accuracy", "accuracy"),
)
RATIOS = (
    ("Positive likelihood ratio", "positive_likelihood_ratio"),
    ("Negative likelihood ratio", "negative_likelihood_ratio"),
)
APPARENT = (
    "apparent: the model was fitted to these patients; an unpenalised logistic score has intercept 0 and slope 1 here "
    "whatever it is worth"
)


@dataclass(frozen=True, slots=True)
class RoleView:
    """One role's numbers.

    Attributes
    ----------
    row : Performance
        As it was stored.
    auc, interval : str
        The AUC in words, and what kind its interval is.
    measures : Table
        Decisions at the cut-off.
    share : str
        The share of the positive class, which the predictive values hold for.
    calibration : Table or None
        Whether the score is a probability; None in results of an earlier version.
    undefined : str or None
        Why a number of the calibration is not defined.
    """

    row: Performance
    auc: str
    interval: str
    measures: Table
    share: str
    calibration: Table | None
    undefined: str | None


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return one block per role."""
    if not content.performance:
        return missing_result(
            content, "signature", "The signature has not been evaluated yet.", "tilscope run STUDY"
        )
    return {"roles": tuple(_role(row) for row in content.performance)}


def _role(row: Performance) -> RoleView:
    matrix = ConfusionMatrix(
        row.tp, row.fn, row.fp, row.tn, row.positive, row.negative, confidence=row.confidence
    )
    found = row.calibration
    share = matrix.prevalence
    return RoleView(
        row=row,
        auc=auc_in_words(row),
        interval="" if row.ci_low is None else interval_in_words(row.interval),
        measures=_measures(row, matrix),
        share=f"{share.value:.0%} ({share.numerator} of {share.denominator})" if share.denominator else NONE,
        calibration=None if found is None else _calibration(row, found),
        undefined=None if found is None else found.reason,
    )


def _measures(row: Performance, matrix: ConfusionMatrix) -> Table:
    rows = []
    for name, attribute in MEASURES:
        share: Proportion = getattr(matrix, attribute)
        counted = f"{share.numerator} / {share.denominator}"
        rows.append((name, counted, fixed(share.value), _between(share.ci_low, share.ci_high)))
    for name, attribute in RATIOS:
        ratio: Ratio = getattr(matrix, attribute)
        rows.append((name, NONE, fixed(ratio.value), _between(ratio.ci_low, ratio.ci_high)))
    caption = (
        f"{row.role.capitalize()}: decisions at the frozen cut-off; positive class: {row.positive} TILs. Intervals of "
        "shares are exact (Clopper-Pearson), those of likelihood ratios normal on the logarithm"
    )
    return table(caption, ("Measure", "Patients", "Value", _level(row)), rows, can_sort=False)


def _calibration(row: Performance, found: Calibration) -> Table:
    ratio, recall = found.expected_observed, row.recall
    rows = [
        _estimated("Intercept (calibration in the large)", found.intercept),
        _estimated("Slope", found.slope),
        ("Both together (likelihood ratio)", NONE, NONE, p_value(found.joint_p_value), "0 and 1"),
        ("Expected / observed", fixed(ratio.value), _between(ratio.ci_low, ratio.ci_high), NONE, "1"),
        ("Brier score", fixed(found.brier), NONE, NONE, "0"),
        ("Scaled Brier score", fixed(found.scaled_brier), NONE, NONE, "1"),
    ]
    if recall is not None:
        chance = f"1 (by chance {fixed(recall.baseline)})"
        rows.append(("Average precision", fixed(recall.average_precision), NONE, NONE, chance))
    apparent = f" ({APPARENT})" if row.role == "training" else ""
    role, positive = row.role.capitalize(), row.positive
    caption = f"{role}: the score as a probability of {positive} TILs, the positive class{apparent}"
    return table(caption, ("Measure", "Value", _level(row), "p", "A perfect score has"), rows, can_sort=False)


def _estimated(name: str, found: Estimate) -> tuple[str, ...]:
    limits = _between(found.ci_low, found.ci_high).replace(DASH, " to ")  # a dash beside a minus misleads
    return name, fixed(found.value), limits, p_value(found.p_value), f"{found.null:g}"


def _between(low: float, high: float) -> str:
    return interval(None if low != low else low, None if high != high else high)  # noqa: PLR0124  (NaN)


def _level(row: Performance) -> str:
    return f"{row.confidence:.0%} CI"


PERFORMANCE = Section("performance", "Performance", view)
