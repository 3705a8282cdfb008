"""Kernels that count the neighbourhood of each voxel of a map: sizes, differences, intensities.

A kernel of a map holds few voxels, so it holds few grey levels: they are numbered anew around each voxel
(*local* levels), and only the cells of a matrix that are met are looked at. ``padded``, ``centres``, ``steps``
and ``logs`` are those of `neighbourhood.Neighbourhoods`; pairs and lines those of `neighbourhood.Kernel`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled
from tilscope.radiomics.family import EPSILON
from tilscope.radiomics.size_matrix_kernels import difference_features

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
    """Give the levels around a voxel new numbers: ``local`` per voxel (or `PASSED_OVER`), ``present`` per number.

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
def _valued(present: Whole, n_local: int, levels: Floats, values: Floats) -> None:
    """Fill in the local levels' values, their squares, and one over these: the rows of ``values``."""
    for m in range(n_local):
        value = levels[present[m]]
        values[0, m], values[1, m], values[2, m] = value, value * value, 1.0 / (value * value)


@compiled
def _size_table(n_sizes: int) -> Floats:
    """Return sizes 0, 1, ... , their squares, and one over these (0 for size 0), shape (3, n_sizes)."""
    table = np.zeros((3, n_sizes))
    for size in range(1, n_sizes):
        table[0, size], table[1, size], table[2, size] = size, size * size, 1.0 / (size * size)
    return table


@compiled
def _add(counts: Floats, cells: Whole, n_cells: int, level: int, size: int, weight: float) -> int:
    """Count a thing of a local level and a size; return the number of cells that are met so far."""
    cells[0, n_cells], cells[1, n_cells] = level, size
    n_cells += counts[level, size] == 0.0
    counts[level, size] += weight
    return n_cells


@compiled
def _size_sums(
    counts: Floats,
    cells: Whole,
    n_cells: int,
    n_local: int,
    values: Floats,
    sizes: Floats,
    logs: Floats,
    by_level: Floats,
    by_size: Floats,
    sums: Floats,
) -> None:
    """Fill in the sums of `size_matrix.Sizes` from the cells that were met, and empty them.

    ``values`` and ``sizes`` are those of `_valued` and `_size_table`; ``logs`` is empty where counts are not
    whole.
    """
    total = n_voxels = small_low = small_high = large_low = large_high = 0.0
    largest = 0
    for c in range(n_cells):
        level, size = cells[0, c], cells[1, c]
        n = counts[level, size]
        total += n
        n_voxels += n * size
        largest = max(largest, size)
        by_level[level] += n
        by_size[size] += n
        small_low += n * values[2, level] * sizes[2, size]
        small_high += n * values[1, level] * sizes[2, size]
        large_low += n * values[2, level] * sizes[1, size]
        large_high += n * values[1, level] * sizes[1, size]
    entropy = 0.0
    for c in range(n_cells):
        n = counts[cells[0, c], cells[1, c]]
        counts[cells[0, c], cells[1, c]] = 0.0
        if logs.size > 0:
            entropy -= n * (logs[int(n)] - logs[int(total)])
        else:
            entropy -= n * np.log2(n / total + EPSILON)
    sums[0], sums[1], sums[16] = total, n_voxels, entropy / total
    sums[12], sums[13], sums[14], sums[15] = small_low, small_high, large_low, large_high
    _marginal(by_level, values, n_local, total, sums, 2)
    _marginal(by_size, sizes, largest + 1, total, sums, 7)


@compiled
def _marginal(counts: Floats, values: Floats, n: int, total: float, sums: Floats, first: int) -> None:
    """Fill in, from ``first`` on: sum of squares, variance, emphasis of low and of high values, mean."""
    squares = mean = low = high = variance = 0.0
    for k in range(n):
        squares += counts[k] * counts[k]
        mean += counts[k] * values[0, k]
        low += counts[k] * values[2, k]
        high += counts[k] * values[1, k]
    mean /= total
    for k in range(n):
        variance += counts[k] * (values[0, k] - mean) * (values[0, k] - mean)
        counts[k] = 0.0
    sums[first], sums[first + 1], sums[first + 2], sums[first + 3] = squares, variance / total, low, high
    sums[first + 4] = mean


@compiled
def _has_line(local: Whole, line: Whole, begins: NDArray[np.bool_]) -> bool:
    """Tell whether a line holds two voxels that count, neighbours or not."""
    n = 0
    for k in range(line.size):
        n = (0 if begins[k] else n) + (local[line[k]] != PASSED_OVER)
        if n > 1:
            return True
    return False


