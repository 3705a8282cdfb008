"""Compiled kernels of the elastic net path: Newton steps on the columns in the model, checked on all.

For one penalty the columns in the model, with their signs, are moved to the optimum by Newton steps whose
factor is kept from earlier penalties. Columns that the strong rule keeps and that violate the optimality
conditions join until none does; then all columns are checked. Where this does not converge (separated
classes, collinear columns), coordinate descent on the likelihood's quadratic does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tilscope.signature._compiled import compiled
from tilscope.signature._factor import MAX_ORDER, direction, factorise, is_worn, join, leave
from tilscope.signature._likelihood import (
    COUNT,
    FORM,
    INTERCEPT,
    NONE,
    P_MIN,
    ROWS,
    SPENT,
    Fit,
    add,
    assign,
    deviance,
    dot,
    linear_predictor,
    probabilities,
    quadratic_at,
    sum_of,
    times,
)

OUTER_TOLERANCE = 1e-13  # descent: largest weighted squared change of a coefficient between Newton steps
INNER_TOLERANCE = 1e-17  # the same between cycles
MAX_QUADRATICS, MAX_CYCLES, MAX_HALVINGS, MAX_ATTEMPTS = 20, 2_000, 40, 20
ROUGH, FINE = 1e-3, 1e-9  # Newton: error of a standardised coefficient while columns join, and at the end
MAX_STEPS, MAX_FACTORS = 100, 10
SLACK = 1e-10  # a gradient that exceeds the penalty by less is rounding
MIN_LAMBDAS, MIN_GAIN, MAX_EXPLAINED = 5, 1e-5, 0.999  # glmnet's mnlam, fdev, devmax


@compiled()
def _move(x: Any, fit: Fit, step: Any, is_signed: bool) -> bool:
    """Take a step; columns whose coefficient would change its sign leave. Tell whether any did."""
    fit.numbers[INTERCEPT] += step[0]
    has_left = False
    for a in range(step.size - 2, -1, -1):
        j = fit.active[a]
        if is_signed and (fit.beta[j] + step[a + 1]) * fit.signs[j] <= 0.0:
            leave(x, fit, a)
            has_left = True
        else:
            fit.beta[j] += step[a + 1]
    return has_left


@compiled()
def _join_violators(x: Any, fit: Fit, gradient: Any, is_kept: Any, r: Any, l1: float) -> Any:
    """Let kept columns join whose gradient exceeds the penalty; count those that did, and could not."""
    n_joined, n_collinear = 0, 0
    for j in range(is_kept.size):
        if is_kept[j]:
            gradient[j] = dot(x[j], r)
            if fit.signs[j] == 0.0 and abs(gradient[j]) > l1 + SLACK:
                if join(x, fit, j, np.sign(gradient[j])):
                    n_joined += 1
                else:
                    n_collinear += 1
    return n_joined, n_collinear


@compiled()
def _newton_step(x: Any, fit: Fit, r: Any, l1: float, l2: float) -> Any:
    """Return the step from the present coefficients (constant first), and its largest part (relative)."""
    step = np.empty(int(fit.numbers[COUNT]) + 1)
    step[0] = sum_of(r)
    for a in range(step.size - 1):
        j = fit.active[a]
        step[a + 1] = dot(x[j], r) - l2 * fit.beta[j] - l1 * fit.signs[j]
    direction(x, fit, step)
    largest, scale = abs(step[0]), 1.0
    for a in range(step.size - 1):
        largest = max(largest, abs(step[a + 1]))
        scale = max(scale, abs(fit.beta[fit.active[a]]))
    return step, largest / scale


@compiled()
def _settle(x: Any, y: Any, fit: Fit, gradient: Any, is_kept: Any, l1: float, l2: float) -> bool:
    """Find the optimum over the kept columns by Newton steps; False where they do not converge."""
    tolerance, error, last, n_factors = ROUGH, np.inf, np.inf, 0
    is_stale = is_worn(fit)
    for n_steps in range(MAX_STEPS):
        w, r = quadratic_at(x, y, fit)
        if sum_of(w) <= P_MIN:
            return n_steps == 0  # later: it went too far
        if error < tolerance:
            n_joined, n_collinear = _join_violators(x, fit, gradient, is_kept, r, l1)
            if n_joined > 0:
                tolerance, last = ROUGH, np.inf
            elif error < FINE:
                fit.numbers[SPENT] += max(0, n_steps - 3)
                return n_collinear == 0
            else:
                tolerance = FINE
        if is_stale or fit.numbers[FORM] == NONE or (fit.numbers[FORM] == ROWS and last == np.inf):
            n_factors += 1
            is_stale = False
            if n_factors > MAX_FACTORS or not factorise(x, fit, w, l2):
                return False
        step, size = _newton_step(x, fit, r, l1, l2)
        if size > 0.5 * last:
            is_stale, last = True, np.inf
            continue
        error = size if last == np.inf else size * size / (last - size)
        last = size
        if _move(x, fit, step, l1 > 0.0):
            error, last = np.inf, np.inf
    return False


@compiled()
def _activate(fit: Fit, is_kept: Any, is_all: bool) -> None:
    """Make the model the kept columns: all of them, or those with a coefficient."""
    count = 0
    for j in range(is_kept.size):
        fit.signs[j] = np.sign(fit.beta[j])
        if is_kept[j] and (is_all or fit.beta[j] != 0.0):
            fit.active[count] = j
            count += 1
    fit.numbers[COUNT], fit.numbers[FORM] = count, NONE


@compiled()
def _cycle(x: Any, fit: Fit, curvature: Any, w: Any, r: Any, l1: float, l2: float) -> float:
    """Update the intercept and each active coefficient once; return the largest weighted squared change."""
    step = sum_of(r) / sum_of(w)
    fit.numbers[INTERCEPT] += step
    add(r, -step, w)
    largest = sum_of(w) * step**2
    for a in range(int(fit.numbers[COUNT])):
        j = fit.active[a]
        old = fit.beta[j]
        value = dot(x[j], r) + curvature[a] * old
        new = np.sign(value) * max(abs(value) - l1, 0.0) / (curvature[a] + l2)
        if new != old:
            fit.beta[j] = new
            add(r, old - new, times(w, x[j]))
            largest = max(largest, curvature[a] * (new - old) ** 2)
    return largest


@compiled()
def _objective(x: Any, y: Any, fit: Fit, l1: float, l2: float) -> float:
    total = 0.5 * deviance(y, probabilities(linear_predictor(x, fit)))
    for a in range(int(fit.numbers[COUNT])):
        b = abs(fit.beta[fit.active[a]])
        total += l1 * b + 0.5 * l2 * b * b
    return total


@compiled()
def _hold_back(
    x: Any, y: Any, fit: Fit, before: Any, start: float, objective: float, l1: float, l2: float
) -> float:
    """Halve a step until the objective does not rise (the likelihood may differ from its quadratic)."""
    reached = _objective(x, y, fit, l1, l2)
    for _ in range(MAX_HALVINGS):
        if reached <= objective + 1e-12:
            break
        for a in range(int(fit.numbers[COUNT])):
            j = fit.active[a]
            fit.beta[j] = 0.5 * (fit.beta[j] + before[j])
        fit.numbers[INTERCEPT] = 0.5 * (fit.numbers[INTERCEPT] + start)
        reached = _objective(x, y, fit, l1, l2)
    return reached


@compiled()
def _descend(x: Any, y: Any, fit: Fit, is_kept: Any, l1: float, l2: float) -> bool:
    """Approach the optimum over the kept columns by coordinate descent; tell whether it is reached."""
    _activate(fit, is_kept, True)
    count, is_reached = int(fit.numbers[COUNT]), False
    curvature, objective = np.empty(count), _objective(x, y, fit, l1, l2)
    for n_quadratics in range(MAX_QUADRATICS):
        w, r = quadratic_at(x, y, fit)
        if sum_of(w) <= P_MIN:
            is_reached = n_quadratics == 0
            break
        for a in range(count):
            curvature[a] = dot(times(w, x[fit.active[a]]), x[fit.active[a]])
        before, start, largest = fit.beta.copy(), fit.numbers[INTERCEPT], np.inf
        for _ in range(MAX_CYCLES):
            largest = _cycle(x, fit, curvature, w, r, l1, l2)
            if largest < INNER_TOLERANCE:
                break
        objective = _hold_back(x, y, fit, before, start, objective, l1, l2)
        change = sum_of(w) * (fit.numbers[INTERCEPT] - start) ** 2
        for a in range(count):
            change = max(change, curvature[a] * (fit.beta[fit.active[a]] - before[fit.active[a]]) ** 2)
        is_reached = largest < INNER_TOLERANCE and change < OUTER_TOLERANCE
        if is_reached:
            break
    _activate(fit, is_kept, False)
    return is_reached


@compiled()
def _fit_one(x: Any, y: Any, fit: Fit, gradient: Any, is_kept: Any, l1: float, l2: float) -> bool:
    """Fit one penalty, adding columns until the optimality conditions hold for all."""
    for _ in range(MAX_ATTEMPTS):
        before, intercept = fit.beta.copy(), fit.numbers[INTERCEPT]
        is_reached = _settle(x, y, fit, gradient, is_kept, l1, l2)
        if not is_reached:
            assign(fit.beta, before)
            fit.numbers[INTERCEPT] = intercept
            is_reached = _descend(x, y, fit, is_kept, l1, l2)
        if is_reached:
            r = quadratic_at(x, y, fit)[1]
            has_new = False
            for j in range(is_kept.size):
                if not is_kept[j]:
                    gradient[j] = dot(x[j], r)
                    is_kept[j] = abs(gradient[j]) > l1 + SLACK
                    has_new = has_new or is_kept[j]
            if not has_new:
                return True
    return False


@compiled()
def _empty_fit(x: Any, intercept: float) -> Fit:
    p, n = x.shape
    order = min(max(p, n), n, MAX_ORDER) + 2
    numbers = np.zeros(5)
    numbers[INTERCEPT] = intercept
    size = n if p > n and n <= MAX_ORDER else 0
    lower, kernel = np.empty((order, order)), np.empty((size, size))
    return Fit(np.zeros(p), np.empty(p, np.int64), np.zeros(p), numbers, np.empty(n), lower, kernel)


@compiled()
def _extrapolate(fit: Fit, before: Any, factor: float) -> None:
    """Go on as from the penalty before, where no coefficient changes its sign; remember the present."""
    for a in range(int(fit.numbers[COUNT])):
        j = fit.active[a]
        present = fit.beta[j]
        ahead = present + factor * (present - before[j])
        if ahead * present > 0.0:
            fit.beta[j] = ahead


@compiled(is_entry=True)
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
    prevalence = sum_of(y) / n
    null_deviance = -2.0 * (prevalence * np.log(prevalence) + (1.0 - prevalence) * np.log(1.0 - prevalence))
    fit = _empty_fit(x, np.log(prevalence / (1.0 - prevalence)))
    r = quadratic_at(x, y, fit)[1]
    gradient, is_kept, previous = np.empty(p), np.zeros(p, dtype=np.bool_), 0.0
    for j in range(p):
        gradient[j] = dot(x[j], r)
        previous = max(previous, abs(gradient[j]) / max(alpha, 1e-3))
    for m in range(lambdas.size):
        if m == 0 and is_automatic:
            intercepts[0] = fit.numbers[INTERCEPT]
            continue
        l1, l2 = lambdas[m] * alpha, lambdas[m] * (1.0 - alpha)
        for j in range(p):
            is_kept[j] = is_kept[j] or abs(gradient[j]) > alpha * (2.0 * lambdas[m] - previous)
        if m > 1:
            _extrapolate(
                fit, coefficients[m - 2], (lambdas[m] - lambdas[m - 1]) / (lambdas[m - 1] - lambdas[m - 2])
            )
        if not _fit_one(x, y, fit, gradient, is_kept, l1, l2):
            return intercepts, coefficients, explained, m, False
        previous = lambdas[m]
        q = probabilities(linear_predictor(x, fit))
        intercepts[m] = fit.numbers[INTERCEPT]
        for a in range(int(fit.numbers[COUNT])):
            coefficients[m, fit.active[a]] = fit.beta[fit.active[a]]
        explained[m] = 1.0 - deviance(y, q) / null_deviance
        if is_automatic and m + 1 >= MIN_LAMBDAS:
            gained = explained[m] - explained[m - 1]
            variance = (sum_of(q) - dot(q, q)) / n
            if gained < MIN_GAIN or explained[m] > MAX_EXPLAINED or variance <= P_MIN:
                return intercepts, coefficients, explained, m + 1, True
    return intercepts, coefficients, explained, lambdas.size, True
