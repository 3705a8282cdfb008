"""Simple models that a signature must beat: the lesion's volume alone, the clinical table alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from tilscope.signature.cross_validation import cv_elastic_net
from tilscope.signature.levels import HIGH, TRAINING
from tilscope.signature.logistic import fit_logistic
from tilscope.vocabulary import SettingsError

Array = NDArray[np.float64]
VOLUME = "shape_MeshVolume"
MAX_MISSING_SHARE = 0.2
MAX_VALUES = 10  # a text column with more is an identifier or free text
MIN_FOLDS = 3
RIDGE_FOLDS = 10
OUTCOME_WORDS = re.compile(r"(^|[^a-z])s?tils?([^a-z]|$)|lymphocyte|infiltrat", re.IGNORECASE)
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class ClinicalColumns:
    """Columns of the clinical table that a model can use.

    Attributes
    ----------
    frame : DataFrame
        Patients x chosen columns.
    left_out : dict
        Column -> why it is not used.
    """

    frame: pd.DataFrame
    left_out: dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class BaselineFit:
    """A simple model fitted on training patients, and its scores of the others.

    Attributes
    ----------
    scores : Series of float in (0, 1)
        Of the patients that are not for training and have every value the model needs.
    terms : tuple of str
        Numbers and categories in the model.
    how : str
        ``logistic regression``, ``ridge`` or ``no predictor``.
    """

    scores: pd.Series
    terms: tuple[str, ...]
    how: str


def clinical_columns(table: pd.DataFrame, wanted: Iterable[str] | None = None) -> ClinicalColumns:
    """Choose the columns of a clinical-only model; the outcome is not looked at.

    Parameters
    ----------
    table : DataFrame
        The patients that take part, by key, without the outcome.
    wanted : iterable of str, optional
        Columns to take; None: all that are known for at least 80 % of the patients, do not look like an
        outcome (``til`` or ``stil`` in the name), are not constant, and are no free text (more than 10 texts).

    Raises
    ------
    SettingsError
        ``SET-03`` where a wanted column does not exist or cannot be used.
    """
    reasons = {str(name): _unusable(str(name), table[name]) for name in table.columns}
    left_out = {name: reason for name, reason in reasons.items() if reason is not None}
    if wanted is None:
        chosen = [name for name in reasons if name not in left_out]
        return ClinicalColumns(table[chosen], left_out)
    chosen = list(wanted)
    wrong = [name for name in chosen if reasons.get(name, "is not in the table") is not None]
    if wrong:
        raise SettingsError(
            "SET-03",
            "columns of honesty.clinical_columns cannot be used",
            found="; ".join(f"{name}: {reasons.get(name, 'is not in the table')}" for name in wrong),
            expected=", ".join(name for name in reasons if name not in left_out) or "no usable column",
            remedy="Name other columns, or leave the setting out.",
        )
    return ClinicalColumns(table[chosen], left_out)


def _unusable(name: str, column: pd.Series) -> str | None:
    missing = float(column.isna().mean()) if len(column) else 1.0
    n_values = column.nunique(dropna=True)
    if OUTCOME_WORDS.search(name):
        return "looks like an outcome"
    if missing > MAX_MISSING_SHARE:
        return f"missing for {missing:.0%} of the patients"
    if n_values < 2:
        return "has one value"
    if not is_numeric_dtype(column) and n_values > MAX_VALUES:
        return f"is text of {n_values} values"
    return None


def baseline_scores(
    columns: pd.DataFrame, levels: pd.Series, roles: pd.Series, rng: np.random.Generator
) -> BaselineFit:
    """Fit a simple model on the training patients and score the others.

    One predictor is weighed by logistic regression without a penalty; several, or classes that separate, by
    ridge, whose penalty is that of the smallest cross-validated deviance. A missing number becomes the
    training median; a missing or new text is a category, ``unknown``. Categories are dummy variables against
    the most frequent one in training. All of this is decided on training rows.

    Parameters
    ----------
    columns : DataFrame
        Numbers and texts, by patient.
    levels : Series of "high" or "low"
        Classes of the patients.
    roles : Series of str
        Role of each patient that takes part.
    rng : Generator
        Deals the folds of ridge.

    Returns
    -------
    BaselineFit
    """
    is_training = (roles == TRAINING).to_numpy()
    inside, outside = roles.index[is_training].sort_values(), roles.index[~is_training]
    y: Array = np.array([level == HIGH for level in levels.loc[inside]], dtype=np.float64)
    x, names = _design(columns.reindex(inside), columns.reindex(inside))
    others, _ = _design(columns.reindex(outside), columns.reindex(inside))
    intercept, weights, how = _weigh(x, y, rng)
    p = 1.0 / (1.0 + np.exp(-np.clip(intercept + others @ weights, -700.0, 700.0)))
    return BaselineFit(pd.Series(p, index=outside, dtype=np.float64), names, how)


def _design(rows: pd.DataFrame, training: pd.DataFrame) -> tuple[Array, tuple[str, ...]]:
    """Return numbers and dummy variables of these rows, as the training rows define them."""
    parts: list[Array] = []
    names: list[str] = []
    for name in map(str, training.columns):
        column, known = rows[name], training[name]
        if is_numeric_dtype(known):
            middle = known.median()
            parts.append(column.fillna(0.0 if pd.isna(middle) else middle).to_numpy(dtype=np.float64))
            names.append(name)
            continue
        words, known_words = column.fillna(UNKNOWN).astype(str), known.fillna(UNKNOWN).astype(str)
        categories = list(
            known_words.value_counts().sort_index().sort_values(ascending=False, kind="stable").index
        )
        words = words.where(words.isin(categories), UNKNOWN)
        for category in categories[1:]:
            parts.append((words == category).to_numpy(dtype=np.float64))
            names.append(f"{name} = {category}")
    return np.column_stack(parts) if parts else np.zeros((len(rows), 0)), tuple(names)


def _weigh(x: Array, y: Array, rng: np.random.Generator) -> tuple[float, Array, str]:
    """Return intercept, weights, and how they came about."""
    if x.shape[1] == 0 or np.ptp(x, axis=0).max() == 0.0:
        return float(np.log(y.mean() / (1.0 - y.mean()))), np.zeros(x.shape[1]), "no predictor"
    if x.shape[1] == 1:
        fit = fit_logistic(x, y)
        if fit.problem is None:
            return fit.intercept, fit.coefficients, "logistic regression"
    n_folds = int(max(MIN_FOLDS, min(RIDGE_FOLDS, y.sum(), y.size - y.sum())))
    path = cv_elastic_net(x, y, 0.0, n_folds=n_folds, rng=rng)
    return float(path.intercepts[path.index_min]), path.coefficients[path.index_min], "ridge"
