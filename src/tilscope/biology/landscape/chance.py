"""How many genes and sets would be found if the groups meant nothing: the labels are dealt anew, many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.gene_sets.coverage import GeneSets
from tilscope.biology.gene_sets.enrichment_scores import enrichment_scores
from tilscope.statistics import benjamini_hochberg

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SET_ALPHA = 0.05
"""A set whose permutation p is at most this counts, in the true grouping and in every other."""


@dataclass(frozen=True, slots=True, eq=False)
class Discoveries:
    """A number of discoveries beside what chance makes of it.

    Attributes
    ----------
    observed : int
        With the true labels.
    by_chance : ndarray of int, shape (n_permutations,)
        With each permuted labelling, by the same rule.
    """

    observed: int
    by_chance: IntArray

    @property
    def p_value(self) -> float:
        """Share of labellings, the true one included, with at least as many discoveries (Phipson & Smyth 2010)."""
        return float((1 + (self.by_chance >= self.observed).sum()) / (1 + self.by_chance.size))

    @property
    def mean(self) -> float:
        """Discoveries to be expected by chance."""
        return float(self.by_chance.mean())

    @property
    def false_share(self) -> float:
        """Expected by chance over observed, at most 1: NaN where nothing was observed."""
        return min(1.0, self.mean / self.observed) if self.observed else float("nan")


def permuted_labels(groups: pd.Series, n: int, rng: np.random.Generator) -> tuple[pd.Series, ...]:
    """Deal the labels anew; the sizes of the groups stay, and the order of the samples does not matter.

    Parameters
    ----------
    groups : Series of str, indexed by sample
    n : int >= 1
        Number of labellings.
    rng : Generator

    Returns
    -------
    tuple of Series, in the order of ``groups``
        A labelling that happens to be the true one is kept: leaving it out would bias the p value.
    """
    ordered = groups.sort_index()
    labels = ordered.to_numpy(dtype=object)
    return tuple(
        pd.Series(rng.permutation(labels), index=ordered.index, name=groups.name).loc[groups.index]
        for _ in range(n)
    )


def count_genes(tables: Sequence[pd.DataFrame], fdr: float, log2_fc: float) -> IntArray:
    """Count the genes of each table that pass adjusted p and fold change.

    Parameters
    ----------
    tables : sequence of DataFrame with columns ``p_adjusted`` and ``log2_fc``
    fdr, log2_fc : float
        Largest adjusted p, smallest absolute log2 fold change.
    """
    return np.array(
        [int(((t["p_adjusted"] <= fdr) & (t["log2_fc"].abs() >= log2_fc)).sum()) for t in tables],
        dtype=np.int64,
    )


@dataclass(frozen=True, slots=True, eq=False)
class SetsByChance:
    """Gene sets against permuted labels.

    Attributes
    ----------
    table : DataFrame, indexed by ``gene_set``
        ``es`` in [-1, 1]; ``p_value``: share of labellings, the true one included, whose score of the same sign is
        at least as far from 0 (two-sided by sign); ``p_adjusted`` (Benjamini-Hochberg). Sorted by p value, then name.
    discoveries : Discoveries
        Sets with p <= `SET_ALPHA`, for the true labels and for each labelling held against all others.
    """

    table: pd.DataFrame
    discoveries: Discoveries


def sets_by_chance(
    observed: pd.Series,
    permuted: pd.DataFrame,
    gene_sets: GeneSets,
    *,
    min_size: int = 10,
    max_size: int = 500,
) -> SetsByChance:
    """Hold enrichment scores against those of permuted labels, which keep the genes' correlation.

    Permuting genes, as preranked GSEA does, takes co-regulated genes for independent ones and calls too many sets.

    Parameters
    ----------
    observed : Series of float, indexed by gene
        Ranking metric of the true labels.
    permuted : DataFrame of float, the same genes x labellings
        Ranking metric of each permuted labelling.
    gene_sets : mapping of set name to genes
    min_size, max_size : int
        As in `enrichment_scores`.

    References
    ----------
    Subramanian et al. 2005, PNAS 102:15545 (phenotype permutation); Goeman & Buehlmann 2007, Bioinformatics 23:980.
    """
    metrics = pd.concat([observed.rename("true"), permuted], axis=1).dropna()
    scores = enrichment_scores(metrics, gene_sets, min_size=min_size, max_size=max_size)
    values = scores.to_numpy()
    p_values = same_sign_p(values)
    table = pd.DataFrame({"es": values[:, 0], "p_value": p_values[:, 0]}, index=scores.index)
    table["p_adjusted"] = benjamini_hochberg(table["p_value"].to_numpy())
    counts = (p_values <= SET_ALPHA).sum(axis=0)
    order = np.lexsort((table.index.astype(str), table["p_value"].to_numpy()))
    return SetsByChance(table.iloc[order], Discoveries(int(counts[0]), counts[1:].astype(np.int64)))


def same_sign_p(scores: FloatArray) -> FloatArray:
    """Return, for every column held against all columns, the share of scores of its sign that are as extreme.

    Parameters
    ----------
    scores : ndarray of float, shape (n_sets, n_labellings)

    Returns
    -------
    ndarray of float in (0, 1], of the same shape
        The column itself counts, so that no p is 0.
    """
    p_values = np.ones(scores.shape)
    for row, p_row in zip(scores, p_values, strict=True):
        for sign in (1.0, -1.0):
            is_sign = sign * row > 0
            size = np.sort(sign * row[is_sign])
            at_least = size.size - np.searchsorted(size, sign * row[is_sign], side="left")
            p_row[is_sign] = at_least / max(size.size, 1)
    return p_values
