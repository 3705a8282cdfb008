"""Which tests give a printed p value: every usual test on every usual version of the table."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tilscope.signature.audit.claims import ComparisonClaim, TestName, Variable
from tilscope.signature.audit.printed import Printed
from tilscope.statistics.categories import contingency_test
from tilscope.statistics.summaries import (
    Summary,
    anova_from_summaries,
    rank_sum_from_counts,
    t_test_from_summaries,
    trend_test,
)

Counts = NDArray[np.int64]
MAX_CORNERS = 4096  # of the box of printed means and SDs
MOST_MISSING = 12  # values per group, in the search for missing ones
_UNUSUAL: frozenset[TestName] = frozenset({"g", "trend", "wilcoxon"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One test on one version of the data.

    Attributes
    ----------
    test : str
        Key of the test, as in ``ComparisonClaim.tests``.
    words : str
        Its name in a sentence.
    low, value, high : float
        p of the printed numbers, and its range over all numbers that print so.
    condition : str
        What must hold for this version; empty for the table as printed.
    is_usual : bool
        Whether the paper names the test or, where it names none, analysts usually do it.
    """

    test: TestName
    words: str
    low: float
    value: float
    high: float
    condition: str
    is_usual: bool

    def gives(self, printed: Printed) -> bool:
        """Tell whether it reproduces a printed p value."""
        return printed.span().meets(self.low, self.high)


@dataclass(frozen=True, slots=True)
class CountTest:
    """A test of a table of counts: ``p`` returns NaN where it does not apply."""

    key: TestName
    words: str
    p: Callable[[Counts], float]
    needs_order: bool = False


def _pearson(counts: Counts) -> float:
    return contingency_test(counts, "pearson", yates=False).p_value


def _yates(counts: Counts) -> float:
    is_square = counts.shape == (2, 2)
    return contingency_test(counts, "pearson", yates=True).p_value if is_square else float("nan")


def _fisher(counts: Counts) -> float:
    result = contingency_test(counts, "fisher")
    return result.p_value if result.test == "Fisher exact" else float("nan")  # a simulated p is no proof


def _g(counts: Counts) -> float:
    from scipy.stats import chi2_contingency

    if min(counts.shape) < 2:
        return float("nan")
    return float(chi2_contingency(counts, correction=False, lambda_="log-likelihood").pvalue)


def _trend(counts: Counts) -> float:
    return trend_test(counts).p_value


def _rank_sum(counts: Counts) -> float:
    return rank_sum_from_counts(counts).p_value if counts.shape[1] == 2 else float("nan")


COUNT_TESTS: tuple[CountTest, ...] = (
    CountTest("yates", "Pearson chi-square with Yates' correction", _yates),
    CountTest("pearson", "Pearson chi-square without correction", _pearson),
    CountTest("fisher", "Fisher's exact test", _fisher),
    CountTest("g", "likelihood-ratio chi-square", _g),
    CountTest("trend", "linear trend", _trend, needs_order=True),
    CountTest("wilcoxon", "Wilcoxon rank-sum on the levels", _rank_sum, needs_order=True),
)


def attempts(variable: Variable, table: ComparisonClaim) -> list[Attempt]:
    """Return all tests of one row of Table 1 that apply; none for medians, which do not determine a test."""
    if variable.counts:
        return list(_of_counts(variable, table))
    return list(_of_means(variable, table)) if variable.means else []


def _of_counts(variable: Variable, table: ComparisonClaim) -> Iterator[Attempt]:
    numbers = [_is_number(level) for level in variable.counts if not _is_unknown(level, variable)]
    is_ordered = all(numbers) if variable.ordered is None else variable.ordered
    for condition, counts in versions(variable, table):
        filled = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
        if min(filled.shape, default=0) < 2:
            continue
        for test in COUNT_TESTS:
            if test.needs_order and not is_ordered:
                continue
            p = test.p(filled)
            if np.isfinite(p):
                yield Attempt(test.key, test.words, p, p, p, condition, _is_usual(test.key, table.tests))


