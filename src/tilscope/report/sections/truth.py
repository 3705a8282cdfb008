"""Demo only: what was planted against what was recovered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Section
from tilscope.report.tables import table


def view(content: Content) -> Mapping[str, Any] | None:
    """Return the table of truths; a real study has none."""
    if content.truth is None:
        return None
    frame = content.truth
    headings = [str(column).replace("_", " ").capitalize() for column in frame.columns]
    rows = frame.itertuples(index=False, name=None)
    return {"table": table("Planted truth against what was recovered", headings, rows, can_sort=False)}


TRUTH = Section("truth", "Planted truth", view)
