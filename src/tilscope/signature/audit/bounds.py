"""Numbers that have a mathematical range: correlations, ICC, moments of few values; wholes and their parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tilscope.signature.audit.claims import StatisticClaim, TotalClaim
from tilscope.signature.audit.findings import Finding, listed, plain
from tilscope.signature.audit.printed import EN_DASH, Printed


@dataclass(frozen=True, slots=True)
class Bound:
    """The range of a kind of number.

    Attributes
    ----------
    kind : str
        As in ``StatisticClaim.kind``.
    limits : callable (n, raters) -> (low, high)
        The range; n is at least ``needs_n``.
    why : str
        In a sentence.
    needs_n : int
        Smallest number of values for which the range is known; 0 where it does not depend on them.
    """

    kind: str
    limits: Callable[[int, int], tuple[float, float]]
    why: str
    needs_n: int = 0


def largest_skewness(n: int) -> float:
    """Return the largest skewness (moments over n) of n values: ``(n - 2) / sqrt(n - 1)``; 1.1547 for four.

    References
    ----------
    Wilkins, Ann Math Stat 1944;15:333.
    """
    return (n - 2) / math.sqrt(n - 1)


def largest_kurtosis(n: int) -> float:
    """Return the largest kurtosis (moments over n, normal: 3) of n values: ``n - 2 + 1 / (n - 1)``; 2.333 for four.

    References
    ----------
    Johnson & Lowe, Technometrics 1979;21:377.
    """
    return n - 2 + 1 / (n - 1)


def _symmetric(limit: Callable[[int], float]) -> Callable[[int, int], tuple[float, float]]:
    return lambda n, _raters: (-limit(n), limit(n))


_WORDS = {"icc": "ICC", "auc": "AUC"}
_UNIT = (0.0, 1.0)
BOUNDS: tuple[Bound, ...] = (
    Bound("correlation", lambda n, k: (-1.0, 1.0), "a correlation lies between -1 and 1"),
    Bound("icc", lambda n, k: (-1.0 / (k - 1), 1.0), "an ICC of k readers lies between -1/(k - 1) and 1"),
    Bound("kappa", lambda n, k: (-1.0, 1.0), "kappa lies between -1 and 1"),
    Bound("auc", lambda n, k: _UNIT, "an AUC lies between 0 and 1"),
    Bound("proportion", lambda n, k: _UNIT, "a proportion lies between 0 and 1"),
    Bound("percent", lambda n, k: (0.0, 100.0), "a percentage of patients lies between 0 and 100"),
    Bound("p", lambda n, k: _UNIT, "a p value lies between 0 and 1"),
    Bound("ratio", lambda n, k: (0.0, math.inf), "a ratio of odds, hazards or risks is positive"),
    Bound("sd", lambda n, k: (0.0, math.inf), "a standard deviation is not negative"),
    Bound("skewness", _symmetric(largest_skewness), "|skewness| of n values is at most (n - 2)/sqrt(n - 1)", 2),
    Bound("sample_skewness", _symmetric(math.sqrt), "|sample skewness| of n values is at most sqrt(n)", 3),
    Bound(
        "kurtosis", lambda n, k: (1.0, largest_kurtosis(n)), "kurtosis of n values is 1 to n - 2 + 1/(n - 1)", 3
    ),
    Bound(
        "excess_kurtosis",
        lambda n, k: (-2.0, largest_kurtosis(n) - 3.0),
        "excess kurtosis of n values is -2 to n - 5 + 1/(n - 1)",
        3,
    ),
    Bound(
        "coefficient_of_variation",
        lambda n, k: (0.0, math.sqrt(n)),
        "SD / mean of n values >= 0 is at most sqrt(n)",
        2,
    ),
)  # fmt: skip


def check_statistic(claim: StatisticClaim) -> Iterator[Finding]:
    """Yield findings on a number's range, on its interval, and on the p value of a correlation."""
    text = f"{_WORDS.get(claim.kind, claim.kind.replace('_', ' '))} {claim.value}"
    bound = next(b for b in BOUNDS if b.kind == claim.kind)
    if bound.needs_n and (claim.n is None or claim.n < bound.needs_n):
        reason = f"{bound.why}, and n is not given"
        yield Finding(claim.name, text, "cannot be checked", reason)
        return
    low, high = bound.limits(claim.n or 0, claim.raters)
    told = f"{bound.why}" + (f": {plain(low)} to {plain(high)} for {claim.n}" if bound.needs_n else "")
    is_inside = _lies_within(claim.value, low, high)
    yield Finding(claim.name, text, "consistent" if is_inside else "inconsistent", told)
    if claim.ci is not None:
        yield _interval(claim, claim.ci, low, high)
    if claim.p is not None and claim.kind == "correlation":
        yield _correlation_p(claim, claim.p)


