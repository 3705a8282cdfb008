"""Three planes through a lesion, turned the way a radiologist holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import Grid

Scalar = TypeVar("Scalar", bound=np.generic)
PLANES = ("axial", "coronal", "sagittal")


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


def pixel_aspect(plane: str, spacing: tuple[float, float, float]) -> float:
    """Return height over width of a pixel in one plane."""
    rows, columns = [edge for axis, edge in enumerate(spacing) if axis != PLANES.index(plane)]
    return rows / columns


def extent_mm(
    shape: tuple[int, int, int], spacing: tuple[float, float, float], plane: str
) -> tuple[float, float]:
    """Return (height, width) of one plane in mm."""
    edges = [n * edge for n, edge in zip(shape, spacing, strict=True)]
    del edges[PLANES.index(plane)]
    return edges[0], edges[1]
