"""Empirical Bayes for many linear models: genes lend each other information about their variance.

Smyth 2004 (Stat Appl Genet Mol Biol 3:3); equal to limma's ``fitFDist``, ``squeezeVar`` and the odds of
``eBayes``. The residual variances follow s0^2 F(d, d0): the prior's s0^2 and d0 come from the mean and
variance of log s^2 (section 6.2 there); with a covariate, s0^2 is a natural spline of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tilscope.biology.differential.natural_spline import natural_spline_basis, spline_knots
from tilscope.biology.differential.student_t import two_sided_p, two_sided_quantile

FloatArray = NDArray[np.float64]

PROPORTION = 0.01
"""Assumed fraction of truly different genes, for the log-odds only."""
EFFECT_SD_RANGE = (0.1, 4.0)
"""Bounds of the prior standard deviation of a log2 fold change."""
VARIANCE_FLOOR = 1e-5
"""Smaller residual variances count as this fraction of the median, so that their log is finite."""
INFINITE_DF = 1e6
"""Beyond this prior df the t statistics count as normal in the log-odds."""


@dataclass(frozen=True, slots=True, eq=False)
class VariancePrior:
    """The scaled inverse chi-square prior of the genes' variances.

    Attributes
    ----------
    variance : float or ndarray, shape (n_genes,)
        s0^2; one per gene when it follows a covariate.
    df : float or ndarray, shape (n_genes,)
        d0, in (0, inf]; inf means that all genes share one variance. One per gene from the robust fit.
    """

    variance: float | FloatArray
    df: float | FloatArray

    def squeeze(self, variances: FloatArray, df: FloatArray) -> FloatArray:
        """Return the posterior variances, between each gene's own and the prior's."""
        own = np.where(df > 0, variances, 0.0)
        shared = np.isinf(self.df)
        finite = np.where(shared, 0.0, self.df)
        with np.errstate(invalid="ignore"):  # no df of its own, and an infinite prior: 0 / 0, not used
            between = (df * own + finite * self.variance) / (df + finite)
        return np.asarray(np.where(shared, self.variance, between))


def fit_variance_prior(
    variances: FloatArray, df: FloatArray, covariate: FloatArray | None = None
) -> VariancePrior:
    """Estimate the prior from residual variances, at least half of them above 0.

    Parameters
    ----------
    variances, df : ndarray of float, shape (n_genes,)
        Residual variances and their degrees of freedom; genes with df 0 or a non-finite variance are
        left out of the estimate.
    covariate : ndarray of float, shape (n_genes,), optional
        Mean expression, for limma-trend; NaN (a gene without values) gives a prior variance of NaN.
    """
    usable = usable_genes(variances, df)
    if usable.sum() == 1:
        return VariancePrior(float(variances[usable][0]), 0.0)
    used, used_df = np.clip(variances[usable], 0, None), df[usable]
    median = float(np.median(used))
    half_df = used_df / 2
    logs = np.log(np.maximum(used, VARIANCE_FLOOR * median)) - special.digamma(half_df) + np.log(half_df)
    n_columns = 1 if covariate is None else _n_spline_columns(covariate[usable])
    if n_columns == 1 or covariate is None:
        level: float | FloatArray = float(logs.mean())
        spread = float(np.var(logs, ddof=1))
    else:
        level, spread = _spline_level(logs, covariate, usable, n_columns)
    excess = spread - float(special.polygamma(1, half_df).mean())
    if excess <= 0:
        return VariancePrior(float(used.mean()) if n_columns == 1 else np.exp(level), np.inf)
    prior_df = 2 * inverse_trigamma(excess)
    return VariancePrior(np.exp(level + special.digamma(prior_df / 2) - np.log(prior_df / 2)), prior_df)


def usable_genes(variances: FloatArray, df: FloatArray) -> NDArray[np.bool_]:
    """Tell which genes have a residual variance to learn from."""
    return (df > 0) & np.isfinite(variances)


def _n_spline_columns(covariate: FloatArray) -> int:
    n = len(covariate)
    return min(1 + (n >= 3) + (n >= 6) + (n >= 30), len(np.unique(covariate)))


def _spline_level(
    logs: FloatArray, covariate: FloatArray, usable: NDArray[np.bool_], n_columns: int
) -> tuple[FloatArray, float]:
    knots = spline_knots(covariate[usable], n_columns)
    basis = natural_spline_basis(covariate, knots)
    coefficients, _, rank, _ = np.linalg.lstsq(basis[usable], logs, rcond=None)
    level = basis @ coefficients
    residual = logs - level[usable]
    return level, float(residual @ residual) / (len(logs) - int(rank))


def inverse_trigamma(value: float) -> float:
    """Return y with trigamma(y) = value, by Newton's method on 1/trigamma (Smyth 2004, appendix)."""
    if value > 1e7:
        return float(1 / np.sqrt(value))
    if value < 1e-6:
        return 1 / value
    y = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(special.polygamma(1, y))
        step = trigamma * (1 - trigamma / value) / float(special.polygamma(2, y))
        y += step
        if -step / y < 1e-8:
            break
    return y


