"""Clinical numbers in both groups as boxes; classes are the stacked bars of their own figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.boxes import draw_box, spread_points
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import GREY, level_colour

N_COLUMNS = 4
PANEL_MM = 52.0


@dataclass(frozen=True, slots=True, eq=False)
class AssociationPanel:
    """One variable that is a number.

    Attributes
    ----------
    name : str
        Of the variable.
    told : str
        The test's p, and of whom, for the title's second line.
    values : dict of group to ndarray of float
        Of the patients who have one.
    """

    name: str
    told: str
    values: dict[str, NDArray[np.float64]]


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
        _draw_boxes(panel, record, place)
        place.set_title(panel.name, fontsize=7, pad=11)
        place.text(0.0, 1.02, panel.told, transform=place.transAxes, fontsize=5.8, color=GREY, va="bottom")
        place.set_xlim(-0.6, 1.6)
    for place in places[len(record.panels) :]:
        place.set_axis_off()


def _groups(record: AssociationPanels) -> tuple[str, str]:
    return record.negative, record.positive


def _draw_boxes(panel: AssociationPanel, record: AssociationPanels, ax: Axes) -> None:
    for x, group in enumerate(_groups(record)):
        of_group = panel.values.get(group, np.empty(0))
        colour = level_colour(group, (record.positive,))
        draw_box(ax, x, of_group, colour, width=0.6)
        ax.scatter(x + spread_points(of_group, 0.4), of_group, s=4, color=colour, alpha=0.55, linewidths=0)
    _name_groups(record, ax, {group: len(panel.values.get(group, ())) for group in _groups(record)})


def _name_groups(record: AssociationPanels, ax: Axes, counts: dict[str, int]) -> None:
    ax.set_xticks([0, 1], [f"{group}\n(n = {counts[group]})" for group in _groups(record)])
    ax.tick_params(axis="x", length=0)


def _n_rows(record: AssociationPanels) -> int:
    return max(1, -(-len(record.panels) // N_COLUMNS))


def associations_size(record: AssociationPanels) -> Size:
    """Return a height by the number of rows."""
    return TWO_COLUMNS_MM, PANEL_MM * _n_rows(record)


def associations_legend(record: AssociationPanels) -> str:
    """Say what the boxes are, and which p the titles give."""
    text = (
        f"Clinical and pathological numbers of patients with {record.negative} and {record.positive} Rad-TILs. Boxes: "
        "median and quartiles; whiskers: 1.5 interquartile ranges; every point is a patient. p: before and after "
        "adjustment over the clinical variables (Benjamini-Hochberg); the tests are in the table. What the score was "
        "trained on is shown outside training and not adjusted."
    )
    if record.n_left_out:
        text += f" Shown are the {len(record.panels)} smallest p; {record.n_left_out} more variables are in the table."
    return text


ASSOCIATIONS = Figure(
    "associations", "Clinical numbers", draw_associations, associations_legend, associations_size
)
