"""The frozen signature: features, equation, cut-off, and how the penalty was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.model_card import as_markdown, model_card
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Table, cell, table
from tilscope.report.wording import fixed, number, percent
from tilscope.signature import Signature
from tilscope.signature.nomogram import why_no_nomogram

MOST_FREQUENT = 20
MODEL_CARD_FILE = "model_card.md"
ORIGINS = {
    "logistic": "logistic regression on the features that the elastic net selected",
    "elastic_net": "the elastic net's own coefficients",
    "empty": "no feature was selected: the score is the prevalence",
    "published": "published elsewhere",
}
CUTOFF_RULES = {
    "median": "the median training score",
    "youden": "the training score with the largest Youden index",
}


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the features with their coefficients, the equation and the path."""
    signature = content.signature
    if signature is None:
        return missing_result(content, "signature", "No signature has been fitted yet.", "tilscope run STUDY")
    frequency = _frequencies(content)
    is_scaled = any(f.training_sd is not None for f in signature.features)
    rows = [
        (
            f"X{i + 1}",
            f.name,
            f.coefficient,
            *([f.standardised_coefficient] if is_scaled else []),
            _range(f.training_min, f.training_max),
            *([cell(frequency.get(f.name), percent)] if frequency else []),
        )
        for i, f in enumerate(signature.features)
    ]
    headings = (
        "Term",
        "Feature",
        "Coefficient",
        *(["Per training sd"] if is_scaled else []),
        "Range in training",
        *(["Stability"] if frequency else []),
    )
    return {
        "signature": signature,
        "origin": ORIGINS[signature.origin],
        "cutoff_rule": CUTOFF_RULES.get(signature.cutoff_rule or ""),
        "n_candidates": content.n_features,
        "table": table(
            "Features of the signature; coefficients on the features' original scale", headings, rows
        )
        if rows
        else None,
        "equation": equation(signature),
        "card": model_card(content, equation(signature))[1:],
        "card_file": f"assets/tables/{MODEL_CARD_FILE}",
        "no_nomogram": why_no_nomogram(signature),
        "notes": content.signature_notes,
        "stability": content.stability_record if frequency else None,
        "stable": _stable(content) if frequency else None,
    }


def files(content: Content) -> Mapping[str, bytes]:
    """Return the model card as Markdown."""
    signature = content.signature
    card = () if signature is None else model_card(content, equation(signature))
    if signature is None or not card:
        return {}
    return {MODEL_CARD_FILE: as_markdown(card, signature.name)}


def _frequencies(content: Content) -> dict[str, float]:
    """Return how often each feature was among the first in halves of the training patients; empty: not counted."""
    if content.stability is None or content.stability_record is None or content.stability_record["reason"]:
        return {}
    return {str(name): float(share) for name, share in content.stability["first_frequency"].items()}


def _stable(content: Content) -> Table | None:
    """Return the most frequent features, whether they are in the signature or not."""
    if content.stability is None or content.stability.empty:
        return None
    rows = [
        (str(name), cell(float(row["first_frequency"]), percent), cell(float(row["path_frequency"]), percent),
         row["in_signature"])
        for name, row in content.stability.head(MOST_FREQUENT).iterrows()
    ]  # fmt: skip
    headings = ("Feature", "Among the first", "At one penalty", "In the signature")
    caption = f"The {len(rows)} features that halves of the training patients select most often"
    return table(caption, headings, rows)


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


SIGNATURE = Section("signature", "Signature", view, badge=_badge, files=files)
