"""Feature maps on cases that can be worked out by hand."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from tilscope.radiomics import MapSettings, Settings, extract, feature_maps
from tilscope.radiomics.neighbourhood import Kernel
from tilscope.vocabulary import Grid, RoiError, SeriesError, SettingsError

UNIT = (1.0, 1.0, 1.0)
TEN = Settings(bin_width=10.0)
GLCM = "original_glcm_JointEntropy"
SOME = (
    GLCM,
    "original_glcm_MCC",
    "original_glcm_Imc2",
    "original_glrlm_RunEntropy",
    "original_glszm_ZoneEntropy",
    "original_gldm_DependenceEntropy",
    "original_ngtdm_Busyness",
    "original_firstorder_Skewness",
)


def ramp() -> np.ndarray:
    """Intensity 10 x index along x."""
    return np.broadcast_to(10.0 * np.arange(5), (5, 5, 5)).copy()


def lesion_of(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    mask = np.zeros((9, 10, 11), dtype=bool)
    mask[2:7, 2:8, 3:9] = rng.random((5, 6, 6)) < 0.8
    return rng.normal(0, 60, mask.shape), mask


def test_a_ramp_by_hand():
    """Around the middle: 27 voxels of three levels; 4 of 13 directions stay within a level, 9 go to the next."""
    mask = np.zeros((5, 5, 5), dtype=bool)
    mask[1:4, 1:4, 1:4] = True
    names = [
        "original_firstorder_Mean",
        "original_firstorder_Entropy",
        "original_glcm_Contrast",
        GLCM,
        "original_glszm_ZonePercentage",
        "original_glrlm_RunPercentage",
        "original_gldm_GrayLevelNonUniformity",
        "original_ngtdm_Contrast",
    ]
    maps = feature_maps(ramp(), mask, UNIT, names, TEN)
    middle = {name: values[1, 1, 1] for name, values in maps.values.items()}
    assert middle["original_firstorder_Mean"] == 20.0
    assert middle["original_firstorder_Entropy"] == pytest.approx(log2(3))
    assert middle["original_glcm_Contrast"] == pytest.approx(9 / 13)
    assert middle[GLCM] == pytest.approx((4 * log2(3) + 9 * 2.0) / 13)
    assert middle["original_glszm_ZonePercentage"] == pytest.approx(3 / 27)
    # runs: 9 of 3 along y and z; 15 in the two diagonals of y and z; 27 of 1 wherever x changes
    assert middle["original_glrlm_RunPercentage"] == pytest.approx((2 * 9 / 27 + 2 * 15 / 27 + 9) / 13)
    assert middle["original_gldm_GrayLevelNonUniformity"] == pytest.approx(9.0)
    assert set(maps.values) == set(names)


def test_in_slices_the_kernel_is_a_square():
    """Around the middle: 9 voxels; across z the ramp has 4 directions, of which one stays within a level."""
    mask = np.zeros((5, 5, 5), dtype=bool)
    mask[1:4, 1:4, 1:4] = True
    in_slices = TEN.model_copy(update={"slice_axis": "z"})
    maps = feature_maps(
        ramp(), mask, UNIT, ["original_glcm_Contrast", "original_firstorder_Energy"], in_slices
    )
    assert maps.values["original_glcm_Contrast"][1, 1, 1] == pytest.approx(3 / 4)
    assert maps.values["original_firstorder_Energy"][1, 1, 1] == pytest.approx(3 * (10**2 + 20**2 + 30**2))


def test_voxels_that_stand_alone_have_documented_values():
    mask = np.zeros((9, 9, 9), dtype=bool)
    mask[1::3, 1::3, 1::3] = True
    image = np.random.default_rng(5).normal(0, 100, mask.shape)
    expected = {
        "original_glcm_JointEntropy": np.nan,
        "original_glcm_MCC": np.nan,
        "original_glrlm_RunEntropy": np.nan,
        "original_glszm_ZonePercentage": 1.0,
        "original_gldm_SmallDependenceEmphasis": 1.0,
        "original_ngtdm_Coarseness": 1e6,
        "original_ngtdm_Contrast": 0.0,
        "original_ngtdm_Busyness": 0.0,
        "original_firstorder_Variance": 0.0,
        "original_firstorder_Kurtosis": 0.0,
        "original_firstorder_RobustMeanAbsoluteDeviation": 0.0,
    }
    maps = feature_maps(image, mask, UNIT, [*expected, "original_firstorder_Median"])
    for name, value in expected.items():
        np.testing.assert_array_equal(maps.values[name][maps.mask], value, err_msg=name)
    np.testing.assert_array_equal(maps.values["original_firstorder_Median"][maps.mask], image[mask])


def test_two_voxels_have_no_robust_deviation():
    mask = np.zeros((3, 4, 40), dtype=bool)
    mask[1, 1:3, 1::3] = True  # pairs along y
    image = np.random.default_rng(6).normal(0, 100, mask.shape)
    name = "original_firstorder_RobustMeanAbsoluteDeviation"
    maps = feature_maps(image, mask, UNIT, [name], Settings(min_voxels=2))
    assert np.isnan(maps.values[name]).all()


def test_one_level_in_the_kernel_and_in_the_roi(rng):
    """MCC is 1 where the whole ROI has one level, 0 where only the kernel has."""
    image = rng.uniform(1, 9, (8, 8, 16))
    mask = np.zeros(image.shape, dtype=bool)
    mask[2:6, 2:6, 2:14] = True
    (one,) = feature_maps(image, mask, UNIT, ["original_glcm_MCC"], TEN).values.values()
    assert (one[mask[2:6, 2:6, 2:14]] == 1.0).all()
    image[:, :, 8:] += 100.0
    maps = feature_maps(image, mask, UNIT, ["original_glcm_MCC"], TEN)
    np.testing.assert_array_equal(maps.values["original_glcm_MCC"][:, :, :5], 0.0)
    assert maps.warnings[0].startswith("ROI-36: original has two grey levels")


def test_a_kernel_that_holds_the_whole_roi_gives_the_features_of_the_roi(rng):
    """One voxel's map is what `extract` gives, for every feature (they agree with PyRadiomics on their own)."""
    mask = np.zeros((9, 9, 9), dtype=bool)
    mask[3:6, 3:6, 3:6] = True
    image = rng.normal(0, 60, mask.shape)
    settings = Settings(
        image_types=("original",), families=("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
    )
    whole = extract(image, mask, UNIT, settings)
    maps = feature_maps(image, mask, UNIT, list(whole))
    middle = {name: values[1, 1, 1] for name, values in maps.values.items()}
    assert middle == pytest.approx(whole, rel=1e-9, abs=1e-10)


def test_repeats_are_bit_identical_and_batches_do_not_matter(rng):
    image, mask = lesion_of(rng)
    first, again, small = (
        feature_maps(image, mask, UNIT, SOME, map_settings=MapSettings(voxel_batch=batch)).values
        for batch in (4096, 4096, 7)
    )
    for name in SOME:
        np.testing.assert_array_equal(first[name], again[name], err_msg=name)
        np.testing.assert_array_equal(first[name], small[name], err_msg=name)


def test_what_else_is_asked_for_does_not_matter(rng):
    image, mask = lesion_of(rng)
    together = feature_maps(image, mask, UNIT, SOME).values
    for name in SOME:
        (alone,) = feature_maps(image, mask, UNIT, [name]).values.values()
        np.testing.assert_array_equal(alone, together[name], err_msg=name)


def test_maps_lie_where_the_roi_lies(rng):
    image, mask = lesion_of(rng)
    grid = Grid(mask.shape, (2.0, 0.7, 0.5), (10.0, 20.0, 30.0))
    maps = feature_maps(
        image, mask, grid.spacing_mm, [GLCM], map_settings=MapSettings(initial_value=-1.0), grid=grid
    )
    assert maps.grid.origin_mm == (10.0 + 3 * 0.5, 20.0 + 2 * 0.7, 30.0 + 2 * 2.0)
    whole = maps.on_whole_image(GLCM)
    assert whole.shape == mask.shape
    assert (whole[~mask] == -1.0).all()
    assert (whole[mask] > 0).all()


def test_an_unmasked_kernel_sees_what_lies_around(rng):
    image, mask = lesion_of(rng)
    name = "original_firstorder_Maximum"
    inside = feature_maps(image, mask, UNIT, [name]).values[name]
    everywhere = feature_maps(
        image, mask, UNIT, [name], map_settings=MapSettings(masked_kernel=False)
    ).values[name]
    voxel = tuple(np.argwhere(mask)[0])
    around = image[tuple(slice(k - 1, k + 2) for k in voxel)]
    place = tuple(k - a for k, a in zip(voxel, (2, 2, 3), strict=True))
    assert everywhere[place] == around.max()
    assert inside[place] == around[mask[tuple(slice(k - 1, k + 2) for k in voxel)]].max()


def test_filtered_images_have_maps(rng):
    image, mask = lesion_of(rng)
    names = ["wavelet-HHL_firstorder_Mean", "log-sigma-1-mm-3D_glcm_Contrast", "square_firstorder_Mean"]
    maps = feature_maps(image, mask, UNIT, names, Settings(log_sigma_mm=(1,)))
    assert list(maps.values) == names
    assert all(np.isfinite(values[maps.mask]).all() for values in maps.values.values())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("original_shape_MeshVolume", "no map"),
        ("original_glcm_JointEntropie", "original_glcm_JointEntropy"),
        ("log-sigma-2-mm-3D_glcm_Idm", "log_sigma_mm"),
        ("nonsense", "there is no such feature"),
    ],
)
def test_names_without_a_map_are_refused(name, message, rng):
    image, mask = lesion_of(rng)
    with pytest.raises(SettingsError, match=message) as caught:
        feature_maps(image, mask, UNIT, [name])
    assert caught.value.rule == "SET-29"


