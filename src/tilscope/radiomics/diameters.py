"""Largest distances between vertices of the lesion's mesh: in space, and within planes of each orientation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled
from tilscope.vocabulary.volumes import Vector


def diameter_3d(vertices: NDArray[np.int64], spacing_mm: Vector) -> float:
    """Return the largest distance in mm between two vertices (half voxels, zyx).

    The two ends lie on the convex hull, which has far fewer points than the mesh.
    """
    from scipy.spatial import ConvexHull
    from scipy.spatial.distance import pdist

    points = vertices * (np.asarray(spacing_mm) / 2.0)
    return float(pdist(points[ConvexHull(points).vertices]).max())


def diameter_in_planes(vertices: NDArray[np.int64], spacing_mm: Vector, axis: int) -> float:
    """Return the largest distance in mm between two vertices with the same coordinate along an axis."""
    by_plane = vertices[np.argsort(vertices[:, axis], kind="stable")]
    starts = np.flatnonzero(np.diff(by_plane[:, axis], prepend=-1))
    bounds = np.append(starts, by_plane.shape[0])
    in_plane = [a for a in range(3) if a != axis]
    points = by_plane[:, in_plane] * (np.asarray(spacing_mm)[in_plane] / 2.0)
    return float(np.sqrt(largest_squared_distance(points, bounds)))


@compiled
def largest_squared_distance(points: NDArray[np.float64], bounds: NDArray[np.int64]) -> float:
    """Return the largest squared distance between two points of one group.

    Parameters
    ----------
    points : ndarray of float, shape (n, 2)
        Sorted by group.
    bounds : ndarray of int, shape (n_groups + 1,)
        Where each group starts; the last entry is n.
    """
    largest = 0.0
    for group in range(bounds.size - 1):
        for i in range(bounds[group], bounds[group + 1]):
            for j in range(bounds[group], i):
                du = points[i, 0] - points[j, 0]
                dv = points[i, 1] - points[j, 1]
                largest = max(largest, du * du + dv * dv)
    return largest
