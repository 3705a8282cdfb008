"""Feature maps equal PyRadiomics' voxel-based extraction, voxel by voxel (README.md)."""

from __future__ import annotations

import csv
import runpy
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tilscope.radiomics import FAMILIES, Maps, MapSettings, Settings, feature_maps
from tilscope.radiomics.mappers import MAPPERS

HERE = Path(__file__).parent
MADE = runpy.run_path(str(HERE / "maps_cases.py"))  # shared with the recipe
RELATIVE = 1e-9
NEAR_ZERO = 1e-12  # absolute, for features that cancel to about 0
# PyRadiomics takes the square root of an eigenvalue that rounding leaves at 1e-17 where it is 0: 3e-9 per direction.
OF_ROOTS = 1e-8
FIELDS = {
    "distances": "distances",
    "weightingNorm": "weighting_norm",
    "symmetricalGLCM": "symmetric_glcm",
    "gldm_a": "gldm_alpha",
    "binWidth": "bin_width",
    "binCount": "n_bins",
    "voxelArrayShift": "voxel_array_shift",
}
PLACE = ("z", "y", "x")


@pytest.fixture(scope="module")
def reference() -> dict[str, dict[str, np.ndarray]]:
    """PyRadiomics' values: case -> feature, or z, y and x -> one number per voxel that the recipe kept."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with (HERE / "maps.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for name, text in row.items():
                if name != "case" and text:
                    found[row["case"]][name].append(float(text))
    return {case: {name: np.array(v) for name, v in values.items()} for case, values in found.items()}


def settings_of(case: Any) -> Settings:
    own: dict[str, Any] = {FIELDS[word]: value for word, value in case.settings.items() if word in FIELDS}
    if case.settings.get("force2D"):
        own["slice_axis"] = "zyx"[case.settings.get("force2Ddimension", 0)]
    return Settings(min_voxels=2, **own)


def maps_of(case: Any, features: list[str]) -> Maps:
    arrays = np.load(HERE / "maps.npz")
    moving = MapSettings(kernel_radius=case.radius, masked_kernel=case.masked)
    return feature_maps(
        arrays[f"{case.volume}.ticks"] * MADE["TICK"],
        arrays[f"{case.volume}.mask"],
        arrays[f"{case.volume}.spacing_mm"],
        features,
        settings_of(case),
        map_settings=moving,
    )


@pytest.mark.parametrize("case", MADE["CASES"], ids=lambda case: case.name)
def test_maps_equal_pyradiomics(case, reference):
    expected = reference[case.name]
    features = [name for name in expected if name not in PLACE]
    maps = maps_of(case, features)
    where = tuple(expected[axis].astype(int) - first for axis, first in zip(PLACE, maps.start, strict=True))
    assert maps.mask[where].all()
    for name in features:
        np.testing.assert_allclose(
            maps.values[name][where],
            expected[name],
            rtol=RELATIVE,
            atol=OF_ROOTS if name.endswith("_MCC") else NEAR_ZERO,
            err_msg=name,
        )


def test_every_feature_has_reference_maps(reference):
    known = {
        f"original_{family.name}_{name}"
        for family in FAMILIES
        if family.name in MAPPERS
        for name in family.feature_names
    }
    assert len(known) == 93
    assert known <= set(reference["radius_1"]) & set(reference["radius_2"])


def test_some_kernels_have_no_direction_and_one_voxel(reference):
    """The reference holds the special values: a voxel alone has no pair and no run, and is homogeneous."""
    of = reference["radius_1"]
    assert np.isnan(of["original_glcm_JointEntropy"]).sum() == 1
    assert np.isnan(of["original_glrlm_RunEntropy"]).sum() == 1
    assert (of["original_ngtdm_Coarseness"] == 1e6).any()
    assert np.isnan(of["original_firstorder_RobustMeanAbsoluteDeviation"]).any()
