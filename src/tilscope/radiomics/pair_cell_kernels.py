"""Sums over one co-occurrence matrix that is a list of cells (see `neighbourhood_glcm_kernels`).

``cells`` holds the local levels of each cell, ``table`` their grey levels, the count, and the number of entries.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled
from tilscope.radiomics.family import EPSILON

N_PAIR_SUMS = 27
PROBABILITIES, MOMENTS, HISTOGRAMS, CROSS, CORRELATION = 16, 1, 2, 4, 8
"""Groups of coefficients, as bits: those that are not wanted are not computed (`PROBABILITIES` always are)."""

ROWS = {
    PROBABILITIES: (5, 6, 9),
    MOMENTS: (0, 1, 2, 3, 4, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 24),
    HISTOGRAMS: (15, 25),
    CROSS: (7, 8, 10, 11),
    CORRELATION: (26,),
}
"""Which fields of `glcm.Pairs` belong to each group; those of `CORRELATION` come last."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def _probabilities(table: Floats, n_cells: int, total: float, logs: Floats, sums: Floats) -> None:
    """Fill in the largest probability, the energy and the entropy."""
    largest = energy = entropy = 0.0
    for c in range(n_cells):
        n, entries = table[2, c], table[3, c]
        largest = max(largest, n)
        energy += entries * n * n
        if logs.size > 0:
            entropy -= entries * n * (logs[int(n)] - logs[int(total)])
        else:
            entropy -= entries * n * np.log2(n / total + EPSILON)
    sums[5], sums[6], sums[9] = largest / total, energy / (total * total), entropy / total


@compiled
def _moments(
    table: Floats, n_cells: int, total: float, symmetric: bool, inverses: Floats, sums: Floats
) -> None:
    """Fill in means, variances and what depends on the difference of the levels.

    ``inverses``: 1 / (1 + k), 1 / (1 + k^2), the same with k / n_gray, and 1 / k^2, by difference k.
    """
    row = column = product = contrast = average = 0.0
    inverse = moment = moment_normalised = normalised = inverse_variance = 0.0
    for c in range(n_cells):
        x, y = table[0, c], table[1, c]
        p = table[2, c] * table[3, c] / total
        k = int(abs(x - y))
        row += p * x
        column += p * y
        product += p * x * y
        contrast += p * k * k
        average += p * k
        inverse += p * inverses[0, k]
        moment += p * inverses[1, k]
        moment_normalised += p * inverses[2, k]
        normalised += p * inverses[3, k]
        inverse_variance += p * inverses[4, k]
    if symmetric:
        row = column = 0.5 * (row + column)
    sums[0], sums[4], sums[12], sums[13], sums[21] = row, product, contrast, average, row + column
    sums[16], sums[17], sums[18], sums[19] = inverse, moment, moment_normalised, normalised
    sums[20] = inverse_variance
    _central_moments(table, n_cells, total, symmetric, sums)


@compiled
def _central_moments(table: Floats, n_cells: int, total: float, symmetric: bool, sums: Floats) -> None:
    row, average = sums[0], sums[13]
    column = sums[21] - row
    variance_row = variance_column = covariance = variance = tendency = shade = prominence = 0.0
    for c in range(n_cells):
        x, y = table[0, c], table[1, c]
        p = table[2, c] * table[3, c] / total
        a, b, k = x - row, y - column, abs(x - y) - average
        both = a + b
        square = both * both
        variance_row += p * a * a
        variance_column += p * b * b
        covariance += p * a * b
        variance += p * k * k
        tendency += p * square
        shade += p * square * both
        prominence += p * square * square
    if symmetric:
        variance_row = variance_column = 0.5 * (variance_row + variance_column)
    sums[1], sums[2], sums[3], sums[14] = variance_row, variance_column, covariance, variance
    sums[22], sums[23], sums[24] = tendency, shade, prominence


@compiled
def _histograms(table: Floats, n_cells: int, total: float, histogram: Floats, sums: Floats) -> None:
    """Fill in the entropies of the difference and of the sum of the levels; ``histogram`` is left empty."""
    for place in (15, 25):
        sign = -1.0 if place == 15 else 1.0
        for c in range(n_cells):
            k = int(abs(table[0, c] + sign * table[1, c]))
            histogram[k] += table[2, c] * table[3, c]
        entropy = 0.0
        for c in range(n_cells):
            k = int(abs(table[0, c] + sign * table[1, c]))
            if histogram[k] > 0.0:
                p = histogram[k] / total
                entropy -= p * np.log2(p + EPSILON)
                histogram[k] = 0.0
        sums[place] = entropy


@compiled
def _marginals(
    table: Floats, cells: Whole, n_cells: int, symmetric: bool, rows: Floats, columns: Floats
) -> None:
    rows[:], columns[:] = 0.0, 0.0
    for c in range(n_cells):
        i, j, n = cells[0, c], cells[1, c], table[2, c]
        rows[i] += n
        columns[j] += n
        if symmetric and i != j:
            rows[j] += n
            columns[i] += n


@compiled
def _cross(
    table: Floats,
    cells: Whole,
    n_cells: int,
    total: float,
    rows: Floats,
    columns: Floats,
    logs: Floats,
    sums: Floats,
) -> None:
    """Fill in the marginal entropies and Haralick's cross entropies.

    Of whole counts, HXY2 is HX + HY: the epsilon inside PyRadiomics' logarithms is felt in weighted ones only.
    """
    of_rows = of_columns = cross_1 = cross_2 = 0.0
    for i in range(rows.size):
        p, q = rows[i] / total, columns[i] / total
        of_rows -= p * np.log2(p + EPSILON)
        of_columns -= q * np.log2(q + EPSILON)
    if logs.size > 0:
        cross_2 = of_rows + of_columns
        for c in range(n_cells):
            i, j, n = cells[0, c], cells[1, c], table[2, c] * table[3, c]
            cross_1 -= n * (logs[int(rows[i])] + logs[int(columns[j])] - 2.0 * logs[int(total)])
        cross_1 /= total
    else:
        for i in range(rows.size):
            for j in range(rows.size):
                p = rows[i] / total * (columns[j] / total)
                cross_2 -= p * np.log2(p + EPSILON)
        for c in range(n_cells):
            p = rows[cells[0, c]] / total * (columns[cells[1, c]] / total)
            cross_1 -= table[2, c] * table[3, c] / total * np.log2(p + EPSILON)
    sums[7], sums[8], sums[10], sums[11] = of_rows, of_columns, cross_1, cross_2


@compiled
def total_of(table: Floats, n_cells: int) -> float:
    """Return the sum over the whole matrix."""
    total = 0.0
    for c in range(n_cells):
        total += table[2, c] * table[3, c]
    return total


@compiled
def matrix_sums(
    table: Floats,
    cells: Whole,
    n_cells: int,
    symmetric: bool,
    wanted: int,
    inverses: Floats,
    logs: Floats,
    histogram: Floats,
    rows: Floats,
    columns: Floats,
    sums: Floats,
) -> None:
    """Fill in what is wanted of one matrix, all but the maximal correlation."""
    total = total_of(table, n_cells)
    _probabilities(table, n_cells, total, logs, sums)
    if wanted & MOMENTS:
        _moments(table, n_cells, total, symmetric, inverses, sums)
    if wanted & HISTOGRAMS:
        _histograms(table, n_cells, total, histogram, sums)
    if wanted & (CROSS | CORRELATION):
        _marginals(table, cells, n_cells, symmetric, rows, columns)
    if wanted & CROSS:
        _cross(table, cells, n_cells, total, rows, columns, logs, sums)
