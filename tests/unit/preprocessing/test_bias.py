"""Bias fields with a known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from tilscope.preprocessing import BIAS_METHODS, BiasSettings, body_mask, estimate_bias
from tilscope.preprocessing.bias_methods.block_means import block_sums
from tilscope.preprocessing.bias_methods.n3 import sharpened
from tilscope.preprocessing.body import _filled, otsu_threshold
from tilscope.preprocessing.settings import N4Settings
from tilscope.vocabulary import GeometryError, Grid, SeriesError, Volume

GRID = Grid(
    (30, 48, 48), (3.0, 2.5, 2.5), (5.0, -60.0, 12.0), ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
)


def tissue_blocks(rng, shading):
    """Two tissues in blocks of 15 mm inside a ball of 50 mm, under a shading along the diagonal."""
    z, y, x = np.meshgrid(
        *[np.arange(n) * s for n, s in zip(GRID.shape, GRID.spacing_mm, strict=True)], indexing="ij"
    )
    ball = (z - 43) ** 2 + (y - 60) ** 2 + (x - 60) ** 2 < 50**2
    blocks = ((z // 15 + y // 15 + x // 15) % 2).astype(bool)
    log_field = shading * np.sin((z + 2 * y - x) / 110)
    clean = np.where(ball, np.where(blocks, 300.0, 520.0), 0.0) * np.exp(log_field)
    noisy = np.hypot(clean + rng.normal(0, 12, GRID.shape), rng.normal(0, 12, GRID.shape))
    return Volume(noisy.astype(np.float32), GRID), ball, log_field


def test_n3_removes_a_known_field(rng):
    image, ball, truth = tissue_blocks(rng, 0.2)
    field = estimate_bias(image)
    residual = (truth - field.log_at(GRID))[ball].std()
    # two tissues and a smooth field are what N3 assumes: most of it must go
    assert residual < 0.2 * truth[ball].std()
    assert field.log_sd == pytest.approx(truth[ball].std(), rel=0.2)


def test_n3_leaves_an_even_image_alone(rng):
    image, ball, _ = tissue_blocks(rng, 0.0)
    assert estimate_bias(image).log_at(GRID)[ball].std() < 0.02


def test_n4_removes_a_known_field(rng):
    image, ball, truth = tissue_blocks(rng, 0.2)
    found = estimate_bias(image, BiasSettings(method="n4")).log_at(GRID)
    assert (truth - found)[ball].std() < 0.5 * truth[ball].std()


def test_n4_leaves_an_even_image_alone(rng):
    image, ball, _ = tissue_blocks(rng, 0.0)
    assert estimate_bias(image, BiasSettings(method="n4")).log_at(GRID)[ball].std() < 0.02


def test_n4_takes_smaller_blocks_where_the_body_is_small(rng):
    image, ball, truth = tissue_blocks(rng, 0.2)
    wide = BiasSettings(method="n4", n4=N4Settings(sampling_mm=40.0))
    assert (truth - estimate_bias(image, wide).log_at(GRID))[ball].std() < 0.5 * truth[ball].std()


def test_sums_over_blocks_by_hand():
    # blocks of 2 x 2 x 3; the last ones are cut
    values = np.arange(3 * 2 * 4).reshape(3, 2, 4)
    sums = block_sums(values, [2, 2, 3])
    assert sums.shape == (2, 1, 2)
    assert sums[0, 0].tolist() == [
        0 + 1 + 2 + 4 + 5 + 6 + 8 + 9 + 10 + 12 + 13 + 14,
        3 + 7 + 11 + 15,
    ]
    assert sums[1, 0].tolist() == [16 + 17 + 18 + 20 + 21 + 22, 19 + 23]


def test_n3_on_a_breast(small_pair):
    # anatomy itself shades a breast, so only a part can go
    even, shaded = small_pair().series.phase("post1"), small_pair(bias=0.3).series.phase("post1")
    body = body_mask(shaded)
    truth = np.log(shaded.array / even.array)[body]
    found = estimate_bias(shaded).log_at(shaded.grid)[body]
    assert np.corrcoef(found, truth)[0, 1] > 0.8


def test_the_field_is_one_on_average_inside_the_body(rng):
    image, _, _ = tissue_blocks(rng, 0.2)
    body = body_mask(image)
    assert abs(estimate_bias(image).log_at(GRID)[body].mean()) < 2e-3


def test_crop_and_whole_are_corrected_alike(rng):
    image, _, _ = tissue_blocks(rng, 0.2)
    field = estimate_bias(image)
    start, stop = (5, 10, 12), (21, 33, 40)
    whole_first = field.correct(image)[0].cropped(start, stop)
    (crop_first,) = field.correct(image.cropped(start, stop))
    assert np.allclose(whole_first.array, crop_first.array, rtol=1e-6)
    assert crop_first.grid == whole_first.grid


def test_the_coarse_field_is_that_of_the_method(rng):
    image, ball, _ = tissue_blocks(rng, 0.2)
    fine = estimate_bias(image, BiasSettings(field_step_mm=1.0)).log_at(GRID)
    coarse = estimate_bias(image, BiasSettings(field_step_mm=8.0)).log_at(GRID)
    assert np.abs(fine - coarse)[ball].max() < 0.002


def test_a_turned_grid_is_refused(rng):
    image, _, _ = tissue_blocks(rng, 0.2)
    turned = Grid(GRID.shape, GRID.spacing_mm, GRID.origin_mm)
    with pytest.raises(GeometryError) as caught:
        estimate_bias(image).log_at(turned)
    assert caught.value.rule == "IMG-15"


def test_none_changes_nothing(rng):
    image, _, _ = tissue_blocks(rng, 0.2)
    field = estimate_bias(image, BiasSettings(method="none"))
    assert field.correct(image)[0] is image
    assert field.log_sd == 0.0


def test_a_constant_image_is_refused():
    flat = Volume(np.full(GRID.shape, 7.0, dtype=np.float32), GRID)
    for method in BIAS_METHODS:
        with pytest.raises(SeriesError) as caught:
            estimate_bias(flat, BiasSettings(method=method.name))
        assert caught.value.rule == "IMG-27"


def test_too_little_body_is_refused(rng):
    image, _, _ = tissue_blocks(rng, 0.0)
    with pytest.raises(SeriesError) as caught:
        estimate_bias(image.cropped((13, 20, 20), (17, 30, 30)))
    assert caught.value.rule == "IMG-27"


def test_sharpening_pulls_values_towards_their_peaks(rng):
    values = np.concatenate([rng.normal(5.0, 0.08, 4000), rng.normal(6.0, 0.08, 4000)])
    pulled = sharpened(values, 0.15, 0.01)
    low = values < 5.5
    assert pulled[low].mean() == pytest.approx(5.0, abs=0.01)
    assert pulled[low].std() < 0.6 * values[low].std()
    assert pulled[~low].std() < 0.6 * values[~low].std()
    assert np.all(np.isfinite(pulled))


def test_body_mask_finds_a_ball_and_fills_it(rng):
    image, ball, _ = tissue_blocks(rng, 0.0)
    holed = image.array.copy()
    holed[12:17, 22:27, 22:27] = 5.0
    holed[0:3, 0:3, 0:3] = 400.0
    found = body_mask(image.with_array(holed))
    assert 2 * np.count_nonzero(found & ball) / (found.sum() + ball.sum()) > 0.95
    assert found[14, 24, 24]
    assert not found[1, 1, 1]


def test_holes_are_filled_as_scipy_fills_them(rng):
    for sigma in (0.4, 1.0, 3.0):
        inside = ndimage.gaussian_filter(rng.normal(size=(60, 47)), sigma) > 0
        assert np.array_equal(_filled(inside), ndimage.binary_fill_holes(inside))
    assert _filled(np.ones((5, 5), dtype=bool)).all()


def test_body_mask_of_a_fat_suppressed_breast():
    # skin, dark fat and muscle are body; air is not
    z, y, x = np.meshgrid(
        *[np.arange(n) * s for n, s in zip(GRID.shape, GRID.spacing_mm, strict=True)], indexing="ij"
    )
    ball = (z - 43) ** 2 + (y - 60) ** 2 + (x - 60) ** 2 < 40**2
    gland = (z - 43) ** 2 + (y - 60) ** 2 + (x - 60) ** 2 < 20**2
    rng = np.random.default_rng(3)
    signal = np.where(ball, np.where(gland, 400.0, 110.0), 0.0)
    noisy = np.hypot(signal + rng.normal(0, 12, GRID.shape), rng.normal(0, 12, GRID.shape))
    found = body_mask(Volume(noisy.astype(np.float32), GRID))
    assert np.count_nonzero(found & ball) > 0.99 * np.count_nonzero(ball)
    assert 2 * np.count_nonzero(found & ball) / (found.sum() + ball.sum()) > 0.93


def test_otsu_by_hand():
    # classes {0, 1} and {9, 10}: every threshold in between separates them
    values = np.array([0, 0, 1, 1, 9, 9, 10, 10], dtype=np.float32)
    assert 1.0 < otsu_threshold(values) <= 9.0
