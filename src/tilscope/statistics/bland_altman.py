"""Agreement of two readings of one quantity: bias, limits of agreement, and whether they depend on its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.vocabulary import TableError

LimitInterval = Literal["exact", "approximate"]
MIN_PAIRS = 3


@dataclass(frozen=True, slots=True)
class IntervalEstimate:
    """A number and its confidence interval, in the unit of the readings (or dimensionless)."""

    value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True, eq=False)
class BlandAltman:
    """Agreement of two readings; differences are second minus first.

    Attributes
    ----------
    mean, difference : ndarray of float, shape (n,)
        Mean and difference of each complete pair, in the order given.
    bias : IntervalEstimate
        Mean difference, and its t interval.
    bias_p_value, bias_t : float
        Paired t test that there is none; t is infinite where all differences are alike and not zero.
    sd : float
        Standard deviation of the differences (1/(n - 1)).
    lower, upper : IntervalEstimate
        Limits between which ``coverage`` of the differences lie.
    slope : IntervalEstimate
        Change of the difference per unit of the mean; NaN where all means are equal.
    slope_p_value, slope_t : float
        Test of proportional bias: the slope is zero.
    n, n_left_out : int
        Complete pairs, and pairs left out because a reading is missing.
    coverage, confidence : float
        Of the limits, and of all intervals.
    interval : {"exact", "approximate"}
        How the limits' intervals were made.
    """

    mean: NDArray[np.float64]
    difference: NDArray[np.float64]
    bias: IntervalEstimate
    bias_p_value: float
    bias_t: float
    sd: float
    lower: IntervalEstimate
    upper: IntervalEstimate
    slope: IntervalEstimate
    slope_p_value: float
    slope_t: float
    n: int
    n_left_out: int
    coverage: float
    confidence: float
    interval: LimitInterval


def bland_altman(
    first: ArrayLike,
    second: ArrayLike,
    *,
    coverage: float = 0.95,
    confidence: float = 0.95,
    interval: LimitInterval = "exact",
) -> BlandAltman:
    """Bias and limits of agreement of two readings, with their intervals.

    Parameters
    ----------
    first, second : array_like of float, shape (n,)
        The two readings of each patient, in one unit. Pairs with a missing reading are left out and counted.
    coverage : float in (0, 1)
        Share of the differences between the limits; .95 puts them 1.96 standard deviations from the bias.
    confidence : float in (0, 1)
        Level of the intervals.
    interval : {"exact", "approximate"}
        Of the limits: by the noncentral t distribution, or by their large-sample standard error.

    Returns
    -------
    BlandAltman

    Raises
    ------
    TableError
        ``TAB-60`` for readings of different number, or fewer than 3 complete pairs.

    References
    ----------
    Bland & Altman, Lancet 1986;1:307 and Stat Methods Med Res 1999;8:135 (approximate intervals, slope);
    Carkeet, Optom Vis Sci 2015;92:e71 (exact intervals of each limit). Equal to R (``t.test``, ``lm``, ``pt``).
    """
    a, b = (np.asarray(x, dtype=np.float64) for x in (first, second))
    known = np.isfinite(a) & np.isfinite(b) if a.shape == b.shape and a.ndim == 1 else np.zeros(0, dtype=bool)
    n = int(known.sum())
    if n < MIN_PAIRS:
        raise TableError(
            "TAB-60",
            "there are too few pairs of readings",
            found=n if known.size else f"shapes {a.shape} and {b.shape}",
            expected=f"at least {MIN_PAIRS} patients with both readings",
            remedy="Give both readings of the same patients, in the same order.",
        )
    mean, difference = (a[known] + b[known]) / 2.0, b[known] - a[known]
    bias, p_value, t_of_bias = _mean_with_interval(difference, confidence)
    sd = float(difference.std(ddof=1))
    lower, upper = _limits(bias.value, sd, n, coverage, confidence, interval)
    slope, slope_p, t_of_slope = _slope(mean, difference, confidence)
    return BlandAltman(
        mean,
        difference,
        bias,
        p_value,
        t_of_bias,
        sd,
        lower,
        upper,
        slope,
        slope_p,
        t_of_slope,
        n,
        int(known.size) - n,
        coverage,
        confidence,
        interval,
    )


def _mean_with_interval(
    difference: NDArray[np.float64], confidence: float
) -> tuple[IntervalEstimate, float, float]:
    from scipy.stats import t

    n = difference.size
    mean, error = float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(n))
    half = float(t.ppf(0.5 + confidence / 2, n - 1)) * error
    statistic = _t_value(mean, error)
    p_value = 2.0 * float(t.sf(abs(statistic), n - 1))
    return IntervalEstimate(mean, mean - half, mean + half), p_value, statistic


def _t_value(estimate: float, error: float) -> float:
    """Return their ratio; without any error all is certain, whatever the estimate."""
    if error > 0.0:
        return estimate / error
    return 0.0 if estimate == 0.0 else float(np.copysign(np.inf, estimate))


def _limits(
    bias: float, sd: float, n: int, coverage: float, confidence: float, interval: LimitInterval
) -> tuple[IntervalEstimate, IntervalEstimate]:
    """Return the lower and the upper limit; their intervals mirror each other around the bias."""
    from scipy.stats import nct, norm, t

    z = float(norm.ppf(0.5 + coverage / 2))
    if interval == "exact":
        tails = [(1.0 - confidence) / 2, (1.0 + confidence) / 2]
        near, far = (float(q) * sd / np.sqrt(n) for q in nct.ppf(tails, n - 1, z * np.sqrt(n)))
    else:
        half = float(t.ppf(0.5 + confidence / 2, n - 1)) * sd * np.sqrt(1.0 / n + z**2 / (2.0 * (n - 1)))
        near, far = z * sd - half, z * sd + half
    return (
        IntervalEstimate(bias - z * sd, float(bias - far), float(bias - near)),
        IntervalEstimate(bias + z * sd, float(bias + near), float(bias + far)),
    )


def _slope(
    mean: NDArray[np.float64], difference: NDArray[np.float64], confidence: float
) -> tuple[IntervalEstimate, float, float]:
    """Return the regression of the difference on the mean, and the test of its slope."""
    from scipy.stats import t

    x, y, df = mean - mean.mean(), difference - difference.mean(), mean.size - 2
    spread = float(x @ x)
    if spread == 0.0:
        return IntervalEstimate(np.nan, np.nan, np.nan), np.nan, np.nan
    slope = float(x @ y) / spread
    residual = y - slope * x
    error = float(np.sqrt(residual @ residual / df / spread))
    half = float(t.ppf(0.5 + confidence / 2, df)) * error
    statistic = _t_value(slope, error)
    p_value = 2.0 * float(t.sf(abs(statistic), df))
    return IntervalEstimate(slope, slope - half, slope + half), p_value, statistic
