"""Printed sensitivity and the like against every integer confusion matrix with the class sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tilscope.signature.audit.claims import PerformanceClaim
from tilscope.signature.audit.findings import Finding, listed, plain, possible
from tilscope.signature.audit.matrices import (
    MAX_MATRICES,
    Search,
    Table,
    matrices_of,
    neighbours,
    search,
)
from tilscope.signature.audit.measures import COUNTS, MEASURES, Measure
from tilscope.signature.audit.printed import READINGS, Printed, Reading

Claimed = tuple[tuple[Measure, Printed], ...]
MAX_SETS_TOLD = 4


@dataclass(frozen=True, slots=True)
class _View:
    """One way to read the printed numbers, and what the search found for it."""

    is_swapped: bool
    reading: Reading
    positive: str
    n_positive: int
    n_negative: int
    found: Search

    @property
    def condition(self) -> str:
        """What must hold for it; empty for the paper's own words and rounding."""
        swapped = f"{self.positive} is the positive class" if self.is_swapped else ""
        cut = "the decimals were cut off, not rounded" if self.reading == "truncated" else ""
        return listed([text for text in (swapped, cut) if text])


def claimed(claim: PerformanceClaim) -> Claimed:
    """Return the printed numbers that a confusion matrix gives, with their measures."""
    pairs = [(measure, getattr(claim, measure.name)) for measure in MEASURES]
    return tuple((measure, number) for measure, number in pairs if number is not None)


def check_confusion(claim: PerformanceClaim) -> Iterator[Finding]:
    """Yield findings on each printed measure, on all together, and on the sets that do go together.

    Four readings are tried in this order: as printed; decimals cut off; the classes swapped (then
    sensitivity belongs to the class that the paper calls negative); both.
    """
    printed = claimed(claim)
    if not printed:
        return
    obstacle = _obstacle(claim)
    if obstacle:
        yield Finding(claim.name, _words(printed), "cannot be checked", obstacle)
        return
    views = _views(claim, printed)
    shown = [k for k, (measure, _) in enumerate(printed) if measure.name not in COUNTS]
    for k in shown:
        yield _alone(claim, printed, k, views)
    if len(printed) > 1:
        yield from _together(claim, printed, views)


def _obstacle(claim: PerformanceClaim) -> str | None:
    if claim.n_positive is None or claim.n_negative is None:
        return "the class sizes are not given (n_positive, n_negative)"
    if (claim.n_positive + 1) * (claim.n_negative + 1) > MAX_MATRICES:
        return f"more than {MAX_MATRICES:,} matrices have these class sizes"
    return None


def _views(claim: PerformanceClaim, printed: Claimed) -> tuple[_View, ...]:
    """Return the four readings; only the first where every printed number fits it."""
    positive, negative = claim.n_positive or 0, claim.n_negative or 0
    views = []
    for is_swapped in (False, True):
        m, n = (negative, positive) if is_swapped else (positive, negative)
        name = claim.negative if is_swapped else claim.positive
        for reading in READINGS:
            views.append(_View(is_swapped, reading, name, m, n, search(m, n, printed, reading)))
            if len(views) == 1 and views[0].found.tables_with((1 << len(printed)) - 1)[0]:
                return tuple(views)
    return tuple(views)


def _first_fit(views: Sequence[_View], wanted: int) -> tuple[_View, int, tuple[Table, ...]] | None:
    for view in views:
        n, tables = view.found.tables_with(wanted)
        if n:
            return view, n, tables
    return None


def _alone(claim: PerformanceClaim, printed: Claimed, k: int, views: Sequence[_View]) -> Finding:
    measure, number = printed[k]
    text = f"{measure.words} {number}"
    fit = _first_fit(views, 1 << k)
    if fit is None:
        nearest = _nearest(claim, measure, number)
        reason = f"no matrix gives it, whichever class is positive; nearest: {nearest}"
        return Finding(claim.name, text, "inconsistent", reason)
    view, _, tables = fit
    example = value_in(measure, tables[0], _decimals(number))
    details = {"matrices": [_record(view, table) for table in tables]}
    if not view.condition:
        return Finding(claim.name, text, "consistent", example, details=details)
    nearest = _nearest(claim, measure, number)
    reason = f"{example}; with {claim.positive} as positive nearest: {nearest}"
    return Finding(claim.name, text, "consistent only if", reason, view.condition, details)


