"""How large a difference between two groups of patients is, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.statistics.groups import TestResult, present_values
from tilscope.statistics.roc import roc_auc

Array = NDArray[np.float64]
_NAN = float("nan")
_FEW = 50  # as R's wilcox.test: exact where both groups are smaller and nothing ties
_RANK = "Wilcoxon"


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """The two sizes of one difference between groups; positive where the first group is higher.

    Attributes
    ----------
    difference, difference_ci_low, difference_ci_high : float
        In the variable's unit: of the means with a t test, Hodges and Lehmann's shift with Wilcoxon's.
    effect_size, effect_ci_low, effect_ci_high : float
        Without unit: Cohen's d with a t test, rank-biserial r with Wilcoxon's.
    reason : str or None
        Why a number above is NaN.
    """

    difference: float
    difference_ci_low: float
    difference_ci_high: float
    effect_size: float
    effect_ci_low: float
    effect_ci_high: float
    reason: str | None = None


def two_group_effect(a: ArrayLike, b: ArrayLike, result: TestResult, confidence: float = 0.95) -> GroupEffect:
    """Estimate how much two groups differ, in the measures that belong to the test that was done.

    Parameters
    ----------
    a, b : array_like of float
        Values of the groups as they were tested; NaN marks a patient without a value.
    result : TestResult
        Of `tilscope.statistics.compare_two_groups` for the same values.
    confidence : float in (0, 1)
        Level of both intervals.

    Returns
    -------
    GroupEffect
        NaN with the test's reason where there was no test; no interval of rank-biserial r where the groups do not
        overlap.

    References
    ----------
    Student's and Welch's t: difference of means as R ``t.test``; Cohen's d by inverting the noncentral t
    distribution of Student's t (Steiger & Fouladi 1997), which takes the variances for equal. Wilcoxon:
    difference and interval as R ``wilcox.test(conf.int = TRUE)`` (Hodges & Lehmann 1963); rank-biserial r is
    2 AUC - 1, with twice the interval of `tilscope.statistics.roc_auc` (DeLong's variance, on the AUC's logit).
    """
    x, y = present_values(a), present_values(b)
    if np.isnan(result.p_value):
        return GroupEffect(_NAN, _NAN, _NAN, _NAN, _NAN, _NAN, result.reason)
    if result.test.startswith(_RANK):
        return _of_ranks(x, y, result, confidence)
    return _of_means(x, y, result, confidence)


def _of_means(x: Array, y: Array, result: TestResult, confidence: float) -> GroupEffect:
    from scipy.stats import t

    difference = float(x.mean() - y.mean())
    half = float(t.ppf(0.5 + confidence / 2, result.df)) * _standard_error(x, y, result)
    low, high = cohens_d_interval(result.effect_size, x.size, y.size, confidence)
    reason = "no interval of Cohen's d at so large a difference" if np.isnan(low) else None
    return GroupEffect(
        difference, difference - half, difference + half, result.effect_size, low, high, reason
    )


def _standard_error(x: Array, y: Array, result: TestResult) -> float:
    """Of the difference of means: pooled where the test was Student's, else Welch's."""
    variances = np.array([x.var(ddof=1), y.var(ddof=1)])
    sizes = np.array([x.size, y.size], dtype=np.float64)
    if result.test == "Student t":
        variances = np.full(2, float((variances * (sizes - 1)).sum() / (sizes.sum() - 2)))
    return float(np.sqrt((variances / sizes).sum()))


def cohens_d_interval(d: float, n_a: int, n_b: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of Cohen's d (pooled sd) of two groups, from the noncentral t distribution.

    The ends are the true values of d under which a t as high, or as low, as the observed one has a probability of
    half of ``1 - confidence`` (Steiger & Fouladi 1997). NaN where the distribution cannot be inverted.
    """
    from scipy.optimize import brentq
    from scipy.stats import nct, norm

    scale = (1 / n_a + 1 / n_b) ** 0.5
    t, df = (
        abs(d) / scale,
        n_a + n_b - 2,
    )  # scipy inverts the upper half only; the lower one is its mirror image
    # t = 0 has its lower end at minus a normal quantile; further down the distribution is NaN here and there
    lowest = -1.0 - float(norm.ppf(0.5 + confidence / 2))
    highest = t + 8.0 * (1.0 + t * t / (2.0 * df)) ** 0.5

    def end(probability: float) -> float:
        def excess(ncp: float) -> float:
            return float(nct.cdf(t, df, ncp)) - probability

        if not excess(lowest) > 0.0 > excess(highest):
            return _NAN
        return float(brentq(excess, lowest, highest, xtol=1e-12)) * scale

    low, high = end(0.5 + confidence / 2), end(0.5 - confidence / 2)
    if np.isnan([low, high]).any():
        return _NAN, _NAN
    return (low, high) if d >= 0 else (-high, -low)


