"""Precision and recall over the thresholds of a score, and average precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.statistics._labels import Label, finite_scores, one_class_reason, positive_mask
from tilscope.statistics._thresholds import n_at_least

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRecall:
    """Precision and recall at every distinct score; a score >= threshold is called positive.

    Attributes
    ----------
    thresholds : ndarray of float, shape (n_points,)
        Decreasing, from the largest score to the smallest.
    precision : ndarray of float in [0, 1], shape (n_points,)
        Positive predictive value at the threshold.
    recall : ndarray of float in [0, 1], shape (n_points,)
        Sensitivity at the threshold; NaN where the positive class is absent.
    average_precision : float in [0, 1]
        Precision averaged over the steps of recall, without interpolation; NaN with a reason.
    baseline : float in [0, 1]
        Average precision of a score that knows nothing: the share of the positive class.
    positive : str
        Name of the positive class.
    n_positive, n_negative : int
        Patients in each class.
    reason : str or None
        Why numbers are NaN.
    """

    thresholds: Array
    precision: Array
    recall: Array
    average_precision: float
    baseline: float
    positive: str
    n_positive: int
    n_negative: int
    reason: str | None = None


def precision_recall(y: ArrayLike | Sequence[Any], score: ArrayLike, positive: Label) -> PrecisionRecall:
    """Precision, recall and average precision of a score.

    Parameters
    ----------
    y : array_like of labels, length n
        At most two different labels.
    score : array_like of float, length n
        Higher means more likely positive.
    positive : str, int or bool
        Label of the positive class.

    Returns
    -------
    PrecisionRecall
        Tied scores form one point; the average is NaN, with a reason, where one class only is there. There is no
        interval: none has been shown to keep its level for few patients.

    Raises
    ------
    TableError
        ``TAB-59`` for missing labels or scores.

    References
    ----------
    Equal to ``sklearn.metrics.average_precision_score``. Straight lines between the points would promise too much
    (Davis & Goadrich, ICML 2006), so the curve is a staircase.
    """
    is_positive, _ = positive_mask(y, positive)
    values = finite_scores(score, is_positive.size)
    m, n = int(is_positive.sum()), int((~is_positive).sum())
    thresholds = np.unique(values)[::-1]
    tp, fp = (n_at_least(values[mask], thresholds) for mask in (is_positive, ~is_positive))
    precision = tp / (tp + fp)
    recall = tp / m if m else np.full(thresholds.shape, np.nan)
    reason = one_class_reason(m, n, positive)
    average = float("nan")
    if reason is None:
        average = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    baseline = m / (m + n) if m + n else float("nan")
    return PrecisionRecall(thresholds, precision, recall, average, baseline, str(positive), m, n, reason)
