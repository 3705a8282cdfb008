"""What every way of scoring gene sets in single samples shares: who can be scored, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.gene_sets.coverage import GeneSets, coverage
from tilscope.vocabulary import ExpressionError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_COLUMNS_AT_ONCE = 64  # of the matrix, when it is searched for missing values


@dataclass(frozen=True, slots=True, eq=False)
class GeneSetScores:
    """Scores of gene sets per sample.

    Attributes
    ----------
    scores : DataFrame of float, sets x samples
        NaN for sets with too few genes and for samples with missing values; both are named in ``warnings``.
    coverage : DataFrame, indexed by set
        As `tilscope.biology.coverage`, of the genes that were ranked.
    warnings : tuple of str
        Each starts with its rule id.
    is_cohort_dependent : bool
        True when a sample's scores depend on the other samples: ssGSEA divided by its range, and GSVA.
    """

    scores: pd.DataFrame
    coverage: pd.DataFrame
    warnings: tuple[str, ...]
    is_cohort_dependent: bool


@dataclass(frozen=True, slots=True, eq=False)
class Scorable:
    """Genes, samples and sets that can be scored.

    Attributes
    ----------
    rows : ndarray of int
        Rows of the matrix whose genes are ranked.
    samples : ndarray of int
        Columns of the matrix without a missing value in these rows.
    members : tuple of ndarray of int
        For every usable set its genes as positions within ``rows``, ascending.
    usable : ndarray of bool, shape (n_sets,)
        Sets of at least ``min_genes`` and fewer than all genes.
    coverage : DataFrame, indexed by set
    warnings : tuple of str
    """

    rows: IntArray
    samples: IntArray
    members: tuple[IntArray, ...]
    usable: NDArray[np.bool_]
    coverage: pd.DataFrame
    warnings: tuple[str, ...]


def what_to_score(
    values: FloatArray,
    expression: pd.DataFrame,
    gene_sets: GeneSets,
    min_genes: int,
    leave_out: NDArray[np.bool_] | None = None,
) -> Scorable:
    """Find the genes, samples and sets that can be scored, without a copy of the matrix.

    Parameters
    ----------
    values : ndarray of float, genes x samples
        The matrix as `check_expression` returns it.
    expression : DataFrame
        The same with its names.
    gene_sets : mapping of set name to genes; repeated genes count once
    min_genes : int
        Smaller sets, counted in the matrix, are not usable (TAB-58).
    leave_out : ndarray of bool, shape (n_genes,), optional
        Further genes that are not ranked; whoever leaves them out warns of them.

    Raises
    ------
    ExpressionError
        TAB-58 for a matrix of fewer than two genes, or no set.
    """
    missing = _missing(values)
    is_empty = missing.by_gene == values.shape[1]
    rows = np.flatnonzero(~is_empty if leave_out is None else ~(is_empty | leave_out))
    genes = expression.index[rows]
    if len(genes) < 2 or not gene_sets:
        raise ExpressionError(
            "TAB-58", "nothing to score", found=f"{len(genes)} genes, {len(gene_sets)} gene sets"
        )
    covered = coverage(genes, gene_sets)
    n_present = covered["n_present"].to_numpy()
    usable = (n_present >= max(min_genes, 1)) & (n_present < len(genes))
    row_of = {gene: i for i, gene in enumerate(genes)}
    sets = [members for members, used in zip(gene_sets.values(), usable, strict=True) if used]
    members = tuple(np.array(sorted({row_of[g] for g in s if g in row_of}), dtype=np.intp) for s in sets)
    is_incomplete = missing.by_sample > int(is_empty.sum())
    return Scorable(
        rows,
        np.flatnonzero(~is_incomplete),
        members,
        usable,
        covered,
        _missing_warnings(expression.index[is_empty], expression.columns[is_incomplete])
        + _size_warnings(covered[~usable], min_genes),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Missing:
    by_gene: IntArray
    by_sample: IntArray


def _missing(values: FloatArray) -> _Missing:
    """Count missing values per gene and per sample, a few samples at a time."""
    by_gene = np.zeros(values.shape[0], dtype=np.intp)
    by_sample = np.zeros(values.shape[1], dtype=np.intp)
    for part in blocks(np.arange(values.shape[1]), _COLUMNS_AT_ONCE):
        is_missing = np.isnan(values[:, part[0] : part[-1] + 1])
        by_gene += is_missing.sum(axis=1)
        by_sample[part] = is_missing.sum(axis=0)
    return _Missing(by_gene, by_sample)


def blocks(items: IntArray, size: int) -> Iterator[IntArray]:
    """Yield consecutive parts of at most ``size`` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _missing_warnings(genes: pd.Index, samples: pd.Index) -> tuple[str, ...]:
    notes = [f"TAB-55: sample {sample} has missing values and no scores." for sample in samples]
    if len(genes):
        names = ", ".join(str(gene) for gene in genes[:5])
        notes.insert(0, f"TAB-55: {len(genes)} genes without any value were left out ({names}).")
    return tuple(notes)


def _size_warnings(unusable: pd.DataFrame, min_genes: int) -> tuple[str, ...]:
    return tuple(
        f"TAB-58: {name} has {n_present} of {n_genes} genes in the matrix and no score"
        f" (at least {min_genes}, and not all genes, are needed)."
        for name, n_present, n_genes in zip(
            unusable.index, unusable["n_present"], unusable["n_genes"], strict=True
        )
    )
