"""The F law on logarithmic scales: tails far below the smallest double, and their quantiles.

Everywhere ``df2`` may be infinite: then the law is chi-square over its degrees of freedom.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]
Tail = Literal["upper", "lower"]

SMALLEST = 1e-280
"""Probabilities below this are computed as logarithms, by series."""
START = 1e-30
"""Quantiles of less are sought from this probability's on."""
N_TERMS = 2000
"""At most so many terms of a series; it ends when a term no longer counts."""
LARGE_DF = 4e5
"""From this df2 on, quantiles are those of chi-square over its df, as R's ``qf`` has them."""
MANY = 20.0
"""From this argument on, Stirling's series gives ratios of gamma functions without cancellation."""


def log_density(x: FloatArray, df1: float, df2: float) -> FloatArray:
    """Return the log density of F at ``x`` > 0."""
    a, b = df1 / 2, df2 / 2
    common = a * np.log(a * x) - np.log(x) - special.gammaln(a)
    if np.isinf(df2):
        return np.asarray(common - a * x)
    return np.asarray(common - (a + b) * np.log1p(a * x / b) + _log_gamma_ratio(a, b))


def _log_gamma_ratio(a: float, b: float) -> float:
    """Return ``log(gamma(a + b) / (gamma(b) b^a))``."""
    if b < MANY:
        return float(special.gammaln(a + b) - special.gammaln(b) - a * np.log(b))

    def rest(z: float) -> float:
        return 1 / (12 * z) - 1 / (360 * z**3) + 1 / (1260 * z**5) - 1 / (1680 * z**7)

    return float((a + b - 0.5) * np.log1p(a / b) - a + rest(a + b) - rest(b))


def log_tail(x: FloatArray, df1: FloatArray | float, df2: float, tail: Tail) -> FloatArray:
    """Return ``log P(F > x)`` or ``log P(F < x)``.

    Parameters
    ----------
    x : ndarray of float > 0
    df1 : float, or ndarray of the shape of ``x``
    df2 : float, may be infinite
    tail : {"upper", "lower"}

    Returns
    -------
    ndarray of float <= 0. Equal to R's ``pf(x, df1, df2, log.p = TRUE)``.
    """
    x, df1 = (np.asarray(array, dtype=float) for array in np.broadcast_arrays(x, df1))
    a, b = df1 / 2, df2 / 2
    p = _tail(x, a, b, tail)
    tiny = p < SMALLEST
    result = np.log(np.where(tiny, 1.0, p))
    near = p > 0.5
    if near.any():
        # tails that round to 1 are still told apart
        rest: Tail = "lower" if tail == "upper" else "upper"
        result[near] = np.log1p(-_tail(x[near], a[near], b, rest))
    if tiny.any():
        series = _log_upper_series if tail == "upper" else _log_lower_series
        result[tiny] = series(x[tiny], a[tiny], b)
    return np.asarray(result)


def _tail(x: FloatArray, a: FloatArray, b: float, tail: Tail) -> FloatArray:
    is_upper = tail == "upper"
    if np.isinf(b):
        return np.asarray((special.gammaincc if is_upper else special.gammainc)(a, a * x))
    # of the two complementary forms, the one whose argument is small keeps all digits
    beyond, within = (special.betainc, special.betaincc) if is_upper else (special.betaincc, special.betainc)
    ratio = a * x / b
    high = ratio > 1
    p = np.empty(x.shape)
    p[high] = beyond(b, a[high], 1 / (1 + ratio[high]))
    p[~high] = within(a[~high], b, ratio[~high] / (1 + ratio[~high]))
    return p


def _log_upper_series(x: FloatArray, a: FloatArray, b: float) -> FloatArray:
    if np.isinf(b):
        # incomplete gamma far beyond its mean: asymptotic, ends before its terms grow
        z = a * x
        return np.asarray((a - 1) * np.log(z) - z - special.gammaln(a) + np.log(_falling_series(z, a)))
    return _log_beta_series(np.full(x.shape, b), a, np.log1p(a * x / b), np.log(a * x / b))


def _log_lower_series(x: FloatArray, a: FloatArray, b: float) -> FloatArray:
    if np.isinf(b):
        z = a * x
        total = _rising_series(z, a)
        return np.asarray(a * np.log(z) - z - special.gammaln(a + 1) + np.log(total))
    return _log_beta_series(a, np.full(x.shape, b), np.log1p(b / (a * x)), np.log(b / (a * x)))