def _nearest(claim: PerformanceClaim, measure: Measure, number: Printed) -> str:
    tables = neighbours(claim.n_positive or 0, claim.n_negative or 0, measure, number)
    return listed([value_in(measure, table, _decimals(number)) for table in tables]) or "none"


def _together(claim: PerformanceClaim, printed: Claimed, views: Sequence[_View]) -> Iterator[Finding]:
    everything = (1 << len(printed)) - 1
    fit = _first_fit(views, everything)
    if fit is not None:
        yield _fits(claim, printed, everything, fit)
        return
    sizes = f"{claim.n_positive} {claim.positive} and {claim.n_negative} {claim.negative}"
    sets = _largest_sets(views)
    best = f"; closest: {_set_in_words(printed, sets[0], views)}" if sets else ""
    yield Finding(
        claim.name,
        _words(printed),
        "inconsistent",
        f"no matrix of {sizes} gives all of them, whichever class is positive, rounded or cut{best}",
    )
    for bits in sets[:MAX_SETS_TOLD]:
        fit = _first_fit(views, bits)
        if fit is not None:
            yield _fits(claim, printed, bits, fit)


def _largest_sets(views: Sequence[_View]) -> list[int]:
    """Return the sets of at least two numbers that some reading allows and no larger one contains."""
    sets = {bits for view in views for bits in view.found.largest_sets if bits.bit_count() > 1}
    largest = [a for a in sets if not any(a != b and a & b == a for b in sets)]
    return sorted(largest, key=lambda bits: (-bits.bit_count(), bits))


def _set_in_words(printed: Claimed, bits: int, views: Sequence[_View]) -> str:
    fit = _first_fit(views, bits)
    if fit is None:
        return "none"
    view, _, tables = fit
    inside = listed([m.words for k, (m, _) in enumerate(printed) if bits >> k & 1])
    condition = f" where {view.condition}" if view.condition else ""
    return f"{inside}{condition}; {_outside(printed, bits, tables)}"


def _outside(printed: Claimed, bits: int, tables: Sequence[Table]) -> str:
    """Tell what the numbers outside the set are then."""
    told = []
    for k, (measure, number) in enumerate(printed):
        if not bits >> k & 1:
            values = {value_in(measure, table, _decimals(number)): None for table in tables}
            told.append(f"{measure.words} is then {' or '.join(values)}, not {number}")
    return "; ".join(told)


def _fits(
    claim: PerformanceClaim, printed: Claimed, bits: int, fit: tuple[_View, int, tuple[Table, ...]]
) -> Finding:
    view, n, tables = fit
    tp, fn, fp, tn = tables[0]
    inside = tuple(pair for k, pair in enumerate(printed) if bits >> k & 1)
    one = f"tp {tp}, fn {fn}, fp {fp}, tn {tn} gives {'both' if len(inside) == 2 else 'all'}"
    outside = _outside(printed, bits, tables)
    reason = "; ".join(part for part in (one, _how_many(n), outside) if part)
    details: dict[str, Any] = {"n_matrices": n, "matrices": [_record(view, table) for table in tables]}
    return possible(claim.name, _words(inside), reason, view.condition, details)


def _how_many(n: int) -> str:
    return "no other matrix does" if n == 1 else f"so do {n - 1} other matrices"


def _record(view: _View, table: Table) -> dict[str, Any]:
    return {"positive": view.positive, **dict(zip(COUNTS, table, strict=True))}


def _words(printed: Claimed) -> str:
    return listed([f"{measure.words} {number}" for measure, number in printed])


def _decimals(number: Printed) -> int:
    return max(3, number.decimals + 1)


def value_in(measure: Measure, table: Table, decimals: int) -> str:
    """Return a measure of one table: ``16/18 = .889``, or the value alone."""
    matrices = matrices_of([table])
    value = float(measure.values(matrices)[0])
    if not measure.is_share:
        return f"{value:g}" if measure.name in COUNTS else plain(value, decimals)
    numerator, denominator = (int(part[0]) for part in measure.parts(matrices))
    return f"{numerator}/{denominator} = {plain(value, decimals)}"
