"""How well the score tells the classes apart: scores, ROC curves, integer confusion matrices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tilscope.report.content import Content, Performance
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Table, table
from tilscope.report.wording import auc_in_words, fixed, interval
from tilscope.statistics import ConfusionMatrix, Proportion

MEASURES = (
    ("Sensitivity", "sensitivity"),
    ("Specificity", "specificity"),
    ("Positive predictive value", "ppv"),
    ("Negative predictive value", "npv"),
    ("Accuracy", "accuracy"),
)


@dataclass(frozen=True, slots=True)
class RoleView:
    """One role's numbers."""

    row: Performance
    auc: str
    measures: Table


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return one block per role."""
    if not content.performance:
        return missing_result(
            content, "signature", "The signature has not been evaluated yet.", "tilscope run STUDY"
        )
    return {"roles": tuple(RoleView(row, auc_in_words(row), _measures(row)) for row in content.performance)}


def _measures(row: Performance) -> Table:
    matrix = ConfusionMatrix(row.tp, row.fn, row.fp, row.tn, row.positive, row.negative)
    rows = []
    for name, attribute in MEASURES:
        share: Proportion = getattr(matrix, attribute)
        rows.append(
            (
                name,
                f"{share.numerator} / {share.denominator}",
                fixed(share.value),
                interval(share.ci_low, share.ci_high),
            )
        )
    caption = f"{row.role.capitalize()}: decisions at the frozen cut-off; positive class: {row.positive} TILs"
    return table(caption, ("Measure", "Patients", "Value", "95% CI (exact)"), rows, can_sort=False)


PERFORMANCE = Section("performance", "Performance", view)
