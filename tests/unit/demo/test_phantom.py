"""Phantoms whose motion and coil field are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tilscope.demo.phantom import PHASES, SIZES, PhantomPlan, make_phantom

PLAN = PhantomPlan(11)


@pytest.fixture(scope="module")
def part():
    return make_phantom(PLAN, around_lesion_mm=6.0)


def test_the_lesion_has_the_size_of_the_plan(part):
    assert 2.0 * 0.85 < part.roi.volume_ml < 8.0 * 1.15
    assert part.series.phase_names == PHASES
    assert part.roi.grid.spacing_mm == SIZES["standard"][1]


def test_a_part_equals_the_same_part_of_more(part):
    more = make_phantom(PLAN, around_lesion_mm=9.0)
    offset = [a - b for a, b in zip(part.start, more.start, strict=True)]
    window = tuple(slice(o, o + n) for o, n in zip(offset, part.roi.grid.shape, strict=True))
    for small, large in zip(part.series.phases, more.series.phases, strict=True):
        np.testing.assert_array_equal(small.array, large.array[window])
    np.testing.assert_array_equal(part.roi.mask, more.roi.mask[window])
    assert (
        more.series.phases[0]
        .grid.cropped(tuple(offset), tuple(o + n for o, n in zip(offset, part.roi.grid.shape, strict=True)))
        .same_as(part.series.phases[0].grid)
    )


@pytest.mark.parametrize("kind", ["smooth", "rough", "sliding"])
def test_the_truth_agrees_with_the_masks(kind):
    phantom = make_phantom(replace(PLAN, motion=kind), around_lesion_mm=8.0)
    points = phantom.positions_mm()[phantom.roi.mask]
    moved = points + phantom.motion.displacement(points)
    # the map leads from the lesion in post1 to the lesion in the other phases, and v leads back
    np.testing.assert_allclose(moved + phantom.motion.v(moved), points, atol=1e-6)
    assert np.linalg.norm(moved - points, axis=-1).mean() == pytest.approx(3.5, abs=0.02)
    centre = phantom.positions_mm()[phantom.moved_roi.mask].mean(axis=0)
    np.testing.assert_allclose(moved.mean(axis=0), centre, atol=0.15)
    growth = phantom.moved_roi.n_voxels / phantom.roi.n_voxels
    assert phantom.motion.jacobian(points).mean() == pytest.approx(growth, rel=0.02)


def test_the_chest_wall_stays_where_the_breast_slides():
    phantom = make_phantom(replace(PLAN, motion="sliding"), around_lesion_mm=2.0)
    points = phantom.positions_mm()[phantom.roi.mask]
    depth = phantom.motion.depth_mm
    assert depth is not None
    behind = points.copy()
    behind[:, 1] += depth(points) + 4.0
    assert np.linalg.norm(phantom.motion.v(behind), axis=-1).max() < 0.01
    before = points.copy()
    before[:, 1] += depth(points) - 4.0
    along = phantom.motion.v(before)[:, [0, 2]]
    assert np.linalg.norm(along, axis=-1).mean() > 0.5


def test_only_the_lesion_enhances_strongly(part):
    pre, post1, _ = (v.array for v in part.series.phases)
    lesion, breast = part.roi.mask, ~part.roi.mask
    assert post1[lesion].mean() > 1.6 * pre[part.moved_roi.mask].mean()
    assert post1[breast].mean() < 1.4 * pre[breast].mean()


@pytest.mark.slow
def test_the_coils_field_has_its_spread():
    phantom = make_phantom(replace(PLAN, noise=0.001))
    in_body = phantom.series.phases[1].array * np.exp(-phantom.log_field) > 60.0
    assert phantom.log_field[in_body].std() == pytest.approx(0.13, abs=0.015)
