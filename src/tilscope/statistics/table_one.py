"""Table 1: whether the training and validation sets are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.statistics.categories import CategoryMethod, contingency_test
from tilscope.statistics.groups import Method, compare_two_groups
from tilscope.statistics.several_groups import SeveralMethod, compare_several_groups
from tilscope.statistics.standardised_difference import (
    standardised_difference,
    standardised_difference_of_counts,
)
from tilscope.vocabulary import TableError

Profile = Literal["paper-2022", "recommended"]
Counts = NDArray[np.int64]
_NAN = float("nan")
_BY_RANK = ("Wilcoxon", "Kruskal")


@dataclass(frozen=True, slots=True)
class TableOneRules:
    """Which tests a profile uses.

    Attributes
    ----------
    numbers : Method
        Of a number in two groups.
    numbers_of_several : SeveralMethod
        Of a number in more groups.
    categories : CategoryMethod
        Of unordered categories, and of missing values.
    has_ordered : bool
        Whether categories that are declared as ordered are compared by their ranks.
    in_words : str
        The same as sentences, for a footnote.
    """

    numbers: Method
    numbers_of_several: SeveralMethod
    categories: CategoryMethod
    has_ordered: bool
    in_words: str


RULES: dict[Profile, TableOneRules] = {
    "paper-2022": TableOneRules(
        "t",
        "anova",
        "pearson",
        has_ordered=False,
        in_words=(
            "Rules of the profile paper-2022 (the defaults of R tableone): numbers as mean (sd), Student's t test with "
            "a pooled variance (ANOVA for more than two groups); categories by Pearson's chi-square, with Yates' "
            "correction for 2 x 2."
        ),
    ),
    "recommended": TableOneRules(
        "auto",
        "auto",
        "auto",
        has_ordered=True,
        in_words=(
            "Rules of the profile recommended: where Shapiro-Wilk has p >= .05 in every group, numbers as mean (sd) "
            "and Welch's t test (Welch's ANOVA for more than two groups), else as median [quartiles] and Wilcoxon's "
            "rank-sum test (Kruskal-Wallis); categories by Fisher's exact test where an expected count is below 5, "
            "else by Pearson's chi-square (Yates' correction for 2 x 2); declared orders of levels by their ranks."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class _Tested:
    """What one row says about the difference between the groups."""

    test: str
    p_value: float
    smd: float
    effect: str = ""
    effect_size: float = _NAN
    note: str = ""
    statistic: float = _NAN
    n: float = _NAN

    @property
    def cells(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _Tested.__dataclass_fields__}


_BLANK = _Tested("", _NAN, _NAN)


def table_one(
    frame: pd.DataFrame,
    groups: pd.Series,
    profile: Profile = "recommended",
    *,
    group_order: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Describe each variable in each group, with a test of the difference and its size.

    Parameters
    ----------
    frame : DataFrame, patients x variables
        Numeric columns are described by mean and sd or median and quartiles, all others by counts; a missing value
        leaves its patient out of that variable only, and is compared by itself. Booleans are categories; an ordered
        ``pandas.Categorical`` declares the order of its levels.
    groups : Series of labels
        Group of each patient, matched by index; patients without a group are left out.
    profile : {"paper-2022", "recommended"}
        Key of ``RULES``, which say it in words. ``paper-2022`` is R ``tableone`` by default.
    group_order : sequence of str, optional
        Order of the group columns; by default ``training``, ``validation``, ``external``, then by name.

    Returns
    -------
    DataFrame
        ``variable, row, level, <one column per group>, test, p_value, smd, effect, effect_size, note, statistic,
        n, n_missing``.
        ``row`` is ``number``, ``level`` (one row per level of a category) or ``missing`` (count and share of missing
        values, where there are any, and whether they differ between the groups). Test, p, ``smd`` (standardised mean
        difference), effect (Cramer's V, Cohen's d, rank-biserial r), note, statistic (t, W, F, H or chi-square;
        NaN for Fisher), ``n`` (patients compared) and ``n_missing`` stand in a variable's
        first row (``""`` and NaN below), those of the missing values in their row.

    Raises
    ------
    TableError
        ``TAB-50`` for duplicate patients; ``TAB-60`` for fewer than two groups; ``TAB-59`` for infinite values.
    """
    if not (frame.index.is_unique and groups.index.is_unique):
        raise TableError(
            "TAB-50", "patients are listed twice", remedy="Keep one row per patient in both tables."
        )
    labels = groups.dropna().astype(str)
    labels = labels[labels.index.isin(frame.index)]
    order = _group_order(labels) if group_order is None else [str(name) for name in group_order]
    if len(order) < 2:
        raise TableError("TAB-60", "Table 1 needs two groups", found=", ".join(order) or "none")
    rows: list[dict[str, Any]] = []
    for name in frame.columns:
        column = frame.loc[labels.index, name]
        describe = _number_rows if _is_number(column) else _category_rows
        first, *others = [
            *describe(column, labels, order, RULES[profile]),
            *_missing_rows(column, labels, order, RULES[profile]),
        ]
        first["n_missing"] = int(column.isna().sum())
        rows += [{"variable": str(name), **row} for row in (first, *others)]
    result = list(_BLANK.cells)
    table = pd.DataFrame(rows, columns=["variable", "row", "level", *order, *result, "n_missing"])
    return table.astype({"n_missing": "Int64"})


