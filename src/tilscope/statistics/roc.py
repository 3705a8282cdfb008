"""ROC curve, area under it with DeLong's variance, and DeLong's paired test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.statistics._labels import Label, finite_scores, one_class_reason, positive_mask
from tilscope.statistics._thresholds import n_at_least

Interval = Literal["delong", "logit"]
Labels = ArrayLike | Sequence[Any]


@dataclass(frozen=True, slots=True)
class AucResult:
    """Area under the ROC curve.

    Attributes
    ----------
    auc : float in [0, 1], or NaN where only one class is there
        Probability that a positive patient scores higher than a negative one; ties count one half.
    variance : float >= 0, or NaN
        DeLong's variance of ``auc``; NaN where a class has fewer than two patients.
    ci_low, ci_high : float in [0, 1], or NaN
        Two-sided interval; NaN where the variance is unknown or zero, as at an AUC of 0 or 1 (no interval is made
        up: `pROC` prints the width 0 there).
    confidence : float
        Level of the interval, such as 0.95.
    interval : str
        ``logit`` (normal on the AUC's logit) or ``delong`` (normal on the AUC, cut to [0, 1]).
    n_positive, n_negative : int
        Patients in each class.
    positive : str
        Name of the positive class; higher scores mean "more positive".
    reason : str or None
        Why a number above is NaN.
    """

    auc: float
    variance: float
    ci_low: float
    ci_high: float
    confidence: float
    interval: Interval
    n_positive: int
    n_negative: int
    positive: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RocCurve:
    """Sensitivity and specificity at every threshold; a score >= threshold is called positive.

    Attributes
    ----------
    thresholds : ndarray of float, shape (n_points,)
        Decreasing, from +inf (nobody positive) to the smallest score (everybody positive).
    sensitivity, specificity : ndarray of float in [0, 1], shape (n_points,)
        NaN where the class they need is absent.
    positive : str
        Name of the positive class.
    n_positive, n_negative : int
        Patients in each class.
    reason : str or None
        Why numbers are NaN.
    """

    thresholds: NDArray[np.float64]
    sensitivity: NDArray[np.float64]
    specificity: NDArray[np.float64]
    positive: str
    n_positive: int
    n_negative: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DelongResult:
    """Paired comparison of two AUCs on the same patients.

    Attributes
    ----------
    z, p_value : float
        Standard normal statistic of ``auc_a - auc_b`` and its two-sided p; NaN with a reason.
    auc_a, auc_b, difference : float
        The two areas and ``auc_a - auc_b``.
    variance : float
        DeLong's variance of the difference.
    ci_low, ci_high, confidence : float
        Interval of the difference.
    n_positive, n_negative : int
        Patients in each class.
    positive : str
        Name of the positive class.
    reason : str or None
        Why a number above is NaN.
    """

    z: float
    p_value: float
    auc_a: float
    auc_b: float
    difference: float
    variance: float
    ci_low: float
    ci_high: float
    confidence: float
    n_positive: int
    n_negative: int
    positive: str
    reason: str | None = None


def roc_auc(
    y: Labels,
    score: ArrayLike,
    positive: Label,
    *,
    confidence: float = 0.95,
    interval: Interval = "logit",
) -> AucResult:
    """Area under the ROC curve with DeLong's variance and confidence interval.

    Parameters
    ----------
    y : array_like of labels, length n
        At most two different labels.
    score : array_like of float, length n
        Higher means more likely positive; the direction is never turned round.
    positive : str, int or bool
        Label of the positive class.
    confidence : float in (0, 1)
        Level of the interval.
    interval : {"logit", "delong"}
        Scale on which the interval is symmetric. On the logit it stays inside (0, 1) and keeps its level with few
        patients; on the AUC itself (``delong``, as in the paper and in ``pROC``) it covers too seldom.

    Returns
    -------
    AucResult
        With one class only, ``auc`` is NaN and ``reason`` says so.

    Raises
    ------
    TableError
        ``TAB-59`` for missing labels or scores.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson, Biometrics 1988;44:837. Equal to R ``pROC::roc`` with a fixed
    direction, ``var`` and (``delong``) ``ci.auc``. The interval on the logit is
    Wald's by the delta method (Pepe, The Statistical Evaluation of Medical Tests, Oxford 2003).
    """
    is_positive, _ = positive_mask(y, positive)
    values = finite_scores(score, is_positive.size)
    m, n = int(is_positive.sum()), int((~is_positive).sum())
    reason = one_class_reason(m, n, positive)
    if reason is not None:
        return AucResult(*_NA4, confidence, interval, m, n, str(positive), reason)
    v10, v01 = _placements(values[is_positive], values[~is_positive])
    auc = float(v10.mean())
    if min(m, n) < 2:
        reason = "no variance: a class has fewer than two patients"
        return AucResult(auc, *_NA4[1:], confidence, interval, m, n, str(positive), reason)
    variance = float(v10.var(ddof=1) / m + v01.var(ddof=1) / n)
    if variance <= 0.0:
        reason = f"no interval: DeLong's variance is zero at an AUC of {auc:g}"
        return AucResult(auc, 0.0, *_NA4[2:], confidence, interval, m, n, str(positive), reason)
    low, high = _INTERVALS[interval](auc, variance**0.5, confidence)
    return AucResult(auc, variance, low, high, confidence, interval, m, n, str(positive))


def roc_curve(y: Labels, score: ArrayLike, positive: Label) -> RocCurve:
    """Sensitivity and specificity at every distinct score.

    Parameters
    ----------
    y, score, positive
        As in :func:`roc_auc`.

    Returns
    -------
    RocCurve
        From (sensitivity 0, specificity 1) to (1, 0); tied scores form one point.
    """
    is_positive, _ = positive_mask(y, positive)
    values = finite_scores(score, is_positive.size)
    thresholds = np.concatenate([[np.inf], np.unique(values)[::-1]])
    m, n = int(is_positive.sum()), int((~is_positive).sum())
    sensitivity = _fraction_at_least(values[is_positive], thresholds)
    specificity = 1.0 - _fraction_at_least(values[~is_positive], thresholds)
    reason = one_class_reason(m, n, positive)
    return RocCurve(thresholds, sensitivity, specificity, str(positive), m, n, reason)


def delong_test(
    y: Labels,
    score_a: ArrayLike,
    score_b: ArrayLike,
    positive: Label,
    *,
    confidence: float = 0.95,
) -> DelongResult:
    """Test whether two scores of the same patients have one AUC.

    Parameters
    ----------
    y : array_like of labels, length n
        At most two different labels.
    score_a, score_b : array_like of float, length n
        Two scores of the same patients.
    positive : str, int or bool
        Label of the positive class.
    confidence : float in (0, 1)
        Level of the interval of the difference.

    Returns
    -------
    DelongResult
        z and p are NaN, with a reason, where the difference has no variance.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson, Biometrics 1988;44:837. Equal to R ``pROC::roc.test(paired=TRUE)``.
    """
    from scipy.stats import norm

    is_positive, _ = positive_mask(y, positive)
    a, b = (finite_scores(score, is_positive.size) for score in (score_a, score_b))
    m, n = int(is_positive.sum()), int((~is_positive).sum())

    def result(z: float, p_value: float, numbers: tuple[float, ...], reason: str | None) -> DelongResult:
        auc_a, auc_b, variance, half = numbers
        gap = auc_a - auc_b
        ends = (gap - half, gap + half)
        return DelongResult(
            z, p_value, auc_a, auc_b, gap, variance, *ends, confidence, m, n, str(positive), reason
        )

    reason = one_class_reason(m, n, positive)
    if reason is not None:
        return result(_NAN, _NAN, _NA4, reason)
    placements = [_placements(score[is_positive], score[~is_positive]) for score in (a, b)]
    auc_a, auc_b = (float(v10.mean()) for v10, _ in placements)
    variance = _difference_variance(placements) if min(m, n) >= 2 else _NAN
    if not variance > 0.0:
        reason = "no test: the difference of the AUCs has no variance"
        return result(_NAN, _NAN, (auc_a, auc_b, variance, _NAN), reason)
    z = (auc_a - auc_b) / variance**0.5
    half = float(norm.ppf(0.5 + confidence / 2)) * variance**0.5
    return result(z, float(2 * norm.sf(abs(z))), (auc_a, auc_b, variance, half), None)


_NAN = float("nan")
_NA4 = (_NAN,) * 4


def _placements(
    positive: NDArray[np.float64], negative: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each positive's share of negatives below it, and each negative's share of positives above."""
    v10 = _share_below(positive, np.sort(negative))
    v01 = 1.0 - _share_below(negative, np.sort(positive))
    return v10, v01


def _share_below(values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    below = np.searchsorted(others, values, side="left")
    not_above = np.searchsorted(others, values, side="right")
    return (below + not_above) / (2.0 * others.size)


def _difference_variance(placements: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> float:
    (a10, a01), (b10, b01) = placements
    variance = (a10 - b10).var(ddof=1) / a10.size + (a01 - b01).var(ddof=1) / a01.size
    return float(variance)


def _fraction_at_least(values: NDArray[np.float64], thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    if values.size == 0:
        return np.full(thresholds.shape, np.nan)
    return n_at_least(values, thresholds) / values.size


def _delong_interval(auc: float, se: float, confidence: float) -> tuple[float, float]:
    from scipy.stats import norm

    half = float(norm.ppf(0.5 + confidence / 2)) * se
    return max(0.0, auc - half), min(1.0, auc + half)


def _logit_interval(auc: float, se: float, confidence: float) -> tuple[float, float]:
    from scipy.special import expit, logit
    from scipy.stats import norm

    half = float(norm.ppf(0.5 + confidence / 2)) * se / (auc * (1 - auc))
    return float(expit(logit(auc) - half)), float(expit(logit(auc) + half))


_INTERVALS = {"delong": _delong_interval, "logit": _logit_interval}
