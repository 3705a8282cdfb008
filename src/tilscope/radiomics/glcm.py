"""GLCM family: how often grey levels lie side by side, per direction, averaged over directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.directions import half_directions, lengths_mm
from tilscope.radiomics.family import EPSILON, Array, Family, Feature, over_angles, stacked
from tilscope.radiomics.gray_image import GrayImage
from tilscope.vocabulary import RoiError


class Pairs(NamedTuple):
    """Sums over the co-occurrence matrices; each of shape (n_images, n_angles).

    Attributes
    ----------
    mean, variance_row, variance_column, covariance : ndarray of float
        Of the two levels of a pair (row: the first).
    product : ndarray of float
        Mean product of the two levels.
    largest, energy : ndarray of float
        Largest probability; sum of squared probabilities.
    entropy_row, entropy_column, entropy, cross_1, cross_2 : ndarray of float
        In bits: HX, HY, HXY, HXY1, HXY2 (Haralick 1973).
    contrast, difference_average, difference_variance, difference_entropy : ndarray of float
        Of the absolute difference k of the levels; contrast is the mean of k^2.
    inverse, moment, moment_normalised, normalised, inverse_variance : ndarray of float
        Means of 1 / (1 + k), 1 / (1 + k^2), the same with k / n_gray, and of 1 / k^2 where k > 0.
    sum_average, tendency, shade, prominence, sum_entropy : ndarray of float
        Of the sum of the levels: mean, central moments 2 to 4, entropy.
    maximal_correlation : ndarray of float
    """

    mean: Array
    variance_row: Array
    variance_column: Array
    covariance: Array
    product: Array
    largest: Array
    energy: Array
    entropy_row: Array
    entropy_column: Array
    entropy: Array
    cross_1: Array
    cross_2: Array
    contrast: Array
    difference_average: Array
    difference_variance: Array
    difference_entropy: Array
    inverse: Array
    moment: Array
    moment_normalised: Array
    normalised: Array
    inverse_variance: Array
    sum_average: Array
    tendency: Array
    shade: Array
    prominence: Array
    sum_entropy: Array
    maximal_correlation: Array


def cooccurrence_counts(image: GrayImage) -> Array:
    """Return the number (or weight) of pairs, shape (n_angles, n_levels, n_levels), empty angles left out.

    Raises
    ------
    RoiError
        ROI-34: no two voxels of the ROI are neighbours.
    """
    settings = image.settings
    offsets = half_directions(settings.distances, settings.slice_axis)
    counts, _ = image.pairs_and_runs if settings.distances == (1,) else image.count_pairs(settings.distances)
    pairs = counts[:, :-1, :-1].astype(np.float64)
    if settings.symmetric_glcm:
        pairs += pairs.swapaxes(1, 2)
    used = pairs.any(axis=(1, 2))
    if not used.any():
        raise RoiError(
            "ROI-34",
            "no two voxels of the ROI are neighbours, so it has no texture",
            found=f"{image.values.size} scattered voxels",
            remedy="Draw the lesion as a solid region.",
        )
    if settings.weighting_norm is None:
        return pairs[used]
    weights = _weights(offsets, image)
    return np.asarray(np.tensordot(weights, pairs, 1)[None])


def _weights(offsets: NDArray[np.int64], image: GrayImage) -> Array:
    """Return PyRadiomics' weight of each direction: exp(-length^2), in mm."""
    norm = image.settings.weighting_norm
    if norm is None or norm == "no_weighting":
        return np.ones(len(offsets))
    return np.exp(-(lengths_mm(offsets, image.lesion.spacing_mm, norm) ** 2))


def cooccurrence(image: GrayImage) -> Array:
    """Return what the features share: shape (27, n_angles), in the order of the fields of `Pairs`."""
    from tilscope.radiomics.glcm_kernels import pair_sums

    counts = cooccurrence_counts(image)
    if not counts.any():  # weights that vanish, exp(-length^2), leave nothing to measure
        return np.full((len(Pairs._fields), 1), np.nan)
    symmetric = image.settings.symmetric_glcm
    sums = pair_sums(counts, image.gray_levels, image.n_gray, symmetric)
    return np.vstack((sums.T, maximal_correlations(counts, symmetric=symmetric)))


def maximal_correlations(counts: Array, *, symmetric: bool) -> Array:
    """Return, per direction, the largest correlation that any recoding of the levels can reach.

    PyRadiomics takes the square root of the second largest eigenvalue of Q(i, j) = sum_k p(i, k) p(j, k) /
    (p_i p_k + epsilon). Without that epsilon Q is similar to S S' with S = p(i, k) / sqrt(p_i p_k), so the
    root is the second singular value of S, and with a symmetric p the second largest absolute eigenvalue of a
    symmetric matrix: real, stable, and several times quicker to find. Epsilon is felt where levels are rare
    (1e-8 among 40,000 voxels); S damped by 1 - epsilon / (2 p_i p_k) has it to first order. One level: 1.
    """
    n_angles, n_levels, _ = counts.shape
    if n_levels == 1:
        return np.ones(n_angles)
    p = counts / counts.sum(axis=(1, 2), keepdims=True)
    both = p.sum(axis=2)[:, :, None] * p.sum(axis=1)[:, None, :]
    scaled = np.divide(p, np.sqrt(both), out=np.zeros_like(p), where=both > 0)
    scaled *= 1.0 - 0.5 * EPSILON / (both + EPSILON)
    if symmetric:
        return np.asarray(np.sort(np.abs(np.linalg.eigvalsh(scaled)), axis=1)[:, -2])
    return np.asarray(np.linalg.svd(scaled, compute_uv=False)[:, 1])


def gathered(rows: Sequence[Array]) -> Pairs:
    """Put the coefficients of several images together."""
    return Pairs(*stacked(rows))


