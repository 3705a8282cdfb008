"""Stability selection: how often each feature is selected on halves of the patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.signature.elastic_net import (
    ElasticNetPath,
    checked_problem,
    fit_checked,
    largest_penalty,
    penalty_sequence,
)
from tilscope.vocabulary import SettingsError, TableError

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
_RATIO = 0.01  # smallest penalty that is fitted, relative to the largest


@dataclass(frozen=True, slots=True, eq=False)
class StabilitySelection:
    """Selection frequencies over resamples of the patients.

    Attributes
    ----------
    first_frequency : ndarray of float in [0, 1], shape (p,)
        Share of the resamples in which the feature is among the first ``n_first`` that enter the path.
    path_frequency : ndarray of float in [0, 1], shape (p,)
        Largest share of the resamples that select the feature at one and the same penalty.
    frequencies : ndarray of float in [0, 1], shape (n_penalties, p)
        Share of the resamples that select each feature at each penalty (the stability path).
    penalties : ndarray of float, shape (n_penalties,)
        The same for all resamples, decreasing; as far down as on average at most ``n_first`` features have
        entered.
    n_first : int
        How many features a resample may select.
    n_resamples : int
    fraction : float in (0, 1)
        Share of each class in a resample.
    is_paired : bool
        Whether each second resample is of patients that the one before it left out.
    """

    first_frequency: Array
    path_frequency: Array
    frequencies: Array
    penalties: Array
    n_first: int
    n_resamples: int
    fraction: float
    is_paired: bool

    def stable(self, threshold: float = 0.9) -> NDArray[np.int64]:
        """Return the columns whose ``first_frequency`` reaches the threshold."""
        return np.flatnonzero(self.first_frequency >= threshold).astype(np.int64)

    def most_false(self, threshold: float = 0.9) -> float | None:
        """Return how many unrelated features reach the threshold at most, on average.

        Parameters
        ----------
        threshold : float in (0.5, 1]
            Selection frequency from which a feature counts as stable.

        Returns
        -------
        float, number of features, or None where a resample is not half of the patients.
            ``n_first**2 / ((2 threshold - 1) p)``: Meinshausen & Buehlmann (2010), theorem 1, for features
            that are exchangeable; with complementary pairs, by Shah & Samworth (2013), theorem 1, for all
            features that half of the patients select no more often than chance, ``n_first / p``.

        Raises
        ------
        SettingsError
            ``SET-03`` for a threshold at which there is no bound.
        """
        if not 0.5 < threshold <= 1.0:
            raise SettingsError(
                "SET-03",
                "there is no bound at this threshold",
                found=threshold,
                expected="above 0.5, up to 1",
            )
        if self.fraction != 0.5:
            return None
        return float(self.n_first**2 / ((2.0 * threshold - 1.0) * self.first_frequency.size))


def stability_selection(
    x: ArrayLike,
    y: ArrayLike,
    alpha: float,
    rng: np.random.Generator,
    *,
    n_resamples: int = 100,
    fraction: float = 0.5,
    n_first: int | None = None,
) -> StabilitySelection:
    """Fit the elastic net path on resamples of the patients, and count how often it selects each feature.

    Parameters
    ----------
    x : array_like of float, shape (n, p)
        Finite. One row per patient.
    y : array_like of bool or 0/1, shape (n,)
        Outcome, at least 4 patients of each class.
    alpha : float in [0, 1]
        Share of the l1 penalty; at 0 every feature is in every model.
    rng : Generator
        Draws the resamples.
    n_resamples : int
        Even where they come in pairs.
    fraction : float in (0, 1)
        Share of each class in a resample. With one half they come in complementary pairs, which have no
        patient in common.
    n_first : int, optional
        How many features a resample may select; by default as many as let at most 1 unrelated feature reach
        a frequency of .9 on average.

    Returns
    -------
    StabilitySelection

    Raises
    ------
    TableError
        As :func:`elastic_net_path`; ``TAB-60`` for a class that is too small.
    SettingsError
        ``SET-03`` for numbers that make no resamples.

    References
    ----------
    Meinshausen & Buehlmann, J R Stat Soc B 2010;72:417; Shah & Samworth, J R Stat Soc B 2013;75:55.
    """
    features, outcome = checked_problem(x, y)
    p = features.shape[1]
    most = max(1, int(np.sqrt(0.8 * p))) if n_first is None else n_first
    _check_request(n_resamples, fraction, most)
    resamples = draw_resamples(outcome, n_resamples, fraction, rng)
    largest = max(largest_penalty(features, outcome, alpha, rows) for rows in resamples)
    penalties = penalty_sequence(largest, 100, _RATIO)
    counts, n_entered = np.zeros((penalties.size, p)), np.zeros(penalties.size)
    first = np.zeros(p)
    for rows in resamples:
        path = fit_checked(features, outcome, alpha, penalties.size, penalties, rows)
        is_selected = _padded(path.coefficients != 0.0, penalties.size)
        counts += is_selected
        n_entered += np.count_nonzero(np.logical_or.accumulate(is_selected, axis=0), axis=1)
        first[_entering(path, features[rows])[:most]] += 1.0
    n_kept = max(1, int(np.searchsorted(n_entered / n_resamples, most, side="right")))
    frequencies = counts[:n_kept] / n_resamples
    return StabilitySelection(
        first_frequency=first / n_resamples,
        path_frequency=frequencies.max(axis=0),
        frequencies=frequencies,
        penalties=penalties[:n_kept],
        n_first=most,
        n_resamples=n_resamples,
        fraction=fraction,
        is_paired=fraction == 0.5,
    )


def draw_resamples(
    y: ArrayLike, n_resamples: int, fraction: float, rng: np.random.Generator
) -> tuple[Rows, ...]:
    """Draw patients without replacement, the same share of each class (rounded down).

    Parameters
    ----------
    y : array_like of 0/1, shape (n,)
        Outcome.
    n_resamples : int
        Number of resamples; even where ``fraction`` is one half.
    fraction : float in (0, 1)
        With one half, resamples 0 and 1, 2 and 3, ... have no patient in common; of a class of odd size one
        patient is in neither.
    rng : Generator
        Draws them.

    Returns
    -------
    tuple of ndarray of int, ascending
        Rows of each resample.

    Raises
    ------
    TableError
        ``TAB-60`` where a class would have fewer than 2 patients in a resample.
    """
    classes = [np.flatnonzero(np.asarray(y) == value) for value in (0, 1)]
    sizes = [int(fraction * rows.size + 1e-9) for rows in classes]
    if min(sizes) < 2:
        raise TableError(
            "TAB-60",
            "a class is too small to resample",
            found=f"{sizes[1]} positive, {sizes[0]} negative in a resample",
            expected="at least 2 of each",
        )
    drawn: list[Rows] = []
    while len(drawn) < n_resamples:
        mixed = [rng.permutation(rows) for rows in classes]
        n_parts = 2 if fraction == 0.5 else 1
        for part in range(n_parts):
            pieces = [rows[part * size : (part + 1) * size] for rows, size in zip(mixed, sizes, strict=True)]
            drawn.append(np.sort(np.concatenate(pieces)))
    return tuple(drawn)


def _check_request(n_resamples: int, fraction: float, n_first: int) -> None:
    if n_resamples < 2 or not 0.0 < fraction < 1.0 or n_first < 1 or (fraction == 0.5 and n_resamples % 2):
        raise SettingsError(
            "SET-03",
            "stability selection cannot be done with these numbers",
            found=f"{n_resamples} resamples of {fraction:g}, first {n_first} features",
            expected="2 or more (with one half an even number), a fraction between 0 and 1, 1 feature or more",
        )


def _padded(is_selected: NDArray[np.bool_], n_penalties: int) -> NDArray[np.bool_]:
    """Let a path that ended early keep its last model."""
    missing = n_penalties - is_selected.shape[0]
    return np.concatenate([is_selected, np.repeat(is_selected[-1:], missing, axis=0)])


def _entering(path: ElasticNetPath, x: Array) -> NDArray[np.int64]:
    """Return the features in the order in which they enter; of those at one penalty the strongest first."""
    is_selected = path.coefficients != 0.0
    entered = np.flatnonzero(is_selected.any(axis=0))
    when = is_selected[:, entered].argmax(axis=0)
    strength = np.abs(path.coefficients[when, entered]) * x[:, entered].std(axis=0)
    return entered[np.lexsort((-strength, when))]
