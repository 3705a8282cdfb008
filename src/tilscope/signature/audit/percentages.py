"""Printed percentages against their counts: of the group, of those with a value, of the row; and in the text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tilscope.signature.audit.claims import ComparisonClaim, PercentageClaim, Variable
from tilscope.signature.audit.findings import Finding, plain, possible
from tilscope.signature.audit.intervals import check_share_interval
from tilscope.signature.audit.printed import EN_DASH, READINGS, Printed, Reading
from tilscope.signature.audit.recomputing import as_counts

MAX_TOLD = 3
CUT = "percentages were cut off, not rounded"


def check_percentages_of(variable: Variable, table: ComparisonClaim) -> Iterator[Finding]:
    """Yield a finding on the percentages of one row of Table 1, if it has any.

    Denominators are tried in this order: the patients of the group that have a value, the whole group, the
    level's patients in all groups (row percentages).
    """
    counts = as_counts(variable)
    cells = [
        (level, group, counts[i, j], cell.percent, (i, j))
        for i, (level, row) in enumerate(variable.counts.items())
        for j, (group, cell) in enumerate(zip(table.groups, row, strict=True))
        if cell.percent is not None
    ]
    if not cells:
        return
    claim = f"{variable.name}: {len(cells)} percentage{'' if len(cells) == 1 else 's'}"
    bases = _bases(counts, table)
    best: tuple[int, str, str] | None = None
    for reading in READINGS:
        for words, base in bases.items():
            wrong = [
                f"{level}, {group}: {n}/{base[at]} = {_percent(n, base[at], p)} %, printed {p}"
                for level, group, n, p, at in cells
                if not _fits(int(n), int(base[at]), p, reading)
            ]
            if not wrong:
                condition = CUT if reading == "truncated" else ""
                yield possible(table.name, claim, f"all are shares of {words}", condition)
                return
            if reading == "rounded" and (best is None or len(wrong) < best[0]):
                best = len(wrong), words, "; ".join(wrong[:MAX_TOLD])
    if best is not None:
        reason = f"{best[0]} of {len(cells)} are no share of {best[1]}: {best[2]}"
        yield Finding(table.name, claim, "inconsistent", reason)


def _bases(counts: NDArray[np.int64], table: ComparisonClaim) -> dict[str, NDArray[np.int64]]:
    """Return denominators by name; shape levels x groups each."""
    sums, sizes = counts.sum(axis=0), np.array(list(table.groups.values()), dtype=np.int64)
    told = ", ".join(str(n) for n in sums)
    with_value = f"the patients with a value ({told})" if (sums != sizes).any() else f"each group ({told})"
    shape = np.ones_like(counts)
    bases = {with_value: shape * sums}
    if (sums != sizes).any():
        bases |= {f"each group ({', '.join(str(n) for n in sizes)})": shape * sizes}
    return bases | {"the level's patients in all groups": shape * counts.sum(axis=1, keepdims=True)}


def _fits(count: int, total: int, percent: Printed, reading: Reading = "rounded") -> bool:
    if total == 0:
        return percent.value == 0
    span = percent.span(reading)
    low, high = span.low * total, span.high * total
    scaled = 100 * count
    above = scaled > low if span.low_is_open else scaled >= low
    below = scaled < high if span.high_is_open else scaled <= high
    return above and below


def _percent(count: int, total: int, printed: Printed) -> str:
    return f"{100 * count / total:.{max(1, printed.decimals)}f}" if total else "undefined"


def check_percentage(claim: PercentageClaim) -> Iterator[Finding]:
    """Yield findings on a percentage in the text, and on its interval."""
    text = f"{claim.count} of {claim.total} = {claim.percent}"
    has_sign = claim.percent.text.endswith("%")
    percent = claim.percent
    scale = 100 if has_sign else 1
    printed = Printed(percent.text, percent.value * scale, percent.decimals - (2 if has_sign else 0))
    value = f"{claim.count}/{claim.total} = {_percent(claim.count, claim.total, printed)} %"
    if claim.count > claim.total:
        yield Finding(claim.name, text, "inconsistent", "more than all")
        return
    if _fits(claim.count, claim.total, printed):
        yield Finding(claim.name, text, "consistent", value)
    elif _fits(claim.count, claim.total, printed, "truncated"):
        yield Finding(claim.name, text, "consistent only if", value, CUT)
    else:
        yield Finding(claim.name, text, "inconsistent", value)
    if claim.ci is not None:
        ends = (_as_share(claim.ci[0]), _as_share(claim.ci[1]))
        words = f"interval {claim.ci[0]}{EN_DASH}{claim.ci[1]} of {plain(claim.count / claim.total)}"
        pairs = [(claim.count, claim.total)]
        yield check_share_interval(claim.name, words, ends, pairs, float(claim.confidence))


def _as_share(number: Printed) -> Printed:
    if number.text.endswith("%"):
        return number
    return Printed(number.text, number.value / 100, number.decimals + 2)
