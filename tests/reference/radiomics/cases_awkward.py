"""Ten synthetic cases, each awkward in one way; inputs are small whole numbers of ticks, so that files are exact."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

SEED = 20220922
TICK = 1 / 16


def smooth(rng, shape, sigma, scale=100.0):
    """Smoothed noise of mean 0 and standard deviation ``scale``, in ticks."""
    image = gaussian_filter(rng.normal(size=shape), sigma, mode="wrap")
    image = (image - image.mean()) / image.std() * scale
    return np.round(image / TICK).astype(np.int16)


def ball(shape, centre, radius, spacing):
    grids = np.ogrid[tuple(slice(0, n) for n in shape)]
    return sum(((g - c) * s) ** 2 for g, c, s in zip(grids, centre, spacing, strict=True)) <= radius**2


def awkward():
    """Yield name, ticks, mask, spacing (z, y, x) in mm, and PyRadiomics' settings."""
    rng = np.random.default_rng(SEED)
    fine, coarse = (1.1, 0.7, 0.7), (2.0, 0.703, 0.703)

    shape = (15, 21, 17)
    yield "odd_sizes", smooth(rng, shape, 1.0), ball(shape, (7, 10, 8), 4.5, fine), fine, {}

    shape = (12, 17, 20)
    mask = ball(shape, (2, 3, 18), 4.2, fine)  # cut by the lower z, lower y and upper x borders
    yield "at_the_border", smooth(rng, shape, 0.8), mask, fine, {}

    shape = (14, 24, 22)
    mask = ball(shape, (6, 8, 8), 5.0, coarse) & ~ball(shape, (6, 8, 8), 2.5, coarse)
    mask |= ball(shape, (10, 18, 16), 3.0, coarse)  # a shell and a second component
    yield "hole_and_two_parts", smooth(rng, shape, 1.0), mask, coarse, {}

    shape = (11, 13, 12)
    yield "ragged", smooth(rng, shape, 0.6), rng.random(shape) < 0.5, (3.0, 1.0, 0.5), {}

    shape = (9, 16, 18)
    yield "whole_image", smooth(rng, shape, 1.5), np.ones(shape, bool), (1.0, 1.0, 1.0), {}

    shape = (16, 18, 20)
    mask = ball(shape, (8, 9, 10), 5.0, fine)
    settings = {"binCount": 32, "voxelArrayShift": 300}
    yield "bin_count_32", smooth(rng, shape, 1.2), mask, fine, settings

    shape = (16, 18, 20)
    mask = ball(shape, (8, 9, 10), 5.0, fine)
    settings = {"binWidth": 7.5, "distances": [1, 2], "wavelet": "db3"}
    yield "distances_1_and_2_db3", smooth(rng, shape, 1.2), mask, fine, settings

    shape = (16, 18, 20)
    mask = ball(shape, (8, 9, 10), 5.0, fine)
    yield "few_levels", smooth(rng, shape, 1.2, scale=20.0), mask, fine, {}

    shape = (6, 18, 20)
    mask = ball(shape, (3, 9, 10), 5.0, fine)
    mask[[0, 1, 2, 4, 5]] = False
    yield "one_slice", smooth(rng, shape, 1.2), mask, fine, {}

    shape = (1, 18, 20)
    yield "image_of_one_slice", smooth(rng, shape, 1.2), ball(shape, (0, 9, 10), 5.0, fine), fine, {}
