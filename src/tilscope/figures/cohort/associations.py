"""Clinical variables in both groups: shares of classes as stacked bars, numbers as boxes."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from tilscope.figures.boxes import draw_box, spread_points
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import GREEN, GREY, INK, ORANGE, PURPLE, SKY, level_colour

N_COLUMNS = 4
PANEL_MM = 52.0
UNORDERED = (GREEN, ORANGE, SKY, PURPLE, GREY, "#f0e442", INK)
LEAST_LABELLED = 0.12  # share of a bar that has room for its percentage


@dataclass(frozen=True, slots=True, eq=False)
class AssociationPanel:
    """One variable.

    Attributes
    ----------
    name : str
        Of the variable.
    told : str
        The test's p, and of whom, for the title's second line.
    counts : DataFrame of int, levels x groups, or None
        Of a class, in the order of its levels.
    values : dict of group to ndarray of float, or None
        Of a number.
    is_ordered : bool
        Whether the levels are.
    """

    name: str
    told: str
    counts: pd.DataFrame | None = None
    values: dict[str, NDArray[np.float64]] | None = None
    is_ordered: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class AssociationPanels:
    """The variables in the order in which they are drawn.

    Attributes
    ----------
    panels : tuple of AssociationPanel
    positive, negative : str
        The groups; the positive one is drawn right.
    n_left_out : int
        Variables for which there was no room.
    """

    panels: tuple[AssociationPanel, ...]
    positive: str
    negative: str
    n_left_out: int = 0


def draw_associations(record: AssociationPanels, ax: Axes) -> None:
    """Draw one panel per variable, four in a row."""
    n_rows = _n_rows(record)
    places = [place for row in panels(ax, n_rows, N_COLUMNS) for place in row]
    for place, panel in zip(places, record.panels, strict=False):
        (_draw_shares if panel.counts is not None else _draw_boxes)(panel, record, place)
        place.set_title(panel.name, fontsize=7, pad=11)
        place.text(0.0, 1.02, panel.told, transform=place.transAxes, fontsize=5.8, color=GREY, va="bottom")
        place.set_xlim(-0.6, 1.6)
    for place in places[len(record.panels) :]:
        place.set_axis_off()


def _groups(record: AssociationPanels) -> tuple[str, str]:
    return record.negative, record.positive


def _draw_shares(panel: AssociationPanel, record: AssociationPanels, ax: Axes) -> None:
    counts = panel.counts
    if counts is None:
        return
    colours = _level_colours(len(counts), is_ordered=panel.is_ordered)
    totals = counts.sum(axis=0)
    for x, group in enumerate(_groups(record)):
        bottom = 0.0
        for level, colour in zip(counts.index, colours, strict=True):
            share = float(counts.loc[level, group]) / max(float(totals[group]), 1.0)
            ax.bar(x, share, 0.7, bottom, color=colour, edgecolor="white", linewidth=0.4)
            if share >= LEAST_LABELLED:
                ink = "white" if _is_dark(colour) else "black"
                ax.text(
                    x, bottom + share / 2, f"{share:.0%}", ha="center", va="center", fontsize=5.8, color=ink
                )
            bottom += share
    ax.set_ylim(0.0, 1.0)
    ax.set_yticks([0.0, 0.5, 1.0], ["0 %", "50 %", "100 %"])
    _name_groups(record, ax, {group: int(totals[group]) for group in _groups(record)})
    keys = [
        Patch(color=colour, label=_short(str(level)))
        for level, colour in zip(counts.index, colours, strict=True)
    ]
    ax.legend(
        handles=keys,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.2),
        ncols=2 if len(keys) > 2 else len(keys),
        fontsize=5.6,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=0.8,
        handletextpad=0.4,
        labelspacing=0.3,
    )


def _short(name: str) -> str:
    return name if len(name) <= 16 else name[:15] + "…"


def _level_colours(n: int, *, is_ordered: bool) -> list[str]:
    """Return shades of one colour for ordered levels and for many, else colours that differ."""
    if not is_ordered and n <= len(UNORDERED):
        return list(UNORDERED[:n])
    name = "Greens" if is_ordered else "viridis"
    places = np.linspace(0.3, 0.9, n) if is_ordered else np.linspace(0.0, 1.0, n)
    return [mpl.colors.to_hex(mpl.colormaps[name](place)) for place in places]


def _is_dark(colour: str) -> bool:
    red, green, blue = mpl.colors.to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.55


def _draw_boxes(panel: AssociationPanel, record: AssociationPanels, ax: Axes) -> None:
    values = panel.values or {}
    for x, group in enumerate(_groups(record)):
        of_group = values.get(group, np.empty(0))
        colour = level_colour(group, (record.positive,))
        draw_box(ax, x, of_group, colour, width=0.6)
        ax.scatter(x + spread_points(of_group, 0.4), of_group, s=4, color=colour, alpha=0.55, linewidths=0)
    _name_groups(record, ax, {group: len(values.get(group, ())) for group in _groups(record)})


def _name_groups(record: AssociationPanels, ax: Axes, counts: dict[str, int]) -> None:
    ax.set_xticks([0, 1], [f"{group}\n(n = {counts[group]})" for group in _groups(record)])
    ax.tick_params(axis="x", length=0)


def _n_rows(record: AssociationPanels) -> int:
    return max(1, -(-len(record.panels) // N_COLUMNS))


def associations_size(record: AssociationPanels) -> Size:
    """Return a height by the number of rows."""
    return TWO_COLUMNS_MM, PANEL_MM * _n_rows(record)


def associations_legend(record: AssociationPanels) -> str:
    """Say what bars and boxes are, and which p the titles give."""
    text = (
        f"Clinical and pathological variables of patients with {record.negative} and {record.positive} Rad-TILs: "
        "shares of classes as stacked bars, numbers as boxes (median, quartiles, whiskers to 1.5 interquartile ranges) "
        "with every patient as a point. p: before and after adjustment over the clinical variables "
        "(Benjamini-Hochberg); the tests are in the table. What the score was trained on is shown outside training and "
        "not adjusted."
    )
    if record.n_left_out:
        text += f" Shown are the {len(record.panels)} smallest p; {record.n_left_out} more variables are in the table."
    return text


ASSOCIATIONS = Figure(
    "associations", "Clinical associations", draw_associations, associations_legend, associations_size
)
