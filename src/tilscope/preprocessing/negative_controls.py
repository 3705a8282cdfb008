"""Images and regions that hold no texture of the lesion, on which a signature should fail.

Voxels shuffled within the lesion keep its shape and histogram. A region of the same shape elsewhere in the body
keeps the shape alone. A score that does as well on them reads the volume, the shape, the overall brightness, the
scanner, or a leak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from tilscope.vocabulary import Roi, Volume

Mask = NDArray[np.bool_]
DIAMETERS = 1.5  # how far the region is moved, where there is room
MIN_TISSUE_SHARE = 0.95
AIR_SHARE = 0.1  # of the lesion's mean signal; below lies air


@dataclass(frozen=True, slots=True, eq=False)
class MovedRoi:
    """The lesion's region moved into other tissue.

    Attributes
    ----------
    mask : ndarray of bool, shape (z, y, x)
        As many voxels as the lesion, none of them its own.
    offset : (int, int, int)
        Voxels along z, y, x.
    distance_mm : float
        Length of the move.
    diameters : float
        The same in diameters of a ball of the lesion's volume.
    """

    mask: Mask
    offset: tuple[int, int, int]
    distance_mm: float
    diameters: float


def shuffled_phases(phases: Sequence[Volume], mask: Mask, rng: np.random.Generator) -> tuple[Volume, ...]:
    """Return the phases with the lesion's voxels in random places, the same in all of them.

    The histogram of the lesion and each voxel's curve over time stay; neighbourhoods do not.
    """
    order = rng.permutation(int(mask.sum()))
    shuffled = []
    for phase in phases:
        array = phase.array.copy()
        array[mask] = array[mask][order]
        shuffled.append(phase.with_array(array))
    return tuple(shuffled)


def moved_roi(roi: Roi, reference: Volume, rng: np.random.Generator) -> MovedRoi | None:
    """Move the lesion's region to a random place in other tissue of the image.

    Allowed are whole-voxel moves that stay inside the image, share no voxel with the lesion, and have tissue
    (signal above a tenth of the lesion's mean) in at least 95 % of the voxels. Of these, one of at least 1.5
    diameters is drawn; where there is none, one of the farthest tenth.

    Parameters
    ----------
    roi : Roi
        The lesion, on the grid of ``reference``.
    reference : Volume
        A phase as acquired (air is dark), such as post1 on the crop.
    rng : Generator
        Draws the place.

    Returns
    -------
    MovedRoi, or None where no move is allowed.
    """
    corner = [int(axis.min()) for axis in np.nonzero(roi.mask)]
    box = tuple(
        slice(low, int(axis.max()) + 1) for low, axis in zip(corner, np.nonzero(roi.mask), strict=True)
    )
    shape = roi.mask[box]
    n_voxels = int(shape.sum())
    tissue = reference.array > AIR_SHARE * float(reference.array[roi.mask].mean())
    is_free = _count(roi.mask, shape) == 0
    is_tissue = _count(tissue, shape) >= MIN_TISSUE_SHARE * n_voxels
    places = np.argwhere(is_free & is_tissue)
    if len(places) == 0:
        return None
    spacing = np.asarray(roi.grid.spacing_mm, dtype=np.float64)
    distances = np.linalg.norm((places - corner) * spacing, axis=1)
    diameter_mm = 2.0 * (3.0 * n_voxels * float(spacing.prod()) / (4.0 * np.pi)) ** (1.0 / 3.0)
    limit = min(DIAMETERS * diameter_mm, float(np.quantile(distances, 0.9)))
    far = np.flatnonzero(distances >= limit)
    chosen = int(far[rng.integers(far.size)])
    place = places[chosen]
    mask = np.zeros_like(roi.mask)
    mask[tuple(slice(p, p + n) for p, n in zip(place, shape.shape, strict=True))] = shape
    distance = float(distances[chosen])
    offset = tuple(int(p - c) for p, c in zip(place, corner, strict=True))
    return MovedRoi(mask, (offset[0], offset[1], offset[2]), distance, distance / diameter_mm)


def _count(inside: Mask, shape: Mask) -> NDArray[np.int64]:
    """Return, for each place of the shape inside the image, how many of its voxels are ``inside``."""
    counts = fftconvolve(inside.astype(np.float64), shape[::-1, ::-1, ::-1].astype(np.float64), mode="valid")
    return np.rint(counts).astype(np.int64)
