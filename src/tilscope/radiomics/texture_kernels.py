"""Kernels that count grey levels and their neighbours (imported only when texture is wanted).

All of them walk the ROI's voxels in the order of memory. ``padded`` is the lesion's box with a border, flat:
the position of each voxel's grey level among those that occur, ``n_levels`` outside the ROI. ``positions`` are
the ROI's voxels in it, ascending; ``steps`` the distances in memory to later neighbours (one of each pair of
opposite directions), so ``padded[position - step]`` was visited before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled


@compiled
def count_pairs(
    padded: NDArray[np.uint16], positions: NDArray[np.int32], steps: NDArray[np.int64], n_levels: int
) -> NDArray[np.int32]:
    """Count pairs of neighbours: row is the earlier voxel's level, column the later one's.

    Returns
    -------
    ndarray of int32, shape (n_angles, n_levels + 1, n_levels + 1)
        The last row holds the pairs whose earlier voxel lies outside the ROI; the last column is empty.
    """
    counts = np.zeros((steps.size, n_levels + 1, n_levels + 1), dtype=np.int32)
    for a in range(steps.size):
        of_angle = counts[a]
        step = steps[a]
        for position in positions:
            of_angle[padded[position - step], padded[position]] += 1
    return counts


@compiled
def count_runs(
    padded: NDArray[np.uint16],
    positions: NDArray[np.int32],
    steps: NDArray[np.int64],
    n_levels: int,
    longest: int,
) -> NDArray[np.int32]:
    """Count runs of one level: shape (n_angles, n_levels, longest), the last axis is length - 1.

    A voxel is the k-th of its run. There are as many k-th voxels as runs of at least k, so their differences
    are the runs of exactly k: no run's end has to be found, nothing branches.
    """
    counts = np.zeros((steps.size, n_levels, longest + 1), dtype=np.int32)
    place = np.zeros(padded.size, dtype=np.uint16)
    for a in range(steps.size):
        of_angle = counts[a]
        step = steps[a]
        for position in positions:
            level = padded[position]
            k = (place[position - step] + 1) * (padded[position - step] == level)
            place[position] = k
            of_angle[level, k] += 1
    return counts[:, :, :-1] - counts[:, :, 1:]


@compiled
def compare_neighbours(
    volume: NDArray[np.float32], offsets: NDArray[np.int64], reach: int, alpha: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compare each voxel with all its neighbours inside the ROI, a slice of voxels at a time.

    Parameters
    ----------
    volume : ndarray of float32, shape (z, y, x)
        Grey levels, 0 outside the ROI and in a border of ``reach`` voxels.
    offsets : ndarray of int, shape (n_angles, 3)
        One of each pair of opposite offsets.
    reach : int
        The largest step of the offsets.
    alpha : float
        Largest difference of dependent levels.

    Returns
    -------
    n_dependent, total : ndarray of float32, flat, size of ``volume``
        Number of neighbours that differ by at most ``alpha``, and sum of the levels of all neighbours; meant
        for voxels of the ROI only.
    """
    n_z, n_y, n_x = volume.shape
    flat = volume.ravel()
    n_dependent, total = np.zeros_like(flat), np.zeros_like(flat)
    one, none, bound = np.float32(1.0), np.float32(0.0), np.float32(alpha)
    margin = reach * (n_x + 1)
    for z in range(reach, n_z - reach):
        start, stop = z * n_y * n_x + margin, (z + 1) * n_y * n_x - margin
        here, dependent, sums = flat[start:stop], n_dependent[start:stop], total[start:stop]
        for a in range(offsets.shape[0]):
            step = (offsets[a, 0] * n_y + offsets[a, 1]) * n_x + offsets[a, 2]
            for signed in (-step, step):
                there = flat[start + signed : stop + signed]
                for k in range(here.size):
                    level = there[k]
                    sums[k] += level
                    near = (level > none) & (abs(level - here[k]) <= bound)
                    dependent[k] += one if near else none
    return n_dependent, total


@compiled
def _root(parent: NDArray[np.int32], voxel: int) -> int:
    while parent[voxel] != voxel:
        parent[voxel] = parent[parent[voxel]]
        voxel = parent[voxel]
    return voxel


@compiled
def _join_earlier(
    parent: NDArray[np.int32], padded: NDArray[np.uint16], position: int, steps: NDArray[np.int64]
) -> None:
    """Put a voxel into the zones of its earlier neighbours of the same level, and these into one."""
    level = padded[position]
    root = position
    for a in range(steps.size):
        other = position - steps[a]
        if padded[other] != level:
            continue
        found = _root(parent, other)
        if found < root:
            parent[root] = found
            root = found
        elif found > root:
            parent[found] = root
        if a == 0:  # this neighbour touches all the others, so they are in its zone already
            return


@compiled
def count_zones(
    padded: NDArray[np.uint16], positions: NDArray[np.int32], steps: NDArray[np.int64], n_levels: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Count zones of connected voxels of one level, by union and find.

    The first of ``steps`` must lead to the neighbour that touches all other earlier neighbours.

    Returns
    -------
    counts : ndarray of int32, shape (n_levels, n_sizes)
    sizes : ndarray of int, shape (n_sizes,)
        The zone sizes that occur, ascending.
    """
    parent = np.zeros(padded.size, dtype=np.int32)
    size = np.zeros(padded.size, dtype=np.int32)
    for position in positions:
        parent[position] = position
        _join_earlier(parent, padded, position, steps)
    for position in positions:
        size[_root(parent, position)] += 1
    occurs = np.zeros(size.max() + 1, dtype=np.int32)
    for position in positions:
        occurs[size[position]] = 1
    occurs[0] = 0
    sizes = np.flatnonzero(occurs)
    index_of = np.cumsum(occurs) - 1
    counts = np.zeros((n_levels, sizes.size), dtype=np.int32)
    for position in positions:
        if size[position] > 0:
            counts[padded[position], index_of[size[position]]] += 1
    return counts, sizes
