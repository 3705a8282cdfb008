"""Natural cubic splines: cubic between the knots, straight beyond the outer ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def spline_knots(x: FloatArray, n_columns: int) -> FloatArray:
    """Return the ends of ``x`` and, between them, its equally spaced quantiles: ``n_columns`` knots."""
    return np.asarray(np.quantile(x, np.linspace(0, 1, n_columns)), dtype=np.float64)


def natural_spline_basis(x: FloatArray, knots: FloatArray) -> FloatArray:
    """Evaluate a basis of the natural cubic splines.

    Parameters
    ----------
    x : ndarray of float, shape (n,)
    knots : ndarray of float, shape (k,), increasing, k >= 2
        The outer two are the boundary.

    Returns
    -------
    ndarray of float, shape (n, k)
        Constant, line, and k - 2 curved columns. Another basis than R's ``splines::ns``, but of the same
        functions, so least-squares fits are equal.

    References
    ----------
    Hastie, Tibshirani, Friedman, The Elements of Statistical Learning (2nd ed.), eq. 5.4-5.5.
    """
    low, high = knots[0], knots[-1]
    z, k = (x - low) / (high - low), (knots - low) / (high - low)
    cubes = np.clip(z[:, None] - k, 0, None) ** 3
    slopes = (cubes[:, :-1] - cubes[:, -1:]) / (k[-1] - k[:-1])
    return np.column_stack([np.ones_like(z), z, slopes[:, :-1] - slopes[:, -1:]])
