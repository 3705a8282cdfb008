"""Kernels of the mesh around a lesion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled


@compiled
def count_patterns(padded: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count the patterns of cubes of eight neighbouring voxels (corners in the order of `mesh.CORNERS_ZYX`).

    Parameters
    ----------
    padded : ndarray of bool, shape (z, y, x)
        The mask with a border of one voxel.

    Returns
    -------
    counts : ndarray of float, shape (256,)
    position_sums : ndarray of float, shape (256, 3)
        Sum of the indices (z, y, x) of each pattern's cubes.
    """
    n_z, n_y, n_x = padded.shape
    counts, position_sums = np.zeros(256), np.zeros((256, 3))
    for z in range(n_z - 1):
        for y in range(n_y - 1):
            rows = padded[z, y], padded[z, y + 1], padded[z + 1, y], padded[z + 1, y + 1]
            # A cube's pattern is four corners of its own and, shifted, the four of the cube before it.
            before = 0
            for x in range(n_x):
                there = rows[0][x] | rows[1][x] << 1 | rows[2][x] << 2 | rows[3][x] << 3
                if x > 0 and (before | there) != 0:
                    pattern = (
                        (before & 1)
                        | (there & 1) << 1
                        | (there & 2) << 1
                        | (before & 2) << 2
                        | (before & 4) << 2
                        | (there & 4) << 3
                        | (there & 8) << 3
                        | (before & 8) << 4
                    )
                    counts[pattern] += 1.0
                    position_sums[pattern, 0] += z
                    position_sums[pattern, 1] += y
                    position_sums[pattern, 2] += x - 1
                before = there
    return counts, position_sums


@compiled
def _ends_of_lines(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 1 + the first and 1 + the last place on each line of each plane; 0 where there is no point."""
    n_planes = n_lines = 0
    for k in range(points.shape[0]):
        n_planes, n_lines = max(n_planes, points[k, 0] + 1), max(n_lines, points[k, 1] + 1)
    ends = np.zeros((2, n_planes, n_lines), dtype=np.int64)
    for k in range(points.shape[0]):
        plane, line, place = points[k, 0], points[k, 1], points[k, 2] + 1
        if ends[0, plane, line] == 0 or place < ends[0, plane, line]:
            ends[0, plane, line] = place
        ends[1, plane, line] = max(ends[1, plane, line], place)
    return ends


@compiled
def _turns_in(chain: NDArray[np.int64], n: int, u: int, v: int, side: int) -> bool:
    """Tell whether the last of n points of a chain lies on or inside the line from its predecessor to (u, v)."""
    du, dv = chain[n - 1, 0] - chain[n - 2, 0], chain[n - 1, 1] - chain[n - 2, 1]
    return side * (du * (v - chain[n - 2, 1]) - dv * (u - chain[n - 2, 0])) <= 0


@compiled
def hulls_of_planes(points: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the corners of the convex hull of the points in each plane of equal first coordinate.

    Parameters
    ----------
    points : ndarray of int, shape (n, 3), from 0

    Returns
    -------
    corners : ndarray of int, shape (m, 3)
        Plane by plane; a corner may be there twice.
    bounds : ndarray of int, shape (n_planes + 1,)
        Where each plane starts; the last entry is m.

    References
    ----------
    Andrew 1979, doi:10.1016/0020-0190(79)90072-3 (monotone chains), on the ends of each line.
    """
    ends = _ends_of_lines(points)
    _, n_planes, n_lines = ends.shape
    corners = np.empty((2 * points.shape[0], 3), dtype=np.int64)
    bounds = np.zeros(n_planes + 1, dtype=np.int64)
    chain = np.empty((n_lines, 2), dtype=np.int64)
    m = 0
    for plane in range(n_planes):
        for side in range(2):
            n = 0
            for line in range(n_lines):
                place = ends[side, plane, line] - 1
                if place < 0:
                    continue
                while n >= 2 and _turns_in(chain, n, line, place, 1 - 2 * side):
                    n -= 1
                chain[n, 0], chain[n, 1] = line, place
                n += 1
            for k in range(n):
                corners[m, 0], corners[m, 1], corners[m, 2] = plane, chain[k, 0], chain[k, 1]
                m += 1
        bounds[plane + 1] = m
    return corners[:m], bounds


@compiled
def largest_squared_distance(points: NDArray[np.float64], bounds: NDArray[np.int64]) -> float:
    """Return the largest squared distance between two points of one group.

    Parameters
    ----------
    points : ndarray of float, shape (n, n_dimensions)
        Sorted by group.
    bounds : ndarray of int, shape (n_groups + 1,)
        Where each group starts; the last entry is n.
    """
    largest = 0.0
    for group in range(bounds.size - 1):
        for i in range(bounds[group], bounds[group + 1]):
            for j in range(bounds[group], i):
                squared = 0.0
                for k in range(points.shape[1]):
                    squared += (points[i, k] - points[j, k]) ** 2
                largest = max(largest, squared)
    return largest
