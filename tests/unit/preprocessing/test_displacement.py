"""Warping and Jacobians against hand calculations."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.preprocessing.displacement import DisplacementField, identity_field
from tilscope.vocabulary import Grid, Volume

SAGITTAL = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
OBLIQUE = ((0.6, -0.8, 0.0), (0.8, 0.6, 0.0), (0.0, 0.0, 1.0))


@pytest.fixture(params=[SAGITTAL, OBLIQUE], ids=["sagittal", "oblique"])
def whole(request, rng):
    grid = Grid((9, 10, 11), (2.0, 1.5, 0.7), (-12.3, 4.56, 78.9), request.param)
    return Volume(rng.normal(100, 10, grid.shape).astype(np.float32), grid)


def test_zero_displacement_is_bit_equal(whole):
    start, stop = (2, 1, 3), (7, 8, 9)
    crop = whole.cropped(start, stop)
    moved = identity_field(crop.grid, start).warp(whole)
    assert np.array_equal(moved.array, crop.array)
    assert moved.grid == crop.grid


def test_shift_by_whole_voxels_along_each_axis(whole):
    start, stop = (2, 2, 2), (7, 8, 9)
    crop = whole.grid.cropped(start, stop)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1.0
        lps = whole.grid.index_to_lps()[:3, :3] @ step
        field = DisplacementField(np.broadcast_to(lps, (*crop.shape, 3)).copy(), crop, start)
        box = tuple(slice(a + int(n), b + int(n)) for a, b, n in zip(start, stop, step, strict=True))
        assert np.allclose(field.warp(whole).array, whole.array[box], rtol=1e-5)
        mask = whole.array > 100
        assert np.array_equal(field.warp_mask(mask), mask[box])
        spacing = whole.spacing_mm[axis]
        assert np.allclose(field.lengths_mm(), spacing)


def test_jacobian_of_a_linear_map_is_its_determinant(whole, rng):
    linear = np.eye(3) + rng.uniform(-0.1, 0.1, (3, 3))
    index = np.stack(np.meshgrid(*[np.arange(n) for n in whole.grid.shape], indexing="ij"), -1)
    matrix = whole.grid.index_to_lps()
    points = index @ matrix[:3, :3].T + matrix[:3, 3]
    field = DisplacementField(points @ (linear - np.eye(3)).T, whole.grid, (0, 0, 0))
    assert np.allclose(field.jacobian(), np.linalg.det(linear), rtol=1e-10)


def test_one_slice_has_a_jacobian():
    grid = Grid((1, 4, 4), (2.0, 1.0, 1.0))
    assert np.array_equal(identity_field(grid, (0, 0, 0)).jacobian(), np.ones(grid.shape))
