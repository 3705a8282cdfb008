"""One clinical variable against two groups, or against a score: the test that fits its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.statistics import (
    cochran_armitage,
    compare_several_groups,
    compare_two_groups,
    contingency_test,
    correlate,
    cramers_v,
    jonckheere_terpstra,
    odds_ratio,
    two_group_effect,
)
from tilscope.statistics.groups import Method as TwoGroups

Kind = Literal["number", "class", "ordered"]
Method = Literal["auto", "auto-student"]
Array = NDArray[np.float64]
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Found:
    """One test and the size of what it tests.

    Attributes
    ----------
    test : str
    statistic, p_value : float
        NaN with a reason.
    effect : str
        What ``effect_size`` is.
    effect_size, ci_low, ci_high : float
        95 % interval; NaN where there is none.
    contrast : str
        What a positive effect (an odds ratio above 1) says.
    n : int
        Patients with both values.
    reason : str
        Why a number is NaN, or how p was simulated; empty otherwise.
    """

    test: str
    statistic: float
    p_value: float
    effect: str
    effect_size: float
    ci_low: float
    ci_high: float
    contrast: str
    n: int
    reason: str = ""


def kind_of(column: pd.Series) -> Kind:
    """Tell what a column of `tilscope.statistics.clinical_columns.with_levels` is compared as."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "ordered"
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return "number" if is_number else "class"


def levels_of(column: pd.Series) -> list[str]:
    """Return the levels of a class that patients have, in their order."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [str(level) for level in column.cat.categories if (column == level).any()]
    return sorted(set(column.dropna().astype(str)))


def counts_by_level(column: pd.Series, groups: pd.Series, order: tuple[str, ...]) -> pd.DataFrame:
    """Return patients by level and group; patients without either are left out."""
    words = column.astype("object").map(str, na_action="ignore")
    levels = levels_of(column)
    counts = {g: [int(((words == level) & (groups == g)).sum()) for level in levels] for g in order}
    return pd.DataFrame(counts, index=levels)


def against_groups(column: pd.Series, groups: pd.Series, order: tuple[str, str], method: Method) -> Found:
    """Compare a variable between two groups.

    Parameters
    ----------
    column : Series
        As of `with_levels`; NaN marks a missing value.
    groups : Series of str
        Of the same patients.
    order : tuple of str
        Positive and negative group.
    method : {"auto", "auto-student"}
        Of numbers.
    """
    return _GROUPS[kind_of(column)](column, groups, order, method)


def against_score(column: pd.Series, score: pd.Series) -> Found:
    """Compare a variable with a score of the same patients."""
    return _SCORE[kind_of(column)](column, score)


def _number_in_groups(column: pd.Series, groups: pd.Series, order: tuple[str, str], method: Method) -> Found:
    high, low = (column[groups == g].to_numpy(dtype=np.float64) for g in order)
    return _of_two(high, low, method, f"higher in {order[0]}")


def _class_in_groups(column: pd.Series, groups: pd.Series, order: tuple[str, str], _: Method) -> Found:
    counts = counts_by_level(column, groups, order)
    counts = counts[counts.sum(axis=1) > 0]
    result = contingency_test(counts)
    if counts.shape == (2, 2) and np.isfinite(result.p_value):
        first, last = counts.index
        size, effect = odds_ratio(counts.iloc[::-1]), "odds ratio"
        contrast = f"odds of {order[0]} with {last}, against {first}"
    else:
        size, effect, contrast = cramers_v(counts), result.effect, ""
    return Found(
        result.test,
        result.statistic,
        result.p_value,
        effect,
        size.value,
        size.ci_low,
        size.ci_high,
        contrast,
        result.n,
        result.reason or "",
    )


def _ordered_in_groups(column: pd.Series, groups: pd.Series, order: tuple[str, str], _: Method) -> Found:
    declared = [str(level) for level in column.cat.categories]
    counts = counts_by_level(column, groups, order).reindex(declared, fill_value=0)
    trend = cochran_armitage(counts)
    ranks = _ranks(column)
    high, low = (ranks[(groups == g).to_numpy()] for g in order)
    size = _of_two(high, low, "wilcoxon", f"higher levels in {order[0]}")
    return Found(
        trend.test,
        trend.statistic,
        trend.p_value,
        size.effect,
        size.effect_size,
        size.ci_low,
        size.ci_high,
        size.contrast,
        trend.n,
        trend.reason or "",
    )


def _number_with_score(column: pd.Series, score: pd.Series) -> Found:
    return _correlated(column.to_numpy(dtype=np.float64), score, "rises with the score")


def _class_with_score(column: pd.Series, score: pd.Series) -> Found:
    words, levels = column.astype("object").map(str, na_action="ignore"), levels_of(column)
    parts = [score[words == level].to_numpy(dtype=np.float64) for level in levels]
    if len(levels) == 2:
        return _of_two(parts[1], parts[0], "auto", f"score with {levels[1]} minus that with {levels[0]}")
    n = sum(part.size for part in parts)
    if len(levels) < 2:
        reason = "fewer than two levels hold patients"
        return Found("none", _NAN, _NAN, "epsilon squared", _NAN, _NAN, _NAN, "", n, reason)
    several = compare_several_groups(parts, "kruskal-wallis")
    # epsilon squared: the share of the ranks' variance that lies between the levels (Tomczak & Tomczak 2014)
    share = several.statistic / (n - 1.0) if n > 1 else _NAN
    return Found(
        several.test,
        several.statistic,
        several.p_value,
        "epsilon squared",
        share,
        _NAN,
        _NAN,
        "",
        n,
        several.reason or "",
    )


def _ordered_with_score(column: pd.Series, score: pd.Series) -> Found:
    ranks = _ranks(column)
    values = score.to_numpy(dtype=np.float64)
    trend = jonckheere_terpstra([values[ranks == r] for r in np.unique(ranks[~np.isnan(ranks)])])
    size = _correlated(ranks, score, "higher levels with higher scores")
    return Found(
        trend.test,
        trend.statistic,
        trend.p_value,
        size.effect,
        size.effect_size,
        size.ci_low,
        size.ci_high,
        size.contrast,
        trend.n,
        trend.reason or size.reason,
    )


def _ranks(column: pd.Series) -> Array:
    """Return 1 for the first declared level, 2 for the next; NaN where there is none."""
    codes = np.asarray(column.cat.codes, dtype=np.float64)
    return np.where(codes < 0, np.nan, codes + 1.0)


def _correlated(values: Array, score: pd.Series, contrast: str) -> Found:
    found = correlate(values, score.to_numpy(dtype=np.float64))
    return Found(
        "Spearman",
        found.value,
        found.p_value,
        found.effect,
        found.value,
        found.ci_low,
        found.ci_high,
        contrast,
        found.n,
        found.reason or "",
    )


def _of_two(a: Array, b: Array, method: TwoGroups, contrast: str) -> Found:
    result = compare_two_groups(a, b, method)
    size = two_group_effect(a, b, result)
    return Found(
        result.test,
        result.statistic,
        result.p_value,
        result.effect,
        result.effect_size,
        size.effect_ci_low,
        size.effect_ci_high,
        contrast,
        result.n_a + result.n_b,
        result.reason or "",
    )


_GROUPS: dict[Kind, Callable[[pd.Series, pd.Series, tuple[str, str], Method], Found]] = {
    "number": _number_in_groups,
    "class": _class_in_groups,
    "ordered": _ordered_in_groups,
}
_SCORE: dict[Kind, Callable[[pd.Series, pd.Series], Found]] = {
    "number": _number_with_score,
    "class": _class_with_score,
    "ordered": _ordered_with_score,
}