def _log_beta_series(
    p: FloatArray, q: FloatArray, log_one_over: FloatArray, log_odds: FloatArray
) -> FloatArray:
    """Return ``log I_u(p, q)`` for small ``u = exp(-log_one_over)``, whose odds are ``exp(-log_odds)``."""
    head = -p * log_one_over - q * (log_one_over - log_odds) - np.log(p) - special.betaln(p, q)
    return np.asarray(head + np.log(_beta_fraction(np.exp(-log_one_over), p, q)))


def _beta_fraction(u: FloatArray, p: FloatArray, q: FloatArray) -> FloatArray:
    """Evaluate the continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method."""
    numerator, denominator = np.ones_like(u), 1 / (1 - (p + q) * u / (p + 1))
    total = denominator.copy()
    for m in range(1, N_TERMS):
        even = m * (q - m) * u / ((p + 2 * m - 1) * (p + 2 * m))
        odd = -(p + m) * (p + q + m) * u / ((p + 2 * m) * (p + 2 * m + 1))
        change = np.ones_like(u)
        for part in (even, odd):
            denominator = 1 / (1 + part * denominator)
            numerator = 1 + part / numerator
            change = change * numerator * denominator
        total = total * change
        if (np.abs(change - 1) < 1e-15).all():
            break
    return total


def _rising_series(z: FloatArray, a: FloatArray) -> FloatArray:
    """Sum the series of the lower incomplete gamma function, of positive terms."""
    term, total = np.ones_like(z), np.ones_like(z)
    for k in range(1, N_TERMS):
        term = term * z / (a + k)
        total = total + term
        if (term < 1e-17 * total).all():
            break
    return total


def _falling_series(z: FloatArray, a: FloatArray) -> FloatArray:
    """Sum the asymptotic series of the upper incomplete gamma function, for z far above a."""
    term, total = np.ones_like(z), np.ones_like(z)
    for k in range(1, N_TERMS):
        factor = (a - k) / z
        if (np.abs(factor) >= 1).any() or (np.abs(term) < 1e-17 * total).all():
            break
        term = term * factor
        total = total + term
    return total


def quantile(p: FloatArray, df1: float, df2: float, tail: Tail) -> FloatArray:
    """Return ``x`` with ``P(F > x) = p`` or ``P(F < x) = p``; equal to R's ``qf``."""
    a, b = df1 / 2, df2 / 2
    if df2 > max(LARGE_DF, df1):
        inverse = special.gammainccinv if tail == "upper" else special.gammaincinv
        return np.asarray(inverse(a, p) / a)
    if tail == "upper":
        share, rest = special.betaincinv(b, a, p), special.betainccinv(a, b, p)
    else:
        share, rest = special.betainccinv(b, a, p), special.betaincinv(a, b, p)
    with np.errstate(divide="ignore", invalid="ignore"):  # the branch that np.where drops may divide by zero
        odds = np.where(share < 0.5, (1 - share) / share, rest / (1 - rest))
    return np.asarray(odds * b / a)


def quantile_of_log(log_p: FloatArray, df1: float, df2: float, tail: Tail) -> FloatArray:
    """Return the quantile of ``exp(log_p)``, also where that is below the smallest double."""
    far = log_p < np.log(SMALLEST)
    result = quantile(np.exp(np.where(far, -1.0, log_p)), df1, df2, tail)
    if far.any():
        result[far] = _newton(log_p[far], df1, df2, tail)
    return result


def _newton(log_p: FloatArray, df1: float, df2: float, tail: Tail) -> FloatArray:
    """Solve for log x from an ordinary quantile on; the log tail is concave in log x."""
    sign = -1.0 if tail == "upper" else 1.0
    log_x = np.full(log_p.shape, np.log(quantile(np.array(START), df1, df2, tail)))
    for _ in range(500):
        x = np.exp(log_x)
        at = log_tail(x, df1, df2, tail)
        slope = sign * np.exp(log_density(x, df1, df2) + log_x - at)
        step = np.clip((at - log_p) / slope, -2.0, 2.0)
        log_x = log_x - step
        if (np.abs(step) < 1e-13 * np.maximum(np.abs(log_x), 1.0)).all():
            break
    return np.asarray(np.exp(log_x))
