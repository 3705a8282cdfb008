"""From a fit and the prior of its variances to moderated t statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.differential.empirical_bayes import VariancePrior, fit_variance_prior, log_odds
from tilscope.biology.differential.linear_model import ContrastFit
from tilscope.biology.differential.robust_prior import fit_robust_prior
from tilscope.biology.differential.student_t import two_sided_p, two_sided_quantile
from tilscope.statistics import benjamini_hochberg

FloatArray = NDArray[np.float64]

DIFFERENTIAL_COLUMNS = (
    "log2_fc",
    "ci_low",
    "ci_high",
    "mean_expression",
    "t",
    "p_value",
    "p_adjusted",
    "b",
)


@dataclass(frozen=True, slots=True, eq=False)
class Moderation:
    """Moderated statistics of one contrast; arrays of shape (n_genes,).

    Attributes
    ----------
    t, p_value : two-sided; NaN for genes without an estimate.
    df_total : residual and prior degrees of freedom, at most those of all genes together.
    sd : standard deviation of the estimate.
    prior : of the variances.
    """

    t: FloatArray
    p_value: FloatArray
    df_total: FloatArray
    sd: FloatArray
    prior: VariancePrior


def moderate(fit: ContrastFit, *, trend: bool = False, robust: bool = False) -> Moderation:
    """Let the genes lend each other information about their variance; the settings are those of `moderated_t`."""
    fit_prior = fit_robust_prior if robust else fit_variance_prior
    prior = fit_prior(fit.variance, fit.df, fit.mean_expression if trend else None)
    sd = fit.unscaled_sd * np.sqrt(prior.squeeze(fit.variance, fit.df))
    df_total = np.minimum(fit.df + prior.df, fit.df.sum())
    t = fit.log2_fc / sd
    return Moderation(t, two_sided_p(t, df_total), df_total, sd, prior)


def moderated_table(fit: ContrastFit, confidence: float, *, trend: bool, robust: bool) -> pd.DataFrame:
    """Return the table of `moderated_t`, without the genes' names."""
    found = moderate(fit, trend=trend, robust=robust)
    levels, level = np.unique(found.df_total, return_inverse=True)
    margin = found.sd * two_sided_quantile(1 - confidence, levels)[level.ravel()]
    columns = (
        fit.log2_fc,
        fit.log2_fc - margin,
        fit.log2_fc + margin,
        fit.mean_expression,
        found.t,
        found.p_value,
        benjamini_hochberg(found.p_value),
        log_odds(found.t, fit.unscaled_sd, found.df_total, found.prior),
    )
    table = pd.DataFrame(dict(zip(DIFFERENTIAL_COLUMNS, columns, strict=True)))
    table.attrs["prior_df"] = float(np.max(found.prior.df))
    return table
