"""Boxes and points of a human, in each kind of coordinates."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.preprocessing import IndexBox, box_of_corners, voxel_of_point
from tilscope.vocabulary import Grid, RoiError

GRID = Grid((10, 20, 30), (2.0, 1.0, 0.5), (-5.0, 8.0, 100.0))  # (z, y, x)
# rotated by 90 degrees about z: the index axis x runs to posterior, y to the right
TURNED = Grid(
    (10, 20, 30), (2.0, 1.0, 0.5), (0.0, 0.0, 0.0), ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
)


def test_corners_in_voxels_are_both_inside():
    box, notes = box_of_corners([3, 4, 5, 9, 8, 7], GRID, "voxel")
    assert (box, notes) == (IndexBox((5, 4, 3), (8, 9, 10)), ())


@pytest.mark.parametrize("coordinates", ["lps", "ras"])
def test_corners_in_millimetres_by_hand(coordinates):
    # x: -5 + 0.5 i, y: 8 + j, z: 100 + 2 k
    corners = np.array([[-3.5, 12.0, 110.0], [-0.5, 16.0, 114.0]])
    if coordinates == "ras":
        corners *= (-1, -1, 1)
    box, _ = box_of_corners(corners.ravel(), GRID, coordinates)
    assert box == IndexBox((5, 4, 3), (8, 9, 10))
    swapped = np.stack(
        [np.where([True, False, True], *corners[::-1]), np.where([True, False, True], *corners)]
    )
    assert box_of_corners(swapped.ravel(), GRID, coordinates)[0] == box  # any two opposite corners


def test_a_turned_grid():
    # LPS (x, y, z) = (-j, 0.5 i, 2 k)
    box, _ = box_of_corners([-8, 1, 4, -3, 4, 12], TURNED)
    assert box == IndexBox((2, 3, 2), (7, 9, 9))
    assert voxel_of_point([-8, 1, 4], TURNED) == (2, 8, 2)


def test_a_box_beyond_the_border_is_cut_and_noted():
    box, notes = box_of_corners([-4, 0, 0, 5, 5, 5], GRID, "voxel")
    assert box == IndexBox((0, 0, 0), (6, 6, 6))
    assert notes[0].startswith("ROI-50")


@pytest.mark.parametrize(
    ("numbers", "rule"),
    [
        ([40, 0, 0, 50, 5, 5], "ROI-50"),
        ([1, 2, 3], "ROI-51"),
        ([1, 2, 3, 4, 5, float("nan")], "ROI-51"),
        ([5, 5, 5, 5, 9, 9], "ROI-51"),
    ],
)
def test_refused_boxes(numbers, rule):
    with pytest.raises(RoiError) as caught:
        box_of_corners(numbers, GRID, "voxel")
    assert caught.value.rule == rule


@pytest.mark.parametrize(("point", "rule"), [([30, 0, 0], "ROI-50"), ([1, 2], "ROI-51")])
def test_refused_points(point, rule):
    with pytest.raises(RoiError) as caught:
        voxel_of_point(point, GRID, "voxel")
    assert caught.value.rule == rule
