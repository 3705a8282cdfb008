"""The elastic net path of logistic regression, with glmnet's semantics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.vocabulary import TableError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ElasticNetPath:
    """Logistic regressions along decreasing penalties.

    Attributes
    ----------
    lambdas : ndarray of float, shape (n_lambda,)
        Penalties, decreasing; fewer than asked for where the path ended early.
    intercepts : ndarray of float, shape (n_lambda,)
        On the original scale of the features.
    coefficients : ndarray of float, shape (n_lambda, p)
        On the original scale; exactly 0 for features that are not selected.
    explained_deviance : ndarray of float in [0, 1], shape (n_lambda,)
        Fraction of the null deviance.
    alpha : float in [0, 1]
        Share of the l1 penalty.
    has_converged : bool
        False where the path stopped because a fit did not converge.
    """

    lambdas: Array
    intercepts: Array
    coefficients: Array
    explained_deviance: Array
    alpha: float
    has_converged: bool

    @property
    def n_selected(self) -> NDArray[np.int64]:
        """Number of features with a coefficient, per penalty."""
        return np.count_nonzero(self.coefficients, axis=1).astype(np.int64)


def elastic_net_path(
    x: ArrayLike,
    y: ArrayLike,
    alpha: float = 0.5,
    n_lambda: int = 100,
    *,
    lambdas: ArrayLike | None = None,
) -> ElasticNetPath:
    """Fit logistic regression with an elastic net penalty along a path of penalties.

    Minimises ``mean loss + lambda ((1 - alpha) / 2 |b|^2 + alpha |b|_1)`` on features that are
    standardised with 1/N variance; the intercept is not penalised.

    Parameters
    ----------
    x : array_like of float, shape (n, p)
        Finite; a constant column never enters.
    y : array_like of bool or 0/1, shape (n,)
        Outcome, both classes present.
    alpha : float in [0, 1]
        1 is the lasso.
    n_lambda : int >= 2
        Length of the path from lambda_max down to 0.01 lambda_max (n < p) or 1e-4 lambda_max,
        log-spaced. As in glmnet, it ends early when nothing more is explained.
    lambdas : array_like of float > 0, optional
        These penalties instead, largest first, without an early end.

    Returns
    -------
    ElasticNetPath
        Where no column varies: one empty model at lambda 0.

    Raises
    ------
    TableError
        ``TAB-55`` for values that are not finite, ``TAB-60`` for one class or unequal lengths.

    References
    ----------
    Friedman, Hastie & Tibshirani, J Stat Softw 2010;33(1); Tibshirani et al., J R Stat Soc B 2012;74:245
    (strong rules). Equal to R ``glmnet(family = "binomial", thresh = 1e-14)``.
    """
    features, outcome = checked_problem(x, y)
    chosen = None if lambdas is None else np.sort(np.asarray(lambdas, dtype=np.float64))[::-1].copy()
    return fit_checked(features, outcome, alpha, n_lambda, chosen)


def checked_problem(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Return features (column-major) and 0/1 outcome as floats, or say what is wrong with them."""
    features = np.asarray(x, dtype=np.float64, order="F")
    outcome = np.array(y, dtype=np.float64)  # a copy: read-only arrays would be compiled for anew
    if features.ndim != 2 or outcome.shape != features.shape[:1]:
        raise TableError(
            "TAB-60", "features and outcome do not fit", found=f"{features.shape} and {outcome.shape}"
        )
    if not np.isfinite(features).all():
        raise TableError(
            "TAB-55",
            "features hold values that are missing or infinite",
            found=f"{int((~np.isfinite(features)).any(axis=0).sum())} columns",
            remedy="Drop these features before fitting.",
        )
    if set(np.unique(outcome)) != {0.0, 1.0}:
        raise TableError(
            "TAB-60",
            "the outcome must hold both classes as 0 and 1",
            found=", ".join(str(value) for value in np.unique(outcome)[:5]),
            remedy="A model cannot be trained on one class.",
        )
    return features, outcome


def fit_checked(
    x: Array,
    y: Array,
    alpha: float,
    n_lambda: int,
    lambdas: Array | None,
    rows: NDArray[np.int64] | None = None,
) -> ElasticNetPath:
    """Fit the path of a problem that :func:`checked_problem` let through, on some of its rows or all."""
    from tilscope.signature._descent import fit_path
    from tilscope.signature._likelihood import standardised

    fitted = np.arange(y.size) if rows is None else rows
    z, means, scales = standardised(x.T, fitted)
    outcome, automatic = y[fitted], lambdas is None
    if lambdas is None:
        lambdas = penalty_sequence(
            _largest_penalty(z, outcome, alpha), n_lambda, ratio=0.01 if fitted.size < x.shape[1] else 1e-4
        )
    intercepts, beta, explained, n_fitted, converged = fit_path(z, outcome, lambdas, float(alpha), automatic)
    n_fitted = max(int(n_fitted), 1)
    coefficients, used = beta[:n_fitted], np.flatnonzero(beta.any(axis=0))
    coefficients[:, used] /= scales[used]
    return ElasticNetPath(
        lambdas=lambdas[:n_fitted],
        intercepts=intercepts[:n_fitted] - coefficients[:, used] @ means[used],
        coefficients=coefficients,
        explained_deviance=explained[:n_fitted],
        alpha=float(alpha),
        has_converged=bool(converged),
    )


def standardise(x: Array) -> tuple[Array, Array, Array]:
    """Return columns with mean 0 and mean square 1 (constant ones: all 0), their means and sds (1/N)."""
    means = x.mean(axis=0)
    z = np.asfortranarray(x - means)
    scales = np.sqrt(np.mean(z**2, axis=0))
    is_constant = (np.ptp(x, axis=0) == 0.0) | (scales <= 1e-14 * np.abs(means))
    scales = np.where(is_constant, 1.0, scales)
    z /= scales
    z[:, is_constant] = 0.0
    return z, means, scales


def largest_penalty(x: Array, y: Array, alpha: float, rows: NDArray[np.int64]) -> float:
    """Return the smallest penalty that keeps the model of some rows empty."""
    from tilscope.signature._likelihood import standardised

    return _largest_penalty(standardised(x.T, rows)[0], y[rows], alpha)


def _largest_penalty(z: Array, y: Array, alpha: float) -> float:
    from tilscope.signature._likelihood import largest_gradient

    return float(largest_gradient(z, y)) / max(alpha, 1e-3)


def penalty_sequence(largest: float, n_lambda: int, ratio: float) -> Array:
    """Return glmnet's penalties: from the smallest that keeps the model empty, log-spaced downwards."""
    if largest <= 0.0:
        return np.zeros(1)
    return largest * ratio ** (np.arange(n_lambda) / (n_lambda - 1))
