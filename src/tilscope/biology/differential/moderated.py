"""Differential expression: limma's moderated t statistic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from tilscope.biology.differential.checking import check_design, check_fit, check_weights
from tilscope.biology.differential.design import two_group_design
from tilscope.biology.differential.linear_model import fit_linear_models
from tilscope.biology.differential.moderation import moderated_table
from tilscope.biology.expression.door import check_expression, take_samples
from tilscope.biology.settings import BiologySettings


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
    weights: pd.DataFrame | pd.Series | ArrayLike | None = None,
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
        Keep a few genes of outlying variance from misleading the prior, and let them keep more of their own.
    weights : DataFrame of genes x samples, Series of samples, or arrays of these shapes, optional
        Of the values, as inverse variances up to a factor (voom's). 0 or NaN leaves the value out. With weights
        of single values or with missing values, limma's standard deviation of a contrast of several correlated
        coefficients is an approximation, which is repeated here (`LinearFit.contrast`); a contrast of
        one coefficient, and of group means without covariates, is exact.
    confidence : float in (0, 1)
        Of the interval of ``log2_fc``.

    Returns
    -------
    DataFrame indexed by gene, in the order of ``expression``, columns `DIFFERENTIAL_COLUMNS`
        ``p_adjusted`` is Benjamini-Hochberg over the genes with a p value; ``b`` the log-odds. A gene whose
        present values do not determine the contrast has NaN in ``log2_fc``, ``t``, ``p_value`` and ``b``.
        ``attrs["prior_df"]``: degrees of freedom that the genes lend each other (the most that a gene has, where
        ``robust`` lets outlying genes have fewer; infinite where all share one variance).

    Raises
    ------
    SettingsError
        SET-52 for a design, contrast or weights of wrong shape, names or rank.
    ExpressionError
        TAB-56 for infinite or non-numeric values or negative weights; TAB-60 if no residual degrees of freedom
        are left; TAB-61 if at least half of the genes have no variance.

    References
    ----------
    Smyth 2004, Stat Appl Genet Mol Biol 3:3. Equal to limma 3.54 ``lmFit(weights=)``, ``contrasts.fit``,
    ``eBayes(trend=, robust=)``, ``topTable(confint=)``. Robust: Phipson et al. 2016, Ann Appl Stat 10:946.
    """
    fits = moderated_contrasts(
        expression, design, {"": contrast}, trend, robust, weights=weights, confidence=confidence
    )
    return fits[""]


def moderated_contrasts(
    expression: pd.DataFrame,
    design: pd.DataFrame | ArrayLike,
    contrasts: Mapping[str, pd.Series | ArrayLike],
    trend: bool = False,
    robust: bool = False,
    *,
    weights: pd.DataFrame | pd.Series | ArrayLike | None = None,
    confidence: float = 0.95,
) -> dict[str, pd.DataFrame]:
    """Take several contrasts of one linear model; parameters and errors as `moderated_t`.

    Returns
    -------
    dict of contrast name to the table of `moderated_t`
        ``p_adjusted`` is over the genes of each contrast alone, as limma's ``topTable(coef = )``.
    """
    values = check_expression(expression)
    checked = {name: check_design(expression, design, contrast) for name, contrast in contrasts.items()}
    if not checked:
        return {}
    columns = next(iter(checked.values()))[1]
    fit = fit_linear_models(values, columns, check_weights(expression, weights))
    tables = {}
    for name, (combination, _) in checked.items():
        of_contrast = fit.contrast(combination)
        check_fit(of_contrast, columns)
        table = moderated_table(of_contrast, confidence, trend=trend, robust=robust)
        tables[name] = table.set_index(expression.index)
    return tables


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
    table = with_direction(table, settings)
    positive, other = (str(level) for level in design.columns)
    n_positive = int(design[positive].sum())
    return DifferentialExpression(table, positive, other, n_positive, len(design) - n_positive, settings)


def with_direction(table: pd.DataFrame, settings: BiologySettings) -> pd.DataFrame:
    """Sort the table of `moderated_t` by p value, ties by gene name, and add ``direction``.

    ``"up"`` and ``"down"`` are genes that pass the settings' FDR and fold change; all others are ``"none"``.
    """
    passes = (table["p_adjusted"] <= settings.fdr) & (table["log2_fc"].abs() >= settings.log2_fc)
    direction = np.select([passes & (table["log2_fc"] > 0), passes], ["up", "down"], "none")
    order = np.lexsort((table.index.astype(str), table["p_value"].to_numpy()))
    return table.assign(direction=direction).iloc[order]
