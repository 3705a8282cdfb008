"""Kernels of the co-occurrence family (imported only when a matrix is wanted)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled
from tilscope.radiomics.family import EPSILON

N_SUMS = 26


@compiled
def pair_sums(
    counts: NDArray[np.float64], levels: NDArray[np.int64], n_gray: int, symmetric: bool
) -> NDArray[np.float64]:
    """Return the sums over each direction's co-occurrence matrix that the features are made of.

    Parameters
    ----------
    counts : ndarray of float, shape (n_angles, n_levels, n_levels)
        Number (or weight) of pairs; none of the angles is empty.
    levels : ndarray of int, shape (n_levels,)
        The grey levels themselves, ascending.
    n_gray : int
        Number of grey levels that the normalised differences are divided by.
    symmetric : bool
        The matrices are symmetric: half of them is read.

    Returns
    -------
    ndarray of float, shape (n_angles, 26)
        In the order of the fields of `glcm.Pairs`, all but the last.
    """
    n_angles, n_levels, _ = counts.shape
    sums = np.empty((n_angles, N_SUMS))
    top = levels[-1]
    p_row, p_column = np.empty(n_levels), np.empty(n_levels)
    p_sum, p_difference = np.empty(2 * top + 1), np.empty(top)
    for a in range(n_angles):
        total = _cleared_and_summed(counts[a], p_row, p_column, p_sum, p_difference)
        _marginals(counts[a], total, levels, symmetric, p_row, p_column, p_sum, p_difference, sums[a])
        _moments(levels, p_row, p_column, sums[a])
        _joint(counts[a], total, levels, symmetric, p_row, p_column, sums[a])
        _of_differences(p_difference, n_gray, sums[a])
        _of_sums(p_sum, sums[a])
    return sums


@compiled
def _cleared_and_summed(
    matrix: NDArray[np.float64],
    p_row: NDArray[np.float64],
    p_column: NDArray[np.float64],
    p_sum: NDArray[np.float64],
    p_difference: NDArray[np.float64],
) -> float:
    for array in (p_row, p_column, p_sum, p_difference):
        for k in range(array.size):
            array[k] = 0.0
    total = 0.0
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[1]):
            total += matrix[i, j]
    return total


@compiled
def _entropy(p: NDArray[np.float64]) -> float:
    bits = 0.0
    for value in p:
        if value > 0.0:
            bits -= value * np.log2(value + EPSILON)
    return bits


@compiled
def _marginals(
    matrix: NDArray[np.float64],
    total: float,
    levels: NDArray[np.int64],
    symmetric: bool,
    p_row: NDArray[np.float64],
    p_column: NDArray[np.float64],
    p_sum: NDArray[np.float64],
    p_difference: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    """Fill in the marginals; the largest probability, the energy and the entropy of the pairs."""
    n_levels = levels.size
    largest = energy = entropy = 0.0
    for i in range(n_levels):
        for j in range(i + 1 if symmetric else n_levels):
            if matrix[i, j] == 0.0:
                continue
            p = matrix[i, j] / total
            weight = 1.0
            p_row[i] += p
            p_column[j] += p
            if symmetric and j < i:
                weight = 2.0
                p_row[j] += p
                p_column[i] += p
            p_sum[levels[i] + levels[j]] += weight * p
            p_difference[abs(levels[i] - levels[j])] += weight * p
            largest = max(largest, p)
            energy += weight * p * p
            entropy -= weight * p * np.log2(p + EPSILON)
    sums[5], sums[6], sums[9] = largest, energy, entropy


@compiled
def _moments(
    levels: NDArray[np.int64],
    p_row: NDArray[np.float64],
    p_column: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    mean_row = mean_column = variance_row = variance_column = 0.0
    for i in range(levels.size):
        mean_row += levels[i] * p_row[i]
        mean_column += levels[i] * p_column[i]
    for i in range(levels.size):
        variance_row += (levels[i] - mean_row) ** 2 * p_row[i]
        variance_column += (levels[i] - mean_column) ** 2 * p_column[i]
    sums[0], sums[1], sums[2], sums[21] = mean_row, variance_row, variance_column, mean_row + mean_column
    sums[7], sums[8] = _entropy(p_row), _entropy(p_column)


@compiled
def _joint(
    matrix: NDArray[np.float64],
    total: float,
    levels: NDArray[np.int64],
    symmetric: bool,
    p_row: NDArray[np.float64],
    p_column: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    """Compare the pairs with what independent levels would give: covariance, Haralick's cross entropies."""
    n_levels = levels.size
    mean_row, mean_column = sums[0], sums[21] - sums[0]
    product = covariance = cross_1 = cross_2 = 0.0
    for i in range(n_levels):
        for j in range(i + 1 if symmetric else n_levels):
            independent = p_row[i] * p_column[j]
            if independent == 0.0:
                continue
            weight = 2.0 if symmetric and j < i else 1.0
            bits = np.log2(independent + EPSILON)
            cross_2 -= weight * independent * bits
            if matrix[i, j] != 0.0:
                p = weight * (matrix[i, j] / total)
                cross_1 -= p * bits
                product += p * (levels[i] * levels[j])
                covariance += p * (levels[i] - mean_row) * (levels[j] - mean_column)
    sums[3], sums[4], sums[10], sums[11] = covariance, product, cross_1, cross_2


@compiled
def _of_differences(p_difference: NDArray[np.float64], n_gray: int, sums: NDArray[np.float64]) -> None:
    """Fill in what depends on the absolute difference of the levels alone."""
    contrast = average = variance = inverse = moment = 0.0
    moment_normalised = normalised = inverse_variance = 0.0
    for k in range(p_difference.size):
        p = p_difference[k]
        contrast += k * k * p
        average += k * p
        inverse += p / (1.0 + k)
        moment += p / (1.0 + k * k)
        moment_normalised += p / (1.0 + (k / n_gray) ** 2)
        normalised += p / (1.0 + k / n_gray)
        if k > 0:
            inverse_variance += p / (k * k)
    for k in range(p_difference.size):
        variance += (k - average) ** 2 * p_difference[k]
    sums[12], sums[13], sums[14], sums[15] = contrast, average, variance, _entropy(p_difference)
    sums[16], sums[17], sums[18], sums[19] = inverse, moment, moment_normalised, normalised
    sums[20] = inverse_variance


@compiled
def _of_sums(p_sum: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """Fill in what depends on the sum of the levels alone."""
    mean = sums[21]
    tendency = shade = prominence = 0.0
    for k in range(p_sum.size):
        square = (k - mean) * (k - mean)
        tendency += square * p_sum[k]
        shade += square * (k - mean) * p_sum[k]
        prominence += square * square * p_sum[k]
    sums[22], sums[23], sums[24], sums[25] = tendency, shade, prominence, _entropy(p_sum)
