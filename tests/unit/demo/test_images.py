"""The images: motion by a known amount, texture that follows the score, signal where it belongs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from scipy.stats import rankdata, spearmanr

from tilscope.demo import plan_hospital
from tilscope.demo.examination import _warp, examine
from tilscope.demo.fields import low_order, texture
from tilscope.demo.plan import PHASES

NAMES = PHASES


def test_warp_moves_by_millimetres_not_voxels() -> None:
    image = np.zeros((3, 4, 5), dtype=np.float32)
    image[1, 2, 3] = 7.0
    field = np.zeros((3, 3, 4, 5), dtype=np.float32)
    field[2] = 2.8  # two voxels of 1.4 mm along the last axis: image(x + 2)
    assert _warp(image, field, (2.0, 1.4, 1.4))[1, 2, 1] == pytest.approx(7.0)


def test_texture_has_unit_variance_and_its_own_correlation_length(rng: np.random.Generator) -> None:
    field = texture(rng, (32, 64, 64), (2.0, 1.0, 1.0), 3.0)
    assert field.std() == pytest.approx(1.0, abs=1e-4)
    # white noise smoothed by a Gaussian of sd s correlates as exp(-d^2 / 4 s^2)
    step = float(np.mean(field[:, :, 3:] * field[:, :, :-3]))
    assert step == pytest.approx(np.exp(-9 / 36), abs=0.06)


def test_low_order_field_is_smooth(rng: np.random.Generator) -> None:
    field = low_order(rng, (32, 64, 64), 4)
    assert abs(np.diff(field, axis=2)).max() < 0.5  # white noise of sd 1 jumps by 4
    assert 0.3 < field.std() < 1.7


def test_the_mask_moves_with_its_phase() -> None:
    plan = next(p for p in plan_hospital(2).patients if examine(p).mask_phase not in ("post1", "pre"))
    examination = examine(plan)
    assert examination.motion_mm["post1"] == 0.0
    moving = {name: mm for name, mm in examination.motion_mm.items() if name != "post1"}
    assert all(0.5 < mm < 4.0 for mm in moving.values())
    volume = examination.mask.sum() * examination.grid.voxel_volume_mm3
    assert volume == pytest.approx(examination.lesion_volume_mm3, rel=0.15)


def test_lesion_is_one_piece_inside_the_image_and_brightest_on_its_phase() -> None:
    for plan in plan_hospital(6).patients[:6]:
        examination = examine(replace(plan, fault=""))
        assert ndimage.label(examination.mask)[1] == 1
        inner = examination.mask[1:-1, 1:-1, 1:-1]
        assert inner.sum() == examination.mask.sum()
        means = [image[examination.mask].mean() for image in examination.phases]
        assert means[0] < 0.75 * max(means)
        drawn = means[NAMES.index(examination.mask_phase)]
        assert drawn > 0.97 * max(means)


def test_air_is_noise_and_the_range_is_twelve_bits() -> None:
    examination = examine(plan_hospital(6).patients[1])
    image = examination.phases[0]
    assert image.dtype == np.uint16
    assert image.max() < 4096
    corner = image[:, 0, :3]
    assert 10 < corner.mean() < 25  # Rayleigh: sd 13 x 1.25


def test_evenness_and_wash_out_follow_the_score() -> None:
    patients = [p for p in plan_hospital(9).patients if not p.fault][:16]
    evenness, washout = [], []
    for plan in patients:
        examination = examine(plan)
        core = ndimage.binary_erosion(examination.mask, iterations=2)  # away from what motion moves
        first, last = (examination.phases[k][core].astype(float) for k in (1, 4))
        evenness.append(-first.std() / first.mean())
        washout.append(1 - last.mean() / first.mean())
    latent = [p.latent_til for p in patients]
    both = rankdata(evenness) + rankdata(washout)
    assert 0.5 < spearmanr(both, latent).statistic < 0.98
