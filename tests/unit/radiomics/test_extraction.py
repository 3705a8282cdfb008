"""Names, order, invariances of the extraction as a whole."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
import pywt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tilscope.radiomics import (
    FAMILIES,
    IMAGE_TYPES,
    Settings,
    extract,
    extract_series,
    image_feature_names,
    series_feature_names,
)
from tilscope.radiomics.settings import FamilyName, ImageTypeName
from tilscope.radiomics.wavelet import wavelet_levels

SPACING = (1.1, 0.7, 0.7)
SHAPE = (12, 15, 14)


@pytest.fixture
def case():
    rng = np.random.default_rng(7)
    image = np.cumsum(rng.normal(0.0, 60.0, SHAPE), axis=2)
    mask = rng.random(SHAPE) < 0.2
    mask[3:9, 4:11, 4:10] = True
    return image, mask


def test_names_of_the_paper_and_their_number(case):
    image, mask = case
    extraction = extract_series([image, image**2 / 100, -image, image / 2], mask, SPACING)

    assert tuple(extraction.values) == series_feature_names(4)
    assert len(extraction.values) == 6710 == 14 + 93 * 9 * (4 + 4)
    for name in (
        "shape_MeshVolume",
        "phase1_wavelet-LLL_firstorder_Skewness",
        "skewness_wavelet-LLL_glcm_Idmn",
        "kurtosis_original_firstorder_90Percentile",
        "skewness_original_glszm_LowGrayLevelZoneEmphasis",
    ):
        assert np.isfinite(extraction.values[name])
    assert all(np.isfinite(value) for value in extraction.values.values())


@pytest.mark.parametrize("n_phases", [1, 2, 5])
def test_the_number_of_phases_is_data(case, n_phases):
    image, mask = case
    few = Settings(image_types=("original",), families=("firstorder",))
    assert tuple(extract_series([image] * n_phases, mask, SPACING, few).values) == series_feature_names(
        n_phases, few
    )


def test_a_series_repeats_the_single_image(case):
    image, mask = case
    single = extract(image, mask, SPACING)
    series = extract_series([image, -image], mask, SPACING).values

    for name, value in single.items():
        there = name.removeprefix("original_") if "_shape_" in name else f"phase1_{name}"
        assert series[there] == value


def test_selected_features_only(case):
    image, mask = case
    chosen = Settings(image_types=("wavelet",), families=("glcm",), features={"glcm": ("Idmn", "MCC")})

    values = extract(image, mask, SPACING, chosen)

    assert tuple(values) == image_feature_names(chosen)
    assert len(values) == 8 * 2
    everything = extract(image, mask, SPACING)
    assert values == {name: everything[name] for name in values}


def test_same_bytes_each_time_and_in_float32_layouts(case):
    image, mask = case
    image = image.astype(np.float32)
    first = extract(image, mask, SPACING)
    assert extract(image.copy(), mask.copy(), SPACING) == first
    assert extract(np.asfortranarray(image), np.asfortranarray(mask), SPACING) == first
    assert extract(image.astype(np.float64), mask, SPACING) == first


def test_input_is_left_alone(case):
    image, mask = case
    before = image.copy(), mask.copy()
    extract(image, mask, SPACING)
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(mask, before[1])


@pytest.mark.parametrize("shape", [(12, 14, 16), (11, 13, 15), (5, 40, 31)])
@pytest.mark.parametrize("wavelet", ["coif1", "haar", "db4"])
def test_sub_bands_of_a_crop_equal_those_of_the_whole_image(rng, shape, wavelet):
    image = rng.normal(size=shape)
    padded = np.pad(image, [(0, n % 2) for n in shape], mode="wrap")
    (whole,) = pywt.swtn(padded, wavelet, level=1, axes=(2, 1, 0))

    for start in ((0, 0, 0), (2, 5, 7), tuple(n - 3 for n in shape)):
        box = tuple(slice(a, a + 3) for a in start)
        (bands,) = wavelet_levels(image, box, wavelet)
        for name, band in bands.items():
            expected = whole[name.replace("L", "a").replace("H", "d")][box]
            np.testing.assert_allclose(band, expected, rtol=0, atol=1e-13)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.tuples(*(st.sampled_from((1, -1)),) * 3))
def test_flipping_image_and_mask_changes_nothing(case, flips):
    image, mask = case
    original = Settings(image_types=("original",))
    turned = tuple(slice(None, None, step) for step in flips)
    one, other = (
        extract(image, mask, SPACING, original),
        extract(image[turned], mask[turned], SPACING, original),
    )
    for name, value in one.items():
        if name.split("_")[2] in MESH_DEPENDENT:
            continue  # the diagonals of the mesh's triangles are not symmetric, as in PyRadiomics
        assert other[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name


MESH_DEPENDENT = {"MeshVolume", "SurfaceArea", "SurfaceVolumeRatio", "Sphericity"}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(factor=st.floats(0.1, 10.0))
def test_spacing_scales_lengths_areas_and_volumes_only(case, factor):
    image, mask = case
    original = Settings(image_types=("original",))
    one = extract(image, mask, SPACING, original)
    other = extract(image, mask, tuple(factor * s for s in SPACING), original)
    for name, value in one.items():
        length = name.startswith("original_shape_") and ("Length" in name or "Diameter" in name)
        power = POWERS.get(name.removeprefix("original_"), int(length))
        assert other[name] == pytest.approx(value * factor**power, rel=1e-9), name


POWERS = {
    "shape_MeshVolume": 3,
    "shape_VoxelVolume": 3,
    "shape_SurfaceArea": 2,
    "shape_SurfaceVolumeRatio": -1,
    "firstorder_TotalEnergy": 3,
}


def test_shifting_by_a_bin_width_leaves_texture_alone(case):
    image, mask = case
    one, other = extract(image, mask, SPACING), extract(image + 25.0, mask, SPACING)
    for name in one:
        if name.startswith("original_glcm"):
            assert other[name] == one[name]


def test_families_and_image_types_are_what_the_settings_offer():
    assert tuple(family.name for family in FAMILIES) == get_args(FamilyName)
    assert tuple(image_type.name for image_type in IMAGE_TYPES) == get_args(ImageTypeName)
    for family in FAMILIES:
        assert family.description
        assert family.reference
        for feature in family.features:
            assert feature.definition.endswith(".")


def test_importing_the_room_compiles_nothing():
    heavy = (
        "import sys, tilscope.radiomics; print([m for m in ('numba', 'pywt', 'scipy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_order_of_the_columns():
    """Docs promise it: shape; phases; moments; in each: image by image, family by family, name by name."""
    names = series_feature_names(4)
    assert [name.split("_")[0] for name in names[:14]] == ["shape"] * 14
    blocks = [f"phase{k}" for k in (1, 2, 3, 4)] + ["mean", "variance", "kurtosis", "skewness"]
    assert [name.split("_")[0] for name in names[14:]] == [block for block in blocks for _ in range(837)]
    first = [name.removeprefix("phase1_") for name in names[14 : 14 + 837]]
    images = [
        "original",
        *(f"wavelet-{band}" for band in ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")),
    ]
    assert [name.split("_")[0] for name in first] == [image for image in images for _ in range(93)]
    sizes = {"firstorder": 18, "glcm": 24, "gldm": 14, "glrlm": 16, "glszm": 16, "ngtdm": 5}
    assert [name.split("_")[1] for name in first[:93]] == [f for f, n in sizes.items() for _ in range(n)]
    for block in blocks[1:]:
        assert [n.removeprefix(f"{block}_") for n in names if n.startswith(f"{block}_")] == first


def test_repeats_are_equal_to_the_bit(case):
    image, mask = case
    assert extract(image, mask, SPACING) == extract(image.copy(), mask.copy(), SPACING)


def test_another_image_at_the_same_address_gives_its_own_features(case):
    """An engine that keys a cache by an array's address returns another image's grey levels."""
    image, mask = case
    expected = extract(-image, mask, SPACING)
    buffer = image.copy()
    extract(buffer, mask, SPACING)
    np.negative(buffer, out=buffer)
    assert extract(buffer, mask, SPACING) == expected
