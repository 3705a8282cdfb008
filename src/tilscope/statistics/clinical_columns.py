"""Which columns of a clinical table can be compared, and as what: numbers, classes, ordered classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

MAX_LEVELS = 12


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


def with_levels(
    clinical: pd.DataFrame, ordered_levels: Mapping[str, Sequence[str]]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the columns as Table 1 and the associations take them, and notes.

    A number with at most two values is a class; a column with declared levels is ordered, unless it has others.
    """
    frame, notes = clinical.copy(), []
    for name in clinical:
        column = clinical[name]
        levels = [str(level) for level in ordered_levels.get(str(name), ())]
        is_class = bool(levels) or column.nunique() <= 2
        words = column.map(_in_words, na_action="ignore") if is_class else column
        others = sorted(set(words.dropna()) - set(levels)) if levels else []
        if others:
            notes.append(
                f"{name} is not compared as ordered: {', '.join(others)} is not among its declared levels."
            )
        if levels and not others:
            frame[name] = pd.Categorical(words, levels, ordered=True)
        elif is_class and column.notna().any():
            frame[name] = words.astype("object")
    return frame, tuple(notes)


def _in_words(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
