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
def count_pairs_and_runs(
    padded: NDArray[np.uint16],
    positions: NDArray[np.int32],
    steps: NDArray[np.int64],
    n_levels: int,
    longest: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Count pairs of neighbours and, at distance 1, runs of one level.

    A voxel is the k-th of its run, and there are as many k-th voxels as runs of at least k: no run's end has
    to be found, nothing branches.

    Returns
    -------
    pairs : ndarray of int32, shape (n_angles, n_levels + 1, n_levels + 1)
        Row: the earlier voxel's level, column: the later one's. The last row holds the pairs whose earlier
        voxel lies outside the ROI; the last column is empty.
    at_least : ndarray of int32, shape (n_angles, n_levels, longest + 1)
        Number of runs of at least k + 1 voxels, last axis k.
    """
    pairs = np.zeros((steps.size, n_levels + 1, n_levels + 1), dtype=np.int32)
    at_least = np.zeros((steps.size, n_levels, longest + 1), dtype=np.int32)
    place = np.zeros(padded.size, dtype=np.uint16)
    for a in range(steps.size):
        of_angle, at_least_of_angle = pairs[a], at_least[a]
        step = steps[a]
        for position in positions:
            level, earlier = padded[position], padded[position - step]
            of_angle[earlier, level] += 1
            k = (place[position - step] + 1) * (earlier == level)
            place[position] = k
            at_least_of_angle[level, k] += 1
    return pairs, at_least


@compiled
def compare_neighbours(
    volume: NDArray[np.float32], positions: NDArray[np.int32], offsets: NDArray[np.int64], alpha: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compare each voxel with all its neighbours inside the ROI, a slice of voxels at a time.

    In each slice everything from the ROI's first voxel to its last is compared, since whole vectors are quicker
    than single voxels.

    Parameters
    ----------
    volume : ndarray of float32, shape (z, y, x)
        Grey levels, 0 outside the ROI and in a border as wide as the largest step of the offsets.
    positions : ndarray of int32, shape (n_voxels,)
        Flat positions of the ROI's voxels in ``volume``, ascending.
    offsets : ndarray of int, shape (n_angles, 3)
        One of each pair of opposite offsets.
    alpha : float
        Largest difference of dependent levels.

    Returns
    -------
    n_dependent, total : ndarray of float32, flat, size of ``volume``
        Number of neighbours that differ by at most ``alpha``, and sum of the levels of all neighbours; meant
        for voxels of the ROI only.
    """
    _, n_y, n_x = volume.shape
    flat = volume.ravel()
    n_dependent = np.zeros(flat.size, dtype=np.float32)
    total = np.zeros(flat.size, dtype=np.float32)
    one, none, bound = np.float32(1.0), np.float32(0.0), np.float32(alpha)
    first = 0
    while first < positions.size:
        start = positions[first]
        next_slice = (start // (n_y * n_x) + 1) * n_y * n_x
        last = first
        while last + 1 < positions.size and positions[last + 1] < next_slice:
            last += 1
        stop = positions[last] + 1
        first = last + 1
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
def count_dependences(
    volume: NDArray[np.float32],
    positions: NDArray[np.int32],
    voxel_levels: NDArray[np.uint16],
    n_neighbours: NDArray[np.float32],
    offsets: NDArray[np.int64],
    alpha: float,
    n_levels: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count voxels by their dependent neighbours, and add up their distances to their neighbours' mean.

    Parameters
    ----------
    volume, positions, offsets, alpha
        As in `compare_neighbours`.
    voxel_levels, n_neighbours : ndarray, shape (n_voxels,)
        Of the ROI's voxels: position of the level among those that occur, number of neighbours inside the ROI.

    Returns
    -------
    dependences : ndarray of float, shape (n_levels, 2 * n_angles + 1)
        Number of voxels by level and by number of neighbours that differ by at most ``alpha``.
    differences : ndarray of float, shape (n_levels,)
        Sum over the voxels of a level of the distance between that level and the neighbours' mean level.
    """
    n_dependent, total = compare_neighbours(volume, positions, offsets, alpha)
    flat = volume.ravel()
    dependences = np.zeros((n_levels, 2 * offsets.shape[0] + 1))
    differences = np.zeros(n_levels)
    for v in range(positions.size):
        position, level, n = positions[v], voxel_levels[v], np.float64(n_neighbours[v])
        dependences[level, int(n_dependent[position])] += 1.0
        if n > 0.0:
            differences[level] += abs(np.float64(flat[position]) - np.float64(total[position]) / n)
    return dependences, differences


@compiled
def representatives(touch: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """Return, for each set of earlier neighbours, a subset with one of each group that touch each other.

    Parameters
    ----------
    touch : ndarray of bool, shape (n_angles, n_angles)
        Whether two earlier neighbours of a voxel are neighbours themselves.

    Returns
    -------
    ndarray of uint16, shape (2 ** n_angles,)
        Sets as bits: neighbours of one level that touch are in one zone already.
    """
    n = touch.shape[0]
    chosen = np.zeros(1 << n, dtype=np.uint16)
    for members in range(1 << n):
        left = members
        kept = 0
        while left:
            group = left & -left
            kept |= group
            grown = 0
            while grown != group:
                grown = group
                for a in range(n):
                    if grown >> a & 1:
                        for b in range(n):
                            if touch[a, b] and left >> b & 1:
                                group |= 1 << b
            left &= ~group
        chosen[members] = kept
    return chosen


@compiled
def _equal_neighbours(padded: NDArray[np.uint16], steps: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Return for each voxel which of its earlier neighbours have its level, as bits."""
    bits = np.zeros(padded.size, dtype=np.uint16)
    none = np.uint16(0)
    margin = 0
    for step in steps:
        margin = max(margin, step)
    here = padded[margin:]
    for a in range(steps.size):
        there = padded[margin - steps[a] : padded.size - steps[a]]
        of_here = bits[margin:]
        bit = np.uint16(1 << a)
        for k in range(here.size):
            of_here[k] |= bit if here[k] == there[k] else none
    return bits


@compiled
def _root(parent: NDArray[np.int32], voxel: int) -> int:
    while parent[voxel] != voxel:
        parent[voxel] = parent[parent[voxel]]
        voxel = parent[voxel]
    return voxel


@compiled
def _join_zones(
    padded: NDArray[np.uint16],
    positions: NDArray[np.int32],
    steps: NDArray[np.int64],
    chosen: NDArray[np.uint16],
) -> NDArray[np.int32]:
    """Return the parent of each voxel in a forest with one tree per zone (union and find)."""
    bits = _equal_neighbours(padded, steps)
    parent = np.zeros(padded.size, dtype=np.int32)
    for position in positions:
        root = position
        left = int(chosen[bits[position]])
        a = 0
        while left:
            if left & 1:
                found = _root(parent, position - steps[a])
                if found < root:
                    if root != position:
                        parent[root] = found
                    root = found
                elif found > root:
                    parent[found] = root
            left >>= 1
            a += 1
        parent[position] = root
    return parent


@compiled
def count_zones(
    padded: NDArray[np.uint16],
    positions: NDArray[np.int32],
    steps: NDArray[np.int64],
    chosen: NDArray[np.uint16],
    n_levels: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Count zones of connected voxels of one level.

    Parameters
    ----------
    chosen : ndarray of uint16
        `representatives` of the directions.

    Returns
    -------
    counts : ndarray of int32, shape (n_levels, n_sizes)
    sizes : ndarray of int, shape (n_sizes,)
        The zone sizes that occur, ascending.
    """
    parent = _join_zones(padded, positions, steps, chosen)
    size = np.zeros(padded.size, dtype=np.int32)
    for position in positions:
        size[_root(parent, position)] += 1
    index_of = np.zeros(positions.size + 1, dtype=np.int32)
    for position in positions:
        index_of[size[position]] = 1
    n_sizes = 0
    sizes = np.zeros(positions.size, dtype=np.int64)
    for k in range(1, index_of.size):
        if index_of[k] > 0:
            index_of[k] = n_sizes
            sizes[n_sizes] = k
            n_sizes += 1
    sizes = sizes[:n_sizes]
    counts = np.zeros((n_levels, sizes.size), dtype=np.int32)
    for position in positions:
        if size[position] > 0:
            counts[padded[position], index_of[size[position]]] += 1
    return counts, sizes
