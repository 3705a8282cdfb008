"""The frozen signature: features, equation, cut-off, and how the penalty was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import table
from tilscope.report.wording import fixed, number
from tilscope.signature import Signature

ORIGINS = {
    "logistic": "logistic regression on the features that the elastic net selected",
    "elastic_net": "the elastic net's own coefficients",
    "empty": "no feature was selected: the score is the prevalence",
    "published": "published elsewhere",
}


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the features with their coefficients, the equation and the path."""
    signature = content.signature
    if signature is None:
        return missing_result(content, "signature", "No signature has been fitted yet.", "tilscope run STUDY")
    rows = [
        (f"X{i + 1}", f.name, f.coefficient, _range(f.training_min, f.training_max))
        for i, f in enumerate(signature.features)
    ]
    headings = ("Term", "Feature", "Coefficient", "Range in training")
    return {
        "signature": signature,
        "origin": ORIGINS[signature.origin],
        "n_candidates": content.n_features,
        "table": table(
            "Features of the signature; coefficients on the features' original scale", headings, rows
        )
        if rows
        else None,
        "equation": equation(signature),
        "notes": content.signature_notes,
    }


def equation(signature: Signature) -> str:
    """Return the score's equation with the digits that a reader needs to compute it again."""
    terms = "".join(
        f" {'+' if f.coefficient >= 0 else '−'} {number(abs(f.coefficient), 7)} X{i + 1}"
        for i, f in enumerate(signature.features)
    )
    return f"ln(p / (1 − p)) = {fixed(signature.intercept, 7)}{terms}"


def _range(low: float | None, high: float | None) -> str:
    return "unknown" if low is None or high is None else f"{number(low, 4)} to {number(high, 4)}"


def _badge(content: Content) -> str | None:
    if content.signature is None:
        return None
    n = len(content.signature.features)
    return f"{n} feature{'' if n == 1 else 's'}"


SIGNATURE = Section("signature", "Signature", view, badge=_badge)
