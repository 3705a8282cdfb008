"""Two groups compared with covariates held equal: the design matrix, and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tilscope.biology.differential.design import check_groups, two_group_design
from tilscope.biology.differential.linear_model import estimable_columns
from tilscope.vocabulary import ExpressionError


@dataclass(frozen=True, slots=True, eq=False)
class AdjustedDesign:
    """A design with two groups and covariates.

    Attributes
    ----------
    design : DataFrame of float, samples x coefficients
        Of full rank. Without covariates one mean per group, the positive group first; with covariates the other
        group's mean, the difference of the groups, and the covariates.
    contrast : Series of float, indexed by coefficient
        Positive minus other group.
    groups : Series of str, indexed by sample
        The samples that take part.
    missing : dict of covariate to int
        Samples of a group without a value, of the covariates where there are any.
    n_left_out : int
        Samples without a value of at least one covariate.
    formula : str
        The model in words.
    """

    design: pd.DataFrame
    contrast: pd.Series
    groups: pd.Series
    missing: dict[str, int]
    n_left_out: int
    formula: str


def adjusted_design(
    groups: pd.Series, positive: str, covariates: pd.DataFrame | None = None
) -> AdjustedDesign:
    """Build the design of two groups and any covariates.

    With covariates the difference of the groups is one coefficient. Its standard error is exact also with weights of
    single values, where limma approximates that of a difference of two coefficients.

    Parameters
    ----------
    groups : Series of str, indexed by sample
        Two levels, without missing values.
    positive : str
        The level whose excess is a positive log2 fold change.
    covariates : DataFrame, samples x covariates, optional
        Numbers enter as they are; anything else as one indicator column per level but the first (of a categorical
        its own first, else the first in the alphabet, among the samples that take part). Samples that lack a value
        are left out.

    Raises
    ------
    ExpressionError, SettingsError
        As `two_group_design`, for the samples that are left; TAB-67 for a covariate that has one value only, or that
        follows from the groups and the covariates before it.
    """
    if covariates is None or covariates.shape[1] == 0:
        means, difference = two_group_design(groups, positive)
        told = f"one mean per group ({', '.join(map(str, means.columns))})"
        return AdjustedDesign(means, pd.Series(difference, means.columns), groups, {}, 0, told)
    known = covariates.reindex(groups.index)
    complete = known.notna().all(axis=1)
    groups, known = groups[complete], known[complete]
    check_groups(groups, positive)
    other = next(level for level in groups.unique() if level != positive)
    design = pd.DataFrame(
        {other: 1.0, f"{positive} - {other}": (groups == positive).astype(float)}, groups.index
    )
    words = [f"mean of {other}", f"difference {positive} minus {other}"]
    for name in known:
        columns, told = _columns(known[name])
        design = _joined(design, columns, str(name))
        words.append(told)
    contrast = pd.Series(0.0, design.columns)
    contrast.iloc[1] = 1.0
    n_missing = covariates.reindex(complete.index).isna().sum()
    missing = {str(name): int(n) for name, n in n_missing.items() if n}
    return AdjustedDesign(design, contrast, groups, missing, int((~complete).sum()), " + ".join(words))


def _columns(covariate: pd.Series) -> tuple[pd.DataFrame, str]:
    """Return a covariate's columns of the design, and how it enters, in words."""
    name = str(covariate.name)
    if pd.api.types.is_numeric_dtype(covariate) and not pd.api.types.is_bool_dtype(covariate):
        return covariate.astype(float).rename(name).to_frame(), f"{name} (per unit)"
    if isinstance(covariate.dtype, pd.CategoricalDtype):
        levels = [level for level in covariate.cat.categories if (covariate == level).any()]
    else:
        levels = sorted(covariate.unique(), key=str)
    if len(levels) < 2:
        return pd.DataFrame({name: 1.0}, covariate.index), name
    first, *others = levels
    columns = {f"{name} {level}": (covariate == level).astype(float) for level in others}
    return pd.DataFrame(columns), f"{name} ({', '.join(map(str, others))} against {first})"


def _joined(design: pd.DataFrame, columns: pd.DataFrame, name: str) -> pd.DataFrame:
    joined = pd.concat([design, columns], axis=1)
    if len(estimable_columns(joined.to_numpy(dtype=float))) == joined.shape[1]:
        return joined
    is_constant = bool((columns == columns.iloc[0]).all(axis=None))
    raise ExpressionError(
        "TAB-67",
        f"the covariate {name} cannot be held equal",
        found="one value in all samples"
        if is_constant
        else "it follows from the groups and the covariates before it",
        expected=f"a covariate that varies within the groups, among {len(design)} samples",
        remedy=f"Take {name} out of the covariates.",
    )
