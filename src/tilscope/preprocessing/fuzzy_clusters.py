"""Fuzzy c-means: every value belongs to every cluster, to a degree between 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FuzzyClusters:
    """A fuzzy partition.

    Attributes
    ----------
    centres : ndarray, shape (n_clusters, n_features)
        In the values' unit, in ascending order of their mean coordinate.
    memberships : ndarray in [0, 1], shape (n_values, n_clusters)
        Each row adds up to 1.
    objective : float
        Sum of membership ** fuzziness times squared distance.
    n_iterations : int
    is_converged : bool
        Whether no coordinate of a centre moved more than the tolerance in the last iteration.
    """

    centres: Float
    memberships: Float
    objective: float
    n_iterations: int
    is_converged: bool


def fuzzy_c_means(
    values: Float,
    n_clusters: int = 2,
    *,
    fuzziness: float = 2.0,
    tolerance: float = 1e-5,
    max_iterations: int = 300,
) -> FuzzyClusters:
    """Divide values into fuzzy clusters.

    Centres and memberships are set in turn, each the best for the other, until the centres stand still. The start
    is the same for the same values: rows are ordered by their mean coordinate, and the centres are those at evenly
    spaced places from the smallest to the largest.

    Parameters
    ----------
    values : ndarray of float, shape (n_values, n_features)
        Finite; at least two rows differ.
    n_clusters : int, at least 2
    fuzziness : float, above 1
        Bezdek's exponent m; towards 1 the partition becomes crisp.
    tolerance : float
        Largest movement of a centre's coordinate at the end, relative to the range of the values.
    max_iterations : int

    Raises
    ------
    ValueError
        All rows are equal, or there are fewer of them than clusters.

    References
    ----------
    Bezdek, Pattern recognition with fuzzy objective function algorithms, Plenum 1981, algorithm 2 (chapter 3).
    """
    scale = float(np.ptp(values)) if values.size else 0.0
    if len(values) < n_clusters or scale == 0.0:
        raise ValueError(
            f"{len(values)} values within {scale:g} cannot be divided into {n_clusters} clusters"
        )
    centres = _start(values, n_clusters)
    is_converged, n_iterations = False, 0
    while not is_converged and n_iterations < max_iterations:
        n_iterations += 1
        weights = _memberships(_squared_distances(values, centres), fuzziness) ** fuzziness
        moved = weights @ values / weights.sum(axis=1, keepdims=True)
        is_converged = float(np.abs(moved - centres).max()) <= tolerance * scale
        centres = moved
    centres = centres[np.argsort(centres.mean(axis=1), kind="stable")]
    squared = _squared_distances(values, centres)
    memberships = _memberships(squared, fuzziness)
    objective = float((memberships**fuzziness * squared).sum())
    return FuzzyClusters(centres, memberships.T, objective, n_iterations, is_converged)


def _start(values: Float, n_clusters: int) -> Float:
    ordered = np.argsort(values.mean(axis=1), kind="stable")
    places = np.rint(np.linspace(0, len(values) - 1, n_clusters)).astype(int)
    return values[ordered[places]]


def _squared_distances(values: Float, centres: Float) -> Float:
    """Return the squared distances, shape (n_clusters, n_values)."""
    return np.stack([((values - centre) ** 2).sum(axis=1) for centre in centres])


def _memberships(squared: Float, fuzziness: float) -> Float:
    """Return the best memberships for these distances; a value on a centre belongs to it alone."""
    nearest = squared.min(axis=0)
    is_on_centre = nearest == 0.0
    with np.errstate(invalid="ignore"):
        closeness = (nearest / squared) ** (1.0 / (fuzziness - 1.0))
    closeness[:, is_on_centre] = squared[:, is_on_centre] == 0.0
    return np.asarray(closeness / closeness.sum(axis=0))
