"""ssGSEA: how high a set's genes stand in one sample's own ranking.

Barbie et al. 2009 (Nature 462:108), as in GSVA 1.46 ``gsva(method = "ssgsea")``. In one sample with N genes,
sorted from the highest (position 1): score = sum_G r^alpha (N - pos + 1) / sum_G r^alpha
- sum_(not G) (N - pos + 1) / (N - |G|), where r is the ascending rank. Tied genes share the integer part of
their mean rank and keep the matrix's order in the walk.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.expression.door import check_expression
from tilscope.biology.gene_sets.coverage import GeneSets, coverage
from tilscope.vocabulary import ExpressionError

FloatArray = NDArray[np.float64]


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
        True when the scores were divided by their range over the cohort.
    """

    scores: pd.DataFrame
    coverage: pd.DataFrame
    warnings: tuple[str, ...]
    is_cohort_dependent: bool


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

    Raises
    ------
    ExpressionError
        TAB-50, TAB-54, TAB-56 from the matrix's door; TAB-58 for a matrix of fewer than two genes or no set.
    """
    values = check_expression(expression)
    missing = np.isnan(values)
    kept = np.flatnonzero(~missing.all(axis=1))
    genes, values = expression.index[kept], values[kept]
    if len(genes) < 2 or not gene_sets:
        raise ExpressionError(
            "TAB-58", "nothing to score", found=f"{len(genes)} genes, {len(gene_sets)} gene sets"
        )
    covered = coverage(genes, gene_sets)
    usable = (covered["n_present"] >= max(min_genes, 1)) & (covered["n_present"] < len(genes))
    members = _positions(genes, [gene_sets[name] for name in covered.index[usable]])
    incomplete = missing[kept].any(axis=0)
    scores = np.full((len(covered), values.shape[1]), np.nan)
    for sample in np.flatnonzero(~incomplete):
        scores[usable.to_numpy(), sample] = _score_sample(values[:, sample], members, alpha)
    if normalise and np.isfinite(scores).any():
        scores = _normalise(scores)
    return GeneSetScores(
        pd.DataFrame(scores, index=covered.index, columns=expression.columns),
        covered,
        _missing_warnings(expression.drop(index=genes).index, expression.columns[np.flatnonzero(incomplete)])
        + _size_warnings(covered[~usable], min_genes),
        is_cohort_dependent=normalise,
    )


def _normalise(scores: FloatArray) -> FloatArray:
    extent = np.nanmax(scores) - np.nanmin(scores)
    # one single score has no range; it stays as it is
    return scores / extent if extent > 0 else scores


def _positions(genes: pd.Index, sets: list[Collection[str]]) -> list[NDArray[np.intp]]:
    row = {gene: i for i, gene in enumerate(genes)}
    return [np.array([row[g] for g in dict.fromkeys(s) if g in row], dtype=np.intp) for s in sets]


def _score_sample(values: FloatArray, members: list[NDArray[np.intp]], alpha: float) -> FloatArray:
    """Return the score of every set (of at least one and fewer than all genes) in one sample."""
    n = len(values)
    height, rank = _walk(values)
    weights = rank**alpha
    weighted = weights * height
    total = n * (n + 1) / 2
    scores = np.empty(len(members))
    for i, genes in enumerate(members):
        inside = weighted[genes].sum() / weights[genes].sum()
        outside = (total - height[genes].sum()) / (n - len(genes))
        scores[i] = inside - outside
    return scores


def _walk(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return each gene's height in the walk (N for the first) and its ascending rank, cut to an integer."""
    n = len(values)
    order = np.argsort(-values, kind="stable")
    height = np.empty(n)
    height[order] = np.arange(n, 0, -1)
    falls = np.flatnonzero(np.diff(values[order])) + 1
    start = np.concatenate([[0], falls])
    stop = np.concatenate([falls, [n]])
    rank = np.empty(n)
    rank[order] = np.repeat((2 * n + 1 - start - stop) // 2, stop - start)
    return height, rank


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
