"""Tests of whether several groups of patients differ in a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.statistics.groups import looks_normal, present_values

SeveralMethod = Literal["auto", "anova", "welch-anova", "kruskal-wallis"]
Array = NDArray[np.float64]
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class SeveralGroupsResult:
    """One test of several groups.

    Attributes
    ----------
    test : str
        ``ANOVA``, ``Welch ANOVA`` or ``Kruskal-Wallis``.
    statistic : float
        F, or H (chi-square) of Kruskal-Wallis, corrected for ties.
    df_between, df_within : float
        Degrees of freedom; ``df_within`` is NaN for Kruskal-Wallis.
    p_value : float in [0, 1]
        NaN with a reason.
    reason : str or None
        Why p is NaN.
    """

    test: str
    statistic: float
    df_between: float
    df_within: float
    p_value: float
    reason: str | None = None


def compare_several_groups(
    groups: Sequence[ArrayLike], method: SeveralMethod = "auto"
) -> SeveralGroupsResult:
    """Compare a number between two or more groups.

    Parameters
    ----------
    groups : sequence of array_like of float
        Values of each group; NaN marks a patient without a value, who is left out.
    method : {"auto", "anova", "welch-anova", "kruskal-wallis"}
        ``auto``: Welch's ANOVA where Shapiro-Wilk has p >= .05 in every group, else Kruskal-Wallis.

    Returns
    -------
    SeveralGroupsResult
        With a reason, and NaN for p, where a group is too small or does not vary.

    Raises
    ------
    TableError
        ``TAB-59`` for an infinite value.

    References
    ----------
    Equal to R ``oneway.test(var.equal = TRUE)``, ``oneway.test`` (Welch, Biometrika 1951;38:330) and
    ``kruskal.test``.
    """
    parts = [present_values(group) for group in groups]
    if method == "auto":
        method = "welch-anova" if all(looks_normal(part) for part in parts) else "kruskal-wallis"
    return _TESTS[method](parts)


def _anova(parts: list[Array]) -> SeveralGroupsResult:
    from scipy.stats import f_oneway

    name = "ANOVA"
    if min(part.size for part in parts) < 2:
        return _undone(name, "a group has fewer than two values")
    if all(np.ptp(part) == 0 for part in parts):
        return _undone(name, "nothing varies within the groups")
    outcome = f_oneway(*parts)
    within = sum(part.size for part in parts) - len(parts)
    return SeveralGroupsResult(
        name, float(outcome.statistic), len(parts) - 1.0, float(within), float(outcome.pvalue)
    )


def _welch_anova(parts: list[Array]) -> SeveralGroupsResult:
    from scipy.stats import f as f_distribution

    name = "Welch ANOVA"
    if min(part.size for part in parts) < 2:
        return _undone(name, "a group has fewer than two values")
    if any(np.ptp(part) == 0 for part in parts):
        return _undone(name, "nothing varies within a group")
    sizes = np.array([part.size for part in parts], dtype=np.float64)
    means = np.array([part.mean() for part in parts])
    weights = sizes / np.array([part.var(ddof=1) for part in parts])
    between = len(parts) - 1.0
    grand_mean = (weights * means).sum() / weights.sum()
    unevenness = ((1.0 - weights / weights.sum()) ** 2 / (sizes - 1.0)).sum() / (between * (between + 2.0))
    signal = (weights * (means - grand_mean) ** 2).sum() / between
    statistic = float(signal / (1.0 + 2.0 * (between - 1.0) * unevenness))
    within = float(1.0 / (3.0 * unevenness))
    p_value = float(f_distribution.sf(statistic, between, within))
    return SeveralGroupsResult(name, statistic, between, within, p_value)


def _kruskal_wallis(parts: list[Array]) -> SeveralGroupsResult:
    from scipy.stats import kruskal

    name = "Kruskal-Wallis"
    if min(part.size for part in parts) < 1:
        return _undone(name, "a group is empty")
    if np.unique(np.concatenate(parts)).size == 1:
        return _undone(name, "all values are equal")
    outcome = kruskal(*parts)
    return SeveralGroupsResult(name, float(outcome.statistic), len(parts) - 1.0, _NAN, float(outcome.pvalue))


def _undone(name: str, reason: str) -> SeveralGroupsResult:
    return SeveralGroupsResult(name, _NAN, _NAN, _NAN, _NAN, reason)


_TESTS: dict[str, Callable[[list[Array]], SeveralGroupsResult]] = {
    "anova": _anova,
    "welch-anova": _welch_anova,
    "kruskal-wallis": _kruskal_wallis,
}
