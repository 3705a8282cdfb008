"""Kernels of the co-occurrence family (imported only when a matrix is wanted)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled

EPSILON = float(np.spacing(1.0))


@compiled
def count_pairs(
    padded: NDArray[np.int32], offsets: NDArray[np.int64], reach: int, n_levels: int
) -> NDArray[np.int32]:
    """Count neighbouring pairs of grey levels, both ways round.

    Parameters
    ----------
    padded : ndarray of int32, shape (z, y, x)
        Level index, -1 outside the ROI and in a border of ``reach`` voxels.
    offsets : ndarray of int, shape (n_angles, 3)
        Half of the directions (z, y, x).
    reach : int
        Width of the border; no offset is longer.
    n_levels : int
        Number of levels that occur.

    Returns
    -------
    ndarray of int32, shape (n_angles, n_levels, n_levels), symmetric.
    """
    n_z, n_y, n_x = padded.shape
    counts = np.zeros((offsets.shape[0], n_levels, n_levels), dtype=np.int32)
    for z in range(reach, n_z - reach):
        for y in range(reach, n_y - reach):
            for x in range(reach, n_x - reach):
                i = padded[z, y, x]
                if i < 0:
                    continue
                for a in range(offsets.shape[0]):
                    j = padded[z + offsets[a, 0], y + offsets[a, 1], x + offsets[a, 2]]
                    if j >= 0:
                        counts[a, i, j] += 1
                        counts[a, j, i] += 1
    return counts


@compiled
def marginals(
    p: NDArray[np.float64], levels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distributions of sum and difference of the two levels.

    Parameters
    ----------
    p : ndarray of float, shape (n_angles, n_levels, n_levels)
    levels : ndarray of int, shape (n_levels,), ascending, from 1

    Returns
    -------
    p_sum : ndarray of float, shape (n_angles, 2 * n_gray - 1), for sums 2, 3, ..., 2 * n_gray
    p_difference : ndarray of float, shape (n_angles, n_gray), for differences 0, 1, ..., n_gray - 1
    """
    n_angles, n_levels, _ = p.shape
    n_gray = levels[-1]
    p_sum = np.zeros((n_angles, 2 * n_gray - 1))
    p_difference = np.zeros((n_angles, n_gray))
    for a in range(n_angles):
        for i in range(n_levels):
            for j in range(n_levels):
                p_sum[a, levels[i] + levels[j] - 2] += p[a, i, j]
                p_difference[a, abs(levels[i] - levels[j])] += p[a, i, j]
    return p_sum, p_difference


@compiled
def joint_entropies(
    p: NDArray[np.float64], p_level: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the joint entropy and Haralick's two cross entropies, in bits, per angle.

    Returns
    -------
    hxy, hxy1, hxy2 : ndarray of float, shape (n_angles,)
        Of p; of p with the logarithm of the product of the marginals; of that product.
    """
    n_angles, n_levels, _ = p.shape
    hxy, hxy1, hxy2 = np.zeros(n_angles), np.zeros(n_angles), np.zeros(n_angles)
    for a in range(n_angles):
        for i in range(n_levels):
            for j in range(n_levels):
                product = p_level[a, i] * p_level[a, j]
                if product == 0.0:
                    continue
                log_product = np.log2(product + EPSILON)
                hxy2[a] -= product * log_product
                value = p[a, i, j]
                if value > 0.0:
                    hxy1[a] -= value * log_product
                    hxy[a] -= value * np.log2(value + EPSILON)
    return hxy, hxy1, hxy2
