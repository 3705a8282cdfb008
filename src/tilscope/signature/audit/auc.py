"""A printed AUC and its interval against the class sizes and the operating point."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from tilscope.signature.audit.auc_error import delong_se_range, hanley_mcneil_se
from tilscope.signature.audit.claims import PerformanceClaim
from tilscope.signature.audit.findings import Finding, listed, plain, possible
from tilscope.signature.audit.printed import EN_DASH, READINGS, Printed, Span

FEW_TIES = 0.5  # from an AUC of .7 on, no pattern of ties halves the smallest standard error (searched)
NEAR_CHANCE = 0.2  # closer to .5 than this, ties can make the standard error as small as they like
MOST_MULTIPLES = 1000
OTHER_METHOD = "the interval is of another kind (bootstrap percentiles, exact, of another AUC)"


@dataclass(frozen=True, slots=True)
class _Shape:
    """On which scale an interval is symmetric: its name, and the standard errors that fit it."""

    name: str
    low_se: float
    high_se: float


def check_auc(claim: PerformanceClaim) -> Iterator[Finding]:
    """Yield findings on the area, on its interval, and on whether the operating point can lie on its curve."""
    if claim.auc is None:
        return
    yield _area(claim, claim.auc)
    if claim.auc_ci is not None:
        yield from _interval(claim, claim.auc, claim.auc_ci)
    if claim.sensitivity is not None and claim.specificity is not None:
        yield _operating_point(claim, claim.auc, claim.sensitivity, claim.specificity)


def _area(claim: PerformanceClaim, auc: Printed) -> Finding:
    """Tell whether the area can be a number of pairs, ties counting one half."""
    text = f"AUC {auc}"
    if not 0 <= auc.value <= 1:
        return Finding(claim.name, text, "inconsistent", "an AUC lies between 0 and 1")
    if not claim.n_positive or not claim.n_negative:
        return Finding(claim.name, text, "cannot be checked", "the class sizes are not given")
    n_pairs = claim.n_positive * claim.n_negative
    sizes = f"{claim.n_positive} x {claim.n_negative} = {n_pairs} pairs"
    for reading in READINGS:
        half_pairs = _multiples(auc.span(reading), 2 * n_pairs)
        if not half_pairs:
            continue
        even = [k for k in half_pairs if k % 2 == 0]
        is_whole = bool(even)
        k = min(even or half_pairs, key=lambda h: abs(Fraction(h, 2 * n_pairs) - auc.value))
        reason = f"{k / 2:g} of {sizes} = {plain(k / (2 * n_pairs), auc.decimals + 1)}"
        conditions = [] if is_whole else ["scores tie (half a pair is needed)"]
        conditions += ["the decimals were cut off, not rounded"] if reading == "truncated" else []
        return possible(claim.name, text, reason, listed(conditions))
    near = math.floor(auc.value * 2 * n_pairs)
    around = [plain(k / (2 * n_pairs), auc.decimals + 1) for k in (near, near + 1)]
    reason = f"of {sizes} none rounds to it, not even with ties; nearest: {listed(around)}"
    condition = "it is no plain area (smoothed curve, mean over folds or bootstrap samples)"
    return Finding(claim.name, text, "consistent only if", reason, condition)


def _multiples(span: Span, n: int) -> list[int]:
    """Return the whole numbers k with k / n inside a span; of many, those around its middle."""
    first, last = math.ceil(span.low * n), math.floor(span.high * n)
    if span.high_is_open and Fraction(last, n) == span.high:
        last -= 1
    middle = round((span.low + span.high) / 2 * n)
    return list(range(max(first, middle - MOST_MULTIPLES), min(last, middle + MOST_MULTIPLES) + 1))


def _interval(claim: PerformanceClaim, auc: Printed, ends: tuple[Printed, Printed]) -> Iterator[Finding]:
    low, high = ends
    text = f"AUC {auc} ({low}{EN_DASH}{high})"
    if not low.value <= auc.value <= high.value or not 0 <= low.value <= high.value <= 1:
        reason = "the area must lie in its interval, and both in 0 to 1"
        yield Finding(claim.name, text, "inconsistent", reason)
        return
    shapes = _shapes(auc, low, high, float(claim.confidence))
    names = listed([shape.name for shape in shapes])
    arms = f"arms {plain(float(auc.value - low.value))} and {plain(float(high.value - auc.value))}"
    if shapes:
        yield Finding(claim.name, text, "consistent", f"{arms}: {names}")
    else:
        reason = f"{arms}: symmetric neither on the plain nor on the logit scale"
        yield Finding(claim.name, text, "consistent only if", reason, OTHER_METHOD)
    if shapes and min(claim.n_positive or 0, claim.n_negative or 0) > 1 and 0 < auc.value < 1:
        yield _width(claim, auc, text, shapes)


def _shapes(auc: Printed, low: Printed, high: Printed, confidence: float) -> list[_Shape]:
    """Return the scales on which the printed interval is symmetric within its rounding."""
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + confidence / 2.0))
    a, b, c = (number.span() for number in (auc, low, high))
    found = []
    if Span(b.low + c.low, b.high + c.high).meets(2 * a.low, 2 * a.high):
        widths = float(c.low - b.high) / 2 / z, float(c.high - b.low) / 2 / z
        found.append(_Shape("symmetric (plain interval)", *widths))
    elif high.value == 1 and a.high - b.low >= c.low - a.high:
        widths = float(a.low - b.high) / z, float(a.high - b.low) / z
        found.append(_Shape("plain interval, cut at 1", *widths))
    logit = _logit_shape(a, b, c, z)
    return [*found, logit] if logit is not None else found


def _logit_shape(auc: Span, low: Span, high: Span, z: float) -> _Shape | None:
    """Return the standard errors of an interval that is symmetric in logits, or None where it is not.

    An end that may be 0 or 1 before rounding has an infinite logit; the other arm then tells the error.
    """
    middle, lower, upper = ((_logit(span.low), _logit(span.high)) for span in (auc, low, high))
    if lower[0] + upper[0] > 2 * middle[1] or lower[1] + upper[1] < 2 * middle[0]:
        return None
    slopes = [float(v * (1 - v)) / z for v in (auc.low, (auc.low + auc.high) / 2, auc.high) if 0 < v < 1]
    if math.isfinite(upper[1]) and math.isfinite(lower[0]):
        arms = (upper[0] - lower[1]) / 2, (upper[1] - lower[0]) / 2
    elif math.isfinite(lower[0]):
        arms = middle[0] - lower[1], middle[1] - lower[0]
    else:
        arms = upper[0] - middle[1], upper[1] - middle[0]
    if not slopes or not all(map(math.isfinite, arms)):
        return None
    return _Shape("symmetric in logits", arms[0] * min(slopes), arms[1] * max(slopes))


def _logit(value: Fraction) -> float:
    if value <= 0:
        return -math.inf
    return math.log(float(value / (1 - value))) if value < 1 else math.inf


def _width(claim: PerformanceClaim, auc: Printed, text: str, shapes: list[_Shape]) -> Finding:
    """Compare the standard error that the interval implies with what these class sizes allow."""
    m, n = claim.n_positive or 0, claim.n_negative or 0
    low_se, high_se = min(s.low_se for s in shapes), max(s.high_se for s in shapes)
    span = auc.span()
    inner = [min(max(float(v), 1e-6), 1 - 1e-6) for v in (span.low, span.high)]
    limits = [delong_se_range(value, m, n) for value in inner]
    smallest, largest = min(v[0] for v in limits), max(v[1] for v in limits)
    usual = hanley_mcneil_se(float(auc), m, n)
    implied = plain((low_se + high_se) / 2)
    sizes = f"{m} {claim.positive} and {n} {claim.negative}"
    allowed = f"{plain(smallest)}{EN_DASH}{plain(largest)} without ties"
    reason = f"it implies a standard error of {implied}; {sizes} allow {allowed}, Hanley-McNeil's is {plain(usual)}"
    text = f"width of {text}"
    details = {
        "implied_se": [low_se, high_se], "smallest_se": smallest, "largest_se": largest, "hanley_mcneil_se": usual,
    }  # fmt: skip
    if low_se > largest:
        reason += f"; so wide an interval has about {_patients(auc, m, n, low_se)} patients"
        return Finding(claim.name, text, "inconsistent", reason, details=details)
    if high_se >= smallest:
        return Finding(claim.name, text, "consistent", reason, details=details)
    if high_se < FEW_TIES * smallest and abs(float(auc) - 0.5) >= NEAR_CHANCE:
        reason += f"; so narrow an interval needs about {_patients(auc, m, n, high_se)} patients"
        return Finding(claim.name, text, "inconsistent", reason, details=details)
    return Finding(
        claim.name, text, "consistent only if", reason, "many patients share a score (ties)", details
    )


def _patients(auc: Printed, m: int, n: int, se: float) -> int:
    """Return about how many patients, in the same proportion, have Hanley and McNeil's error ``se``."""
    return round((m + n) * (hanley_mcneil_se(float(auc), m, n) / se) ** 2)


def _operating_point(claim: PerformanceClaim, auc: Printed, sens: Printed, spec: Printed) -> Finding:
    """Any curve through (1 - specificity, sensitivity) has an area within two rectangles."""
    a, b = sens.span(), spec.span()
    none, whole = Fraction(0), Fraction(1)
    low = max(a.low, none) * max(b.low, none)
    high = 1 - (1 - min(a.high, whole)) * (1 - min(b.high, whole))
    text = f"AUC {auc} with sensitivity {sens} and specificity {spec}"
    limits = f"{plain(float(low))} to {plain(float(high))}"
    reason = f"curves through this point have areas from {limits}"
    is_possible = auc.span().meets(low, high)
    return Finding(claim.name, text, "consistent" if is_possible else "inconsistent", reason)
