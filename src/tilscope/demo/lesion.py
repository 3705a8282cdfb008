"""The lesion: where it lies, its shape, and how its texture and kinetics follow the planted score.

Inflamed tumours (high score) are rounder, enhance evenly and quickly, and wash out; immune-cold ones are
irregular, enhance in a rim around a patchy core, and go on rising. This is the direction that reviews of
breast MRI and lymphocytes report; the sizes of the effects are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from tilscope.demo.anatomy import Breast
from tilscope.demo.fields import Array, Shape, Spacing, step, texture

_BASELINE = 235.0
#: Relative uptake of fast and slow tissue in post1..post4 (90, 180, 270, 360 s after injection).
_FAST = (1.00, 0.95, 0.88, 0.82)
_SLOW = (0.52, 0.74, 0.88, 0.97)
_RADIUS_MM = (6.5, 15.0)
#: Tissue between the lesion and the skin or the end of the field of view: motion takes up to 3 mm of it.
_RIM_OF_TISSUE_MM = 5.0
#: sd of what image and score do not share, in units of the score.
_IMAGE_SD = 0.45


@dataclass(frozen=True, slots=True)
class Appearance:
    """How one lesion looks; every number is drawn around a line in the planted score."""

    radius_mm: float
    irregularity: float
    strength: float
    patchiness: float
    rim: float
    fast: float
    fast_spread: float


@dataclass(frozen=True, slots=True, eq=False)
class Lesion:
    """One lesion on the breast's grid (slice, lateral, depth).

    Attributes
    ----------
    margin_mm : ndarray of float32
        About the distance to the border, > 0 inside.
    share : ndarray of float32
        Share of lesion in the voxel, 0..1.
    strength, fast : ndarray of float32
        Relative enhancement at full contrast (>= 0) and share of fast tissue (0..1).
    """

    margin_mm: Array
    share: Array
    strength: Array
    fast: Array


def draw_appearance(rng: Generator, latent_til: float) -> Appearance:
    """Draw how a lesion of this planted score looks."""
    seen = latent_til + _IMAGE_SD * rng.standard_normal()
    own = rng.standard_normal(5)
    return Appearance(
        radius_mm=float(rng.uniform(*_RADIUS_MM)),
        irregularity=float(np.clip(0.16 - 0.04 * seen + 0.025 * own[0], 0.05, 0.30)),
        strength=float(np.clip(1.65 + 0.10 * seen + 0.30 * own[1], 0.9, 2.6)),
        patchiness=float(0.17 * np.exp(-0.42 * seen + 0.18 * own[2])),
        rim=float(np.clip(0.30 - 0.24 * seen + 0.12 * own[3], 0.0, 0.8)),
        fast=float(1.0 / (1.0 + np.exp(-(0.25 + 0.75 * seen + 0.35 * own[4])))),
        fast_spread=float(0.9 * np.exp(-0.35 * seen)),
    )


def place_lesion(
    rng: Generator, breast: Breast, look: Appearance, shape: Shape, spacing_mm: Spacing
) -> Lesion:
    """Grow the lesion in the gland, wholly inside the breast."""
    room = _room_mm(breast, spacing_mm)
    centre = _centre(rng, breast, look, room)
    z, lateral, depth = (p - c for p, c in zip(breast.position_mm, centre, strict=True))
    axes = np.exp(0.12 * rng.standard_normal(3)).astype(np.float32)
    distance = np.sqrt((z / axes[0]) ** 2 + (lateral / axes[1]) ** 2 + (depth / axes[2]) ** 2)
    lobes = np.clip(texture(rng, shape, spacing_mm, 0.45 * look.radius_mm), -2, 2)
    spikes = np.clip(texture(rng, shape, spacing_mm, 1.5), -2, 2)
    radius = look.radius_mm * (1 + look.irregularity * (lobes + 0.45 * spikes))
    grown = np.minimum(radius - distance, room - np.float32(_RIM_OF_TISSUE_MM))
    margin = _one_piece(np.asarray(grown, dtype=np.float32))
    core = step(margin - 0.35 * look.radius_mm, 0.08 * look.radius_mm)
    patches = texture(rng, shape, spacing_mm, 2.0)
    strength = look.strength * (1 - look.rim * core) * np.exp(look.patchiness * np.clip(patches, -2.5, 2.5))
    fast = look.fast + look.fast_spread * 0.22 * texture(rng, shape, spacing_mm, 2.4)
    return Lesion(
        margin_mm=margin,
        share=step(margin, 0.35),
        strength=np.asarray(strength, dtype=np.float32),
        fast=np.asarray(np.clip(fast, 0.0, 1.0), dtype=np.float32),
    )


def _room_mm(breast: Breast, spacing_mm: Spacing) -> Array:
    """Return each voxel's distance in mm to the nearest air or end of the field of view."""
    solid = np.pad(breast.body > 0.5, 1)
    room = ndimage.distance_transform_edt(solid, sampling=spacing_mm)[1:-1, 1:-1, 1:-1]
    return np.asarray(room, dtype=np.float32)


def _centre(rng: Generator, breast: Breast, look: Appearance, room_mm: Array) -> tuple[float, ...]:
    """Choose a place in the gland that leaves the lesion room to every side."""
    z, lateral, depth = breast.position_mm
    off_wall = np.broadcast_to(depth < 0.30 * float(depth.max()), room_mm.shape)
    need = min(1.35 * look.radius_mm + _RIM_OF_TISSUE_MM, 0.9 * float(room_mm[off_wall].max()))
    weight = np.where((room_mm > need) & off_wall, 0.05 + breast.gland, 0.0).ravel()
    flat = int(rng.choice(weight.size, p=weight / weight.sum()))
    k, j, i = np.unravel_index(flat, room_mm.shape)
    return float(z[k, 0, 0]), float(lateral[0, j, 0]), float(depth[0, 0, i])


def _one_piece(margin_mm: Array) -> Array:
    """Sink every island but the largest below the surface."""
    labels, n = ndimage.label(margin_mm > 0)
    if n <= 1:
        return margin_mm
    largest = int(np.bincount(labels.ravel())[1:].argmax()) + 1
    return np.where((labels > 0) & (labels != largest), np.float32(-0.5), margin_mm)


def contrast_curves(lesion: Lesion) -> tuple[Array, ...]:
    """Return the relative enhancement of the lesion in each of the post-contrast phases."""
    return tuple(
        np.asarray(lesion.strength * (slow + (fast - slow) * lesion.fast), dtype=np.float32)
        for fast, slow in zip(_FAST, _SLOW, strict=True)
    )


def lesion_baseline() -> float:
    """Return the lesion's signal before contrast, in the breast's units."""
    return _BASELINE


def inside(margin_mm: Array) -> NDArray[np.bool_]:
    """Return the voxels of the lesion."""
    return np.asarray(margin_mm > 0)
