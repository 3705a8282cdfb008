"""Points spread over a sphere: an icosahedron, each of whose triangles is cut into four, again and again."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def icosphere(subdivisions: int, radius: float) -> Array:
    """Return the corners of a subdivided icosahedron on a sphere.

    Parameters
    ----------
    subdivisions : int
        How often every triangle is cut into four; 0 is the icosahedron.
    radius : float

    Returns
    -------
    ndarray of float, shape (10 * 4 ** subdivisions + 2, 3)
        Equal to trimesh 5.2 ``creation.icosphere``, in its order.
    """
    points = _icosahedron()
    triangles = _triangles(points)
    for _ in range(subdivisions):
        points, triangles = _subdivided(points, triangles)
        points = _on_sphere(points, radius)
    return points if subdivisions else _on_sphere(points, radius)


def _icosahedron() -> Array:
    golden = (1.0 + np.sqrt(5.0)) / 2.0
    short, long = 1.0 / np.sqrt(golden + 2.0), golden / np.sqrt(golden + 2.0)
    corners = [
        np.roll([a * short, b * long, 0.0], turn) for turn in range(3) for b in (1, -1) for a in (-1, 1)
    ]
    return np.array(corners)


def _triangles(points: Array) -> list[tuple[int, int, int]]:
    """Return the twenty triples of corners of an icosahedron that are neighbours of each other."""
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    near = distances < 1.1 * distances[distances > 0].min()
    triples = combinations(range(len(points)), 3)
    return [(a, b, c) for a, b, c in triples if near[a, b] and near[b, c] and near[a, c]]


def _subdivided(
    points: Array, triangles: list[tuple[int, int, int]]
) -> tuple[Array, list[tuple[int, int, int]]]:
    edges = {(min(pair), max(pair)) for triangle in triangles for pair in combinations(triangle, 2)}
    in_order = sorted(edges, key=lambda edge: (edge[1], edge[0]))
    middle = {edge: len(points) + k for k, edge in enumerate(in_order)}
    smaller: list[tuple[int, int, int]] = []
    for a, b, c in triangles:
        ab, bc, ca = (middle[min(pair), max(pair)] for pair in ((a, b), (b, c), (c, a)))
        smaller += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    between = np.array([(points[a] + points[b]) / 2.0 for a, b in in_order])
    return np.vstack([points, between]), smaller


def _on_sphere(points: Array, radius: float) -> Array:
    lengths = np.sqrt((points**2).sum(axis=1, keepdims=True))
    return points + points / lengths * (radius - lengths)
