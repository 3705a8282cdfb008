"""The kernel that counts pairs of grey levels around each voxel of a map.

A direction has few pairs around a voxel, so its matrix is a list of cells: two local levels (see
`neighbourhood_kernels`), the number of pairs, and how many entries of the matrix hold that number (2 for a cell
of a symmetric matrix off the diagonal, whose mirror image is not listed).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled
from tilscope.radiomics.maximal_correlation_kernels import (
    NOTHING,
    fill_lane,
    largest,
    tridiagonal,
)
from tilscope.radiomics.neighbourhood_kernels import PASSED_OVER, local_levels
from tilscope.radiomics.pair_cell_kernels import CORRELATION, N_PAIR_SUMS, matrix_sums

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def _border(local: Whole, n_local: int) -> None:
    """Give voxels that are passed over the level ``n_local``, so that counting need not ask."""
    for k in range(local.size):
        if local[k] == PASSED_OVER:
            local[k] = n_local


@compiled
def _count(
    local: Whole,
    first: Whole,
    second: Whole,
    start: int,
    stop: int,
    symmetric: bool,
    weight: float,
    grid: Floats,
    cells: Whole,
    n_cells: int,
) -> int:
    """Add the pairs of a direction to ``grid`` and its cells to ``cells``; return how many cells there are."""
    for p in range(start, stop):
        i, j = local[first[p]], local[second[p]]
        if symmetric:
            i, j = max(i, j), min(i, j)
        cells[0, n_cells], cells[1, n_cells] = i, j
        n_cells += grid[i, j] == 0.0
        grid[i, j] += weight
    return n_cells


@compiled
def _listed(
    grid: Floats,
    cells: Whole,
    n_cells: int,
    n_local: int,
    symmetric: bool,
    values: Floats,
    table: Floats,
) -> int:
    """Move the counts from ``grid`` to the columns of ``table``, and return how many there are.

    Columns: row level, column level, count, number of entries. The local levels stay in ``cells``.
    """
    n_listed = 0
    for c in range(n_cells):
        i, j = cells[0, c], cells[1, c]
        n, entries = grid[i, j], 1.0
        grid[i, j] = 0.0
        if max(i, j) == n_local:
            continue
        if symmetric and i == j:
            n *= 2.0
        elif symmetric:
            entries = 2.0
        cells[0, n_listed], cells[1, n_listed] = i, j
        table[0, n_listed], table[1, n_listed] = values[i], values[j]
        table[2, n_listed], table[3, n_listed] = n, entries
        n_listed += 1
    return n_listed


@compiled
def _maximal_correlations(
    lanes: Floats, diagonal: Floats, beside: Floats, n_levels: int, symmetric: bool, row: Floats
) -> None:
    """Fill in the coefficients of the directions that have pairs.

    One level: 1 if it is the only one of the image (``n_levels``), else 0.
    """
    n, _, n_lanes = lanes.shape
    bound = np.full(n_lanes, 1.0 if n_levels == 1 else 0.0)
    if n > 1:
        tridiagonal(lanes, diagonal, beside)
        largest(diagonal, beside, n, bound)
    for a in range(row.size):
        if not np.isnan(row[a]):
            root = bound[a] if symmetric else np.sqrt(bound[a])
            row[a] = root if bound[a] > NOTHING else 0.0


@compiled
def _counted(
    local: Whole,
    first: Whole,
    second: Whole,
    starts: Whole,
    directions: tuple[int, int],
    weights: Floats,
    symmetric: bool,
    grid: Floats,
    cells: Whole,
) -> int:
    """Count the pairs of a range of directions; return how many cells there are."""
    n_cells = 0
    for a in range(directions[0], directions[1]):
        if weights[a] > 0.0:
            n_cells = _count(
                local, first, second, starts[a], starts[a + 1], symmetric, weights[a], grid, cells, n_cells
            )
    return n_cells


@compiled
def pair_sums(
    padded: NDArray[np.uint16],
    centres: Whole,
    steps: Whole,
    starts: Whole,
    first: Whole,
    second: Whole,
    weights: Floats,
    merged: bool,
    symmetric: bool,
    wanted: int,
    kept: Whole,
    levels: Floats,
    inverses: Floats,
    logs: Floats,
) -> Floats:
    """Return the sums of `glcm.Pairs` around each voxel, direction by direction, or of all of them together.

    Parameters
    ----------
    starts, first, second : ndarray of int
        `neighbourhood.Pairings`.
    weights : ndarray of float, shape (n_angles,)
        What a pair of a direction counts: 1, unless directions are merged.
    merged : bool
        Make one matrix of all directions. Then ``logs`` is empty, and the maximal correlation is left 0 (see
        `weighted_matrix`).
    symmetric : bool
        Count each pair both ways round.
    wanted : int
        Sum of `MOMENTS`, `HISTOGRAMS`, `CROSS`, `CORRELATION`.
    kept : ndarray of int, shape (n_kept,)
        Which of the sums are given back; the maximal correlation, if it is wanted, comes last.
    levels : ndarray of float, shape (n_levels,)
    inverses : ndarray of float, shape (5, largest level + 1)
        See `pair_cell_kernels`.

    Returns
    -------
    ndarray of float, shape (n_kept, n_voxels, n_angles) or (n_kept, n_voxels, 1)
        NaN where there is no pair.
    """
    n_kernel, n_angles = steps.size, 1 if merged else weights.size
    most, per_matrix = min(steps.size, levels.size), weights.size // n_angles
    out = np.full((kept.size, centres.size, n_angles), np.nan)
    slot = np.full(levels.size, PASSED_OVER)
    local, present = np.empty(n_kernel, np.int64), np.empty(n_kernel, np.int64)
    grid, cells = np.zeros((most + 1, most + 1)), np.empty((2, first.size + 1), np.int64)
    table, histogram = np.empty((4, first.size)), np.zeros(2 * int(levels[-1]) + 1)
    values, rows, columns = np.empty(most), np.empty(most), np.empty(most)
    sums = np.zeros(N_PAIR_SUMS)
    n_lanes = -(-n_angles // 4) * 4 if wanted & CORRELATION and not merged else 0  # whole vectors of four
    lanes = np.empty(most * most * n_lanes)
    diagonal, beside = np.empty((most, n_lanes)), np.empty((most, n_lanes))
    for v in range(centres.size):
        n = local_levels(padded, centres[v], steps, levels.size, slot, local, present)
        for m in range(n):
            values[m] = levels[present[m]]
        _border(local, n)
        matrices = lanes[: n * n * n_lanes].reshape((n, n, n_lanes))
        matrices[:] = 0.0
        for a in range(n_angles):
            directions = (a * per_matrix, (a + 1) * per_matrix)
            n_cells = _counted(local, first, second, starts, directions, weights, symmetric, grid, cells)
            n_cells = _listed(grid, cells, n_cells, n, symmetric, values, table)
            if n_cells == 0:
                continue
            by_row, by_column = rows[:n], columns[:n]
            matrix_sums(
                table, cells, n_cells, symmetric, wanted, inverses, logs, histogram, by_row, by_column, sums
            )
            if n_lanes > 0:
                fill_lane(table, cells, n_cells, by_row, by_column, symmetric, matrices, a)
            for k in range(kept.size):
                out[k, v, a] = sums[kept[k]]
        if n_lanes > 0:
            _maximal_correlations(matrices, diagonal, beside, levels.size, symmetric, out[-1, v])
    return out


@compiled
def weighted_matrix(
    padded: NDArray[np.uint16],
    centre: int,
    steps: Whole,
    starts: Whole,
    first: Whole,
    second: Whole,
    weights: Floats,
    symmetric: bool,
    n_levels: int,
) -> Floats:
    """Return the weighted counts around one voxel, shape (n_local, n_local), with local levels."""
    n_kernel = steps.size
    slot = np.full(n_levels, PASSED_OVER)
    local, present = np.empty(n_kernel, np.int64), np.empty(n_kernel, np.int64)
    n = local_levels(padded, centre, steps, n_levels, slot, local, present)
    matrix = np.zeros((n, n))
    for a in range(weights.size):
        for p in range(starts[a], starts[a + 1]):
            i, j = local[first[p]], local[second[p]]
            if i >= 0 and j >= 0:
                matrix[i, j] += weights[a]
                if symmetric:
                    matrix[j, i] += weights[a]
    return matrix
