"""Directions between neighbouring voxels, as PyRadiomics counts them."""

from __future__ import annotations

from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary.volumes import Vector

AXES = ("z", "y", "x")
SliceAxis = Literal["z", "y", "x"] | None


def half_directions(distances: tuple[int, ...], slice_axis: SliceAxis = None) -> NDArray[np.int64]:
    """Return one of each pair of opposite offsets (z, y, x) at the Chebyshev distances.

    The first coordinate that is not zero is positive, so the other voxel comes later in memory. There are 13
    at distance 1, 4 within slices.

    References
    ----------
    Equal to PyRadiomics 3.0 ``cMatrices.generate_angles`` on a box that is larger than the distances.
    """
    reach = range(-max(distances), max(distances) + 1)
    offsets = [
        o
        for o in product(reach, repeat=3)
        if o > (0, 0, 0)
        and max(map(abs, o)) in distances
        and (slice_axis is None or o[AXES.index(slice_axis)] == 0)
    ]
    return np.array(offsets[::-1], dtype=np.int64)


def lengths_mm(offsets: NDArray[np.int64], spacing_mm: Vector, norm: str) -> NDArray[np.float64]:
    """Return the length of each offset in mm by a norm: manhattan, euclidean or infinity."""
    steps_mm = np.abs(offsets) * np.asarray(spacing_mm)
    if norm == "manhattan":
        return np.asarray(steps_mm.sum(axis=1))
    if norm == "infinity":
        return np.asarray(steps_mm.max(axis=1))
    return np.asarray(np.sqrt((steps_mm**2).sum(axis=1)))


def meets_a_line_twice(mask: NDArray[np.bool_], offset: NDArray[np.int64]) -> bool:
    """Tell whether a line along the offset (of steps -1, 0, 1) holds two voxels of the mask, neighbours or not."""
    steps = [int(o) for o in offset]
    earlier = tuple(slice(max(0, -o), n - max(0, o)) for o, n in zip(steps, mask.shape, strict=True))
    later = tuple(slice(max(0, o), n + min(0, o)) for o, n in zip(steps, mask.shape, strict=True))
    if (mask[earlier] & mask[later]).any():
        return True
    voxels = np.argwhere(mask)
    axis = int(np.flatnonzero(offset)[0])
    foot = voxels - voxels[:, [axis]] * offset * steps[axis]
    return bool(np.unique(foot, axis=0).shape[0] < voxels.shape[0])
