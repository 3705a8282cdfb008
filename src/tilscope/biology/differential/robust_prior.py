"""Empirical Bayes that outlying variances do not mislead (Phipson et al. 2016, Ann Appl Stat 10:946).

Equal to limma's ``fitFDistRobustly``: the prior comes from the log variances with their tails pulled in; a gene whose
variance is too large for that prior gets fewer prior degrees of freedom, so that it keeps more of its own variance.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tilscope.biology.differential.empirical_bayes import (
    VariancePrior,
    fit_variance_prior,
    usable_genes,
)
from tilscope.biology.differential.f_distribution import log_density, log_tail, quantile, quantile_of_log
from tilscope.biology.differential.root import find_root
from tilscope.statistics.lowess import lowess

FloatArray = NDArray[np.float64]

LOWER, UPPER = 0.05, 0.1
"""Fractions of the log variances, smallest and largest, that are pulled in to the rest."""
TINY = 1e-12
"""Smaller variances count as this fraction of the median."""
N_NODES = 128
"""Of the Gauss-Legendre rule for the moments."""
ROOT_TOLERANCE = 1e-8
"""Of df / (1 + df): limma's."""
SPAN, ROUNDS = 0.4, 3
"""Of the robust trend of the log variances: fraction of the genes, and rounds after the first fit."""


class _Prior(NamedTuple):
    """Of the usable genes: s0^2 (one, or one per gene), d0 of the bulk, d0 per gene."""

    variance: float | FloatArray
    df: float
    gene_df: FloatArray


def fit_robust_prior(
    variances: FloatArray, df: FloatArray, covariate: FloatArray | None = None
) -> VariancePrior:
    """Estimate the prior; parameters as `fit_variance_prior`.

    Returns
    -------
    VariancePrior
        With degrees of freedom per gene. Fewer than 10 usable genes, and variances without excess spread, give
        the prior of `fit_variance_prior`.
    """
    usable = usable_genes(variances, df)
    if covariate is not None:
        usable &= np.isfinite(covariate)
    if usable.sum() * max(LOWER, UPPER) < 1:
        return fit_variance_prior(variances, df, covariate)
    own = np.clip(variances[usable], 0, None)
    own = np.maximum(own, TINY * float(np.median(own)))
    found = _fit(own, df[usable], None if covariate is None else covariate[usable])
    gene_df = np.full(len(variances), found.df)
    gene_df[usable] = found.gene_df
    if covariate is None or np.ndim(found.variance) == 0:
        return VariancePrior(found.variance, gene_df)
    # a gene without a variance of its own takes the trend between its neighbours
    at, inverse = np.unique(covariate[usable], return_inverse=True)
    logs = np.bincount(inverse.ravel(), np.log(found.variance)) / np.bincount(inverse.ravel())
    level = np.exp(np.interp(covariate, at, logs))
    level[usable] = found.variance
    return VariancePrior(level, gene_df)


def _fit(variances: FloatArray, df: FloatArray, covariate: FloatArray | None) -> _Prior:
    plain = fit_variance_prior(variances, df, covariate)
    plain_df = float(plain.df)
    variances, df_max = _to_common_df(variances, df, plain.variance, plain_df), float(df.max())
    logs = np.log(variances)
    trend = _trimmed_mean(logs) if covariate is None else lowess(covariate, logs, SPAN, ROUNDS)
    pulled = logs - trend
    pulled = np.clip(pulled, *np.quantile(pulled, [LOWER, 1 - UPPER]))
    mean, spread = float(pulled.mean()), float(np.var(pulled, ddof=1))

    def excess(prior_df: float) -> float:
        return float(np.log(spread / _winsorised_moments(df_max, prior_df)[1]))

    at_infinity = excess(np.inf)
    if at_infinity <= 0:
        prior_df = np.inf
    elif np.isinf(plain_df):
        return _Prior(plain.variance, plain_df, np.full(len(variances), np.inf))
    else:
        low = plain_df / (1 + plain_df)
        at_low = excess(plain_df)
        prior_df = plain_df
        if at_low < 0:
            root = find_root(
                lambda link: excess(link / (1 - link)), (low, at_low), (1.0, at_infinity), ROOT_TOLERANCE
            )
            prior_df = root / (1 - root)
    level = trend + mean - _winsorised_moments(df_max, prior_df)[0]
    ratio = np.exp(logs - level)
    gene_df = _gene_df_finite if np.isfinite(prior_df) else _gene_df_infinite
    return _Prior(np.exp(level), prior_df, gene_df(ratio, df_max, prior_df))


