"""Association of two classifications of the same patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tilscope.vocabulary import TableError

CategoryMethod = Literal["auto", "pearson", "fisher"]
_SMALL_EXPECTED = 5.0
_MAX_TABLES = 2_000_000  # above this Fisher's enumeration would take more than a few seconds
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class ContingencyResult:
    """Association in a table of counts.

    Attributes
    ----------
    test : str
        ``Pearson chi-square``, ``Pearson chi-square (Yates)`` or ``Fisher exact``.
    statistic, df : float
        Chi-square and its degrees of freedom; NaN for Fisher.
    p_value : float in [0, 1]
        Two-sided; NaN with a reason.
    effect : str
        ``Cramer's V``.
    effect_size : float in [0, 1]
        From the chi-square without correction.
    n : int
        Patients in the table.
    min_expected : float
        Smallest expected count; below 5 the chi-square p is rough.
    reason : str or None
        Why a number is NaN, or why another test than asked for was done.
    """

    test: str
    statistic: float
    df: float
    p_value: float
    effect: str
    effect_size: float
    n: int
    min_expected: float
    reason: str | None = None


def contingency_test(
    table: ArrayLike | pd.DataFrame, method: CategoryMethod = "auto", *, yates: bool = True
) -> ContingencyResult:
    """Test a table of counts for association.

    Parameters
    ----------
    table : array_like of int >= 0, shape (rows, columns)
        Counts; empty rows and columns are left out.
    method : {"auto", "pearson", "fisher"}
        ``auto``: Fisher where an expected count is below 5, else Pearson.
    yates : bool
        Continuity correction of 2 x 2 tables (Pearson), as R does by default.

    Returns
    -------
    ContingencyResult
        p is NaN, with a reason, where fewer than two rows or columns hold patients.

    Raises
    ------
    TableError
        ``TAB-59`` where the counts are negative, missing or not whole.

    References
    ----------
    Equal to R ``chisq.test`` and ``fisher.test`` (two-sided: all tables at most as likely as the observed).
    """
    counts = _counts(table)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(counts.sum(), 1)
    smallest = float(expected.min()) if expected.size else 0.0
    if min(counts.shape) < 2:
        reason = "fewer than two rows or columns hold patients"
        return ContingencyResult(
            "none", _NAN, _NAN, _NAN, "Cramer's V", _NAN, int(counts.sum()), smallest, reason
        )
    wants_fisher = method == "fisher" or (method == "auto" and smallest < _SMALL_EXPECTED)
    if not wants_fisher:
        return _pearson(counts, smallest, yates=yates)
    p_value = fisher_exact(counts)
    if np.isnan(p_value):
        return _pearson(counts, smallest, yates=yates, reason="too many tables for Fisher's exact test")
    chi2 = _chi_square(counts)
    return ContingencyResult(
        "Fisher exact", _NAN, _NAN, p_value, "Cramer's V", _cramers_v(chi2, counts), _total(counts), smallest
    )


def fisher_exact(counts: NDArray[np.int64]) -> float:
    """Return the two-sided p of Fisher's exact test of an r x c table; NaN where it has too many tables.

    All tables with the observed margins are listed, row by row; those at most as likely as the observed
    one (within a relative 1e-7, as R allows for rounding) make the p value.
    """
    from scipy.special import gammaln

    # few columns make short rows: list the tables along the longer side
    table = counts if counts.shape[0] >= counts.shape[1] else counts.T
    row_sums, column_sums = table.sum(axis=1), table.sum(axis=0)
    log_factorial = gammaln(np.arange(_total(table) + 2) + 1.0)
    constant = log_factorial[row_sums].sum() + log_factorial[column_sums].sum() - log_factorial[_total(table)]
    observed = constant - log_factorial[table].sum()
    left, log_p = column_sums[np.newaxis, :], np.array([constant])
    for row_sum in row_sums[:-1]:
        parent, rows = _rows_within(left, int(row_sum))
        if parent.size > _MAX_TABLES:
            return _NAN
        left = left[parent] - rows
        log_p = log_p[parent] - log_factorial[rows].sum(axis=1)
    log_p = log_p - log_factorial[left].sum(axis=1)
    return float(min(1.0, np.exp(log_p[log_p <= observed + 1e-7]).sum()))


def _rows_within(left: NDArray[np.int64], total: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the rows that sum to ``total`` with no cell above what is ``left``; and whose they are."""
    parent = np.arange(left.shape[0])
    chosen = np.zeros((left.shape[0], 0), dtype=np.int64)
    rest = np.full(left.shape[0], total)
    for column in range(left.shape[1]):
        later = left[parent, column + 1 :].sum(axis=1)
        low = np.maximum(0, rest - later)
        n_choices = np.maximum(0, np.minimum(rest, left[parent, column]) - low + 1)
        if n_choices.sum() > _MAX_TABLES:
            return np.zeros(_MAX_TABLES + 1, dtype=np.int64), chosen
        index = np.repeat(np.arange(parent.size), n_choices)
        offset = np.arange(index.size) - np.repeat(np.cumsum(n_choices) - n_choices, n_choices)
        cell = low[index] + offset
        chosen = np.column_stack([chosen[index], cell])
        parent, rest = parent[index], rest[index] - cell
    return parent, chosen


def _counts(table: ArrayLike | pd.DataFrame) -> NDArray[np.int64]:
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or not np.isfinite(values).all() or (values < 0).any() or (values % 1 != 0).any():
        raise TableError(
            "TAB-59",
            "a contingency table must hold counts",
            found=f"shape {values.shape}",
            expected="whole numbers of patients >= 0 in rows and columns",
        )
    counts = values.astype(np.int64)
    return counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]


def _total(counts: NDArray[np.int64]) -> int:
    return int(counts.sum())


def _chi_square(counts: NDArray[np.int64]) -> float:
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return float(((counts - expected) ** 2 / expected).sum())


def _cramers_v(chi2: float, counts: NDArray[np.int64]) -> float:
    return float((chi2 / (counts.sum() * (min(counts.shape) - 1))) ** 0.5)


def _pearson(
    counts: NDArray[np.int64], smallest: float, *, yates: bool, reason: str | None = None
) -> ContingencyResult:
    from scipy.stats import chi2_contingency

    corrected = yates and counts.shape == (2, 2)
    outcome = chi2_contingency(counts, correction=corrected)
    return ContingencyResult(
        "Pearson chi-square (Yates)" if corrected else "Pearson chi-square",
        float(outcome.statistic),
        float(outcome.dof),
        float(outcome.pvalue),
        "Cramer's V",
        _cramers_v(_chi_square(counts), counts),
        _total(counts),
        smallest,
        reason,
    )
