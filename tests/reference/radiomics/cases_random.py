"""Random ROIs: what kind each one is, is said in a table; sizes, places and intensities come from the seed."""

from __future__ import annotations

import numpy as np
from cases_awkward import SEED, ball, smooth
from scipy.ndimage import gaussian_filter

UNIT = (1.0, 1.0, 1.0)


def blob(rng, shape, share=0.25):
    """The highest ``share`` of a smooth noise: lobes, tunnels, several parts, wherever they fall."""
    noise = gaussian_filter(rng.normal(size=shape), 1.5, mode="wrap")
    return noise > np.quantile(noise, 1 - share)


def corner(rng, shape, high):
    return ball(shape, [n - 1 if high else 0 for n in shape], rng.uniform(4.5, 6.0), UNIT)


def slice_across(rng, shape, axis):
    mask = np.zeros(shape, bool)
    place = [slice(None)] * 3
    place[axis] = int(rng.integers(shape[axis]))
    mask[tuple(place)] = blob(rng, shape, 0.5)[tuple(place)]
    return mask


def with_holes(rng, shape):
    return ball(shape, [(n - 1) / 2 for n in shape], 5.0, UNIT) & (rng.random(shape) > 0.15)


def small_balls(rng, shape):
    centres = [[rng.integers(n) for n in shape] for _ in range(6)]
    return np.any([ball(shape, centre, rng.uniform(1.2, 2.4), UNIT) for centre in centres], axis=0)


def thin_plate(rng, shape):
    mask = np.zeros(shape, bool)
    mask[4:6, 2:-2, 1:-3] = True
    return mask


