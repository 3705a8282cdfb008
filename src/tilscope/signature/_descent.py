"""Compiled kernels of the elastic net path: proximal Newton, coordinate descent, active-set polish.

For one penalty the penalised binomial likelihood is replaced by its quadratic at the current coefficients
(iteratively reweighted least squares). The quadratic is solved by cycles of coordinate descent over the
columns that the strong rule keeps, each followed by an exact solution on the columns that are in the model
(as long as no coefficient changes sign), which replaces hundreds of cycles. All columns are then checked
against the optimality conditions, and violators join. Arrays: ``x`` is (p, n), standardised, one feature
in each row. All kernels live in one file because numba's cache on disk notices changes of that file only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

OUTER_TOLERANCE = 1e-13  # largest weighted squared change of a coefficient between Newton steps
INNER_TOLERANCE = 1e-17  # the same between cycles of coordinate descent
MAX_NEWTON = 100
MAX_CYCLES = 20_000
MAX_POLISH = 600  # more columns in the model than this are left to coordinate descent
P_MIN = 1e-9  # fitted probabilities closer to 0 or 1 count as 0 or 1 (glmnet's pmin)
MIN_LAMBDAS, MIN_GAIN, MAX_EXPLAINED = 5, 1e-5, 0.999  # glmnet's mnlam, fdev, devmax


def compiled(**options: Any) -> Any:
    """Return numba's ``njit``, cached on disk where some folder can hold the cache."""

    def decorate(function: Any) -> Any:
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # no writable folder for the cache
            return njit(**options)(function)

    return decorate


@compiled(fastmath={"reassoc", "contract"})
def _dot(a: Any, b: Any) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@compiled(fastmath={"reassoc", "contract"})
def _dot3(a: Any, b: Any, c: Any) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i] * c[i]
    return total


@compiled()
def _subtract(r: Any, step: float, w: Any, column: Any) -> None:
    for i in range(r.size):
        r[i] -= step * w[i] * column[i]


@compiled()
def linear_predictor(x: Any, intercept: float, beta: Any) -> Any:
    """Return intercept + x beta; columns with coefficient zero cost nothing."""
    eta = np.full(x.shape[1], intercept)
    for j in range(x.shape[0]):
        if beta[j] != 0.0:
            for i in range(x.shape[1]):
                eta[i] += beta[j] * x[j, i]
    return eta


@compiled()
def _probabilities(eta: Any) -> Any:
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
def _shrink(value: float, threshold: float) -> float:
    if value > threshold:
        return value - threshold
    if value < -threshold:
        return value + threshold
    return 0.0


@compiled()
def _cycle(x: Any, kept: Any, curvature: Any, w: Any, r: Any, beta: Any, l1: float, l2: float) -> float:
    """Update each kept coefficient once; return the largest weighted squared change."""
    largest = 0.0
    for position in range(kept.size):
        j = kept[position]
        old = beta[j]
        new = _shrink(_dot(x[j], r) + curvature[position] * old, l1) / (curvature[position] + l2)
        if new != old:
            beta[j] = new
            _subtract(r, new - old, w, x[j])
            largest = max(largest, curvature[position] * (new - old) ** 2)
    return largest


@compiled()
def _sum(a: Any) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i]
    return total


@compiled()
def _positions(wanted: Any) -> Any:
    """Return where ``wanted`` is true (plain loops compile in a tenth of the time of numpy's indexing)."""
    n = 0
    for i in range(wanted.size):
        n += wanted[i]
    found, n = np.empty(n, dtype=np.int64), 0
    for i in range(wanted.size):
        if wanted[i]:
            found[n] = i
            n += 1
    return found


@compiled()
def _without(values: Any, position: int) -> Any:
    rest = np.empty(values.size - 1, dtype=np.int64)
    for i in range(rest.size):
        rest[i] = values[i] if i < position else values[i + 1]
    return rest


@compiled()
def _in_model(kept: Any, beta: Any) -> Any:
    is_in = np.zeros(beta.size, dtype=np.bool_)
    for position in range(kept.size):
        is_in[kept[position]] = beta[kept[position]] != 0.0
    return _positions(is_in)


@compiled()
def _move_intercept(w: Any, r: Any) -> float:
    step = _sum(r) / _sum(w)
    for i in range(r.size):
        r[i] -= step * w[i]
    return float(step)


