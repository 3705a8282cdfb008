"""What is wrong with an image or a mask is refused by name."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tilscope.radiomics import Settings, extract, extract_image, extract_series
from tilscope.vocabulary import GeometryError, RoiError, SeriesError, SettingsError

SPACING = (1.0, 1.0, 1.0)
SHAPE = (8, 10, 12)


@pytest.fixture
def image(rng):
    return rng.normal(0.0, 100.0, SHAPE)


@pytest.fixture
def mask():
    mask = np.zeros(SHAPE, dtype=bool)
    mask[2:6, 3:7, 4:9] = True
    return mask


def test_empty_mask(image):
    with pytest.raises(RoiError, match="ROI-33"):
        extract(image, np.zeros(SHAPE, bool), SPACING)


def test_too_few_voxels_unless_the_settings_allow_them(image):
    mask = np.zeros(SHAPE, bool)
    mask[2:4, 2:5, 2:6] = True
    mask[2, 2, 2] = False  # 23 voxels

    with pytest.raises(RoiError, match=r"ROI-34.*23 voxels.*at least 27") as caught:
        extract(image, mask, SPACING)

    assert caught.value.remedy is not None
    assert extract(image, mask, SPACING, Settings(min_voxels=23))


def test_line(image):
    mask = np.zeros((3, 3, 40), bool)
    mask[1, 1, :] = True
    with pytest.raises(RoiError, match="ROI-34"):
        extract(np.zeros(mask.shape), mask, SPACING)


def test_one_slice_is_warned_about_or_refused(image):
    mask = np.zeros(SHAPE, bool)
    mask[3, 1:8, 1:8] = True

    extraction = extract_image(image, mask, SPACING)

    assert any(note.startswith("ROI-35") for note in extraction.warnings)
    assert np.isnan(extraction.values["original_shape_MeshVolume"])
    assert np.isfinite(extraction.values["original_glcm_Idmn"])
    with pytest.raises(RoiError, match="ROI-35"):
        extract(image, mask, SPACING, Settings(min_dimensions=3))


def test_scattered_voxels_have_no_texture(rng):
    mask = np.zeros((9, 9, 9), bool)
    mask[::2, ::2, ::2] = True
    with pytest.raises(RoiError, match=r"ROI-34.*neighbours"):
        extract(rng.normal(size=mask.shape) * 100, mask, SPACING)


def test_flat_roi(image, mask):
    image[mask] = 7.0
    with pytest.raises(RoiError, match="ROI-36"):
        extract(image, mask, SPACING)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_in_the_roi_names_the_phase(image, mask, bad):
    broken = image.copy()
    broken[3, 4, 5] = bad
    with pytest.raises(SeriesError, match="IMG-26: phase2 holds NaN"):
        extract_series([image, broken], mask, SPACING)


def test_nan_where_only_the_wavelet_looks(image, mask):
    image[1, 3, 4] = np.nan  # one voxel above the box
    with pytest.raises(SeriesError, match="IMG-26"):
        extract(image, mask, SPACING)
    assert extract(image, mask, SPACING, Settings(image_types=("original",)))


def test_nan_behind_the_border_reaches_the_roi_by_wrapping(image, mask):
    mask[:2] = mask[2:4]
    image[-1] = np.nan
    with pytest.raises(SeriesError, match="IMG-26"):
        extract(image, mask, SPACING)


def test_image_on_another_grid(image, mask):
    with pytest.raises(GeometryError, match="ROI-42"):
        extract(image[1:], mask, SPACING)


@pytest.mark.parametrize("spacing", [(1.0, 0.0, 1.0), (1.0, 1.0), (1.0, np.nan, 1.0), (1.0, -1.0, 1.0)])
def test_spacing(image, mask, spacing):
    with pytest.raises(GeometryError, match="IMG-29"):
        extract(image, mask, spacing)


def test_several_labels_are_refused_and_255_is_a_mask(image, mask):
    labels = mask.astype(np.uint8)
    assert extract(image, labels * 255, SPACING) == extract(image, mask, SPACING)
    labels[2] *= 2
    with pytest.raises(RoiError, match=r"ROI-37.*1, 2"):
        extract(image, labels, SPACING)


def test_a_z_scored_image_is_warned_about_by_name_in_one_line(image, mask):
    (note,) = extract_image(image / 100.0, mask, SPACING).warnings
    assert note.startswith("ROI-36: few grey levels in the ROI (bin width 25): ")
    assert re.search(r"two in [^;]*original", note)
    assert "wavelet-HHH" in note
    assert note.count("Normalise") == 1

    (note,) = extract_series([image, image / 100.0], mask, SPACING).warnings
    assert note.startswith("ROI-36: phase2: few grey levels")
    assert len(extract_series([image / 100.0] * 3, mask, SPACING).warnings) == 3


def test_images_with_bins_of_their_own_are_warned_about_apart(image, mask):
    settings = Settings(bin_width=1e4, per_image={"wavelet": {"bin_width": 2e4}})
    first, second = extract_image(image, mask, SPACING, settings).warnings
    assert "(bin width 10000): " in first
    assert "original" in first
    assert "(bin width 20000): " in second
    assert "original" not in second


def test_absurd_bin_width(image, mask):
    with pytest.raises(SettingsError, match="SET-24"):
        extract(image, mask, SPACING, Settings(bin_width=1e-3))


def test_no_phase(mask):
    with pytest.raises(ValueError, match="no post-contrast phase"):
        extract_series([], mask, SPACING)


def test_a_line_of_voxels_is_accepted_only_if_asked_for(image):
    line = np.zeros(image.shape, bool)
    line[2, 3, :8] = True
    few = {"min_voxels": 5, "image_types": ("original",)}
    with pytest.raises(RoiError, match=r"ROI-34.*8 voxels"):
        extract(image, line, SPACING, Settings(**few))
    values = extract(image, line, SPACING, Settings(**few, min_dimensions=1))
    assert values["original_firstorder_Mean"] == pytest.approx(image[line].mean())
    assert np.isfinite(values["original_glrlm_RunPercentage"])  # of the one direction that it has
    assert np.isnan(values["original_shape_MeshVolume"])
