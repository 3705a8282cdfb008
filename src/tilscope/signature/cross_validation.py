"""Choice of the penalty by cross-validation, as R's cv.glmnet does it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.signature.elastic_net import ElasticNetPath, checked_problem, fit_checked
from tilscope.vocabulary import TableError

Array = NDArray[np.float64]
_P_CLIP = 1e-5  # probabilities of left-out patients are cut to [1e-5, 1 - 1e-5]
_MIN_PER_FOLD = 3  # smaller folds: the standard error runs over patients, not over folds


@dataclass(frozen=True, slots=True, eq=False)
class CvElasticNet(ElasticNetPath):
    """The path on all patients, and how each penalty did on left-out patients.

    Attributes
    ----------
    mean_deviance, sd_deviance : ndarray of float, shape (n_lambda,)
        Deviance per left-out patient (mean weighted by fold size) and its standard error.
    lambda_min, lambda_1se : float
        Penalty of the smallest mean deviance; largest penalty within one standard error of it.
    index_min, index_1se : int
        Their positions on the path.
    fold_ids : ndarray of int, shape (n,)
        Which fold each patient was left out in, counted from 0.
    """

    mean_deviance: Array
    sd_deviance: Array
    lambda_min: float
    lambda_1se: float
    index_min: int
    index_1se: int
    fold_ids: NDArray[np.int64]


def assign_folds(
    y: ArrayLike,
    n_folds: int,
    rng: np.random.Generator | None = None,
    *,
    groups: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Deal patients to folds so that each class is spread evenly.

    Parameters
    ----------
    y : array_like of bool or 0/1, shape (n,)
        Outcome.
    n_folds : int >= 2
        Number of folds.
    rng : Generator, optional
        Shuffles the patients of each class before dealing; without it they are dealt in their order.
    groups : array_like, shape (n,), optional
        Where rows are lesions: the patient of each. Rows of one patient stay together; a patient's class is
        that of at least half of the rows. Patients with most rows are dealt first, each to the fold with
        fewest rows of the class, then fewest rows. One row per patient gives the folds without groups.

    Returns
    -------
    ndarray of int, shape (n,), in [0, n_folds).

    Raises
    ------
    TableError
        ``TAB-60`` where groups and outcome differ in length.
    """
    outcome = np.asarray(y, dtype=np.float64)
    rows = np.arange(outcome.size) if rng is None else rng.permutation(outcome.size)
    if groups is not None:
        return _deal_groups(outcome, n_folds, rows, np.asarray(groups))
    dealt = rows[np.argsort(outcome[rows], kind="stable")]
    folds = np.empty(outcome.size, dtype=np.int64)
    folds[dealt] = np.arange(outcome.size) % n_folds
    return folds


def _deal_groups(
    y: Array, n_folds: int, rows: NDArray[np.int64], groups: NDArray[np.generic]
) -> NDArray[np.int64]:
    if groups.shape != y.shape:
        raise TableError("TAB-60", "groups do not fit the rows", found=groups.shape, expected=y.shape)
    _, first, member = np.unique(groups[rows], return_index=True, return_inverse=True)
    sizes = np.bincount(member)
    is_positive = np.bincount(member, weights=y[rows]) * 2.0 >= sizes
    n_rows = np.zeros((2, n_folds), dtype=np.int64)  # of each class
    fold_of = np.empty(sizes.size, dtype=np.int64)
    for group in np.lexsort((first, -sizes, is_positive)):
        own = int(is_positive[group])
        fold = int(np.lexsort((n_rows.sum(axis=0), n_rows[own]))[0])
        n_rows[own, fold] += sizes[group]
        fold_of[group] = fold
    folds = np.empty(y.size, dtype=np.int64)
    folds[rows] = fold_of[member]
    return folds


