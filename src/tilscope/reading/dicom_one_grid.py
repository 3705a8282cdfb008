"""Phases that were acquired on different grids, brought onto the grid of the first post-contrast phase."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import GeometryError, Grid, Volume

SAME_GRID_VOXEL = 1e-3  # phases nearer than this share one grid
NEAR_GRID_VOXEL = 1e-2  # up to this the phases keep their own grids, with a note
COVERED_VOXEL = 0.5  # a voxel reaches this far beyond its centre
ROUNDING_VOXEL = 1e-3

Float = NDArray[np.float64]


def distance_mm(grid: Grid, other: Grid) -> float:
    """Return the largest distance between corner voxels of two grids of one shape; infinite for two shapes."""
    return grid.offset_mm(other) if grid.shape == other.shape else float("inf")


def onto_grid(volume: Volume, target: Grid, *, file: object = None) -> Volume:
    """Interpolate an image linearly at the voxel centres of another grid of the same frame of reference.

    Parameters
    ----------
    volume : Volume
    target : Grid
    file : object
        For the message.

    Returns
    -------
    Volume
        float32 on ``target``. Centres in the outer half of the image's border voxels take the border's value.

    Raises
    ------
    GeometryError
        IMG-15 when the target reaches more than half a voxel beyond the image's voxel centres.
    """
    from scipy.ndimage import affine_transform

    to_source = np.linalg.inv(volume.grid.index_to_lps()) @ target.index_to_lps()
    _refuse_uncovered(volume.grid, target, to_source, file)
    array = affine_transform(
        volume.array,
        to_source[:3, :3],
        offset=to_source[:3, 3],
        output_shape=target.shape,
        output=np.float32,
        order=1,
        mode="nearest",
    )
    return Volume(array, target)


def described(grid: Grid) -> str:
    """Return a grid in words, x first."""
    spacing = " x ".join(f"{value:.3f}" for value in grid.spacing_mm[::-1])
    return f"{' x '.join(map(str, grid.shape[::-1]))} voxels of {spacing} mm"


def _refuse_uncovered(source: Grid, target: Grid, to_source: Float, file: object) -> None:
    corners = np.array([(*corner, 1.0) for corner in product(*((0, n - 1) for n in target.shape))])
    indices = (to_source @ corners.T)[:3].T
    beyond = np.maximum(-indices, indices - (np.array(source.shape) - 1)).max(axis=0)
    if bool((beyond > COVERED_VOXEL + ROUNDING_VOXEL).any()):
        short_mm = float((beyond * source.spacing_mm).max())
        raise GeometryError(
            "IMG-15",
            "a phase on another grid does not cover the first post-contrast phase",
            file=file,
            found=f"{described(source)} that end up to {short_mm:.2f} mm inside {described(target)}",
            expected=f"at most half a voxel ({0.5 * max(source.spacing_mm):.2f} mm)",
            remedy="Export all phases of one examination with the same field of view.",
        )


def chosen_grids(grids: Sequence[Grid], reference: int) -> tuple[list[Grid], list[int]]:
    """Decide which phases keep their grids.

    Parameters
    ----------
    grids : sequence of Grid
        As acquired, one per phase.
    reference : int
        Number of the phase whose grid all others are brought onto.

    Returns
    -------
    list of Grid
        One per phase; phases that agree share the reference's.
    list of int
        Numbers of the phases that must be interpolated.
    """
    target = grids[reference]
    kept, moved = [], []
    for number, grid in enumerate(grids):
        away = distance_mm(grid, target)
        if away <= SAME_GRID_VOXEL * min(target.spacing_mm):
            kept.append(target)
        else:
            kept.append(grid)
            if away > NEAR_GRID_VOXEL * min(target.spacing_mm):
                moved.append(number)
    return kept, moved
