"""Family shape2D: a pencil, PyRadiomics' own cases, and what happens without a slice."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from tilscope.radiomics import Settings, extract, extract_image, extract_series, series_feature_names
from tilscope.radiomics.shape2d import perimeter_and_area

IN_SLICE = Settings(image_types=("original",), families=("shape2D",), slice_axis="y", min_voxels=2)
SPACING = (2.0, 5.0, 1.0)
CUT = np.hypot(2.0, 1.0) / 2  # the outline cuts a corner between pixels of 2 x 1 mm


def measured(pixels, settings=IN_SLICE):
    mask = np.expand_dims(np.array(pixels, dtype=bool), 1)
    return extract(np.arange(mask.size).reshape(mask.shape), mask, SPACING, settings)


def test_a_block_of_two_by_three_pixels():
    values = measured(np.ones((2, 3)))

    expected = {
        "Perimeter": 4 * CUT + 2 * 2 * 1 + 2 * 1 * 2,
        "MeshSurface": (2 + 2 * (1 / 2) * 2 + 2 * (1 / 2) + 4 / 8) * 2,  # inner, rows, columns, corners
        "PixelSurface": 6 * 2,
        "MaximumDiameter": np.hypot(4, 2),  # middle of the first pixel's upper edge to the last one's lower
        "MajorAxisLength": 4 * np.sqrt(1.0),  # variance of n points at distance d: d^2 (n^2 - 1) / 12
        "MinorAxisLength": 4 * np.sqrt(8 / 12),
        "Elongation": np.sqrt(8 / 12),
    }
    for name, number in expected.items():
        assert values[f"original_shape2D_{name}"] == pytest.approx(number), name
    assert len(values) == 9


def test_pixels_that_touch_at_a_corner_stay_apart():
    pixels = np.pad(np.eye(2, dtype=bool), 1)
    perimeter, area = perimeter_and_area(pixels, np.array([2.0, 1.0]))
    assert perimeter == pytest.approx(8 * CUT)  # two rhombi of four cuts each
    assert area == pytest.approx(2 * 0.5 * 2)


def test_several_slices_give_missing_features_and_a_warning():
    mask = np.ones((3, 2, 4), dtype=bool)
    extraction = extract_image(np.arange(24).reshape(3, 2, 4), mask, SPACING, IN_SLICE)

    assert len(extraction.values) == 9
    assert all(np.isnan(value) for value in extraction.values.values())
    (warning,) = extraction.warnings
    assert warning.startswith("ROI-49: the ROI has several slices across y")


def test_a_slice_across_another_axis_is_no_slice():
    mask = np.ones((1, 4, 4), dtype=bool)
    values = extract(np.arange(16).reshape(1, 4, 4), mask, SPACING, IN_SLICE)
    assert all(np.isnan(value) for value in values.values())


def test_without_a_slice_axis_the_family_is_refused():
    with pytest.raises(ValidationError, match="needs slice_axis"):
        Settings(families=("shape2D",))


def test_a_series_measures_the_slice_once():
    settings = IN_SLICE.model_copy(update={"families": ("shape2D", "firstorder")})
    mask = np.ones((3, 1, 4), dtype=bool)
    image = np.arange(12.0).reshape(mask.shape)

    values = extract_series([image, image**2], mask, SPACING, settings).values

    assert tuple(values) == series_feature_names(2, settings)
    assert [name for name in values if "shape2D" in name] == list(values)[:9]
    assert next(iter(values)) == "shape2D_Elongation"
