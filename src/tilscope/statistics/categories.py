"""Association of two classifications of the same patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from tilscope.statistics.fisher import fisher_p
from tilscope.vocabulary import TableError

CategoryMethod = Literal["auto", "pearson", "fisher"]
_SMALL_EXPECTED = 5.0
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class ContingencyResult:
    """Association in a table of counts.

    Attributes
    ----------
    test : str
        ``Pearson chi-square``, ``Pearson chi-square (Yates)``, ``Fisher exact`` or ``Fisher (simulated)``.
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
        Why a number is NaN, or how p was simulated.
    standard_error : float
        Of a simulated p; 0 for every other.
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
    standard_error: float = 0.0


def contingency_test(
    table: ArrayLike | pd.DataFrame,
    method: CategoryMethod = "auto",
    *,
    yates: bool = True,
    rng: Generator | None = None,
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
    rng : Generator, optional
        For Fisher's p of a table too large to be exact; by default a new one with a fixed seed.

    Returns
    -------
    ContingencyResult
        p is NaN, with a reason, where fewer than two rows or columns hold patients. Fisher's p is exact where
        `fisher.exact_p` can; else it is simulated, and test, reason and standard error say so.

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
    return _fisher(counts, smallest, rng)


def _fisher(counts: NDArray[np.int64], smallest: float, rng: Generator | None) -> ContingencyResult:
    found = fisher_p(counts, rng)
    reason = None
    if found.n_tables:
        reason = (
            f"too many tables to list: p from {found.n_tables:,} random ones, "
            f"standard error {found.standard_error:.1g}"
        )
    return ContingencyResult(
        "Fisher (simulated)" if found.n_tables else "Fisher exact",
        _NAN,
        _NAN,
        found.p_value,
        "Cramer's V",
        _cramers_v(_chi_square(counts), counts),
        _total(counts),
        smallest,
        reason,
        found.standard_error,
    )


def _counts(table: ArrayLike | pd.DataFrame) -> NDArray[np.int64]:
    counts = counts_of(table)
    return counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]


def counts_of(table: ArrayLike | pd.DataFrame) -> NDArray[np.int64]:
    """Return a table of counts as whole numbers; TAB-59 for anything else."""
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or not np.isfinite(values).all() or (values < 0).any() or (values % 1 != 0).any():
        raise TableError(
            "TAB-59",
            "a contingency table must hold counts",
            found=f"shape {values.shape}",
            expected="whole numbers of patients >= 0 in rows and columns",
        )
    return values.astype(np.int64)


def _total(counts: NDArray[np.int64]) -> int:
    return int(counts.sum())


def _chi_square(counts: NDArray[np.int64]) -> float:
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return float(((counts - expected) ** 2 / expected).sum())


def _cramers_v(chi2: float, counts: NDArray[np.int64]) -> float:
    return float((chi2 / (counts.sum() * (min(counts.shape) - 1))) ** 0.5)


def _pearson(counts: NDArray[np.int64], smallest: float, *, yates: bool) -> ContingencyResult:
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
    )
