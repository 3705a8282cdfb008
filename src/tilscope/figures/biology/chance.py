"""How many genes and gene sets permuted labels find, and how many the true ones do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, Size, panels
from tilscope.figures.palette import GREY, INK, VERMILION

N_BARS = 30
FEW_COUNTS = 12  # up to this largest number, every number has its own bar


@dataclass(frozen=True, slots=True)
class ChancePanel:
    """Discoveries of one kind.

    Attributes
    ----------
    title : str
    observed : int
        With the true labels.
    by_chance : tuple of int
        With each permuted labelling.
    p_value : float
    unit : str
        What is counted.
    """

    title: str
    observed: int
    by_chance: tuple[int, ...]
    p_value: float
    unit: str


@dataclass(frozen=True, slots=True)
class ChancePanels:
    """One panel for genes, one for sets."""

    panels: tuple[ChancePanel, ...]


def draw_chance(record: ChancePanels, ax: Axes) -> None:
    """Draw one histogram per kind, the true number as a line."""
    places = panels(ax, 1, len(record.panels), wspace=0.08)[0]
    for place, panel in zip(places, record.panels, strict=True):
        _draw(panel, place)
    places[0].set_ylabel("Labellings")


def _draw(panel: ChancePanel, ax: Axes) -> None:
    counts = np.asarray(panel.by_chance)
    most = max(int(counts.max()), panel.observed)
    if most <= FEW_COUNTS:
        edges = np.arange(-0.5, most + 1.5)
    else:
        width = max(1, int(np.ceil((most + 1) / N_BARS)))
        edges = np.arange(-0.5, most + width + 0.5, width)
    heights, _, _ = ax.hist(counts, bins=edges.tolist(), color=GREY, alpha=0.6, linewidth=0)
    ax.axvline(panel.observed, color=VERMILION, linewidth=1.4)
    is_right = panel.observed > 0.6 * edges[-1]
    ax.annotate(
        f"true labels: {panel.observed:,}",
        (panel.observed, 0.97),
        (-4 if is_right else 4, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right" if is_right else "left",
        va="top",
        color=VERMILION,
        fontsize=7,
    )
    ax.set_title(f"{panel.title}\np = {panel.p_value:.2g}", color=INK)
    ax.set_xlabel(panel.unit)
    ax.set_ylim(0, 1.18 * float(np.max(heights)))  # room for the words above the bars
    ax.set_xlim(edges[0], edges[-1] + 0.02 * (edges[-1] - edges[0]))


def chance_size(record: ChancePanels) -> Size:
    """Return a width by the number of panels."""
    return 88.0 * len(record.panels), 62.0


def chance_legend(record: ChancePanels) -> str:
    """Say what was permuted and how p is counted."""
    n = len(record.panels[0].by_chance)
    return (
        f"Discoveries with the group labels dealt anew {n:,} times (grey) and with the true labels (vermilion). "
        "p: share of labellings, the true one included, with at least as many discoveries."
    )


CHANCE = Figure("chance", "What chance alone finds", draw_chance, chance_legend, chance_size)
