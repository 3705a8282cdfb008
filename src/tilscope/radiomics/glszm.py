"""GLSZM family: zones of connected voxels (26 neighbours, 8 in slices) of one grey level."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics import size_matrix as sizes
from tilscope.radiomics.directions import SliceAxis, half_directions
from tilscope.radiomics.family import Array, Family, Feature
from tilscope.radiomics.gray_image import GrayImage


def zone_counts(image: GrayImage) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the number of zones, shape (n_levels, n_sizes), and the sizes that occur, ascending."""
    from tilscope.radiomics.texture_kernels import count_zones

    axis, layout = image.settings.slice_axis, image.lesion.layout(1)
    counts, found = count_zones(
        image.padded(1),
        layout.positions,
        layout.steps(half_directions((1,), axis)),
        _representatives(axis),
        image.gray_levels.size,
    )
    return counts, found


@cache
def _representatives(axis: SliceAxis) -> NDArray[np.uint16]:
    from tilscope.radiomics.texture_kernels import representatives

    offsets = half_directions((1,), axis)
    apart = np.abs(offsets[:, None] - offsets[None]).max(axis=2)
    return np.asarray(representatives(apart == 1))


def zones(image: GrayImage) -> Array:
    """Return what the features share, in the order of the fields of `size_matrix.Sizes`."""
    counts, found = zone_counts(image)
    return sizes.sums_over(counts[None], image.gray_levels, found)


GLSZM = Family(
    name="glszm",
    scope="image",
    description="Zones of one grey level: one matrix for all directions.",
    reference="Thibault 2014, doi:10.1109/TBME.2013.2284600; PyRadiomics 3.0 glszm.py",
    prepare=zones,
    gather=sizes.gathered,
    features=(
        Feature("GrayLevelNonUniformity", sizes.gray_level_non_uniformity),
        Feature("GrayLevelNonUniformityNormalized", sizes.gray_level_non_uniformity_normalised),
        Feature("GrayLevelVariance", sizes.gray_level_variance),
        Feature("HighGrayLevelZoneEmphasis", sizes.high_level_emphasis),
        Feature("LargeAreaEmphasis", sizes.large_emphasis),
        Feature("LargeAreaHighGrayLevelEmphasis", sizes.large_high_emphasis),
        Feature("LargeAreaLowGrayLevelEmphasis", sizes.large_low_emphasis),
        Feature("LowGrayLevelZoneEmphasis", sizes.low_level_emphasis),
        Feature("SizeZoneNonUniformity", sizes.size_non_uniformity),
        Feature("SizeZoneNonUniformityNormalized", sizes.size_non_uniformity_normalised),
        Feature("SmallAreaEmphasis", sizes.small_emphasis),
        Feature("SmallAreaHighGrayLevelEmphasis", sizes.small_high_emphasis),
        Feature("SmallAreaLowGrayLevelEmphasis", sizes.small_low_emphasis),
        Feature("ZoneEntropy", sizes.entropy),
        Feature("ZonePercentage", sizes.share_of_voxels),
        Feature("ZoneVariance", sizes.size_variance),
    ),
)
