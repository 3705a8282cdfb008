"""Largest distances between vertices of the lesion's mesh: in space, and within planes of each orientation.

The two ends of a diameter are corners of a convex hull. Corners of the hull in space are corners of the hulls
within all planes through them, so planes along z, y and x leave few points to compare. Convexity does not
depend on the spacing: hulls are found in whole numbers of half voxels, without rounding.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary.volumes import Vector


def diameter_3d(vertices: NDArray[np.int64], spacing_mm: Vector) -> float:
    """Return the largest distance in mm between two vertices (half voxels, zyx)."""
    from tilscope.radiomics.mesh_kernels import hulls_of_planes, largest_squared_distance

    for _ in range(3):
        corners, _bounds = hulls_of_planes(np.ascontiguousarray(vertices))
        vertices = np.roll(corners, -1, axis=1)
    points = vertices * (np.asarray(spacing_mm) / 2.0)
    return float(np.sqrt(largest_squared_distance(points, np.array([0, len(points)]))))


def diameter_in_planes(vertices: NDArray[np.int64], spacing_mm: Vector, axis: int) -> float:
    """Return the largest distance in mm between two vertices with the same coordinate along an axis."""
    from tilscope.radiomics.mesh_kernels import hulls_of_planes, largest_squared_distance

    corners, bounds = hulls_of_planes(np.ascontiguousarray(np.roll(vertices, -axis, axis=1)))
    in_plane_mm = np.roll(np.asarray(spacing_mm), -axis)[1:]
    return float(np.sqrt(largest_squared_distance(corners[:, 1:] * (in_plane_mm / 2.0), bounds)))
