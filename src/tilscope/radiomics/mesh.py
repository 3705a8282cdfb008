"""The lesion's surface as a mesh of triangles (marching cubes at half height), its area, volume, diameters.

The mask is 0 or 1, so each vertex is the midpoint of an edge between a voxel inside and one outside. Of the
256 patterns of a cube's corners only 128 are tabled: the complement has the same triangles, turned round.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary.volumes import Vector

CORNERS_ZYX = np.array(
    [(0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0)], dtype=np.int64
)
"""Offset of each corner; corner k is bit k of a cube's pattern."""

EDGE_CORNERS = (
    (0, 1),
    (1, 2),
    (2, 3),
    (3, 0),
    (4, 5),
    (5, 6),
    (6, 7),
    (7, 4),
    (0, 4),
    (1, 5),
    (2, 6),
    (3, 7),
)

MIDPOINTS_ZYX = np.array([(CORNERS_ZYX[a] + CORNERS_ZYX[b]) / 2.0 for a, b in EDGE_CORNERS])
"""Midpoint of each of the twelve edges."""

PATTERNS = """
- 083 019 183198 12a 08312a 0292a9 2832a88a9 23b 08b0b2 01923b 19b1b28b9 13a3ba 08a0a18ba 0393b99ba
8a98ba 478 043347 019478 147173194 12a478 04312a347 0292a9478 2732972a9479 23b478 04224b47b
01923b478 19229b47b4b9 13a3ba478 04114b1ba47b 0393b94789ba 47b4b99ba 495 083495 015054 153358485
12a495 08312a495 0242542a5 2532a5348354 23b495 08b0b2495 01505423b 15225828b485 13a3ba495
08a0a14958ba 03b0540b55ba 48558a8ba 579789 093357395 017078157 157173 12a579789 09312a357395
0282582a5578 2532a5357 23b579789 09227b297579 01815717823b 15717b1b2 13a3ba579789 05707b0950a10ba
03b0570780a50ba 57b5ba 5a6 0835a6 0195a6 1831985a6 126165 083126165 026069596 258265283598 23b5a6
08b0b25a6 01923b5a6 19b1b25a68b9 1353653b6 05108b0b55b6 0360590653b6 59669b8b9 4785a6 0433475a6
0194785a6 1471731945a6 126165478 043126165347 026069478596 269293397479596 23b4785a6 04224b47b5a6
01923b4785a6 19229b47b4b95a6 1353653b6478 04b0b11b547b5b6 0360590653b6478 47959669b7b9 49a4a6
08349a4a6 01a0640a6 1681831a6486 124149264 083124149264 024264 248264283 23b49a4a6 08b0b249a4a6
01a0640a623b 14816418b1a61b2 1393693b6496 08114916418b1b6 0360643b6 48668b 67a78a89a 07309a0a767a
0181781a767a 1731a767a 126168189678 093129269397679 026067078 267273 23b67a78a89a 07209727b67a79a
0181781a723b67a 16717b1a61b2 1361693b6678689 09167b 03b0670780b6 67b
""".split()  # noqa: SIM905 - a list of 128 strings would be four times as long
"""Triangles per pattern 0 ... 127: three hexadecimal digits (edges) each; Lorensen and Cline 1987, with the
ambiguous faces and the diagonals settled as in the public-domain table of Bloyd and Bourke (1994)."""


@dataclass(frozen=True, slots=True, eq=False)
class Triangles:
    """The triangles of all 256 patterns.

    Attributes
    ----------
    vertices : ndarray of float, shape (n, 3 vertices, 3 axes zyx)
        In voxels, from the cube's first corner.
    pattern : ndarray of int, shape (n,)
    sense : ndarray of float, shape (n,)
        1, or -1 where the triangles are those of the complement, turned round.
    """

    vertices: NDArray[np.float64]
    pattern: NDArray[np.int64]
    sense: NDArray[np.float64]


@cache
def all_triangles() -> Triangles:
    """Return the table of patterns as arrays."""
    edges, owners = [], []
    for pattern in range(256):
        digits = PATTERNS[min(pattern, 255 - pattern)].strip("-")
        edges += [int(digit, 16) for digit in digits]
        owners += [pattern] * (len(digits) // 3)
    owner = np.array(owners)
    return Triangles(MIDPOINTS_ZYX[edges].reshape(-1, 3, 3), owner, np.where(owner < 128, 1.0, -1.0))


def area_and_volume(mask: NDArray[np.bool_], spacing_mm: Vector) -> tuple[float, float]:
    """Return area (mm^2) and enclosed volume (mm^3) of the mesh around a mask of shape (z, y, x).

    The volume is the sum of the signed tetrahedra between triangles and origin. For a cube at o it is
    det(a + o, b + o, c + o) = det(a, b, c) + o . (a x b + b x c + c x a), so cubes of one pattern are
    summed at once from their number and the sum of their positions.

    References
    ----------
    Equal to PyRadiomics 3.0 ``cShape.calculate_coefficients``.
    """
    from tilscope.radiomics.mesh_kernels import count_patterns

    spacing = np.asarray(spacing_mm)
    counts, position_sums = count_patterns(np.pad(mask, 1))
    triangles = all_triangles()
    a, b, c = np.moveaxis(triangles.vertices * spacing, 1, 0)
    normals = np.cross(a - c, b - c)
    number = counts[triangles.pattern]
    area = 0.5 * float(number @ np.sqrt((normals**2).sum(axis=1)))
    determinants = (np.cross(a, b) * c).sum(axis=1)
    moved = (normals * position_sums[triangles.pattern] * spacing).sum(axis=1)
    return area, float(triangles.sense @ (number * determinants + moved)) / 6.0


def mesh_vertices(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the vertices in half voxels, shape (n, 3 axes zyx), once each."""
    padded = np.pad(mask, 1)
    vertices = []
    for axis in range(3):
        lower, upper = np.moveaxis(padded, axis, 0)[:-1], np.moveaxis(padded, axis, 0)[1:]
        crossing = np.moveaxis(lower != upper, 0, axis)
        vertices.append(2 * np.argwhere(crossing) + np.eye(3, dtype=np.int64)[axis])
    return np.concatenate(vertices)
