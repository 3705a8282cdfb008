"""Correlation of one number with another, and of many with many at once, with p values and intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.statistics.spearman import spearman_p
from tilscope.vocabulary import TableError

CorrelationMethod = Literal["spearman", "pearson", "kendall"]
MatrixMethod = Literal["spearman", "pearson"]
Array = NDArray[np.float64]
Ints = NDArray[np.int64]
_NAN = float("nan")
MIN_N = 3
_SAME = 1e-12  # a spread that is this small beside the values is none
_NAMES = {"spearman": "Spearman's rho", "pearson": "Pearson's r", "kendall": "Kendall's tau-b"}


@dataclass(frozen=True, slots=True)
class Correlation:
    """One correlation.

    Attributes
    ----------
    effect : str
        ``Spearman's rho``, ``Pearson's r`` or ``Kendall's tau-b``.
    value : float in [-1, 1]
        NaN with a reason.
    ci_low, ci_high : float
        NaN where there is no interval (fewer than 4 pairs; 5 for Kendall).
    p_value : float in [0, 1]
        Two-sided, of no association; NaN with a reason.
    n : int
        Patients with both values.
    reason : str or None
        Why the numbers are NaN.
    """

    effect: str
    value: float
    ci_low: float
    ci_high: float
    p_value: float
    n: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CorrelationMatrix:
    """Correlations of the rows of one table with the rows of another; every array has shape (n_x, n_y).

    Attributes
    ----------
    value, ci_low, ci_high, p_value : ndarray of float
        NaN for fewer than three pairs and for rows that do not vary; the interval needs four pairs.
    n : ndarray of int
        Patients with both values.
    """

    value: Array
    ci_low: Array
    ci_high: Array
    p_value: Array
    n: Ints


def correlate(
    x: ArrayLike, y: ArrayLike, method: CorrelationMethod = "spearman", *, confidence: float = 0.95
) -> Correlation:
    """Correlate two numbers of the same patients.

    Parameters
    ----------
    x, y : array_like of float, shape (n_patients,)
        NaN marks a patient without a value, who is left out.
    method : {"spearman", "pearson", "kendall"}
        Kendall's is tau-b.
    confidence : float in (0, 1)
        Of the interval.

    Returns
    -------
    Correlation
        With a reason, and NaN, for fewer than three patients or a number that does not vary.

    Raises
    ------
    TableError
        ``TAB-59`` for an infinite value; ``TAB-51`` for vectors of unequal length.

    References
    ----------
    p equal to R ``cor.test`` (Spearman as `spearman_p`; Kendall exact below 50 patients without ties, else normal
    with the variance of ties, without continuity correction). Intervals on Fisher's z: variance 1 / (n - 3)
    (Pearson), (1 + rho^2 / 2) / (n - 3) (Spearman; Bonett & Wright, Psychometrika 2000;65:23), .437 / (n - 4)
    (Kendall; Fieller et al., Biometrika 1957;44:470).
    """
    first, second = _rows(x), _rows(y)
    _refuse_lengths(first, second)
    known = ~(np.isnan(first[0]) | np.isnan(second[0]))
    a, b = first[0, known], second[0, known]
    name, n = _NAMES[method], int(known.sum())
    if n < MIN_N:
        return Correlation(name, _NAN, _NAN, _NAN, _NAN, n, "fewer than three patients have both values")
    if not (_varies(a[None])[0] and _varies(b[None])[0]):
        return Correlation(name, _NAN, _NAN, _NAN, _NAN, n, "all values are equal")
    if method == "kendall":
        value, p = _kendall(a, b)
    else:
        block = _complete(a[None], b[None], method)
        value, p = float(block[0][0, 0]), float(block[1][0, 0])
    low, high = _interval(np.array(value), n, method, confidence)
    return Correlation(name, value, float(low), float(high), p, n)


def correlate_rows(
    x: ArrayLike, y: ArrayLike, method: MatrixMethod = "spearman", *, confidence: float = 0.95
) -> CorrelationMatrix:
    """Correlate every row of one table with every row of another: 10 features with 20,000 genes in one product.

    Parameters
    ----------
    x, y : array_like of float, shape (n_x, n_patients) and (n_y, n_patients)
        Patients in the same order. A missing value (NaN) leaves its patient out of that row's correlations only.
    method, confidence
        As `correlate`.

    Returns
    -------
    CorrelationMatrix
        Each cell equal to `correlate` of that pair.

    Raises
    ------
    TableError
        As `correlate`.
    """
    first, second = _rows(x), _rows(y)
    _refuse_lengths(first, second)
    shape = (len(first), len(second))
    value, p = np.full(shape, np.nan), np.full(shape, np.nan)
    n: Ints = np.zeros(shape, dtype=np.int64)
    second_patterns = list(_patterns(second))
    for of_x, known_x in _patterns(first):
        for of_y, known_y in second_patterns:
            known = known_x & known_y
            cells = np.ix_(of_x, of_y)
            n[cells] = known.sum()
            if known.sum() >= MIN_N:
                value[cells], p[cells] = _complete(first[of_x][:, known], second[of_y][:, known], method)
    low, high = _interval(value, n, method, confidence)
    return CorrelationMatrix(value, low, high, p, n)


def _rows(values: ArrayLike) -> Array:
    array = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if np.isinf(array).any():
        raise TableError("TAB-59", "infinite values cannot be correlated", found=int(np.isinf(array).sum()))
    return array


def _refuse_lengths(x: Array, y: Array) -> None:
    if x.shape[1] != y.shape[1]:
        raise TableError(
            "TAB-51",
            "what is to be correlated is not of the same patients",
            found=f"{x.shape[1]} and {y.shape[1]} values",
            expected="one value of either per patient",
        )


def _patterns(rows: Array) -> Iterator[tuple[Ints, NDArray[np.bool_]]]:
    """Yield the rows that are known for the same patients, and for which."""
    known = ~np.isnan(rows)
    if known.all():
        yield np.arange(len(rows)), np.ones(rows.shape[1], dtype=bool)
        return
    found, number = np.unique(known, axis=0, return_inverse=True)
    for k, pattern in enumerate(found):
        yield np.flatnonzero(number.ravel() == k), pattern


def _complete(x: Array, y: Array, method: MatrixMethod) -> tuple[Array, Array]:
    """Return the correlations of rows without missing values, and their p."""
    n = x.shape[1]
    ties = np.logical_or.outer(_has_ties(x), _has_ties(y))
    if method == "spearman":
        x, y = _ranks(x), _ranks(y)
    value = np.clip(_standardised(x) @ _standardised(y).T, -1.0, 1.0)
    p = spearman_p(value, n, ties if method == "spearman" else np.ones_like(ties))
    return value, p


def _has_ties(rows: Array) -> NDArray[np.bool_]:
    ordered = np.sort(rows, axis=1)
    ties: NDArray[np.bool_] = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    return ties


def _ranks(rows: Array) -> Array:
    from scipy.stats import rankdata

    return np.asarray(rankdata(rows, axis=1), dtype=np.float64)


def _varies(rows: Array) -> NDArray[np.bool_]:
    varies: NDArray[np.bool_] = np.ptp(rows, axis=1) > _SAME * np.abs(rows).max(axis=1)
    return varies


def _standardised(rows: Array) -> Array:
    """Return rows of mean 0 and length 1; NaN for one that does not vary."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    length[~_varies(rows)] = np.nan
    return np.asarray(centred / length, dtype=np.float64)


def _kendall(a: Array, b: Array) -> tuple[float, float]:
    from scipy.stats import kendalltau

    is_exact = a.size < 50 and not (_has_ties(a[None])[0] or _has_ties(b[None])[0])
    outcome = kendalltau(a, b, method="exact" if is_exact else "asymptotic")
    return float(outcome.statistic), min(1.0, float(outcome.pvalue))


def _interval(value: Array, n: Array | Ints | int, method: str, confidence: float) -> tuple[Array, Array]:
    from scipy.stats import norm

    count = np.asarray(n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = {
            "pearson": lambda: 1.0 / (count - 3.0),
            "spearman": lambda: (1.0 + value**2 / 2.0) / (count - 3.0),
            "kendall": lambda: 0.437 / (count - 4.0),
        }[method]()
        variance = np.where(count > (4 if method == "kendall" else 3), variance, np.nan)
        half = norm.ppf(0.5 + confidence / 2.0) * np.sqrt(variance)
        z = np.arctanh(value)
        # a correlation of -1 or 1 has no interval on this scale, which is infinite there
        known = np.isfinite(z)
        low, high = (np.where(known, np.tanh(z + side * half), np.nan) for side in (-1.0, 1.0))
    return low, high
