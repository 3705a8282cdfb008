"""Table 1: whether the training and validation sets are alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from tilscope.statistics.categories import contingency_test
from tilscope.statistics.groups import compare_two_groups
from tilscope.vocabulary import TableError

Profile = Literal["paper-2022", "recommended"]


def table_one(
    frame: pd.DataFrame,
    groups: pd.Series,
    profile: Profile = "recommended",
    *,
    group_order: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Describe each variable in each group, with a test of the difference.

    Parameters
    ----------
    frame : DataFrame, patients x variables
        Numeric columns are described by mean and sd or median and quartiles, all others by counts; a
        missing value leaves its patient out of that variable only. Booleans are categories.
    groups : Series of labels
        Group of each patient, matched by index; patients without a group are left out.
    profile : {"paper-2022", "recommended"}
        ``paper-2022``: as R ``tableone`` by default: pooled t test (one-way ANOVA for more groups), Pearson
        chi-square with Yates' correction for 2 x 2. ``recommended``: Shapiro-Wilk decides t (mean, sd) or
        Wilcoxon (median, quartiles), Kruskal-Wallis for more groups; Fisher for small expected counts.
    group_order : sequence of str, optional
        Order of the group columns; by default ``training``, ``validation``, ``external``, then by name.

    Returns
    -------
    DataFrame
        ``variable, level, <one column per group>, test, p_value, n_missing``; a categorical variable has one
        row per level; test, p and missing stand in its first row (``""`` and NaN below).

    Raises
    ------
    TableError
        ``TAB-50`` for duplicate patients; ``TAB-60`` for fewer than two groups.
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
        describe = _numeric_rows if _is_numeric(column) else _category_rows
        rows += describe(str(name), column, labels, order, profile)
    return pd.DataFrame(rows, columns=["variable", "level", *order, "test", "p_value", "n_missing"])


def _group_order(labels: pd.Series) -> list[str]:
    usual = ["training", "validation", "external"]
    found = set(labels)
    return [name for name in usual if name in found] + sorted(found - set(usual))


def _is_numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _numeric_rows(
    name: str, column: pd.Series, labels: pd.Series, order: list[str], profile: Profile
) -> list[dict[str, Any]]:
    parts = [column[labels == group].dropna().to_numpy(dtype=np.float64) for group in order]
    test, p_value = _numeric_test(parts, profile)
    by_rank = test.startswith(("Wilcoxon", "Kruskal"))
    level = "median [quartiles]" if by_rank else "mean (sd)"
    cells = {group: _describe(part, by_rank) for group, part in zip(order, parts, strict=True)}
    missing = int(column.isna().sum())
    return [
        {"variable": name, "level": level, **cells, "test": test, "p_value": p_value, "n_missing": missing}
    ]


def _numeric_test(parts: list[np.ndarray[Any, Any]], profile: Profile) -> tuple[str, float]:
    if len(parts) == 2:
        result = compare_two_groups(parts[0], parts[1], method="t" if profile == "paper-2022" else "auto")
        return result.test, result.p_value
    return _many_groups_test(parts, profile)


def _many_groups_test(parts: list[np.ndarray[Any, Any]], profile: Profile) -> tuple[str, float]:
    from scipy.stats import f_oneway, kruskal

    name, test = ("ANOVA", f_oneway) if profile == "paper-2022" else ("Kruskal-Wallis", kruskal)
    filled = [part for part in parts if part.size > 1]
    if len(filled) < len(parts) or all(np.ptp(part) == 0 for part in filled):
        return name, float("nan")
    return name, float(test(*filled).pvalue)


def _describe(values: np.ndarray[Any, Any], by_rank: bool) -> str:
    if values.size == 0:
        return "NA"
    if by_rank:
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        return f"{middle:.2f} [{low:.2f}, {high:.2f}]"
    sd = f"{values.std(ddof=1):.2f}" if values.size > 1 else "NA"
    return f"{values.mean():.2f} ({sd})"


def _category_rows(
    name: str, column: pd.Series, labels: pd.Series, order: list[str], profile: Profile
) -> list[dict[str, Any]]:
    missing = column.isna()
    shown = column[~missing].astype(str)
    levels = sorted(set(shown))
    counts = pd.crosstab(shown, labels[~missing]).reindex(index=levels, columns=order, fill_value=0)
    method: Literal["auto", "pearson"] = "pearson" if profile == "paper-2022" else "auto"
    result = contingency_test(counts.to_numpy().reshape(len(levels), len(order)), method)
    totals = counts.to_numpy().sum(axis=0)
    rows: list[dict[str, Any]] = []
    for level, row in zip(levels, counts.to_numpy(), strict=True):
        cells = {
            group: _share(int(count), int(total))
            for group, count, total in zip(order, row, totals, strict=True)
        }
        rows.append(
            {
                "variable": name,
                "level": level,
                **cells,
                "test": result.test if level == levels[0] else "",
                "p_value": result.p_value if level == levels[0] else float("nan"),
                "n_missing": int(missing.sum()) if level == levels[0] else float("nan"),
            }
        )
    return rows


def _share(count: int, total: int) -> str:
    return f"{count} ({100.0 * count / total:.1f})" if total else "0 (NA)"
