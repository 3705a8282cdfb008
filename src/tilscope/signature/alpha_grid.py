"""Choice of the share of the l1 penalty: several elastic nets on the same folds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.signature.cross_validation import CvElasticNet, assign_folds, cv_elastic_net
from tilscope.vocabulary import SettingsError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CvElasticNetGrid:
    """Cross-validated paths at several alphas, and which did best.

    Attributes
    ----------
    paths : tuple of CvElasticNet
        One per alpha, in ascending order; all with the same ``fold_ids``.
    smallest_deviances : ndarray of float, shape (n_alphas,)
        Mean deviance of the left-out patients at each path's ``lambda_min``.
    best : int
        Position of the smallest of them; among equals the largest alpha, which is the sparsest.
    """

    paths: tuple[CvElasticNet, ...]
    smallest_deviances: Array
    best: int

    @property
    def chosen(self) -> CvElasticNet:
        """The path of the best alpha."""
        return self.paths[self.best]


def cv_elastic_net_grid(
    x: ArrayLike,
    y: ArrayLike,
    alphas: Iterable[float],
    fold_ids: ArrayLike | None = None,
    *,
    n_lambda: int = 100,
    n_folds: int = 10,
    rng: np.random.Generator | None = None,
) -> CvElasticNetGrid:
    """Cross-validate the elastic net at several alphas on the same folds, and find the best.

    The smallest of several cross-validated deviances is too small an estimate of the error, and the choice
    has seen the outcome: nested cross-validation must call this function anew in each outer fold.

    Parameters
    ----------
    x, y, n_lambda, n_folds, rng
        As in :func:`cv_elastic_net`.
    alphas : iterable of float in [0, 1]
        Shares of the l1 penalty; 1 is the lasso, 0 ridge regression. Their order does not matter.
    fold_ids : array_like of int, shape (n,), optional
        The fold in which each patient is left out. Where they are not given they are dealt once.

    Returns
    -------
    CvElasticNetGrid

    Raises
    ------
    SettingsError
        ``SET-03`` where there is no alpha, one stands twice, or one is not between 0 and 1.
    TableError
        As :func:`cv_elastic_net`.

    References
    ----------
    One ``foldid`` for all alphas, as the documentation of R ``cv.glmnet`` asks for.
    """
    shares = sorted(float(alpha) for alpha in alphas)
    if not shares or len(set(shares)) < len(shares) or not all(0.0 <= share <= 1.0 for share in shares):
        raise SettingsError(
            "SET-03",
            "these shares of the l1 penalty cannot be compared",
            found=", ".join(f"{share:g}" for share in shares) or "none",
            expected="different numbers between 0 and 1",
        )
    folds = assign_folds(y, n_folds, rng) if fold_ids is None else np.asarray(fold_ids)
    paths = tuple(cv_elastic_net(x, y, share, folds, n_lambda=n_lambda) for share in shares)
    smallest = np.array([path.mean_deviance[path.index_min] for path in paths])
    best = int(np.flatnonzero(smallest == smallest.min())[-1])
    return CvElasticNetGrid(paths, smallest, best)
