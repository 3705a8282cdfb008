"""Enrichment scores of many sets in many rankings at once: what permuted labels are compared with."""

from __future__ import annotations

from collections.abc import Mapping

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.gene_sets.coverage import GeneSets

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def enrichment_scores(
    metrics: pd.DataFrame, gene_sets: GeneSets, *, min_size: int = 10, max_size: int = 500
) -> pd.DataFrame:
    """Return GSEA's weighted enrichment score of every set in every ranking.

    Parameters
    ----------
    metrics : DataFrame of float, genes x rankings
        Finite; the higher, the earlier in the ranking. Ties keep the order of the rows.
    gene_sets : mapping of set name to genes
    min_size, max_size : int
        Limits of a set's size within ``metrics``, both included; other sets are left out.

    Returns
    -------
    DataFrame of float in [-1, 1], sets x rankings
        0 where a set's genes all have a metric of 0.

    References
    ----------
    Subramanian et al. 2005, PNAS 102:15545, with weight 1; equal to ``fgsea::calcGseaStat``.
    """
    members = _members(metrics.index, gene_sets, min_size, max_size)
    starts = np.cumsum([0, *(len(rows) for rows in members.values())], dtype=np.int64)
    flat = np.concatenate([*members.values(), np.empty(0, dtype=np.int64)])
    values = metrics.to_numpy(dtype=np.float64)
    scores = np.empty((len(members), values.shape[1]))
    for column, metric in enumerate(values.T):
        order = np.argsort(-metric, kind="stable")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        _fill_scores(place, np.abs(metric), flat, starts, scores[:, column])
    index = pd.Index(list(members), name="gene_set", dtype=object)
    return pd.DataFrame(scores, index=index, columns=metrics.columns)


def _members(genes: pd.Index, gene_sets: GeneSets, min_size: int, max_size: int) -> Mapping[str, IntArray]:
    row = {gene: i for i, gene in enumerate(genes)}
    found = {
        name: np.array([row[g] for g in dict.fromkeys(wanted) if g in row], dtype=np.int64)
        for name, wanted in gene_sets.items()
    }
    # a set of all genes has no outside to compare with
    return {
        name: rows
        for name, rows in found.items()
        if min_size <= len(rows) <= max_size and len(rows) < len(genes)
    }


@numba.njit(cache=True)
def _fill_scores(
    place: IntArray, weights: FloatArray, flat: IntArray, starts: IntArray, scores: FloatArray
) -> None:
    n = len(place)
    for s in range(len(starts) - 1):
        rows = flat[starts[s] : starts[s + 1]]
        hits = np.sort(place[rows])
        total = weights[rows].sum()
        if total == 0.0:
            scores[s] = 0.0
            continue
        of_hit = np.empty(len(hits))
        by_place = np.argsort(place[rows])
        for i in range(len(hits)):
            of_hit[i] = weights[rows[by_place[i]]]
        miss = 1.0 / (n - len(hits))
        high, low, inside = 0.0, 0.0, 0.0
        for i in range(len(hits)):
            outside = (hits[i] - i) * miss
            low = min(low, inside - outside)
            inside += of_hit[i] / total
            high = max(high, inside - outside)
        scores[s] = high if high > -low else (low if high < -low else 0.0)
