"""Differences of two readings over their mean, with bias and limits of agreement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import BLUE, GREY, VERMILION

MOST_COLUMNS = 3
Bounded = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class AgreementPanel:
    """Two readings of one quantity.

    Attributes
    ----------
    title, unit : str
        What was read, by whom, and its unit.
    mean, difference : ndarray of float, shape (n,)
        Of each patient; second minus first.
    bias, lower, upper : tuple of float
        Value, and ends of its 95 % interval: mean difference and limits of agreement.
    slope_p_value : float or None
        Test that the difference does not depend on the mean.
    """

    title: str
    unit: str
    mean: NDArray[np.float64]
    difference: NDArray[np.float64]
    bias: Bounded
    lower: Bounded
    upper: Bounded
    slope_p_value: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AgreementPanels:
    """One panel for each pair of readings."""

    pairs: tuple[AgreementPanel, ...]


def _grid(record: AgreementPanels) -> tuple[int, int]:
    n_columns = min(MOST_COLUMNS, len(record.pairs))
    return -(-len(record.pairs) // n_columns), n_columns


def draw_bland_altman(record: AgreementPanels, ax: Axes) -> None:
    """Draw every pair of readings: points, bias, limits, and the intervals of all three."""
    places = [place for row in panels(ax, *_grid(record), wspace=0.06, hspace=0.1) for place in row]
    for place in places[len(record.pairs) :]:
        place.set_axis_off()
    for place, pair in zip(places, record.pairs, strict=False):
        _draw_pair(pair, place)


def _draw_pair(pair: AgreementPanel, ax: Axes) -> None:
    ax.axhline(0.0, color=GREY, linewidth=0.5)
    for (value, low, high), colour, style in (
        (pair.bias, BLUE, "-"),
        (pair.lower, VERMILION, (0, (4, 3))),
        (pair.upper, VERMILION, (0, (4, 3))),
    ):
        ax.axhspan(low, high, color=colour, alpha=0.13, linewidth=0)
        ax.axhline(value, color=colour, linewidth=0.9, linestyle=style)
    ax.scatter(pair.mean, pair.difference, s=9, color="black", alpha=0.7, linewidths=0, zorder=3)
    ends = [*pair.lower, *pair.upper, float(pair.difference.min()), float(pair.difference.max()), 0.0]
    margin = 0.08 * (max(ends) - min(ends) or 1.0)
    ax.set_ylim(min(ends) - margin, max(ends) + margin)
    left, right = ax.get_xlim()
    ax.set_xlim(left, right + 0.2 * (right - left))
    for value in (pair.bias[0], pair.lower[0], pair.upper[0]):
        ax.annotate(
            f"{value:.3g}".replace("-", "\N{MINUS SIGN}"),
            (1.0, value),
            (-1, 1),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=6,
        )
    ax.set_title(pair.title)
    ax.set_xlabel(f"Mean of both ({pair.unit})")
    ax.set_ylabel(f"Second minus first ({pair.unit})")


def bland_altman_size(record: AgreementPanels) -> Size:
    """Return a size by the number of panels."""
    n_rows, n_columns = _grid(record)
    return TWO_COLUMNS_MM * n_columns / MOST_COLUMNS + (MOST_COLUMNS - n_columns) * 6.0, 60.0 * n_rows


def bland_altman_legend(record: AgreementPanels) -> str:
    """Say what is seen, with the numbers of every pair."""
    told = " ".join(_told(pair) for pair in record.pairs)
    return (
        f"Bland-Altman plots; every point is a patient. Blue: mean difference; red, dashed: limits between which 95 % "
        f"of differences lie; bands: their 95 % intervals (those of the limits are exact). {told}"
    )


def _told(pair: AgreementPanel) -> str:
    slope = ""
    if pair.slope_p_value is not None:
        slope = f", proportional bias p = {pair.slope_p_value:.2g}"
    told = (
        f"{pair.title.replace(chr(10), ' ')}: bias {pair.bias[0]:.3g} {pair.unit} ({pair.bias[1]:.3g} to "
        f"{pair.bias[2]:.3g}), limits {pair.lower[0]:.3g} to {pair.upper[0]:.3g}, n = {len(pair.mean)}{slope}."
    )
    return told.replace(" -", " \N{MINUS SIGN}").replace("(-", "(\N{MINUS SIGN}")


BLAND_ALTMAN = Figure(
    "bland-altman",
    "Differences between two readings",
    draw_bland_altman,
    bland_altman_legend,
    bland_altman_size,
)
