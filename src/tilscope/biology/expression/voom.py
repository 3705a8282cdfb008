"""Counts for linear models: log2 counts per million with the precision of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tilscope.biology.expression.normalisation import MILLION, check_counts, library_sizes
from tilscope.statistics import lowess
from tilscope.vocabulary import ExpressionError

FloatArray = NDArray[np.float64]

HALF_READ = 0.5
"""Added to every count, so that 0 has a logarithm; 1 is added to the library size."""
SPAN = 0.5
SAME = 1e-6
"""Counts of patients never vary so little: a standard deviation of 1e-12 is what rounding leaves of none."""


@dataclass(frozen=True, slots=True, eq=False)
class VoomCounts:
    """Counts ready for a weighted linear model.

    Attributes
    ----------
    log2 : DataFrame of float, genes x samples
        log2 counts per million.
    weights : DataFrame of float > 0, genes x samples
        Inverse variances that the trend predicts.
    trend : DataFrame of float, indexed by gene; columns ``log2_count, sqrt_sd, trend``
        Mean log2 count, square root of the residual standard deviation, and its trend; genes without any
        count are left out.
    """

    log2: pd.DataFrame
    weights: pd.DataFrame
    trend: pd.DataFrame


def voom(
    counts: pd.DataFrame,
    design: pd.DataFrame | ArrayLike,
    sizes: pd.Series | None = None,
    *,
    span: float = SPAN,
) -> VoomCounts:
    """Return log2 counts per million and their weights from the trend of the variance over the mean.

    Parameters
    ----------
    counts : DataFrame of float, genes x samples
        Raw counts of the genes that have enough of them.
    design : DataFrame or array_like, samples x coefficients
        Of full rank, in the order of the samples.
    sizes : Series of float > 0, indexed by sample, optional
        Library sizes, usually times TMM factors; the sums of the counts by default.
    span : float in (0, 1]
        Of the genes that bear on each value of the trend.

    Raises
    ------
    ExpressionError
        As `check_counts`; TAB-60 where no residual degrees of freedom are left or fewer than two genes are;
        TAB-61 where the counts do not vary within the groups.

    References
    ----------
    Law et al. 2014, Genome Biol 15:R29. Equal to limma 3.54 ``voom(counts, design, lib.size, span = 0.5)``.
    """
    values, columns = check_counts(counts), np.asarray(design, dtype=float)
    n_genes, n_samples = values.shape
    if n_genes < 2 or n_samples <= columns.shape[1]:
        raise ExpressionError(
            "TAB-60",
            "counts do not suffice for a trend of the variance over the mean",
            found=f"{n_genes} genes, {n_samples} samples for {columns.shape[1]} coefficients",
            expected="at least two genes, and more samples than coefficients",
        )
    library = (library_sizes(counts) if sizes is None else sizes.loc[counts.columns]).to_numpy(dtype=float)
    log2 = np.log2((values + HALF_READ) / (library + 1) * MILLION)
    basis = np.linalg.qr(columns)[0]
    fitted = (log2 @ basis) @ basis.T
    sd = np.sqrt(((log2 - fitted) ** 2).sum(axis=1) / (n_samples - columns.shape[1]))
    log2_count = log2.mean(axis=1) + np.log2(library + 1).mean() - np.log2(MILLION)
    counted = np.flatnonzero(values.any(axis=1))
    x, y = log2_count[counted], np.sqrt(sd[counted])
    trend = lowess(x, y, span)
    if trend.min() <= SAME:
        raise ExpressionError(
            "TAB-61",
            "the counts do not vary within the groups, so that nothing tells their precision",
            found=f"{int((y <= SAME).sum())} of {len(y)} genes without variance",
            expected="samples that differ, as biological ones do",
            remedy="Check that no sample was copied.",
        )
    at, first = np.unique(x, return_index=True)
    predicted = np.interp(np.log2(2**fitted * 1e-6 * (library + 1)), at, trend[first])
    return VoomCounts(
        pd.DataFrame(log2, counts.index, counts.columns),
        pd.DataFrame(predicted**-4, counts.index, counts.columns),
        pd.DataFrame({"log2_count": x, "sqrt_sd": y, "trend": trend}, index=counts.index[counted]),
    )
