"""Genes in the order of a metric: what gene set enrichment analysis walks down."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from tilscope.biology.gene_sets.settings import RankingMetric
from tilscope.vocabulary import ExpressionError, SettingsError

_METRICS: dict[RankingMetric, Callable[[pd.DataFrame], pd.Series]] = {
    "t": lambda table: table["t"],
    "log2_fc": lambda table: table["log2_fc"],
    "signed_log10_p": lambda table: (
        -np.log10(table["p_value"].clip(lower=np.finfo(float).tiny)) * np.sign(table["log2_fc"])
    ),
}


def rank_genes(table: pd.DataFrame, metric: RankingMetric = "t") -> pd.Series:
    """Rank the genes for enrichment, largest first; ties go by gene name (TAB-64).

    Parameters
    ----------
    table : DataFrame from `moderated_t` or `DifferentialExpression.table`
    metric : {"t", "log2_fc", "signed_log10_p"}
        P values that underflow to 0 count as 2.2e-308, so that the metric stays finite.

    Returns
    -------
    Series of float, indexed by gene; genes without a value are left out.

    Raises
    ------
    SettingsError
        SET-53 for an unknown metric.
    """
    if metric not in _METRICS:
        raise SettingsError("SET-53", "unknown ranking metric", found=metric, expected=", ".join(_METRICS))
    return _sorted(_METRICS[metric](table).dropna().rename(metric))


def check_ranking(ranking: pd.Series) -> tuple[pd.Series, tuple[str, ...]]:
    """Bring a ranking into the one order that its values and names allow.

    Parameters
    ----------
    ranking : Series of float, indexed by gene, in any order
        The higher, the earlier. Genes without a value are left out; an infinite value counts as the largest
        finite one of the ranking, with its sign.

    Returns
    -------
    Series of float, largest first, ties by gene name, and the notes (TAB-64) on what was changed.

    Raises
    ------
    ExpressionError
        TAB-54 if a gene stands twice; TAB-64 if fewer than two genes have a finite value, or all have one.
    """
    twice = ranking.index[ranking.index.duplicated()].unique()
    if len(twice):
        raise ExpressionError(
            "TAB-54",
            "a gene stands twice in the ranking",
            found=", ".join(str(gene) for gene in twice[:5]),
            remedy="Keep one value for each gene.",
        )
    known = ranking.astype(np.float64).dropna()
    infinite = np.isinf(known)
    finite = known[~infinite]
    if finite.nunique() < 2:
        raise ExpressionError(
            "TAB-64",
            "the ranking has no order",
            found=f"{len(finite)} genes with {finite.nunique()} different finite values",
            expected="values that differ between genes",
            remedy="Rank by another metric, or look at how these values were made.",
        )
    notes = _notes(len(ranking) - len(known), int(infinite.sum()), finite)
    limit = float(finite.abs().max())
    return _sorted(known.clip(-limit, limit)), notes


def _notes(n_missing: int, n_infinite: int, finite: pd.Series) -> tuple[str, ...]:
    notes = []
    if n_missing:
        notes.append(f"TAB-64: {n_missing} genes without a value were left out of the ranking.")
    if n_infinite:
        notes.append(f"TAB-64: {n_infinite} infinite values count as the largest finite one.")
    if (finite >= 0).all() or (finite <= 0).all():
        notes.append("TAB-64: all values of the ranking have one sign; scores of one direction mean little.")
    return tuple(notes)


def _sorted(values: pd.Series) -> pd.Series:
    order = np.lexsort((values.index.astype(str), -values.to_numpy()))
    return values.iloc[order]
