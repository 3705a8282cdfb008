"""Write inputs and PyRadiomics' filtered images (``filters.npz``), features (``filters.csv``); see README.md."""

from __future__ import annotations

import csv
import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import radiomics.imageoperations as operations
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor
from radiomics.shape2D import RadiomicsShape2D
from scipy.ndimage import gaussian_filter

HERE = Path(__file__).parent
SEED = 20220922
SPACING = (2.5, 0.8, 0.7)
ALL_TYPES = [
    "Original",
    "Wavelet",
    "LoG",
    "Square",
    "SquareRoot",
    "Logarithm",
    "Exponential",
    "Gradient",
    "LBP2D",
    "LBP3D",
]
SLICE_TYPES = ["Original", "Wavelet", "LBP2D"]
IN_SLICES = {"force2D": True}
GLCM = ["ClusterShade", "Contrast", "Idmn", "MCC"]
BY_NAME = {
    "shape": ["Compactness1", "Compactness2", "SphericalDisproportion"],
    "firstorder": ["StandardDeviation"],
}

RUNS = {
    # name: (image, image types, PyRadiomics' settings)
    "whole_numbers": ("int16", ALL_TYPES, {"sigma": [1, 2.5], "binCount": 16}),
    "decimals": (
        "float64",
        ALL_TYPES,
        {
            "sigma": [0.9],
            "level": 2,
            "start_level": 1,
            "wavelet": "db2",
            "gradientUseSpacing": False,
            "lbp2DRadius": 2,
            "lbp2DSamples": 12,
            "lbp2DMethod": "default",
            "lbp3DLevels": 3,
            "lbp3DIcosphereRadius": 1.5,
            "lbp3DIcosphereSubdivision": 2,
            "binCount": 16,
        },
    ),
    "three_levels": ("int16", ["Wavelet"], {"level": 3, "binCount": 16}),
    "slices_z": ("int16", SLICE_TYPES, IN_SLICES | {"force2Ddimension": 0, "level": 2, "binCount": 16}),
    "slices_y": ("float64", SLICE_TYPES, IN_SLICES | {"force2Ddimension": 1, "binCount": 16}),
    "slices_x": (
        "float64",
        SLICE_TYPES,
        IN_SLICES | {"force2Ddimension": 2, "start_level": 1, "binCount": 16},
    ),
    "single_precision": (
        "float32",
        [t for t in ALL_TYPES if t != "Wavelet"],
        {"sigma": [1.5], "binCount": 16},
    ),
    "bytes": ("uint8", ["LoG", "Gradient", "LBP2D", "LBP3D"], {"sigma": [2], "lbp3DIcosphereSubdivision": 0}),
    "variance": ("float64", ["LBP2D"], {"lbp2DMethod": "var", "lbp2DRadius": 1.5}),
    "small": ("float64_small", ["Original", "LoG"], {"sigma": [1.0, 11.0], "binCount": 16}),
}
BREAST1 = {"sigma": [2.0, 4.0], "level": 2, "binCount": 32}


def inputs():
    """Images of odd sizes; the ROI is cut by three borders."""
    rng = np.random.default_rng(SEED)
    shape = (11, 17, 15)
    smooth = gaussian_filter(rng.normal(size=shape), 1.0, mode="nearest")
    smooth = (smooth - smooth.mean()) / smooth.std()
    z, y, x = np.ogrid[tuple(slice(0, n) for n in shape)]
    mask = ((z - 2) * 2.5 / 7) ** 2 + ((y - 13) / 6) ** 2 + ((x - 3) / 6) ** 2 < 1
    return {
        "int16": np.round(smooth * 300 - 40).astype(np.int16),
        "float64": np.round(smooth * 80 * 64) / 64,
        "float32": (np.round(smooth * 80 * 64) / 64).astype(np.float32),
        "uint8": np.clip(np.round(smooth * 40 + 120), 0, 255).astype(np.uint8),
        "float64_small": np.round(smooth[:5] * 80 * 64) / 64,
        "mask": mask,
        "mask_small": mask[:5],
        "pixels": rng.random((13, 11)) < 0.6,
    }


def volumes(image, mask, spacing):
    pair = [sitk.GetImageFromArray(image), sitk.GetImageFromArray(mask.astype(np.uint8))]
    for volume in pair:
        volume.SetSpacing(spacing[::-1])
    return pair


def filtered(image, mask, types, settings):
    """Return PyRadiomics' image of each type inside the ROI, by the name that it gives it."""
    settings = {"label": 1} | settings
    inside = sitk.GetArrayFromImage(mask) == 1
    return {
        name: sitk.GetArrayFromImage(result)[inside].astype(np.float64)
        for image_type in types
        for result, name, _ in getattr(operations, f"get{image_type}Image")(image, mask, **settings)
    }


def features(image, mask, types, settings):
    extractor = RadiomicsFeatureExtractor(additionalInfo=False, **settings)
    extractor.disableAllImageTypes()
    for image_type in types:
        extractor.enableImageTypeByName(image_type)
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(firstorder=[], glcm=GLCM)
    return {name: float(np.real(value)) for name, value in extractor.execute(image, mask).items()}


def by_name(image, mask):
    """The redundant features, which PyRadiomics gives only if asked for by name."""
    extractor = RadiomicsFeatureExtractor(additionalInfo=False)
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(**BY_NAME)
    return {name: float(np.real(value)) for name, value in extractor.execute(image, mask).items()}


def in_slice(pixels, axis):
    """All features of shape2D; straight from its class, since the extractor's guard lets no slice pass."""
    mask = np.expand_dims(pixels, axis).astype(np.uint8)
    image, mask = volumes(mask, mask, SPACING)
    shape = RadiomicsShape2D(image, mask, force2D=True, force2Ddimension=axis)
    for name in shape.getFeatureNames():
        shape.enableFeatureByName(name)
    return {f"original_shape2D_{name}": float(value) for name, value in shape.execute().items()}


def main(data):
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    arrays = inputs()
    images, columns = {}, {}
    for run, (kind, types, settings) in RUNS.items():
        mask = arrays["mask_small" if kind.endswith("small") else "mask"]
        pair = volumes(arrays[kind], mask, SPACING)
        images |= {f"{run}:{name}": image for name, image in filtered(*pair, types, settings).items()}
        if "binCount" in settings:
            columns[run] = features(*pair, types, settings)
    pair = [sitk.ReadImage(str(data / f"breast1_{part}.nrrd")) for part in ("image", "label")]
    columns["breast1"] = features(*pair, ALL_TYPES, BREAST1)
    columns["by_name"] = by_name(*volumes(arrays["int16"], arrays["mask"], SPACING))
    for axis, letter in enumerate("zyx"):
        columns[f"shape2d_{letter}"] = in_slice(arrays["pixels"], axis)
    np.savez_compressed(HERE / "filters.npz", **arrays, **images)
    with (HERE / "filters.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["case", "feature", "value"])
        for case, values in columns.items():
            writer.writerows([case, feature, repr(value)] for feature, value in values.items())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
