"""The path and the penalty that the settings ask for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.signature.alpha_grid import cv_elastic_net_grid
from tilscope.signature.cross_validation import CvElasticNet
from tilscope.signature.settings import SelectionSettings

Array = NDArray[np.float64]


def choose_path(
    x: Array, y: Array, settings: SelectionSettings, rng: np.random.Generator | None
) -> CvElasticNet:
    """Return the cross-validated path; of several alphas the one that did best on the same folds.

    Parameters
    ----------
    x : ndarray of float, shape (n, p)
        Training patients.
    y : ndarray of bool or 0/1, shape (n,)
        Outcome.
    settings : SelectionSettings
        Alphas, number of penalties and of folds.
    rng : Generator or None
        Deals the folds.
    """
    return cv_elastic_net_grid(
        x, y, settings.alphas, n_lambda=settings.n_lambda, n_folds=settings.n_folds, rng=rng
    ).chosen


def choose_penalty(path: CvElasticNet, settings: SelectionSettings) -> int:
    """Return the position on the path: the rule's, or above it where the model would be too large."""
    start = path.index_min if settings.lambda_rule == "lambda_min" else path.index_1se
    if settings.max_features is None:
        return start
    small = np.flatnonzero(path.n_selected[: start + 1] <= settings.max_features)
    return int(small[-1])  # the path starts with the empty model


def penalty_notes(path: CvElasticNet, chosen: int, settings: SelectionSettings) -> tuple[str, ...]:
    """Return what a reader must know of the path and of the penalty."""
    notes = [] if path.has_converged else ["TAB-65: the elastic net path ended where a fit did not converge"]
    start = path.index_min if settings.lambda_rule == "lambda_min" else path.index_1se
    if chosen != start:
        notes.append(
            f"max_features: {settings.lambda_rule} selects {path.n_selected[start]} features; the penalty "
            f"was raised until {path.n_selected[chosen]} were left"
        )
    return tuple(notes)
