"""Before the filters: z-score, resampling, cutting, resegmentation, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.radiomics import Settings, extract, extract_image, extract_series
from tilscope.radiomics.preparing import Case, prepared, resegmented
from tilscope.vocabulary import Grid, RoiError, SeriesError, SettingsError

SHAPE = (6, 8, 10)
SPACING = (3.0, 2.0, 1.0)
TURNED = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))  # x runs along P, y along S, z along L
GRID = Grid(SHAPE, SPACING, (-7.0, 11.0, 4.5), TURNED)


@pytest.fixture
def image(rng):
    return np.round(rng.normal(0.0, 100.0, SHAPE)).astype(np.int16)


@pytest.fixture
def mask():
    mask = np.zeros(SHAPE, bool)
    mask[2:5, 3:6, 4:8] = True
    return mask


def test_nothing_is_done_unless_asked_for(image, mask):
    case = prepared(image, mask, GRID, Settings())
    assert case.image is image
    assert case.mask is mask
    assert case.grid is GRID


def test_z_score_of_the_whole_image_clipped_then_scaled(mask):
    image = np.zeros(SHAPE, np.int16)
    image[0, 0, 0] = 480  # mean 1; sum of squares about it 479 + 479^2 = 480 * 479, over 479: sd sqrt(480)
    settings = Settings(normalize=True, normalize_scale=100, outlier_sd=3)

    case = prepared(image, mask, GRID, settings)

    assert case.image.dtype == np.float64
    assert case.image[0, 0, 0] == 300.0
    np.testing.assert_allclose(case.image.ravel()[1:], -100 / np.sqrt(480), rtol=1e-14)


def test_a_flat_image_has_no_z_score(mask):
    with pytest.raises(RoiError, match=r"ROI-36.*whole image is flat.*480 voxels of 7"):
        prepared(np.full(SHAPE, 7), mask, GRID, Settings(normalize=True))


def test_a_gap_far_away_spoils_what_reads_the_whole_image(image, mask):
    image = image.astype(float)
    image[0, 0, 0] = np.nan
    spacing = {"resampled_spacing_mm": (1.5, 1.5, 1.5), "pad_voxels": 0}
    for settings in (Settings(normalize=True), Settings(**spacing)):
        with pytest.raises(SeriesError, match="IMG-26: phase2, which is read as a whole here"):
            prepared(image, mask, GRID, settings, name="phase2")
    assert np.isfinite(prepared(image, mask, GRID, Settings(interpolator="linear", **spacing)).image).all()
    assert np.isfinite(prepared(image, mask, GRID, Settings(pre_crop=True, pad_voxels=1)).image).all()


def test_cut_with_a_margin_that_ends_at_the_border(image, mask):
    case = prepared(image, mask, GRID, Settings(pre_crop=True, pad_voxels=2))

    np.testing.assert_array_equal(case.image, image[0:6, 1:8, 2:10])
    np.testing.assert_array_equal(case.mask, mask[0:6, 1:8, 2:10])
    # the first voxel is the old (0, 1, 2): 2 x 1 mm along P, 1 x 2 mm along S
    assert case.grid == Grid((6, 7, 8), SPACING, (-7.0, 13.0, 6.5), TURNED)


@pytest.mark.parametrize("spacing", [(0, 0, 0), (3, 0, 1), (3.000001, 2, 1)])
def test_an_equal_spacing_only_cuts(image, mask, spacing):
    case = prepared(image, mask, GRID, Settings(resampled_spacing_mm=spacing, pad_voxels=0))

    np.testing.assert_array_equal(case.image, image[2:5, 3:6, 4:8])
    assert case.grid.spacing_mm == SPACING


def test_twice_as_fine_along_one_axis_repeats_the_nearest_voxels(image, mask):
    settings = Settings(resampled_spacing_mm=(0, 1, 0), interpolator="nearest", pad_voxels=0)

    case = prepared(image, mask, GRID, settings)

    # y: from floor(2.5 * 2) = 5 to ceil(5.5 * 2) = 11, centres at (5 - 0.5) / 2 = 2.25, 2.75, ... 5.25
    # z: from floor(1.5) = 1 to ceil(4.5) = 5; x: from floor(3.5) = 3 to ceil(7.5) = 8
    rows = [2, 3, 3, 4, 4, 5, 5]
    np.testing.assert_array_equal(case.image, image[1:6, rows, 3:9])
    np.testing.assert_array_equal(case.mask, mask[1:6, rows, 3:9])
    assert case.image.dtype == np.int16
    assert case.grid.spacing_mm == (3.0, 1.0, 1.0)
    # z: 1 x 3 mm along L; x: 3 x 1 mm along P; y: 2.25 x 2 mm along S
    assert case.grid.origin_mm == pytest.approx((-7.0 + 3.0, 11.0 + 3.0, 4.5 + 4.5))
    assert case.grid.direction == TURNED


@pytest.mark.parametrize(("value", "expected"), [(5, 2), (-5, -2)])
def test_between_two_voxels_lies_their_mean_of_which_whole_numbers_lose_the_fraction(mask, value, expected):
    image = np.zeros(SHAPE, np.int16)
    image[:, :, 1::2] = value
    settings = Settings(resampled_spacing_mm=(0, 0, 2), interpolator="linear", pad_voxels=0)

    whole = prepared(image, mask, GRID, settings).image
    real = prepared(image.astype(float), mask, GRID, settings).image

    np.testing.assert_array_equal(real, value / 2)  # each new voxel lies midway between two old ones
    np.testing.assert_array_equal(whole, expected)
    assert whole.dtype == np.int16


def test_an_axis_along_which_the_roi_is_one_slice_keeps_its_spacing(image, mask):
    mask[[2, 4]] = False

    case = prepared(image, mask, GRID, Settings(resampled_spacing_mm=(1, 1, 1)))

    assert case.grid.spacing_mm == (3.0, 1.0, 1.0)
    assert case.mask.any(axis=(1, 2)).sum() == 1


@pytest.mark.parametrize("dtype", [bool, np.float16, ">i2", ">f8", np.longdouble, np.uint8, np.int64])
def test_types_that_itk_lacks_have_a_nearest_one(image, mask, dtype):
    image = (image > 0).astype(dtype)

    case = prepared(image, mask, GRID, Settings(resampled_spacing_mm=(0, 1, 0), interpolator="nearest"))

    np.testing.assert_array_equal(np.unique(case.image), [0, 1])


def test_an_empty_mask_is_left_for_the_door(image, mask):
    settings = Settings(normalize=True, resampled_spacing_mm=(1, 1, 1), pre_crop=True)
    with pytest.raises(RoiError, match="ROI-33: the mask is empty"):
        extract(image, np.zeros_like(mask), SPACING, settings)


def test_a_spacing_so_coarse_that_the_roi_falls_between_its_voxels(image):
    mask = np.zeros(SHAPE, bool)
    mask[0:2, 0:2, 0:2] = True  # the only voxel of 20 mm has its centre 9.5 mm from the ROI's first
    with pytest.raises(
        RoiError, match=r"ROI-33.*after resampling, found 8 voxels before, spacing 20 x 20 x 20"
    ):
        prepared(image, mask, GRID, Settings(resampled_spacing_mm=(20, 20, 20)))


def test_an_absurdly_fine_spacing_is_refused_before_memory_is_asked_for(image, mask):
    with pytest.raises(
        SettingsError, match=r"SET-25.*at most 2e\+09 voxels \(the image comes in 3 x 2 x 1 mm"
    ):
        prepared(image, mask, GRID, Settings(resampled_spacing_mm=(1e-3, 1e-3, 1e-3)))


VALUES = np.array([-3.0, -1.0, 0.0, 1.0, 3.0, 4.0, 4.0, 8.0])  # mean 2, population sd sqrt(84 / 8) = 3.2404


@pytest.mark.parametrize(
    ("mode", "limits", "kept"),
    [
        ("absolute", (1.0,), [3, 4, 5, 6, 7]),
        ("absolute", (3.0, -1.0), [1, 2, 3, 4]),
        ("relative", (0.5,), [5, 6, 7]),
        ("relative", (-0.125, 0.375), [1, 2, 3, 4]),
        ("sigma", (0.3,), [4, 5, 6, 7]),
        ("sigma", (-1.0, 0.31), [1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.int16])
def test_resegmentation(mode, limits, kept, dtype):
    mask = np.zeros((2, 3, 3), bool)
    mask.ravel()[[0, 2, 4, 6, 8, 10, 12, 14]] = True
    image = np.full(mask.shape, 3, dtype)
    image[mask] = VALUES
    case = Case(image, mask, Grid((2, 3, 3), (1.0, 1.0, 1.0)))

    inside = resegmented(case, Settings(resegment_range=limits, resegment_mode=mode))

    np.testing.assert_array_equal(np.flatnonzero(inside[mask]), kept)
    assert not inside[~mask].any()


def test_a_gap_in_the_roi_is_not_resegmented_away(image, mask):
    image = image.astype(float)
    image[3, 4, 5] = np.nan
    with pytest.raises(SeriesError, match="IMG-26: phase1 holds NaN"):
        extract_series([image], mask, SPACING, Settings(resegment_range=(-1000,)))


def test_too_little_left_says_that_resegmentation_did_it(image, mask):
    image[mask] = np.arange(36)
    settings = Settings(resegment_range=(25,), image_types=("original",))
    with pytest.raises(
        RoiError, match=r"ROI-34: resegmentation.*found 11 of 36 voxels.*resegment_range"
    ) as caught:
        extract(image, mask, SPACING, settings)
    assert caught.value.expected == "at least 27 voxels in two dimensions or more"
    with pytest.raises(RoiError, match=r"ROI-34.*in phase2: the mask is empty, found 0 of 36 voxels"):
        extract_series([image, image - 1000], mask, SPACING, settings.model_copy(update={"min_voxels": 2}))


def test_whose_shape_is_measured(image, mask):
    image[...] = 0
    image[2:4, 3:6, 4:8] = np.arange(24).reshape(2, 3, 4) + 50
    image[2, 3, 4] = 0
    image[4, 3, 4:8] = [1, 2, 3, 4]
    base = Settings(
        image_types=("original",), families=("shape", "firstorder"), resegment_range=(40,), min_voxels=2
    )

    def n_voxels(**more):
        values = extract(image, mask, SPACING, base.model_copy(update=more))
        return values["original_shape_VoxelVolume"] / 6

    assert n_voxels() == 24  # as in PyRadiomics: the ROI in the box of what is left
    assert n_voxels(resegment_shape=True) == 23
    assert n_voxels(ibsi=True) == 36
    assert n_voxels(ibsi=True, resegment_shape=True) == 23
    of_one = extract_series([image], mask, SPACING, base).values["shape_VoxelVolume"]
    of_two = extract_series([image, image + 1], mask, SPACING, base).values["shape_VoxelVolume"]
    assert (of_one / 6, of_two / 6) == (24, 36)  # phases share no box: the ROI as drawn


def test_phases_have_no_one_resegmented_shape(image, mask):
    settings = Settings(resegment_range=(-100,), resegment_shape=True, min_voxels=2)
    with pytest.raises(SettingsError, match=r"SET-26.*Set resegment_shape = false"):
        extract_series([image, image], mask, SPACING, settings)
    assert extract_series([image], mask, SPACING, settings)


def test_repeated_runs_are_bit_identical(image, mask):
    settings = Settings(
        normalize=True, resampled_spacing_mm=(1.3, 1.3, 1.3), image_types=("original",), bin_width=0.2
    )
    first = extract_image(image, mask, SPACING, settings, grid=GRID)
    assert extract_image(image, mask, SPACING, settings, grid=GRID).values == first.values
