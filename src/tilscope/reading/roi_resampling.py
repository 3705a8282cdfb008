"""Masks of another grid in the same space, resampled onto the image: only where the study asks for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.roi_lattice import Block, apart, empty
from tilscope.vocabulary import GeometryError, Grid

MOST_VOLUME_CHANGE = 0.10  # of the lesion; more means that the two grids do not show the same thing
NUDGE_VOXEL = 1e-6  # settles ties: half a voxel between two grids then moves a lesion and does not thicken it
MOST_SHIFT_VOXEL = 0.5  # of a mask that has the image's size; more is no difference of grids
SAME_VOXELS = 1e-3  # largest difference of two voxels' edges, in voxels
EVEN_STEPS = 0.02  # how far, in steps, frames may lie from even ones


def resample(
    blocks: Sequence[Block], reference: Grid, file: object
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Put a mask on the reference's voxels by linear interpolation in physical space, from one half.

    Parameters
    ----------
    blocks : sequence of Block
        A volume, or slices of one orientation.
    reference : Grid
        The image's.
    file : object
        For messages.

    Returns
    -------
    mask : ndarray of bool, shape of the reference (z, y, x)
    notes : tuple of str
        How far the grids were apart (mm), and the volume before and after (ml).

    Raises
    ------
    GeometryError
        ROI-42 when a mask of the image's own size and voxels lies elsewhere, so that its position is wrong and
        not its grid, or when the volume changes by more than 10 %; ROI-43 when a part lies outside the image.
    RoiError
        ROI-33 when nothing is left.
    """
    whole = joined(blocks, reference, file)
    _refuse_misplaced(whole.grid, reference, file, is_frames=whole is not blocks[0])
    to_own = np.linalg.inv(whole.grid.index_to_lps()) @ reference.index_to_lps()
    start, stop = _box(whole, reference, file)
    mask = np.zeros(reference.shape, dtype=bool)
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    mask[box] = _interpolated(whole.mask, to_own, start, stop)
    before_ml = float(whole.mask.sum()) * whole.grid.voxel_volume_mm3 / 1000
    after_ml = float(mask.sum()) * reference.voxel_volume_mm3 / 1000
    if not mask.any():
        raise empty(file, "nothing of the lesion is left on the image's voxels")
    change = after_ml / before_ml - 1
    if abs(change) > MOST_VOLUME_CHANGE:
        raise GeometryError(
            "ROI-42",
            "resampling would change the lesion's volume",
            file=file,
            found=f"{before_ml:.3f} ml before, {after_ml:.3f} ml after ({change:+.0%})",
            expected=f"at most {MOST_VOLUME_CHANGE:.0%}",
            remedy="Draw the lesion on this image.",
        )
    return mask, (
        f"ROI-42 the mask lay on another grid, {apart(whole.grid, reference)}; it was resampled: "
        f"{before_ml:.3f} ml before, {after_ml:.3f} ml after",
    )


def _refuse_misplaced(grid: Grid, reference: Grid, file: object, *, is_frames: bool) -> None:
    """Refuse a mask of the image's size and voxels that lies more than half a voxel away (ROI-42).

    Frames of a DICOM SEG may be fewer than the image's slices: their rows and columns count.
    """
    to_reference = np.linalg.inv(reference.index_to_lps()) @ grid.index_to_lps()
    turns = np.round(to_reference[:3, :3])
    is_turned = not (np.abs(turns).sum(axis=0) == 1).all()
    if is_turned or np.abs(to_reference[:3, :3] - turns).max() > SAME_VOXELS:
        return
    last = turns @ (np.array(grid.shape) - 1)
    is_whole = np.abs(last) + 1 == reference.shape
    if not (is_whole.all() or (is_frames and is_whole[1:].all())):
        return
    first = to_reference[:3, 3] + np.minimum(last, 0)
    shift = np.where(is_whole, first, 0.0)
    if np.abs(shift).max() > MOST_SHIFT_VOXEL + SAME_VOXELS:
        raise GeometryError(
            "ROI-42",
            "the mask has the image's size and voxels and lies elsewhere: its position is wrong, not its grid",
            file=file,
            found=f"{np.linalg.norm(shift * reference.spacing_mm):.3f} mm away",
            expected=f"at most {MOST_SHIFT_VOXEL} voxel",
            remedy="Export it again with the image's geometry (3D Slicer: choose the image as reference volume).",
        )


