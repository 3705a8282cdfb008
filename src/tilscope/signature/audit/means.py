"""Means and standard deviations that no such values can have."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tilscope.signature.audit.claims import ComparisonClaim, MeanCell, Variable
from tilscope.signature.audit.findings import Finding, listed
from tilscope.signature.audit.printed import EN_DASH, Printed


def check_means(variable: Variable, table: ComparisonClaim) -> Iterator[Finding]:
    """Yield findings on means of whole numbers (GRIM), and on standard deviations within a known range.

    References
    ----------
    Brown & Heathers, Soc Psychol Personal Sci 2017;8:363 (GRIM). A spread within [a, b] around a mean m:
    Bhatia & Davis, Am Math Mon 2000;107:353: variance <= (b - m)(m - a).
    """
    if variable.whole_numbers:
        yield _whole_numbers(variable, table)
    if variable.range is not None:
        yield _within_range(variable, table, variable.range)


def _sizes(variable: Variable, table: ComparisonClaim) -> list[int]:
    missing = variable.missing or (0,) * len(table.groups)
    return [n - absent for n, absent in zip(table.groups.values(), missing, strict=True)]


def _whole_numbers(variable: Variable, table: ComparisonClaim) -> Finding:
    claim = f"{variable.name}: means of whole numbers"
    wrong, told = [], []
    for group, cell, n in zip(table.groups, variable.means, _sizes(variable, table), strict=True):
        span = cell.mean.span()
        nearest = round(cell.mean.value * n)
        near = next(
            (k for k in (nearest, nearest - 1, nearest + 1) if span.low * n <= k <= span.high * n), None
        )
        if near is None and n > 0:
            total = cell.mean.value * n
            around = listed(
                [f"{k / n:.{cell.mean.decimals + 1}f}" for k in (math.floor(total), math.ceil(total))]
            )
            wrong.append(f"{cell.mean} of {n} {group}; nearest {around}")
        else:
            told.append(f"{near}/{n}")
    if wrong:
        condition = "some values are missing or are no whole numbers"
        return Finding(
            table.name, claim, "consistent only if", f"no multiple of 1/n: {'; '.join(wrong)}", condition
        )
    return Finding(table.name, claim, "consistent", f"sums of whole numbers: {listed(told)}")


def _within_range(variable: Variable, table: ComparisonClaim, ends: tuple[Printed, Printed]) -> Finding:
    low, high = (float(end) for end in ends)
    claim = f"{variable.name}: means and SDs within {ends[0]}{EN_DASH}{ends[1]}"
    wrong = []
    for group, cell, n in zip(table.groups, variable.means, _sizes(variable, table), strict=True):
        mean, limit = float(cell.mean), largest_sd(cell, n, low, high)
        if not low <= mean <= high:
            wrong.append(f"mean {cell.mean} ({group}) is outside")
        elif float(cell.sd.span().low) > limit:
            wrong.append(f"SD {cell.sd} ({group}) is above the largest possible, {limit:.2f}")
    if wrong:
        return Finding(table.name, claim, "inconsistent", "; ".join(wrong))
    return Finding(table.name, claim, "consistent", "each mean is inside and each SD is small enough")


def largest_sd(cell: MeanCell, n: int, low: float, high: float) -> float:
    """Return the largest standard deviation (n - 1) of n values in [low, high] whose mean prints as the cell's."""
    if n < 2:
        return 0.0
    span = cell.mean.span()
    middle = min(max((low + high) / 2, float(span.low)), float(span.high))
    return float((max(0.0, (high - middle) * (middle - low)) * n / (n - 1)) ** 0.5)
