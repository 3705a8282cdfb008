"""The maximal correlation coefficient of many small co-occurrence matrices at once.

With S = p(i, j) / sqrt(p_i p_j), the coefficient is the second singular value of S. The first is 1, with the
vector sqrt(p_i), so S less its first part has the coefficient as its largest. Matrices lie side by side as
*lanes* (the last axis), so that each instruction works on several: Householder's reflections make them
tridiagonal, then Laguerre's method finds the outermost eigenvalue of each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled

ENOUGH = 1e-13
"""A step below this ends the search for an eigenvalue."""
MOST_STEPS = 100
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
    """Fill in the largest absolute eigenvalue of each tridiagonal lane, all of them at most 1."""
    for a in range(bound.size):
        highest = _highest(diagonal, beside, n, a, 1.0)
        bound[a] = max(highest, 0.0)
        if not _is_above(diagonal, beside, n, a, bound[a] + ENOUGH):
            bound[a] = _highest(diagonal, beside, n, a, -1.0)


@compiled
def _highest(diagonal: Floats, beside: Floats, n: int, a: int, sign: float) -> float:
    """Return the highest eigenvalue of a lane, or of its opposite (``sign`` -1).

    Laguerre's method on the characteristic polynomial from above, where it comes down to the highest root and
    never below it. Polynomial and derivatives follow from the leading minors.
    """
    x = 1.0 + ENOUGH
    for _ in range(MOST_STEPS):
        before = d_before = dd_before = d = dd = 0.0
        p = 1.0
        for k in range(n):
            shift, square = x - sign * diagonal[k, a], beside[k, a]
            next_p = shift * p - square * before
            next_d = p + shift * d - square * d_before
            next_dd = 2.0 * d + shift * dd - square * dd_before
            before, d_before, dd_before = p, d, dd
            p, d, dd = next_p, next_d, next_dd
            if k % RESCALED_EVERY == RESCALED_EVERY - 1 and p > 0.0:
                scale = 1.0 / p
                before, d_before, dd_before = before * scale, d_before * scale, dd_before * scale
                p, d, dd = 1.0, d * scale, dd * scale
        if p <= 0.0 or d <= 0.0:  # there, but for rounding
            break
        slope = d / p
        root = (n - 1.0) * (n * (slope * slope - dd / p) - slope * slope)
        step = n / (slope + np.sqrt(max(root, 0.0)))
        x -= step
        if step < ENOUGH:
            break
    return x


@compiled
def _is_above(diagonal: Floats, beside: Floats, n: int, a: int, x: float) -> bool:
    """Tell whether all eigenvalues of a lane are above -x: all leading minors of x + T are positive."""
    before, p = 0.0, 1.0
    for k in range(n):
        before, p = p, (x + diagonal[k, a]) * p - beside[k, a] * before
        if p <= 0.0:
            return False
        if k % RESCALED_EVERY == RESCALED_EVERY - 1:
            before, p = before / p, 1.0
    return True
