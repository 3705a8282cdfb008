"""scikit-learn estimators over the same mathematics (imported only when asked for)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from tilscope.signature.choosing import choose_path, choose_penalty
from tilscope.signature.fit import fit_signature
from tilscope.signature.levels import HIGH, LOW
from tilscope.signature.record import UNKNOWN_SETTINGS
from tilscope.signature.settings import SelectionSettings
from tilscope.vocabulary import FeatureTable


class ElasticNetSelector(SelectorMixin, BaseEstimator):
    """Select the features that a cross-validated elastic net gives a coefficient.

    Parameters
    ----------
    settings : SelectionSettings, optional
        How to select.
    random_state : int, optional
        Seed of the folds; None deals them in the order of the rows.

    Attributes
    ----------
    path_ : CvElasticNet
        The cross-validated path.
    chosen_ : int
        Position on it.
    """

    def __init__(self, settings: SelectionSettings | None = None, random_state: int | None = None) -> None:
        self.settings = settings
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> ElasticNetSelector:
        """Fit on features (n, p) and a two-class outcome (the second label in sorted order is positive)."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        settings = self.settings or SelectionSettings()
        classes = np.unique(y)
        self.path_ = choose_path(X, y == classes[-1], settings, _generator(self.random_state))
        self.chosen_ = choose_penalty(self.path_, settings)
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.path_.coefficients[self.chosen_] != 0.0

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


class RadTilsClassifier(ClassifierMixin, BaseEstimator):
    """The whole signature as a classifier: screen, select, weigh, cut at the median training score.

    Parameters
    ----------
    settings : SelectionSettings, optional
        How to select and weigh.
    random_state : int, optional
        Seed of the folds.

    Attributes
    ----------
    fit_ : SignatureFit
        The signature and how it came about.
    classes_ : ndarray of shape (2,)
        Sorted labels; the positive class is ``high`` where that is a label, else the last one.
    """

    def __init__(self, settings: SelectionSettings | None = None, random_state: int | None = None) -> None:
        self.settings = settings
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> RadTilsClassifier:
        """Fit on a DataFrame (patients x features) or an array, and two-class labels."""
        frame = _as_frame(X)
        labels = np.asarray(y)
        self.classes_ = np.unique(labels)
        if self.classes_.size != 2:
            raise ValueError(f"two classes are needed, found {self.classes_.size}")
        self.positive_ = HIGH if HIGH in self.classes_ else self.classes_[-1]
        self.n_features_in_ = frame.shape[1]
        levels = pd.Series(np.where(labels == self.positive_, HIGH, LOW), index=frame.index)
        table = FeatureTable(frame, settings_hash=UNKNOWN_SETTINGS)
        self.fit_ = fit_signature(table, levels, self.settings, _generator(self.random_state))
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class, shape (n, 2), in the order of ``classes_``."""
        check_is_fitted(self)
        p = self.fit_.signature.score(_as_frame(X)).to_numpy()
        columns = [p if label == self.positive_ else 1.0 - p for label in self.classes_]
        return np.column_stack(columns)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the class of each patient by the frozen cut-off."""
        p = self.predict_proba(X)[:, list(self.classes_).index(self.positive_)]
        other = next(label for label in self.classes_ if label != self.positive_)
        cutoff = self.fit_.signature.cutoff
        return np.where(p >= (0.5 if cutoff is None else cutoff), self.positive_, other)


def _as_frame(X: Any) -> pd.DataFrame:
    if isinstance(X, pd.DataFrame):
        return X.reset_index(drop=True)
    array = np.asarray(X, dtype=np.float64)
    return pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])])


def _generator(seed: int | None) -> np.random.Generator | None:
    return None if seed is None else np.random.default_rng(seed)
