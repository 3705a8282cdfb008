"""How strong an association of two classifications is, with an interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from tilscope.statistics.categories import counts_of
from tilscope.statistics.estimates import Ratio
from tilscope.vocabulary import TableError

_SMALLEST, _LARGEST = 1e-12, 1e9  # noncentralities


def cramers_v(table: ArrayLike | pd.DataFrame, *, confidence: float = 0.95) -> Ratio:
    """Return Cramer's V of a table of counts.

    Parameters
    ----------
    table : array_like of int >= 0, shape (rows, columns)
        Counts; empty rows and columns are left out.
    confidence : float in (0, 1)
        Of the interval.

    Returns
    -------
    Ratio
        V from the chi-square without correction. Its interval is that of the noncentrality of the chi-square: the
        lower end as it is (0 where the chi-square is no larger than chance makes it), the upper end with the degrees
        of freedom added (the part of V that chance alone makes), so that V always lies inside. NaN with a reason for
        one row or column.

    Raises
    ------
    TableError
        ``TAB-59`` where the counts are negative, missing or not whole.

    References
    ----------
    Steiger & Fouladi 1997, Noncentrality interval estimation; Smithson, Confidence Intervals (2003), chapter 4.
    """
    counts = counts_of(table)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return Ratio(float("nan"), reason="fewer than two rows or columns hold patients")
    n = float(counts.sum())
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    scale = n * (min(counts.shape) - 1)
    tail = (1.0 - confidence) / 2.0
    low, high = (_noncentrality(chi_square, df, p) for p in (1.0 - tail, tail))
    value = float((chi_square / scale) ** 0.5)
    return Ratio(value, (low / scale) ** 0.5, min(1.0, ((high + df) / scale) ** 0.5))


def _noncentrality(chi_square: float, df: int, p: float) -> float:
    """Return the noncentrality under which a chi-square is this large or smaller with probability p; 0 for none."""
    from scipy.optimize import brentq
    from scipy.stats import ncx2

    def above(noncentrality: float) -> float:
        return float(ncx2.cdf(chi_square, df, noncentrality)) - p

    if above(_SMALLEST) <= 0.0:
        return 0.0
    last = 1.0
    while above(last) > 0.0 and last < _LARGEST:
        last *= 2.0
    return float(brentq(above, _SMALLEST, last, xtol=1e-12, rtol=1e-13))


def odds_ratio(table: ArrayLike | pd.DataFrame, *, confidence: float = 0.95) -> Ratio:
    """Return the odds ratio of a 2 x 2 table: of the first row against the second to be in the first column.

    Parameters
    ----------
    table : array_like of int >= 0, shape (2, 2)
    confidence : float in (0, 1)
        Of the interval.

    Returns
    -------
    Ratio
        Conditional maximum likelihood, with the exact interval; infinite where a cell is empty. NaN with a reason
        where a row or a column holds nobody.

    Raises
    ------
    TableError
        ``TAB-59`` for a table that is not 2 x 2 or holds no counts.

    References
    ----------
    Equal to R ``fisher.test(table)$estimate`` and ``$conf.int``.
    """
    from scipy.stats.contingency import odds_ratio as conditional

    counts = counts_of(table)
    if counts.shape != (2, 2):
        raise TableError("TAB-59", "an odds ratio needs a 2 x 2 table", found=f"shape {counts.shape}")
    if not (counts.sum(axis=0).all() and counts.sum(axis=1).all()):
        return Ratio(float("nan"), reason="fewer than two rows or columns hold patients")
    found = conditional(counts, kind="conditional")
    interval = found.confidence_interval(confidence)
    return Ratio(float(found.statistic), float(interval.low), float(interval.high))
