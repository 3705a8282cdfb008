"""Student's t in both tails, through the incomplete beta function: accurate where p is 1e-250 and where it is 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]

MODERATE_DF = 1000.0
"""Up to here the tail's form loses at most 2e-13 of p to the rounding of its argument."""


def two_sided_p(t: ArrayLike, df: ArrayLike) -> FloatArray:
    """Return ``P(|T| >= |t|)``.

    Parameters
    ----------
    t, df : array_like of float, broadcastable
        Statistics and degrees of freedom (> 0, may be infinite: then the normal law).

    Returns
    -------
    ndarray of float in [0, 1]; NaN where ``t`` is NaN. Equal to R's ``2 * pt(-abs(t), df)``.
    """
    t, df = np.broadcast_arrays(np.asarray(t, float), np.asarray(df, float))
    square = t * t
    finite = np.isfinite(df)
    p = np.asarray(special.erfc(np.abs(t) / np.sqrt(2)))
    # three forms of one function, each where it keeps its digits; the last keeps them anywhere, at ten times the time
    tail = finite & ((square > df) | ((square > 1) & (df <= MODERATE_DF)))
    centre = finite & (square <= 1) & ~tail
    between = finite & ~tail & ~centre & ~np.isnan(t)
    p[tail] = special.betainc(df[tail] / 2, 0.5, df[tail] / (df[tail] + square[tail]))
    p[centre] = 1 - special.betainc(0.5, df[centre] / 2, square[centre] / (df[centre] + square[centre]))
    p[between] = special.betaincc(0.5, df[between] / 2, square[between] / (df[between] + square[between]))
    return p


def two_sided_quantile(p: ArrayLike, df: ArrayLike) -> FloatArray:
    """Return the positive ``t`` with ``P(|T| >= t) = p``.

    Parameters
    ----------
    p, df : array_like of float, broadcastable
        Probabilities in (0, 1] and degrees of freedom (> 0, may be infinite).

    Returns
    -------
    ndarray of float >= 0. Equal to R's ``qt(p / 2, df, lower.tail = FALSE)``.
    """
    p, df = np.broadcast_arrays(np.asarray(p, float), np.asarray(df, float))
    finite_df = np.where(np.isinf(df), 1.0, df)
    x = special.betaincinv(finite_df / 2, 0.5, p)
    y = special.betainccinv(0.5, finite_df / 2, p)
    with np.errstate(divide="ignore"):  # the branch that np.where drops may divide by zero
        t = np.sqrt(finite_df * np.where(x < 0.5, (1 - x) / x, y / (1 - y)))
    return np.asarray(np.where(np.isinf(df), np.sqrt(2) * special.erfcinv(p), t))