def _lies_within(number: Printed, low: float, high: float) -> bool:
    """Tell whether some value that prints so lies in the range; an infinite end is no limit."""
    span = number.span()
    return bool(span.high >= (low if math.isfinite(low) else span.high) - 1e-9) and bool(
        span.low <= (high if math.isfinite(high) else span.low) + 1e-9
    )


def _interval(claim: StatisticClaim, ends: tuple[Printed, Printed], low: float, high: float) -> Finding:
    text = f"{claim.value} ({ends[0]}{EN_DASH}{ends[1]})"
    holds = ends[0].span().low <= claim.value.span().high and claim.value.span().low <= ends[1].span().high
    inside = all(_lies_within(end, low, high) for end in ends)
    reason = "the value lies in its interval, and the interval in the range"
    if holds and inside:
        return Finding(claim.name, text, "consistent", reason)
    fault = "the value lies outside its interval" if not holds else "the interval leaves the range"
    return Finding(claim.name, text, "inconsistent", fault)


def correlation_p(r: float, n: int) -> float:
    """Return the two-sided p of a correlation of n pairs by Student's t with n - 2 degrees of freedom.

    References
    ----------
    Equal to R ``cor.test(method = "pearson")``; close to Spearman's for n of ten or more.
    """
    from scipy.stats import t

    if abs(r) >= 1.0:
        return 0.0
    return float(2 * t.sf(abs(r) * math.sqrt((n - 2) / (1 - r * r)), n - 2))


def _correlation_p(claim: StatisticClaim, p: Printed) -> Finding:
    text = f"correlation {claim.value} with p {p}"
    if claim.n is None or claim.n < 3:
        return Finding(claim.name, text, "cannot be checked", "n is not given")
    span = claim.value.span()
    sizes = [abs(float(span.low)), abs(float(span.high))]
    smallest = 0.0 if span.low <= 0 <= span.high else min(sizes)
    low, high = correlation_p(min(max(sizes), 1.0), claim.n), correlation_p(min(smallest, 1.0), claim.n)
    reason = f"Student's t for {claim.n} pairs gives {plain(low)} to {plain(high)}"
    if p.span().meets(low, high):
        return Finding(claim.name, text, "consistent", reason)
    condition = "the p value is of another test (Spearman exact, Kendall, adjusted)"
    return Finding(claim.name, text, "consistent only if", reason, condition)


def check_total(claim: TotalClaim) -> Iterator[Finding]:
    """Yield a finding on whether the parts add up to the whole, or do not exceed it."""
    total = sum(claim.parts.values())
    parts = " + ".join(str(n) for n in claim.parts.values())
    names = listed(list(claim.parts))
    text = f"{claim.whole} = {parts}" if claim.is_complete else f"{parts} of {claim.whole}"
    reason = f"{names} add up to {total}" if len(claim.parts) > 1 else f"{names}: {total}"
    largest = max(claim.parts.values())
    fits = total == claim.whole if claim.is_complete else largest <= claim.whole
    reason += "" if fits else f", not {claim.whole}" if claim.is_complete else f", more than {claim.whole}"
    yield Finding(claim.name, text, "consistent" if fits else "inconsistent", reason)
