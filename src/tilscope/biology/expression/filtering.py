"""Which genes have enough counts to be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tilscope.biology.expression.normalisation import MILLION, check_counts, counts_per_million

FloatArray = NDArray[np.float64]

ROUNDING = 1e-14


@dataclass(frozen=True, slots=True)
class FilterRules:
    """How many reads in how many samples a gene needs.

    Attributes
    ----------
    min_count : float
        Reads in a library of median size; other libraries need as many per million.
    min_total_count : float
        Reads in all samples together.
    large_n : int
        Up to so many samples, a gene needs its reads in as many samples as the smallest group has.
    min_fraction : float in (0, 1]
        Of the samples of the smallest group beyond ``large_n``.
    """

    min_count: float = 10.0
    min_total_count: float = 15.0
    large_n: int = 10
    min_fraction: float = 0.7


def genes_with_counts(
    counts: pd.DataFrame,
    groups: pd.Series | None = None,
    design: pd.DataFrame | ArrayLike | None = None,
    *,
    rules: FilterRules | None = None,
) -> pd.Series:
    """Mark the genes with enough counts in at least as many samples as the smallest group has.

    Parameters
    ----------
    counts : DataFrame of float, genes x samples
        Raw counts.
    groups : Series, indexed by sample, optional
        Group of each sample. Comes before the design.
    design : DataFrame or array_like, samples x coefficients, optional
        Stands in for groups: the smallest group counts as the inverse of the largest leverage, the design
        taken with an intercept. Without both, all samples are one group.
    rules : FilterRules, optional

    Returns
    -------
    Series of bool, indexed by gene

    Raises
    ------
    ExpressionError
        As `check_counts`.

    References
    ----------
    Chen, Lun, Smyth 2016, F1000Research 5:1438. Equal to edgeR 3.40 ``filterByExpr``.
    """
    values, rules = check_counts(counts), rules or FilterRules()
    n_needed = _smallest_group(values.shape[1], groups, design)
    if n_needed > rules.large_n:
        n_needed = rules.large_n + (n_needed - rules.large_n) * rules.min_fraction
    cutoff = rules.min_count / np.median(values.sum(axis=0)) * MILLION
    n_enough = (counts_per_million(counts).to_numpy() >= cutoff).sum(axis=1)
    has_total = values.sum(axis=1) >= rules.min_total_count - ROUNDING
    return pd.Series((n_enough >= n_needed - ROUNDING) & has_total, counts.index, name="has_counts")


def _smallest_group(
    n_samples: int, groups: pd.Series | None, design: pd.DataFrame | ArrayLike | None
) -> float:
    if groups is not None:
        return float(groups.value_counts().min())
    if design is None:
        return float(n_samples)
    columns = np.column_stack([np.ones(n_samples), np.asarray(design, dtype=float)])
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    spanned = left[:, size > size[0] * n_samples * np.finfo(float).eps]
    return float(1 / (spanned**2).sum(axis=1).max())
