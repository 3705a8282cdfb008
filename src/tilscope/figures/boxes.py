"""Boxes with points: the part that several figures share."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

FEW = 3  # below this many values a box says more than the data do


def draw_box(ax: Axes, position: float, values: NDArray[np.float64], colour: str, *, width: float) -> None:
    """Draw one Tukey box without outlier marks (the points are drawn anyway); fewer than three values get none."""
    if len(values) < FEW:
        return
    line = {"color": colour, "linewidth": 0.8}
    ax.boxplot(
        [values],
        positions=[position],
        widths=width,
        showfliers=False,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": to_rgba(colour, 0.12), "edgecolor": colour, "linewidth": 0.8},
        medianprops={"color": colour, "linewidth": 1.6},
        whiskerprops=line,
        capprops=line,
    )


def spread_points(values: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Return horizontal offsets that keep points of similar value apart; the same values give the same offsets.

    Ranks walk through a van der Corput sequence, so neighbours in value never share a place.
    """
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return (np.array([_van_der_corput(int(rank) + 1) for rank in ranks]) - 0.5) * width


def stars(p_value: float) -> str:
    """Return the usual stars of an (adjusted) p value; ``ns`` where none is due, nothing for NaN."""
    if not np.isfinite(p_value):
        return ""
    return next(
        (mark for limit, mark in ((0.001, "***"), (0.01, "**"), (0.05, "*")) if p_value < limit), "ns"
    )


def _van_der_corput(index: int) -> float:
    value, weight = 0.0, 0.5
    while index:
        value += weight * (index & 1)
        index >>= 1
        weight /= 2
    return value
