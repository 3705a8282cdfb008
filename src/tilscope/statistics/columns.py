"""Compare every column of a table between two groups, as one declared family of tests."""

from __future__ import annotations

import pandas as pd

from tilscope.statistics._labels import Label, positive_mask
from tilscope.statistics.groups import Method, compare_two_groups
from tilscope.statistics.multiplicity import benjamini_hochberg
from tilscope.vocabulary import TableError


def compare_columns(
    frame: pd.DataFrame,
    groups: pd.Series,
    positive: Label,
    *,
    family: str,
    method: Method = "auto",
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
    method : {"auto", "t", "welch", "wilcoxon"}
        As in :func:`compare_two_groups`.

    Returns
    -------
    DataFrame, one row per column, in their order
        ``variable, test, statistic, p_value, p_adjusted, effect, effect_size, median_<level>.., n_<level>..,
        family, n_tests, reason``; levels: the positive one first.

    Raises
    ------
    TableError
        ``TAB-59`` where the labels are not two classes, or no patient has a label; ``TAB-50`` for
        duplicate patients.
    """
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
    high, low = frame.loc[labels.index[is_positive]], frame.loc[labels.index[~is_positive]]
    rows = []
    for column in frame.columns:
        result = compare_two_groups(high[column].to_numpy(), low[column].to_numpy(), method)
        rows.append(
            {
                "variable": column,
                "test": result.test,
                "statistic": result.statistic,
                "p_value": result.p_value,
                "effect": result.effect,
                "effect_size": result.effect_size,
                f"median_{positive}": result.median_a,
                f"median_{other}": result.median_b,
                f"n_{positive}": result.n_a,
                f"n_{other}": result.n_b,
                "family": family,
                "reason": result.reason,
            }
        )
    table = pd.DataFrame(rows)
    table.insert(4, "p_adjusted", benjamini_hochberg(table["p_value"].to_numpy()))
    table.insert(len(table.columns) - 1, "n_tests", int(table["p_value"].notna().sum()))
    return table
