"""GLCM family: how often grey levels lie side by side, per direction, averaged over directions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.family import Family, Feature, GrayImage
from tilscope.radiomics.firstorder import EPSILON
from tilscope.vocabulary import RoiError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Cooccurrence:
    """Symmetric co-occurrence probabilities and what the features share.

    Attributes
    ----------
    p : ndarray of float, shape (n_angles, n_levels, n_levels)
        Of the levels that occur; each angle sums to 1; angles without a pair are left out.
    levels : ndarray of float, shape (n_levels,)
        The grey levels themselves.
    n_gray : int
        The largest grey level.
    p_level : ndarray of float, shape (n_angles, n_levels)
        Marginal of p (both are equal).
    mean : ndarray of float, shape (n_angles, 1)
        Mean level.
    p_sum : ndarray of float, shape (n_angles, 2 * n_gray - 1)
        Of the sums 2 ... 2 n_gray.
    p_difference : ndarray of float, shape (n_angles, n_gray)
        Of the absolute differences 0 ... n_gray - 1.
    hx, hxy, hxy1, hxy2 : ndarray of float, shape (n_angles,)
        Entropies in bits (Haralick 1973).
    """

    p: Array
    levels: Array
    n_gray: int
    p_level: Array
    mean: Array
    p_sum: Array
    p_difference: Array
    hx: Array
    hxy: Array
    hxy1: Array
    hxy2: Array

    @property
    def sums(self) -> Array:
        """Return the values that ``p_sum`` is the distribution of."""
        return np.arange(2, 2 * self.n_gray + 1).astype(np.float64)

    @property
    def differences(self) -> Array:
        """Return the values that ``p_difference`` is the distribution of."""
        return np.arange(self.n_gray).astype(np.float64)


def half_directions(distances: tuple[int, ...]) -> NDArray[np.int64]:
    """Return one of each pair of opposite offsets (z, y, x) at the Chebyshev distances (13 at distance 1)."""
    reach = range(-max(distances), max(distances) + 1)
    offsets = [o for o in product(reach, repeat=3) if o > (0, 0, 0) and max(map(abs, o)) in distances]
    return np.array(offsets[::-1], dtype=np.int64)


def cooccurrence_matrix(image: GrayImage) -> NDArray[np.float64]:
    """Return the probabilities p of shape (n_angles, n_levels, n_levels), empty angles left out.

    Raises
    ------
    RoiError
        ROI-34: no two voxels of the ROI are neighbours.
    """
    from tilscope.radiomics.glcm_kernels import count_pairs

    distances = image.settings.distances
    padded = np.pad(image.level_index, max(distances), constant_values=-1)
    counts = count_pairs(padded, half_directions(distances), max(distances), image.gray_levels.size)
    totals = counts.sum(axis=(1, 2), dtype=np.int64)
    if not totals.any():
        raise RoiError(
            "ROI-34",
            "no two voxels of the ROI are neighbours, so it has no texture",
            found=f"{image.values.size} scattered voxels",
            remedy="Draw the lesion as a solid region.",
        )
    used = totals > 0
    return counts[used] / totals[used, None, None]


def cooccurrence(image: GrayImage) -> Cooccurrence:
    """Count the pairs and measure what the features share."""
    from tilscope.radiomics.glcm_kernels import joint_entropies, marginals

    p = cooccurrence_matrix(image)
    p_sum, p_difference = marginals(p, image.gray_levels)
    p_level = p.sum(axis=2)
    hxy, hxy1, hxy2 = joint_entropies(p, p_level)
    levels = image.gray_levels.astype(np.float64)
    return Cooccurrence(
        p=p,
        levels=levels,
        n_gray=image.n_gray,
        p_level=p_level,
        mean=(p_level @ levels)[:, None],
        p_sum=p_sum,
        p_difference=p_difference,
        hx=_entropy(p_level),
        hxy=hxy,
        hxy1=hxy1,
        hxy2=hxy2,
    )


def _entropy(p: Array) -> Array:
    return -np.sum(p * np.log2(p + EPSILON), axis=1)


def _over_angles(per_angle: Array) -> float:
    return float(np.mean(per_angle))


def _variance(g: Cooccurrence) -> Array:
    return np.sum((g.levels - g.mean) ** 2 * g.p_level, axis=1)


def autocorrelation(g: Cooccurrence) -> float:
    """Mean product of the two levels."""
    return _over_angles((g.p @ g.levels) @ g.levels)


def _cluster(g: Cooccurrence, order: int) -> float:
    return _over_angles(np.sum((g.sums - 2.0 * g.mean) ** order * g.p_sum, axis=1))


def cluster_prominence(g: Cooccurrence) -> float:
    """Fourth central moment of the sum of the two levels."""
    return _cluster(g, 4)


def cluster_shade(g: Cooccurrence) -> float:
    """Third central moment of the sum of the two levels."""
    return _cluster(g, 3)


def cluster_tendency(g: Cooccurrence) -> float:
    """Variance of the sum of the two levels."""
    return _cluster(g, 2)


def contrast(g: Cooccurrence) -> float:
    """Mean squared difference of the two levels."""
    return _over_angles(g.p_difference @ g.differences**2)


def correlation(g: Cooccurrence) -> float:
    """Pearson correlation of the two levels; 1 in a direction where the level does not vary."""
    centred = g.levels - g.mean
    covariance = np.sum(np.matmul(g.p, centred[:, :, None])[:, :, 0] * centred, axis=1)
    variance = _variance(g)
    return _over_angles(np.where(variance > 0, covariance / (variance + EPSILON), 1.0))


def difference_average(g: Cooccurrence) -> float:
    """Mean absolute difference of the two levels."""
    return _over_angles(g.p_difference @ g.differences)


def difference_entropy(g: Cooccurrence) -> float:
    """Entropy of the absolute difference, in bits."""
    return _over_angles(_entropy(g.p_difference))


def difference_variance(g: Cooccurrence) -> float:
    """Variance of the absolute difference."""
    average = (g.p_difference @ g.differences)[:, None]
    return _over_angles(np.sum((g.differences - average) ** 2 * g.p_difference, axis=1))


def inverse_difference(g: Cooccurrence) -> float:
    """Mean of 1 / (1 + difference), in (0, 1]."""
    return _over_angles(g.p_difference @ (1.0 / (1.0 + g.differences)))


def inverse_difference_moment(g: Cooccurrence) -> float:
    """Mean of 1 / (1 + difference^2), in (0, 1]."""
    return _over_angles(g.p_difference @ (1.0 / (1.0 + g.differences**2)))


def inverse_difference_moment_normalised(g: Cooccurrence) -> float:
    """Mean of 1 / (1 + (difference / n_gray)^2), in (0, 1]."""
    return _over_angles(g.p_difference @ (1.0 / (1.0 + (g.differences / g.n_gray) ** 2)))


def inverse_difference_normalised(g: Cooccurrence) -> float:
    """Mean of 1 / (1 + difference / n_gray), in (0, 1]."""
    return _over_angles(g.p_difference @ (1.0 / (1.0 + g.differences / g.n_gray)))


def information_correlation_1(g: Cooccurrence) -> float:
    """Mutual information, negative, as a share of the marginal entropy, in [-1, 0]; 0 where that is 0."""
    return _over_angles(np.divide(g.hxy - g.hxy1, g.hx, out=np.zeros_like(g.hx), where=g.hx > EPSILON))


def information_correlation_2(g: Cooccurrence) -> float:
    """Square root of 1 - exp(-2 x mutual information in bits), in [0, 1)."""
    return _over_angles(np.sqrt(1.0 - np.exp(-2.0 * np.maximum(g.hxy2 - g.hxy, 0.0))))


def inverse_variance(g: Cooccurrence) -> float:
    """Mean of 1 / difference^2 over the pairs that differ."""
    return _over_angles(g.p_difference[:, 1:] @ (1.0 / g.differences[1:] ** 2))


def joint_average(g: Cooccurrence) -> float:
    """Mean level."""
    return _over_angles(g.mean)


def joint_energy(g: Cooccurrence) -> float:
    """Sum of squared probabilities, in (0, 1]."""
    return _over_angles(np.sum(g.p**2, axis=(1, 2)))


def joint_entropy(g: Cooccurrence) -> float:
    """Entropy of the pairs, in bits."""
    return _over_angles(g.hxy)


def maximal_correlation_coefficient(g: Cooccurrence) -> float:
    """Largest correlation that any recoding of the levels can reach, in [0, 1]; 1 if there is one level.

    PyRadiomics takes the square root of the second largest eigenvalue of Q(i, j) = sum_k p(i, k) p(j, k) /
    (p_i p_k). With a symmetric p, Q is similar to the square of p(i, j) / sqrt(p_i p_j), which is symmetric:
    its eigenvalues are real, stable, and several times quicker to find.
    """
    if g.levels.size == 1:
        return 1.0
    root = np.sqrt(g.p_level)
    scale = np.divide(1.0, root, out=np.zeros_like(root), where=root > 0)
    eigenvalues = np.linalg.eigvalsh(g.p * scale[:, :, None] * scale[:, None, :])
    return _over_angles(np.sort(np.abs(eigenvalues), axis=1)[:, -2])


def maximum_probability(g: Cooccurrence) -> float:
    """Probability of the most frequent pair, in (0, 1]."""
    return _over_angles(g.p.max(axis=(1, 2)))


def sum_average(g: Cooccurrence) -> float:
    """Mean sum of the two levels (twice the joint average)."""
    return _over_angles(g.p_sum @ g.sums)


def sum_entropy(g: Cooccurrence) -> float:
    """Entropy of the sum of the two levels, in bits."""
    return _over_angles(_entropy(g.p_sum))


def sum_squares(g: Cooccurrence) -> float:
    """Variance of the level."""
    return _over_angles(_variance(g))


GLCM = Family(
    name="glcm",
    scope="image",
    description="Grey-level co-occurrence: symmetric, 13 directions in 3-D, features averaged over directions.",
    reference="Haralick 1973, doi:10.1109/TSMC.1973.4309314; PyRadiomics 3.0 glcm.py",
    prepare=cooccurrence,
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
