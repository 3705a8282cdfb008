"""Quality control of the whole cohort: one row per patient, one mark per reason to look."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section
from tilscope.report.tables import Cell, Table, cell, table
from tilscope.report.wording import fixed

PER_PHASE = (
    "The intensities were normalised phase by phase (normalisation.statistics = per-phase). This takes part of the "
    "lesion's enhancement away, so that features of the phases, and their changes over time, no longer tell how much "
    "contrast agent the lesion takes up; each patient's enhancement picture shows the curve before and after."
)


def view(content: Content) -> Mapping[str, Any] | Missing | None:
    """Return the table, how often each flag was raised, and what holds for every patient."""
    if not content.patients:
        return None
    if content.qc_table is None:
        return Missing("There is no table of quality control yet.", "tilscope run STUDY")
    rows = content.qc_table
    return {
        "n_measured": int(rows["n_flags"].notna().sum()),
        "n_flagged": int((rows["n_flags"] > 0).sum()),
        "caveats": _caveats(content),
        "flags": _flags(content, rows),
        "table": _table(content, rows),
    }


def _caveats(content: Content) -> tuple[str, ...]:
    used = {qc.get("normalisation", {}).get("statistics") for qc in content.qc.values()}
    return (PER_PHASE,) if "per-phase" in used else ()


def _flag_columns(content: Content, rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return _columns(content, rows, "Rule")


def _columns(content: Content, rows: pd.DataFrame, kind: str) -> dict[str, dict[str, Any]]:
    """Return what is told of the columns of one kind, in the table's order."""
    known = {name: content.qc_columns.get(name, {}) for name in rows.columns}
    return {name: told for name, told in known.items() if kind in told}


def _flags(content: Content, rows: pd.DataFrame) -> Table:
    counted = [
        (told["LongName"], told["Rule"], int((rows[name] == "yes").sum()), told["Description"])
        for name, told in _flag_columns(content, rows).items()
    ]
    counted.sort(key=lambda row: -row[2])
    return table("Flags, and the question that each asks", ("Flag", "Rule", "Patients", "Question"), counted)


def _table(content: Content, rows: pd.DataFrame) -> Table:
    flags = _flag_columns(content, rows)
    measures = {k: v for k, v in _columns(content, rows, "Decimals").items() if rows[k].notna().any()}
    headings = (
        "Patient",
        "State",
        "Flags",
        "What was said",
        *(told["LongName"] for told in measures.values()),
    )
    body = [
        (
            Cell(key, key, link=f"#patient-{key}"),
            Cell(row["state"], row["state"], badge=row["state"].replace(" ", "-")),
            _count(row["n_flags"]),
            _said(row),
            *(_measure(row, name, told, flags) for name, told in measures.items()),
        )
        for key, row in ((key, rows.loc[key].to_dict()) for key in _most_flagged(rows))
    ]
    return table("Measures of every patient, those with most flags first", headings, body, can_filter=True)


def _most_flagged(rows: pd.DataFrame) -> list[str]:
    """Return the patients with the most flags first, those without measures last."""
    return list(rows["n_flags"].astype(float).sort_values(ascending=False, kind="stable").index)


def _count(n_flags: Any) -> Cell:
    if pd.isna(n_flags):
        return Cell("—", None, is_number=True)
    return Cell(f"{n_flags:.0f}", float(n_flags), is_number=True, mark="flagged" if n_flags else None)


def _measure(
    row: Mapping[Any, Any], name: str, told: dict[str, Any], flags: dict[str, dict[str, Any]]
) -> Cell:
    value = row[name]
    mark = (
        ", ".join(flags[f]["Rule"] for f in told.get("Flags", ()) if f in flags and row[f] == "yes") or None
    )
    if isinstance(value, str):
        return Cell(value, value, mark=mark)
    shown = cell(None if pd.isna(value) else float(value), partial(fixed, decimals=told["Decimals"]))
    return Cell(shown.text, shown.sort, shown.is_number, mark=mark)


def _said(row: Mapping[Any, Any]) -> Cell:
    flags, rule, reason = (
        None if pd.isna(row[name]) else str(row[name]) for name in ("flags", "rule", "reason")
    )
    said = "; ".join(text for text in (flags, f"{rule} {reason}" if rule and reason else reason) if text)
    return Cell(said, said)


def _badge(content: Content) -> str | None:
    n = 0 if content.qc_table is None else int((content.qc_table["n_flags"] > 0).sum())
    return f"{n} flagged" if n else None


QUALITY = Section("qc", "Quality control", view, badge=_badge)
