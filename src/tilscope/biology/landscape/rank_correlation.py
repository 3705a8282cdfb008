"""Rank correlations of labelled tables: every row of one with every row of another."""

from __future__ import annotations

import pandas as pd

from tilscope.statistics import benjamini_hochberg, correlate_rows

CORRELATION_COLUMNS = ("rho", "ci_low", "ci_high", "p_value", "p_adjusted", "n")


def rank_correlations(
    first: pd.DataFrame, second: pd.DataFrame, names: tuple[str, str] = ("feature", "gene")
) -> pd.DataFrame:
    """Correlate every row of one table with every row of another by Spearman's rho.

    Parameters
    ----------
    first, second : DataFrame of float, variables x samples
        Samples are matched by name; only those of both tables take part. A missing value leaves its sample out of
        that row's correlations.
    names : tuple of str
        Columns of the result that name the rows of either.

    Returns
    -------
    DataFrame
        ``<names>, rho, ci_low, ci_high, p_value, p_adjusted, n``, the rows of ``second`` within each of ``first``. The
        p values of one row of ``first`` are one family (Benjamini-Hochberg); pairs that cannot be correlated
        (fewer than 3 samples, a row that does not vary) are NaN and in none.

    References
    ----------
    p and interval as `tilscope.statistics.correlate_rows`.
    """
    samples = [sample for sample in first.columns if sample in second.columns]
    found = correlate_rows(first[samples].to_numpy(dtype=float), second[samples].to_numpy(dtype=float))
    index = pd.MultiIndex.from_product([first.index, second.index], names=list(names))
    columns = {
        "rho": found.value,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_value": found.p_value,
        "n": found.n,
    }
    table = pd.DataFrame(
        {name: values.ravel() for name, values in columns.items()}, index=index
    ).reset_index()
    families = [benjamini_hochberg(row) for row in found.p_value]
    table["p_adjusted"] = [q for family in families for q in family]
    return table[[*names, *CORRELATION_COLUMNS]]
