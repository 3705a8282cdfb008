"""Calibration: whether a score can be read as a probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.statistics._labels import Label, finite_scores, one_class_reason, positive_mask
from tilscope.statistics.confusion import Proportion, proportion
from tilscope.statistics.estimates import Estimate, Ratio, no_estimate, wald_estimate
from tilscope.vocabulary import TableError

Array = NDArray[np.float64]
CURVE_POINTS = 50  # on each of the two scales
FLEXIBLE_FROM = (
    200  # patients in the smaller class from which a free curve is worth drawing (Van Calster 2016)
)
_NAN = float("nan")
_TOLERANCE = 1e-10
_MAX_ITERATIONS = 100


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """Patients with neighbouring scores.

    Attributes
    ----------
    mean_score : float in [0, 1]
        Mean predicted probability.
    observed : Proportion
        Share of the positive class with its exact interval.
    """

    mean_score: float
    observed: Proportion


@dataclass(frozen=True, slots=True)
class CalibrationCurve:
    """The logistic recalibration curve, ``logit P(positive) = a + b logit(score)``, with a pointwise band.

    Attributes
    ----------
    score : tuple of float
        From the smallest to the largest score.
    observed, ci_low, ci_high : tuple of float
        Fitted share of the positive class and Wald's band; empty where the model has no fit.
    """

    score: tuple[float, ...] = ()
    observed: tuple[float, ...] = ()
    ci_low: tuple[float, ...] = ()
    ci_high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """Agreement of predicted probabilities with what was observed.

    Attributes
    ----------
    positive : str
        Name of the class that the score is the probability of.
    n, n_positive : int
        Patients, and those of the positive class.
    confidence : float
        Level of all intervals.
    mean_score : float in [0, 1]
        Mean predicted probability (expected share of the positive class).
    expected_observed : Ratio
        Expected over observed number of positives; below 1 the score is too low on the whole. Interval from the
        exact one of the observed share.
    intercept : Estimate
        Calibration in the large: intercept of a logistic model with the score's logit as offset; 0 is perfect.
    slope : Estimate
        Coefficient of the score's logit; 1 is perfect, below 1 the scores are too extreme.
    joint_chi2, joint_p_value : float
        Likelihood-ratio test of intercept 0 and slope 1 together, 2 degrees of freedom; NaN without a slope.
    brier : float in [0, 1]
        Mean squared error of the score.
    scaled_brier : float <= 1
        1 - Brier / Brier of the prevalence; 0 is as good as telling everybody the prevalence. NaN for one class.
    groups : tuple of CalibrationGroup
        By quantiles of the score; tied scores stay together.
    curve : CalibrationCurve
        Recalibration curve; empty where there is no slope.
    reason : str or None
        Why intercept or slope is NaN.
    """

    positive: str
    n: int
    n_positive: int
    confidence: float
    mean_score: float
    expected_observed: Ratio
    intercept: Estimate
    slope: Estimate
    joint_chi2: float
    joint_p_value: float
    brier: float
    scaled_brier: float
    groups: tuple[CalibrationGroup, ...]
    curve: CalibrationCurve
    reason: str | None = None


def calibration(
    y: ArrayLike | Sequence[Any],
    score: ArrayLike,
    positive: Label,
    *,
    confidence: float = 0.95,
    n_groups: int = 5,
) -> Calibration:
    """Compare predicted probabilities with what was observed.

    Parameters
    ----------
    y : array_like of labels, length n
        At most two different labels.
    score : array_like of float in [0, 1], length n
        Predicted probability of the positive class.
    positive : str, int or bool
        Label of the positive class.
    confidence : float in (0, 1)
        Level of the intervals.
    n_groups : int >= 1
        Quantile groups; fewer where scores are tied.

    Returns
    -------
    Calibration
        Intercept and slope are NaN, with a reason, where one class only is there or a score is exactly 0 or 1
        (it has no logit; nothing is clipped); the slope also where all scores are equal or the classes separate.

    Raises
    ------
    TableError
        ``TAB-59`` for missing labels or scores, or scores outside 0..1.

    References
    ----------
    Cox, Biometrika 1958;45:562. Miller, Stat Med 1991;10:1213. Steyerberg, Epidemiology 2010;21:128. Equal to R ``glm``
    (binomial, with and without offset) and ``rms::val.prob``.
    """
    is_positive, _ = positive_mask(y, positive)
    p = _probabilities(score, is_positive.size)
    outcome = is_positive.astype(np.float64)
    m = int(is_positive.sum())
    intercept, slope, fitted = _recalibration(outcome, p, positive, confidence)
    joint = _joint_test(outcome, p, fitted)
    prevalence, brier = m / p.size, float(np.mean((p - outcome) ** 2))
    spread = prevalence * (1.0 - prevalence)
    return Calibration(
        positive=str(positive),
        n=p.size,
        n_positive=m,
        confidence=confidence,
        mean_score=float(p.mean()),
        expected_observed=_expected_observed(float(p.mean()), proportion(m, p.size, confidence=confidence)),
        intercept=intercept,
        slope=slope,
        joint_chi2=joint[0],
        joint_p_value=joint[1],
        brier=brier,
        scaled_brier=1.0 - brier / spread if spread > 0 else _NAN,
        groups=_groups(outcome, p, n_groups, confidence),
        curve=CalibrationCurve() if fitted is None else _curve(p, *fitted, confidence),
        reason=intercept.reason or slope.reason,
    )


def _probabilities(score: ArrayLike, n: int) -> Array:
    p = finite_scores(score, n)
    if n == 0 or (p < 0.0).any() or (p > 1.0).any():
        raise TableError(
            "TAB-59",
            "scores are not probabilities",
            found=f"{n} scores, {int(((p < 0) | (p > 1)).sum())} outside 0..1",
            expected="at least one score, each from 0 to 1",
            remedy="Calibration asks whether a score is a probability; give the score of a logistic model.",
        )
    return p


Fitted = tuple[Array, Array]  # coefficients (intercept, slope) and their covariance


def _recalibration(
    y: Array, p: Array, positive: Label, confidence: float
) -> tuple[Estimate, Estimate, Fitted | None]:
    """Return calibration in the large, the slope, and the model of both; NaN with the reason."""
    reason = one_class_reason(int(y.sum()), int((1 - y).sum()), positive) or _without_logit(p)
    if reason is not None:
        return no_estimate(0.0, reason), no_estimate(1.0, reason), None
    logit = np.log(p) - np.log1p(-p)
    large = _newton(np.ones((y.size, 1)), y, logit)
    intercept = no_estimate(0.0, "NA: the model did not converge")
    if large is not None:
        intercept = wald_estimate(float(large[0][0]), float(large[1][0, 0] ** 0.5), 0.0, confidence)
    reason = _without_slope(logit, y)
    if reason is not None:
        return intercept, no_estimate(1.0, reason), None
    fitted = _newton(np.column_stack([np.ones(y.size), logit]), y, np.zeros(y.size))
    if fitted is None:
        return intercept, no_estimate(1.0, "NA: the model did not converge"), None
    slope = wald_estimate(float(fitted[0][1]), float(fitted[1][1, 1] ** 0.5), 1.0, confidence)
    return intercept, slope, fitted


def _without_logit(p: Array) -> str | None:
    n_extreme = int(((p == 0.0) | (p == 1.0)).sum())
    return f"NA: scores of exactly 0 or 1 have no logit ({n_extreme} of {p.size})" if n_extreme else None


def _without_slope(logit: Array, y: Array) -> str | None:
    if np.ptp(logit) == 0.0:
        return "NA: all scores are equal"
    with_it, without = logit[y == 1.0], logit[y == 0.0]
    if with_it.min() >= without.max() or without.min() >= with_it.max():
        return "NA: the score separates the classes, so the slope has no finite estimate"
    return None


def _newton(design: Array, y: Array, offset: Array) -> Fitted | None:
    """Fit logistic regression with an offset by Newton's method; None where it does not converge."""
    scale = np.abs(design).max(axis=0)
    scaled, beta = design / scale, np.zeros(design.shape[1])
    loss = _loss(scaled @ beta + offset, y)
    for _ in range(_MAX_ITERATIONS):
        p = _expit(scaled @ beta + offset)
        information = (scaled * (p * (1.0 - p))[:, np.newaxis]).T @ scaled
        try:
            step = np.linalg.solve(information, scaled.T @ (y - p))
        except np.linalg.LinAlgError:
            return None
        while _loss(scaled @ (beta + step) + offset, y) > loss + 1e-12 and np.abs(step).max() > _TOLERANCE:
            step = step / 2.0
        beta = beta + step
        loss = _loss(scaled @ beta + offset, y)
        if np.abs(step).max() <= _TOLERANCE:
            return beta / scale, np.linalg.inv(information) / np.outer(scale, scale)
    return None


