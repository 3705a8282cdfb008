"""First-order family: the distribution of intensities inside the ROI, wherever they lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.family import EPSILON, Array, Family, Feature
from tilscope.radiomics.gray_image import GrayImage

NORMAL_KURTOSIS = 3.0
"""Pearson's kurtosis of a normal distribution."""

PERCENTILES = np.array([10.0, 25.0, 50.0, 75.0, 90.0])


class Distribution(NamedTuple):
    """What the first-order features share; each of shape (n_images,).

    Attributes
    ----------
    mean, smallest, largest : ndarray of float
        Intensities inside the ROI.
    m2, m3, m4 : ndarray of float
        Central moments, divided by N.
    deviation : ndarray of float
        Mean distance from the mean.
    energy : ndarray of float
        Sum of squares of the intensities plus ``voxel_array_shift``.
    robust_deviation : ndarray of float
        Mean distance from the mean among intensities from the 10th to the 90th percentile.
    p10, p25, p50, p75, p90 : ndarray of float
        Percentiles (linear interpolation).
    entropy, uniformity : ndarray of float
        Of the grey-level histogram; entropy in bits.
    n_voxels, voxel_volume_mm3 : ndarray of float
    kurtosis_origin : ndarray of float
        What is taken off Kurtosis: 0 (Pearson's, PyRadiomics), 3 (excess, IBSI).
    """

    mean: Array
    smallest: Array
    largest: Array
    m2: Array
    m3: Array
    m4: Array
    deviation: Array
    energy: Array
    robust_deviation: Array
    p10: Array
    p25: Array
    p50: Array
    p75: Array
    p90: Array
    entropy: Array
    uniformity: Array
    n_voxels: Array
    voxel_volume_mm3: Array
    kurtosis_origin: Array


def distribution(image: GrayImage) -> Array:
    """Measure what the features share: one number for each field of `Distribution`."""
    from tilscope.radiomics.firstorder_kernels import distribution_sums

    p = percentiles(image.values)
    sums = distribution_sums(image.values, image.settings.voxel_array_shift, p[0], p[4])
    shares = image.level_counts / image.values.size
    entropy_bits = -np.sum(shares * np.log2(shares + EPSILON))
    volume_mm3 = float(np.prod(image.lesion.spacing_mm))
    origin = NORMAL_KURTOSIS if image.settings.ibsi else 0.0
    return np.array([*sums, *p, entropy_bits, np.sum(shares**2), image.values.size, volume_mm3, origin])


def percentiles(values: NDArray[np.float64]) -> Array:
    """Return the five percentiles, interpolated as ``numpy.percentile`` does."""
    place = (values.size - 1) * (PERCENTILES / 100.0)
    lower = np.floor(place).astype(np.int64)
    upper = np.minimum(lower + 1, values.size - 1)
    found = _order_statistics(values, np.column_stack((lower, upper)).ravel())
    below, above = found[0::2], found[1::2]
    share = place - lower
    return np.where(share < 0.5, below + (above - below) * share, above - (above - below) * (1.0 - share))


def _order_statistics(values: Array, ranks: NDArray[np.int64]) -> Array:
    """Return the values of ascending ranks (0 is the smallest); only the buckets that hold one are sorted."""
    from tilscope.radiomics.firstorder_kernels import N_BUCKETS, count_buckets

    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.full(ranks.size, low)
    bucket_of, before = count_buckets(values, low, N_BUCKETS / (high - low))
    buckets = np.searchsorted(before, ranks, side="right") - 1
    members = {bucket: np.sort(values[bucket_of == bucket]) for bucket in set(buckets.tolist())}
    return np.array([members[b][rank - before[b]] for b, rank in zip(buckets.tolist(), ranks, strict=True)])


def gathered(rows: Sequence[Array]) -> Distribution:
    """Put the coefficients of several images together."""
    return Distribution(*np.stack(rows, axis=1))


