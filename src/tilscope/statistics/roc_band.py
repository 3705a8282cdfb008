"""Exact confidence band around a ROC curve: which sensitivities fit each false positive rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.statistics.roc import RocCurve

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RocBand:
    """Limits of the sensitivity, as steps over the false positive rate.

    Attributes
    ----------
    fpr : ndarray of float in [0, 1], shape (n_steps + 1,)
        Where the steps begin, from 0, and 1 as the end of the last; empty where a class is absent.
    ci_low, ci_high : ndarray of float in [0, 1], shape (n_steps + 1,)
        Limits from each place to the next; the last pair repeats the one before.
    confidence : float
        Level at each single false positive rate (pointwise, not of the whole curve at once).
    """

    fpr: Array
    ci_low: Array
    ci_high: Array
    confidence: float


def roc_band(curve: RocCurve, *, confidence: float = 0.95) -> RocBand:
    """Return the pointwise, exact band of a ROC curve; no distribution and no sample size is assumed.

    At the threshold whose true false positive rate is x, the number of negatives called positive is binomial
    (n, x) and, independently, that of positives called positive is binomial (m, sensitivity). So with
    probability ``confidence`` or more this threshold is among the points of the empirical curve whose exact
    interval of the false positive rate holds x, and its exact interval of the sensitivity holds the true one,
    where both intervals have the level sqrt(confidence). The band at x spans the sensitivity intervals of all
    these points. It is wider than a bootstrap's, whose width is zero where no positive patient is missed.

    Parameters
    ----------
    curve : RocCurve
        From (0, 0) to (1, 1).
    confidence : float in (0, 1)
        Level at each false positive rate.

    Returns
    -------
    RocBand

    References
    ----------
    Clopper & Pearson, Biometrika 1934;26:404 (the intervals; R ``binom.test``); Pepe, The Statistical Evaluation
    of Medical Tests, Oxford 2003 (their product as the region of a point).
    """
    m, n = curve.n_positive, curve.n_negative
    if m == 0 or n == 0:
        nothing = np.empty(0)
        return RocBand(nothing, nothing, nothing, confidence)
    level = confidence**0.5
    tp = np.rint(curve.sensitivity * m).astype(int)
    fp = np.rint((1.0 - curve.specificity) * n).astype(int)
    fpr_low, fpr_high = _exact(fp, n, level)
    tpr_low, tpr_high = _exact(tp, m, level)
    starts = np.unique(np.concatenate([[0.0, 1.0], fpr_low, fpr_high]))
    middles = (starts[:-1] + starts[1:]) / 2.0
    # the points are in ascending order, so each middle has a first and a last point that fits
    first = np.searchsorted(fpr_high, middles, side="left")
    last = np.searchsorted(fpr_low, middles, side="right") - 1
    # where many tied scores leave a gap between two points, the band goes from the lower one to the upper one
    low, high = tpr_low[np.minimum(first, last)], tpr_high[np.maximum(first, last)]
    return RocBand(starts, np.append(low, low[-1]), np.append(high, high[-1]), confidence)


def _exact(k: NDArray[np.int_], n: int, level: float) -> tuple[Array, Array]:
    """Return the exact limits of k of n (Clopper-Pearson)."""
    from scipy.stats import beta

    tail = (1.0 - level) / 2.0
    low, high = np.zeros(k.shape), np.ones(k.shape)
    low[k > 0] = beta.ppf(tail, k[k > 0], n - k[k > 0] + 1)
    high[k < n] = beta.ppf(1.0 - tail, k[k < n] + 1, n - k[k < n])
    return low, high
