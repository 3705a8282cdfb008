"""Texture settings of PyRadiomics, one by one and together, on three small inputs."""

from __future__ import annotations

import numpy as np
from cases_awkward import SEED, smooth

NORMS = ("manhattan", "euclidean", "infinity", "no_weighting")


def plane(axis, **others):
    """Stay within the slices across axis 0, 1, 2 (z, y, x)."""
    return {"force2D": True, "force2Ddimension": axis, **others}


SETTINGS = {
    "distances_1_2": {"distances": [1, 2]},
    "distances_2": {"distances": [2]},
    "distances_3": {"distances": [3]},
    "distances_1_4": {"distances": [1, 4]},
    "plane_z": plane(0),
    "plane_y": plane(1),
    "plane_x": plane(2),
    "asymmetric": {"symmetricalGLCM": False},
    **{norm: {"weightingNorm": norm} for norm in NORMS},
    **{f"{norm}_asymmetric": {"weightingNorm": norm, "symmetricalGLCM": False} for norm in NORMS},
    **{f"{norm}_plane_z": plane(0, weightingNorm=norm) for norm in NORMS},
    "alpha_1": {"gldm_a": 1},
    "alpha_3": {"gldm_a": 3},
    "bins_8": {"binCount": 8},
    "bins_16": {"binCount": 16},
    "bins_64": {"binCount": 64},
    "width_1": {"binWidth": 1},
    "width_3.3": {"binWidth": 3.3},
    "width_10": {"binWidth": 10},
    "width_50": {"binWidth": 50},
    "distances_1_2_plane_y_euclidean": plane(1, distances=[1, 2], weightingNorm="euclidean"),
    "distances_2_plane_x": plane(2, distances=[2]),
    "distances_1_3_alpha_1_width_10": {"distances": [1, 3], "gldm_a": 1, "binWidth": 10},
    "plane_x_asymmetric_infinity_bins_16": plane(
        2, weightingNorm="infinity", symmetricalGLCM=False, binCount=16
    ),
    "distances_1_2_manhattan_alpha_3": {"distances": [1, 2], "weightingNorm": "manhattan", "gldm_a": 3},
}

ONLY_SMALL_BOX = {
    "distances_5": {"distances": [5]},  # along x only: the box is 3 x 4 x 6
    "distances_1_9": {"distances": [1, 9]},  # 9 is larger than the box
    "width_0.5": {"binWidth": 0.5},
    "width_0.4": {"binWidth": 0.4},
}


def small_box():
    """A box of 3 x 4 x 6 voxels, three quarters full."""
    rng = np.random.default_rng([SEED, 1000])
    mask = np.zeros((8, 9, 11), bool)
    mask[2:5, 3:7, 2:8] = rng.random((3, 4, 6)) < 0.75
    return smooth(rng, mask.shape, 0.7), mask, (1.5, 0.9, 0.6)


def three_labels():
    """Labels 1, 2 and 3, side by side."""
    rng = np.random.default_rng([SEED, 1001])
    labels = np.zeros((9, 12, 14), np.uint8)
    for label, place in enumerate((slice(1, 5), slice(5, 9), slice(9, 13)), start=1):
        labels[1:8, 2:10, place] = np.where(rng.random((7, 8, 4)) < 0.8, label, 0)
    return smooth(rng, labels.shape, 1.0), labels, (1.1, 0.7, 0.7)


def far_apart():
    """A voxel spacing at which the weights exp(-distance^2) of all directions are 0 in double precision."""
    ticks, mask, _ = small_box()
    return ticks, mask, (30.0, 30.0, 30.0)


def checkered_slice():
    """One slice of scattered pixels, so that all sixteen patterns of marching squares occur."""
    rng = np.random.default_rng([SEED, 1002])
    mask = np.zeros((5, 15, 14), bool)
    mask[2] = rng.random((15, 14)) < 0.5
    return smooth(rng, mask.shape, 1.0), mask, (3.0, 1.0, 0.5)


ONE_SLICE = {
    "one_slice": 0,
    "image_of_one_slice": 0,
    "slice_across_z": 0,
    "slice_across_x": 2,
    "bent_line": 0,
    "checkered_slice": 0,
}
"""ROIs of one slice, and the axis it lies across; across y PyRadiomics gives no shape2D (its guard confuses axes)."""
