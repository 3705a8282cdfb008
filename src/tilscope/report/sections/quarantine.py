"""Patients that left the analysis: who, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Section
from tilscope.report.tables import Cell, table

LEFT = ("quarantined", "set aside", "waiting")
EXPLAINED = {
    "quarantined": "unusable input or a failed step",
    "set aside": "features exist, but the outcome is missing",
    "waiting": "a step is still to run",
}


def view(content: Content) -> Mapping[str, Any] | None:
    """Return one row per patient that is not done."""
    if not content.patients:
        return None
    rows = [
        (
            Cell(key, key, link=f"#patient-{key}"),
            Cell(row.state, row.state, badge=row.state.replace(" ", "-")),
            row.rule or "—",
            row.step or "—",
            _sentence(row.message, row.found, row.expected, row.file),
            row.remedy or "—",
        )
        for key, row in content.patients.items()
        if row.state in LEFT
    ]
    headings = ("Patient", "State", "Rule", "Step", "What was found", "What to do")
    return {
        "table": table("Patients that are not part of the results", headings, rows, can_filter=len(rows) > 10)
        if rows
        else None,
        "counts": content.counts,
        "n_known": len(content.patients),
        "explained": EXPLAINED,
    }


def _sentence(message: str | None, found: str | None, expected: str | None, file: str | None) -> str:
    text = message or "no reason given"
    details = [f"{word} {value}" for word, value in (("found", found), ("expected", expected)) if value]
    named = f"{file}: " if file else ""
    return f"{named}{text}{': ' if details else ''}{', '.join(details)}."


def _n_left(content: Content) -> str | None:
    n = sum(content.counts[state] for state in LEFT)
    return str(n) if n else None


QUARANTINE = Section("quarantine", "Patients left out, and why", view, badge=_n_left)
