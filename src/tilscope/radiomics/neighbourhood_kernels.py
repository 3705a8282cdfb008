"""Kernels that count the neighbourhood of each voxel of a map: sizes, differences, intensities.

A kernel of a map holds few voxels, so it holds few grey levels: they are numbered anew around each voxel
(*local* levels), and only the cells of a matrix that are met are looked at. ``padded``, ``centres``, ``steps``
and ``logs`` are those of `neighbourhood.Neighbourhoods`; pairs and lines those of `neighbourhood.Kernel`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled
from tilscope.radiomics.size_matrix_kernels import difference_features

EPSILON = float(np.spacing(1.0))
N_SIZE_SUMS = 17
N_DISTRIBUTION = 18
PASSED_OVER = -1

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Levels = NDArray[np.uint16]


@compiled
def local_levels(
    padded: Levels, centre: int, steps: Whole, n_levels: int, slot: Whole, local: Whole, present: Whole
) -> int:
    """Number the levels around a voxel anew: ``local`` per voxel (or `PASSED_OVER`), ``present`` per number.

    ``slot`` holds `PASSED_OVER` for each level, before and after.
    """
    n_local = 0
    for k in range(steps.size):
        level = np.int64(padded[centre + steps[k]])
        if level == n_levels:
            local[k] = PASSED_OVER
            continue
        if slot[level] == PASSED_OVER:
            slot[level] = n_local
            present[n_local] = level
            n_local += 1
        local[k] = slot[level]
    for m in range(n_local):
        slot[present[m]] = PASSED_OVER
    return n_local


@compiled
def _add(
    counts: Floats, cells: Whole, n_cells: int, level: int, size: int, n_sizes: int, weight: float
) -> int:
    """Count a thing of a local level and a size; return the number of cells that are met so far."""
    cell = level * n_sizes + size
    if counts[cell] == 0.0:
        cells[n_cells] = cell
        n_cells += 1
    counts[cell] += weight
    return n_cells


@compiled
def _size_sums(
    counts: Floats,
    cells: Whole,
    n_cells: int,
    n_sizes: int,
    values: Floats,
    logs: Floats,
    by_level: Floats,
    by_size: Floats,
    sums: Floats,
) -> None:
    """Fill in the sums of `size_matrix.Sizes` from the cells that were met, and empty them.

    ``values`` are the grey levels of the local ones; ``logs`` is empty where counts are not whole.
    """
    total = n_voxels = small_low = small_high = large_low = large_high = 0.0
    for c in range(n_cells):
        level, size = cells[c] // n_sizes, cells[c] % n_sizes
        n = counts[cells[c]]
        i, j = values[level] * values[level], float(size * size)
        total += n
        n_voxels += n * size
        by_level[level] += n
        by_size[size] += n
        small_low += n / (i * j)
        small_high += n * i / j
        large_low += n * j / i
        large_high += n * i * j
    entropy = 0.0
    for c in range(n_cells):
        n = counts[cells[c]]
        counts[cells[c]] = 0.0
        if logs.size > 0:
            entropy -= n * (logs[int(n)] - logs[int(total)])
        else:
            entropy -= n * np.log2(n / total + EPSILON)
    sums[0], sums[1], sums[16] = total, n_voxels, entropy / total
    sums[12], sums[13], sums[14], sums[15] = small_low, small_high, large_low, large_high
    _level_sums(by_level, values, total, sums)
    _width_sums(by_size, n_sizes, total, sums)


@compiled
def _level_sums(by_level: Floats, values: Floats, total: float, sums: Floats) -> None:
    squares = mean = low = high = variance = 0.0
    for k in range(values.size):
        n, value = by_level[k], values[k]
        squares += n * n
        mean += n * value
        low += n / (value * value)
        high += n * value * value
    mean /= total
    for k in range(values.size):
        variance += by_level[k] * (values[k] - mean) ** 2
        by_level[k] = 0.0
    sums[2], sums[3], sums[4], sums[5], sums[6] = squares, variance / total, low, high, mean


@compiled
def _width_sums(by_size: Floats, n_sizes: int, total: float, sums: Floats) -> None:
    squares = mean = small = large = variance = 0.0
    for j in range(1, n_sizes):
        n = by_size[j]
        if n != 0.0:
            squares += n * n
            mean += n * j
            small += n / (j * j)
            large += n * j * j
    mean /= total
    for j in range(1, n_sizes):
        if by_size[j] != 0.0:
            variance += by_size[j] * (j - mean) ** 2
            by_size[j] = 0.0
    sums[7], sums[8], sums[9], sums[10], sums[11] = squares, variance / total, small, large, mean


@compiled
def run_sums(
    padded: Levels,
    centres: Whole,
    steps: Whole,
    lines: Whole,
    begins: NDArray[np.bool_],
    weights: Floats,
    levels: Floats,
    logs: Floats,
) -> Floats:
    """Return the sums over the runs around each voxel, shape (17, n_voxels, n_angles); NaN where none counts.

    A direction in which no line holds two voxels is left out. ``weights``, if not empty, merge all directions.
    """
    n_kernel, n_angles = steps.size, lines.shape[0]
    n_sizes = 2 * n_kernel + 1
    merged = weights.size > 0
    out = np.full((N_SIZE_SUMS, centres.size, 1 if merged else n_angles), np.nan)
    slot = np.full(levels.size, PASSED_OVER)
    local, present = np.empty(n_kernel, np.int64), np.empty(n_kernel, np.int64)
    longest = 1
    for k in range(n_kernel):
        longest = longest + 1 if not begins[0, k] else longest
    n_sizes = longest + 1
    counts, cells = np.zeros(n_kernel * n_sizes), np.empty(n_kernel * n_sizes, np.int64)
    by_level, by_size, sums = np.zeros(n_kernel), np.zeros(n_sizes), np.empty(N_SIZE_SUMS)
    values = np.empty(n_kernel)
    for v in range(centres.size):
        n_local = local_levels(padded, centres[v], steps, levels.size, slot, local, present)
        for m in range(n_local):
            values[m] = levels[present[m]]
        n_cells = 0
        for a in range(n_angles):
            if not _has_line(local, lines[a], begins[a]):
                continue
            weight = weights[a] if merged else 1.0
            n_cells = _count_runs(local, lines[a], begins[a], weight, counts, cells, n_cells, n_sizes)
            if not merged:
                _size_sums(
                    counts, cells, n_cells, n_sizes, values[:n_local], logs, by_level, by_size, sums
                )
                out[:, v, a] = sums
                n_cells = 0
        if n_cells > 0:
            _size_sums(counts, cells, n_cells, n_sizes, values[:n_local], logs, by_level, by_size, sums)
            out[:, v, 0] = sums
    return out
