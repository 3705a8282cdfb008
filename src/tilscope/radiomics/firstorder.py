"""First-order family: the distribution of intensities inside the ROI, wherever they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.family import Family, Feature, GrayImage

EPSILON = float(np.spacing(1.0))
"""PyRadiomics adds it inside logarithms."""


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """What the first-order features share.

    Attributes
    ----------
    values : ndarray of float, shape (n_voxels,)
        Intensities inside the ROI.
    centred : ndarray of float, shape (n_voxels,)
        Intensities less their mean.
    shifted_energy : float
        Sum of squares of the intensities plus ``voxel_array_shift``.
    percentiles : tuple of float
        10th, 25th, 50th, 75th, 90th (linear interpolation).
    probabilities : ndarray of float, shape (n_levels,)
        Share of voxels of each grey level that occurs.
    voxel_volume_mm3 : float
    """

    values: NDArray[np.float64]
    centred: NDArray[np.float64]
    shifted_energy: float
    percentiles: tuple[float, ...]
    probabilities: NDArray[np.float64]
    voxel_volume_mm3: float

    def moment(self, order: int) -> float:
        """Return the central moment, divided by N."""
        return float(np.mean(self.centred**order))


def distribution(image: GrayImage) -> Distribution:
    """Measure what the features share."""
    values = image.values
    counts = np.bincount(image.level_index[image.lesion.mask], minlength=image.gray_levels.size)
    return Distribution(
        values=values,
        centred=values - values.mean(),
        shifted_energy=float(np.sum((values + image.settings.voxel_array_shift) ** 2)),
        percentiles=tuple(float(p) for p in np.percentile(values, (10, 25, 50, 75, 90))),
        probabilities=counts / values.size,
        voxel_volume_mm3=float(np.prod(image.lesion.spacing_mm)),
    )


def percentile_10(d: Distribution) -> float:
    """10th percentile of the intensities."""
    return d.percentiles[0]


def percentile_90(d: Distribution) -> float:
    """90th percentile of the intensities."""
    return d.percentiles[4]


def energy(d: Distribution) -> float:
    """Sum of squared (shifted) intensities."""
    return d.shifted_energy


def entropy(d: Distribution) -> float:
    """Entropy of the grey-level histogram, in bits."""
    return float(-np.sum(d.probabilities * np.log2(d.probabilities + EPSILON)))


def interquartile_range(d: Distribution) -> float:
    """75th less 25th percentile."""
    return d.percentiles[3] - d.percentiles[1]


def kurtosis(d: Distribution) -> float:
    """Fourth standardised moment, Pearson's (3 for a normal distribution); 0 for a flat ROI."""
    variance_ = d.moment(2)
    return d.moment(4) / variance_**2 if variance_ > 0 else 0.0


def maximum(d: Distribution) -> float:
    """Largest intensity."""
    return float(d.values.max())


def mean_absolute_deviation(d: Distribution) -> float:
    """Mean distance from the mean."""
    return float(np.mean(np.abs(d.centred)))


def mean(d: Distribution) -> float:
    """Mean intensity."""
    return float(d.values.mean())


def median(d: Distribution) -> float:
    """Median intensity."""
    return d.percentiles[2]


def minimum(d: Distribution) -> float:
    """Smallest intensity."""
    return float(d.values.min())


def range_(d: Distribution) -> float:
    """Largest less smallest intensity."""
    return float(np.ptp(d.values))


def robust_mean_absolute_deviation(d: Distribution) -> float:
    """Mean distance from the mean among intensities from the 10th to the 90th percentile."""
    low, high = d.percentiles[0], d.percentiles[4]
    inner = d.values[(d.values >= low) & (d.values <= high)]
    return float(np.mean(np.abs(inner - inner.mean()))) if inner.size else 0.0


def root_mean_squared(d: Distribution) -> float:
    """Square root of the mean of the squared (shifted) intensities."""
    return float(np.sqrt(d.shifted_energy / d.values.size))


def skewness(d: Distribution) -> float:
    """Third standardised moment (population); 0 for a flat ROI."""
    variance_ = d.moment(2)
    return d.moment(3) / float(variance_**1.5) if variance_ > 0 else 0.0


def total_energy(d: Distribution) -> float:
    """Energy times the volume of a voxel in mm^3."""
    return d.shifted_energy * d.voxel_volume_mm3


def uniformity(d: Distribution) -> float:
    """Sum of squared shares of the grey levels."""
    return float(np.sum(d.probabilities**2))


def variance(d: Distribution) -> float:
    """Mean squared distance from the mean (divided by N)."""
    return d.moment(2)


FIRSTORDER = Family(
    name="firstorder",
    scope="image",
    description="Distribution of the intensities inside the ROI, wherever they lie.",
    reference="Zwanenburg 2020 (IBSI), doi:10.1148/radiol.2020191145; PyRadiomics 3.0 firstorder.py",
    prepare=distribution,
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
        Feature("TotalEnergy", total_energy),
        Feature("Uniformity", uniformity),
        Feature("Variance", variance),
    ),
)
