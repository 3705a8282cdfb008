"""The cases of ``preparing.csv``: an image, and what a PyRadiomics parameter file says; see README.md.

Read by the recipe (``make_preparing.py``) and by the test, which has tilscope read the same words as a file.
"""

from __future__ import annotations

from itertools import chain, product

BOTH = {"Original": {}, "Wavelet": {}}
ORIGINAL = {"Original": {}}
INTERPOLATORS = (
    "NearestNeighbor",
    "Linear",
    "BSpline",
    "Gaussian",
    "LabelGaussian",
    "HammingWindowedSinc",
    "CosineWindowedSinc",
    "WelchWindowedSinc",
    "LanczosWindowedSinc",
    "BlackmanWindowedSinc",
)
TIES = [1, 1, 2]  # the synthetic image has voxels of 1 x 2 x 3 mm (x, y, z): 2 -> 1 and 3 -> 2
RESAMPLED = {
    "finer": [1, 1, 1],
    "coarser": [2.5, 2.5, 2.5],
    "odd": [0.83, 1.37, 2.21],
    "in_plane": [2, 2.5, 0],
    "one_axis": [0, 0, 1.5],
}
RANGES = {
    "absolute_low": {"resegmentRange": [-60]},
    "absolute": {"resegmentRange": [120, -80.5]},
    "absolute_box": {"resegmentRange": [165]},  # what is left has a smaller box
    "relative_low": {"resegmentRange": [-0.25], "resegmentMode": "relative"},
    "relative": {"resegmentRange": [-0.5, 0.75], "resegmentMode": "relative"},
    "sigma_low": {"resegmentRange": [-1], "resegmentMode": "sigma"},
    "sigma": {"resegmentRange": [-1.5, 1.25], "resegmentMode": "sigma"},
}
Z_SCORE = {"normalize": True, "normalizeScale": 100}


def normalised():
    yield "normalize", {"normalize": True, "binWidth": 0.25}, BOTH
    yield "normalize_scale_outliers", Z_SCORE | {"removeOutliers": 1.5}, BOTH


def resampled():
    for pad in (0, 5, 10):
        yield f"ties_pad_{pad}", {"resampledPixelSpacing": TIES, "padDistance": pad}, BOTH
    for name, spacing in RESAMPLED.items():
        yield f"spacing_{name}", {"resampledPixelSpacing": spacing}, ORIGINAL
    for name in INTERPOLATORS:
        words = {"resampledPixelSpacing": [1.5, 1.5, 2], "interpolator": f"sitk{name}"}
        yield f"interpolator_{name}", words, ORIGINAL


def cut():
    for pad in (0, 3):
        yield f"pre_crop_pad_{pad}", {"preCrop": True, "padDistance": pad}, BOTH
    yield "equal_spacing", {"resampledPixelSpacing": [1, 2, 0], "padDistance": 2}, BOTH
    yield "kept_spacing", {"resampledPixelSpacing": [0, 0, 0], "interpolator": "sitkLinear"}, BOTH
    yield "no_interpolator", {"resampledPixelSpacing": [2, 2, 2], "interpolator": None}, ORIGINAL


def resegmented():
    for name, words in RANGES.items():
        yield f"resegment_{name}", words, ORIGINAL
    yield "resegment_shape", RANGES["sigma"] | {"resegmentShape": True}, BOTH


def combined():
    yield (
        "normalize_resample_resegment",
        Z_SCORE | {"resampledPixelSpacing": [1.5, 1.5, 1.5], "padDistance": 8} | RANGES["sigma"],
        BOTH,
    )
    yield (
        "outliers_pre_crop_resegment_shape",
        Z_SCORE | {"removeOutliers": 2, "preCrop": True, "resegmentShape": True} | RANGES["absolute"],
        BOTH,
    )
    yield (
        "normalize_linear",
        Z_SCORE | {"resampledPixelSpacing": TIES, "interpolator": "sitkLinear"},
        ORIGINAL,
    )


def real():
    yield "normalize", Z_SCORE | {"removeOutliers": 3}, BOTH
    yield "isotropic", {"resampledPixelSpacing": [2, 2, 2], "binWidth": 10}, BOTH
    yield "in_plane", {"resampledPixelSpacing": [2, 2, 0], "padDistance": 10, "binWidth": 10}, ORIGINAL
    yield "nearest", {"resampledPixelSpacing": [1.5, 1.5, 3], "interpolator": "sitkNearestNeighbor"}, ORIGINAL
    yield "pre_crop", {"preCrop": True}, BOTH
    yield (
        "resegment",
        {"resegmentRange": [-1.5, 2], "resegmentMode": "sigma", "resegmentShape": True},
        ORIGINAL,
    )
    yield "all", Z_SCORE | {"resampledPixelSpacing": [1, 1, 1], "binWidth": 10} | RANGES["sigma_low"], BOTH


def cases():
    """Yield (name, image, parameters): synthetic images by kind of voxel, then the awkward, then real ones."""
    synthetic = list(chain(normalised(), resampled(), cut(), resegmented(), combined()))
    for name, setting, images in synthetic:
        yield f"int_{name}", "tilted_int", {"setting": setting, "imageType": images}
        yield f"float_{name}", "tilted_float", {"setting": setting, "imageType": ORIGINAL}
    for name, spacing in (("ties", TIES), ("coarser", [2.5, 2.5, 2.5])):
        words = {"resampledPixelSpacing": spacing}
        yield f"border_{name}", "border", {"setting": words, "imageType": BOTH}
        yield f"slice_{name}", "slice", {"setting": words, "imageType": ORIGINAL}
        yield f"label_2_{name}", "two_labels", {"setting": words | {"label": 2}, "imageType": ORIGINAL}
    yield "border_pre_crop", "border", {"setting": {"preCrop": True}, "imageType": BOTH}
    for case, (name, setting, images) in product(("breast1", "brain1"), real()):
        yield f"{case}_{name}", case, {"setting": setting, "imageType": images}