def autocorrelation(g: Pairs) -> Array:
    """Mean product of the two levels."""
    return over_angles(g.product)


def cluster_prominence(g: Pairs) -> Array:
    """Fourth central moment of the sum of the two levels."""
    return over_angles(g.prominence)


def cluster_shade(g: Pairs) -> Array:
    """Third central moment of the sum of the two levels."""
    return over_angles(g.shade)


def cluster_tendency(g: Pairs) -> Array:
    """Variance of the sum of the two levels."""
    return over_angles(g.tendency)


def contrast(g: Pairs) -> Array:
    """Mean squared difference of the two levels."""
    return over_angles(g.contrast)


def correlation(g: Pairs) -> Array:
    """Pearson correlation of the two levels; 1 in a direction where the level does not vary."""
    scale = np.sqrt(g.variance_row) * np.sqrt(g.variance_column)
    return over_angles(np.where(scale == 0, 1.0, g.covariance / (scale + EPSILON)))


def difference_average(g: Pairs) -> Array:
    """Mean absolute difference of the two levels."""
    return over_angles(g.difference_average)


def difference_entropy(g: Pairs) -> Array:
    """Entropy of the absolute difference, in bits."""
    return over_angles(g.difference_entropy)


def difference_variance(g: Pairs) -> Array:
    """Variance of the absolute difference."""
    return over_angles(g.difference_variance)


def inverse_difference(g: Pairs) -> Array:
    """Mean of 1 / (1 + difference), in (0, 1]."""
    return over_angles(g.inverse)


def inverse_difference_moment(g: Pairs) -> Array:
    """Mean of 1 / (1 + difference^2), in (0, 1]."""
    return over_angles(g.moment)


def inverse_difference_moment_normalised(g: Pairs) -> Array:
    """Mean of 1 / (1 + (difference / n_gray)^2), in (0, 1]."""
    return over_angles(g.moment_normalised)


def inverse_difference_normalised(g: Pairs) -> Array:
    """Mean of 1 / (1 + difference / n_gray), in (0, 1]."""
    return over_angles(g.normalised)


def information_correlation_1(g: Pairs) -> Array:
    """Mutual information, negative, as a share of the marginal entropy, in [-1, 0]; 0 where that is 0."""
    marginal = np.maximum(g.entropy_row, g.entropy_column)
    shared = g.entropy - g.cross_1
    share = np.divide(shared, marginal, out=np.zeros_like(shared), where=marginal > EPSILON)
    return over_angles(np.where(np.isnan(shared), np.nan, share))


def information_correlation_2(g: Pairs) -> Array:
    """Square root of 1 - exp(-2 x mutual information in bits), in [0, 1)."""
    return over_angles(np.sqrt(1.0 - np.exp(-2.0 * np.maximum(g.cross_2 - g.entropy, 0.0))))


def inverse_variance(g: Pairs) -> Array:
    """Mean of 1 / difference^2 over the pairs that differ."""
    return over_angles(g.inverse_variance)


def joint_average(g: Pairs) -> Array:
    """Mean level."""
    return over_angles(g.mean)


def joint_energy(g: Pairs) -> Array:
    """Sum of squared probabilities, in (0, 1]."""
    return over_angles(g.energy)


def joint_entropy(g: Pairs) -> Array:
    """Entropy of the pairs, in bits."""
    return over_angles(g.entropy)


def maximal_correlation_coefficient(g: Pairs) -> Array:
    """Largest correlation that any recoding of the levels can reach, in [0, 1]; 1 if there is one level."""
    return over_angles(g.maximal_correlation)


def maximum_probability(g: Pairs) -> Array:
    """Probability of the most frequent pair, in (0, 1]."""
    return over_angles(g.largest)


def sum_average(g: Pairs) -> Array:
    """Mean sum of the two levels (twice the joint average)."""
    return over_angles(g.sum_average)


def sum_entropy(g: Pairs) -> Array:
    """Entropy of the sum of the two levels, in bits."""
    return over_angles(g.sum_entropy)


def sum_squares(g: Pairs) -> Array:
    """Variance of the level."""
    return over_angles(g.variance_row)


GLCM = Family(
    name="glcm",
    scope="image",
    description="Grey-level co-occurrence: symmetric, 13 directions in 3-D, features averaged over directions.",
    reference="Haralick 1973, doi:10.1109/TSMC.1973.4309314; PyRadiomics 3.0 glcm.py",
    prepare=cooccurrence,
    gather=gathered,
    features=(
        Feature("Autocorrelation", autocorrelation),
        Feature("ClusterProminence", cluster_prominence),
        Feature("ClusterShade", cluster_shade),
        Feature("ClusterTendency", cluster_tendency),
        Feature("Contrast", contrast),
        Feature("Correlation", correlation),
        Feature("DifferenceAverage", difference_average),
        Feature("DifferenceEntropy", difference_entropy),
        Feature("DifferenceVariance", difference_variance),
        Feature("Id", inverse_difference),
        Feature("Idm", inverse_difference_moment),
        Feature("Idmn", inverse_difference_moment_normalised),
        Feature("Idn", inverse_difference_normalised),
        Feature("Imc1", information_correlation_1),
        Feature("Imc2", information_correlation_2),
        Feature("InverseVariance", inverse_variance),
        Feature("JointAverage", joint_average),
        Feature("JointEnergy", joint_energy),
        Feature("JointEntropy", joint_entropy),
        Feature("MCC", maximal_correlation_coefficient),
        Feature("MaximumProbability", maximum_probability),
        Feature("SumAverage", sum_average),
        Feature("SumEntropy", sum_entropy),
        Feature("SumSquares", sum_squares),
    ),
)