@compiled()
def _solve(matrix: Any, right: Any) -> bool:
    """Solve a positive definite system in place by Cholesky; False where it is not positive definite."""
    k = right.size
    for j in range(k):
        pivot = matrix[j, j] - _dot(matrix[j, :j], matrix[j, :j])
        if pivot <= 1e-12 * matrix[j, j] or pivot <= 0.0:
            return False
        matrix[j, j] = np.sqrt(pivot)
        for i in range(j + 1, k):
            matrix[i, j] = (matrix[i, j] - _dot(matrix[i, :j], matrix[j, :j])) / matrix[j, j]
    for i in range(k):
        right[i] = (right[i] - _dot(matrix[i, :i], right[:i])) / matrix[i, i]
    for i in range(k - 1, -1, -1):
        for j in range(i + 1, k):
            right[i] -= matrix[j, i] * right[j]
        right[i] /= matrix[i, i]
    return True


@compiled()
def _gram(x: Any, active: Any, w: Any) -> Any:
    """Return the weighted cross products of the constant (row 0) and the active columns."""
    k = active.size
    gram = np.empty((k + 1, k + 1))
    gram[0, 0] = _sum(w)
    weighted = np.empty(w.size)
    for a in range(k):
        for i in range(w.size):
            weighted[i] = w[i] * x[active[a], i]
        gram[a + 1, 0] = _sum(weighted)
        gram[0, a + 1] = gram[a + 1, 0]
        for b in range(a + 1):
            gram[a + 1, b + 1] = _dot(weighted, x[active[b]])
            gram[b + 1, a + 1] = gram[a + 1, b + 1]
    return gram


@compiled()
def _first_sign_change(beta: Any, active: Any, inside: Any, step: Any) -> Any:
    """Return how far the step can go, and which active position then reaches zero (-1: none)."""
    fraction, hit = 1.0, -1
    for a in range(inside.size):
        old = beta[active[inside[a]]]
        if old * (old + step[a + 1]) <= 0.0 and -old / step[a + 1] < fraction:
            fraction, hit = -old / step[a + 1], a
    return fraction, hit


@compiled()
def _newton_direction(
    gram: Any, x: Any, active: Any, inside: Any, r: Any, beta: Any, l1: float, l2: float
) -> Any:
    """Return the step to the minimum of the quadratic within the present signs, and whether it exists."""
    k = inside.size
    matrix, step = np.empty((k + 1, k + 1)), np.empty(k + 1)
    matrix[0, 0], step[0] = gram[0, 0], _sum(r)
    for a in range(k):
        j, row = active[inside[a]], inside[a] + 1
        step[a + 1] = _dot(x[j], r) - l2 * beta[j] - l1 * np.sign(beta[j])
        matrix[a + 1, 0] = gram[row, 0]
        for b in range(a + 1):
            matrix[a + 1, b + 1] = gram[row, inside[b] + 1]
        matrix[a + 1, a + 1] += l2
    return step, _solve(matrix, step)


@compiled()
def _polish(x: Any, active: Any, w: Any, r: Any, beta: Any, l1: float, l2: float) -> float:
    """Solve the quadratic exactly on the active columns, dropping those that reach zero.

    Returns the change of the intercept; ``beta`` and ``r`` are updated in place.
    """
    gram = _gram(x, active, w)
    inside = np.arange(active.size)
    moved = 0.0
    while inside.size > 0:
        step, solved = _newton_direction(gram, x, active, inside, r, beta, l1, l2)
        if not solved:
            break
        fraction, hit = _first_sign_change(beta, active, inside, step)
        moved += fraction * step[0]
        for i in range(r.size):
            r[i] -= fraction * step[0] * w[i]
        for a in range(inside.size):
            j = active[inside[a]]
            change = -beta[j] if a == hit else fraction * step[a + 1]
            beta[j] += change
            _subtract(r, change, w, x[j])
        if hit < 0:
            break
        inside = _without(inside, hit)
    return moved


@compiled()
def _solve_quadratic(x: Any, kept: Any, w: Any, r: Any, beta: Any, l1: float, l2: float) -> Any:
    """Minimise the quadratic over the kept columns; return the intercept's change and convergence."""
    curvature = np.empty(kept.size)
    for position in range(kept.size):
        column = x[kept[position]]
        curvature[position] = _dot3(w, column, column)
    moved = 0.0
    for _ in range(MAX_CYCLES):
        largest = _cycle(x, kept, curvature, w, r, beta, l1, l2)
        step = _move_intercept(w, r)
        moved += step
        if max(largest, _sum(w) * step**2) < INNER_TOLERANCE:
            return moved, True
        active = _in_model(kept, beta)
        if 0 < active.size <= MAX_POLISH:
            moved += _polish(x, active, w, r, beta, l1, l2)
    return moved, False


@compiled()
def _quadratic_at(x: Any, y: Any, intercept: float, beta: Any) -> Any:
    """Return weights and weighted residuals of the likelihood's quadratic at the coefficients."""
    q = _probabilities(linear_predictor(x, intercept, beta))
    w, r = np.empty(y.size), np.empty(y.size)
    for i in range(y.size):
        w[i] = q[i] * (1.0 - q[i]) / y.size
        r[i] = (y[i] - q[i]) / y.size
    return w, r