def test_no_names_are_refused(rng):
    image, mask = lesion_of(rng)
    with pytest.raises(SettingsError, match="SET-29"):
        feature_maps(image, mask, UNIT, [])


def test_absurd_sizes_are_refused():
    mask = np.ones((200, 200, 200), dtype=bool)
    with pytest.raises(SettingsError, match="SET-30"):
        feature_maps(
            np.zeros(mask.shape, np.int16), mask, UNIT, [GLCM], map_settings=MapSettings(kernel_radius=10)
        )


def test_a_flat_roi_and_gaps_are_refused(rng):
    image, mask = lesion_of(rng)
    with pytest.raises(RoiError, match="ROI-36"):
        feature_maps(np.ones(mask.shape), mask, UNIT, [GLCM])
    image[1, 3, 4] = np.nan  # in the margin, not in the ROI
    assert feature_maps(image, mask, UNIT, [GLCM]).warnings == ()
    with pytest.raises(SeriesError, match="IMG-26"):
        feature_maps(image, mask, UNIT, [GLCM], map_settings=MapSettings(masked_kernel=False))


def test_a_filtered_image_that_cannot_be_made_is_refused(rng):
    image, mask = lesion_of(rng)
    with pytest.raises(SeriesError, match="IMG-33"):
        feature_maps(image, mask, UNIT, ["log-sigma-20-mm-3D_glcm_Contrast"], Settings(log_sigma_mm=(20,)))