def cv_elastic_net(
    x: ArrayLike,
    y: ArrayLike,
    alpha: float = 0.5,
    fold_ids: ArrayLike | None = None,
    *,
    n_lambda: int = 100,
    n_folds: int = 10,
    rng: np.random.Generator | None = None,
) -> CvElasticNet:
    """Fit the elastic net path and choose its penalty by cross-validated deviance.

    Each fold fits its own penalties on the other folds; its predictions are interpolated to the penalties
    of the path on all patients.

    Parameters
    ----------
    x, y, alpha, n_lambda
        As in :func:`elastic_net_path`.
    fold_ids : array_like of int, shape (n,), optional
        The fold in which each patient is left out; at least 3 different folds. For several rows of one
        patient: those of :func:`assign_folds` with ``groups``.
    n_folds : int >= 3
        Number of folds where ``fold_ids`` is not given; they are dealt within each class.
    rng : Generator, optional
        Shuffles before dealing.

    Returns
    -------
    CvElasticNet

    Raises
    ------
    TableError
        ``TAB-60`` for fewer than 3 folds, or where leaving one out leaves one class.

    References
    ----------
    Equal to R ``cv.glmnet(family = "binomial", type.measure = "deviance", foldid = ...)``.
    """
    features, outcome = checked_problem(x, y)
    folds = assign_folds(outcome, n_folds, rng) if fold_ids is None else _checked_folds(fold_ids, outcome)
    _check_classes(outcome, folds)
    path = fit_checked(features, outcome, alpha, n_lambda, None)
    losses = np.empty((outcome.size, path.lambdas.size))
    for fold in range(folds.max() + 1):
        out = folds == fold
        part = fit_checked(features, outcome, alpha, n_lambda, None, np.flatnonzero(~out))
        losses[out] = _deviances(outcome[out], predict_at(part, features[out], path.lambdas))
    mean, sd = _summarise(losses, folds)
    index_min = int(np.argmin(mean))
    index_1se = int(np.argmax(mean <= mean[index_min] + sd[index_min]))
    return CvElasticNet(
        **{field.name: getattr(path, field.name) for field in fields(path)},
        mean_deviance=mean,
        sd_deviance=sd,
        lambda_min=float(path.lambdas[index_min]),
        lambda_1se=float(path.lambdas[index_1se]),
        index_min=index_min,
        index_1se=index_1se,
        fold_ids=folds,
    )


def predict_at(path: ElasticNetPath, x: Array, lambdas: Array) -> Array:
    """Return linear predictors (n, n_lambda) at any penalties, interpolated linearly between those of the path.

    Penalties beyond the ends of the path take the model at its end.
    """
    used = np.flatnonzero(path.coefficients.any(axis=0))
    known = path.intercepts + x[:, used] @ path.coefficients[:, used].T
    place = np.interp(lambdas, path.lambdas[::-1], np.arange(path.lambdas.size, dtype=np.float64)[::-1])
    before = np.floor(place).astype(np.int64)
    after, share = np.ceil(place).astype(np.int64), place - before
    blended: Array = known[:, before] * (1.0 - share) + known[:, after] * share
    return blended


def _checked_folds(fold_ids: ArrayLike, y: Array) -> NDArray[np.int64]:
    given = np.asarray(fold_ids)
    if given.shape != y.shape:
        raise TableError("TAB-60", "folds do not fit the patients", found=given.shape, expected=y.shape)
    return np.unique(given, return_inverse=True)[1].astype(np.int64)


def _check_classes(y: Array, folds: NDArray[np.int64]) -> None:
    n_folds = int(folds.max()) + 1
    kept = [y[folds != fold] for fold in range(n_folds)]
    if n_folds < 3 or any(part.size == 0 or part.min() == part.max() for part in kept):
        raise TableError(
            "TAB-60",
            "cross-validation needs at least 3 folds, and both classes outside each of them",
            found=f"{n_folds} folds, {int(y.sum())} positive of {y.size} patients",
            remedy="Use fewer folds, or more patients of the smaller class.",
        )


def _deviances(y: Array, eta: Array) -> Array:
    p = np.clip(1.0 / (1.0 + np.exp(-np.clip(eta, -700.0, 700.0))), _P_CLIP, 1.0 - _P_CLIP)
    return -2.0 * np.where(y[:, np.newaxis] > 0.5, np.log(p), np.log1p(-p))


def _summarise(losses: Array, folds: NDArray[np.int64]) -> tuple[Array, Array]:
    sizes = np.bincount(folds).astype(np.float64)
    if losses.shape[0] / sizes.size >= _MIN_PER_FOLD:
        values = np.array([losses[folds == fold].mean(axis=0) for fold in range(sizes.size)])
        weights = sizes / sizes.sum()
    else:
        values, weights = losses, np.full(losses.shape[0], 1.0 / losses.shape[0])
    mean = weights @ values
    return mean, np.sqrt(weights @ (values - mean) ** 2 / (values.shape[0] - 1))
