"""Every feature of every awkward case equals PyRadiomics (README.md says how the numbers were made)."""

from __future__ import annotations

import csv
from pathlib import Path

import nrrd
import numpy as np
import pytest

from tilscope.radiomics import FAMILIES, Settings, extract, image_feature_names

HERE = Path(__file__).parent
RELATIVE = 1e-9  # the largest difference met is 1.8e-10 (MCC of brain1: another eigenvalue routine)
NEAR_ZERO = 1e-13  # absolute, for features that cancel to about 0 (means and cluster shades of sub-bands)
TICK = 1 / 16
SETTINGS = {
    "bin_count_32": Settings(n_bins=32, voxel_array_shift=300),
    "distances_1_and_2_db3": Settings(bin_width=7.5, distances=(1, 2), wavelet="db3"),
}


def read_reference():
    with (HERE / "pyradiomics.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    return {case: {row[0]: float(row[k]) for row in rows} for k, case in enumerate(header) if k}


REFERENCE = read_reference()
SYNTHETIC = [case for case in REFERENCE if not case.endswith("_wavelet")]
REAL = [case.removesuffix("_wavelet") for case in REFERENCE if case.endswith("_wavelet")]


def synthetic(case):
    data = np.load(HERE / f"{case}.npz")
    return data["ticks"] * TICK, data["mask"], tuple(data["spacing_mm"])


def read_case(folder, case):
    image, header = nrrd.read(str(folder / f"{case}_image.nrrd"))
    label, _ = nrrd.read(str(folder / f"{case}_label.nrrd"))
    spacing_xyz = np.linalg.norm(header["space directions"], axis=1)
    return image.transpose(2, 1, 0), label.transpose(2, 1, 0) == 1, tuple(spacing_xyz[::-1])


def assert_equal(values, expected):
    assert list(values) == list(expected)
    wrong = {
        name: (values[name], number)
        for name, number in expected.items()
        if not np.isclose(values[name], number, rtol=RELATIVE, atol=NEAR_ZERO)
    }
    assert wrong == {}


@pytest.mark.parametrize("case", [c for c in SYNTHETIC if "one_slice" not in c])
def test_all_features_of_awkward_rois(case):
    values = extract(*synthetic(case), SETTINGS.get(case, Settings()))

    assert_equal(values, REFERENCE[case])


@pytest.mark.parametrize("case", ["one_slice", "image_of_one_slice"])
def test_texture_of_one_slice_equals_pyradiomics_and_its_shape_is_missing(case):
    values = extract(*synthetic(case))

    shape = {name for name in values if "_shape_" in name}
    assert len(shape) == 14
    assert all(np.isnan(values[name]) for name in shape)
    others = {name: number for name, number in REFERENCE[case].items() if name not in shape}
    assert_equal({name: number for name, number in values.items() if name not in shape}, others)


@pytest.mark.parametrize("case", REAL)
def test_wavelet_features_of_real_images(case, real_data):
    values = extract(*read_case(real_data / "pyradiomics-baseline", case))

    assert_equal(values, REFERENCE[f"{case}_wavelet"])


def test_every_feature_has_a_reference_number():
    for family in FAMILIES:
        for feature in family.feature_names:
            assert f"original_{family.name}_{feature}" in REFERENCE["odd_sizes"]
    assert list(image_feature_names()) == list(REFERENCE["odd_sizes"])