def _trimmed_mean(logs: FloatArray) -> float:
    cut = int(UPPER * len(logs))
    return float(np.sort(logs)[cut : len(logs) - cut].mean())


def _to_common_df(
    variances: FloatArray, df: FloatArray, level: float | FloatArray, prior_df: float
) -> FloatArray:
    """Express variances of fewer degrees of freedom by those of equal tail at the most."""
    df_max = float(df.max())
    fewer = df < df_max - 1e-14
    if not fewer.any():
        return variances
    scale = np.broadcast_to(level, variances.shape)[fewer]
    ratio, own_df = variances[fewer] / scale, df[fewer]
    upper, lower = (log_tail(ratio, own_df, prior_df, tail) for tail in ("upper", "lower"))
    up = upper < lower
    ratio[up] = quantile_of_log(upper[up], df_max, prior_df, "upper")
    ratio[~up] = quantile_of_log(lower[~up], df_max, prior_df, "lower")
    result = variances.copy()
    result[fewer] = ratio * scale
    return result


def _gene_df_infinite(ratio: FloatArray, df: float, _: float) -> FloatArray:
    tail = special.gammaincc(df / 2, ratio * df / 2)
    n = len(ratio)
    inlier = np.minimum(tail / ((n - _mean_ranks(ratio) + 0.5) / n), 1)
    gene_df = np.where(inlier < 1, inlier * n * df, np.inf)
    order = np.argsort(tail, kind="stable")
    gene_df[order] = np.maximum.accumulate(gene_df[order])
    return np.asarray(gene_df)


def _gene_df_finite(ratio: FloatArray, df: float, prior_df: float) -> FloatArray:
    tail = log_tail(ratio, df, prior_df, "upper")
    n = len(ratio)
    log_inlier = np.minimum(tail - np.log(n - _mean_ranks(ratio) + 0.5) + np.log(n), 0)
    if not (log_inlier < 0).any():
        return np.full(n, prior_df)
    # the most outlying gene's df is such that its variance would be the median of its law
    outlier_df = float(np.log(0.5) / tail.min() * prior_df)
    at_largest = float(log_tail(ratio.max(keepdims=True), df, outlier_df, "upper")[0])
    outlier_df *= float(np.log(0.5)) / at_largest
    gene_df = np.exp(log_inlier) * prior_df - np.expm1(log_inlier) * outlier_df
    order = np.argsort(tail, kind="stable")
    ordered = gene_df[order]
    means = np.cumsum(ordered) / np.arange(1, n + 1)
    lowest = int(np.argmin(means))
    ordered[: lowest + 1] = means[lowest]
    gene_df[order] = np.maximum.accumulate(ordered)
    return np.asarray(gene_df)


def _mean_ranks(values: FloatArray) -> FloatArray:
    """Ranks from 1; ties share their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse.ravel()])


@cache
def _legendre() -> tuple[FloatArray, FloatArray]:
    """Nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(N_NODES)
    return (nodes + 1) / 2, weights / 2


def _winsorised_moments(df: float, prior_df: float) -> tuple[float, float]:
    """Mean and variance of log F with its tails pulled in to the quantiles."""
    ends = quantile(np.array([LOWER, 1 - UPPER]), df, prior_df, "lower")
    tails = np.array([LOWER, UPPER])
    link = ends / (1 + ends)
    nodes, weights = _legendre()
    at = link[0] + (link[1] - link[0]) * nodes
    f = at / (1 - at)
    mass = (link[1] - link[0]) * weights * np.exp(log_density(f, df, prior_df)) / (1 - at) ** 2
    logs, log_ends = np.log(f), np.log(ends)
    mean = float(mass @ logs + tails @ log_ends)
    return mean, float(mass @ (logs - mean) ** 2 + tails @ (log_ends - mean) ** 2)
