"""Each filtered image, voxel by voxel, and features taken from it equal PyRadiomics' (README.md)."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import get_args

import nrrd
import numpy as np
import pytest

from tilscope.radiomics import IMAGE_TYPES, Settings, extract, extract_image
from tilscope.radiomics.door import checked_lesion
from tilscope.radiomics.preparing import Case
from tilscope.radiomics.settings import ImageTypeName
from tilscope.radiomics.shape2d import SHAPE_2D
from tilscope.vocabulary import Grid

HERE = Path(__file__).parent
RELATIVE = 1e-9
OF_RANGE = 1e-13  # voxels, as a share of the image's range: double precision through some tens of sums
NEAR_ZERO = 1e-12  # absolute, for features that cancel to about 0
SPACING = (2.5, 0.8, 0.7)
ALL_TYPES = get_args(ImageTypeName)
SLICE_TYPES = ("original", "wavelet", "lbp-2D")
CHOSEN = {
    "families": ("firstorder", "glcm"),
    "features": {"glcm": ("ClusterShade", "Contrast", "Idmn", "MCC")},
}
WITHOUT_WAVELET = tuple(t for t in ALL_TYPES if t != "wavelet")

RUNS = {
    "whole_numbers": ("int16", Settings(image_types=ALL_TYPES, log_sigma_mm=(1, 2.5), n_bins=16, **CHOSEN)),
    "decimals": (
        "float64",
        Settings(
            image_types=ALL_TYPES,
            log_sigma_mm=(0.9,),
            wavelet="db2",
            wavelet_levels=2,
            wavelet_first_level=1,
            gradient_use_spacing=False,
            lbp_2d_radius=2,
            lbp_2d_samples=12,
            lbp_2d_method="default",
            lbp_3d_levels=3,
            lbp_3d_radius=1.5,
            lbp_3d_subdivisions=2,
            n_bins=16,
            **CHOSEN,
        ),
    ),
    "three_levels": ("int16", Settings(image_types=("wavelet",), wavelet_levels=3, n_bins=16, **CHOSEN)),
    "slices_z": (
        "int16",
        Settings(image_types=SLICE_TYPES, slice_axis="z", wavelet_levels=2, n_bins=16, **CHOSEN),
    ),
    "slices_y": ("float64", Settings(image_types=SLICE_TYPES, slice_axis="y", n_bins=16, **CHOSEN)),
    "slices_x": (
        "float64",
        Settings(image_types=SLICE_TYPES, slice_axis="x", wavelet_first_level=1, n_bins=16, **CHOSEN),
    ),
    "single_precision": (
        "float32",
        Settings(image_types=WITHOUT_WAVELET, log_sigma_mm=(1.5,), n_bins=16, **CHOSEN),
    ),
    "bytes": (
        "uint8",
        Settings(
            image_types=("log", "gradient", "lbp-2D", "lbp-3D"), log_sigma_mm=(2,), lbp_3d_subdivisions=0
        ),
    ),
    "variance": ("float64", Settings(image_types=("lbp-2D",), lbp_2d_method="var", lbp_2d_radius=1.5)),
    "small": (
        "float64_small",
        Settings(image_types=("original", "log"), log_sigma_mm=(1.0, 11.0), n_bins=16, **CHOSEN),
    ),
}
BREAST1 = Settings(image_types=ALL_TYPES, log_sigma_mm=(2.0, 4.0), wavelet_levels=2, n_bins=32, **CHOSEN)


def read_features():
    features = defaultdict(dict)
    with (HERE / "filters.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            features[row["case"]][row["feature"]] = float(row["value"])
    return features


ARRAYS = np.load(HERE / "filters.npz")
FEATURES = read_features()


def inputs(kind):
    return ARRAYS[kind], ARRAYS["mask_small" if kind.endswith("small") else "mask"]


def read_case(folder, case):
    image, header = nrrd.read(str(folder / f"{case}_image.nrrd"))
    label, _ = nrrd.read(str(folder / f"{case}_label.nrrd"))
    spacing_xyz = np.linalg.norm(header["space directions"], axis=1)
    return image.transpose(2, 1, 0), label.transpose(2, 1, 0) == 1, tuple(spacing_xyz[::-1])


@pytest.mark.parametrize("run", RUNS)
def test_voxels_of_each_image(run):
    kind, settings = RUNS[run]
    image, mask = inputs(kind)
    case = Case(image, mask, Grid(image.shape, SPACING))
    lesion = checked_lesion(mask, SPACING, settings)

    expected = {name.removeprefix(f"{run}:"): ARRAYS[name] for name in ARRAYS if name.startswith(f"{run}:")}
    seen = []
    for image_type in IMAGE_TYPES:
        if image_type.name not in settings.image_types:
            continue
        made = image_type.make(case, lesion, settings)
        for name, box in zip(image_type.image_names(settings), made, strict=True):
            if isinstance(box, str):
                assert name not in expected
                continue
            seen.append(name)
            range_ = np.ptp(expected[name][np.isfinite(expected[name])])
            np.testing.assert_allclose(
                box[lesion.mask], expected[name], rtol=0, atol=OF_RANGE * range_, err_msg=name
            )
    assert seen == list(expected)


@pytest.mark.parametrize("run", [run for run in RUNS if run in FEATURES and run != "small"])
def test_features_of_each_image(run):
    kind, settings = RUNS[run]
    assert_equal(extract(*inputs(kind), SPACING, settings), FEATURES[run])


def test_an_image_that_cannot_be_made_is_missing_and_said():
    """PyRadiomics leaves the image out; our columns stay."""
    kind, settings = RUNS["small"]

    extraction = extract_image(*inputs(kind), SPACING, settings)

    missing = {name for name in extraction.values if name.startswith("log-sigma-11-0-mm-3D")}
    assert len(missing) == 18 + 4
    assert all(np.isnan(extraction.values[name]) for name in missing)
    assert_equal({n: v for n, v in extraction.values.items() if n not in missing}, FEATURES["small"])
    (warning,) = extraction.warnings
    assert warning.startswith("IMG-33: log-sigma-11-0-mm-3D ")
    assert "there are 5 x 17 x 15" in warning


def test_features_of_each_image_of_breast1(real_data):
    values = extract(*read_case(real_data / "pyradiomics-baseline", "breast1"), BREAST1)

    assert_equal(values, FEATURES["breast1"])


def test_every_image_type_has_a_reference():
    assert {t for _, settings in RUNS.values() for t in settings.image_types} == set(ALL_TYPES)


def assert_equal(values, expected):
    assert sorted(values) == sorted(expected)
    wrong = {
        name: (values[name], number)
        for name, number in expected.items()
        if not np.isclose(values[name], number, rtol=RELATIVE, atol=NEAR_ZERO)
    }
    assert wrong == {}


def test_redundant_features_come_by_name_only():
    chosen = {
        "shape": ("Compactness1", "Compactness2", "SphericalDisproportion"),
        "firstorder": ("StandardDeviation",),
    }
    settings = Settings(image_types=("original",), families=tuple(chosen), features=chosen)

    assert_equal(extract(*inputs("int16"), SPACING, settings), FEATURES["by_name"])
    everything = extract(*inputs("int16"), SPACING, Settings(image_types=("original",)))
    assert not set(everything) & set(FEATURES["by_name"])


@pytest.mark.parametrize("axis", ["z", "y", "x"])
def test_shape_in_a_slice(axis):
    """A ragged slice: every pattern of four pixels occurs."""
    names = tuple(feature.name for feature in SHAPE_2D.features)
    settings = Settings(
        image_types=("original",), families=("shape2D",), features={"shape2D": names}, slice_axis=axis
    )
    mask = np.expand_dims(ARRAYS["pixels"], "zyx".index(axis))

    values = extract(np.arange(mask.size).reshape(mask.shape), mask, SPACING, settings)

    assert_equal(values, FEATURES[f"shape2d_{axis}"])


@pytest.mark.parametrize(("case", "slice_"), [("brain1", 16), ("brain2", 8), ("breast1", 9)])
def test_shape_of_pyradiomics_own_slices(case, slice_, real_data):
    image, mask, spacing = read_case(real_data / "pyradiomics-baseline", case)
    mask[[k for k in range(len(mask)) if k != slice_]] = False
    settings = Settings(image_types=("original",), families=("shape2D",), slice_axis="z")

    values = extract(image, mask, spacing, settings)

    with (real_data / "pyradiomics-baseline" / "baseline_shape2D.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = {
        row["featureName"]: float(row[f"{case}_shape2D"])
        for row in rows
        if row["featureName"].startswith("original_")
    }
    assert values == pytest.approx(expected, rel=1e-9)
