"""Tests from what papers print: group sizes, means, standard deviations, and the counts of ordered levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tilscope.vocabulary import TableError


@dataclass(frozen=True, slots=True)
class Summary:
    """One group as it is printed.

    Attributes
    ----------
    mean : float
        In the variable's unit.
    sd : float >= 0
        Standard deviation with n - 1.
    n : int >= 2
        Patients with a value.
    """

    mean: float
    sd: float
    n: int


@dataclass(frozen=True, slots=True)
class SummaryTest:
    """A two-sided test from summaries.

    Attributes
    ----------
    test : str
        ``Student t``, ``Welch t``, ``ANOVA``, ``linear trend`` or ``Wilcoxon rank-sum``.
    statistic : float
        t, F, M-squared or z.
    df : float
        Degrees of freedom (of F: within groups); NaN for Wilcoxon.
    p_value : float in [0, 1]
        Two-sided; NaN with a reason.
    reason : str or None
        Why numbers are NaN.
    """

    test: str
    statistic: float
    df: float
    p_value: float
    reason: str | None = None


_NAN = float("nan")


def t_test_from_summaries(a: Summary, b: Summary, *, pooled: bool = True) -> SummaryTest:
    """Compare two means.

    Parameters
    ----------
    a, b : Summary
        The groups.
    pooled : bool
        Student's t with a pooled variance; else Welch's.

    Raises
    ------
    TableError
        ``TAB-59`` for fewer than two patients in a group or a negative sd.

    References
    ----------
    Equal to R ``BSDA::tsum.test(var.equal = TRUE / FALSE)`` and scipy ``ttest_ind_from_stats``.
    """
    from scipy.stats import ttest_ind_from_stats

    _check((a, b))
    name = "Student t" if pooled else "Welch t"
    if a.sd == 0 and b.sd == 0:
        return SummaryTest(name, _NAN, _NAN, _NAN, "nothing varies within the groups")
    outcome = ttest_ind_from_stats(a.mean, a.sd, a.n, b.mean, b.sd, b.n, equal_var=pooled)
    shares = np.array([a.sd**2 / a.n, b.sd**2 / b.n])
    welch = float(shares.sum() ** 2 / (shares**2 / np.array([a.n - 1, b.n - 1])).sum())
    df = float(a.n + b.n - 2) if pooled else welch
    return SummaryTest(name, float(outcome.statistic), df, float(outcome.pvalue))


def anova_from_summaries(groups: Sequence[Summary]) -> SummaryTest:
    """Compare the means of two or more groups by one-way analysis of variance.

    Raises
    ------
    TableError
        ``TAB-59`` for fewer than two groups, fewer than two patients in one, or a negative sd.

    References
    ----------
    Equal to R ``oneway.test(var.equal = TRUE)`` on data with these summaries.
    """
    from scipy.stats import f

    _check(groups)
    n = np.array([g.n for g in groups], dtype=np.float64)
    means = np.array([g.mean for g in groups])
    within = float(((n - 1) * np.array([g.sd for g in groups]) ** 2).sum())
    df_between, df_within = len(groups) - 1, float(n.sum() - len(groups))
    if within == 0:
        return SummaryTest("ANOVA", _NAN, df_within, _NAN, "nothing varies within the groups")
    between = float((n * (means - (n * means).sum() / n.sum()) ** 2).sum())
    ratio = (between / df_between) / (within / df_within)
    return SummaryTest("ANOVA", ratio, df_within, float(f.sf(ratio, df_between, df_within)))


def trend_test(counts: ArrayLike) -> SummaryTest:
    """Test for a linear trend over ordered levels (Mantel's linear-by-linear association).

    Parameters
    ----------
    counts : array_like of int, shape (levels, groups)
        Levels and groups score 1, 2, 3, ...

    References
    ----------
    Mantel, J Am Stat Assoc 1963;58:690: ``(n - 1) r^2`` with one degree of freedom. Equal to R
    ``coin::lbl_test``; for two groups nearly the Cochran-Armitage test.
    """
    from scipy.stats import chi2

    table = np.asarray(counts, dtype=np.float64)
    total = table.sum()
    rows, columns = np.indices(table.shape)
    row_mean, column_mean = (table * rows).sum() / total, (table * columns).sum() / total
    covariance = (table * (rows - row_mean) * (columns - column_mean)).sum()
    spread = (table * (rows - row_mean) ** 2).sum() * (table * (columns - column_mean) ** 2).sum()
    if spread == 0:
        return SummaryTest("linear trend", _NAN, 1.0, _NAN, "nothing varies")
    statistic = float((total - 1) * covariance**2 / spread)
    return SummaryTest("linear trend", statistic, 1.0, float(chi2.sf(statistic, 1)))


def rank_sum_from_counts(counts: ArrayLike) -> SummaryTest:
    """Compare two groups on ordered levels by Wilcoxon's rank-sum test, normal, corrected for ties and continuity.

    Parameters
    ----------
    counts : array_like of int, shape (levels, 2)
        Patients per level and group, levels in their order.

    References
    ----------
    Equal to R ``wilcox.test(exact = FALSE)`` on the levels' ranks.
    """
    from scipy.stats import norm

    table = np.asarray(counts, dtype=np.float64)
    n_a, n_b = table.sum(axis=0)
    n, per_level = n_a + n_b, table.sum(axis=1)
    middle_ranks = np.cumsum(per_level) - (per_level - 1) / 2
    w = float((table[:, 0] * middle_ranks).sum() - n_a * (n_a + 1) / 2)
    ties = float((per_level**3 - per_level).sum())
    variance = n_a * n_b / 12 * ((n + 1) - ties / (n * (n - 1)))
    if not variance > 0:
        return SummaryTest("Wilcoxon rank-sum", _NAN, _NAN, _NAN, "nothing varies")
    gap = w - n_a * n_b / 2
    z = float((gap - np.sign(gap) * 0.5) / variance**0.5)
    return SummaryTest("Wilcoxon rank-sum", z, _NAN, float(min(1.0, 2 * norm.sf(abs(z)))))


def _check(groups: Sequence[Summary]) -> None:
    if len(groups) < 2 or any(g.n < 2 or g.sd < 0 for g in groups):
        raise TableError(
            "TAB-59",
            "the summaries cannot be compared",
            found=f"{len(groups)} groups, smallest n {min((g.n for g in groups), default=0)}",
            expected="at least two groups of at least two patients, sd >= 0",
        )
