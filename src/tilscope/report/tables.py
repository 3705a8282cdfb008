"""Tables of the page: cells that sort as numbers and read as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from tilscope.report.wording import number


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what is read, and what it sorts by; ``mark`` is why a reader should look at it."""

    text: str
    sort: float | str | None = None
    is_number: bool = False
    link: str | None = None
    badge: str | None = None
    mark: str | None = None


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
    cells = tuple(tuple(cell(value) for value in row) for row in rows)
    return Table(caption, tuple(columns), _aligned(cells), can_sort, can_filter)


def _aligned(rows: tuple[tuple[Cell, ...], ...]) -> tuple[tuple[Cell, ...], ...]:
    """Align missing numbers with the numbers of their column."""
    n_columns = len(rows[0]) if rows else 0
    numeric = [any(row[i].is_number for row in rows) for i in range(n_columns)]
    return tuple(
        tuple(
            replace(c, is_number=True) if number and c.sort is None else c
            for c, number in zip(row, numeric, strict=True)
        )
        for row in rows
    )


def frame_table(
    caption: str,
    frame: pd.DataFrame,
    headings: dict[str, str],
    formats: dict[str, Format] | None = None,
    *,
    can_filter: bool = False,
) -> Table:
    """Return a table of some columns of a frame (``headings``: column -> heading); the index counts as a column."""
    shown = frame.reset_index()
    chosen = [column for column in headings if column in shown]
    writers = formats or {}
    rows = tuple(
        tuple(cell(value, writers.get(column, number)) for column, value in zip(chosen, row, strict=True))
        for row in shown[chosen].itertuples(index=False, name=None)
    )
    return Table(caption, tuple(headings[c] for c in chosen), _aligned(rows), can_filter=can_filter)
