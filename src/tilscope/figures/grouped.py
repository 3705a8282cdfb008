"""Pairs of boxes, one pair per variable: the part that immune cells and signatures share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from tilscope.figures.boxes import draw_box, spread_points, stars
from tilscope.figures.palette import GREY, level_colour

HALF_GAP = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class GroupedBoxes:
    """Values of several variables in two groups.

    Attributes
    ----------
    scores : DataFrame of float, samples x variables
        In the order in which they are drawn.
    groups : Series of str, per sample
        Group of each sample.
    positive, negative : str
        The two groups; the positive one is drawn right, in vermilion.
    p_adjusted : dict of str to float
        Per variable; missing or NaN: no stars.
    unit : str
        Label of the value axis.
    group_name : str
        What the groups are, such as ``Rad-TILs``.
    """

    scores: pd.DataFrame
    groups: pd.Series
    positive: str
    negative: str
    p_adjusted: dict[str, float]
    unit: str
    group_name: str = "Rad-TILs"

    def of(self, variable: str, group: str) -> np.ndarray:
        """Return the finite values of a variable in a group."""
        groups = self.groups.reindex(self.scores.index)
        found: np.ndarray = self.scores.loc[groups == group, variable].dropna().to_numpy(float)
        return found


def colour_of(record: GroupedBoxes, group: str) -> str:
    """Return the colour of a group."""
    return level_colour(group, (record.positive,))


def draw_pair(
    record: GroupedBoxes, variable: str, centre: float, ax: Axes, *, point_size: float = 4.0
) -> float:
    """Draw both groups of one variable around a centre and return the largest value."""
    top = -np.inf
    for side, group in ((-HALF_GAP, record.negative), (HALF_GAP, record.positive)):
        values = record.of(variable, group)
        draw_box(ax, centre + side, values, colour_of(record, group), width=0.32)
        ax.scatter(
            centre + side + spread_points(values, 0.22),
            values,
            s=point_size,
            color=colour_of(record, group),
            alpha=0.55,
            linewidths=0,
        )
        top = max(top, float(values.max(initial=-np.inf)))
    return top


def star(record: GroupedBoxes, variable: str, centre: float, height: float, ax: Axes) -> None:
    """Write the stars of one variable over its boxes."""
    mark = stars(record.p_adjusted.get(variable, float("nan")))
    ax.annotate(
        mark,
        (centre, height),
        (0, 3 if mark == "ns" else 1),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=6 if mark == "ns" else 8,
        color=GREY if mark == "ns" else "black",
    )


def group_key(record: GroupedBoxes, ax: Axes, **place: object) -> None:
    """Write which colour is which group, with the numbers of samples."""
    counts = record.groups.reindex(record.scores.index).value_counts()
    handles = [
        Patch(
            color=colour_of(record, group),
            label=f"{group} {record.group_name} (n = {int(counts.get(group, 0))})",
        )
        for group in (record.negative, record.positive)
    ]
    ax.legend(handles=handles, handlelength=1, handleheight=1, **place)
