"""Trends over ordered classes: of a proportion, of another ordered class, of a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tilscope.statistics.categories import counts_of
from tilscope.statistics.groups import present_values
from tilscope.vocabulary import TableError

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class TrendResult:
    """One test of a trend, two-sided.

    Attributes
    ----------
    test : str
        ``Cochran-Armitage``, ``linear-by-linear`` or ``Jonckheere-Terpstra``.
    statistic : float
        Chi-square on one degree of freedom; z for Jonckheere-Terpstra (positive where later groups are higher).
    p_value : float in [0, 1]
        NaN with a reason.
    n : int
        Patients.
    reason : str or None
        Why the numbers are NaN.
    """

    test: str
    statistic: float
    p_value: float
    n: int
    reason: str | None = None


def cochran_armitage(table: ArrayLike | pd.DataFrame, scores: Sequence[float] | None = None) -> TrendResult:
    """Test whether the proportion of the first group rises or falls over ordered levels.

    Parameters
    ----------
    table : array_like of int >= 0, shape (levels, 2)
        Patients of the first and of the second group at each level; levels without patients are left out.
    scores : sequence of float, optional
        Of the levels; by default 1, 2, 3, ... over all levels, the empty ones counted.

    Raises
    ------
    TableError
        ``TAB-59`` where the counts are negative, missing or not whole, or the shape is another.

    References
    ----------
    Armitage, Biometrics 1955;11:375. Equal to R ``prop.trend.test`` (no continuity correction).
    """
    counts, (rows, _) = _table(table, (scores, None), n_columns=2)
    name, n, sizes = "Cochran-Armitage", int(counts.sum()), counts.sum(axis=1)
    if (reason := _nothing_to_test(counts)) is not None:
        return TrendResult(name, _NAN, _NAN, n, reason)
    share = counts[:, 0].sum() / n
    distance = rows - (sizes * rows).sum() / n
    numerator = float((counts[:, 0] * distance).sum()) ** 2
    chi_square = numerator / float(share * (1.0 - share) * (sizes * distance**2).sum())
    return TrendResult(name, chi_square, _chi_square_p(chi_square), n)


def linear_by_linear(
    table: ArrayLike | pd.DataFrame,
    row_scores: Sequence[float] | None = None,
    column_scores: Sequence[float] | None = None,
) -> TrendResult:
    """Test the linear association of two ordered classifications.

    Parameters
    ----------
    table : array_like of int >= 0, shape (rows, columns)
        Counts, both in order.
    row_scores, column_scores : sequence of float, optional
        By default 1, 2, 3, ...

    Raises
    ------
    TableError
        As `cochran_armitage`.

    References
    ----------
    Agresti, Categorical Data Analysis, 3.4.1: (n - 1) r^2. Equal to R coin's ``lbl_test`` (asymptotic; statistic:
    its z squared).
    """
    counts, (rows, columns) = _table(table, (row_scores, column_scores))
    name, n = "linear-by-linear", int(counts.sum())
    if (reason := _nothing_to_test(counts)) is not None:
        return TrendResult(name, _NAN, _NAN, n, reason)
    u = rows - (counts.sum(axis=1) * rows).sum() / n
    v = columns - (counts.sum(axis=0) * columns).sum() / n
    covariance = float(u @ counts @ v)
    spread = float((counts.sum(axis=1) * u**2).sum() * (counts.sum(axis=0) * v**2).sum())
    chi_square = (n - 1.0) * covariance**2 / spread
    return TrendResult(name, chi_square, _chi_square_p(chi_square), n)


def jonckheere_terpstra(groups: Sequence[ArrayLike]) -> TrendResult:
    """Test whether a number rises or falls over ordered groups.

    Parameters
    ----------
    groups : sequence of array_like of float
        Values of each group, in the order of the groups; NaN marks a patient without a value, who is left out.

    Raises
    ------
    TableError
        ``TAB-59`` for an infinite value.

    References
    ----------
    Jonckheere, Biometrika 1954;41:133, with the variance of ties. The same test as Kendall's with the level of the
    group: equal to R ``cor.test(method = "kendall", exact = FALSE)``.
    """
    parts = [part for group in groups if (part := present_values(group)).size]
    name, n = "Jonckheere-Terpstra", sum(part.size for part in parts)
    if len(parts) < 2 or n < 3:
        return TrendResult(name, _NAN, _NAN, n, "fewer than two groups or three patients have values")
    _, ties = np.unique(np.concatenate(parts), return_counts=True)
    if ties.size == 1:
        return TrendResult(name, _NAN, _NAN, n, "all values are equal")
    sizes = np.array([part.size for part in parts], dtype=np.int64)
    higher = sum(_pairs_higher(earlier, later) for k, earlier in enumerate(parts) for later in parts[k + 1 :])
    z = (higher - (n**2 - float((sizes**2).sum())) / 4.0) / _jonckheere_sd(n, sizes, ties)
    from scipy.stats import norm

    return TrendResult(name, z, float(2.0 * norm.sf(abs(z))), n)


def _pairs_higher(earlier: Array, later: Array) -> float:
    """Return the number of pairs in which the later value is higher; ties count one half."""
    ordered = np.sort(earlier)
    below = np.searchsorted(ordered, later, side="left") + np.searchsorted(ordered, later, side="right")
    return float(below.sum()) / 2.0


def _jonckheere_sd(n: int, sizes: Ints, ties: Ints) -> float:
    def cubic(k: Array | float) -> Array | float:
        return k * (k - 1.0) * (2.0 * k + 5.0)

    m, t = sizes.astype(np.float64), ties.astype(np.float64)
    variance = (cubic(float(n)) - np.sum(cubic(m)) - np.sum(cubic(t))) / 72.0
    triples = np.sum(m * (m - 1) * (m - 2)) * np.sum(t * (t - 1) * (t - 2))
    variance += triples / (36.0 * n * (n - 1.0) * (n - 2.0))
    variance += np.sum(m * (m - 1)) * np.sum(t * (t - 1)) / (8.0 * n * (n - 1.0))
    return float(variance**0.5)


def _table(
    table: ArrayLike | pd.DataFrame,
    scores: tuple[Sequence[float] | None, Sequence[float] | None],
    n_columns: int | None = None,
) -> tuple[Ints, tuple[Array, Array]]:
    """Return the counts without empty rows and columns, and the scores of those that are left."""
    counts = counts_of(table)
    if n_columns is not None and counts.shape[1] != n_columns:
        raise TableError(
            "TAB-59", "a trend of a proportion needs two groups", found=f"{counts.shape[1]} columns of counts"
        )
    given = [
        np.arange(1.0, size + 1.0) if own is None else np.asarray(own, dtype=np.float64)
        for own, size in zip(scores, counts.shape, strict=True)
    ]
    if any(own.shape != (size,) for own, size in zip(given, counts.shape, strict=True)):
        raise TableError("TAB-59", "a trend needs one score per level", expected=f"{counts.shape}")
    rows = counts.sum(axis=1) > 0
    columns = counts.sum(axis=0) > 0 if n_columns is None else np.ones(n_columns, dtype=bool)
    return counts[rows][:, columns], (given[0][rows], given[1][columns])


def _nothing_to_test(counts: Ints) -> str | None:
    if len(counts) < 2:
        return "fewer than two levels hold patients"
    if np.count_nonzero(counts.sum(axis=0)) < 2:
        return "fewer than two groups hold patients"
    return None


def _chi_square_p(chi_square: float) -> float:
    from scipy.stats import chi2

    return float(chi2.sf(chi_square, 1))
