"""How alike two images are, whatever contrast medium does to their intensities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# an edge between tissues shows within a few voxels; greedy's metric uses the same window
WINDOW_VOXELS = 5
NO_VARIANCE = 1e-6


def local_correlation(a: NDArray[np.float32], b: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """Mean squared correlation of two images in small windows.

    The square ignores the sign of the contrast, which contrast medium reverses at many edges.

    Parameters
    ----------
    a, b : ndarray of float32, shape (z, y, x)
        Images on one grid.
    where : ndarray of bool, shape (z, y, x)
        Centres of the windows of 5 x 5 x 5 voxels that count.

    Returns
    -------
    float in [0, 1]
        Windows without variance in either image count as 0; 0 also where ``where`` is empty.
    """
    if not where.any():
        return 0.0
    covariance = _window_covariance(a, b)[where]
    spread = _window_covariance(a, a)[where] * _window_covariance(b, b)[where]
    floor = (NO_VARIANCE * max(float(np.var(a, dtype=np.float64)), float(np.var(b, dtype=np.float64)))) ** 2
    textured = spread > floor
    squared = np.zeros_like(covariance)
    squared[textured] = covariance[textured] ** 2 / spread[textured]
    return float(np.clip(squared, 0.0, 1.0).mean())


def _window_covariance(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    x = a.astype(np.float64) - float(a.mean(dtype=np.float64))
    y = b.astype(np.float64) - float(b.mean(dtype=np.float64))
    return np.asarray(_mean(x * y) - _mean(x) * _mean(y))


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(ndimage.uniform_filter(values, WINDOW_VOXELS, mode="nearest"))
