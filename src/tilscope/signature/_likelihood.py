"""Compiled kernels of the binomial likelihood, and what a fit under way holds.

``x`` is (p, n), standardised, one feature in each row. Sums may be reassociated (they are vectorised), in one
way per machine code, so the same input gives the same bytes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tilscope.signature._compiled import compiled

P_MIN = 1e-9  # fitted probabilities closer to 0 or 1 count as 0 or 1 (glmnet's pmin)
COUNT, INTERCEPT, RIDGE, FORM, SPENT = 0, 1, 2, 3, 4  # places in Fit.numbers
NONE, COLUMNS, ROWS = 0.0, 1.0, 2.0  # FORM: no factor, one over the columns, one over the patients


class Fit(NamedTuple):
    """A fit under way; everything is updated in place.

    Attributes
    ----------
    beta : ndarray of float, shape (p,)
        Coefficients.
    active : ndarray of int, shape (p,)
        Columns in the model, as many as ``numbers[COUNT]``.
    signs : ndarray of float, shape (p,)
        -1 or 1 for columns in the model (a column that joins has a sign before it has a coefficient).
    numbers : ndarray of float, shape (5,)
        Number of active columns, intercept, ridge penalty and form of the factor, steps it has cost.
    w : ndarray of float, shape (n,)
        Weights of the factor.
    lower : ndarray of float, square
        Lower Cholesky factor; over the columns, the constant is the first.
    kernel : ndarray of float, shape (n, n), or (0, 0) where it is never needed
        Sum of the outer products of the active columns, while the factor is over the patients.
    """

    beta: Any
    active: Any
    signs: Any
    numbers: Any
    w: Any
    lower: Any
    kernel: Any


@compiled(fastmath={"reassoc", "contract"})
def dot(a: Any, b: Any) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@compiled()
def add(r: Any, factor: float, column: Any) -> None:
    for i in range(r.size):
        r[i] += factor * column[i]


@compiled(fastmath={"reassoc", "contract"})
def sum_of(a: Any) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i]
    return total


@compiled()
def assign(target: Any, source: Any) -> None:
    """Copy element by element (plain loops compile in a tenth of the time of numpy's assignments)."""
    for i in range(target.size):
        target[i] = source[i]


@compiled()
def times(a: Any, b: Any) -> Any:
    product = np.empty(a.size)
    for i in range(a.size):
        product[i] = a[i] * b[i]
    return product


@compiled()
def linear_predictor(x: Any, fit: Fit) -> Any:
    """Return intercept + x beta over the columns in the model."""
    eta = np.full(x.shape[1], fit.numbers[INTERCEPT])
    for a in range(int(fit.numbers[COUNT])):
        add(eta, fit.beta[fit.active[a]], x[fit.active[a]])
    return eta


@compiled()
def probabilities(eta: Any) -> Any:
    limit = np.log(1.0 / P_MIN - 1.0)
    q = np.empty(eta.size)
    for i in range(eta.size):
        if eta[i] < -limit:
            q[i] = 0.0
        elif eta[i] > limit:
            q[i] = 1.0
        else:
            q[i] = 1.0 / (1.0 + np.exp(-eta[i]))
    return q


@compiled()
def deviance(y: Any, q: Any) -> float:
    """Return minus twice the mean log likelihood of 0/1 outcomes."""
    total = 0.0
    for i in range(y.size):
        p = min(max(q[i], P_MIN), 1.0 - P_MIN)
        total += np.log(p) if y[i] > 0.5 else np.log(1.0 - p)
    return -2.0 * total / y.size


@compiled()
def quadratic_at(x: Any, y: Any, fit: Fit) -> Any:
    """Return weights and weighted residuals of the likelihood's quadratic at the coefficients."""
    q = probabilities(linear_predictor(x, fit))
    w, r = np.empty(y.size), np.empty(y.size)
    for i in range(y.size):
        w[i] = q[i] * (1.0 - q[i]) / y.size
        r[i] = (y[i] - q[i]) / y.size
    return w, r


@compiled(is_entry=True)
def standardised(x: Any, rows: Any) -> Any:
    """Return some patients' features with mean 0 and mean square 1 (constant ones: all 0), means and sds (1/N).

    ``x`` is (p, n), the result (p, rows).
    """
    p, m = x.shape[0], rows.size
    z, means, scales = np.empty((p, m)), np.empty(p), np.ones(p)
    for j in range(p):
        lowest, highest = np.inf, -np.inf
        for i in range(m):
            z[j, i] = x[j, rows[i]]
            lowest, highest = min(lowest, z[j, i]), max(highest, z[j, i])
        means[j] = sum_of(z[j]) / m
        for i in range(m):
            z[j, i] -= means[j]
        scale = np.sqrt(dot(z[j], z[j]) / m)
        is_constant = lowest == highest or scale <= 1e-14 * abs(means[j])
        if not is_constant:
            scales[j] = scale
        for i in range(m):
            z[j, i] = 0.0 if is_constant else z[j, i] / scale
    return z, means, scales


@compiled(is_entry=True)
def largest_gradient(z: Any, y: Any) -> float:
    """Return the largest gradient of the mean loss, in size, where the model is empty."""
    centred, mean, largest = np.empty(y.size), sum_of(y) / y.size, 0.0
    for i in range(y.size):
        centred[i] = y[i] - mean
    for j in range(z.shape[0]):
        largest = max(largest, abs(dot(z[j], centred)))
    return largest / y.size
