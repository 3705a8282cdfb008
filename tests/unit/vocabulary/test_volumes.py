"""Grids: where voxels lie, by hand calculation."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.vocabulary import Grid, Roi, Volume, phase_names

SAGITTAL = Grid((3, 4, 5), (2.0, 0.7, 0.5), (10.0, -20.0, 30.0), ((0, 0, 1), (1, 0, 0), (0, -1, 0)))


def test_index_to_lps_by_hand() -> None:
    # columns of the direction: index x runs along +P (0,1,0), index y along -S (0,0,-1), index z along +L (1,0,0)
    position = SAGITTAL.index_to_lps() @ [2, 3, 4, 1]
    np.testing.assert_allclose(position[:3], [10 + 2 * 2.0, -20 + 4 * 0.5, 30 - 3 * 0.7])


def test_crop_keeps_voxels_in_place() -> None:
    volume = Volume(np.arange(60, dtype=np.float32).reshape(3, 4, 5), SAGITTAL)
    part = volume.cropped((1, 1, 2), (3, 3, 5))
    assert part.array[0, 0, 0] == volume.array[1, 1, 2]
    np.testing.assert_allclose(
        part.grid.index_to_lps() @ [0, 0, 0, 1], SAGITTAL.index_to_lps() @ [1, 1, 2, 1]
    )


def test_grids_differ_by_millimetres() -> None:
    moved = Grid(SAGITTAL.shape, SAGITTAL.spacing_mm, (10.0, -20.0, 30.4), SAGITTAL.direction)
    assert SAGITTAL.offset_mm(moved) == pytest.approx(0.4)
    assert not SAGITTAL.same_as(moved)
    assert SAGITTAL.same_as(
        Grid(SAGITTAL.shape, SAGITTAL.spacing_mm, (10.0, -20.0, 30.0001), SAGITTAL.direction)
    )


def test_roi_box_and_volume() -> None:
    mask = np.zeros((3, 4, 5), dtype=bool)
    mask[1, 1:3, 2] = True
    roi = Roi(mask, SAGITTAL)
    assert roi.volume_ml == pytest.approx(2 * 2.0 * 0.7 * 0.5 / 1000)
    assert roi.box() == ((1, 1, 2), (2, 3, 3))
    assert roi.box(margin_mm=0.7) == ((0, 0, 0), (3, 4, 5))


def test_phase_names() -> None:
    assert phase_names(5) == ("pre", "post1", "post2", "post3", "post4")
    assert phase_names(4, n_pre=2) == ("pre1", "pre2", "post1", "post2")
