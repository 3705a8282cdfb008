"""Pairs of boxes, one pair per variable: the part that immune cells and signatures share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cbook import boxplot_stats
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch

from tilscope.figures.boxes import FEW, spread_points, stars
from tilscope.figures.palette import GREY, level_colour

HALF_GAP = 0.2
MANY_POINTS = 3000  # from here on points are drawn as pixels


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
    test, adjusted_over : str
        The test, and over what its p is adjusted, in words; empty where unknown.
    """

    scores: pd.DataFrame
    groups: pd.Series
    positive: str
    negative: str
    p_adjusted: dict[str, float]
    unit: str
    group_name: str = "Rad-TILs"
    test: str = ""
    adjusted_over: str = ""

    @property
    def sizes(self) -> dict[str, int]:
        """Patients of each group, the negative one first."""
        counts = self.groups.reindex(self.scores.index).value_counts()
        return {group: int(counts.get(group, 0)) for group in (self.negative, self.positive)}

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
    return draw_pairs(record, [variable], ax, first=centre, point_size=point_size)[0]


def draw_pairs(
    record: GroupedBoxes, variables: Sequence[str], ax: Axes, *, first: float = 0.0, point_size: float = 4.0
) -> list[float]:
    """Draw both groups of variables side by side, one apart, and return the largest value of each.

    All boxes of a group are few artists, and the points of many patients are pixels in a vector file: a page of a
    hundred molecules stays small.
    """
    n_points = len(record.scores) * len(variables)
    tops = np.full(len(variables), -np.inf)
    for side, group in ((-HALF_GAP, record.negative), (HALF_GAP, record.positive)):
        values = [record.of(variable, group) for variable in variables]
        places = [first + index + side for index in range(len(variables))]
        draw_boxes(ax, places, values, colour_of(record, group), width=0.32)
        ax.scatter(
            np.concatenate([x + spread_points(v, 0.22) for x, v in zip(places, values, strict=True)]),
            np.concatenate(values),
            s=point_size,
            color=colour_of(record, group),
            alpha=0.55,
            linewidths=0,
            rasterized=n_points > MANY_POINTS,
        )
        tops = np.maximum(tops, [v.max(initial=-np.inf) for v in values])
    return [float(top) for top in tops]


def draw_boxes(
    ax: Axes, places: Sequence[float], values: Sequence[np.ndarray], colour: str, *, width: float
) -> None:
    """Draw a Tukey box per place: median, quartiles, whiskers to the last value within 1.5 interquartile ranges.

    Fewer than three values get none.
    """
    known = [(x, v) for x, v in zip(places, values, strict=True) if len(v) >= FEW]
    if not known:
        return
    bodies, medians, lines = [], [], []
    for x, found in zip([x for x, _ in known], boxplot_stats([v for _, v in known]), strict=True):
        left, right, cap = x - width / 2, x + width / 2, width / 4
        q1, q3, low, high = (found[name] for name in ("q1", "q3", "whislo", "whishi"))
        bodies.append([(left, q1), (right, q1), (right, q3), (left, q3)])
        medians.append([(left, found["med"]), (right, found["med"])])
        lines += [[(x, q3), (x, high)], [(x, q1), (x, low)]]
        lines += [[(x - cap, end), (x + cap, end)] for end in (low, high)]
    faint = to_rgba(colour, 0.12)
    ax.add_collection(
        PolyCollection(bodies, facecolors=[faint], edgecolors=[colour], linewidths=0.8, zorder=2)
    )
    ax.add_collection(LineCollection(lines, colors=[colour], linewidths=0.8, zorder=2))
    ax.add_collection(LineCollection(medians, colors=[colour], linewidths=1.6, zorder=2.1))


def star(
    record: GroupedBoxes, variable: str, centre: float, height: float, ax: Axes, *, size: float = 8.0
) -> None:
    """Write the stars of one variable over its boxes."""
    mark = stars(record.p_adjusted.get(variable, float("nan")))
    if not mark or not np.isfinite(height):
        return
    ax.annotate(
        mark,
        (centre, height),
        (0, 3 if mark == "ns" else 1),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=6 if mark == "ns" else size,
        color=GREY if mark == "ns" else "black",
    )


def group_key(record: GroupedBoxes, ax: Axes, **place: object) -> None:
    """Write which colour is which group, with the numbers of samples."""
    handles = [
        Patch(color=colour_of(record, group), label=f"{group} {record.group_name} (n = {n})")
        for group, n in record.sizes.items()
    ]
    ax.legend(handles=handles, handlelength=1, handleheight=1, **place)


def boxes_in_words(record: GroupedBoxes) -> str:
    """Return what boxes, whiskers, points and stars are, and the test behind the stars."""
    told = (
        "Boxes: median and quartiles; whiskers: to the last value within 1.5 interquartile ranges; points: patients; "
        "groups of fewer than three have points only."
    )
    if not record.p_adjusted:
        return told
    test = f"p of {record.test}, two-sided, " if record.test else "p "
    over = f"over {record.adjusted_over} " if record.adjusted_over else ""
    return (
        f"{told} Stars: {test}adjusted {over}(Benjamini-Hochberg; *** < .001, ** < .01, * < .05; ns: not "
        "significant)."
    )
