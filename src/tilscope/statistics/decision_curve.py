"""Decision curve: what acting on a score is worth, beside acting on everybody and on nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.statistics._labels import Label, finite_scores, one_class_reason, positive_mask
from tilscope.statistics._thresholds import n_at_least
from tilscope.vocabulary import TableError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DecisionCurve:
    """Net benefit over threshold probabilities; acting on nobody has net benefit 0 everywhere.

    Attributes
    ----------
    thresholds : ndarray of float in (0, 1), shape (n,)
        Probability of the positive class from which one would act.
    model : ndarray of float, shape (n,)
        Net benefit of acting where score >= threshold: true positives minus weighted false positives, per patient.
    treat_all : ndarray of float, shape (n,)
        Net benefit of acting on everybody.
    avoided_per_100 : ndarray of float, shape (n,)
        Actions that the score spares per 100 patients, net, beside acting on everybody.
    positive : str
        Name of the class for which one would act.
    n_positive, n_negative : int
        Patients in each class.
    reason : str or None
        Why net benefits are NaN (one class only: there is nothing to weigh).
    """

    thresholds: Array
    model: Array
    treat_all: Array
    avoided_per_100: Array
    positive: str
    n_positive: int
    n_negative: int
    reason: str | None = None


def decision_curve(
    y: ArrayLike | Sequence[Any],
    score: ArrayLike,
    positive: Label,
    *,
    thresholds: ArrayLike | None = None,
) -> DecisionCurve:
    """Net benefit of acting on a score, over threshold probabilities.

    Parameters
    ----------
    y : array_like of labels, length n
        At most two different labels.
    score : array_like of float, length n
        Predicted probability of the positive class.
    positive : str, int or bool
        Label of the class for which one would act.
    thresholds : array_like of float in (0, 1), optional
        By default .01 to .99 in steps of .01.

    Returns
    -------
    DecisionCurve
        NaN, with a reason, where one class only is there.

    Raises
    ------
    TableError
        ``TAB-59`` for missing labels or scores, or thresholds outside (0, 1).

    References
    ----------
    Vickers & Elkin, Med Decis Making 2006;26:565: TP / n - FP / n x t / (1 - t).
    """
    is_positive, _ = positive_mask(y, positive)
    p = finite_scores(score, is_positive.size)
    t = _thresholds(thresholds)
    m, n = int(is_positive.sum()), int((~is_positive).sum())
    reason = one_class_reason(m, n, positive)
    if reason is not None:
        unknown = np.full(t.shape, np.nan)
        return DecisionCurve(t, unknown, unknown, unknown, str(positive), m, n, reason)
    odds = t / (1.0 - t)
    model = (n_at_least(p[is_positive], t) - n_at_least(p[~is_positive], t) * odds) / (m + n)
    treat_all = (m - n * odds) / (m + n)
    avoided = 100.0 * (model - treat_all) / odds
    return DecisionCurve(t, model, treat_all, avoided, str(positive), m, n)


def _thresholds(given: ArrayLike | None) -> Array:
    t = np.arange(1, 100) / 100.0 if given is None else np.asarray(given, dtype=np.float64)
    if t.ndim != 1 or t.size == 0 or not ((t > 0.0) & (t < 1.0)).all():
        raise TableError(
            "TAB-59",
            "threshold probabilities are not usable",
            found=f"{t.size} in shape {t.shape}",
            expected="numbers between 0 and 1, both excluded",
        )
    return t
