"""What is computed from a two-by-two table, as exact fractions of whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.signature.audit.printed import Span

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Matrices:
    """Two-by-two tables: counts of the same length, one table per position."""

    tp: Counts
    fn: Counts
    fp: Counts
    tn: Counts


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a two-by-two table.

    Attributes
    ----------
    name : str
        Field of ``PerformanceClaim``.
    words : str
        What it is called in a sentence.
    parts : callable (Matrices) -> (numerator, denominator)
        Whole numbers whose quotient it is.
    is_share : bool
        Whether numerator and denominator are patients.
    """

    name: str
    words: str
    parts: Callable[[Matrices], tuple[Counts, Counts]]
    is_share: bool = False

    def fits(self, matrices: Matrices, span: Span) -> NDArray[np.bool_]:
        """Return which tables give a value inside the span; whole-number arithmetic, so exact."""
        above, below = self._beyond_ends(matrices, span)
        low = above > 0 if span.low_is_open else above >= 0
        high = below > 0 if span.high_is_open else below >= 0
        return low & high & (self.parts(matrices)[1] > 0)

    def _beyond_ends(self, matrices: Matrices, span: Span) -> tuple[Counts, Counts]:
        numerator, denominator = self.parts(matrices)
        low, high = span.low, span.high
        above = numerator * low.denominator - denominator * low.numerator
        below = denominator * high.numerator - numerator * high.denominator
        return above, below

    def values(self, matrices: Matrices) -> NDArray[np.float64]:
        """Return the values; NaN where the denominator is 0."""
        numerator, denominator = self.parts(matrices)
        return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator != 0)


def _one(counts: Counts) -> tuple[Counts, Counts]:
    return counts, np.ones_like(counts)


def _kappa(m: Matrices) -> tuple[Counts, Counts]:
    chance = (m.tp + m.fp) * (m.fp + m.tn) + (m.tp + m.fn) * (m.fn + m.tn)
    return 2 * (m.tp * m.tn - m.fp * m.fn), chance


def _balanced(m: Matrices) -> tuple[Counts, Counts]:
    p, n = m.tp + m.fn, m.fp + m.tn
    return m.tp * n + m.tn * p, 2 * p * n


def _youden(m: Matrices) -> tuple[Counts, Counts]:
    p, n = m.tp + m.fn, m.fp + m.tn
    return m.tp * n + m.tn * p - p * n, p * n


MEASURES: tuple[Measure, ...] = (
    Measure("tp", "true positives", lambda m: _one(m.tp)),
    Measure("fn", "false negatives", lambda m: _one(m.fn)),
    Measure("fp", "false positives", lambda m: _one(m.fp)),
    Measure("tn", "true negatives", lambda m: _one(m.tn)),
    Measure("sensitivity", "sensitivity", lambda m: (m.tp, m.tp + m.fn), is_share=True),
    Measure("specificity", "specificity", lambda m: (m.tn, m.tn + m.fp), is_share=True),
    Measure("ppv", "PPV", lambda m: (m.tp, m.tp + m.fp), is_share=True),
    Measure("npv", "NPV", lambda m: (m.tn, m.tn + m.fn), is_share=True),
    Measure("accuracy", "accuracy", lambda m: (m.tp + m.tn, m.tp + m.fn + m.fp + m.tn), is_share=True),
    Measure("balanced_accuracy", "balanced accuracy", _balanced),
    Measure("youden", "Youden's J", _youden),
    Measure("f1", "F1", lambda m: (2 * m.tp, 2 * m.tp + m.fp + m.fn)),
    Measure("kappa", "kappa", _kappa),
    Measure(
        "lr_positive", "positive likelihood ratio", lambda m: (m.tp * (m.fp + m.tn), m.fp * (m.tp + m.fn))
    ),
    Measure(
        "lr_negative", "negative likelihood ratio", lambda m: (m.fn * (m.fp + m.tn), m.tn * (m.tp + m.fn))
    ),
)
COUNTS = ("tp", "fn", "fp", "tn")
