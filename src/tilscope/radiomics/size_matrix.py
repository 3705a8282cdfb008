"""What GLRLM, GLSZM and GLDM share: counts of things by grey level i and by size j, and the sums over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.family import Array, over_angles, stacked


class Sizes(NamedTuple):
    """Sums over matrices P of things by grey level i and size j; each of shape (n_images, n_angles).

    Attributes
    ----------
    n : ndarray of float
        Number (or weight) of things.
    n_voxels : ndarray of float
        Sum of their sizes.
    levels_squared, sizes_squared : ndarray of float
        Sums of the squared marginals.
    level_mean, level_variance, size_mean, size_variance : ndarray of float
        Of the marginals as distributions.
    low_levels, high_levels, small, large : ndarray of float
        Sums of P / i^2, P i^2, P / j^2, P j^2.
    small_low, small_high, large_low, large_high : ndarray of float
        Sums of P / (i^2 j^2), P i^2 / j^2, P j^2 / i^2, P i^2 j^2.
    entropy : ndarray of float
        Of P / n, in bits.
    """

    n: Array
    n_voxels: Array
    levels_squared: Array
    level_variance: Array
    low_levels: Array
    high_levels: Array
    level_mean: Array
    sizes_squared: Array
    size_variance: Array
    small: Array
    large: Array
    size_mean: Array
    small_low: Array
    small_high: Array
    large_low: Array
    large_high: Array
    entropy: Array


def sums_over(counts: NDArray[np.number], levels: NDArray[np.int64], sizes: NDArray[np.int64]) -> Array:
    """Return the sums over matrices of shape (n_angles, n_levels, n_sizes); see `Sizes`."""
    from tilscope.radiomics.size_matrix_kernels import size_sums

    sums = size_sums(
        np.ascontiguousarray(counts, dtype=np.float64), levels.astype(np.float64), sizes.astype(np.float64)
    )
    return np.asarray(sums.T)


def gathered(rows: Sequence[Array]) -> Sizes:
    """Put the sums of several images together."""
    return Sizes(*stacked(rows))


def gray_level_non_uniformity(s: Sizes) -> Array:
    """Sum of squares of the counts per level, per thing; low if all levels are equally frequent."""
    return over_angles(s.levels_squared / s.n)


def gray_level_non_uniformity_normalised(s: Sizes) -> Array:
    """Sum of squared shares of the levels, in (0, 1]."""
    return over_angles(s.levels_squared / s.n**2)


def gray_level_variance(s: Sizes) -> Array:
    """Variance of the level."""
    return over_angles(s.level_variance)


def size_non_uniformity(s: Sizes) -> Array:
    """Sum of squares of the counts per size, per thing; low if all sizes are equally frequent."""
    return over_angles(s.sizes_squared / s.n)


def size_non_uniformity_normalised(s: Sizes) -> Array:
    """Sum of squared shares of the sizes, in (0, 1]."""
    return over_angles(s.sizes_squared / s.n**2)


def size_variance(s: Sizes) -> Array:
    """Variance of the size."""
    return over_angles(s.size_variance)


def entropy(s: Sizes) -> Array:
    """Entropy of level and size together, in bits."""
    return over_angles(s.entropy)


def share_of_voxels(s: Sizes) -> Array:
    """Share of things per voxel, in (0, 1]; 1 if each voxel stands alone."""
    return over_angles(s.n / s.n_voxels)


def small_emphasis(s: Sizes) -> Array:
    """Mean of 1 / size^2, in (0, 1]; high in fine texture."""
    return over_angles(s.small / s.n)


def large_emphasis(s: Sizes) -> Array:
    """Mean of size^2; high in coarse texture."""
    return over_angles(s.large / s.n)


def low_level_emphasis(s: Sizes) -> Array:
    """Mean of 1 / level^2, in (0, 1]."""
    return over_angles(s.low_levels / s.n)


def high_level_emphasis(s: Sizes) -> Array:
    """Mean of level^2."""
    return over_angles(s.high_levels / s.n)


def small_low_emphasis(s: Sizes) -> Array:
    """Mean of 1 / (level^2 size^2), in (0, 1]."""
    return over_angles(s.small_low / s.n)


def small_high_emphasis(s: Sizes) -> Array:
    """Mean of level^2 / size^2."""
    return over_angles(s.small_high / s.n)


def large_low_emphasis(s: Sizes) -> Array:
    """Mean of size^2 / level^2."""
    return over_angles(s.large_low / s.n)


def large_high_emphasis(s: Sizes) -> Array:
    """Mean of level^2 size^2."""
    return over_angles(s.large_high / s.n)
