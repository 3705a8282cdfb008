"""All integer two-by-two tables with given class sizes, and which printed numbers each of them gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tilscope.signature.audit.measures import Matrices, Measure
from tilscope.signature.audit.printed import Printed, Reading

MAX_MATRICES = 5_000_000
MAX_EXAMPLES = 5
_BLOCK = 1_000_000  # tables looked at in one go

Table = tuple[int, int, int, int]
"""tp, fn, fp, tn."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a search over all tables found.

    Attributes
    ----------
    n_printed : int
        Printed numbers, in their order: bit k of a set stands for number k.
    examples : dict
        Set of printed numbers (as bits) that some table gives exactly -> the first few such tables.
    n_tables : dict
        The same sets -> how many tables there are.
    """

    n_printed: int
    examples: dict[int, tuple[Table, ...]]
    n_tables: dict[int, int]

    def tables_with(self, wanted: int) -> tuple[int, tuple[Table, ...]]:
        """Return how many tables give at least these printed numbers, and the first few."""
        sets = [bits for bits in self.examples if bits & wanted == wanted]
        few = tuple(table for bits in sets for table in self.examples[bits])[:MAX_EXAMPLES]
        return sum(self.n_tables[bits] for bits in sets), few

    @property
    def largest_sets(self) -> tuple[int, ...]:
        """Sets of printed numbers that go together and that no larger such set contains."""
        return tuple(a for a in self.examples if not any(a != b and a & b == a for b in self.examples))


@lru_cache(maxsize=8)  # matrices and intervals of one classifier ask the same
def search(
    n_positive: int, n_negative: int, printed: tuple[tuple[Measure, Printed], ...], reading: Reading
) -> Search:
    """Look at every table with these class sizes.

    Parameters
    ----------
    n_positive, n_negative : int
        Class sizes; the caller sees to it that there are at most ``MAX_MATRICES`` tables.
    printed : tuple of (Measure, Printed)
        What the tables should give; at most 62.
    reading : {"rounded", "truncated"}
        How the numbers were shortened.
    """
    spans = [(measure, number.span(reading)) for measure, number in printed]
    examples: dict[int, tuple[Table, ...]] = {}
    n_tables: dict[int, int] = {}
    for block in blocks(n_positive, n_negative):
        bits = np.zeros(block.tp.shape, dtype=np.int64)
        for k, (measure, span) in enumerate(spans):
            bits |= measure.fits(block, span).astype(np.int64) << k
        for found, n in zip(*np.unique(bits, return_counts=True), strict=True):
            key = int(found)
            n_tables[key] = n_tables.get(key, 0) + int(n)
            kept = examples.get(key, ())
            if len(kept) < MAX_EXAMPLES:
                examples[key] = kept + _first(block, bits == found, MAX_EXAMPLES - len(kept))
    return Search(len(printed), examples, n_tables)


def blocks(n_positive: int, n_negative: int) -> Iterator[Matrices]:
    """Yield all tables with these class sizes, some rows at a time."""
    rows = max(1, _BLOCK // (n_negative + 1))
    tn = np.arange(n_negative + 1, dtype=np.int64)
    for start in range(0, n_positive + 1, rows):
        tp = np.arange(start, min(start + rows, n_positive + 1), dtype=np.int64)
        a, d = (grid.ravel() for grid in np.meshgrid(tp, tn, indexing="ij"))
        yield Matrices(a, n_positive - a, n_negative - d, d)


def matrices_of(tables: Sequence[Table]) -> Matrices:
    """Return tables as counts."""
    columns = np.array(tables, dtype=np.int64).reshape(-1, 4).T
    return Matrices(*columns)


def neighbours(n_positive: int, n_negative: int, measure: Measure, number: Printed) -> tuple[Table, ...]:
    """Return the tables whose value comes next below and next above a printed one."""
    below: tuple[float, Table | None] = (-np.inf, None)
    above: tuple[float, Table | None] = (np.inf, None)
    for block in blocks(n_positive, n_negative):
        values, target = measure.values(block), float(number)
        low, high = np.where(values < target, values, -np.inf), np.where(values > target, values, np.inf)
        i, j = int(low.argmax()), int(high.argmin())
        if low[i] > below[0]:
            below = float(low[i]), _first(block, np.arange(low.size) == i, 1)[0]
        if high[j] < above[0]:
            above = float(high[j]), _first(block, np.arange(high.size) == j, 1)[0]
    return tuple(table for _, table in (below, above) if table is not None)


def _first(block: Matrices, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]], n: int) -> tuple[Table, ...]:
    at = np.flatnonzero(chosen)[:n]
    columns = (block.tp[at], block.fn[at], block.fp[at], block.tn[at])
    return tuple((int(a), int(b), int(c), int(d)) for a, b, c, d in zip(*columns, strict=True))
