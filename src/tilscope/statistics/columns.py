"""Compare every column of a table between two groups, as one declared family of tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tilscope.statistics._labels import Label, positive_mask
from tilscope.statistics.group_effects import two_group_effect
from tilscope.statistics.groups import Method, TestResult, compare_two_groups
from tilscope.statistics.multiplicity import benjamini_hochberg
from tilscope.vocabulary import TableError

INTERVAL_COLUMNS = (
    "effect_ci_low",
    "effect_ci_high",
    "difference",
    "difference_ci_low",
    "difference_ci_high",
)


def compare_columns(
    frame: pd.DataFrame,
    groups: pd.Series,
    positive: Label,
    *,
    family: str,
    method: Method = "auto",
    confidence: float | None = None,
) -> pd.DataFrame:
    """Test each numeric column between the positive group and the other one.

    Parameters
    ----------
    frame : DataFrame of float, patients x variables
        NaN marks a missing value.
    groups : Series of labels
        Two labels; patients are matched by index, those without a label are left out.
    positive : str, int or bool
        The first group: a positive effect means "higher in this group".
    family : str
        Name of the declared family over which p values are adjusted: all columns of ``frame``.
    method : {"auto", "auto-student", "t", "welch", "wilcoxon"}
        As in :func:`compare_two_groups`.
    confidence : float in (0, 1), or None
        Level of the intervals of `tilscope.statistics.two_group_effect`; None: they are not computed.

    Returns
    -------
    DataFrame, one row per column, in their order
        ``variable, test, statistic, p_value, p_adjusted, effect, effect_size, median_<level>.., n_<level>..,
        family, n_tests, reason``; levels: the positive one first. With ``confidence`` also ``difference,
        difference_ci_low, difference_ci_high, effect_ci_low, effect_ci_high``.

    Raises
    ------
    TableError
        ``TAB-59`` where the labels are not two classes, or no patient has a label; ``TAB-50`` for
        duplicate patients.
    """
    high, low, other = _two_groups(frame, groups, positive, family)
    results = [compare_two_groups(high[name].to_numpy(), low[name].to_numpy(), method) for name in frame]
    p_values = np.array([result.p_value for result in results], dtype=np.float64)
    table = pd.DataFrame(
        {
            "variable": list(frame.columns),
            "test": [result.test for result in results],
            "statistic": [result.statistic for result in results],
            "p_value": p_values,
            "p_adjusted": benjamini_hochberg(p_values),
            "effect": [result.effect for result in results],
            "effect_size": [result.effect_size for result in results],
            f"median_{positive}": [result.median_a for result in results],
            f"median_{other}": [result.median_b for result in results],
            f"n_{positive}": [result.n_a for result in results],
            f"n_{other}": [result.n_b for result in results],
            "family": family,
            "n_tests": int((~np.isnan(p_values)).sum()),
            "reason": [result.reason for result in results],
        }
    )
    return table if confidence is None else _with_intervals(table, (high, low), results, confidence)


def _with_intervals(
    table: pd.DataFrame,
    values: tuple[pd.DataFrame, pd.DataFrame],
    results: list[TestResult],
    confidence: float,
) -> pd.DataFrame:
    """Add the differences and the intervals, after the effect sizes; reasons of either kind."""
    high, low = values
    effects = [
        two_group_effect(high[name].to_numpy(), low[name].to_numpy(), result, confidence)
        for name, result in zip(high, results, strict=True)
    ]
    place = list(table.columns).index("effect_size") + 1
    for shift, column in enumerate(INTERVAL_COLUMNS):
        table.insert(place + shift, column, [getattr(effect, column) for effect in effects])
    table["reason"] = [
        effect.reason or result.reason for effect, result in zip(effects, results, strict=True)
    ]
    return table


def _two_groups(
    frame: pd.DataFrame, groups: pd.Series, positive: Label, family: str
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Return the rows of the positive group, those of the other one, and its label."""
    if not (frame.index.is_unique and groups.index.is_unique):
        raise TableError(
            "TAB-50", "patients are listed twice", remedy="Keep one row per patient in both tables."
        )
    labels = groups.dropna()
    labels = labels[labels.index.isin(frame.index)]
    is_positive, found = positive_mask(labels.to_numpy(dtype=object), positive)
    if len(found) != 2:
        raise TableError(
            "TAB-59",
            f"groups to compare in family {family!r} are not two",
            found=", ".join(found) or "none",
            expected="two labels among the patients of the table",
            remedy="Check that both tables use the same participant keys.",
        )
    other = next(label for label in found if label != str(positive))
    return frame.loc[labels.index[is_positive]], frame.loc[labels.index[~is_positive]], other
