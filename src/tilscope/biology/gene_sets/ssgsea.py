"""ssGSEA: how high a set's genes stand in one sample's own ranking.

Barbie et al. 2009 (Nature 462:108), as in GSVA 1.46 ``gsva(method = "ssgsea")``. In one sample with N genes,
sorted from the highest (position 1): score = sum_G r^alpha (N - pos + 1) / sum_G r^alpha
- sum_(not G) (N - pos + 1) / (N - |G|), where r is the ascending rank. Tied genes share the integer part of
their mean rank and keep the matrix's order in the walk.

All three sums over G are products of one sparse matrix (sets x genes) with a few samples at a time: each sum
goes through its genes in one order, whatever else is in the block.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.expression.door import check_expression
from tilscope.biology.gene_sets.coverage import GeneSets
from tilscope.biology.gene_sets.set_scores import FloatArray, GeneSetScores, IntArray, blocks, what_to_score

SAMPLES_AT_ONCE = 16
"""Samples per block: bounds the memory (24 bytes per gene of a set and sample), changes no score."""


def ssgsea(
    expression: pd.DataFrame,
    gene_sets: GeneSets,
    *,
    alpha: float = 0.25,
    normalise: bool = False,
    min_genes: int = 5,
) -> pd.DataFrame:
    """Score gene sets in every sample; the frame of `score_gene_sets`.

    The warnings are in ``.attrs["warnings"]`` of the result.
    """
    result = score_gene_sets(expression, gene_sets, alpha=alpha, normalise=normalise, min_genes=min_genes)
    scores = result.scores.copy()
    scores.attrs["warnings"] = list(result.warnings)
    return scores


def score_gene_sets(
    expression: pd.DataFrame,
    gene_sets: GeneSets,
    *,
    alpha: float = 0.25,
    normalise: bool = False,
    min_genes: int = 5,
    samples_at_once: int = SAMPLES_AT_ONCE,
) -> GeneSetScores:
    """Score gene sets in every sample by ssGSEA.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        Any monotone scale: only ranks within a sample count. A gene that is missing in every sample is left
        out (TAB-55); a sample with a missing value has no scores and changes no other sample's.
    gene_sets : mapping of set name to genes; repeated genes count once
    alpha : float >= 0
        Weight of the ranks.
    normalise : bool
        Divide by the range of all scores, as GSVA's ``ssgsea.norm``. Every score then depends on the cohort.
    min_genes : int >= 1
        Smaller sets, counted in the matrix, are NaN rows with a warning (TAB-58).
    samples_at_once : int >= 1
        Samples per block; the scores are the same to the last bit.

    Raises
    ------
    ExpressionError
        TAB-50, TAB-54, TAB-56 from the matrix's door; TAB-58 for a matrix of fewer than two genes or no set.
    """
    values = check_expression(expression)
    what = what_to_score(values, expression, gene_sets, min_genes)
    scores = np.full((len(what.coverage), values.shape[1]), np.nan)
    if what.members:
        usable = np.flatnonzero(what.usable)
        sums = _Sums(what.members, len(what.rows), alpha)
        for part in blocks(what.samples, samples_at_once):
            scores[np.ix_(usable, part)] = sums.score(_take(values, what.rows, part))
    if normalise and np.isfinite(scores).any():
        scores = _normalise(scores)
    return GeneSetScores(
        pd.DataFrame(scores, index=what.coverage.index, columns=expression.columns),
        what.coverage,
        what.warnings,
        is_cohort_dependent=normalise,
    )


def _take(values: FloatArray, rows: IntArray, samples: IntArray) -> FloatArray:
    """Return the samples' values as samples x genes, each sample in one piece of memory."""
    block = values[:, samples].T
    return np.ascontiguousarray(block if len(rows) == len(values) else block[:, rows])


def _normalise(scores: FloatArray) -> FloatArray:
    extent = np.nanmax(scores) - np.nanmin(scores)
    # one single score has no range; it stays as it is
    return scores / extent if extent > 0 else scores


class _Sums:
    """The sums over the genes of every set, for some samples at a time."""

    def __init__(self, members: tuple[IntArray, ...], n_genes: int, alpha: float) -> None:
        from scipy.sparse import csr_array

        self.n_genes = n_genes
        self.sizes = np.array([len(genes) for genes in members], dtype=np.float64)
        every = np.concatenate(members)
        self.used = np.unique(every)
        places = np.searchsorted(self.used, every)
        ends = np.concatenate([[0], np.cumsum(self.sizes).astype(np.intp)])
        self.sets: Any = csr_array(
            (np.ones(len(every)), places, ends), shape=(len(members), len(self.used)), dtype=np.float64
        )
        self.weight_of_rank = np.arange(n_genes + 1, dtype=np.float64) ** alpha

    def score(self, block: FloatArray) -> FloatArray:
        """Return the score of every set (of at least one and fewer than all genes); sets x samples.

        Parameters
        ----------
        block : ndarray of float, samples x genes
        """
        n_samples = len(block)
        terms = np.empty((3, n_samples, len(self.used)))
        for i, values in enumerate(block):
            height, rank = _walk(values)
            terms[1, i] = self.weight_of_rank[rank[self.used]]
            terms[2, i] = height[self.used]
        np.multiply(terms[1], terms[2], out=terms[0])
        summed = self.sets @ np.ascontiguousarray(terms.reshape(3 * n_samples, -1).T)
        weighted, weights, heights = np.split(summed, 3, axis=1)
        total = self.n_genes * (self.n_genes + 1) / 2
        outside: FloatArray = (total - heights) / (self.n_genes - self.sizes)[:, None]
        return weighted / weights - outside


def _walk(values: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each gene's height in the walk (N for the first) and its ascending rank, cut to an integer."""
    n = len(values)
    falling = -values
    order = np.argsort(falling)
    fallen = falling[order]
    starts = np.flatnonzero(fallen[1:] != fallen[:-1]) + 1
    height, rank = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    if len(starts) < n - 1:
        order, rank_in_order = _tied(order, starts)
    else:
        rank_in_order = np.arange(n, 0, -1)
    height[order] = np.arange(n, 0, -1)
    rank[order] = rank_in_order
    return height, rank


def _tied(order: IntArray, starts: IntArray) -> tuple[IntArray, IntArray]:
    """Put tied genes into the matrix's order; return the order and the rank, cut to an integer, along it.

    Parameters
    ----------
    order : ndarray of int, shape (n_genes,)
        Genes from the highest on, tied ones in any order.
    starts : ndarray of int
        Where the value falls.
    """
    n = len(order)
    run = np.zeros(n, dtype=np.int64)
    run[starts] = 1
    run = np.cumsum(run) * n
    ordered = np.sort(run + order) - run
    start, stop = np.concatenate([[0], starts]), np.concatenate([starts, [n]])
    return ordered, np.repeat((2 * n + 1 - start - stop) // 2, stop - start)
