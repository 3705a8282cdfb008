"""The ways in which the genes of a signature become one number per sample; a new one is a function and a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

TPM_OFFSET = 0.01
"""Rooney 2015 adds it to TPM before the geometric mean."""


def mean_z(values: FloatArray, weights: FloatArray | None = None, log2_offset: float = 0.0) -> FloatArray:
    """Average the genes' z scores over the samples (sd with n - 1).

    Genes without spread say nothing and are left out, and so are a sample's missing values; NaN where
    nothing is left. ``weights`` and ``log2_offset`` have no influence.
    """
    z = np.full(values.shape, np.nan)
    for row, gene in zip(z, values, strict=True):
        present = ~np.isnan(gene)
        sd = np.std(gene[present], ddof=1) if present.sum() > 1 else 0.0
        if sd > 0:
            row[present] = (gene[present] - gene[present].mean()) / sd
    n = (~np.isnan(z)).sum(axis=0)
    return np.asarray(np.where(n > 0, np.nansum(z, axis=0) / np.maximum(n, 1), np.nan))


def mean_log2(values: FloatArray, weights: FloatArray | None = None, log2_offset: float = 0.0) -> FloatArray:
    """Average the genes' log2 values; NaN for a sample that lacks one. The other arguments have no influence."""
    return np.asarray(values.mean(axis=0))


def weighted_sum(
    values: FloatArray, weights: FloatArray | None = None, log2_offset: float = 0.0
) -> FloatArray:
    """Sum weight x log2 value over the genes; NaN for a sample that lacks one.

    Parameters
    ----------
    values : ndarray of float, genes x samples
        log2 values.
    weights : ndarray of float, one per gene; None: 1 each
    log2_offset : float
        Has no influence.
    """
    given = np.ones(len(values)) if weights is None else weights
    return np.asarray(given @ values)


def geometric_mean(
    values: FloatArray, weights: FloatArray | None = None, log2_offset: float = 0.0
) -> FloatArray:
    """Geometric mean over genes of the linear values behind log2 expression.

    Parameters
    ----------
    values : ndarray of float, genes x samples
        log2(x + ``log2_offset``).
    weights : None
        Has no influence.
    log2_offset : float >= 0
        0: the values are log2(x), and the result is 2 to the mean. Above 0, x may be zero; then 0.01 is added
        to x as Rooney 2015 does.
    """
    if log2_offset == 0:
        return np.asarray(np.exp2(values.mean(axis=0)))
    linear = np.clip(np.exp2(values) - log2_offset, 0, None) + TPM_OFFSET
    return np.asarray(np.exp2(np.log2(linear).mean(axis=0)))


@dataclass(frozen=True, slots=True)
class Scoring:
    """One way to score a signature.

    Attributes
    ----------
    name : str
        As in ``signatures.tsv``.
    formula : str
        In words, to follow "is the".
    score : function of (values: genes x samples, weights: one per gene, log2_offset) giving one number per sample
    min_fraction : float in (0, 1]
        A signature of which less is in the matrix has no score.
    uses_weights, depends_on_cohort : bool
        Whether genes may have weights; whether a sample's score depends on the other samples.
    """

    name: str
    formula: str
    score: Callable[[FloatArray, FloatArray, float], FloatArray]
    min_fraction: float
    uses_weights: bool = False
    depends_on_cohort: bool = False


MEAN_Z = Scoring("mean_z", "mean of the genes' z scores", mean_z, 0.5, depends_on_cohort=True)
MEAN_LOG2 = Scoring("mean_log2", "mean of the genes' log2 values", mean_log2, 0.5)
WEIGHTED_SUM = Scoring(
    "weighted_sum", "weighted sum of the genes' log2 values", weighted_sum, 1.0, uses_weights=True
)
GEOMETRIC_MEAN = Scoring("geometric_mean", "geometric mean of the genes' linear values", geometric_mean, 0.5)

SCORINGS: dict[str, Scoring] = {s.name: s for s in (MEAN_Z, MEAN_LOG2, WEIGHTED_SUM, GEOMETRIC_MEAN)}
