"""Phantoms with a known truth: two breast-like phases and the deformation between them.

The tissue is an analytic lesion on a textured background, sampled at deformed positions, so the truth does
not pass through any interpolation of the code under test. ``moving(q) = tissue(q + v(q))`` with an analytic
``v``; the true map of a fixed point p is then the solution of ``q + v(q) = p``, found by iteration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tilscope.demo.phantom_motion import Motion
from tilscope.vocabulary import DceSeries, Grid, Roi, Volume

OBLIQUE = ((0.96, -0.28, 0.0), (0.28, 0.96, 0.0), (0.0, 0.0, 1.0))
SAGITTAL = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
TEXTURE_MM = 2.0


@dataclass(frozen=True)
class Pair:
    """A series (pre, post1, post2), the ROI on post1 and on post2, and the truth in the ROI of post1."""

    series: DceSeries
    roi: Roi
    roi_on_post2: Roi
    deformation: Motion
    centre_mm: NDArray[np.float64]

    def positions(self, grid: Grid) -> NDArray[np.float64]:
        """Local (z, y, x) mm of each voxel of a crop of the phantom's grid."""
        whole = self.series.phase("post1").grid
        first = np.linalg.inv(whole.index_to_lps()) @ np.array([*grid.origin_mm, 1.0])
        axes = [(first[a] + np.arange(grid.shape[a])) * grid.spacing_mm[a] for a in range(3)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def make_pair(
    seed: int = 1,
    *,
    shape: tuple[int, int, int] = (48, 96, 96),
    spacing_mm: tuple[float, float, float] = (2.0, 1.5, 1.5),
    direction: tuple[tuple[float, float, float], ...] = AXIAL,
    diameter_mm: float = 20.0,
    shift_mm: float = 3.6,
    dilation: float = 0.034,
    noise: float = 0.03,
    bias: float = 0.0,
) -> Pair:
    rng = np.random.default_rng(seed)
    spacing = np.asarray(spacing_mm)
    extent = spacing * np.asarray(shape)
    centre = extent * (0.5, 0.45, 0.5) + rng.uniform(-3, 3, 3)
    heading = rng.normal(size=3)
    heading *= shift_mm / np.linalg.norm(heading)
    deformation = Motion(
        heading[np.newaxis],
        (centre + rng.uniform(-6, 6, 3))[np.newaxis],
        np.array([40.0]),
        dilation,
        centre,
        30.0,
    )
    axes = [np.arange(n) * s for n, s in zip(shape, spacing, strict=True)]
    positions = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    moved = positions + deformation.v(positions)
    tissue = _Tissue(rng, extent, centre, diameter_mm)
    grid = Grid(shape, spacing_mm, (-31.0, 17.5, 42.25), direction)  # type: ignore[arg-type]
    field = np.exp(bias * np.cos(positions @ (np.array([1.0, 1.4, 0.8]) * np.pi / extent.max())))
    phases = []
    for where, gland, lesion in ((moved, 0.0, 0.0), (positions, 0.15, 1.0), (moved, 0.22, 0.85)):
        clean = 600.0 * tissue.signal(where, gland, lesion) * field
        sd = 600.0 * noise
        noisy = np.hypot(clean + rng.normal(0, sd, shape), rng.normal(0, sd, shape))
        phases.append(Volume(noisy.astype(np.float32), grid))
    series = DceSeries(tuple(phases), (-90.0, 0.0, 90.0), "phantom")
    roi = Roi(tissue.radius(positions) < 1, grid)
    roi2 = Roi(tissue.radius(moved) < 1, grid, phase="post2")
    return Pair(series, roi, roi2, deformation, centre)


class _Tissue:
    """Fat, gland, air and one rim-enhancing lesion, as functions of position."""

    def __init__(
        self,
        rng: np.random.Generator,
        extent: NDArray[np.float64],
        centre: NDArray[np.float64],
        diameter: float,
    ) -> None:
        self.extent = extent
        self.centre = centre
        self.semi_axes = diameter / 2 * rng.uniform(0.85, 1.15, 3)
        self.lobes = rng.uniform(-0.08, 0.08, (3, 3))
        n = np.ceil(extent / TEXTURE_MM).astype(int) + 20
        self.coarse = _noise(rng, n, 4.0)
        self.fine = _noise(rng, n, 1.3)
        self.heterogeneity = _noise(rng, n, 1.6)

    def radius(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scaled distance from the lesion's centre: 1 on its lobulated surface."""
        d = (p - self.centre) / self.semi_axes
        r = np.sqrt((d**2).sum(-1))
        unit = d / np.maximum(r, 1e-9)[..., None]
        return r / (1 + np.einsum("...i,ij,...j->...", unit, self.lobes, unit))

    def signal(self, p: NDArray[np.float64], gland_enhancement: float, lesion_enhancement: float):
        gland = 1 / (1 + np.exp(-4 * _sample(self.coarse, p)))
        texture = 0.08 * _sample(self.fine, p)
        r = self.radius(p)
        inside = 1 / (1 + np.exp((r - 1) * 14))
        rim = np.exp(-((r - 0.85) ** 2) / (2 * 0.18**2))
        lesion = 0.62 + lesion_enhancement * (0.35 + 0.75 * rim + 0.2 * _sample(self.heterogeneity, p))
        tissue = (1 - gland) * 1.0 + gland * (0.55 + gland_enhancement) + texture
        mixed = tissue * (1 - inside) + lesion * inside
        return np.maximum(mixed * self._breast(p), 0.0)

    def _breast(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 1 inside the breast (chest wall at the far y edge), 0 in air, smooth between."""
        middle = self.extent * (0.5, 1.0, 0.5)
        d = (p - middle) / (self.extent * (0.55, 0.9, 0.5))
        return 1 / (1 + np.exp((np.sqrt((d**2).sum(-1)) - 1) * 40))


def _noise(rng: np.random.Generator, shape: NDArray[np.int64], sigma: float) -> NDArray[np.float64]:
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), sigma, mode="wrap")
    return smooth / smooth.std()


def _sample(lattice: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    index = np.moveaxis(p / TEXTURE_MM + 10, -1, 0)
    return ndimage.map_coordinates(lattice, index, order=3, mode="nearest")
