"""Filters on arrays that a pencil can follow, and what holds whatever the image."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import pywt
from scipy.special import sph_harm_y

from tilscope.radiomics import (
    IMAGE_TYPES,
    Settings,
    extract,
    extract_image,
    extract_series,
    image_feature_names,
    series_feature_names,
)
from tilscope.radiomics.binary_patterns import kurtosis
from tilscope.radiomics.door import checked_lesion
from tilscope.radiomics.icosphere import icosphere
from tilscope.radiomics.preparing import Case
from tilscope.radiomics.wavelet import band_names, wavelet_levels
from tilscope.vocabulary import Grid, MissingExtraError

SPACING = (2.0, 1.0, 0.5)
ROW = np.array([-4.0, -1.0, 0.0, 1.0, 4.0, 9.0, 16.0])


def make(name, image, mask=None, **settings):
    """Return the images of a type inside the box of the ROI, by name."""
    mask = np.ones(image.shape, dtype=bool) if mask is None else mask
    settings = Settings(image_types=("original",), min_voxels=2, **settings)
    (image_type,) = (t for t in IMAGE_TYPES if t.name == name)
    made = image_type.make(
        Case(image, mask, Grid(image.shape, SPACING)), checked_lesion(mask, SPACING, settings), settings
    )
    return dict(zip(image_type.image_names(settings), made, strict=True))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("square", ROW**2 / 16),
        ("squareroot", [-8, -4, 0, 4, 8, 12, 16]),
        ("logarithm", 16 / np.log(17) * np.array([-np.log(5), -np.log(2), 0, *np.log([2, 5, 10, 17])])),
        ("exponential", 16.0 ** (ROW / 16)),
    ],
)
def test_curves_keep_the_largest_intensity_of_the_whole_image(name, expected):
    image = np.tile(ROW, (2, 2, 1))
    mask = np.ones(image.shape, dtype=bool)
    mask[..., -1] = False  # the largest intensity lies outside the ROI

    (made,) = make(name, image, mask).values()

    np.testing.assert_allclose(made, np.tile(expected, (2, 2, 1))[..., :-1], rtol=1e-14)


def test_the_smallest_whole_number_has_its_size():
    image = np.zeros((2, 2, 2), dtype=np.int8)
    image[0, 0] = [-128, 32]
    np.testing.assert_allclose(make("squareroot", image)["squareroot"][0, 0], [-128, 64])


def test_gradient_per_mm_and_per_voxel_and_at_the_border():
    image = np.tile(np.array([0.0, 3.0, 6.0, 10.0]), (3, 3, 1))  # x is 0.5 mm
    expected = np.array([1.5, 3.0, 3.5, 2.0])  # half of the difference of the neighbours; the border goes on

    per_voxel = make("gradient", image, gradient_use_spacing=False)["gradient"]
    per_mm = make("gradient", image)["gradient"]

    np.testing.assert_allclose(per_voxel, np.tile(expected, (3, 3, 1)), rtol=1e-6)
    np.testing.assert_allclose(per_mm, 2 * per_voxel, rtol=1e-6)


@pytest.mark.parametrize("name", ["gradient", "log", "lbp-2D", "lbp-3D"])
@pytest.mark.parametrize("dtype", [np.int16, np.float64])
def test_a_part_of_the_lesion_has_the_values_of_the_whole(rng, name, dtype):
    """The box of a lesion changes nothing but what is returned."""
    image = (rng.normal(size=(9, 11, 10)) * 100).astype(dtype)
    mask = np.zeros(image.shape, dtype=bool)
    mask[:4, 6:11, 3:8] = True
    settings = {"log_sigma_mm": (1.5,), "lbp_2d_radius": 2.5}

    whole, part = make(name, image, **settings), make(name, image, mask, **settings)

    assert list(whole) == list(part)
    for image_name, box in part.items():
        np.testing.assert_array_equal(box, whole[image_name][:4, 6:11, 3:8])


def test_laplacian_of_gaussian_of_a_parabola():
    """The Laplacian of x^2 + 3 y^2 is 2 + 6 wherever it is smoothed, times the squared width."""
    y, x = np.mgrid[-30:31, -30:31]
    image = np.broadcast_to((0.5 * x) ** 2 + 3.0 * y**2, (31, 61, 61))
    mask = np.zeros(image.shape, dtype=bool)
    mask[14:16, 29:32, 29:32] = True

    (made,) = make("log", image, mask, log_sigma_mm=(1.5,)).values()

    np.testing.assert_allclose(made, 8 * 1.5**2, rtol=0.02)


def test_names_of_the_widths():
    settings = Settings(image_types=("log",), log_sigma_mm=(2, 2.5, 0.75), families=("firstorder",))
    names = {name.split("_")[0] for name in image_feature_names(settings)}
    assert names == {"log-sigma-2-mm-3D", "log-sigma-2-5-mm-3D", "log-sigma-0-75-mm-3D"}


def test_binary_patterns_of_a_peak_and_a_hole():
    """A voxel brighter than all its neighbours has pattern 0; one that no neighbour is darker than has all 8."""
    image = np.full((1, 5, 5), 10, dtype=np.int16)
    image[0, 2, 2] = 20
    assert make("lbp-2D", image)["lbp-2D"][0, 2, 2] == 0
    assert make("lbp-2D", -image)["lbp-2D"][0, 2, 2] == 8


def test_a_pattern_without_a_value_is_missing_and_said():
    image = np.zeros((3, 9, 9))
    image[:, :, 5:] = np.arange(4.0)
    settings = Settings(
        image_types=("original", "lbp-2D"), lbp_2d_method="var", families=("firstorder",), bin_width=1.0
    )

    extraction = extract_image(image, np.ones(image.shape), SPACING, settings)

    (warning,) = (w for w in extraction.warnings if w.startswith("IMG-33"))
    assert warning.startswith("IMG-33: lbp-2D cannot be made")
    for name, value in extraction.values.items():
        assert np.isnan(value) == name.startswith("lbp-2D")


def test_missing_images_stay_missing_over_the_phases(rng):
    settings = Settings(
        image_types=("original", "log"), log_sigma_mm=(40,), families=("firstorder",), min_voxels=2
    )
    phases = [rng.normal(size=(5, 5, 5)) * 100 for _ in range(2)]

    extraction = extract_series(phases, np.ones((5, 5, 5)), SPACING, settings)

    assert tuple(extraction.values) == series_feature_names(2, settings)
    assert all(np.isnan(value) == ("log-" in name) for name, value in extraction.values.items())
    assert [w.split(" cannot")[0] for w in extraction.warnings] == [
        "IMG-33: phase1: log-sigma-40-mm-3D",
        "IMG-33: phase2: log-sigma-40-mm-3D",
    ]


def test_only_filtered_images_and_none_can_be_made():
    settings = Settings(image_types=("log",), log_sigma_mm=(40,), families=("firstorder", "glcm"))
    values = extract(np.arange(125.0).reshape(5, 5, 5), np.ones((5, 5, 5)), SPACING, settings)
    assert tuple(values) == image_feature_names(settings)
    assert all(np.isnan(value) for value in values.values())


def test_scikit_image_is_asked_for_by_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.feature", None)
    with pytest.raises(MissingExtraError, match=r'SET-27: .*python -m pip install "tilscope\[lbp\]"'):
        make("lbp-2D", np.zeros((3, 3, 3)))


@pytest.mark.parametrize("subdivisions", [0, 1, 2])
def test_points_of_the_icosphere_lie_evenly_on_the_sphere(subdivisions):
    points = icosphere(subdivisions, 2.5)

    assert len(points) == 10 * 4**subdivisions + 2
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 2.5, rtol=1e-15)
    np.testing.assert_allclose(points.sum(axis=0), 0, atol=1e-12)
    distances = np.linalg.norm(points[:, None] - points, axis=2) + 9 * np.eye(len(points))
    assert distances.min(axis=1).max() < 1.3 * distances.min()


def test_scipy_takes_the_polar_angle_first():
    """Y(1, 0) = sqrt(3 / 4 pi) cos(polar angle)."""
    assert sph_harm_y(1, 0, 0.3, 2.0) == pytest.approx(np.sqrt(3 / (4 * np.pi)) * np.cos(0.3))


def test_kurtosis_of_numbers_and_of_equal_ones():
    samples = np.array([[0.0, 0.0, 0.0, 4.0], [7.0, 7.0, 7.0, 7.0], [1.0, 2.0, 1.0, 2.0]])
    np.testing.assert_allclose(kurtosis(samples), [7 / 3 - 3, np.nan, -2.0])


def test_a_brighter_voxel_than_its_surroundings_has_no_strength(rng):
    image = np.zeros((7, 7, 7))
    image[3, 3, 3] = 1.0
    made = make("lbp-3D", image + rng.normal(size=image.shape) * 1e-3)
    assert made["lbp-3D-m1"][3, 3, 3] == 0.0


def whole_levels(image, wavelet, n_levels, axes):
    data = np.pad(image, [(0, n % 2) for n in image.shape], mode="wrap")
    for _ in range(n_levels):
        (bands,) = pywt.swtn(data, wavelet, level=1, axes=axes)
        yield bands
        data = bands["a" * len(axes)]


@pytest.mark.parametrize("axes", [(2, 1, 0), (2, 1), (2, 0), (1, 0)])
@pytest.mark.parametrize("wavelet", ["coif1", "haar", "bior2.4"])
def test_levels_of_a_crop_equal_those_of_the_whole_image(rng, wavelet, axes):
    image = rng.normal(size=(13, 30, 21))
    for start in ((0, 0, 0), (5, 14, 9), (10, 27, 18)):
        box = tuple(slice(a, a + 3) for a in start)
        crop = wavelet_levels(image, box, wavelet, n_levels=3, axes=axes)
        for bands, whole in zip(crop, whole_levels(image, wavelet, 3, axes), strict=True):
            assert tuple(bands) == band_names(len(axes))
            for name, band in bands.items():
                expected = whole[name.replace("L", "a").replace("H", "d")][box]
                np.testing.assert_allclose(band, expected, rtol=0, atol=1e-13)


def test_inside_the_image_levels_are_the_bytes_of_pywavelets(rng):
    """Flat tissue makes high-pass noise whose sign decides the grey level, so that rounding must agree, too."""
    image = np.where(rng.random((24, 26, 28)) < 0.5, 100.1, 33.3)
    box = (slice(9, 15),) * 3
    levels = wavelet_levels(image, box, n_levels=2)
    for bands, whole in zip(levels, whole_levels(image, "coif1", 2, (2, 1, 0)), strict=True):
        for name, band in bands.items():
            np.testing.assert_array_equal(band, whole[name.replace("L", "a").replace("H", "d")][box])


def test_every_image_type_gives_the_same_bytes_twice(rng):
    image = rng.normal(size=(9, 11, 10)) * 100
    settings = Settings(
        image_types=tuple(t.name for t in IMAGE_TYPES), log_sigma_mm=(1.0,), n_bins=16, min_voxels=2
    )
    mask = np.zeros(image.shape)
    mask[2:7, 3:9, 2:8] = 1
    before = image.copy()
    first = extract(image, mask, SPACING, settings)

    assert extract(np.asfortranarray(image), mask, SPACING, settings) == first
    assert tuple(first) == image_feature_names(settings)
    assert all(np.isfinite(value) for value in first.values())
    np.testing.assert_array_equal(image, before)
