"""Cut-offs that are chosen by an outcome; to be used on training scores only, then frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tilscope.statistics._labels import Label, finite_scores, one_class_reason, positive_mask

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class YoudenCutoff:
    """The cut-off with the largest sensitivity + specificity - 1.

    Attributes
    ----------
    cutoff : float
        A score >= cutoff is called positive; NaN with a reason.
    index : float in (0, 1]
        Youden's J at the cut-off; it is optimistic on the scores it was chosen on.
    sensitivity, specificity : float in [0, 1]
        At the cut-off, on the scores it was chosen on.
    n_equal : int
        Cut-offs with the same J, of which this is one.
    positive : str
        Name of the positive class.
    reason : str or None
        Why there is no cut-off.
    """

    cutoff: float
    index: float
    sensitivity: float
    specificity: float
    n_equal: int
    positive: str
    reason: str | None = None


def youden_cutoff(y: ArrayLike | Sequence[Any], score: ArrayLike, positive: Label) -> YoudenCutoff:
    """Choose the cut-off with the largest Youden index.

    Parameters
    ----------
    y : array_like of labels, length n
        At most two different labels.
    score : array_like of float, length n
        Training scores; higher means more likely positive.
    positive : str, int or bool
        Label of the positive class.

    Returns
    -------
    YoudenCutoff
        The cut-off lies midway between two neighbouring scores. Of several with the same index (compared in whole
        patients, without rounding) it is the one whose sensitivity and specificity are nearest to each other, then
        the lower one, which misses fewer positives. No cut-off, with a reason, where one class only is there
        or none tells the classes apart better than chance in the named direction.

    Raises
    ------
    TableError
        ``TAB-59`` for missing labels or scores.

    References
    ----------
    Youden, Cancer 1950;3:32. Among those of R ``pROC::coords(x = "best")``.
    """
    is_positive, _ = positive_mask(y, positive)
    values = finite_scores(score, is_positive.size)
    m, n = int(is_positive.sum()), int((~is_positive).sum())
    reason = one_class_reason(m, n, positive)
    if reason is not None:
        return YoudenCutoff(_NAN, _NAN, _NAN, _NAN, 0, str(positive), reason)
    levels = np.unique(values)
    tp = m - np.searchsorted(np.sort(values[is_positive]), levels[1:], side="left")
    tn = np.searchsorted(np.sort(values[~is_positive]), levels[1:], side="left")
    gain = tp * n + tn * m - m * n  # J x m x n, in whole numbers
    if levels.size < 2 or gain.max() <= 0:
        reason = "NA: no cut-off tells the classes apart better than chance"
        return YoudenCutoff(_NAN, _NAN, _NAN, _NAN, 0, str(positive), reason)
    best = np.flatnonzero(gain == gain.max())
    imbalance = np.abs(tp[best] * n - tn[best] * m)
    at = int(best[np.argmin(imbalance)])  # the first of equals is the lowest
    return YoudenCutoff(
        cutoff=_between(float(levels[at]), float(levels[at + 1])),
        index=float(gain[at] / (m * n)),
        sensitivity=float(tp[at] / m),
        specificity=float(tn[at] / n),
        n_equal=int(best.size),
        positive=str(positive),
    )


def _between(low: float, high: float) -> float:
    """Return the middle of two scores; the upper one where they are neighbours among the floats."""
    middle = low + (high - low) / 2.0
    return middle if low < middle <= high else high
