"""Differential expression: limma's moderated t statistic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tilscope.biology.differential.design import two_group_design
from tilscope.biology.differential.empirical_bayes import fit_variance_prior, log_odds, usable_genes
from tilscope.biology.differential.linear_model import ContrastFit, estimable_columns, fit_contrast
from tilscope.biology.differential.student_t import two_sided_p, two_sided_quantile
from tilscope.biology.expression.door import check_expression, take_samples
from tilscope.biology.settings import BiologySettings, RankingMetric
from tilscope.statistics import benjamini_hochberg
from tilscope.vocabulary import ExpressionError, SettingsError

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
class DifferentialExpression:
    """Genes that differ between two groups.

    Attributes
    ----------
    table : DataFrame, genes x (`DIFFERENTIAL_COLUMNS` + ``direction``)
        Sorted by p value, ties by gene name; ``direction`` is ``"up"``, ``"down"`` or ``"none"`` by the
        settings' FDR and fold change.
    positive, other : str
        ``log2_fc`` is the mean of ``positive`` minus that of ``other``.
    n_positive, n_other : int
        Samples per group.
    settings : BiologySettings
        What made the table.
    """

    table: pd.DataFrame
    positive: str
    other: str
    n_positive: int
    n_other: int
    settings: BiologySettings

    @property
    def n_up(self) -> int:
        """Number of genes higher in the positive group."""
        return int((self.table["direction"] == "up").sum())

    @property
    def n_down(self) -> int:
        """Number of genes lower in the positive group."""
        return int((self.table["direction"] == "down").sum())


def moderated_t(
    expression: pd.DataFrame,
    design: pd.DataFrame | ArrayLike,
    contrast: pd.Series | ArrayLike,
    trend: bool = False,
    robust: bool = False,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare genes by limma's linear model with empirical Bayes variances.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        Log2 expression. NaN leaves a sample out for that gene, as in limma.
    design : DataFrame or array_like, samples x coefficients
        Of full rank. A DataFrame's index must be the expression's columns in the same order.
    contrast : Series or array_like, shape (coefficients,)
        Weights of the coefficients; a Series' index must be the design's columns.
    trend : bool
        Let the prior variance follow the mean expression (limma-trend).
    robust : bool
        Not implemented: True raises `SettingsError`.
    confidence : float in (0, 1)
        Of the interval of ``log2_fc``.

    Returns
    -------
    DataFrame indexed by gene, in the order of ``expression``, columns `DIFFERENTIAL_COLUMNS`
        ``p_adjusted`` is Benjamini-Hochberg over the genes with a p value; ``b`` the log-odds. A gene whose
        present values do not determine the contrast has NaN in ``log2_fc``, ``t``, ``p_value`` and ``b``.

    Raises
    ------
    SettingsError
        SET-51 for ``robust``; SET-52 for a design or contrast of wrong shape, names or rank.
    ExpressionError
        TAB-56 for infinite or non-numeric values; TAB-60 if no residual degrees of freedom are left;
        TAB-61 if at least half of the genes have no variance.

    References
    ----------
    Smyth 2004, Stat Appl Genet Mol Biol 3:3. Equal to limma 3.54 ``lmFit``, ``contrasts.fit``,
    ``eBayes(trend=)``, ``topTable(confint=)``.
    """
    if robust:
        raise SettingsError(
            "SET-51",
            "robust empirical Bayes is not implemented",
            expected="robust = false",
            remedy="Set robust to false; trend = true is available.",
        )
    values = check_expression(expression)
    weights, columns = _check_design(expression, design, contrast)
    fit = fit_contrast(values, columns, weights)
    _check_fit(fit, columns)
    table = _moderate(fit, trend, confidence)
    return table.set_index(expression.index)


def _moderate(fit: ContrastFit, trend: bool, confidence: float) -> pd.DataFrame:
    prior = fit_variance_prior(fit.variance, fit.df, fit.mean_expression if trend else None)
    posterior_sd = np.sqrt(prior.squeeze(fit.variance, fit.df))
    df_total = np.minimum(fit.df + prior.df, fit.df.sum())
    t = fit.log2_fc / (fit.unscaled_sd * posterior_sd)
    p = two_sided_p(t, df_total)
    margin = fit.unscaled_sd * posterior_sd * two_sided_quantile(1 - confidence, df_total)
    result = (
        fit.log2_fc,
        fit.log2_fc - margin,
        fit.log2_fc + margin,
        fit.mean_expression,
        t,
        p,
        benjamini_hochberg(p),
        log_odds(t, fit.unscaled_sd, df_total, prior),
    )
    return pd.DataFrame(dict(zip(DIFFERENTIAL_COLUMNS, result, strict=True)))


