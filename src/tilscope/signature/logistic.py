"""Logistic regression without a penalty, and the exact test of separation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.signature.elastic_net import standardise

Array = NDArray[np.float64]
_TOLERANCE = 1e-10  # change of a standardised coefficient that ends the iteration
_MAX_ITERATIONS = 50


@dataclass(frozen=True, slots=True, eq=False)
class LogisticFit:
    """Maximum likelihood fit.

    Attributes
    ----------
    intercept : float
        On the scale of the features.
    coefficients : ndarray of float, shape (k,)
        On the scale of the features.
    problem : str or None
        Why there is no such fit (``separated``, ``collinear``, ``not converged``); the numbers are then 0.
    """

    intercept: float
    coefficients: Array
    problem: str | None = None


def fit_logistic(x: Array, y: Array) -> LogisticFit:
    """Fit logistic regression by iteratively reweighted least squares.

    Parameters
    ----------
    x : ndarray of float, shape (n, k)
        Finite features.
    y : ndarray of float, shape (n,)
        0 or 1, both present.

    Returns
    -------
    LogisticFit
        ``problem`` is set, and nothing is estimated, where the maximum does not exist or is not unique.

    References
    ----------
    Equal to R ``glm(family = binomial)``; separation by linear programming as in Konis (2007).
    """
    z, means, scales = standardise(x)
    design = np.column_stack([np.ones(y.size), z])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return _failed(x, "collinear")
    if is_separated(design, y):
        return _failed(x, "separated")
    beta = _irls(design, y)
    if beta is None:
        return _failed(x, "not converged")
    coefficients = beta[1:] / scales
    return LogisticFit(float(beta[0] - coefficients @ means), coefficients)


def is_separated(design: Array, y: Array) -> bool:
    """Tell whether some plane has no patient on the wrong side and not all patients on it."""
    from scipy.optimize import linprog

    signed = (2.0 * y - 1.0)[:, np.newaxis] * design
    outcome = linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(y.size), bounds=(-1.0, 1.0), method="highs"
    )
    return bool(-outcome.fun > 1e-7 * y.size)


def _failed(x: Array, problem: str) -> LogisticFit:
    return LogisticFit(0.0, np.zeros(x.shape[1]), problem)


def _irls(design: Array, y: Array) -> Array | None:
    beta = np.zeros(design.shape[1])
    loss = _loss(design, y, beta)
    for _ in range(_MAX_ITERATIONS):
        p = 1.0 / (1.0 + np.exp(-design @ beta))
        information = (design * (p * (1.0 - p))[:, np.newaxis]).T @ design
        try:
            step = np.linalg.solve(information, design.T @ (y - p))
        except np.linalg.LinAlgError:
            return None
        while _loss(design, y, beta + step) > loss + 1e-12 and np.abs(step).max() > _TOLERANCE:
            step /= 2.0
        beta = beta + step
        loss = _loss(design, y, beta)
        if np.abs(step).max() <= _TOLERANCE:
            return beta
    return None


def _loss(design: Array, y: Array, beta: Array) -> float:
    eta = design @ beta
    return float(np.sum(np.logaddexp(0.0, eta) - y * eta))
