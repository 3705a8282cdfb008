"""Compiled kernels of the Newton step's Cholesky factor, which follows the columns that join and leave.

It is frozen at the weights at which it was made: a column that joins adds a row, one that leaves is rotated
out. With more columns than patients the factor is over the patients (Woodbury's identity).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tilscope.signature._compiled import compiled
from tilscope.signature._likelihood import (
    COLUMNS,
    COUNT,
    FORM,
    NONE,
    RIDGE,
    ROWS,
    SPENT,
    Fit,
    add,
    assign,
    dot,
    sum_of,
    times,
)

MAX_ORDER = 1_500  # larger systems are left to coordinate descent


@compiled()
def _forward(lower: Any, right: Any) -> None:
    for i in range(right.size):
        right[i] = (right[i] - dot(lower[i, :i], right[:i])) / lower[i, i]


@compiled()
def _backward(lower: Any, right: Any) -> None:
    for i in range(right.size - 1, -1, -1):
        right[i] /= lower[i, i]
        add(right[:i], -right[i], lower[i, :i])


@compiled()
def _append_row(lower: Any, size: int, diagonal: float) -> bool:
    """Turn row ``size`` of a matrix, without its diagonal, into the next row of its Cholesky factor."""
    row = lower[size, :size]
    _forward(lower, row)
    pivot = diagonal - dot(row, row)
    if pivot <= 1e-12 * diagonal or pivot <= 0.0:
        return False
    lower[size, size] = np.sqrt(pivot)
    return True


@compiled()
def _append_column(x: Any, fit: Fit, position: int) -> bool:
    """Add the active column at a position to the factor over the columns; False where it is collinear."""
    column = x[fit.active[position]]
    weighted = times(fit.w, column)
    row = fit.lower[position + 1]
    row[0] = sum_of(weighted)
    for a in range(position):
        row[a + 1] = dot(weighted, x[fit.active[a]])
    return bool(_append_row(fit.lower, position + 1, dot(weighted, column) + fit.numbers[RIDGE]))


@compiled()
def _remove_row(lower: Any, size: int, gone: int) -> None:
    """Take one row and column out of a Cholesky factor by rotations."""
    cosines, sines = np.empty(size), np.empty(size)
    for i in range(gone, size - 1):
        for c in range(i + 2):
            lower[i, c] = lower[i + 1, c]
        for c in range(gone, i):
            left, right = lower[i, c], lower[i, c + 1]
            lower[i, c] = cosines[c] * left + sines[c] * right
            lower[i, c + 1] = cosines[c] * right - sines[c] * left
        length = np.hypot(lower[i, i], lower[i, i + 1])
        cosines[i], sines[i] = lower[i, i] / length, lower[i, i + 1] / length
        lower[i, i] = length


@compiled()
def _factor_rows(x: Any, fit: Fit) -> bool:
    """Factor I + S K S / ridge over the patients, S the roots of the weights."""
    n, ridge = fit.w.size, fit.numbers[RIDGE]
    if fit.numbers[FORM] != ROWS:
        for i in range(n):
            for k in range(n):
                fit.kernel[i, k] = 0.0
        for a in range(int(fit.numbers[COUNT])):
            _add_outer(fit.kernel, x[fit.active[a]], 1.0)
    for i in range(n):
        for k in range(i):
            fit.lower[i, k] = np.sqrt(fit.w[i] * fit.w[k]) * fit.kernel[i, k] / ridge
        if not _append_row(fit.lower, i, 1.0 + fit.w[i] * fit.kernel[i, i] / ridge):
            return False
    fit.numbers[FORM] = ROWS
    return True


@compiled()
def _add_outer(kernel: Any, column: Any, factor: float) -> None:
    for i in range(column.size):
        add(kernel[i, : i + 1], factor * column[i], column[: i + 1])


@compiled()
def factorise(x: Any, fit: Fit, w: Any, l2: float) -> bool:
    """Make the factor anew at the present weights; False where it does not exist or is too large."""
    n, count = w.size, int(fit.numbers[COUNT])
    assign(fit.w, w)
    fit.numbers[RIDGE], fit.numbers[SPENT] = l2, 0.0
    if count > n and l2 > 0.0 and n <= MAX_ORDER:
        return bool(_factor_rows(x, fit))
    fit.numbers[FORM] = NONE
    if count >= fit.lower.shape[0]:
        return False
    fit.lower[0, 0] = np.sqrt(sum_of(w))
    for a in range(count):
        if not _append_column(x, fit, a):
            return False
    fit.numbers[FORM] = COLUMNS
    return True


@compiled()
def direction(x: Any, fit: Fit, step: Any) -> None:
    """Replace the gradient (constant first) by the Newton step of the factor."""
    if fit.numbers[FORM] == COLUMNS:
        _forward(fit.lower, step)
        _backward(fit.lower, step)
        return
    n, ridge = fit.w.size, fit.numbers[RIDGE]
    roots, moved = np.empty(n), np.zeros(n)
    for i in range(n):
        roots[i] = np.sqrt(fit.w[i])
    for a in range(step.size - 1):
        add(moved, step[a + 1] / ridge, x[fit.active[a]])
    moved, ones = times(roots, moved), roots.copy()
    lower = fit.lower[:n, :n]
    for right in (moved, ones):
        _forward(lower, right)
        _backward(lower, right)
    step[0] = (step[0] - dot(roots, moved)) / dot(roots, ones)
    add(moved, step[0], ones)
    moved = times(roots, moved)
    for a in range(step.size - 1):
        step[a + 1] = (step[a + 1] - dot(x[fit.active[a]], moved)) / ridge


@compiled()
def join(x: Any, fit: Fit, j: int, sign: float) -> bool:
    """Let a column join the model and the factor; False, and nothing is changed, where it is collinear."""
    count = int(fit.numbers[COUNT])
    fit.active[count] = j
    if fit.numbers[FORM] == ROWS:
        _add_outer(fit.kernel, x[j], 1.0)
    elif count + 1 >= fit.lower.shape[0] or (count >= fit.w.size and fit.numbers[RIDGE] > 0.0):
        fit.numbers[FORM] = NONE
    elif fit.numbers[FORM] == COLUMNS and not _append_column(x, fit, count):
        return False
    fit.signs[j] = sign
    fit.numbers[COUNT] = count + 1
    return True


@compiled()
def leave(x: Any, fit: Fit, position: int) -> None:
    count, j = int(fit.numbers[COUNT]), fit.active[position]
    fit.beta[j] = fit.signs[j] = 0.0
    if fit.numbers[FORM] == ROWS:
        _add_outer(fit.kernel, x[j], -1.0)
    elif fit.numbers[FORM] == COLUMNS:
        _remove_row(fit.lower, count + 1, position + 1)
    for a in range(position, count - 1):
        fit.active[a] = fit.active[a + 1]
    fit.numbers[COUNT] = count - 1


@compiled()
def is_worn(fit: Fit) -> bool:
    """Tell whether a factor's slower convergence has cost as much as making it anew."""
    n, k = float(fit.w.size), fit.numbers[COUNT]
    return bool(fit.numbers[SPENT] * (2.0 * n * k + k * k) >= n * k * k / 2.0 + k**3 / 6.0)
