"""Cleveland's robust local line: the trend of a cloud of points, little moved by outliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

NEAR, FAR = 0.001, 0.999
"""Within this fraction of the half-width a point counts fully, beyond the other not at all."""
OUTLIER = 6.0
"""A residual of so many median absolute residuals has no weight."""
SMALL_SCALE = 1e-7
"""Residuals whose median is a smaller fraction of their mean are all but zero: no further round is needed."""
SMALL_SPREAD = 0.001
"""Neighbours whose weighted spread is a smaller fraction of the range of x give a mean, not a line."""
DEFAULT_DELTA = 0.01


def lowess(
    x: ArrayLike, y: ArrayLike, fraction: float = 2 / 3, n_iterations: int = 3, delta: float | None = None
) -> FloatArray:
    """Smooth ``y`` over ``x`` by local lines with tricube weights, robust by bisquare weights.

    Parameters
    ----------
    x, y : array_like of float, shape (n,)
        Finite, in any order.
    fraction : float in (0, 1]
        Of the points that bear on each fitted value.
    n_iterations : int >= 0
        Robust rounds after the first fit.
    delta : float >= 0, optional
        Points nearer than this to the last fitted one are interpolated; 1 % of the range of x by default.

    Returns
    -------
    ndarray of float, shape (n,)
        The trend at every ``x``, in the order of the input (R's ``lowess`` returns it sorted by x).

    References
    ----------
    Cleveland 1979, J Am Stat Assoc 74:829. Equal to R 4.2 ``lowess(x, y, f, iter, delta)``, including its
    treatment of ties and of points beside the last neighbour; statsmodels' version differs there.
    """
    horizontal, vertical = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(horizontal) < 2:
        return vertical.copy()
    order = np.argsort(horizontal, kind="stable")
    if delta is None:
        delta = DEFAULT_DELTA * float(np.ptp(horizontal))
    trend = np.empty(len(vertical))
    trend[order] = _smooth(horizontal[order], vertical[order], fraction, n_iterations, delta)
    return trend


@dataclass(frozen=True, slots=True)
class _Point:
    """A point whose value is fitted, with the first and last of its nearest neighbours."""

    at: int
    left: int
    right: int


def _smooth(x: FloatArray, y: FloatArray, fraction: float, n_iterations: int, delta: float) -> FloatArray:
    n_neighbours = max(2, min(len(x), int(fraction * len(x) + 1e-7)))
    points = _fitted_points(x, n_neighbours, delta)
    at = np.array([point.at for point in points])
    robust: FloatArray | None = None
    for step in range(n_iterations + 1):
        fitted = np.array([_local_line(x, y, point, robust) for point in points])
        # the points between two fitted ones lie on the line that joins them; ties share one value
        trend = np.interp(x, x[at], fitted)
        if step < n_iterations:
            robust = _bisquare(y - trend)
            if robust is None:
                break
    return trend


def _fitted_points(x: FloatArray, n_neighbours: int, delta: float) -> list[_Point]:
    """Choose the points that are fitted: the last within ``delta`` of the one before, at least one further."""
    last_row = len(x) - 1
    points: list[_Point] = []
    at, left, right = 0, 0, n_neighbours - 1
    while True:
        while right < last_row and x[at] - x[left] > x[right + 1] - x[at]:
            left, right = left + 1, right + 1
        points.append(_Point(at, left, right))
        same = int(np.searchsorted(x, x[at], side="right")) - 1
        if same >= last_row:
            return points
        beyond = int(np.searchsorted(x, x[at] + delta, side="right"))
        at = max(same + 1, beyond - 1)


def _local_line(x: FloatArray, y: FloatArray, point: _Point, robust: FloatArray | None) -> float:
    """Fit one point; its own value where no neighbour has weight."""
    centre = x[point.at]
    half_width = max(centre - x[point.left], x[point.right] - centre)
    # points as far away as the last neighbour have no weight, so that the window may end at any of them
    end = int(np.searchsorted(x, centre + half_width, side="right"))
    near, values = x[point.left : max(end, point.right + 1)], y[point.left : max(end, point.right + 1)]
    distance = np.abs(near - centre)
    with np.errstate(invalid="ignore", divide="ignore"):
        tricube = (1 - (distance / half_width) ** 3) ** 3
    weights = np.where(distance <= NEAR * half_width, 1.0, tricube)
    weights[distance > FAR * half_width] = 0.0
    if robust is not None:
        weights = weights * robust[point.left : point.left + len(near)]
    total = weights.sum()
    if total <= 0:
        return float(y[point.at])
    weights = weights / total
    if half_width > 0:
        mean = weights @ near
        spread = weights @ (near - mean) ** 2
        if np.sqrt(spread) > SMALL_SPREAD * (x[-1] - x[0]):
            weights = weights * ((centre - mean) / spread * (near - mean) + 1)
    return float(weights @ values)


def _bisquare(residuals: FloatArray) -> FloatArray | None:
    """Return the robust weights; None where the residuals are all but zero."""
    size = np.abs(residuals)
    cut = OUTLIER * float(np.median(size))
    if cut < SMALL_SCALE * float(size.mean()):
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = (1 - (size / cut) ** 2) ** 2
    weights = np.where(size <= NEAR * cut, 1.0, weights)
    weights[size > FAR * cut] = 0.0
    return weights