@compiled
def _count_runs(
    local: Whole,
    line: Whole,
    begins: NDArray[np.bool_],
    weight: float,
    counts: Floats,
    cells: Whole,
    n_cells: int,
) -> int:
    level, length = PASSED_OVER, 0
    for k in range(line.size):
        here = local[line[k]]
        if here == level and not begins[k]:
            length += 1
            continue
        if level != PASSED_OVER:
            n_cells = _add(counts, cells, n_cells, level, length, weight)
        level, length = here, 1
    if level != PASSED_OVER:
        n_cells = _add(counts, cells, n_cells, level, length, weight)
    return n_cells


@compiled
def run_sums(
    padded: Levels,
    centres: Whole,
    steps: Whole,
    lines: Whole,
    begins: NDArray[np.bool_],
    longest: int,
    weights: Floats,
    ibsi: bool,
    levels: Floats,
    logs: Floats,
) -> Floats:
    """Return the sums over the runs around each voxel, shape (17, n_voxels, n_angles); NaN where none counts.

    A direction in which no line holds two voxels is left out (IBSI counts it). ``weights``, if not empty,
    merge all directions (then ``logs`` is empty).
    """
    n_kernel, n_angles, n_sizes = steps.size, lines.shape[0], longest + 1
    most = min(n_kernel, levels.size)
    merged = weights.size > 0
    out = np.full((N_SIZE_SUMS, centres.size, 1 if merged else n_angles), np.nan)
    slot = np.full(levels.size, PASSED_OVER)
    local, present = np.empty(n_kernel, np.int64), np.empty(n_kernel, np.int64)
    counts, cells = np.zeros((most, n_sizes)), np.empty((2, most * n_sizes + 1), np.int64)
    by_level, by_size, sums = np.zeros(most), np.zeros(n_sizes), np.empty(N_SIZE_SUMS)
    values, sizes = np.empty((3, most)), _size_table(n_sizes)
    for v in range(centres.size):
        n_local = local_levels(padded, centres[v], steps, levels.size, slot, local, present)
        _valued(present, n_local, levels, values)
        n_cells = 0
        for a in range(n_angles):
            if not (ibsi or _has_line(local, lines[a], begins[a])):
                continue
            weight = weights[a] if merged else 1.0
            n_cells = _count_runs(local, lines[a], begins[a], weight, counts, cells, n_cells)
            if merged:
                continue
            _size_sums(counts, cells, n_cells, n_local, values, sizes, logs, by_level, by_size, sums)
            out[:, v, a] = sums
            n_cells = 0
        if n_cells > 0:
            _size_sums(counts, cells, n_cells, n_local, values, sizes, logs, by_level, by_size, sums)
            out[:, v, 0] = sums
    return out


@compiled
def _root(parent: Whole, voxel: int) -> int:
    while parent[voxel] != voxel:
        parent[voxel] = parent[parent[voxel]]
        voxel = parent[voxel]
    return voxel


@compiled
def _count_zones(
    local: Whole, first: Whole, second: Whole, parent: Whole, size: Whole, counts: Floats, cells: Whole
) -> int:
    """Join equal voxels that touch each other, and count the zones by level and size."""
    n_kernel = local.size
    for k in range(n_kernel):
        parent[k], size[k] = k, 0
    for p in range(first.size):
        level = local[first[p]]
        if level != PASSED_OVER and level == local[second[p]]:
            one, other = _root(parent, first[p]), _root(parent, second[p])
            parent[max(one, other)] = min(one, other)
    for k in range(n_kernel):
        size[_root(parent, k)] += 1
    n_cells = 0
    for k in range(n_kernel):
        if local[k] != PASSED_OVER and parent[k] == k:
            n_cells = _add(counts, cells, n_cells, local[k], size[k], 1.0)
    return n_cells


