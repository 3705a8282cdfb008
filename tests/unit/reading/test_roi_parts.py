"""The largest of several parts, counted by hand."""

import numpy as np
import pytest

from tilscope.reading.roi_parts import largest_part


def test_the_largest_part_and_what_was_left_out():
    mask = np.zeros((6, 8, 8), dtype=bool)
    mask[1, 1, 1] = mask[2, 2, 2] = mask[3, 3, 3] = True  # one part: corners touch
    mask[1, 5:7, 5:7] = True  # four voxels, larger
    mask[5, 0, 0] = True
    largest, (note,) = largest_part(mask, 2.5)
    assert largest.sum() == 4
    assert largest[1, 5:7, 5:7].all()
    # 1 + 3 voxels of 2.5 mm3
    assert note == "ROI-47 of 3 separate parts the largest was kept; 0.010 ml were left out"


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("flip", [False, True])
def test_of_equal_parts_the_one_with_the_lowest_index(axis, flip):
    mask = np.zeros((7, 7, 7), dtype=bool)
    mask[1:3, 1:3, 1:3] = True
    mask[4:6, 4:6, 4:6] = True
    # shapes whose first voxels come late in their line, so that scan order and box order differ
    mask[1, 1, 1] = mask[4, 4, 4] = False
    mask = np.flip(mask, axis) if flip else mask
    largest, _ = largest_part(mask, 1.0)
    first = tuple(np.argwhere(mask)[0])
    assert largest[first]
    assert largest.sum() == 7


def test_one_part_stays_without_a_note():
    mask = np.zeros((3, 3, 3), dtype=bool)
    mask[1] = True
    kept, notes = largest_part(mask, 1.0)
    assert kept is mask
    assert notes == ()
