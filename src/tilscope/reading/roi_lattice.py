"""Masks onto the reference's voxels: exactly, by physical space, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import GeometryError, Grid, RoiError

SNAP_VOXEL = 1e-3  # rounding in headers; more is another grid (ROI-42)

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A part of a mask: a whole volume, or one slice of a DICOM SEG.

    Attributes
    ----------
    mask : ndarray of bool, shape (z, y, x)
    grid : Grid
    step_mm : float, optional
        Distance between a slice and its neighbours, where the file states it.
    """

    mask: NDArray[np.bool_]
    grid: Grid
    step_mm: float | None = None


def place(blocks: Sequence[Block], reference: Grid, *, file: object) -> NDArray[np.bool_]:
    """Put a mask on the reference's grid.

    Cropped or padded extents, flipped and permuted axes are followed exactly. A mask that is off by rounding
    (1e-3 voxel) is snapped; more is never.

    Parameters
    ----------
    blocks : sequence of Block
    reference : Grid
    file : object
        For messages.

    Raises
    ------
    GeometryError
        ROI-42 another grid, ROI-43 partly outside the image, ROI-44 a mask that lost its position.
    RoiError
        ROI-33 when nothing is inside.
    """
    if not any(block.mask.any() for block in blocks):
        raise empty(file)
    indices = [_on_lattice(block, reference, file) for block in blocks]
    voxels = np.concatenate(indices)
    is_inside = np.all((voxels >= 0) & (voxels < reference.shape), axis=1)
    if not is_inside.all():
        raise _outside(voxels, is_inside, reference, file)
    placed = np.zeros(reference.shape, dtype=bool)
    placed[tuple(voxels.T)] = True
    return placed


def empty(file: object, what: str = "the mask is empty") -> RoiError:
    """Return the error for a mask without voxels."""
    return RoiError(
        "ROI-33",
        what,
        file=file,
        found="no voxel inside",
        expected="a drawn lesion",
        remedy="Draw the lesion, or choose the segment that holds it.",
    )


def _on_lattice(block: Block, reference: Grid, file: object) -> NDArray[np.int64]:
    """Return the reference's indices (z, y, x) of the voxels inside, shape (n, 3)."""
    to_reference = np.linalg.inv(reference.index_to_lps()) @ block.grid.index_to_lps()
    lattice = np.round(to_reference)
    distance = np.abs((to_reference - lattice) @ _corners(block.grid.shape))[:3].max()
    turns = np.abs(lattice[:3, :3])
    is_permutation = bool((turns.sum(axis=0) == 1).all() and (turns.sum(axis=1) == 1).all())
    if not is_permutation or distance > SNAP_VOXEL:
        raise _another_grid(block.grid, reference, file)
    _refuse_shifted_whole(block.grid, reference, lattice, file)
    inside = np.argwhere(block.mask)
    placed: NDArray[np.int64] = (inside @ lattice[:3, :3].T + lattice[:3, 3]).astype(np.int64)
    return placed


def _corners(shape: tuple[int, int, int]) -> Float:
    last = [n - 1 for n in shape]
    return np.array(
        [(z, y, x, 1) for z in (0, last[0]) for y in (0, last[1]) for x in (0, last[2])], dtype=float
    ).T


def _refuse_shifted_whole(grid: Grid, reference: Grid, lattice: Float, file: object) -> None:
    """Refuse a mask of the reference's full size that lies elsewhere: no crop, so its position is wrong."""
    ends = (lattice @ _corners(grid.shape))[:3]
    low, high = ends.min(axis=1), ends.max(axis=1)
    is_whole = bool((high - low + 1 == reference.shape).all())
    if is_whole and low.any():
        raise _another_grid(grid, reference, file)


def _another_grid(grid: Grid, reference: Grid, file: object) -> GeometryError:
    if _lost_its_position(grid, reference):
        return GeometryError(
            "ROI-44",
            "the mask has lost its position in space (identity orientation, origin 0)",
            file=file,
            found=_described(grid),
            expected=_described(reference),
            remedy="Export it again with the image's geometry (3D Slicer: choose the image as reference volume).",
        )
    return GeometryError(
        "ROI-42",
        f"the mask lies on another grid than the image, {apart(grid, reference)}",
        file=file,
        found=_described(grid),
        expected=_described(reference),
        remedy="Draw or export it on this image (3D Slicer: choose the image as reference volume); if it is of"
        " this examination and lies rightly, imaging.resample_masks = true in study.toml resamples it.",
    )


def _lost_its_position(grid: Grid, reference: Grid) -> bool:
    """Tell whether the mask's geometry is what software writes that knows none, and the image's is not."""
    is_diagonal = np.array_equal(np.abs(grid.direction), np.eye(3))
    is_default = is_diagonal and not np.any(grid.origin_mm)
    reference_is_default = np.array_equal(np.abs(reference.direction), np.eye(3)) and not np.any(
        reference.origin_mm
    )
    return is_default and not reference_is_default


def apart(grid: Grid, reference: Grid) -> str:
    """Return in words how far, in mm, a grid is from the reference's voxels."""
    if grid.shape == reference.shape:
        return f"up to {grid.offset_mm(reference):.3f} mm away"
    to_reference = np.linalg.inv(reference.index_to_lps()) @ grid.index_to_lps()
    residual = (to_reference - np.round(to_reference))[:3, 3] * reference.spacing_mm
    return f"its first voxel {np.linalg.norm(residual):.3f} mm from the nearest voxel centre"


def _described(grid: Grid) -> str:
    spacing = " x ".join(f"{value:.4g}" for value in grid.spacing_mm[::-1])
    shape = " x ".join(map(str, grid.shape[::-1]))
    origin = ", ".join(f"{value:.3f}" for value in grid.origin_mm)
    return f"{shape} voxels of {spacing} mm from ({origin}) LPS"


def _outside(
    voxels: NDArray[np.int64], is_inside: NDArray[np.bool_], reference: Grid, file: object
) -> GeometryError:
    beyond = np.maximum(-voxels, voxels - (np.array(reference.shape) - 1)).max(axis=0)
    millimetres = float((np.maximum(beyond, 0) * reference.spacing_mm).max())
    return GeometryError(
        "ROI-43",
        "the lesion lies partly outside the image",
        file=file,
        found=f"{int((~is_inside).sum())} of {len(voxels)} voxels outside, up to {millimetres:.2f} mm",
        expected="all voxels inside",
        remedy="Check that mask and image belong together.",
    )