def test_progress_is_told(rng):
    image, mask = lesion_of(rng)
    told: list[tuple[int, int]] = []
    feature_maps(
        image,
        mask,
        UNIT,
        [GLCM, "original_firstorder_Mean"],
        map_settings=MapSettings(voxel_batch=50),
        on_progress=lambda done, total: told.append((done, total)),
    )
    n = 2 * -(-int(mask.sum()) // 50)
    assert told == [(k, n) for k in range(1, n + 1)]


@pytest.mark.parametrize(("radius", "axis", "n"), [(1, None, 27), (2, None, 125), (1, "y", 9), (2, "x", 25)])
def test_a_kernel_has_all_its_pairs_and_lines(radius, axis, n):
    kernel = Kernel(radius, axis, (1,))
    assert len(kernel.offsets) == n
    order, begins = kernel.lines
    assert (np.sort(order, axis=1) == np.arange(n)).all()
    starts = kernel.neighbours.starts
    # pairs along a direction: all voxels but the last of each line
    np.testing.assert_array_equal(np.diff(starts), n - begins.sum(axis=1))
    there = kernel.offsets[kernel.neighbours.second] - kernel.offsets[kernel.neighbours.first]
    np.testing.assert_array_equal(there, np.repeat(kernel.directions, np.diff(starts), axis=0))
