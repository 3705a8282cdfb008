"""Every feature of every case equals PyRadiomics (README.md says how the numbers were made)."""

from __future__ import annotations

import csv
import json
import runpy
from pathlib import Path

import nrrd
import numpy as np
import pytest

from tilscope.radiomics import FAMILIES, Settings, extract, image_feature_names
from tilscope.vocabulary import RoiError

HERE = Path(__file__).parent
CASES = json.loads((HERE / "cases.json").read_text())
RELATIVE = 1e-9

OURS = {
    "binWidth": "bin_width",
    "binCount": "n_bins",
    "voxelArrayShift": "voxel_array_shift",
    "distances": "distances",
    "symmetricalGLCM": "symmetric_glcm",
    "weightingNorm": "weighting_norm",
    "gldm_a": "gldm_alpha",
    "wavelet": "wavelet",
    "label": "label",
}
"""PyRadiomics' words and ours; ``force2D`` and ``force2Ddimension`` are one setting here, ``slice_axis``."""

ZERO = 1e-12
TRULY_ZERO = {
    *(
        ("whole_image", f"wavelet-{band}_firstorder_Mean")
        for band in ("LHL", "LHH", "HLL", "HLH", "HHL", "HHH")
    ),
    *(("rod", f"wavelet-{band}_firstorder_Mean") for band in ("HLL", "HLH", "HHL", "HHH")),
    *(
        ("image_thin_along_x", f"wavelet-{band}_{feature}")
        for band in ("HLL", "HLH", "HHL", "HHH")
        for feature in ("firstorder_Mean", "firstorder_Median", "firstorder_Skewness", "glcm_ClusterShade")
    ),
}
"""Features that are 0 but for rounding, in both programs: held below `ZERO`, since 1e-9 of nothing is nothing.

The high-pass coefficients along an axis of even length add up to 0 over the whole axis, and the ROI holds whole
lines of it. With two voxels along the axis they are a number and its negative, so their distribution is even
(`test_rois_whose_means_are_zero`).
"""

ROUNDED_BY_PYRADIOMICS = {("eight_voxels", "wavelet-HLH_glcm_MCC"): 10 / 13}
"""The true value, by hand, where PyRadiomics' own digits are lost.

In 2 x 2 x 2 voxels a direction has one, two or four pairs: its coefficient is 1 or 0. PyRadiomics takes the square
root of an eigenvalue, and that of a rounding error of 1e-17 is 3e-9.
"""

WITHOUT_TEXTURE = "no_neighbours"
WITHOUT_WEIGHTS = "far_apart-euclidean"


