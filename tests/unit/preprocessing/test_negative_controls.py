"""Images and regions without the lesion's texture."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.preprocessing import moved_roi, shuffled_phases
from tilscope.vocabulary import Grid, Roi, Volume

LPS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
GRID = Grid((20, 30, 40), (2.0, 1.0, 1.0), (0.0, 0.0, 0.0), LPS)


def ball(radius_mm=4.0, centre=(10, 15, 12)):
    z, y, x = np.indices(GRID.shape)
    squares = (2.0 * (z - centre[0])) ** 2 + (y - centre[1]) ** 2.0 + (x - centre[2]) ** 2
    return squares <= radius_mm**2


def test_shuffled_voxels_keep_histogram_and_curves_and_the_rest(rng):
    mask = ball()
    phases = tuple(Volume(rng.normal(size=GRID.shape).astype(np.float32), GRID) for _ in range(2))
    found = shuffled_phases(phases, mask, np.random.default_rng(1))
    for before, after in zip(phases, found, strict=True):
        np.testing.assert_array_equal(np.sort(before.array[mask]), np.sort(after.array[mask]))
        np.testing.assert_array_equal(before.array[~mask], after.array[~mask])
        assert (before.array[mask] != after.array[mask]).mean() > 0.9
    pairs = [set(zip(a.array[mask], b.array[mask], strict=True)) for a, b in (phases, found)]
    assert pairs[0] == pairs[1]  # each voxel's values over time stay together


@pytest.mark.parametrize("seed", range(5))
def test_the_region_moves_into_other_tissue(seed):
    mask = ball()
    array = np.full(GRID.shape, 100.0, dtype=np.float32)
    array[:, :, 30:] = 1.0  # air
    found = moved_roi(Roi(mask, GRID), Volume(array, GRID), np.random.default_rng(seed))
    assert found.mask.sum() == mask.sum()
    assert not (found.mask & mask).any()
    assert (array[found.mask] > 10.0).mean() >= 0.95
    dz, dy, dx = found.offset
    np.testing.assert_array_equal(np.roll(mask, found.offset, axis=(0, 1, 2)), found.mask)
    assert found.distance_mm == pytest.approx(np.sqrt((2 * dz) ** 2 + dy**2 + dx**2))
    # a ball of the lesion's volume: d = 2 (3 V / 4 pi)^(1/3)
    diameter = 2.0 * (3.0 * mask.sum() * 2.0 / (4.0 * np.pi)) ** (1 / 3)
    assert found.diameters == pytest.approx(found.distance_mm / diameter)
    assert found.diameters >= 1.4


def test_the_same_generator_moves_it_to_the_same_place():
    roi, image = Roi(ball(), GRID), Volume(np.ones(GRID.shape, dtype=np.float32), GRID)
    offsets = {moved_roi(roi, image, np.random.default_rng(s)).offset for s in (1, 1, 2, 3, 4)}
    assert 1 < len(offsets) <= 4


def test_without_room_there_is_no_moved_region():
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[2:18, 2:28, 2:38] = True
    image = Volume(np.ones(GRID.shape, dtype=np.float32), GRID)
    assert moved_roi(Roi(mask, GRID), image, np.random.default_rng(1)) is None
    dark = np.where(ball(6.0), 100.0, 0.0).astype(np.float32)  # air around the lesion
    assert moved_roi(Roi(ball(), GRID), Volume(dark, GRID), np.random.default_rng(1)) is None
