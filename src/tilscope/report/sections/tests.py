"""Every statistical test of the study in one place, and what that number of tests means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.register import BH, NUMBERS, UNADJUSTED, Family, families, listed
from tilscope.report.sections.cohort import compared_characteristics
from tilscope.report.sections.section import Missing, Section
from tilscope.report.tables import Cell, Table, table
from tilscope.report.wording import NONE, number, p_value
from tilscope.study import encode_tsv
from tilscope.vocabulary import TilscopeError

FILE = "tests.tsv"
DIGITS = 6  # of the numbers in the file; the files of the derivatives have all of them


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return the totals in words, the families, and the single tests."""
    found = families_of(content)
    if not found:
        return Missing("No statistical test has run yet.", "tilscope run STUDY")
    shown = [family for family in found if family.is_listed]
    return {
        "sentences": tuple(_sentences(found)),
        "families": _overview(found),
        "tests": _single(shown) if shown else None,
        "n_unlisted": sum(family.n_tests for family in found if not family.is_listed),
        "file": f"assets/tables/{FILE}",
    }


def files(content: Content) -> Mapping[str, bytes]:
    """Return every stored test as a table for other programs."""
    found = families_of(content)
    if not found:
        return {}
    rows = listed(found)
    numbers = rows[list(NUMBERS)].map(lambda value: float(f"{value:.{DIGITS}g}"))
    return {FILE: encode_tsv(rows.assign(**numbers), index=False)}


@lru_cache(maxsize=1)
def families_of(content: Content) -> tuple[Family, ...]:
    """Return every family of tests of a study, those of Table 1 among them."""
    try:
        table_one, _ = compared_characteristics(content)
    except TilscopeError:
        table_one = None  # the cohort's section says why
    return families(content, table_one)


def _sentences(found: tuple[Family, ...]) -> Iterator[str]:
    n_tests, n_with_p = sum(family.n_tests for family in found), sum(family.n_with_p for family in found)
    n_below, by_chance = sum(family.n_below for family in found), sum(family.by_chance for family in found)
    told = "1 statistical test" if n_tests == 1 else f"{n_tests:,} statistical tests"
    yield f"{told} in {len(found)} {'family' if len(found) == 1 else 'families'}."
    left = n_tests - n_with_p
    without = f" (of the other {left:,} only the adjusted p value is stored)" if left else ""
    yield (
        f"{n_below:,} of the {n_with_p:,} with a p value{without} are below .05 before adjustment; about "
        f"{_counted(by_chance)} would be by chance alone if nothing differed anywhere."
    )
    plain = sum(family.adjustment == UNADJUSTED for family in found)
    yield (
        f"P values were adjusted within {len(found) - plain} of the families; in the other {plain} they stand as they "
        "are. Nothing was adjusted across the whole report: the more families are looked at, the more of them show "
        "something by chance."
    )
    yield (
        "Tests that only choose another test (Shapiro-Wilk before a comparison) are not counted. AUCs have intervals "
        "and were not tested against .5."
    )


def _counted(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else number(value, 2)


def _overview(found: tuple[Family, ...]) -> Table:
    limits = sorted({family.limit for family in found if family.adjustment != UNADJUSTED})
    told = "; ".join(f"{_limit(limit)}" for limit in limits)
    caption = "Families of tests" + (f"; limit of adjusted p: {told}; BH: {BH}" if limits else "")
    columns = (
        "Family", "Tests", "p\u00a0<\u00a0.05", "By\u00a0chance", "Adjusted p below limit", "False, at most",
        "Smallest p", "Adjusted",
    )  # fmt: skip
    rows = [_family(family, tells_limit=len(limits) > 1) for family in found]
    return table(caption, columns, rows, can_filter=len(rows) > 12)


def _limit(limit: float) -> str:
    return f"{limit:g}".lstrip("0")


def _family(family: Family, *, tells_limit: bool) -> list[object]:
    passed, has_p = family.n_passed, family.n_with_p > 0
    limit = f" (limit {_limit(family.limit)})" if tells_limit else ""
    partly = f" ({len(family.done):,} stored)" if family.is_partly_stored else ""
    is_cut = family.is_partly_stored and family.n_below == len(family.done)
    return [
        Cell(family.name.replace("_", " "), family.name, link=f"#{family.section}"),
        Cell(f"{family.n_tests:,}{partly}", family.n_tests, is_number=True),
        Cell(f"{'≥ ' if is_cut else ''}{family.n_below:,}", family.n_below, is_number=True)
        if has_p
        else None,
        Cell(_counted(family.by_chance), family.by_chance, is_number=True) if has_p else None,
        None if passed is None else Cell(f"{passed:,}{limit}", passed, is_number=True),
        Cell(_counted(family.limit * passed), family.limit * passed, is_number=True) if passed else None,
        _p(family.smallest),
        "BH" if family.adjustment == BH else family.adjustment,
    ]


def _single(found: list[Family]) -> Table:
    columns = (
        "Variable", "Compared", "Family", "n", "Test", "Statistic", "Effect (95 % CI)", "p", "p (adj.)",
    )  # fmt: skip
    rows = [
        (
            str(row["variable"]).replace("_", " "),  # names wrap at blanks; the file has them as they are
            row["compared"],
            Cell(family.name, family.name, link=f"#{family.section}"),
            row["n"],
            row["test"] or NONE,
            Cell(NONE) if pd.isna(row["value"]) else f"{row['statistic']} {number(row['value'])}".strip(),
            _effect(row),
            _p(row["p_value"]),
            _p(row["p_adjusted"]),
        )
        for family in found
        for row in family.done.to_dict("records")
    ]
    return table(f"{len(rows):,} single tests", columns, rows, can_filter=True)


def _effect(row: Mapping[Any, Any]) -> Cell | None:
    size, low, high = row["effect_size"], row["ci_low"], row["ci_high"]
    if pd.isna(size):
        return None
    ends = "" if pd.isna(low) or pd.isna(high) else f" ({_size(low)} to {_size(high)})"
    return Cell(f"{row['effect']} {_size(size)}{ends}", f"{row['effect']} {size:+.6g}")


def _size(value: float) -> str:
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    return number(value, 2)


def _p(value: float) -> Cell:
    return Cell(p_value(value), None if pd.isna(value) else float(value), is_number=True)


def _badge(content: Content) -> str | None:
    n_tests = sum(family.n_tests for family in families_of(content))
    return f"{n_tests:,}" if n_tests else None


TESTS = Section("tests", "Register of statistical tests", view, badge=_badge, files=files)
