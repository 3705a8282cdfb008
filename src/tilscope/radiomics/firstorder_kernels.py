"""Kernels of the first-order family."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled

N_BUCKETS = 4096


@compiled
def count_buckets(
    values: NDArray[np.float64], low: float, scale: float
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Sort values into buckets of equal width.

    Returns
    -------
    bucket_of : ndarray of int32, shape (n,)
    before : ndarray of int, shape (N_BUCKETS + 1,)
        Number of values in all buckets before each.
    """
    bucket_of = np.empty(values.size, dtype=np.int32)
    before = np.zeros(N_BUCKETS + 1, dtype=np.int64)
    for v in range(values.size):
        bucket = int((values[v] - low) * scale)
        if bucket >= N_BUCKETS:
            bucket = N_BUCKETS - 1
        bucket_of[v] = bucket
        before[bucket + 1] += 1
    for k in range(N_BUCKETS):
        before[k + 1] += before[k]
    return bucket_of, before


@compiled
def distribution_sums(
    values: NDArray[np.float64], shift: float, low: float, high: float
) -> NDArray[np.float64]:
    """Return mean, smallest, largest, central moments 2 to 4, mean absolute deviation, energy, robust deviation.

    Parameters
    ----------
    values : ndarray of float, shape (n_voxels,)
    shift : float
        Added to each value in the energy.
    low, high : float
        10th and 90th percentile, the bounds of the robust deviation.
    """
    n = values.size
    total = inner_total = energy = 0.0
    n_inner = 0
    smallest = largest = values[0]
    for value in values:
        total += value
        energy += (value + shift) * (value + shift)
        smallest, largest = min(smallest, value), max(largest, value)
        if low <= value <= high:
            inner_total += value
            n_inner += 1
    if smallest == largest:  # flat: no rounding of the mean is taken for spread
        return np.array([smallest, smallest, largest, 0.0, 0.0, 0.0, 0.0, energy, 0.0])
    mean = total / n
    inner_mean = inner_total / n_inner if n_inner > 0 else 0.0
    m2 = m3 = m4 = deviation = inner_deviation = 0.0
    for value in values:
        centred = value - mean
        square = centred * centred
        m2 += square
        m3 += square * centred
        m4 += square * square
        deviation += abs(centred)
        if low <= value <= high:
            inner_deviation += abs(value - inner_mean)
    robust = inner_deviation / n_inner if n_inner > 0 else 0.0
    return np.array([mean, smallest, largest, m2 / n, m3 / n, m4 / n, deviation / n, energy, robust])
