"""The cells of an expression matrix: lines split at the delimiter, numbers read exactly."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.participants import COMMA_NUMBER
from tilscope.reading.text_tables import DELIMITERS, is_missing, ragged
from tilscope.vocabulary import ExpressionError

THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
FIRST_ROWS = 200

Lines = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Lines of one file that are split one at a time, so that a large matrix never stands in memory as text cells.

    Attributes
    ----------
    path : Path
        For messages.
    delimiter : str
        What separates the cells.
    lines : sequence of (line number, text)
        Without the header.
    width : int
        How many cells each line has.
    """

    path: Path
    delimiter: str
    lines: Lines
    width: int
    with_comma: list[str] = field(default_factory=list)

    @property
    def mark_name(self) -> str:
        """The delimiter in words."""
        return DELIMITERS[self.delimiter]

    def first_rows(self) -> list[list[str]]:
        """Return the cells of the first lines."""
        return [self.row(k) for k in range(min(len(self.lines), FIRST_ROWS))]

    def row(self, k: int) -> list[str]:
        """Return the cells of one line; a ragged one is refused (TAB-51)."""
        number, line = self.lines[k]
        cells = split(line, self.delimiter, number, self.path)
        if len(cells) != self.width:
            raise ragged(self.path, number, len(cells), self.width, self.delimiter, ExpressionError)
        return cells

    def column(self, place: int) -> list[str]:
        """Return one column as it stands, without looking at the rest of the lines."""
        return [line.split(self.delimiter, place + 1)[place].strip(' "') for _, line in self.lines]

    def read(
        self, samples: Sequence[str], kept: Sequence[int], words: Sequence[int]
    ) -> tuple[NDArray[np.float64], list[tuple[str, ...]]]:
        """Return the numbers of the samples' columns, and the words of other columns.

        Numbers are read as Python reads them, which is exact.

        Raises
        ------
        ExpressionError
            TAB-51 for a ragged line, TAB-52 for a cell that is no number, a column of words, or commas that cannot
            be told.
        """
        values = np.empty((len(self.lines), len(samples)))
        texts: list[list[str]] = [[] for _ in words]
        is_block = bool(kept) and list(kept) == list(range(kept[0], kept[-1] + 1))
        n_points = 0
        for k in range(len(self.lines)):
            row = self.row(k)
            for column, place in zip(texts, words, strict=True):
                column.append(row[place].strip())
            cells = row[kept[0] : kept[-1] + 1] if is_block else [row[place] for place in kept]
            try:
                values[k] = [float(cell) for cell in cells]
            except ValueError:
                values[k] = [
                    self._number(cell, row[words[0]], sample, place)
                    for cell, sample, place in zip(cells, samples, kept, strict=True)
                ]
            if self.with_comma or k < FIRST_ROWS:
                n_points += sum("." in cell for cell in cells if not is_missing(cell))
        self._refuse_unclear_commas(n_points, values)
        return values, [tuple(column) for column in texts]

    def _number(self, cell: str, gene: str, sample: str, place: int) -> float:
        """Return one cell; a decimal comma is understood where the comma is not the delimiter."""
        text = cell.strip()
        if is_missing(text) or text == "#N/A":
            return float("nan")
        if self.delimiter != "," and COMMA_NUMBER.fullmatch(text):
            self.with_comma.append(text)
            text = text.replace(",", ".")
        try:
            return float(text)
        except ValueError as fault:
            column = [row[place] for row in self.first_rows()]
            if len(column) > 1 and not any(map(_is_number, column)):
                raise ExpressionError(
                    "TAB-52",
                    f"column {sample!r} holds words, and is no annotation that is known",
                    file=self.path,
                    found=", ".join(repr(word[:40]) for word in column[:3]),
                    expected="one column of genes, then columns of samples",
                    remedy="Take that column out of the table.",
                ) from fault
            raise ExpressionError(
                "TAB-52",
                "a cell is not a number",
                file=self.path,
                found=f"{text[:40]!r} for gene {gene!r}, sample {sample!r}",
                expected="numbers with a decimal point",
                remedy="Mend the cell, or leave it empty; annotation columns do not belong into the matrix.",
            ) from fault

    def _refuse_unclear_commas(self, n_points: int, values: NDArray[np.float64]) -> None:
        """Refuse 1,234 that may be a thousand, and decimal commas beside decimal points."""
        has_plain = len(self.with_comma) < np.isfinite(values).sum()
        are_thousands = has_plain and all(map(THOUSANDS.fullmatch, self.with_comma))
        if self.with_comma and (n_points or are_thousands):
            raise ExpressionError(
                "TAB-52",
                "decimal commas and points are mixed" if n_points else "commas may be decimal or thousands",
                file=self.path,
                found=f"{len(self.with_comma):,} numbers such as {self.with_comma[0]!r}",
                expected="one decimal mark and no marks of thousands",
                remedy="Save the table with decimal points.",
            )


def split(line: str, delimiter: str, number: int, path: Path) -> list[str]:
    """Return the cells of one line; a quote that is not closed is refused (TAB-51)."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise ExpressionError(
            "TAB-51",
            "quotes in the table do not match",
            file=path,
            found=f"{fault} in line {number}",
            expected="cells with matching quotes",
            remedy="Open the file, mend that line, and save it again.",
        ) from fault


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().replace(",", "."))
    except ValueError:
        return is_missing(cell)
    return True
