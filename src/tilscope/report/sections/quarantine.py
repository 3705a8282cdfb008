"""Patients and steps that left the analysis: who, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Section
from tilscope.report.tables import Cell, Table, table
from tilscope.report.wording import reason

LEFT = ("quarantined", "set aside", "waiting")
EXPLAINED = {
    "quarantined": "unusable input or a failed step",
    "set aside": "features exist, but the outcome is missing",
    "waiting": "a step is still to run",
}


def view(content: Content) -> Mapping[str, Any] | None:
    """Return one row per patient that is not done, and one per step of the cohort that has no results."""
    if not content.patients and not content.missing_steps:
        return None
    rows = [
        (
            Cell(key, key, link=f"#patient-{key}"),
            Cell(row.state, row.state, badge=row.state.replace(" ", "-")),
            row.rule or "—",
            row.step or "—",
            reason(row.message, row.found, row.expected, row.file),
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
        "steps": _steps(content),
        "counts": content.counts,
        "n_known": len(content.patients),
        "explained": EXPLAINED,
    }


def _steps(content: Content) -> Table | None:
    rows = [
        (
            step.name,
            Cell(step.state, step.state, badge=step.state.replace(" ", "-")),
            step.rule or "—",
            reason(step.message or step.reason, step.found, step.expected),
            step.remedy or "—",
        )
        for step in content.missing_steps
    ]
    headings = ("Step", "State", "Rule", "What was found", "What to do")
    caption = "Steps of the whole cohort that have no results; nothing older is shown in their place"
    return table(caption, headings, rows, can_sort=False) if rows else None


def _badge(content: Content) -> str | None:
    n_left = sum(content.counts[state] for state in LEFT)
    n_steps = len(content.missing_steps)
    steps = f"{n_steps} step{'' if n_steps == 1 else 's'}" if n_steps else ""
    return ", ".join(text for text in (str(n_left) if n_left else "", steps) if text) or None


QUARANTINE = Section("quarantine", "Patients left out, and why", view, badge=_badge)