def _group_order(labels: pd.Series) -> list[str]:
    usual = ["training", "validation", "external"]
    found = set(labels)
    return [name for name in usual if name in found] + sorted(found - set(usual))


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _number_rows(
    column: pd.Series, labels: pd.Series, order: list[str], rules: TableOneRules
) -> list[dict[str, Any]]:
    parts = [column[labels == group].dropna().to_numpy(dtype=np.float64) for group in order]
    tested = _compare_numbers(parts, rules.numbers, rules.numbers_of_several)
    by_rank = tested.test.startswith(_BY_RANK)
    level = "median [quartiles]" if by_rank else "mean (sd)"
    cells = {group: _describe(part, by_rank) for group, part in zip(order, parts, strict=True)}
    return [{"row": "number", "level": level, **cells, **tested.cells}]


def _compare_numbers(
    parts: list[NDArray[np.float64]], method: Method, method_of_several: SeveralMethod
) -> _Tested:
    smd, n = standardised_difference(parts), float(sum(part.size for part in parts))
    if len(parts) > 2:
        several = compare_several_groups(parts, method_of_several)
        told = several.reason or ""
        return _Tested(several.test, several.p_value, smd, note=told, statistic=several.statistic, n=n)
    two = compare_two_groups(parts[0], parts[1], method)
    effect = (two.effect, two.effect_size, two.reason or "")
    return _Tested(two.test, two.p_value, smd, *effect, two.statistic, n)


def _describe(values: NDArray[np.float64], by_rank: bool) -> str:
    if values.size == 0:
        return "NA"
    if by_rank:
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        return f"{middle:.2f} [{low:.2f}, {high:.2f}]"
    sd = f"{values.std(ddof=1):.2f}" if values.size > 1 else "NA"
    return f"{values.mean():.2f} ({sd})"


def _category_rows(
    column: pd.Series, labels: pd.Series, order: list[str], rules: TableOneRules
) -> list[dict[str, Any]]:
    levels, place = _levels(column)
    counts = np.zeros((len(levels), len(order)), dtype=np.int64)
    for k, group in enumerate(order):
        counts[:, k] = np.bincount(place[(labels == group).to_numpy() & (place >= 0)], minlength=len(levels))
    is_ordered = rules.has_ordered and bool(getattr(column.dtype, "ordered", False))
    tested = _compare_ordered(counts) if is_ordered else _compare_counts(counts, rules.categories)
    if not levels:
        return [{"row": "level", "level": "", **dict.fromkeys(order, "NA"), **tested.cells}]
    totals = counts.sum(axis=0)
    return [
        {"row": "level", "level": level, **_shares(row, totals, order), **tells.cells}
        for level, row, tells in zip(levels, counts, [tested] + [_BLANK] * (len(levels) - 1), strict=True)
    ]


def _levels(column: pd.Series) -> tuple[list[str], NDArray[np.intp]]:
    """Return the levels in words, and the place of each patient's one (-1 where it is missing)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [str(level) for level in column.cat.categories], np.asarray(column.cat.codes, dtype=np.intp)
    levels = pd.Categorical(column.astype(str).where(column.notna()))
    return list(levels.categories), np.asarray(levels.codes, dtype=np.intp)


def _shares(counts: Counts, totals: Counts, order: list[str]) -> dict[str, str]:
    return {
        group: f"{count} ({100.0 * count / total:.1f})" if total else "0 (NA)"
        for group, count, total in zip(order, counts, totals, strict=True)
    }


def _compare_counts(counts: Counts, method: CategoryMethod) -> _Tested:
    result = contingency_test(counts, method)
    smd = standardised_difference_of_counts(counts)
    effect = (result.effect, result.effect_size, result.reason or "")
    return _Tested(result.test, result.p_value, smd, *effect, result.statistic, float(counts.sum()))


def _compare_ordered(counts: Counts) -> _Tested:
    """Compare the ranks of the levels: 1 for the first that is declared, 2 for the next."""
    ranks = np.arange(1.0, len(counts) + 1.0)
    by_rank = _compare_numbers([np.repeat(ranks, n) for n in counts.T], "wilcoxon", "kruskal-wallis")
    return _Tested(
        f"{by_rank.test}, ordered levels",
        by_rank.p_value,
        standardised_difference_of_counts(counts),
        by_rank.effect,
        by_rank.effect_size,
        by_rank.note,
        by_rank.statistic,
        by_rank.n,
    )


def _missing_rows(
    column: pd.Series, labels: pd.Series, order: list[str], rules: TableOneRules
) -> list[dict[str, Any]]:
    """Return a row about the missing values, if there are any."""
    missing = column.isna().to_numpy()
    if not missing.any():
        return []
    members = [(labels == group).to_numpy() for group in order]
    counts = np.array([[np.count_nonzero(m & chosen) for m in members] for chosen in (missing, ~missing)])
    tested = _compare_counts(counts, rules.categories)
    shares = _shares(counts[0], counts.sum(axis=0), order)
    return [{"row": "missing", "level": "missing", **shares, **tested.cells}]