def percentile_10(d: Distribution) -> Array:
    """10th percentile of the intensities."""
    return d.p10


def percentile_90(d: Distribution) -> Array:
    """90th percentile of the intensities."""
    return d.p90


def energy(d: Distribution) -> Array:
    """Sum of squared (shifted) intensities."""
    return d.energy


def entropy(d: Distribution) -> Array:
    """Entropy of the grey-level histogram, in bits."""
    return d.entropy


def interquartile_range(d: Distribution) -> Array:
    """75th less 25th percentile."""
    return d.p75 - d.p25


def _standardised(moment: Array, d: Distribution, order: float) -> Array:
    return np.divide(moment, d.m2**order, out=np.zeros_like(moment), where=d.m2 > 0)


def kurtosis(d: Distribution) -> Array:
    """Fourth standardised moment, Pearson's (3 for a normal distribution; IBSI: less 3); 0 for a flat ROI."""
    return np.where(d.m2 > 0, _standardised(d.m4, d, 2.0) - d.kurtosis_origin, 0.0)


def maximum(d: Distribution) -> Array:
    """Largest intensity."""
    return d.largest


def mean_absolute_deviation(d: Distribution) -> Array:
    """Mean distance from the mean."""
    return d.deviation


def mean(d: Distribution) -> Array:
    """Mean intensity."""
    return d.mean


def median(d: Distribution) -> Array:
    """Median intensity."""
    return d.p50


def minimum(d: Distribution) -> Array:
    """Smallest intensity."""
    return d.smallest


def range_(d: Distribution) -> Array:
    """Largest less smallest intensity."""
    return d.largest - d.smallest


def robust_mean_absolute_deviation(d: Distribution) -> Array:
    """Mean distance from the mean among intensities from the 10th to the 90th percentile."""
    return d.robust_deviation


def root_mean_squared(d: Distribution) -> Array:
    """Square root of the mean of the squared (shifted) intensities."""
    return np.sqrt(d.energy / d.n_voxels)


def skewness(d: Distribution) -> Array:
    """Third standardised moment (population); 0 for a flat ROI."""
    return _standardised(d.m3, d, 1.5)


def standard_deviation(d: Distribution) -> Array:
    """Root mean squared distance from the mean (divided by N)."""
    return np.sqrt(d.m2)


def total_energy(d: Distribution) -> Array:
    """Energy times the volume of a voxel in mm^3."""
    return d.energy * d.voxel_volume_mm3


def uniformity(d: Distribution) -> Array:
    """Sum of squared shares of the grey levels."""
    return d.uniformity


def variance(d: Distribution) -> Array:
    """Mean squared distance from the mean (divided by N)."""
    return d.m2


FIRSTORDER = Family(
    name="firstorder",
    scope="image",
    description="Distribution of the intensities inside the ROI, wherever they lie.",
    reference="Zwanenburg 2020 (IBSI), doi:10.1148/radiol.2020191145; PyRadiomics 3.0 firstorder.py",
    prepare=distribution,
    gather=gathered,
    features=(
        Feature("10Percentile", percentile_10),
        Feature("90Percentile", percentile_90),
        Feature("Energy", energy),
        Feature("Entropy", entropy),
        Feature("InterquartileRange", interquartile_range),
        Feature("Kurtosis", kurtosis),
        Feature("Maximum", maximum),
        Feature("MeanAbsoluteDeviation", mean_absolute_deviation),
        Feature("Mean", mean),
        Feature("Median", median),
        Feature("Minimum", minimum),
        Feature("Range", range_),
        Feature("RobustMeanAbsoluteDeviation", robust_mean_absolute_deviation),
        Feature("RootMeanSquared", root_mean_squared),
        Feature("Skewness", skewness),
        Feature("StandardDeviation", standard_deviation, by_name_only=True),
        Feature("TotalEnergy", total_energy),
        Feature("Uniformity", uniformity),
        Feature("Variance", variance),
    ),
)
