"""Displacement fields on a crop of a lattice: warping of images and masks, Jacobian determinants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tilscope.vocabulary import Grid, Volume

Index = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class DisplacementField:
    """Where the tissue at each voxel of a crop lies in another phase of the same lattice.

    Attributes
    ----------
    vectors_mm : ndarray of float64, shape (z, y, x, 3)
        LPS vectors (x, y, z) in mm: the tissue at point p lies at p + vector in the moving phase.
    grid : Grid
        The crop.
    start : tuple of int
        Index (z, y, x) of the crop's first voxel in the lattice that all phases share.
    """

    vectors_mm: NDArray[np.float64]
    grid: Grid
    start: Index

    def sources(self) -> NDArray[np.float64]:
        """Return the fractional (z, y, x) indices of the shared lattice, shape (3, z, y, x).

        Zero displacement gives whole numbers exactly, so that an untouched phase stays bit-equal.
        """
        to_index = np.linalg.inv(self.grid.index_to_lps()[:3, :3])
        shift = np.moveaxis(self.vectors_mm @ to_index.T, -1, 0)
        axes = [first + np.arange(n) for first, n in zip(self.start, self.grid.shape, strict=True)]
        return shift + np.stack(np.meshgrid(*axes, indexing="ij"))

    def warp(self, volume: Volume) -> Volume:
        """Return the moving phase on the crop, by trilinear interpolation.

        Parameters
        ----------
        volume : Volume
            The whole moving phase, on the shared lattice. Beyond its border the nearest voxel counts.
        """
        return Volume(_sample(volume.array, self.sources()), self.grid)

    def warp_mask(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return a mask of the moving phase on the crop: linear interpolation of the label, at least one half."""
        return _sample(mask.astype(np.float32), self.sources()) >= 0.5

    def lengths_mm(self) -> NDArray[np.float64]:
        """Return the length of every vector in mm, shape (z, y, x)."""
        return np.sqrt((self.vectors_mm**2).sum(axis=-1))

    def jacobian(self) -> NDArray[np.float64]:
        """Return the determinant of the map's derivative: above 1 where the tissue is larger in the moving phase.

        Shape (z, y, x); central differences on the crop's own axes.
        """
        axes = np.asarray(self.grid.direction)
        local = self.vectors_mm @ axes[:, ::-1]
        derivative = np.empty((*self.grid.shape, 3, 3))
        for component in range(3):
            for axis, spacing in enumerate(self.grid.spacing_mm):
                derivative[..., component, axis] = _gradient(local[..., component], spacing, axis)
        return np.linalg.det(derivative + np.eye(3))


def identity_field(grid: Grid, start: Index) -> DisplacementField:
    """Return the field that moves nothing."""
    return DisplacementField(np.zeros((*grid.shape, 3)), grid, start)


def _gradient(values: NDArray[np.float64], spacing: float, axis: int) -> NDArray[np.float64]:
    if values.shape[axis] < 2:
        return np.zeros_like(values)
    return np.asarray(np.gradient(values, spacing, axis=axis))


def _sample(array: NDArray[np.float32], sources: NDArray[np.float64]) -> NDArray[np.float32]:
    return ndimage.map_coordinates(array, sources, output=np.float32, order=1, mode="nearest")
