"""Kernels over matrices that count things by grey level and by size, and of the neighbourhood differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled
from tilscope.radiomics.family import EPSILON

N_SUMS = 17


@compiled
def size_sums(
    counts: NDArray[np.float64], levels: NDArray[np.float64], sizes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the sums over each matrix that the features are made of.

    Parameters
    ----------
    counts : ndarray of float, shape (n_angles, n_levels, n_sizes)
        Number (or weight) of things; none of the angles is empty.
    levels : ndarray of float, shape (n_levels,)
    sizes : ndarray of float, shape (n_sizes,)

    Returns
    -------
    ndarray of float, shape (n_angles, 17)
        In the order of the fields of `size_matrix.Sizes`.
    """
    n_angles, n_levels, n_sizes = counts.shape
    sums = np.zeros((n_angles, N_SUMS))
    for a in range(n_angles):
        by_level, by_size = np.zeros(n_levels), np.zeros(n_sizes)
        _mixed(counts[a], levels, sizes, by_level, by_size, sums[a])
        _marginal(by_level, levels, sums[a], 2)
        _marginal(by_size, sizes, sums[a], 7)
    return sums


@compiled
def _mixed(
    matrix: NDArray[np.float64],
    levels: NDArray[np.float64],
    sizes: NDArray[np.float64],
    by_level: NDArray[np.float64],
    by_size: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    """Fill in the marginals, what mixes level and size, and the entropy in bits."""
    small_low = small_high = large_low = large_high = total = 0.0
    for i in range(levels.size):
        level = levels[i] * levels[i]
        for j in range(sizes.size):
            n = matrix[i, j]
            if n == 0.0:
                continue
            size = sizes[j] * sizes[j]
            total += n
            by_level[i] += n
            by_size[j] += n
            small_low += n / (level * size)
            small_high += n * level / size
            large_low += n * size / level
            large_high += n * level * size
    entropy = 0.0
    for i in range(levels.size):
        for j in range(sizes.size):
            if matrix[i, j] != 0.0:
                p = matrix[i, j] / total
                entropy -= p * np.log2(p + EPSILON)
    sums[0] = total
    sums[12], sums[13], sums[14], sums[15] = small_low, small_high, large_low, large_high
    sums[16] = entropy
    for j in range(sizes.size):
        sums[1] += by_size[j] * sizes[j]


@compiled
def _marginal(
    counts: NDArray[np.float64], values: NDArray[np.float64], sums: NDArray[np.float64], first: int
) -> None:
    """Fill in, from ``first`` on: sum of squares, variance, emphasis of low and of high values."""
    squares = mean = low = high = variance = 0.0
    for k in range(values.size):
        squares += counts[k] * counts[k]
        mean += counts[k] * values[k] / sums[0]
        low += counts[k] / (values[k] * values[k])
        high += counts[k] * values[k] * values[k]
    for k in range(values.size):
        variance += counts[k] / sums[0] * (values[k] - mean) ** 2
    sums[first], sums[first + 1], sums[first + 2], sums[first + 3] = squares, variance, low, high
    sums[first + 4] = mean


@compiled
def difference_features(
    shares: NDArray[np.float64],
    differences: NDArray[np.float64],
    levels: NDArray[np.float64],
    n_voxels: float,
) -> NDArray[np.float64]:
    """Return the sums over the neighbourhood differences that the features are made of.

    Parameters
    ----------
    shares : ndarray of float, shape (n_levels,)
        Share of voxels of each level that occurs (p_i).
    differences : ndarray of float, shape (n_levels,)
        Sum over these voxels of the distance to their neighbours' mean level (s_i).
    levels : ndarray of float, shape (n_levels,)
    n_voxels : float

    Returns
    -------
    ndarray of float, shape (7,)
        In the order of the fields of `ngtdm.Differences`.
    """
    weighted = busy = complexity = contrast = strength = total = 0.0
    n_levels = levels.size
    for i in range(n_levels):
        weighted += shares[i] * differences[i]
        total += differences[i]
    for i in range(n_levels):
        for j in range(n_levels):
            p_i, p_j = shares[i], shares[j]
            if p_i == 0.0 or p_j == 0.0:
                continue
            step = abs(levels[i] - levels[j])
            busy += abs(levels[i] * p_i - levels[j] * p_j)
            contrast += p_i * p_j * step * step
            strength += (p_i + p_j) * step * step
            complexity += step * (p_i * differences[i] + p_j * differences[j]) / (p_i + p_j)
    present = 0.0
    for share in shares:
        present += share > 0.0
    pairs = present * (present - 1.0)
    return np.array(
        [
            weighted,
            total,
            busy,
            complexity / n_voxels,
            contrast * total / n_voxels / pairs if pairs > 0.0 else 0.0,
            strength,
            n_voxels,
        ]
    )
