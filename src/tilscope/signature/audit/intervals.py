"""A printed interval of a share of patients: which of the usual methods gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tilscope.signature.audit.claims import PerformanceClaim
from tilscope.signature.audit.confusion import claimed
from tilscope.signature.audit.findings import Finding, listed, plain
from tilscope.signature.audit.matrices import MAX_MATRICES, matrices_of, search
from tilscope.signature.audit.measures import MEASURES, Measure
from tilscope.signature.audit.printed import EN_DASH, Printed
from tilscope.statistics.confusion import proportion

Method = Callable[[int, int, float], tuple[float, float]]
"""Numerator, denominator, confidence -> interval."""


def _clopper_pearson(k: int, n: int, confidence: float) -> tuple[float, float]:
    share = proportion(k, n, confidence=confidence)
    return share.ci_low, share.ci_high


def _z(confidence: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(0.5 + confidence / 2))


def _wilson(k: int, n: int, confidence: float) -> tuple[float, float]:
    z2 = _z(confidence) ** 2
    middle = (k + z2 / 2) / (n + z2)
    half = (z2 * (k * (n - k) / n + z2 / 4)) ** 0.5 / (n + z2)
    return middle - half, middle + half


def _wilson_corrected(k: int, n: int, confidence: float) -> tuple[float, float]:
    z, p = _z(confidence), k / n
    scale, middle = 2 * (n + z * z), 2 * n * p + z * z
    low = (middle - 1 - z * (z * z - 2 - 1 / n + 4 * p * (n * (1 - p) + 1)) ** 0.5) / scale if k else 0.0
    high = (middle + 1 + z * (z * z + 2 - 1 / n + 4 * p * (n * (1 - p) - 1)) ** 0.5) / scale if k < n else 1.0
    return max(0.0, low), min(1.0, high)


def _wald(k: int, n: int, confidence: float) -> tuple[float, float]:
    half = _z(confidence) * (k * (n - k) / n**3) ** 0.5
    return max(0.0, k / n - half), min(1.0, k / n + half)


def _agresti_coull(k: int, n: int, confidence: float) -> tuple[float, float]:
    z2 = _z(confidence) ** 2
    middle = (k + z2 / 2) / (n + z2)
    half = (z2 * middle * (1 - middle) / (n + z2)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def _jeffreys(k: int, n: int, confidence: float) -> tuple[float, float]:
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = 0.0 if k == 0 else float(beta.ppf(tail, k + 0.5, n - k + 0.5))
    return low, 1.0 if k == n else float(beta.ppf(1 - tail, k + 0.5, n - k + 0.5))


METHODS: dict[str, Method] = {
    "Clopper-Pearson (exact)": _clopper_pearson,
    "Wilson": _wilson,
    "Wilson with continuity correction": _wilson_corrected,
    "Wald": _wald,
    "Agresti-Coull": _agresti_coull,
    "Jeffreys": _jeffreys,
}


def check_intervals(claim: PerformanceClaim) -> Iterator[Finding]:
    """Yield a finding on each printed interval of sensitivity, specificity, PPV, NPV and accuracy."""
    for measure in MEASURES:
        ends: tuple[Printed, Printed] | None = getattr(claim, f"{measure.name}_ci", None)
        if not measure.is_share or ends is None:
            continue
        words = f"{measure.words} interval {ends[0]}{EN_DASH}{ends[1]}"
        pairs = _shares(claim, measure)
        if not pairs:
            reason = "no share of patients gives the printed value, so there is nothing to compare with"
            yield Finding(claim.name, words, "cannot be checked", reason)
        else:
            yield check_share_interval(claim.name, words, ends, pairs, float(claim.confidence))


def _shares(claim: PerformanceClaim, measure: Measure) -> list[tuple[int, int]]:
    """Return numerators and denominators that give the printed value, in matrices that give all the others too.

    Where no matrix gives all printed numbers, the measure alone counts.
    """
    m, n = claim.n_positive, claim.n_negative
    printed = claimed(claim)
    own = [k for k, (other, _) in enumerate(printed) if other is measure]
    if m is None or n is None or not own or (m + 1) * (n + 1) > MAX_MATRICES:
        return []
    for wanted in ((1 << len(printed)) - 1, 1 << own[0]):
        _, tables = search(m, n, printed, "rounded").tables_with(wanted)
        if tables:
            numerators, denominators = measure.parts(matrices_of(tables))
            return sorted({(int(a), int(b)) for a, b in zip(numerators, denominators, strict=True)})
    return []


def check_share_interval(
    place: str, words: str, ends: tuple[Printed, Printed], pairs: Sequence[tuple[int, int]], confidence: float
) -> Finding:
    """Tell which method gives a printed interval of one of some shares."""
    low, high = ends
    giving = []
    for name, method in METHODS.items():
        intervals = [method(k, n, confidence) for k, n in pairs]
        if any(low.span().holds(a) and high.span().holds(b) for a, b in intervals):
            giving.append(name)
    if giving:
        return Finding(place, words, "consistent", listed(giving), details={"methods": giving})
    k, n = pairs[0]
    exact = [plain(end, max(3, low.decimals)) for end in _clopper_pearson(k, n, confidence)]
    reason = f"of {k}/{n} none of {len(METHODS)} usual methods gives it; exact: {EN_DASH.join(exact)}"
    return Finding(place, words, "consistent only if", reason, "another method was used (bootstrap)")
