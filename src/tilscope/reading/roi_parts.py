"""The separate parts of a mask, and what a human should know of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ALL_NEIGHBOURS = np.ones((3, 3, 3), dtype=bool)  # 26: voxels that touch at a corner are one part


def roi_notes(mask: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return what a human should know of a mask: one slice (ROI-35), border (ROI-43), components (ROI-47)."""
    from scipy import ndimage

    notes = []
    if int(mask.any(axis=(1, 2)).sum()) == 1:
        notes.append("ROI-35 the lesion is drawn on one slice; three-dimensional shape means nothing")
    faces = [np.take(mask, index, axis=axis).any() for axis in range(3) for index in (0, -1)]
    if any(faces):
        notes.append("ROI-43 the lesion touches the border of the image")
    n_parts = int(ndimage.label(mask, ALL_NEIGHBOURS)[1])
    if n_parts > 1:
        notes.append(f"ROI-47 the lesion has {n_parts} separate parts")
    return tuple(notes)


def largest_part(
    mask: NDArray[np.bool_], voxel_volume_mm3: float
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Return the largest part of a mask, and a note on what was left out.

    Parts touch by faces, edges or corners (26 neighbours). Of equally large ones the first counts, in the order
    of their first voxels (z, then y, then x).

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
    voxel_volume_mm3 : float
    """
    from scipy import ndimage

    labels, n_parts = ndimage.label(mask, ALL_NEIGHBOURS)
    if n_parts < 2:
        return mask, ()
    # scipy numbers parts in the order of their first voxels; argmax takes the first of equal ones
    largest: NDArray[np.bool_] = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    left_ml = float(mask.sum() - largest.sum()) * voxel_volume_mm3 / 1000
    note = f"ROI-47 of {n_parts} separate parts the largest was kept; {left_ml:.3f} ml were left out"
    return largest, (note,)
