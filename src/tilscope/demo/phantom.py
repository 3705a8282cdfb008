"""Breast phantoms with a known motion and a known coil field, to measure registration, bias field and segmentation.

The tissue is a function of position (fat-suppressed fat, gland, ligaments, vessels, skin, muscle, one lesion that
enhances in a rim), sampled at moved positions: the truth passes through no interpolation of the code that it
judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from tilscope.demo.phantom_motion import Motion, MotionKind, Points, draw_motion
from tilscope.vocabulary import DceSeries, Grid, Roi, Volume

Values = NDArray[np.float64]
Size = Literal["standard", "fine"]
Index = tuple[int, int, int]

#: Voxels and spacing (mm) along (z, y, x).
SIZES: dict[Size, tuple[Index, tuple[float, float, float]]] = {
    "standard": ((100, 256, 256), (1.6, 1.33, 1.33)),
    "fine": ((140, 384, 384), (1.1, 0.9, 0.9)),
}
PHASES = ("pre", "post1", "post2")
#: Enhancement of gland, vessels and lesion in each phase.
_UPTAKE = {"pre": (0.0, 0.0, 0.0), "post1": (0.15, 0.9, 1.0), "post2": (0.24, 0.7, 0.85)}
_SIGNAL = 600.0
_LATTICE_MM = 2.0
_WALL_MM = 190.0


@dataclass(frozen=True, slots=True)
class PhantomPlan:
    """What one phantom is to be.

    Attributes
    ----------
    seed : int
    size : str
        ``standard`` (256 x 256 x 100 voxels of 1.33 x 1.33 x 1.6 mm) or ``fine`` (384 x 384 x 140 of 0.9 x 0.9 x 1.1).
    motion : str
        ``smooth``, ``rough`` or ``sliding``.
    shift_mm : float
        Mean displacement of the lesion between post1 and the other phases.
    noise : float
        sd of the Rician noise, relative to fat without suppression.
    bias : float
        sd of the log of the coil's field.
    """

    seed: int
    size: Size = "standard"
    motion: MotionKind = "smooth"
    shift_mm: float = 3.5
    noise: float = 0.02
    bias: float = 0.13


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """Three phases and their truth; pre and post2 are moved against post1.

    Attributes
    ----------
    series : DceSeries
        ``pre``, ``post1``, ``post2``.
    roi : Roi
        The lesion in post1.
    moved_roi : Roi
        The lesion in pre and post2.
    motion : Motion
    log_field : ndarray of float32, shape (z, y, x)
        Log of the coil's field.
    start : tuple of int
        First voxel of this part in the whole phantom.
    """

    series: DceSeries
    roi: Roi
    moved_roi: Roi
    motion: Motion
    log_field: NDArray[np.float32]
    start: Index

    def positions_mm(self, start: Index = (0, 0, 0), shape: Index | None = None) -> Points:
        """Return local (z, y, x) mm of the voxels of a box, shape (*shape, 3)."""
        grid = self.roi.grid
        return _positions(
            [a + b for a, b in zip(self.start, start, strict=True)], shape or grid.shape, grid.spacing_mm
        )


def make_phantom(plan: PhantomPlan, around_lesion_mm: float | None = None) -> Phantom:
    """Make a phantom, whole or only the part around the lesion.

    Parameters
    ----------
    plan : PhantomPlan
    around_lesion_mm : float, optional
        Keep the lesion's box and this margin; what is kept equals the same part of the whole phantom.
    """
    rng = np.random.default_rng(plan.seed)
    shape, spacing = SIZES[plan.size]
    extent = np.array(shape) * spacing
    tissue = _Tissue(rng, extent)
    motion = draw_motion(rng, plan.motion, tissue.lesion_points(), plan.shift_mm, tissue.depth_mm)
    coil = _Coil.draw(rng, plan.bias, tissue, extent)
    low, high = _part(tissue, shape, spacing, around_lesion_mm)
    kept = (high[0] - low[0], high[1] - low[1], high[2] - low[2])
    still = np.empty((3, *kept), dtype=np.float32)
    log_field = np.empty(kept, dtype=np.float32)
    masks = np.empty((2, *kept), dtype=bool)
    for k in range(kept[0]):
        p = _positions([low[0] + k, low[1], low[2]], (1, *kept[1:]), spacing)[0]
        q = p + motion.v(p)
        log_field[k] = coil.log_field(p)
        masks[0, k], masks[1, k] = tissue.radius(p) < 1, tissue.radius(q) < 1
        layers, moved_layers = tissue.layers(p), tissue.layers(q)
        for n, name in enumerate(PHASES):
            own = layers if name == "post1" else moved_layers
            still[n, k] = _SIGNAL * own.signal(*_UPTAKE[name]) * np.exp(log_field[k])
    grid = Grid(kept, spacing, tuple(float(low[a] * spacing[a]) for a in (2, 1, 0)))  # type: ignore[arg-type]
    volumes = tuple(Volume(_rician(image, plan, shape, low, n), grid) for n, image in enumerate(still))
    series = DceSeries(volumes, (-90.0, 0.0, 90.0), "phantom")
    roi, moved = Roi(masks[0], grid), Roi(masks[1], grid, phase="post2")
    return Phantom(series, roi, moved, motion, log_field, low)


def _part(
    tissue: _Tissue, shape: Index, spacing: tuple[float, float, float], around_lesion_mm: float | None
) -> tuple[Index, Index]:
    if around_lesion_mm is None:
        return (0, 0, 0), shape
    reach = 1.2 * tissue.semi_axes_mm + around_lesion_mm
    low = np.clip(np.floor((tissue.centre_mm - reach) / spacing), 0, None).astype(int)
    high = np.minimum(np.ceil((tissue.centre_mm + reach) / spacing).astype(int) + 1, shape)
    return (int(low[0]), int(low[1]), int(low[2])), (int(high[0]), int(high[1]), int(high[2]))


def _positions(start: list[int], shape: Index, spacing: tuple[float, float, float]) -> Points:
    axes = [(a + np.arange(n)) * s for a, n, s in zip(start, shape, spacing, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)


def _rician(
    image: NDArray[np.float32], plan: PhantomPlan, shape: Index, low: Index, phase: int
) -> NDArray[np.float32]:
    sd = _SIGNAL * plan.noise
    for k in range(image.shape[0]):
        # a generator per slice: a part of the phantom has the noise of the whole
        noise = np.random.default_rng([plan.seed, phase, low[0] + k]).normal(0.0, sd, (2, *shape[1:]))
        cut = noise[:, low[1] : low[1] + image.shape[1], low[2] : low[2] + image.shape[2]]
        image[k] = np.hypot(image[k] + cut[0], cut[1])
    return image


@dataclass(frozen=True, slots=True, eq=False)
class _Layers:
    """Shares of the tissues at some points, before contrast medium."""

    body: Values
    fat: Values
    gland: Values
    vessel: Values
    lesion: Values
    rim: Values
    patches: Values
    rest: Values

    def signal(self, gland_uptake: float, vessel_uptake: float, lesion_uptake: float) -> Values:
        lesion = 0.62 + lesion_uptake * (0.35 + 0.75 * self.rim + 0.2 * self.patches)
        tissue = self.rest + self.fat + self.gland * (0.55 + gland_uptake)
        tissue = tissue * (1 - self.vessel) + self.vessel * (0.5 + vessel_uptake)
        return np.asarray(np.maximum((tissue * (1 - self.lesion) + lesion * self.lesion) * self.body, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Coil:
    """The log of the coil's field: a sum of four plane waves of about the body's width."""

    waves: Points
    amplitudes: Values
    phases: Values

    @staticmethod
    def draw(rng: Generator, sd: float, tissue: _Tissue, extent_mm: Values) -> _Coil:
        """Draw a field whose log has this sd inside the body."""
        coil = _Coil(
            rng.normal(size=(4, 3)) * np.pi / 340.0, rng.normal(size=4), rng.uniform(0, 2 * np.pi, 4)
        )
        p = np.stack(np.meshgrid(*[np.arange(0, e, 8.0) for e in extent_mm], indexing="ij"), axis=-1)
        in_body = (tissue.skin_mm(p) > 0) & (tissue.depth_mm(p) > -14.0)
        return _Coil(coil.waves, coil.amplitudes * sd / coil.log_field(p[in_body]).std(), coil.phases)

    def log_field(self, p: Points) -> Values:
        return np.asarray((self.amplitudes * np.cos(p @ self.waves.T + self.phases)).sum(-1))


class _Tissue:
    """The breasts, the chest and the lesion as functions of position (z, y, x) in mm; y runs to the back."""

    def __init__(self, rng: Generator, extent_mm: NDArray[np.float64]) -> None:
        self._extent_mm = extent_mm
        volume_ml = rng.uniform(2.0, 8.0)
        radius = (3000.0 * volume_ml / (4 * np.pi)) ** (1 / 3)
        stretch = rng.uniform(0.85, 1.15, 3)
        self.semi_axes_mm = radius * stretch / np.prod(stretch) ** (1 / 3)
        self._lobes = rng.uniform(-0.08, 0.08, (3, 3))
        side = rng.choice([0.27, 0.73])
        depth = radius + rng.uniform(8.0, 35.0)
        self.centre_mm = np.array(
            [
                extent_mm[0] / 2 + rng.uniform(-20, 20),
                _WALL_MM - depth,
                extent_mm[2] * side + rng.uniform(-15, 15),
            ]
        )
        self.centre_mm[1] += self._wall_shift(self.centre_mm)
        nodes = np.ceil(extent_mm / _LATTICE_MM).astype(int) + 24
        self._coarse = _lattice(rng, nodes, 5.0)
        self._fine = _lattice(rng, nodes, 1.2)
        self._sheets = _lattice(rng, nodes, 3.0)
        self._tubes = (_lattice(rng, nodes, 4.0), _lattice(rng, nodes, 4.0))
        self._patches = _lattice(rng, nodes, 1.5)

    def _wall_shift(self, p: Points) -> Values:
        """Return how far the chest wall bends back at the sides, mm."""
        return np.asarray(22.0 * ((p[..., 2] - self._extent_mm[2] / 2) / (self._extent_mm[2] / 2)) ** 2)

    def depth_mm(self, p: Points) -> Values:
        """Return the distance in front of the chest wall along y, mm; negative behind it."""
        return np.asarray(_WALL_MM + self._wall_shift(p) - p[..., 1])

    def radius(self, p: Points) -> Values:
        """Return the scaled distance from the lesion's centre: 1 on its lobulated surface."""
        d = (p - self.centre_mm) / self.semi_axes_mm
        r = np.sqrt((d**2).sum(-1))
        unit = d / np.maximum(r, 1e-9)[..., None]
        return np.asarray(r / (1 + np.einsum("...i,ij,...j->...", unit, self._lobes, unit)))

    def lesion_points(self) -> Points:
        """Return points of the lesion on a lattice of 1.5 mm, shape (n, 3)."""
        reach = np.ceil(1.2 * self.semi_axes_mm.max())
        axis = np.arange(-reach, reach + 0.1, 1.5)
        points = self.centre_mm + np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
        return np.asarray(points[self.radius(points) < 1])

    def layers(self, p: Points) -> _Layers:
        """Return the tissues at points of shape (..., 3)."""
        depth = self.depth_mm(p)
        skin_mm = self.skin_mm(p)
        in_breast = _soft(depth, 1.0)
        dense = 1.6 * _soft(skin_mm - 12.0, 3.0) - 0.4
        gland = _soft(_sample(self._coarse, p) + dense - 0.9, 0.15) * _soft(skin_mm - 4.0, 1.0) * in_breast
        fine = _sample(self._fine, p)
        ligament = np.exp(-((_sample(self._sheets, p) / 0.12) ** 2) / 2) * in_breast
        tube = np.exp(-sum((_sample(n, p) / 0.10) ** 2 for n in self._tubes) / 2) * in_breast
        skin = np.exp(-(((skin_mm - 1.5) / 1.2) ** 2)) * in_breast
        muscle = (1 - in_breast) * _soft(depth + 14.0, 1.5)
        lung = (1 - in_breast) * (1 - _soft(depth + 14.0, 1.5))
        fat = (1 - gland) * in_breast * (0.20 + 0.12 * ligament + 0.02 * fine) + 0.25 * skin
        r = self.radius(p)
        return _Layers(
            body=_soft(skin_mm, 0.5),
            fat=fat,
            gland=gland * (1 + 0.12 * fine),
            vessel=tube,
            lesion=_soft(1 - r, 0.07),
            rim=np.exp(-((r - 0.85) ** 2) / (2 * 0.18**2)),
            patches=_sample(self._patches, p),
            rest=muscle * (0.42 + 0.05 * fine) + 0.06 * lung,
        )

    def skin_mm(self, p: Points) -> Values:
        """Return about the distance to the skin, mm; negative in air."""
        width = self._extent_mm[2]
        semi = np.array([0.52 * self._extent_mm[0], 120.0, 0.235 * width])
        breasts = []
        for side in (0.27, 0.73):
            centre = np.array([self._extent_mm[0] / 2, _WALL_MM + 10.0, side * width])
            breasts.append((1 - np.sqrt((((p - centre) / semi) ** 2).sum(-1))) * semi.min())
        trunk = np.minimum(12.0 - self.depth_mm(p), 0.48 * width - np.abs(p[..., 2] - width / 2))
        return np.asarray(np.maximum(np.maximum(*breasts), trunk))


def _soft(distance: Values, width: float) -> Values:
    return np.asarray(0.5 * (1.0 + np.tanh(distance / (2.0 * width))))


def _lattice(rng: Generator, shape: NDArray[np.int64], sigma: float) -> Values:
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), sigma, mode="wrap")
    return np.asarray(ndimage.spline_filter(smooth / smooth.std(), order=3, mode="nearest"))


def _sample(lattice: Values, p: Points) -> Values:
    index = np.moveaxis(p / _LATTICE_MM + 12, -1, 0)
    return np.asarray(ndimage.map_coordinates(lattice, index, order=3, mode="nearest", prefilter=False))
