"""Table 1: totals and percentages of each row, the test behind each p value, one rule behind all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tilscope.signature.audit.claims import ComparisonClaim, Variable
from tilscope.signature.audit.findings import Finding, listed, plain
from tilscope.signature.audit.means import check_means
from tilscope.signature.audit.percentages import check_percentages_of
from tilscope.signature.audit.printed import Printed
from tilscope.signature.audit.recomputing import Attempt, as_counts, attempts, with_missing

WHOLE_P_DECIMALS = 3  # "1" in a column of p values is 1.000 unless others in it have fewer decimals


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule for all p values of a table: which test a row gets.

    Attributes
    ----------
    words : str
        Its name in a sentence.
    picks : callable (keys of the tests that apply) -> key or None
        The test that the rule does.
    """

    words: str
    picks: Callable[[set[str]], str | None]


def _first_of(*order: str) -> Callable[[set[str]], str | None]:
    return lambda keys: next((key for key in order if key in keys), None)


RULES: tuple[Rule, ...] = (
    Rule(
        "R tableone's defaults (Pearson r x c without correction, Yates for 2 x 2, pooled t)",
        _first_of("yates", "pearson", "student", "anova"),
    ),
    Rule("Pearson never corrected, and pooled t", _first_of("pearson", "student", "anova")),
    Rule("Yates for 2 x 2, Pearson, and Welch's t", _first_of("yates", "pearson", "welch")),
    Rule("Fisher's exact test and pooled t", _first_of("fisher", "student", "anova")),
    Rule("Fisher's exact test and Welch's t", _first_of("fisher", "welch")),
)


def check_comparison(table: ComparisonClaim) -> Iterator[Finding]:
    """Yield findings on every row of a table, and on the rule behind its p values."""
    decimals = max((v.p.decimals for v in table.variables if v.p is not None), default=0)
    rows = []
    for variable in table.variables:
        if variable.counts:
            yield _sums(variable, table)
            yield from check_percentages_of(variable, table)
        if variable.means:
            yield from check_means(variable, table)
        if variable.medians:
            yield from _medians(variable, table)
        if variable.p is not None:
            p = _with_decimals(variable.p, decimals)
            found = attempts(variable, table)
            yield _p_value(variable, table, p, found)
            rows.append((p, [a for a in found if not a.condition]))
    yield from _rule(table, [row for row in rows if row[1]])


def _with_decimals(p: Printed, decimals: int) -> Printed:
    return p if p.decimals else p.with_decimals(decimals or WHOLE_P_DECIMALS)


def _sums(variable: Variable, table: ComparisonClaim) -> Finding:
    """Tell whether the levels add up to the group, or leave patients without a value."""
    sums = as_counts(variable).sum(axis=0)
    sizes = np.array(list(table.groups.values()))
    missing = sizes - sums
    told = np.array(variable.missing if variable.missing is not None else [0] * len(sizes))
    place, claim = table.name, f"{variable.name}: totals"
    added = listed([f"{s} of {n} {g}" for s, n, g in zip(sums, sizes, table.groups, strict=True)])
    details = {"sums": sums.tolist(), "groups": sizes.tolist(), "missing": missing.tolist()}
    if (missing == told).all():
        return Finding(place, claim, "consistent", f"levels add up to {added}", details=details)
    if (missing < 0).any():
        return Finding(place, claim, "inconsistent", f"levels add up to {added}: too many", details=details)
    if variable.missing is not None:
        reason = f"levels add up to {added}; missing as told: {listed([str(k) for k in told])}"
        return Finding(place, claim, "inconsistent", reason, details=details)
    absent = listed([f"{k} {g}" for k, g in zip(missing, table.groups, strict=True) if k])
    condition = f"the value of {absent} patient{'' if missing.sum() == 1 else 's'} is missing"
    return Finding(place, claim, "consistent only if", f"levels add up to {added}", condition, details)


def _medians(variable: Variable, table: ComparisonClaim) -> Iterator[Finding]:
    wrong = [
        group
        for group, cell in zip(table.groups, variable.medians, strict=True)
        if not cell.low.value <= cell.median.value <= cell.high.value
    ]
    claim = f"{variable.name}: quartiles"
    if wrong:
        reason = f"the median lies outside its quartiles in {listed(wrong)}"
        yield Finding(table.name, claim, "inconsistent", reason)
    else:
        yield Finding(table.name, claim, "consistent", "each median lies between its quartiles")


def _p_value(variable: Variable, table: ComparisonClaim, p: Printed, found: Sequence[Attempt]) -> Finding:
    claim = f"{variable.name}: p {p}"
    details = {
        "attempts": [
            {"test": a.test, "p": a.value, "low": a.low, "high": a.high, "condition": a.condition or None}
            for a in found
        ]
    }
    if not 0 <= p.value <= 1:
        return Finding(table.name, claim, "inconsistent", "a p value lies between 0 and 1")
    if not found:
        return Finding(table.name, claim, "cannot be checked", "the printed numbers do not determine a test")
    as_printed = [a for a in found if not a.condition and a.is_usual]
    giving = [a for a in found if a.gives(p)]
    if not giving:
        fewer = with_missing(variable, table, p)
        giving = [] if fewer is None else [fewer]
    usual = [a for a in giving if not a.condition and a.is_usual]
    others = listed([_told(a, p) for a in as_printed if a not in usual])
    if usual:
        reason = f"reproduced by {listed([_told(a, p) for a in usual])}"
        reason += f"; not by {others}" if others else ""
        return Finding(table.name, claim, "consistent", reason, details=details)
    if not giving:
        return Finding(
            table.name, claim, "inconsistent", f"no usual test gives it: {others}", details=details
        )
    best = giving[0]
    conditions = [best.condition] if best.condition else []
    conditions += [] if best.is_usual else [f"the test was {best.words}, which is not named"]
    reason = f"reproduced by {_told(best, p)}; as printed {others}"
    return Finding(table.name, claim, "consistent only if", reason, listed(conditions), details)


def _told(attempt: Attempt, p: Printed) -> str:
    decimals = max(3, p.decimals)
    told = f"{attempt.words} ({plain(attempt.value, decimals)}"
    if attempt.high - attempt.low > 10**-decimals:
        ends = f"{plain(attempt.low, decimals)} to {plain(attempt.high, decimals)}"
        told += f"; {ends} within the rounding of means and SDs"
    return told + ")"


def _rule(table: ComparisonClaim, rows: Sequence[tuple[Printed, Sequence[Attempt]]]) -> Iterator[Finding]:
    """Yield the rule that gives every p value, or say that no single one does although each can be had."""
    if len(rows) < 2:
        return
    claim = f"all {len(rows)} p values by one rule"
    given = {rule.words: sum(_follows(rule, p, found) for p, found in rows) for rule in RULES}
    best = max(given, key=lambda words: given[words])
    details = {"reproduced": given}
    if given[best] == len(rows):
        whole = [words for words, n in given.items() if n == len(rows)]
        yield Finding(
            table.name, claim, "consistent", f"{listed(whole)}: {len(rows)} of {len(rows)}", details=details
        )
    elif all(any(a.gives(p) for a in found) for p, found in rows):
        reason = f"the best single rule, {best}, gives {given[best]} of {len(rows)}"
        yield Finding(
            table.name, claim, "consistent only if", reason, "rows were tested by different rules", details
        )


def _follows(rule: Rule, p: Printed, found: Sequence[Attempt]) -> bool:
    key = rule.picks({a.test for a in found})
    return any(a.test == key and a.gives(p) for a in found)