def diagonal_plate(rng, shape):
    z, y, x = np.ogrid[tuple(slice(0, n) for n in shape)]
    return abs(z + y + x - sum(shape) // 2) <= 1


def rod(rng, shape):
    mask = np.zeros(shape, bool)
    mask[3:5, 4:6, :] = True
    return mask


def bent_line(rng, shape):
    """A line of single voxels, bent once, in one slice."""
    mask = np.zeros(shape, bool)
    mask[3, 2, 1:] = mask[3, 2:, 1] = True
    return mask


def walk(rng, shape):
    """A path of single voxels, each in touch with the one before at a face, an edge or a corner."""
    mask = np.zeros(shape, bool)
    at = np.array(shape) // 2
    for _ in range(60):
        mask[tuple(at)] = True
        at = np.clip(at + rng.integers(-1, 2, size=3), 0, np.array(shape) - 1)
    return mask


def checkerboard(rng, shape):
    return np.indices(shape).sum(axis=0) % 2 == 0


def box(rng, shape):
    """Two voxels along each axis."""
    mask = np.zeros(shape, bool)
    mask[2:4, 1:3, 3:5] = True
    return mask


def apart(rng, shape):
    """No two voxels are neighbours."""
    mask = np.zeros(shape, bool)
    mask[::2, ::2, ::2] = True
    return mask


def salt(rng, shape, share):
    return rng.random(shape) < share


def columns(rng, shape):
    """Touches all six borders, and reaches through the image along one axis."""
    mask = np.zeros(shape, bool)
    mask[:, 3:6, 2:7] = True
    mask[4:6] |= blob(rng, shape, 0.6)[4:6]
    return mask


# name: (shape, spacing mm, tick (None: int16 as it is), sd of the intensities, mean, mask, settings)
FINE, PLATE, FLAT = (1.1, 0.7, 0.7), (5.0, 0.5, 0.9), (0.4, 2.5, 1.3)
SIXTEENTH, TENTH, WHOLE = 1 / 16, 0.1, None
KINDS = {
    "blob_odd": ((11, 13, 15), FINE, SIXTEENTH, 100, 0, blob, {}),
    "blob_even": ((12, 14, 10), PLATE, TENTH, 100, 40, blob, {}),
    "all_borders": ((10, 11, 12), UNIT, WHOLE, 100, 0, columns, {}),
    "low_corner": ((9, 14, 13), FINE, TENTH, 60, -300, lambda r, s: corner(r, s, high=False), {}),
    "high_corner": ((10, 13, 11), FLAT, WHOLE, 60, 500, lambda r, s: corner(r, s, high=True), {}),
    "slice_across_z": ((7, 13, 12), FINE, SIXTEENTH, 100, 0, lambda r, s: slice_across(r, s, 0), {}),
    "slice_across_y": ((12, 6, 13), FLAT, WHOLE, 100, 0, lambda r, s: slice_across(r, s, 1), {}),
    "slice_across_x": ((11, 12, 5), PLATE, TENTH, 100, 0, lambda r, s: slice_across(r, s, 2), {}),
    "image_thin_along_y": ((12, 1, 15), FINE, WHOLE, 100, 0, lambda r, s: slice_across(r, s, 1), {}),
    "image_thin_along_x": ((13, 10, 2), UNIT, TENTH, 100, 0, lambda r, s: blob(r, s, 0.6), {}),
    "holes": ((13, 12, 13), PLATE, SIXTEENTH, 80, 0, with_holes, {}),
    "six_parts": ((14, 15, 12), FINE, TENTH, 120, 20, small_balls, {}),
    "salt_and_pepper": ((13, 12, 11), FLAT, SIXTEENTH, 100, 0, lambda r, s: salt(r, s, 0.12), {}),
    "sparse": ((14, 13, 12), FINE, WHOLE, 100, 0, lambda r, s: salt(r, s, 0.02), {}),
    "thin_plate": ((9, 14, 15), PLATE, TENTH, 100, 0, thin_plate, {}),
    "diagonal_plate": ((11, 12, 10), UNIT, SIXTEENTH, 100, 0, diagonal_plate, {}),
    "rod": ((8, 9, 16), FINE, WHOLE, 100, 0, rod, {}),
    "bent_line": ((6, 17, 18), FLAT, SIXTEENTH, 100, 0, bent_line, {}),
    "walk": ((10, 9, 11), FINE, TENTH, 100, 0, walk, {}),
    "checkerboard": ((8, 9, 7), UNIT, TENTH, 100, 0, checkerboard, {}),
    "eight_voxels": ((6, 5, 7), PLATE, SIXTEENTH, 100, 0, box, {}),
    "two_levels": ((11, 10, 12), FINE, TENTH, 10, 25, blob, {}),
    "one_level": ((11, 10, 12), FINE, TENTH, 2, 12, blob, {}),
    "gaps_between_levels": ((10, 11, 9), UNIT, WHOLE, 80, 0, lambda r, s: blob(r, s, 0.15), {"binWidth": 3}),
    "negative": ((9, 10, 12), FLAT, WHOLE, 90, -2000, blob, {"binWidth": 10, "voxelArrayShift": 2500}),
    "on_the_edges": ((10, 9, 11), FINE, WHOLE, 6, 0, blob, {"binWidth": 1}),
    "bin_count": ((12, 11, 13), PLATE, TENTH, 100, 0, blob, {"binCount": 16}),
    "no_neighbours": ((9, 8, 7), FINE, TENTH, 100, 0, apart, {}),
}


def random_rois():
    """Yield name, ticks, tick, mask, spacing (z, y, x) in mm, and PyRadiomics' settings."""
    for k, (name, (shape, spacing, tick, sd, mean, mask_of, settings)) in enumerate(KINDS.items()):
        rng = np.random.default_rng([SEED, k])
        unit = 1.0 if tick is None else tick
        noise = smooth(rng, shape, rng.uniform(0.5, 1.5)) * SIXTEENTH / 100
        ticks = np.round((noise * sd + mean) / unit).astype(np.int16)
        yield name, ticks, tick, mask_of(rng, shape), spacing, settings
