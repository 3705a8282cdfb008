"""How well second readings of lesions and of sTIL agree with the first, and what the filter made of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.sections.section import Section
from tilscope.report.tables import Table, cell, table
from tilscope.report.wording import fixed, number, p_value

DECIMALS = 2
two_decimals = partial(fixed, decimals=DECIMALS)


def view(content: Content) -> Mapping[str, Any] | None:
    """Return the designs, the signature's features, and the agreement of volumes and of sTIL."""
    record = content.agreement
    if record is None:
        return None
    features = content.reproducibility
    return {
        "form": record["form"],
        "min_icc": record["min_icc"],
        "judged_on": "lower bound of its 95 % interval" if record["judged_on"] == "lower" else "estimate",
        "is_filtered": any(design["is_used"] for design in record["designs"]),
        "why_not": _why_not(record),
        "designs": _designs(record, features),
        "selected": _selected(content),
        "limits": _limits(record["agreement"]),
        "stil": _stil(record["stil"]),
        "n_stil": record["stil"].get("n_patients"),
        "pathologists": record["stil"].get("readers", []),
    }


def _why_not(record: Mapping[str, Any]) -> str | None:
    if not record["designs"]:
        return None
    if not record["filter"]:
        return "The filter is switched off (reproducibility.filter)."
    return f"In no design were {record['min_patients']} training patients read twice (reproducibility.min_patients)."


def _designs(record: Mapping[str, Any], features: pd.DataFrame | None) -> Table | None:
    if features is None or not record["designs"]:
        return None
    rows = []
    for design in record["designs"]:
        own = features[features["design"] == design["design"]]
        known = own["icc"].dropna()
        reaches = int((known >= record["min_icc"]).sum())
        dropped = int((own["filter"] == "dropped").sum())
        rows.append(
            (
                design["design"],
                design["n_patients"],
                cell(known.median(), two_decimals) if len(known) else None,
                f"{reaches:,} of {len(own):,}",
                design["n_training"],
                f"{dropped:,} of {len(own):,}" if design["is_used"] else "not judged",
            )
        )
    headings = (
        "Second reading",
        "Patients",
        f"Median {record['form']}",
        f"Features that reach {record['min_icc']:g}",
        "Training patients",
        "Dropped by the filter",
    )
    return table("Patients that were read twice", headings, rows, can_sort=False)


def _selected(content: Content) -> Table | None:
    """Return the agreement of the signature's features, from all patients and as the filter saw it."""
    if content.signature is None or content.reproducibility is None:
        return None
    names = list(content.signature.feature_names)
    rows = content.reproducibility[content.reproducibility["feature"].isin(names)]
    if rows.empty:
        return None
    shown = [
        (
            row["feature"],
            row["design"],
            row["n_patients"],
            cell(row["icc"], two_decimals),
            _interval(row["ci_low"], row["ci_high"]),
            cell(row["icc_training"], two_decimals),
            row["filter"],
        )
        for name in names
        for row in rows[rows["feature"] == name].to_dict("records")
    ]
    headings = ("Feature", "Second reading", "Patients", "ICC", "95 % interval", "ICC in training", "Filter")
    return table("Features of the signature", headings, shown)


def _interval(low: float | None, high: float | None) -> str:
    """Return ``−0.02 to 0.92``: a dash between numbers below zero is misread."""
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return "no interval"
    return f"{two_decimals(low)} to {two_decimals(high)}"


def _limits(pairs: list[dict[str, Any]]) -> Table | None:
    if not pairs:
        return None
    rows = [
        (
            f"{pair['what']} {pair['design']}",
            pair["unit"],
            pair["n"],
            _bounded(pair["bias"]),
            _bounded(pair["lower"]),
            _bounded(pair["upper"]),
            p_value(pair["slope_p_value"]),
        )
        for pair in pairs
    ]
    headings = ("Readings", "Unit", "Patients", "Bias", "Lower limit", "Upper limit", "p, proportional bias")
    return table("Bias and limits of agreement, with 95 % intervals", headings, rows, can_sort=False)


def _bounded(estimate: Mapping[str, float]) -> str:
    value, low, high = (number(estimate[name]) for name in ("value", "ci_low", "ci_high"))
    return f"{value} ({low} to {high})"


def _stil(record: Mapping[str, Any]) -> Table | None:
    forms = record.get("forms")
    if not forms or forms[0]["icc"] is None:
        return None
    rows = [
        (
            form["form"],
            cell(form["icc"], two_decimals),
            _interval(form["ci_low"], form["ci_high"]),
        )
        for form in forms
    ]
    caption = "Agreement of the pathologists on sTIL"
    return table(caption, ("Form", "ICC", "95 % interval"), rows, can_sort=False)


def reread(content: Content) -> str:
    """Return the sentence of the methods on second readings; empty where the filter judged nothing."""
    record, features = content.agreement, content.reproducibility
    used = [] if record is None else [d for d in record["designs"] if d["is_used"]]
    if record is None or features is None or not used:
        return ""
    told = " and ".join(f"{design['design']} ({design['n_training']} patients)" for design in used)
    dropped = features.loc[features["filter"] == "dropped", "feature"].nunique()
    judged = "its lower 95 % bound" if record["judged_on"] == "lower" else "the estimate"
    return (
        f"Lesions of some training patients were drawn twice, {told}, and all features computed again; the "
        f"{dropped:,} of {features['feature'].nunique():,} features whose {record['form']} ({judged}) was below "
        f"{record['min_icc']:g} were left out [@shrout]. "
    )


def _badge(content: Content) -> str | None:
    if content.agreement is None or not content.agreement["designs"]:
        return None
    n = max(design["n_patients"] for design in content.agreement["designs"])
    return f"{n} re-read"


REPRODUCIBILITY = Section("reproducibility", "Reproducibility", view, badge=_badge)
