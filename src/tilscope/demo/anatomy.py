"""One synthetic breast on a T1-weighted, fat-suppressed image: skin, fat, gland, vessels, chest wall.

Arrays are in the body's own axes (slice, lateral, depth): depth runs from the nipple's side to the chest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from tilscope.demo.fields import Array, Shape, Spacing, low_order, step, texture

_FAT, _GLAND, _SKIN, _MUSCLE, _LUNG, _VESSEL = 120.0, 255.0, 235.0, 245.0, 22.0, 190.0


@dataclass(frozen=True, slots=True, eq=False)
class Breast:
    """The tissue before the lesion.

    Attributes
    ----------
    baseline : ndarray of float32, shape (slice, lateral, depth)
        Signal before contrast, arbitrary units.
    uptake : ndarray of float32, same shape
        Relative enhancement of gland, skin, muscle and vessels at full contrast.
    gland, body : ndarray of float32, same shape
        Share of glandular tissue, and of anything but air, 0..1.
    position_mm : tuple of three ndarrays
        Coordinates from the volume's centre along (slice, lateral, depth), open grid.
    """

    baseline: Array
    uptake: Array
    gland: Array
    body: Array
    position_mm: tuple[Array, Array, Array]


def make_breast(rng: Generator, shape: Shape, spacing_mm: Spacing) -> Breast:
    """Grow a breast on a grid of ``shape`` (slice, lateral, depth)."""
    position = _positions(shape, spacing_mm)
    below_skin, above_chest = _surfaces(rng, shape, position)
    body = step(below_skin, 0.5)
    chest = step(-above_chest, 0.6)
    gland = _gland(rng, shape, spacing_mm, position, below_skin, above_chest)
    skin = body * (1 - step(below_skin - 2.2, 0.5)) * (1 - chest)
    fat = _FAT * (1 + 0.10 * texture(rng, shape, spacing_mm, 2.0) + 0.10 * low_order(rng, shape, 3))
    signal = fat + (_GLAND * (1 + 0.06 * texture(rng, shape, spacing_mm, 1.6)) - fat) * gland
    signal += (_SKIN - signal) * skin
    wall, muscle = _chest_wall(rng, shape, position, above_chest)
    signal += (wall - signal) * chest
    vessels = _vessels(rng, shape, spacing_mm, below_skin, above_chest)
    signal += (_VESSEL - signal) * vessels * (1 - chest)
    background = 0.10 + 0.22 * rng.random()
    uptake = background * gland + 0.25 * skin + 1.9 * vessels + 0.18 * chest * muscle
    return Breast(
        baseline=np.asarray(signal * body, dtype=np.float32),
        uptake=np.asarray(uptake * body, dtype=np.float32),
        gland=gland,
        body=body,
        position_mm=position,
    )


def _positions(shape: Shape, spacing_mm: Spacing) -> tuple[Array, Array, Array]:
    axes = [
        ((np.arange(n) - (n - 1) / 2) * d).astype(np.float32) for n, d in zip(shape, spacing_mm, strict=True)
    ]
    z, y, x = np.ix_(*axes)
    return z, y, x


def _surfaces(rng: Generator, shape: Shape, position: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    """Return mm below the skin and mm in front of the chest wall, for every voxel."""
    z, lateral, depth = position
    half = float(depth.max())
    radius_z, radius_lateral = rng.uniform(44, 52), rng.uniform(50, 58)
    height = rng.uniform(1.05, 1.30) * half
    droop = rng.uniform(-8, 8)
    wall = 0.45 * half + rng.uniform(0.003, 0.005) * lateral**2 * np.sign(rng.normal()) * 0.6
    square = (z / radius_z) ** 2 + ((lateral - droop) / radius_lateral) ** 2
    square = square + 0.05 * low_order(rng, (shape[0], shape[1], 1), 3)
    dome = np.clip(1.0 - square, 0.0, None) ** np.float32(0.62)
    surface = (wall - 5.0 - height * dome).astype(np.float32)[:, :, 0]
    slope = np.hypot(
        *np.gradient(surface, float(z[1, 0, 0] - z[0, 0, 0]), float(lateral[0, 1, 0] - lateral[0, 0, 0]))
    )
    obliquity = np.sqrt(1.0 + np.minimum(slope, 3.0) ** 2)[:, :, None]
    below_skin = (depth - surface[:, :, None]) / obliquity
    return below_skin.astype(np.float32), np.broadcast_to(wall - depth, shape).astype(np.float32)


def _gland(
    rng: Generator,
    shape: Shape,
    spacing_mm: Spacing,
    position: tuple[Array, Array, Array],
    below_skin: Array,
    above_chest: Array,
) -> Array:
    """Return the share of glandular tissue: strands in a cone behind the nipple."""
    z, lateral, depth = position
    reach = 30.0 + 0.25 * (depth - depth.min())
    cone = 1.0 - (z**2 + lateral**2) / reach**2
    density = rng.uniform(-0.55, 0.35)
    strands = 0.8 * texture(rng, shape, spacing_mm, 5.0) + 0.45 * texture(rng, shape, spacing_mm, 1.8)
    share = step(np.asarray(strands + 0.9 * cone + density - 0.6, dtype=np.float32), 0.13)
    return np.asarray(share * step(below_skin - 7.0, 1.0) * step(above_chest - 6.0, 1.0), dtype=np.float32)


def _chest_wall(
    rng: Generator, shape: Shape, position: tuple[Array, Array, Array], above_chest: Array
) -> tuple[Array, Array]:
    """Return the signal behind the breast (pectoral muscle, ribs, lung) and the share of muscle."""
    z, lateral, _ = position
    behind = -above_chest
    ribs = np.sin(2 * np.pi * (z + 0.35 * lateral) / 24.0 + rng.uniform(0, 6))
    cage = step(behind - 9.0, 0.8)
    lung = step(behind - 17.0, 0.8)
    between = _MUSCLE * (0.72 + 0.28 * np.tanh(2 * ribs))
    muscle = _MUSCLE * (1 + 0.08 * low_order(rng, shape, 6))
    wall = muscle + (between - muscle) * cage
    return np.asarray(wall + (_LUNG - wall) * lung, dtype=np.float32), np.asarray(
        1.0 - lung, dtype=np.float32
    )


def _vessels(
    rng: Generator, shape: Shape, spacing_mm: Spacing, below_skin: Array, above_chest: Array
) -> Array:
    """Return the share of vessel: a few thin winding tubes."""
    points = []
    size = np.asarray(shape) * np.asarray(spacing_mm)
    for _ in range(int(rng.integers(4, 8))):
        start = size * rng.uniform((0.2, 0.2, 0.35), (0.8, 0.8, 0.65))
        heading = rng.normal(size=(1, 3)) * (0.6, 1.0, 1.0)
        steps = heading + np.cumsum(0.12 * rng.normal(size=(160, 3)), axis=0)
        steps *= 0.5 / np.linalg.norm(steps, axis=1, keepdims=True)
        points.append(start + np.cumsum(steps, axis=0))
    index = np.concatenate(points) / np.asarray(spacing_mm)
    inside = np.all((index >= 1) & (index < np.asarray(shape) - 2), axis=1)
    share = np.zeros(shape, dtype=np.float32)
    _splat(share, index[inside])
    tissue = step(below_skin - 4.0, 1.0) * step(above_chest - 4.0, 1.0)
    return np.asarray(np.minimum(share * np.float32(0.9), 1.0) * tissue, dtype=np.float32)


def _splat(share: Array, index: np.ndarray) -> None:
    """Add each point to its eight neighbouring voxels, by nearness."""
    low = np.floor(index).astype(int)
    rest = index - low
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(np.asarray(corner) == 1, rest, 1 - rest), axis=1)
        np.add.at(share, tuple((low + corner).T), weight.astype(np.float32))
