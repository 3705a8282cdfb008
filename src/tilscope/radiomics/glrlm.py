"""GLRLM family: runs of voxels of one grey level in a row, per direction, averaged over directions."""

from __future__ import annotations

import numpy as np

from tilscope.radiomics import size_matrix as sizes
from tilscope.radiomics.directions import half_directions, lengths_mm
from tilscope.radiomics.family import Array, Family, Feature
from tilscope.radiomics.gray_image import GrayImage


def run_counts(image: GrayImage) -> Array:
    """Return the number (or weight) of runs, shape (n_angles, n_levels, longest run).

    Directions in which no line holds two voxels of the ROI are left out as in PyRadiomics (IBSI: they are
    counted, all their runs are of length 1). The array has no angle if that is true of all directions.
    """
    settings = image.settings
    offsets = half_directions((1,), settings.slice_axis)
    _, counts = image.pairs_and_runs
    longest = int(np.flatnonzero(counts.any(axis=(0, 1)))[-1]) + 1
    runs = counts[:, :, :longest].astype(np.float64)
    used = image.lesion.has_lines(settings.slice_axis) | settings.ibsi
    if settings.weighting_norm is None:
        return runs[used]
    norm = settings.weighting_norm
    weights = (
        np.ones(len(offsets))
        if norm == "no_weighting"
        else lengths_mm(offsets, image.lesion.spacing_mm, norm)
    )
    return np.asarray(np.tensordot(weights * used, runs, 1)[None]) if used.any() else runs[used]


def runs(image: GrayImage) -> Array:
    """Return what the features share, in the order of the fields of `size_matrix.Sizes`."""
    counts = run_counts(image)
    if counts.shape[0] == 0:
        return np.full((len(sizes.Sizes._fields), 1), np.nan)
    return sizes.sums_over(counts, image.gray_levels, np.arange(1, counts.shape[2] + 1))


GLRLM = Family(
    name="glrlm",
    scope="image",
    description="Runs of one grey level: 13 directions in 3-D, features averaged over directions.",
    reference="Galloway 1975, doi:10.1016/S0146-664X(75)80008-6; PyRadiomics 3.0 glrlm.py",
    prepare=runs,
    gather=sizes.gathered,
    features=(
        Feature("GrayLevelNonUniformity", sizes.gray_level_non_uniformity),
        Feature("GrayLevelNonUniformityNormalized", sizes.gray_level_non_uniformity_normalised),
        Feature("GrayLevelVariance", sizes.gray_level_variance),
        Feature("HighGrayLevelRunEmphasis", sizes.high_level_emphasis),
        Feature("LongRunEmphasis", sizes.large_emphasis),
        Feature("LongRunHighGrayLevelEmphasis", sizes.large_high_emphasis),
        Feature("LongRunLowGrayLevelEmphasis", sizes.large_low_emphasis),
        Feature("LowGrayLevelRunEmphasis", sizes.low_level_emphasis),
        Feature("RunEntropy", sizes.entropy),
        Feature("RunLengthNonUniformity", sizes.size_non_uniformity),
        Feature("RunLengthNonUniformityNormalized", sizes.size_non_uniformity_normalised),
        Feature("RunPercentage", sizes.share_of_voxels),
        Feature("RunVariance", sizes.size_variance),
        Feature("ShortRunEmphasis", sizes.small_emphasis),
        Feature("ShortRunHighGrayLevelEmphasis", sizes.small_high_emphasis),
        Feature("ShortRunLowGrayLevelEmphasis", sizes.small_low_emphasis),
    ),
)