def joined(blocks: Sequence[Block], reference: Grid, file: object) -> Block:
    """Return slices of one orientation as one volume; frames that are absent are empty slices.

    Raises
    ------
    GeometryError
        ROI-42 for frames of several orientations, or at uneven distances.
    """
    first = blocks[0]
    if len(blocks) == 1 and first.grid.shape[0] > 1:
        return first
    normal = np.array(first.grid.direction)[:, 2]
    places = np.array([np.dot(np.subtract(b.grid.origin_mm, first.grid.origin_mm), normal) for b in blocks])
    step = _step(np.unique(np.round(places, 6)), first, reference)
    indices = places / step
    is_even = bool(np.abs(indices - np.round(indices)).max() <= EVEN_STEPS)
    is_one_stack = all(
        _is_above(b.grid, first.grid, normal, place) for b, place in zip(blocks, places, strict=True)
    )
    if not (is_even and is_one_stack):
        raise GeometryError(
            "ROI-42",
            "the frames of the DICOM SEG are no even stack of slices",
            file=file,
            found="several orientations or extents" if is_even else "uneven distances between frames",
            expected="parallel slices at one distance",
            remedy="Export the segmentation on this image.",
        )
    numbers = np.round(indices).astype(int)
    low = int(numbers.min())
    shape = (int(numbers.max()) - low + 1, *first.grid.shape[1:])
    mask = np.zeros(shape, dtype=bool)
    for number, block in zip(numbers, blocks, strict=True):
        mask[number - low] |= block.mask[0]
    x, y, z = np.add(first.grid.origin_mm, low * step * normal)
    spacing = (step, *first.grid.spacing_mm[1:])
    return Block(mask, Grid(shape, spacing, (float(x), float(y), float(z)), first.grid.direction))


def _step(places: NDArray[np.float64], first: Block, reference: Grid) -> float:
    """Return the distance between slices: as stated where the frames fit it, else their smallest one."""
    gaps = np.diff(places)
    stated = first.step_mm
    if stated and np.all(np.abs(gaps / stated - np.round(gaps / stated)) <= EVEN_STEPS):
        return float(stated)
    return float(gaps.min()) if gaps.size else float(first.grid.spacing_mm[0] or reference.spacing_mm[0])


def _is_above(grid: Grid, first: Grid, normal: NDArray[np.float64], place: float) -> bool:
    """Tell whether a slice is the first one moved along its normal."""
    if grid.shape != first.shape:
        return False
    moved = np.add(first.origin_mm, place * normal)
    x, y, z = (float(value) for value in moved)
    expected = Grid(first.shape, first.spacing_mm, (x, y, z), first.direction)
    return grid.same_as(expected, EVEN_STEPS)


def _box(whole: Block, reference: Grid, file: object) -> tuple[list[int], list[int]]:
    """Return the index box of the reference that holds the lesion; refuse a lesion that leaves the image."""
    to_reference = np.linalg.inv(reference.index_to_lps()) @ whole.grid.index_to_lps()
    inside = np.argwhere(whole.mask)
    places = inside @ to_reference[:3, :3].T + to_reference[:3, 3]
    is_outside = np.any((places < -0.5) | (places > np.array(reference.shape) - 0.5), axis=1)
    if is_outside.any():
        raise GeometryError(
            "ROI-43",
            "the lesion lies partly outside the image",
            file=file,
            found=f"{int(is_outside.sum())} of {len(places)} voxels outside",
            expected="all voxels inside",
            remedy="Check that mask and image belong together.",
        )
    reach = np.abs(to_reference[:3, :3]).sum(axis=1) + 1
    start = np.maximum(np.floor(places.min(axis=0) - reach), 0).astype(int)
    stop = np.minimum(np.ceil(places.max(axis=0) + reach) + 1, reference.shape).astype(int)
    return start.tolist(), stop.tolist()


def _interpolated(
    label: NDArray[np.bool_], to_own: NDArray[np.float64], start: list[int], stop: list[int]
) -> NDArray[np.bool_]:
    from scipy import ndimage

    axes = [np.arange(a, b, dtype=float) for a, b in zip(start, stop, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    own = [row[0] * z + row[1] * y + row[2] * x + row[3] + NUDGE_VOXEL for row in to_own[:3]]
    values = ndimage.map_coordinates(label.astype(np.float64), own, order=1, mode="grid-constant", cval=0.0)
    inside: NDArray[np.bool_] = values >= 0.5
    return inside
