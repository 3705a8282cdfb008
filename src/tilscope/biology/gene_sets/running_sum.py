"""The walk of gene set enrichment analysis: up at a gene of the set, down at any other.

Subramanian et al. 2005 (PNAS 102:15545) with weight 1: the sum rises by the gene's share of the set's absolute
ranking values and falls by 1 / (genes outside the set). The score is the sum's farthest point from zero.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.vocabulary import ExpressionError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RunningSum:
    """One set's walk down a ranking.

    Attributes
    ----------
    n_genes : int
        Genes in the ranking.
    hits : ndarray of int, shape (n_hits,)
        Places of the set's genes, counted from 0.
    passed, values : ndarray, shape (n_corners,)
        The corners of the curve: after so many genes the sum has this value; straight lines between them lose nothing.
        It starts and ends at zero.
    es : float in [-1, 1]
        The farthest value from zero; 0 if the walk goes equally far up and down.
    peak : int
        Number of genes passed at that value.
    leading_edge : tuple of str
        Genes of the set up to the peak, or from it on if ``es`` is negative; the outermost first.
    """

    n_genes: int
    hits: IntArray
    passed: IntArray
    values: FloatArray
    es: float
    peak: int
    leading_edge: tuple[str, ...]


def running_sum(ranking: pd.Series, genes: Collection[str]) -> RunningSum:
    """Walk down a ranking.

    Parameters
    ----------
    ranking : Series of float, indexed by gene, largest first
        As `rank_genes` returns it.
    genes : collection of str
        The set; repeated genes and genes outside the ranking do not count.

    Raises
    ------
    ExpressionError
        TAB-58 if no gene of the ranking is in the set, or every one; TAB-64 if all of the set's values are 0.
    """
    hits = np.sort(ranking.index.get_indexer(pd.Index(list(dict.fromkeys(genes)), dtype=object)))
    hits = hits[hits >= 0].astype(np.int64)
    if not 0 < len(hits) < len(ranking):
        raise ExpressionError(
            "TAB-58", "a set must have some of the ranked genes and not all", found=f"{len(hits)} genes"
        )
    weights = np.abs(ranking.to_numpy(dtype=np.float64)[hits])
    if not weights.any():
        raise ExpressionError("TAB-64", "all genes of the set have a ranking value of 0")
    return _walk(ranking.index, hits, weights)


def _walk(names: pd.Index, hits: IntArray, weights: FloatArray) -> RunningSum:
    n = len(names)
    risen = np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
    fallen = (hits - np.arange(len(hits))) / (n - len(hits))
    before, after = risen[:-1] - fallen, risen[1:] - fallen
    high, low = int(after.argmax()), int(before.argmin())
    edge: IntArray = np.empty(0, dtype=np.int64)
    es, peak = 0.0, 0
    if after[high] > -before[low]:
        es, peak, edge = float(after[high]), int(hits[high]) + 1, hits[: high + 1]
    elif after[high] < -before[low]:
        es, peak, edge = float(before[low]), int(hits[low]), hits[low:][::-1]
    passed = np.concatenate([[0], np.column_stack([hits, hits + 1]).ravel(), [n]])
    values = np.concatenate([[0.0], np.column_stack([before, after]).ravel(), [0.0]])
    new = np.concatenate([[True], np.diff(passed) > 0])  # neighbouring genes share a corner
    leading = tuple(str(gene) for gene in names[edge])
    return RunningSum(n, hits, passed[new], values[new], es, peak, leading)
