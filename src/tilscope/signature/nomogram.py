"""A frozen score as a nomogram: points for each feature's value, and the score that their sum stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tilscope.signature.parts import SignatureFeature
from tilscope.signature.record import Signature

MOST_FEATURES = 20  # nobody reads more axes by hand, nor do they fit a page
MOST_POINTS = 100.0
SCORES = (
    0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999,
)  # fmt: skip
N_TICKS = 6


@dataclass(frozen=True, slots=True)
class FeatureAxis:
    """The axis of one feature.

    Attributes
    ----------
    name : str
        Of the feature.
    low, high : (float, float)
        Least and largest value of the training patients (after harmonisation), each with its points.
    ticks : tuple of (float, float)
        Round values between them, with their points.
    """

    name: str
    low: tuple[float, float]
    high: tuple[float, float]
    ticks: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Nomogram:
    """All axes of a score.

    Attributes
    ----------
    axes : tuple of FeatureAxis
        The one with the most points first.
    total : float
        The largest sum of points; the least is 0.
    score_low, score_high : float in (0, 1)
        Scores of no points and of all.
    scores : tuple of (float, float)
        Round scores, with the sum of points that stands for each.
    cutoff : (float, float) or None
        The cut-off with its sum of points; None where there is none, or out of reach.
    intercept, logit_per_point : float
        Logit of no points, and what a point adds to it.
    """

    axes: tuple[FeatureAxis, ...]
    total: float
    score_low: float
    score_high: float
    scores: tuple[tuple[float, float], ...]
    cutoff: tuple[float, float] | None
    intercept: float
    logit_per_point: float


def why_no_nomogram(signature: Signature) -> str | None:
    """Return in words why a signature has no nomogram; None where it has one."""
    features = signature.features
    if not features:
        return "There is no nomogram: the signature has no feature, its score is the same for everybody."
    if len(features) > MOST_FEATURES:
        return (
            f"There is no nomogram: {len(features)} axes cannot be read by hand, and one of the {MOST_FEATURES} "
            "heaviest features would not give the signature's score. Compute it with tilscope score."
        )
    unknown = [f.name for f in features if f.training_min is None or f.training_max is None]
    if unknown:
        return (
            f"There is no nomogram: the training range of {unknown[0]} is not known, so its axis has no ends."
        )
    if not any(_span(f) for f in features):
        return "There is no nomogram: no feature of the signature varies in training."
    return None


def nomogram(signature: Signature) -> Nomogram | None:
    """Return the nomogram of a signature, exact up to rounding; None where `why_no_nomogram` says why.

    The feature whose training range moves the logit most has the points 0 to 100, the others in proportion, each
    from the end of its range where it speaks least for the positive class. Hence the logit is
    ``intercept + logit_per_point * (sum of points)``.

    References
    ----------
    Harrell, Regression Modeling Strategies, Springer 2015; the scale of R ``rms::nomogram``.
    """
    if why_no_nomogram(signature) is not None:
        return None
    per_point = max(_span(f) for f in signature.features) / MOST_POINTS
    base = signature.intercept + sum(min(_ends(f)) for f in signature.features)
    axes = [_axis(feature, per_point) for feature in signature.features]
    axes.sort(key=lambda axis: -max(axis.low[1], axis.high[1]))
    total = sum(max(axis.low[1], axis.high[1]) for axis in axes)

    def points(score: float) -> float:
        return (math.log(score / (1.0 - score)) - base) / per_point

    cutoff = signature.cutoff
    reached = None if cutoff is None or not 0.0 < cutoff < 1.0 else points(cutoff)
    return Nomogram(
        axes=tuple(axes),
        total=total,
        score_low=_score(base),
        score_high=_score(base + per_point * total),
        scores=tuple((score, points(score)) for score in SCORES if 0.0 <= points(score) <= total),
        cutoff=None
        if cutoff is None or reached is None or not 0.0 <= reached <= total
        else (cutoff, reached),
        intercept=base,
        logit_per_point=per_point,
    )


def _ends(feature: SignatureFeature) -> tuple[float, float]:
    """Return what the ends of the training range add to the logit."""
    low, high = feature.training_min, feature.training_max
    return feature.coefficient * (low or 0.0), feature.coefficient * (high or 0.0)


def _span(feature: SignatureFeature) -> float:
    low, high = _ends(feature)
    return abs(high - low)


def _axis(feature: SignatureFeature, per_point: float) -> FeatureAxis:
    least = min(_ends(feature))
    low, high = feature.training_min or 0.0, feature.training_max or 0.0

    def with_points(value: float) -> tuple[float, float]:
        return value, (feature.coefficient * value - least) / per_point

    ticks = tuple(with_points(value) for value in round_values(low, high))
    return FeatureAxis(feature.name, with_points(low), with_points(high), ticks)


def round_values(low: float, high: float, most: int = N_TICKS) -> tuple[float, ...]:
    """Return at most so many round values (steps of 1, 2, 2.5 or 5 times a power of ten) from low to high."""
    if not high > low:
        return ()
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(
        (k * power for k in (1.0, 2.0, 2.5, 5.0, 10.0) if k * power >= rough * (1 - 1e-9)), 10.0 * power
    )
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(min(max(k * step, low), high) for k in range(first, last + 1))


def _score(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, logit))))