def log_odds(
    t: FloatArray, unscaled_sd: FloatArray, df_total: FloatArray, prior: VariancePrior
) -> FloatArray:
    """Return B, the log-odds that a gene differs, for a prior fraction of 1 %.

    Parameters
    ----------
    t, unscaled_sd, df_total : ndarray of float, shape (n_genes,)
        Moderated statistics (NaN allowed), standard deviation of the contrast for unit variance, and
        total degrees of freedom.
    prior : VariancePrior
    """
    limits = np.square(EFFECT_SD_RANGE) / np.nanmedian(prior.variance)
    known = np.isfinite(t)
    effect_variance = _effect_variance(t[known], unscaled_sd[known], df_total[known], limits)
    ratio = (unscaled_sd**2 + effect_variance) / unscaled_sd**2
    normal = t**2 * (1 - 1 / ratio) / 2
    student = (1 + df_total) / 2 * np.log((t**2 + df_total) / (t**2 / ratio + df_total))
    kernel = np.where(prior.df > INFINITE_DF, normal, student)
    return np.asarray(np.log(PROPORTION / (1 - PROPORTION)) - np.log(ratio) / 2 + kernel)


def _effect_variance(t: FloatArray, unscaled_sd: FloatArray, df: FloatArray, limits: FloatArray) -> float:
    """Estimate the prior variance of true effects from the most extreme statistics (Smyth 2004, 6.3)."""
    n_genes = len(t)
    n_top = int(np.ceil(PROPORTION / 2 * n_genes))
    fraction = max(n_top / n_genes, PROPORTION)
    df_max = float(df.max())
    size = _to_common_df(np.abs(t), df, df_max)
    top = np.argsort(-size, kind="stable")[:n_top]
    size, unscaled = size[top], unscaled_sd[top] ** 2
    p_null = two_sided_p(size, df_max)
    p_target = ((np.arange(n_top) + 0.5) / n_genes - (1 - fraction) * p_null) / fraction
    effect = np.zeros(n_top)
    above = p_target > p_null
    expected = two_sided_quantile(p_target[above], df_max)
    effect[above] = unscaled[above] * ((size[above] / expected) ** 2 - 1)
    return float(np.clip(effect, *limits).mean())


def _to_common_df(size: FloatArray, df: FloatArray, df_max: float) -> FloatArray:
    """Express statistics of fewer degrees of freedom by the size of equal p at the largest."""
    fewer = df < df_max
    p = two_sided_p(size[fewer], df[fewer])
    result = size.copy()
    # below the smallest double there is no p to convert; such a statistic is at the top anyway
    result[fewer] = np.where(p > 0, two_sided_quantile(np.where(p > 0, p, 1.0), df_max), size[fewer])
    return result
