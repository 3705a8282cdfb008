"""Over-representation: more of the chosen genes in a set than chance would put there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.gene_sets.coverage import GeneSets
from tilscope.statistics import benjamini_hochberg
from tilscope.vocabulary import ExpressionError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

OVER_REPRESENTATION_COLUMNS = (
    "n_hits",
    "n_genes",
    "set_size",
    "n_background",
    "fold_enrichment",
    "p_value",
    "p_adjusted",
    "q_value",
    "hits",
)


LAMBDA = 0.05
"""P values above this are counted as true nulls, as clusterProfiler does."""


def over_representation(
    genes: Iterable[str],
    universe: Iterable[str],
    gene_sets: GeneSets,
    *,
    min_size: int = 10,
    max_size: int = 500,
) -> pd.DataFrame:
    """Test every gene set that is hit, by clusterProfiler's rules.

    The background is the universe's genes that are in at least one set (of any size); genes outside it do
    not count. Sets are cut to the background, then kept by size; only sets with a hit are tested and adjusted.

    Parameters
    ----------
    genes : iterable of str
        The chosen genes.
    universe : iterable of str
        All genes that could have been chosen, usually the matrix's.
    gene_sets : mapping of set name to genes
    min_size, max_size : int
        Limits of a set's size within the background, both included.

    Returns
    -------
    DataFrame indexed by ``gene_set``, columns `OVER_REPRESENTATION_COLUMNS`
        Sorted by p value, ties by name; empty if nothing is hit. ``n_genes`` counts the chosen genes in the
        background; ``hits`` is a tuple in alphabetical order; ``p_adjusted`` is Benjamini-Hochberg; ``q_value`` as
        `q_values`.

    Raises
    ------
    ExpressionError
        TAB-58 if no gene of the universe is in any set.

    References
    ----------
    Yu et al. 2012, OMICS 16:284 (``clusterProfiler::enricher``); p as R's ``phyper(hits - 1, ...)``.
    """
    known = set(universe)
    sets = {name: known.intersection(members) for name, members in gene_sets.items()}
    background = set().union(*sets.values())
    if not background:
        raise ExpressionError(
            "TAB-58",
            "no gene of the universe is in any gene set",
            remedy="Use one kind of identifier (HGNC symbols) in matrix and gene sets.",
        )
    chosen = background.intersection(genes)
    hits = {
        name: tuple(sorted(chosen & members))
        for name, members in sets.items()
        if min_size <= len(members) <= max_size and chosen & members
    }
    return _test_sets(hits, {name: len(sets[name]) for name in hits}, len(background), len(chosen))


def _test_sets(
    hits: dict[str, tuple[str, ...]], set_sizes: dict[str, int], n_background: int, n_genes: int
) -> pd.DataFrame:
    n_hits = np.array([len(h) for h in hits.values()], dtype=np.int64)
    sizes = np.array(list(set_sizes.values()), dtype=np.int64)
    p = upper_tail(n_hits, sizes, n_background, n_genes)
    columns = (
        n_hits,
        n_genes,
        sizes,
        n_background,
        n_hits * n_background / (sizes * max(n_genes, 1)),
        p,
        benjamini_hochberg(p),
        q_values(p),
        pd.Series(list(hits.values()), dtype=object, index=list(hits)).to_numpy(),
    )
    table = pd.DataFrame(
        dict(zip(OVER_REPRESENTATION_COLUMNS, columns, strict=True)),
        index=pd.Index(list(hits), name="gene_set", dtype=object),
    )
    return table.iloc[np.lexsort((table.index.astype(str), p))]


def q_values(p: FloatArray) -> FloatArray:
    """Return Storey's q values as clusterProfiler asks for them: the share of true nulls seen above p = .05.

    Parameters
    ----------
    p : ndarray of float in [0, 1], shape (n,)

    Returns
    -------
    ndarray of float, shape (n,)
        All NaN where R's qvalue refuses, and clusterProfiler writes NA: for a single p value, and where none is
        above .05, so that no share can be estimated.

    References
    ----------
    Storey 2002, J R Stat Soc B 64:479. Equal to qvalue 2.30 ``qvalue(p, lambda = 0.05, pi0.method = "bootstrap")``.
    """
    if len(p) < 2:
        return np.full(len(p), np.nan)
    null_share = min(float(np.mean(p >= LAMBDA)) / (1 - LAMBDA), 1.0)
    return null_share * benjamini_hochberg(p) if null_share > 0 else np.full(len(p), np.nan)


def upper_tail(n_hits: IntArray, sizes: IntArray, n_background: int, n_chosen: int) -> FloatArray:
    """Return the hypergeometric P(hits >= n_hits) per set.

    Parameters
    ----------
    n_hits, sizes : ndarray of int, shape (n_sets,)
        Chosen genes in the set, and all of its genes, of ``n_background``.
    n_background, n_chosen : int

    Returns
    -------
    ndarray of float in (0, 1]. Equal to R's ``phyper(n_hits - 1, sizes, n_background - sizes, n_chosen,
    lower.tail = FALSE)``.
    """
    if not len(n_hits):
        return np.empty(0)
    if n_chosen == n_background:
        return np.ones(len(n_hits))
    n_terms = np.minimum(sizes, n_chosen) - n_hits + 1
    starts = np.cumsum(n_terms) - n_terms
    hits = np.repeat(n_hits - starts, n_terms) + np.arange(n_terms.sum())
    masses = _point_mass(hits, np.repeat(sizes, n_terms), n_background, n_chosen)
    # only positive terms are added, so that no digits are lost however small the tail
    return np.asarray(np.minimum(np.add.reduceat(masses, starts), 1.0))


def _point_mass(hits: IntArray, sizes: IntArray, n_background: int, n_chosen: int) -> FloatArray:
    """Hypergeometric probability as three binomial ones, which are accurate to the last digits."""
    from scipy.stats import binom

    fraction = n_chosen / n_background
    inside = binom.pmf(hits, sizes, fraction)
    elsewhere = binom.pmf(n_chosen - hits, n_background - sizes, fraction)
    return np.asarray(inside * elsewhere / binom.pmf(n_chosen, n_background, fraction))
