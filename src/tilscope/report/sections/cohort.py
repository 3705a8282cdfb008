"""Who takes part: flow of patients, Table 1, missing values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section
from tilscope.report.tables import Cell, Table, cell, frame_table, table
from tilscope.report.wording import p_value
from tilscope.statistics import table_one
from tilscope.vocabulary import TilscopeError

NAMES = {"stils": "sTIL (%)", "age": "Age (years)"}
MAX_LEVELS = 12


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return counts, Table 1 and the table of missing values."""
    if not content.patients:
        return Missing("No patient has been imported yet.", "tilscope import STUDY SOURCE")
    clinical, hidden = shareable(content.participants)
    return {
        "counts": content.counts,
        "n_known": len(content.patients),
        "table_one": _table_one(content, clinical),
        "missing_values": _missing_values(clinical),
        "hidden": hidden,
        "has_roles": content.scores is not None,
    }


def shareable(participants: pd.DataFrame | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Split off columns of free text and dates, which may identify patients; return the rest and their names.

    A text column is free text if it has more values than `MAX_LEVELS`, or more than one per two patients.
    """
    if participants is None:
        return pd.DataFrame(), ()
    hidden = tuple(str(column) for column in participants if _is_free_text(participants[column]))
    return participants.drop(columns=list(hidden)), hidden


def _is_free_text(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column):
        return False
    return bool(column.nunique() > min(MAX_LEVELS, column.count() / 2))


def _table_one(content: Content, clinical: pd.DataFrame) -> Table | None:
    compared = content.compared
    if compared is None or clinical.empty:
        return None
    roles = compared["role"]
    frame = clinical.copy()
    frame["TIL level"] = compared["til_level"]
    profile = "paper-2022" if content.profile == "paper-2022" else "recommended"
    try:
        found = table_one(frame, roles, profile)  # type: ignore[arg-type]
    except TilscopeError:
        return None
    found["p_value"] = _only_first(found["p_value"], lambda p: cell(float(p), p_value))
    found["n_missing"] = _only_first(found["n_missing"], lambda n: cell(int(n)))
    found["variable"] = found["variable"].replace(NAMES).where(~found["variable"].duplicated(), "")
    counts = roles[roles.index.isin(frame.index)].value_counts()
    headings = {"variable": "Characteristic", "level": "Level"}
    headings |= {
        role: f"{role.capitalize()} (n = {counts[role]})" for role in found.columns if role in counts
    }
    headings |= {"test": "Test", "p_value": "p", "n_missing": "Missing"}
    caption = "Table 1. Characteristics of the patients by role; the same rule for every variable."
    result = frame_table(caption, found, headings)
    return Table(result.caption, result.columns, result.rows, can_sort=False)


def _only_first(column: pd.Series, write: Callable[[float], Cell]) -> pd.Series:
    """Return cells that are blank below a variable's first row, where the number is NaN."""
    return pd.Series(
        [Cell("", None) if pd.isna(v) else write(v) for v in column], index=column.index, dtype=object
    )


def _missing_values(clinical: pd.DataFrame) -> Table | None:
    if clinical.empty:
        return None
    rows = [
        (
            NAMES.get(str(column), str(column)),
            int(clinical[column].notna().sum()),
            int(clinical[column].isna().sum()),
        )
        for column in clinical
    ]
    return table(
        "Values present and missing per column of participants.tsv", ("Column", "Present", "Missing"), rows
    )


COHORT = Section(
    "cohort",
    "Cohort and flow of patients",
    view,
    badge=lambda content: str(len(content.patients)) if content.patients else None,
)
