"""Tests of whether two groups of patients differ in a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.vocabulary import TableError

Method = Literal["auto", "auto-student", "t", "welch", "wilcoxon"]
Array = NDArray[np.float64]
_NAN = float("nan")
_EXACT_BELOW = 50  # R's wilcox.test counts permutations where both groups are smaller and nothing ties
_IF_NORMAL = {"auto": "welch", "auto-student": "t"}
_NORMAL_ALPHA = 0.05  # Shapiro-Wilk below this in either group sends them to Wilcoxon


@dataclass(frozen=True, slots=True)
class TestResult:
    """One two-sided test of two groups.

    Attributes
    ----------
    test : str
        ``Student t``, ``Welch t``, ``Wilcoxon rank-sum (exact)`` or ``Wilcoxon rank-sum``.
    statistic : float
        t, or R's W (number of pairs in which the first group is higher; ties count one half).
    p_value : float in [0, 1]
        Two-sided; NaN with a reason.
    df : float
        Degrees of freedom; NaN for Wilcoxon.
    effect : str
        ``Cohen's d`` or ``rank-biserial r``; positive where the first group is higher.
    effect_size : float
        Its value; NaN with a reason.
    n_a, n_b : int
        Patients with a value, in each group.
    mean_a, mean_b, median_a, median_b : float
        Of the values that are there; NaN for an empty group.
    reason : str or None
        Why a number above is NaN, or why "auto" could not test for normality.
    """

    __test__ = False  # not a test class, whatever pytest thinks of the name

    test: str
    statistic: float
    p_value: float
    df: float
    effect: str
    effect_size: float
    n_a: int
    n_b: int
    mean_a: float
    mean_b: float
    median_a: float
    median_b: float
    reason: str | None = None


def compare_two_groups(a: ArrayLike, b: ArrayLike, method: Method = "auto") -> TestResult:
    """Compare a number between two groups.

    Parameters
    ----------
    a, b : array_like of float
        Values of the groups; NaN marks a patient without a value, who is left out.
    method : {"auto", "auto-student", "t", "welch", "wilcoxon"}
        ``auto``: Welch's t where Shapiro-Wilk has p >= .05 in both groups, else Wilcoxon. ``auto-student``: the
        same with Student's pooled t, as Su et al. 2022 did. ``t`` is Student's.

    Returns
    -------
    TestResult
        With a reason, and NaN for p, where a group is too small or nothing varies.

    Raises
    ------
    TableError
        ``TAB-59`` for an infinite value.

    References
    ----------
    Equal to R ``t.test(var.equal = TRUE)``, ``t.test`` and ``wilcox.test`` (exact where both groups have
    fewer than 50 values and none tie, else normal with ties and continuity corrected). Effects: Cohen's d
    with the pooled sd; rank-biserial r = 2 W / (n_a n_b) - 1 (Wendt 1972).
    """
    x, y = present_values(a), present_values(b)
    return _TESTS[_choose(x, y, method)](x, y)


def present_values(values: ArrayLike) -> Array:
    """Return the values that are there as float64; TAB-59 for an infinite one."""
    array = np.asarray(values, dtype=np.float64).ravel()
    array = array[~np.isnan(array)]
    if not np.isfinite(array).all():
        raise TableError("TAB-59", "infinite values cannot be compared", found=int(np.isinf(array).sum()))
    return array


def _choose(x: Array, y: Array, method: Method) -> str:
    if method not in _IF_NORMAL:
        return method
    return _IF_NORMAL[method] if looks_normal(x) and looks_normal(y) else "wilcoxon"


def looks_normal(x: Array) -> bool:
    """Tell whether Shapiro-Wilk lets the values pass for normal; never below 3 or above 5,000 values."""
    from scipy.stats import shapiro

    if x.size < 3 or x.size > 5000 or _is_constant(x):
        return False
    return bool(shapiro(x).pvalue >= _NORMAL_ALPHA)


def _is_constant(x: Array) -> bool:
    return bool(np.ptp(x) <= 1e-12 * np.abs(x).max(initial=0.0))


def _student(x: Array, y: Array) -> TestResult:
    return _t_test("Student t", x, y, pooled=True)


def _welch(x: Array, y: Array) -> TestResult:
    return _t_test("Welch t", x, y, pooled=False)


def _t_test(name: str, x: Array, y: Array, *, pooled: bool) -> TestResult:
    from scipy.stats import ttest_ind

    if min(x.size, y.size) < 2:
        return _undone(name, "Cohen's d", x, y, "a group has fewer than two values")
    if _is_constant(x) and _is_constant(y):
        return _undone(name, "Cohen's d", x, y, "nothing varies within the groups")
    outcome = ttest_ind(x, y, equal_var=pooled)
    n = x.size + y.size
    variance = ((x.size - 1) * x.var(ddof=1) + (y.size - 1) * y.var(ddof=1)) / (n - 2)
    d = float((x.mean() - y.mean()) / variance**0.5)
    return _result(
        x,
        y,
        test=name,
        effect="Cohen's d",
        statistic=float(outcome.statistic),
        p_value=float(outcome.pvalue),
        df=float(outcome.df),
        effect_size=d,
    )


def _wilcoxon(x: Array, y: Array) -> TestResult:
    from scipy.stats import mannwhitneyu

    name, effect = "Wilcoxon rank-sum", "rank-biserial r"
    if min(x.size, y.size) < 1:
        return _undone(name, effect, x, y, "a group is empty")
    both = np.concatenate([x, y])
    distinct = np.unique(both).size
    if distinct == 1:
        return _undone(name, effect, x, y, "all values are equal")
    exact = distinct == both.size and max(x.size, y.size) < _EXACT_BELOW
    outcome = mannwhitneyu(x, y, method="exact" if exact else "asymptotic", use_continuity=True)
    r = 2.0 * float(outcome.statistic) / (x.size * y.size) - 1.0
    return _result(
        x,
        y,
        test=name + (" (exact)" if exact else ""),
        effect=effect,
        statistic=float(outcome.statistic),
        p_value=min(1.0, float(outcome.pvalue)),
        effect_size=r,
    )


_TESTS: dict[str, Callable[[Array, Array], TestResult]] = {
    "t": _student,
    "welch": _welch,
    "wilcoxon": _wilcoxon,
}


def _undone(name: str, effect: str, x: Array, y: Array, reason: str) -> TestResult:
    return _result(x, y, test=name, effect=effect, reason=reason)


def _result(
    x: Array,
    y: Array,
    *,
    test: str,
    effect: str,
    statistic: float = _NAN,
    p_value: float = _NAN,
    df: float = _NAN,
    effect_size: float = _NAN,
    reason: str | None = None,
) -> TestResult:
    mean_a, mean_b = (float(v.mean()) if v.size else _NAN for v in (x, y))
    median_a, median_b = (float(np.median(v)) if v.size else _NAN for v in (x, y))
    return TestResult(
        test=test,
        statistic=statistic,
        p_value=p_value,
        df=df,
        effect=effect,
        effect_size=effect_size,
        n_a=x.size,
        n_b=y.size,
        mean_a=mean_a,
        mean_b=mean_b,
        median_a=median_a,
        median_b=median_b,
        reason=reason,
    )