def versions(variable: Variable, table: ComparisonClaim) -> Iterator[tuple[str, Counts]]:
    """Yield the table of counts as printed, without an unknown level, and with missing patients as a level."""
    counts = as_counts(variable)
    yield "", counts
    known = np.array([not _is_unknown(level, variable) for level in variable.counts])
    if not known.all() and known.any():
        left_out = ", ".join(level for level in variable.counts if _is_unknown(level, variable))
        yield f"the level {left_out} is left out", counts[known]
    missing = np.array(list(table.groups.values())) - counts.sum(axis=0)
    if (missing >= 0).all() and missing.any():
        yield "missing values are a level of their own", np.vstack([counts, missing])


def as_counts(variable: Variable) -> Counts:
    """Return the counts, levels x groups."""
    return np.array([[cell.count for cell in row] for row in variable.counts.values()], dtype=np.int64)


def _is_unknown(level: str, variable: Variable) -> bool:
    return level.strip().casefold() in {word.casefold() for word in variable.unknown_levels}


def _is_number(level: str) -> bool:
    return level.strip().lstrip("TNGMtngm").rstrip("+").isdigit()


def _is_usual(test: TestName, named: Sequence[TestName]) -> bool:
    if not named:
        return test not in _UNUSUAL
    return test in named or (test == "yates" and "pearson" in named)


def _of_means(variable: Variable, table: ComparisonClaim) -> Iterator[Attempt]:
    sizes = tuple(table.groups.values())
    missing = variable.missing or (0,) * len(sizes)
    n = tuple(size - absent for size, absent in zip(sizes, missing, strict=True))
    if min(n) < 2 or len(n) < 2:
        return
    box = list(_box(variable))
    for key, words, test in _mean_tests(len(n)):
        middle, *corners = ([Summary(*pair, k) for pair, k in zip(point, n, strict=True)] for point in box)
        value = test(middle)
        if np.isfinite(value):
            around = [p if np.isfinite(p) else 0.0 for p in map(test, corners)] + [value]  # no spread: any p
            high = 1.0 if len(n) == 2 and _means_may_be_equal(variable) else max(around)
            yield Attempt(key, words, min(around), value, high, "", _is_usual(key, table.tests))
        elif any(cell.sd.value == 0 for cell in variable.means):
            yield Attempt(key, words, 0.0, value, 1.0, "", _is_usual(key, table.tests))


def with_missing(variable: Variable, table: ComparisonClaim, p: Printed) -> Attempt | None:
    """Return the first test of means that gives p where up to a tenth of each group has no value.

    Only where the paper does not tell how many values are missing; the fewest missing values first.
    """
    sizes = list(table.groups.values())
    if not variable.means or variable.missing is not None or len(sizes) != 2:
        return None
    most = [min(MOST_MISSING, n // 10) for n in sizes]
    for missing in sorted(itertools.product(*(range(k + 1) for k in most)), key=sum)[1:]:
        fewer = variable.model_copy(update={"missing": missing})
        for attempt in _of_means(fewer, table):
            if attempt.is_usual and attempt.gives(p):
                absent = " and ".join(f"{k} {g}" for k, g in zip(missing, table.groups, strict=True) if k)
                return replace(attempt, condition=f"the value of {absent} patients is missing")
    return None


def _mean_tests(n_groups: int) -> Iterator[tuple[TestName, str, Callable[[Sequence[Summary]], float]]]:
    if n_groups > 2:
        yield "anova", "analysis of variance", lambda g: anova_from_summaries(g).p_value
        return
    yield "student", "Student's t test (pooled)", lambda g: t_test_from_summaries(g[0], g[1]).p_value
    yield "welch", "Welch's t test", lambda g: t_test_from_summaries(g[0], g[1], pooled=False).p_value


def _box(variable: Variable) -> Iterator[tuple[tuple[float, float], ...]]:
    """Yield the printed (mean, sd) of all groups, then the corners of the box of numbers that print so."""
    yield tuple((float(cell.mean), float(cell.sd)) for cell in variable.means)
    ends = [
        [float(number.span().low), float(number.span().high)]
        for cell in variable.means
        for number in (cell.mean, cell.sd)
    ]
    for corner in itertools.islice(itertools.product(*ends), MAX_CORNERS):
        yield tuple((corner[i], max(0.0, corner[i + 1])) for i in range(0, len(corner), 2))


def _means_may_be_equal(variable: Variable) -> bool:
    first, second = (cell.mean.span() for cell in variable.means)
    return first.meets(second.low, second.high)