def read_table(name):
    with (HERE / f"{name}.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    return {case: {row[0]: float(row[k]) for row in rows if row[k]} for k, case in enumerate(header) if k}


REFERENCE = {case: numbers for table in CASES for case, numbers in read_table(table).items()}
ABOUT = {case: about for table in CASES.values() for case, about in table.items()}
SYNTHETIC = [case for table in ("pyradiomics", "random_rois") for case in CASES[table]]
TEXTURE = list(CASES["texture_settings"])
SHAPE_2D = list(CASES["shape_2d"])
UCSF = [case for case in CASES["real_images"] if case.startswith("ucsf_")]
REAL = [case for case in CASES["real_images"] if case not in UCSF]


def settings_of(case):
    """Say in our words what PyRadiomics was told."""
    told = dict(ABOUT[case]["settings"])
    in_plane, axis = told.pop("force2D", False), told.pop("force2Ddimension", 0)
    image_types = ABOUT[case].get("image_types", {"Original": {}, "Wavelet": {}})
    return Settings(
        **in_our_words(told),
        slice_axis="zyx"[axis] if in_plane else None,
        image_types=tuple(name.lower() for name in image_types),
        per_image={name.lower(): in_our_words(own) for name, own in image_types.items() if own},
        min_voxels=2,
    )


def in_our_words(told):
    return {OURS[key]: value for key, value in told.items()}


def stored(case):
    about = ABOUT[case]
    arrays, key, tick = np.load(HERE / about["file"]), about["key"], about["tick"]
    ticks = arrays[f"{key}ticks"]
    return (
        ticks if tick is None else ticks * tick,
        arrays[f"{key}mask"],
        tuple(arrays[f"{key}spacing_mm"]),
    )


def assert_equal(case, values, expected):
    assert list(values) == list(expected)
    wrong = {}
    for name, number in expected.items():
        if (case, name) in TRULY_ZERO:
            is_equal = abs(values[name]) < ZERO and abs(number) < ZERO
        else:
            true = ROUNDED_BY_PYRADIOMICS.get((case, name), number)
            is_equal = np.isclose(values[name], true, rtol=RELATIVE, atol=0)
        if not is_equal:
            wrong[name] = (values[name], number)
    assert wrong == {}


@pytest.mark.parametrize("case", [c for c in SYNTHETIC if c != WITHOUT_TEXTURE])
def test_synthetic_rois(case):
    image, mask, spacing_mm = stored(case)

    values = extract(image, mask, spacing_mm, settings_of(case))

    expected = dict(REFERENCE[case])
    if min(np.ptp(np.nonzero(mask), axis=1)) == 0:  # one slice: PyRadiomics gives numbers, ours are missing
        shape = [name for name in values if "_shape_" in name]
        assert len(shape) == 14
        for name in shape:
            assert np.isnan(values.pop(name))
            del expected[name]
    assert_equal(case, values, expected)


@pytest.mark.parametrize("case", [c for c in TEXTURE if c != WITHOUT_WEIGHTS])
def test_texture_settings(case):
    families = tuple(family.name for family in FAMILIES if family.scope == "image")

    values = extract(*stored(case), settings_of(case).model_copy(update={"families": families}))

    assert_equal(case, values, REFERENCE[case])


@pytest.mark.parametrize("case", SHAPE_2D)
def test_shape_of_one_slice(case):
    settings = settings_of(case).model_copy(update={"families": ("shape2D",)})

    values = extract(*stored(case), settings)

    assert len(values) == 9
    assert_equal(case, values, REFERENCE[case])


def read_nrrd(folder, image, label):
    array, header = nrrd.read(str(folder / f"{image}.nrrd"))
    labels, _ = nrrd.read(str(folder / f"{label}.nrrd"))
    spacing_xyz = np.linalg.norm(header["space directions"], axis=1)
    return array.transpose(2, 1, 0), labels.transpose(2, 1, 0), tuple(spacing_xyz[::-1])


@pytest.mark.parametrize("case", REAL)
def test_real_images(case, real_data):
    name, is_phantom = case.split("_")[0], case.startswith("prostate")
    image = "prostate_phantom_subvolume" if is_phantom else f"{name}_image"
    label = "prostate_phantom_subvolume-label" if is_phantom else f"{name}_label"

    values = extract(*read_nrrd(real_data / "pyradiomics-baseline", image, label), settings_of(case))

    assert_equal(case, values, REFERENCE[case])


@pytest.fixture(scope="module")
def ucsf(real_data, tmp_path_factory):
    recipe = runpy.run_path(str(HERE / "export_ucsf.py"))
    phases, mask, spacing_mm = recipe["read_ucsf"](real_data, tmp_path_factory.mktemp("ucsf"))
    return dict(zip(recipe["PHASES"], phases, strict=True)), mask, spacing_mm


@pytest.mark.slow
@pytest.mark.parametrize("case", UCSF)
def test_three_phases_of_a_real_patient(case, ucsf):
    phases, mask, spacing_mm = ucsf
    image = phases[case.removeprefix("ucsf_")].astype(np.float64)  # as PyRadiomics was given it

    values = extract(image, mask, spacing_mm, settings_of(case))

    assert_equal(case, values, REFERENCE[case])


def test_voxels_without_neighbours_have_no_texture():
    """PyRadiomics gives NaN for the GLCM of such an ROI; tilscope refuses it."""
    glcm = [name for name, number in REFERENCE[WITHOUT_TEXTURE].items() if np.isnan(number)]
    assert {name.split("_")[1] for name in glcm} == {"glcm"}
    assert len(glcm) == 24 * 9

    with pytest.raises(RoiError, match="ROI-34"):
        extract(*stored(WITHOUT_TEXTURE), settings_of(WITHOUT_TEXTURE))


@pytest.mark.parametrize(
    ("case", "axis"), [("whole_image", 1), ("whole_image", 2), ("rod", 2), ("image_thin_along_x", 2)]
)
def test_rois_whose_means_are_zero(case, axis):
    """The reason for `TRULY_ZERO`: whole lines of an even number of voxels, and intensities that vary along them."""
    image, mask, _ = stored(case)

    assert image.shape[axis] % 2 == 0
    np.testing.assert_array_equal(mask.any(axis=axis), mask.all(axis=axis))
    assert np.ptp(image, axis=axis).max() > 0
    assert (image.shape[axis] == 2) == (case == "image_thin_along_x")


def test_weights_that_vanish_give_no_numbers():
    """At 30 mm every weight exp(-distance^2) is 0 in double precision, so there is no GLCM."""
    values = extract(*stored(WITHOUT_WEIGHTS), settings_of(WITHOUT_WEIGHTS))

    glcm = {name for name in values if "_glcm_" in name}
    assert len(glcm) == 24
    for name, number in REFERENCE[WITHOUT_WEIGHTS].items():
        assert np.isnan(number) == (name in glcm), name
        assert values[name] == pytest.approx(number, rel=RELATIVE, nan_ok=True), name


def test_every_feature_has_a_reference_number():
    assert list(image_feature_names()) == list(REFERENCE["odd_sizes"])
    for family in FAMILIES:
        case = "one_slice-2d" if family.name == "shape2D" else "odd_sizes"
        for feature in family.feature_names:
            assert f"original_{family.name}_{feature}" in REFERENCE[case]


def test_real_numbers_are_not_stored_as_missing():
    """Only the two cases that are tested for it hold a NaN."""
    missing = {case for case, numbers in REFERENCE.items() if np.isnan(list(numbers.values())).any()}
    assert missing == {WITHOUT_TEXTURE, WITHOUT_WEIGHTS}
