"""Three planes through a lesion, turned the way a radiologist holds them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import Grid, Roi

Scalar = TypeVar("Scalar", bound=np.generic)
Planes = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
PLANES = ("axial", "coronal", "sagittal")
LETTERS = {  # at the top, bottom, left and right of a picture
    "axial": ("A", "P", "R", "L"),
    "coronal": ("S", "I", "R", "L"),
    "sagittal": ("S", "I", "A", "P"),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """How an index array becomes one that runs to inferior, posterior and left (rows, columns as displayed).

    Attributes
    ----------
    axes : tuple of int
        Index axes that run most along S-I, A-P and R-L.
    flips : tuple of bool
        Whether each of them must be reversed.
    """

    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    @classmethod
    def of(cls, grid: Grid) -> Turn:
        """Return the turn for a grid; an oblique one goes to its nearest planes."""
        columns = np.asarray(grid.direction)[:, ::-1]  # LPS unit vectors of the index axes z, y, x
        left = int(np.argmax(np.abs(columns[0])))
        rest = [a for a in range(3) if a != left]
        posterior = max(rest, key=lambda a: abs(columns[1, a]))
        superior = next(a for a in rest if a != posterior)
        flips = (columns[2, superior] > 0, columns[1, posterior] < 0, columns[0, left] < 0)
        return cls((superior, posterior, left), (bool(flips[0]), bool(flips[1]), bool(flips[2])))

    def array(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Return the values turned; a view, nothing is resampled."""
        turned = np.transpose(values, self.axes)
        return turned[tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)]

    def spacing(self, grid: Grid) -> tuple[float, float, float]:
        """Return the voxel's edges in mm along the turned axes."""
        spacing = [grid.spacing_mm[axis] for axis in self.axes]
        return spacing[0], spacing[1], spacing[2]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Where a lesion is looked at: three planes through its centre, and its outline in each.

    Attributes
    ----------
    turn : Turn
        From the grid's axes to the radiologist's.
    centre : tuple of int
        The voxel (S-I, A-P, R-L) that the planes share.
    shape : tuple of int
        Number of voxels along the turned axes.
    spacing_mm : tuple of float
        Edges of a voxel along the turned axes.
    outlines : tuple of ndarray, shape (n, 2, 2)
        Per plane: the edges between voxels of the lesion and others, as pairs of (x, y) in mm from the plane's
        upper left corner.
    """

    turn: Turn
    centre: tuple[int, int, int]
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    outlines: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

    @classmethod
    def of(cls, roi: Roi) -> View:
        """Return the view of a lesion on its own grid."""
        turn = Turn.of(roi.grid)
        mask = turn.array(roi.mask)
        view = cls(turn, centre_of(mask), _three(mask.shape), turn.spacing(roi.grid), (_NO_EDGES,) * 3)
        cuts = (cut(mask, plane, view.centre) for plane in PLANES)
        edges = (
            outline_mm(inside, pixel_mm(plane, view.spacing_mm))
            for plane, inside in zip(PLANES, cuts, strict=True)
        )
        return replace(view, outlines=_three(edges))

    def planes(self, values: NDArray[Any]) -> Planes:
        """Return copies of the three planes of an array on the view's grid."""
        turned = self.turn.array(values)
        return _three(np.array(cut(turned, plane, self.centre), np.float32) for plane in PLANES)

    def slab(self, grid: Grid, plane: str) -> Grid:
        """Return the one-voxel-thick part of the view's grid in which a plane lies."""
        place = PLANES.index(plane)
        axis, index = self.turn.axes[place], self.centre[place]
        start, stop = [0, 0, 0], list(grid.shape)
        start[axis] = grid.shape[axis] - 1 - index if self.turn.flips[place] else index
        stop[axis] = start[axis] + 1
        return grid.cropped(_three(start), _three(stop))

    def flat(self, values: NDArray[Any], plane: str) -> NDArray[np.float32]:
        """Return the picture of a plane from values on its `slab`."""
        return np.array(cut(self.turn.array(values), plane, (0, 0, 0)), np.float32)

    def extent_mm(self, plane: str) -> tuple[float, float]:
        """Return (height, width) of one plane in mm."""
        return extent_mm(self.shape, self.spacing_mm, plane)


_NO_EDGES = np.empty((0, 2, 2))


def _three(values: Any) -> Any:
    first, second, third = values
    return first, second, third


def centre_of(mask: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Return the voxel of the mask that is nearest to its centroid (a ring's centroid lies outside it)."""
    inside = np.argwhere(mask)
    nearest = inside[np.argmin(((inside - inside.mean(axis=0)) ** 2).sum(axis=1))]
    return int(nearest[0]), int(nearest[1]), int(nearest[2])


def cut(turned: NDArray[Scalar], plane: str, centre: tuple[int, int, int]) -> NDArray[Scalar]:
    """Return the picture of one plane of a turned array."""
    axis = PLANES.index(plane)
    place: list[slice | int] = [slice(None)] * 3
    place[axis] = centre[axis]
    return turned[tuple(place)]


def outline_mm(inside: NDArray[np.bool_], pixel: tuple[float, float]) -> NDArray[np.float64]:
    """Return the edges between pixels inside and outside, shape (n, 2, 2): pairs of (x, y) in mm.

    Parameters
    ----------
    inside : ndarray of bool, shape (rows, columns)
    pixel : tuple of float
        Height and width of a pixel in mm.
    """
    framed = np.pad(inside, 1)
    height, width = pixel
    row, column = np.nonzero(framed[1:-1, 1:] != framed[1:-1, :-1])
    upright = np.stack([column * width, row * height, column * width, (row + 1) * height], axis=1)
    row, column = np.nonzero(framed[1:, 1:-1] != framed[:-1, 1:-1])
    level = np.stack([column * width, row * height, (column + 1) * width, row * height], axis=1)
    return np.concatenate([upright, level]).reshape(-1, 2, 2).astype(np.float64)


def pixel_mm(plane: str, spacing: tuple[float, float, float]) -> tuple[float, float]:
    """Return height and width of a pixel in one plane, in mm."""
    rows, columns = [edge for axis, edge in enumerate(spacing) if axis != PLANES.index(plane)]
    return rows, columns


def extent_mm(
    shape: tuple[int, int, int], spacing: tuple[float, float, float], plane: str
) -> tuple[float, float]:
    """Return (height, width) of one plane in mm."""
    edges = [n * edge for n, edge in zip(shape, spacing, strict=True)]
    del edges[PLANES.index(plane)]
    return edges[0], edges[1]


def window_of(
    *arrays: NDArray[np.float32], percentiles: tuple[float, float] = (1.0, 99.8)
) -> tuple[float, float]:
    """Return black and white for some arrays together; white lies above black."""
    pooled = np.concatenate([array.ravel() for array in arrays])
    black, white = np.percentile(pooled, percentiles)
    return float(black), float(max(white, black + 1e-6))
