"""The p value of Spearman's rho: exact for few patients, a series for more, as R computes it."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_MOST_COUNTED = 9  # patients; of more, the series
_MOST_BY_SERIES = 1290


def spearman_p(rho: Array, n: int, has_ties: NDArray[np.bool_]) -> Array:
    """Return the two-sided p of no association.

    Parameters
    ----------
    rho : ndarray of float in [-1, 1]
        NaN stays NaN.
    n : int
        Patients, at least 3.
    has_ties : ndarray of bool, shape of ``rho``
        Whether either number ties; then, and for 1,290 patients or more, rho is referred to t on n - 2 degrees of
        freedom.

    Returns
    -------
    ndarray of float in [0, 1], shape of ``rho``

    References
    ----------
    Equal to R ``cor.test(method = "spearman")``: all permutations up to 9 patients, then the Edgeworth series of
    Best & Roberts, algorithm AS 89, Appl Stat 1975;24:377. Where the series falls to 0 or below (far in the tail,
    where R says p = 0) the t distribution is used; it says 0 of a rho of -1 or 1 only.
    """
    by_t = _by_t(rho, n)
    if n >= _MOST_BY_SERIES:
        return by_t
    # sum of squared differences of the ranks, an even whole number
    squares = np.round((n**3 - n) * (1.0 - rho) / 6.0)
    middle = (n**3 - n) / 6.0
    upper = squares > middle
    tail = np.where(upper, _at_least(squares, n), 1.0 - _at_least(squares + 2.0, n))
    exact = np.minimum(1.0, 2.0 * np.clip(tail, 0.0, 1.0))
    return np.asarray(np.where(has_ties | ~(exact > 0.0), by_t, exact), dtype=np.float64)


def _by_t(rho: Array, n: int) -> Array:
    from scipy.stats import t

    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = rho * np.sqrt((n - 2.0) / (1.0 - rho**2))
    return np.asarray(2.0 * t.sf(np.abs(statistic), n - 2), dtype=np.float64)


def _at_least(squares: Array, n: int) -> Array:
    """Return the probability of a sum of squared differences of at least ``squares``."""
    if n <= _MOST_COUNTED:
        tails = _counted_tails(n)
        known = np.nan_to_num(squares, nan=0.0).astype(np.int64)
        return np.where(np.isnan(squares), np.nan, tails[np.clip(known, 0, len(tails) - 1)])
    return _series(squares, n)


@cache
def _counted_tails(n: int) -> Array:
    """Return P(sum >= s) for s = 0, 1, ... over all n! orders.

    Ranks are given away one patient at a time; what matters of the past is which ranks are taken.
    """
    size = n * (n * n - 1) // 3 + 2
    counts = {0: np.eye(1, size)[0]}
    for patient in range(n):
        after: dict[int, Array] = {}
        for taken, ways in counts.items():
            for rank in range(n):
                if not taken >> rank & 1:
                    step = (rank - patient) ** 2
                    moved = np.concatenate([np.zeros(step), ways[: size - step]])
                    key = taken | 1 << rank
                    after[key] = after[key] + moved if key in after else moved
        counts = after
    (ways,) = counts.values()
    return np.asarray(ways[::-1].cumsum()[::-1] / ways.sum(), dtype=np.float64)


def _series(squares: Array, n: int) -> Array:
    from scipy.stats import norm

    b = 1.0 / n
    x = (6.0 * (squares - 1.0) * b / (n * n - 1.0) - 1.0) * np.sqrt(n - 1.0)
    y = x * x
    sixth = 0.0879 + 0.0151 * b - y * (0.0072 - 0.0831 * b + y * b * (0.0131 - 4.6e-4 * y))
    fourth = -0.0758 + b * (0.1033 + 0.3932 * b) - y * b * sixth
    correction = x * b * (0.2274 + b * (0.2531 + 0.1745 * b) + y * fourth)
    return np.asarray(norm.sf(x) + correction * np.exp(-y / 2.0), dtype=np.float64)