def _of_ranks(x: Array, y: Array, result: TestResult, confidence: float) -> GroupEffect:
    shift, low, high = hodges_lehmann(x, y, confidence)
    labels = ["a"] * x.size + ["b"] * y.size
    auc = roc_auc(labels, np.concatenate([x, y]), "a", confidence=confidence)
    reason = "too few values for an interval at this level" if np.isnan(low) else auc.reason
    return GroupEffect(shift, low, high, result.effect_size, 2 * auc.ci_low - 1, 2 * auc.ci_high - 1, reason)


def hodges_lehmann(a: Array, b: Array, confidence: float = 0.95) -> tuple[float, float, float]:
    """Return the median of all differences between a value of ``a`` and one of ``b``, with its interval.

    Parameters
    ----------
    a, b : ndarray of float
        At least one value each, none missing.
    confidence : float in (0, 1)
        The interval's ends are differences themselves: exact (of at least this level) where both groups have fewer
        than 50 values and none tie, else by the normal approximation with ties and continuity corrected.

    Returns
    -------
    (shift, low, high) in the values' unit; no interval where the groups are too small for this level.

    References
    ----------
    Hodges & Lehmann 1963; the exact interval equals R ``wilcox.test(conf.int = TRUE)`` (but where it has exactly
    the level asked for, as with 3 against 3 at 90 %), the other one to the precision of R's root finder (1e-4).
    """
    differences = np.sort((a[:, None] - b[None, :]).ravel())
    tied = np.unique(np.concatenate([a, b])).size < a.size + b.size
    is_exact = not tied and max(a.size, b.size) < _FEW
    rank = (_exact_rank if is_exact else _normal_rank)(a, b, confidence)
    last = differences.size - 1
    shift = float(np.median(differences))
    if rank < 0:
        return shift, _NAN, _NAN
    return shift, float(differences[rank]), float(differences[last - rank])


def _exact_rank(a: Array, b: Array, confidence: float) -> int:
    below = np.cumsum(_rank_sum_probabilities(min(a.size, b.size), max(a.size, b.size)))
    return int(np.searchsorted(below, (1 - confidence) / 2 * (1 + 1e-12), side="right")) - 1


def _normal_rank(a: Array, b: Array, confidence: float) -> int:
    from scipy.stats import norm

    n = a.size + b.size
    counts = np.concatenate([np.unique(v, return_counts=True)[1] for v in (a, b)]).astype(np.float64)
    ties = float((counts**3 - counts).sum()) / (n * (n - 1.0))
    sd = (a.size * b.size / 12.0 * (n + 1.0 - ties)) ** 0.5
    return int(np.ceil(a.size * b.size / 2 - 0.5 - float(norm.ppf(0.5 + confidence / 2)) * sd)) - 1


@lru_cache(maxsize=256)
def _rank_sum_probabilities(n_few: int, n_many: int) -> Array:
    """Return the probability of every value 0 .. n_few * n_many of Mann and Whitney's U if the groups are alike.

    By additions only: groups of growing size are drawn from ranks that are offered one by one.
    """
    size = n_few * n_many + 1
    ways = np.zeros((n_few + 1, size))
    ways[0, 0] = 1.0
    for offered in range(n_few + n_many):
        for drawn in range(min(offered, n_few - 1), -1, -1):
            # the next rank beats every one offered before it that was not drawn
            beaten = offered - drawn
            if beaten < size:
                ways[drawn + 1, beaten:] += ways[drawn, : size - beaten]
    return np.asarray(ways[n_few] / ways[n_few].sum())
