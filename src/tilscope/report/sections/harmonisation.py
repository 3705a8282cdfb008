"""Scanners or centres: who comes from where, what was shifted, and how much of the sites is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Section
from tilscope.report.tables import Cell, Table, table
from tilscope.report.wording import fixed, number, p_with_sign

SIGNIFICANT = 0.05


def view(content: Content) -> Mapping[str, Any] | None:
    """Return the sites, their share of the features' variance, and the shifts of the signature's features."""
    record = content.harmonisation
    if record is None:
        return None
    counts = record["counts"]
    return {
        "told": record["told"],
        "source": record["settings"]["site"],
        "is_harmonised": len(record["known"]) > 1 and record["n_features"] > 0,
        "n_features": record["n_features"],
        "n_unfit": len(record["unfit"]),
        "n_unchanged": record["n_unchanged"],
        "unknown_sites": record["settings"]["unknown_sites"],
        "sites": _sites(record),
        "warning": _warning(counts, record["p_confounding"]),
        "shares": _shares(record["share"]),
        "shifts": _shifts(record["features"]),
    }


def _sites(record: Mapping[str, Any]) -> Table:
    rows = [
        (
            c["site"],
            c["n_patients"],
            c["n_high"],
            c["n_low"],
            record["known"].get(c["site"], Cell("none", mark="not harmonised")),
        )
        for c in record["counts"]
    ]
    headings = ("Site", "Patients", "High TILs", "Low TILs", "Training patients that its shifts come from")
    return table("Patients by site", headings, rows)


def _warning(counts: list[Mapping[str, Any]], p: float | None) -> str | None:
    """Say in words that sites and classes go together."""
    one_sided = [c["site"] for c in counts if c["n_high"] + c["n_low"] and not (c["n_high"] and c["n_low"])]
    if one_sided:
        return f"Patients of one class only: {', '.join(one_sided)}. There the site cannot be told from the class."
    if p is not None and p < SIGNIFICANT:
        return f"High and low TILs are not spread evenly over the sites (Fisher's exact test, p {p_with_sign(p)})."
    return None


def _shares(shares: list[Mapping[str, Any]]) -> Table | None:
    if not shares:
        return None
    rows = [
        (
            s["role"].capitalize(),
            s["n_patients"],
            *(_percent(s[key]) for key in ("before", "after", "by_chance")),
        )
        for s in shares
    ]
    headings = ("Patients", "Number", "Before", "After", "By chance")
    return table(
        "Share of a feature's variance that lies between sites, mean over the features",
        headings,
        rows,
        can_sort=False,
    )


def _percent(share: float) -> str:
    return f"{fixed(100 * share, 1)} %"


def _shifts(features: list[Mapping[str, Any]]) -> Table | None:
    rows = [
        (feature["name"], site, number(shift["offset"], 5), number(shift["scale"], 5))
        for feature in features
        for site, shift in feature["sites"].items()
    ]
    headings = ("Feature", "Site", "Added", "Multiplied with")
    return (
        table("Shifts of the signature's features: first multiplied, then added", headings, rows)
        if rows
        else None
    )


def _badge(content: Content) -> str | None:
    record = content.harmonisation
    return None if record is None else f"{len(record['counts'])} sites"


HARMONISATION = Section("harmonisation", "Scanners and centres", view, badge=_badge)