@compiled
def zone_sums(
    padded: Levels,
    centres: Whole,
    steps: Whole,
    first: Whole,
    second: Whole,
    levels: Floats,
    logs: Floats,
) -> Floats:
    """Return the sums over the zones around each voxel, shape (17, n_voxels, 1)."""
    n_kernel = steps.size
    n_sizes, most = n_kernel + 1, min(n_kernel, levels.size)
    out = np.empty((N_SIZE_SUMS, centres.size, 1))
    slot = np.full(levels.size, PASSED_OVER)
    local, present = np.empty(n_kernel, np.int64), np.empty(n_kernel, np.int64)
    parent, size = np.empty(n_kernel, np.int64), np.empty(n_kernel, np.int64)
    counts, cells = np.zeros((most, n_sizes)), np.empty((2, n_kernel + 1), np.int64)
    by_level, by_size, sums = np.zeros(most), np.zeros(n_sizes), np.empty(N_SIZE_SUMS)
    values, sizes = np.empty((3, most)), _size_table(n_sizes)
    for v in range(centres.size):
        n_local = local_levels(padded, centres[v], steps, levels.size, slot, local, present)
        _valued(present, n_local, levels, values)
        n_cells = _count_zones(local, first, second, parent, size, counts, cells)
        _size_sums(counts, cells, n_cells, n_local, values, sizes, logs, by_level, by_size, sums)
        out[:, v, 0] = sums
    return out


@compiled
def dependence_sums(
    padded: Levels,
    centres: Whole,
    steps: Whole,
    first: Whole,
    second: Whole,
    alpha: float,
    levels: Floats,
    logs: Floats,
) -> Floats:
    """Return the sums over voxels by level and 1 + number of dependent neighbours, shape (17, n_voxels, 1)."""
    n_kernel = steps.size
    n_sizes, most = n_kernel + 1, min(n_kernel, levels.size)
    out = np.empty((N_SIZE_SUMS, centres.size, 1))
    slot = np.full(levels.size, PASSED_OVER)
    local, present = np.empty(n_kernel, np.int64), np.empty(n_kernel, np.int64)
    n_dependent = np.empty(n_kernel, np.int64)
    counts, cells = np.zeros((most, n_sizes)), np.empty((2, n_kernel + 1), np.int64)
    by_level, by_size, sums = np.zeros(most), np.zeros(n_sizes), np.empty(N_SIZE_SUMS)
    values, sizes = np.empty((3, most)), _size_table(n_sizes)
    for v in range(centres.size):
        n_local = local_levels(padded, centres[v], steps, levels.size, slot, local, present)
        _valued(present, n_local, levels, values)
        n_dependent[:] = 0
        for p in range(first.size):
            one, other = local[first[p]], local[second[p]]
            if one < 0 or other < 0:
                continue
            if one == other or abs(values[0, one] - values[0, other]) <= alpha:
                n_dependent[first[p]] += 1
                n_dependent[second[p]] += 1
        n_cells = 0
        for k in range(n_kernel):
            if local[k] != PASSED_OVER:
                n_cells = _add(counts, cells, n_cells, local[k], n_dependent[k] + 1, 1.0)
        _size_sums(counts, cells, n_cells, n_local, values, sizes, logs, by_level, by_size, sums)
        out[:, v, 0] = sums
    return out


@compiled
def difference_sums(
    padded: Levels, centres: Whole, steps: Whole, first: Whole, second: Whole, ibsi: bool, levels: Floats
) -> Floats:
    """Return the sums of `ngtdm.Differences` around each voxel, shape (7, n_voxels).

    A voxel without neighbours counts as one that equals them (IBSI does not count it).
    """
    n_kernel = steps.size
    out = np.empty((7, centres.size))
    slot = np.full(levels.size, PASSED_OVER)
    local, present = np.empty(n_kernel, np.int64), np.empty(n_kernel, np.int64)
    total, n_neighbours = np.empty(n_kernel), np.empty(n_kernel)
    shares, differences, values = np.empty(n_kernel), np.empty(n_kernel), np.empty(n_kernel)
    for v in range(centres.size):
        n_local = local_levels(padded, centres[v], steps, levels.size, slot, local, present)
        for m in range(n_local):
            values[m] = levels[present[m]]
        shares[:], differences[:], total[:], n_neighbours[:] = 0.0, 0.0, 0.0, 0.0
        for p in range(first.size):
            k, m = first[p], second[p]
            if local[k] != PASSED_OVER and local[m] != PASSED_OVER:
                total[k] += values[local[m]]
                total[m] += values[local[k]]
                n_neighbours[k] += 1.0
                n_neighbours[m] += 1.0
        n_voxels = 0.0
        for k in range(n_kernel):
            if local[k] != PASSED_OVER and (n_neighbours[k] > 0.0 or not ibsi):
                n_voxels += 1.0
                shares[local[k]] += 1.0
                if n_neighbours[k] > 0.0:
                    differences[local[k]] += abs(values[local[k]] - total[k] / n_neighbours[k])
        out[:, v] = difference_features(
            shares[:n_local] / max(n_voxels, 1.0), differences[:n_local], values[:n_local], max(n_voxels, 1.0)
        )
    return out