def _expit(eta: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-np.clip(eta, -700.0, 700.0)))


def _loss(eta: Array, y: Array) -> float:
    return float(np.sum(np.logaddexp(0.0, eta) - y * eta))


def _joint_test(y: Array, p: Array, fitted: Fitted | None) -> tuple[float, float]:
    """Return chi-square and p of the likelihood-ratio test of intercept 0 and slope 1."""
    from scipy.stats import chi2

    if fitted is None:
        return _NAN, _NAN
    logit = np.log(p) - np.log1p(-p)
    gain = 2.0 * (_loss(logit, y) - _loss(fitted[0][0] + fitted[0][1] * logit, y))
    statistic = max(0.0, gain)
    return statistic, float(chi2.sf(statistic, 2))


def _expected_observed(mean_score: float, observed: Proportion) -> Ratio:
    if observed.numerator == 0:
        return Ratio(_NAN, mean_score / observed.ci_high, _NAN, "NA: nobody is in the positive class")
    return Ratio(mean_score / observed.value, mean_score / observed.ci_high, mean_score / observed.ci_low)


def _groups(y: Array, p: Array, n_groups: int, confidence: float) -> tuple[CalibrationGroup, ...]:
    """Return quantile groups, each with the scores above one quantile up to and including the next."""
    edges = np.unique(np.quantile(p, np.linspace(0.0, 1.0, n_groups + 1)[1:-1]))
    member = np.searchsorted(edges, p, side="left")
    return tuple(
        CalibrationGroup(
            float(p[member == group].mean()),
            proportion(int(y[member == group].sum()), int((member == group).sum()), confidence=confidence),
        )
        for group in np.unique(member)
    )


def _curve(p: Array, beta: Array, covariance: Array, confidence: float) -> CalibrationCurve:
    from scipy.stats import norm

    logit = np.log(p) - np.log1p(-p)
    # evenly on both scales, so that the curve is smooth in the middle and at ends where it is steep
    even = np.linspace(p.min(), p.max(), CURVE_POINTS)[1:-1]
    x = np.sort(
        np.concatenate([np.linspace(logit.min(), logit.max(), CURVE_POINTS), np.log(even) - np.log1p(-even)])
    )
    design = np.column_stack([np.ones(x.size), x])
    eta = design @ beta
    half = float(norm.ppf(0.5 + confidence / 2)) * np.sqrt(np.sum((design @ covariance) * design, axis=1))
    lines = (x, eta, eta - half, eta + half)
    return CalibrationCurve(*(tuple(float(value) for value in _expit(line)) for line in lines))
