"""Tables of the page: cells that sort as numbers and read as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from tilscope.report.wording import number


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what is read, and what it sorts by."""

    text: str
    sort: float | str | None = None
    is_number: bool = False
    link: str | None = None
    badge: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes
    ----------
    caption : str
        Says what the rows are.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of Cell
        The first cell of a row names it.
    can_sort, can_filter : bool
        Whether the page's script adds sorting and a filter.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    can_sort: bool = True
    can_filter: bool = False


Format = Callable[[float], str]


def cell(value: object, write: Format = number) -> Cell:
    """Return a cell for a value: numbers are aligned and sort as numbers."""
    if isinstance(value, Cell):
        return value
    if value is None or value is pd.NA:
        return Cell("—", None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        missing = value != value  # noqa: PLR0124  (NaN)
        return Cell("—" if missing else write(value), None if missing else value, is_number=True)
    return Cell(str(value), str(value))


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    can_sort: bool = True,
    can_filter: bool = False,
) -> Table:
    """Return a table from plain values."""
    return Table(
        caption, tuple(columns), tuple(tuple(cell(v) for v in row) for row in rows), can_sort, can_filter
    )


def frame_table(
    caption: str,
    frame: pd.DataFrame,
    headings: dict[str, str],
    formats: dict[str, Format] | None = None,
    *,
    can_filter: bool = False,
) -> Table:
    """Return a table of some columns of a frame (``headings``: column -> heading), index first where it is named there."""
    shown = frame.reset_index()
    chosen = [column for column in headings if column in shown]
    writers = formats or {}
    rows = tuple(
        tuple(cell(value, writers.get(column, number)) for column, value in zip(chosen, row, strict=True))
        for row in shown[chosen].itertuples(index=False, name=None)
    )
    return Table(caption, tuple(headings[c] for c in chosen), rows, can_filter=can_filter)
