"""How large the standard error of an AUC can be, given the AUC and the class sizes."""

from __future__ import annotations

import numpy as np

_GRID = (np.arange(4000) + 0.5) / 4000  # quantiles of the positive patients
_BISECTIONS = 60


def hanley_mcneil_se(auc: float, n_positive: int, n_negative: int) -> float:
    """Return Hanley and McNeil's standard error of an AUC (exponential scores).

    Parameters
    ----------
    auc : float in (0, 1)
        The area.
    n_positive, n_negative : int
        Class sizes, at least 1.

    References
    ----------
    Hanley & McNeil, Radiology 1982;143:29, eq. (1) and (2).
    """
    q1, q2 = auc / (2.0 - auc), 2.0 * auc**2 / (1.0 + auc)
    square = auc**2
    total = auc * (1.0 - auc) + (n_positive - 1) * (q1 - square) + (n_negative - 1) * (q2 - square)
    return float((total / (n_positive * n_negative)) ** 0.5)


def delong_se_range(auc: float, n_positive: int, n_negative: int) -> tuple[float, float]:
    """Return the smallest and the largest standard error that DeLong's formula can give without ties.

    Let f(u) be the share of negatives below the positive patient at quantile u. Then DeLong's variance is
    ``a (mean(f^2) - A^2) + b (2 mean((1 - u) f) - A^2)`` with ``a = 1 / (n_positive - 1)``,
    ``b = 1 / (n_negative - 1)``, f rising in [0, 1] with mean A. It is convex in f: the smallest value has f
    linear with slope b / a, cut at 0 and 1; the largest is ``A (1 - A) max(a, b)``, where all that varies is
    one class.

    Parameters
    ----------
    auc : float in (0, 1)
        The area A.
    n_positive, n_negative : int
        Class sizes, at least 2.

    References
    ----------
    The largest value is van Dantzig's bound (Kon Ned Akad Wet Proc A 1951;54:1), with DeLong's n - 1.
    """
    a, b = 1.0 / (n_positive - 1), 1.0 / (n_negative - 1)
    slope = b / a
    low, high = -slope - 1.0, 2.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        too_small = np.clip(middle + slope * _GRID, 0.0, 1.0).mean() < auc
        low, high = (middle, high) if too_small else (low, middle)
    f = np.clip(low + slope * _GRID, 0.0, 1.0)
    smallest = a * ((f**2).mean() - auc**2) + b * (2.0 * ((1.0 - _GRID) * f).mean() - auc**2)
    return float(max(smallest, 0.0) ** 0.5), float((auc * (1.0 - auc) * max(a, b)) ** 0.5)
