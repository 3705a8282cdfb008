"""Scores and single genes between two groups of samples."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from tilscope.biology.differential.design import check_groups
from tilscope.biology.expression.door import take_samples
from tilscope.statistics import compare_columns
from tilscope.vocabulary import ExpressionError

Method = Literal["auto", "t", "welch", "wilcoxon"]


def compare_sets(
    scores: pd.DataFrame,
    groups: pd.Series,
    positive: str,
    family: str,
    *,
    method: Method = "wilcoxon",
    confidence: float | None = 0.95,
) -> pd.DataFrame:
    """Compare every row of scores between the groups, with FDR over the rows that have a p value.

    Parameters
    ----------
    scores : DataFrame of float, variables x samples
        Gene-set or signature scores, or genes.
    groups : Series of str, indexed by sample
        Two levels of at least two samples; every sample must be in ``scores``.
    positive : str
        The level that effect sizes favour.
    family : str
        Name of the family of tests over which the p values are adjusted.
    method : {"wilcoxon", "t", "welch", "auto"}
        As in `tilscope.statistics.compare_columns`.
    confidence : float in (0, 1) or None
        Of the intervals of effect sizes and differences; None for no intervals.

    Returns
    -------
    DataFrame
        The table of `tilscope.statistics.compare_columns`, one row per variable. Rows without any score (NaN)
        are left out before the tests.

    Raises
    ------
    ExpressionError, SettingsError
        TAB-60, TAB-50 and SET-50 as `tilscope.biology.two_group_design`; TAB-58 if no row has a score.
    """
    check_groups(groups, positive)
    known = take_samples(scores, groups.index).dropna(how="all")
    if known.empty:
        raise ExpressionError("TAB-58", f"nothing to compare in family {family!r}: no row has a score")
    return compare_columns(known.T, groups, positive, family=family, method=method, confidence=confidence)
