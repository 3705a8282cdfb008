"""The maximal correlation coefficient of many small co-occurrence matrices at once.

With S = p(i, j) / sqrt(p_i p_j), the coefficient is the second singular value of S. The first is 1, with the
vector sqrt(p_i), so S less its first part has the coefficient as its largest. Matrices lie side by side as
*lanes* (the last axis), so that each instruction works on several: Householder's reflections make them
tridiagonal, then a bisection counts, by the signs of their leading minors, whether all eigenvalues lie within a bound.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled

EPSILON = float(np.spacing(1.0))
N_HALVINGS = 40
"""Bisections of [0, 1]: to 5e-13."""
NOTHING = 1e-11
"""A coefficient below this is 0 but for rounding."""
RESCALED_EVERY = 32

Floats = NDArray[np.float64]


@compiled
def fill_lane(
    table: Floats,
    cells: NDArray[np.int64],
    n_cells: int,
    rows: Floats,
    columns: Floats,
    symmetric: bool,
    lanes: Floats,
    lane: int,
) -> None:
    """Write S less its first part (times its transpose, if it is not symmetric) into a lane.

    Parameters
    ----------
    table, cells : ndarray, shapes (4, at least n_cells) and (2, at least n_cells)
        Cells of the matrix, as in `neighbourhood_glcm_kernels`.
    rows, columns : ndarray of float, shape (n,)
        Sums of the matrix over columns and over rows.
    lanes : ndarray of float, shape (n, n, n_lanes)
    """
    n, total = rows.size, 0.0
    for i in range(n):
        total += rows[i]
    part = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            part[i, j] = -np.sqrt(rows[i] * columns[j]) / total
    for c in range(n_cells):
        i, j = cells[0, c], cells[1, c]
        part[i, j] += table[2, c] / np.sqrt(rows[i] * columns[j])
        if symmetric and i != j:
            part[j, i] += table[2, c] / np.sqrt(rows[j] * columns[i])
    for i in range(n):
        for j in range(n):
            if symmetric:
                lanes[i, j, lane] = part[i, j]
                continue
            product = 0.0
            for k in range(n):
                product += part[i, k] * part[j, k]
            lanes[i, j, lane] = product


@compiled
def tridiagonal(lanes: Floats, diagonal: Floats, beside: Floats) -> None:
    """Reduce symmetric lanes, shape (n, n, n_lanes), which are overwritten.

    ``diagonal`` and ``beside`` (squares of the off-diagonal), both of shape (n, n_lanes), are filled in.
    """
    n, _, n_lanes = lanes.shape
    scale, head = np.empty(n_lanes), np.empty(n_lanes)
    image = np.empty((n, n_lanes))
    for k in range(n - 1, 0, -1):
        _reflector(lanes, k, scale, head, beside)
        _imaged(lanes, k, image)
        _centred(lanes, k, scale, head, image)
        _reflected(lanes, k, image)
    for i in range(n):
        for a in range(n_lanes):
            diagonal[i, a] = lanes[i, i, a]
            beside[0, a] = 0.0


@compiled
def _imaged(lanes: Floats, k: int, image: Floats) -> None:
    """Multiply the leading k x k block with the vector in row k."""
    n_lanes = image.shape[1]
    for i in range(k):
        for a in range(n_lanes):
            image[i, a] = lanes[i, i, a] * lanes[k, i, a]
        for j in range(i):
            for a in range(n_lanes):
                image[i, a] += lanes[i, j, a] * lanes[k, j, a]
                image[j, a] += lanes[i, j, a] * lanes[k, i, a]


@compiled
def _centred(lanes: Floats, k: int, scale: Floats, head: Floats, image: Floats) -> None:
    n_lanes = scale.size
    for a in range(n_lanes):
        head[a] = 0.0
    for i in range(k):
        for a in range(n_lanes):
            image[i, a] *= scale[a]
            head[a] += image[i, a] * lanes[k, i, a]
    for i in range(k):
        for a in range(n_lanes):
            image[i, a] -= 0.5 * scale[a] * head[a] * lanes[k, i, a]


@compiled
def _reflected(lanes: Floats, k: int, image: Floats) -> None:
    n_lanes = image.shape[1]
    for i in range(k):
        for j in range(i + 1):
            for a in range(n_lanes):
                lanes[i, j, a] -= lanes[k, i, a] * image[j, a] + image[i, a] * lanes[k, j, a]


@compiled
def _reflector(lanes: Floats, k: int, scale: Floats, head: Floats, beside: Floats) -> None:
    """Make the first k entries of row k the vector of the reflection that leaves one of them.

    ``scale`` is 2 / |vector|^2 (0 where there is nothing to do).
    """
    n_lanes = scale.size
    for a in range(n_lanes):
        head[a] = 0.0
    for j in range(k):
        for a in range(n_lanes):
            head[a] += lanes[k, j, a] * lanes[k, j, a]
    for a in range(n_lanes):
        last, square = lanes[k, k - 1, a], head[a]
        beside[k, a] = square
        length = np.copysign(np.sqrt(square), last)
        half = square + last * length
        lanes[k, k - 1, a] = last + length
        scale[a] = 1.0 / half if half > 0.0 else 0.0


@compiled
def largest(diagonal: Floats, beside: Floats, n: int, bound: Floats) -> None:
    """Fill in the largest absolute eigenvalue of each tridiagonal lane, all of them at most 1.

    x bounds all of them if and only if all leading minors of x + T and of x - T are positive.
    """
    n_lanes = bound.size
    middle, width = np.empty(n_lanes), 1.0
    bound[:] = 0.0
    before_above, above = np.empty(n_lanes), np.empty(n_lanes)
    before_below, below = np.empty(n_lanes), np.empty(n_lanes)
    smallest = np.empty(n_lanes)
    for _ in range(N_HALVINGS):
        width *= 0.5
        for a in range(n_lanes):
            middle[a] = bound[a] + width
            before_above[a] = before_below[a] = 1.0
            above[a], below[a] = middle[a] - diagonal[0, a], middle[a] + diagonal[0, a]
            smallest[a] = min(above[a], below[a])
        for k in range(1, n):
            for a in range(n_lanes):
                next_above = (middle[a] - diagonal[k, a]) * above[a] - beside[k, a] * before_above[a]
                next_below = (middle[a] + diagonal[k, a]) * below[a] - beside[k, a] * before_below[a]
                before_above[a], before_below[a] = above[a], below[a]
                above[a], below[a] = next_above, next_below
                smallest[a] = min(smallest[a], next_above, next_below)
            if k % RESCALED_EVERY == 0:
                _rescale(before_above, above)
                _rescale(before_below, below)
                for a in range(n_lanes):
                    smallest[a] = 1.0 if smallest[a] > 0.0 else -1.0
        for a in range(n_lanes):
            bound[a] = bound[a] if smallest[a] > 0.0 else middle[a]
    for a in range(n_lanes):
        if bound[a] > 0.0:
            bound[a] += 0.5 * width


@compiled
def _rescale(before: Floats, now: Floats) -> None:
    for a in range(now.size):
        size = max(abs(before[a]), abs(now[a]))
        if size > 0.0:
            before[a] /= size
            now[a] /= size