@compiled()
def _newton(x: Any, y: Any, kept: Any, intercept: float, beta: Any, l1: float, l2: float) -> Any:
    """Minimise the penalised deviance over the kept columns; return intercept, residuals, convergence."""
    w, r = _quadratic_at(x, y, intercept, beta)
    for _ in range(MAX_NEWTON):
        if _sum(w) <= P_MIN:
            return intercept, r, True
        before = beta.copy()
        moved, solved = _solve_quadratic(x, kept, w, r, beta, l1, l2)
        intercept += moved
        largest = _sum(w) * moved**2
        for position in range(kept.size):
            change = beta[kept[position]] - before[kept[position]]
            if change != 0.0:
                column = x[kept[position]]
                largest = max(largest, _dot3(w, column, column) * change**2)
        w, r = _quadratic_at(x, y, intercept, beta)
        if not solved or largest < OUTER_TOLERANCE:
            return intercept, r, solved
    return intercept, r, False


@compiled()
def _gradient(x: Any, r: Any) -> Any:
    result = np.empty(x.shape[0])
    for j in range(x.shape[0]):
        result[j] = abs(_dot(x[j], r))
    return result


@compiled()
def _add_above(is_kept: Any, gradient: Any, threshold: float) -> bool:
    """Keep the columns whose gradient exceeds the threshold; tell whether there were new ones."""
    has_new = False
    for j in range(gradient.size):
        if gradient[j] > threshold and not is_kept[j]:
            is_kept[j] = True
            has_new = True
    return has_new


@compiled()
def _fit_one(x: Any, y: Any, is_kept: Any, intercept: float, beta: Any, l1: float, l2: float) -> Any:
    """Fit one penalty, adding columns until the optimality conditions hold for all."""
    while True:
        intercept, r, solved = _newton(x, y, _positions(is_kept), intercept, beta, l1, l2)
        gradient = _gradient(x, r)
        if not solved or not _add_above(is_kept, gradient, l1):
            return intercept, gradient, solved


@compiled()
def fit_path(x: Any, y: Any, lambdas: Any, alpha: float, is_automatic: bool) -> Any:
    """Fit the whole path on standardised columns.

    Parameters
    ----------
    x : ndarray of float64, shape (p, n), C-contiguous
        Mean 0 and mean square 1 in each row; rows of zeros never enter.
    y : ndarray of float64, shape (n,)
        0 or 1, both present.
    lambdas : ndarray, contiguous, decreasing
        Penalties.
    alpha : float in [0, 1]
        Share of the l1 penalty.
    is_automatic : bool
        True where the penalties start at lambda_max: the first model is empty, and the path ends early as
        glmnet's does.

    Returns
    -------
    intercepts, coefficients, explained deviance, number of penalties fitted, converged
    """
    p, n = x.shape
    intercepts, explained = np.zeros(lambdas.size), np.zeros(lambdas.size)
    coefficients = np.zeros((lambdas.size, p))
    prevalence = _sum(y) / n
    null_deviance = -2.0 * (prevalence * np.log(prevalence) + (1.0 - prevalence) * np.log(1.0 - prevalence))
    intercept, beta = np.log(prevalence / (1.0 - prevalence)), np.zeros(p)
    gradient = _gradient(x, _quadratic_at(x, y, intercept, beta)[1])
    is_kept = np.zeros(p, dtype=np.bool_)
    previous = 0.0
    for j in range(p):
        previous = max(previous, gradient[j] / max(alpha, 1e-3))
    for m in range(lambdas.size):
        if m == 0 and is_automatic:
            intercepts[0] = intercept
            continue
        l1, l2 = lambdas[m] * alpha, lambdas[m] * (1.0 - alpha)
        _add_above(is_kept, gradient, alpha * (2.0 * lambdas[m] - previous))
        intercept, gradient, solved = _fit_one(x, y, is_kept, intercept, beta, l1, l2)
        if not solved:
            return intercepts, coefficients, explained, m, False
        previous = lambdas[m]
        q = _probabilities(linear_predictor(x, intercept, beta))
        intercepts[m] = intercept
        for j in range(p):
            coefficients[m, j] = beta[j]
        explained[m] = 1.0 - deviance(y, q) / null_deviance
        if is_automatic and m + 1 >= MIN_LAMBDAS:
            gained = explained[m] - explained[m - 1]
            variance = (_sum(q) - _dot(q, q)) / n
            if gained < MIN_GAIN or explained[m] > MAX_EXPLAINED or variance <= P_MIN:
                return intercepts, coefficients, explained, m + 1, True
    return intercepts, coefficients, explained, lambdas.size, True
