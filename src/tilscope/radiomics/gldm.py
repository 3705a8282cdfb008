"""GLDM family: how many neighbours of a voxel depend on it, that is, have nearly its grey level."""

from __future__ import annotations

import numpy as np

from tilscope.radiomics import size_matrix as sizes
from tilscope.radiomics.family import Array, Family, Feature
from tilscope.radiomics.gray_image import GrayImage


def dependence_counts(image: GrayImage) -> Array:
    """Return the number of voxels by level and by 1 + number of dependent neighbours.

    Returns
    -------
    ndarray of float, shape (1, n_levels, 2 * n_angles + 1)
    """
    counts, _ = image.dependences
    return counts[None]


def dependences(image: GrayImage) -> Array:
    """Return what the features share, in the order of the fields of `size_matrix.Sizes`."""
    counts = dependence_counts(image)
    return sizes.sums_over(counts, image.gray_levels, np.arange(1, counts.shape[2] + 1))


GLDM = Family(
    name="gldm",
    scope="image",
    description="Grey-level dependence: neighbours in all directions that differ by at most gldm_alpha levels.",
    reference="Sun 1983, doi:10.1016/0734-189X(83)90032-4; PyRadiomics 3.0 gldm.py",
    prepare=dependences,
    gather=sizes.gathered,
    features=(
        Feature("DependenceEntropy", sizes.entropy),
        Feature("DependenceNonUniformity", sizes.size_non_uniformity),
        Feature("DependenceNonUniformityNormalized", sizes.size_non_uniformity_normalised),
        Feature("DependenceVariance", sizes.size_variance),
        Feature("GrayLevelNonUniformity", sizes.gray_level_non_uniformity),
        Feature("GrayLevelVariance", sizes.gray_level_variance),
        Feature("HighGrayLevelEmphasis", sizes.high_level_emphasis),
        Feature("LargeDependenceEmphasis", sizes.large_emphasis),
        Feature("LargeDependenceHighGrayLevelEmphasis", sizes.large_high_emphasis),
        Feature("LargeDependenceLowGrayLevelEmphasis", sizes.large_low_emphasis),
        Feature("LowGrayLevelEmphasis", sizes.low_level_emphasis),
        Feature("SmallDependenceEmphasis", sizes.small_emphasis),
        Feature("SmallDependenceHighGrayLevelEmphasis", sizes.small_high_emphasis),
        Feature("SmallDependenceLowGrayLevelEmphasis", sizes.small_low_emphasis),
    ),
)