def _check_fit(fit: ContrastFit, design: FloatArray) -> None:
    usable = usable_genes(fit.variance, fit.df)
    if not usable.any() or np.isnan(fit.log2_fc).all():
        raise ExpressionError(
            "TAB-60",
            "the samples do not suffice for this comparison",
            found=f"{design.shape[0]} samples for {design.shape[1]} coefficients",
            expected="more samples than coefficients, in every group",
        )
    if np.median(fit.variance[usable]) <= 0:
        raise ExpressionError(
            "TAB-61",
            "at least half of the genes do not vary, so that variances cannot be shared",
            found=f"{int((fit.variance[usable] <= 0).sum())} of {int(usable.sum())} genes without variance",
            remedy="Leave out genes that are constant or zero in nearly all samples.",
        )


def _check_design(
    expression: pd.DataFrame, design: pd.DataFrame | ArrayLike, contrast: pd.Series | ArrayLike
) -> tuple[FloatArray, FloatArray]:
    columns = np.asarray(design, dtype=float)
    weights = np.asarray(contrast, dtype=float)
    if columns.ndim != 2 or weights.shape != columns.shape[1:] or len(columns) != expression.shape[1]:
        raise SettingsError(
            "SET-52",
            "design, contrast and expression do not fit together",
            found=f"design {columns.shape}, contrast {weights.shape}",
            expected=f"design ({expression.shape[1]}, k), contrast (k,)",
        )
    rows = design.index if isinstance(design, pd.DataFrame) else expression.columns
    names = contrast.index if isinstance(contrast, pd.Series) else None
    if not rows.equals(expression.columns) or (
        names is not None and isinstance(design, pd.DataFrame) and not names.equals(design.columns)
    ):
        raise SettingsError(
            "SET-52",
            "the names of design, contrast and expression differ",
            remedy="Order the design's rows like the samples and the contrast like the design's columns.",
        )
    complete = bool(np.isfinite(columns).all() and np.isfinite(weights).all() and weights.any())
    n_estimable = len(estimable_columns(columns)) if complete else 0
    if n_estimable < columns.shape[1]:
        raise SettingsError(
            "SET-52",
            "the design is not of full rank, or design and contrast are not finite and non-zero",
            found=f"{n_estimable} estimable coefficients",
            expected=columns.shape[1],
            remedy="Remove covariates that follow from the others.",
        )
    return weights, columns


def differential_expression(
    expression: pd.DataFrame, groups: pd.Series, settings: BiologySettings | None = None
) -> DifferentialExpression:
    """Compare the two groups of samples gene by gene.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        Log2 expression; samples without a group are left out.
    groups : Series of str, indexed by sample
        Two levels; every sample must be in ``expression``.
    settings : BiologySettings, optional

    Raises
    ------
    ExpressionError, SettingsError
        As `two_group_design` and `moderated_t`; TAB-50 for a sample that the matrix lacks.
    """
    settings = settings or BiologySettings()
    design, contrast = two_group_design(groups, settings.positive)
    table = moderated_t(
        take_samples(expression, groups.index), design, contrast, settings.trend, settings.robust
    )
    table["direction"] = _direction(table, settings)
    order = np.lexsort((table.index.astype(str), table["p_value"].to_numpy()))
    positive, other = (str(level) for level in design.columns)
    n_positive = int(design[positive].sum())
    return DifferentialExpression(
        table.iloc[order], positive, other, n_positive, len(design) - n_positive, settings
    )


def _direction(table: pd.DataFrame, settings: BiologySettings) -> NDArray[np.str_]:
    passes = (table["p_adjusted"] <= settings.fdr) & (table["log2_fc"].abs() >= settings.log2_fc)
    return np.select([passes & (table["log2_fc"] > 0), passes], ["up", "down"], "none")


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
    values = _METRICS[metric](table).dropna().rename(metric)
    order = np.lexsort((values.index.astype(str), -values.to_numpy()))
    return values.iloc[order]
