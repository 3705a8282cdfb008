"""Standardised mean differences: how far apart groups of patients are, whatever their sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
_NAN = float("nan")
_ROUNDING = 1e-9  # of a share: below this a difference is none


def standardised_difference(groups: Sequence[ArrayLike]) -> float:
    """Return the absolute standardised difference of a number, the mean over all pairs of groups.

    |mean_a - mean_b| / sqrt((variance_a + variance_b) / 2); about .1 is small, whatever the p value.

    Parameters
    ----------
    groups : sequence of array_like of float
        Values of each group; NaN marks a patient without a value.

    Returns
    -------
    float >= 0
        0 where the groups are one and the same constant; NaN where a group has fewer than two values, or two
        groups differ and do not vary.

    References
    ----------
    As R ``tableone`` computes it.
    """
    parts = [np.asarray(group, dtype=np.float64).ravel() for group in groups]
    return _mean_over_pairs([part[~np.isnan(part)] for part in parts], _difference_of_numbers)


def standardised_difference_of_counts(counts: ArrayLike) -> float:
    """Return the standardised difference of a classification, the mean over all pairs of groups.

    The Mahalanobis distance between the groups' shares of the classes; for two classes
    |p_a - p_b| / sqrt((p_a (1 - p_a) + p_b (1 - p_b)) / 2).

    Parameters
    ----------
    counts : array_like of int >= 0, shape (classes, groups)

    Returns
    -------
    float >= 0
        0 where there is one class; NaN where a group is empty, or groups without any spread differ.

    References
    ----------
    Yang D, Dalton JE. SAS Global Forum 2012, paper 335; as R ``tableone`` computes it.
    """
    table = np.asarray(counts, dtype=np.float64)
    table = table[table.sum(axis=1) > 0]
    if (table.sum(axis=0) == 0).any():
        return _NAN
    shares = table / table.sum(axis=0)
    return _mean_over_pairs(list(shares[1:].T), _difference_of_shares)


def _mean_over_pairs(parts: list[Array], difference: Callable[[Array, Array], float]) -> float:
    found = [difference(a, b) for a, b in combinations(parts, 2)]
    return float(np.mean(found)) if found else _NAN


def _difference_of_numbers(a: Array, b: Array) -> float:
    if min(a.size, b.size) < 2:
        return _NAN
    apart = abs(float(a.mean() - b.mean()))
    spread = float((a.var(ddof=1) + b.var(ddof=1)) / 2.0) ** 0.5
    if spread == 0.0:
        return 0.0 if apart == 0.0 else _NAN
    return apart / spread


def _difference_of_shares(a: Array, b: Array) -> float:
    """Return the distance between shares of all classes but the first."""
    covariance = (np.diag(a + b) - np.outer(a, a) - np.outer(b, b)) / 2.0
    apart = a - b
    weighted = np.linalg.pinv(covariance) @ apart
    if not np.allclose(covariance @ weighted, apart, rtol=0.0, atol=_ROUNDING):
        return _NAN
    return max(0.0, float(apart @ weighted)) ** 0.5
