"""Boxes and points that a human gives, on the voxels of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import Grid, RoiError

Index = tuple[int, int, int]
Coordinates = Literal["lps", "ras", "voxel"]

MIN_EDGE_VOXELS = 3
SLACK_VOXEL = 1e-3  # rounding of coordinates in millimetres


@dataclass(frozen=True, slots=True)
class IndexBox:
    """The voxels with ``start <= index < stop``, axes (z, y, x)."""

    start: Index
    stop: Index

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """The box as an index of an array."""
        z, y, x = (slice(a, b) for a, b in zip(self.start, self.stop, strict=True))
        return z, y, x

    def widened(self, margin_mm: float, spacing_mm: Sequence[float], within: IndexBox) -> IndexBox:
        """Return the box with a margin on all sides, as far as another box allows."""
        steps = [int(np.ceil(margin_mm / s)) for s in spacing_mm]
        return IndexBox(
            _index([max(a - n, w) for a, n, w in zip(self.start, steps, within.start, strict=True)]),
            _index([min(b + n, w) for b, n, w in zip(self.stop, steps, within.stop, strict=True)]),
        )

    def moved(self, offset: Index) -> IndexBox:
        """Return the box counted from another first voxel."""
        start, stop = (
            _index([a - o for a, o in zip(end, offset, strict=True)]) for end in (self.start, self.stop)
        )
        return IndexBox(start, stop)

    def mask(self, shape: Index) -> NDArray[np.bool_]:
        """Return an array of this shape that is True inside."""
        inside = np.zeros(shape, dtype=bool)
        inside[self.slices] = True
        return inside


def whole_box(shape: Index) -> IndexBox:
    """Return the box of all voxels."""
    return IndexBox((0, 0, 0), shape)


def box_around(mask: NDArray[np.bool_]) -> IndexBox:
    """Return the smallest box that holds a mask, which is not empty."""
    ends = [
        np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))[[0, -1]] for axis in range(3)
    ]
    return IndexBox(_index([int(a) for a, _ in ends]), _index([int(b) + 1 for _, b in ends]))


def touched_faces(inner: IndexBox, outer: IndexBox) -> int:
    """Return how many of the outer box's six faces the inner one reaches."""
    low = sum(a <= b for a, b in zip(inner.start, outer.start, strict=True))
    return low + sum(a >= b for a, b in zip(inner.stop, outer.stop, strict=True))


def box_of_corners(
    numbers: Sequence[float], grid: Grid, coordinates: Coordinates = "lps"
) -> tuple[IndexBox, tuple[str, ...]]:
    """Return the voxels between two opposite corners, in any order, and what a human should know.

    Parameters
    ----------
    numbers : six floats
        x, y, z of one corner, then of the other: millimetres (``lps``, ``ras``), or voxel indices counted from 0,
        both corners inside (``voxel``). On an oblique grid a box in millimetres becomes the smallest box of voxels
        around it.
    grid : Grid
        The image's.

    Raises
    ------
    RoiError
        ROI-50: outside the image. ROI-51: not six finite numbers, or thinner than three voxels.
    """
    if len(numbers) != 6 or not np.isfinite(numbers).all():
        raise RoiError(
            "ROI-51",
            "a box has two corners of three numbers each",
            found=f"{len(numbers)} number(s)",
            expected="x1,y1,z1,x2,y2,z2",
            remedy="Give both corners, in one kind of coordinates.",
        )
    corners = np.array(numbers, dtype=float).reshape(2, 3)
    every = np.array(np.meshgrid(*corners.T)).reshape(3, -1).T
    indices = to_indices(every, grid, coordinates)
    low = np.ceil(indices.min(axis=0) - SLACK_VOXEL).astype(int)
    high = np.floor(indices.max(axis=0) + SLACK_VOXEL).astype(int) + 1
    start, stop = np.maximum(low, 0), np.minimum(high, grid.shape)
    if (start >= stop).any():
        raise _outside("the box lies outside the image", indices.mean(axis=0), grid)
    if (stop - start < MIN_EDGE_VOXELS).any():
        edges = " x ".join(str(n) for n in (stop - start)[::-1])
        raise RoiError(
            "ROI-51",
            "the box is empty or too thin",
            found=f"{edges} voxels along x, y, z inside the image",
            expected=f"at least {MIN_EDGE_VOXELS} along each",
            remedy="Give two opposite corners around the lesion, with some millimetres of other tissue on each side.",
        )
    is_cut = bool((low < 0).any() or (high > grid.shape).any())
    notes = ("ROI-50 the box reaches beyond the image; it was cut at the border",) if is_cut else ()
    return IndexBox(_index(start), _index(stop)), notes


def voxel_of_point(point: Sequence[float], grid: Grid, coordinates: Coordinates = "lps") -> Index:
    """Return the index (z, y, x) of the voxel that holds a point.

    Raises
    ------
    RoiError
        ROI-50: outside the image. ROI-51: not three finite numbers.
    """
    if len(point) != 3 or not np.isfinite(point).all():
        raise RoiError(
            "ROI-51",
            "a seed has three numbers",
            found=f"{len(point)} number(s)",
            expected="x,y,z",
            remedy="Give a point inside the lesion; repeat --seed for more.",
        )
    index = to_indices(np.array([point], dtype=float), grid, coordinates)[0]
    voxel = np.rint(index).astype(int)
    if (voxel < 0).any() or (voxel >= grid.shape).any():
        raise _outside("the seed lies outside the image", index, grid)
    return _index(voxel)


def to_indices(points: NDArray[np.float64], grid: Grid, coordinates: Coordinates) -> NDArray[np.float64]:
    """Return fractional indices (z, y, x) of points (x, y, z), shape (n, 3)."""
    if coordinates == "voxel":
        return points[:, ::-1]
    lps = points * ((-1.0, -1.0, 1.0) if coordinates == "ras" else (1.0, 1.0, 1.0))
    matrix = np.linalg.inv(grid.index_to_lps())
    return np.asarray(lps @ matrix[:3, :3].T + matrix[:3, 3])


def _outside(message: str, index: NDArray[np.float64], grid: Grid) -> RoiError:
    found, size = (" x ".join(f"{v:.0f}" for v in values[::-1]) for values in (index, np.array(grid.shape)))
    return RoiError(
        "ROI-50",
        message,
        found=f"voxel {found} (x, y, z)",
        expected=f"within {size} voxels",
        remedy="Check the coordinates: LPS millimetres by default; 3D Slicer shows RAS, where x and y have the "
        "other sign.",
    )


def _index(values: Sequence[int] | NDArray[np.int64]) -> Index:
    z, y, x = (int(v) for v in values)
    return z, y, x
