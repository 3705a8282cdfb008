"""Bars of gene sets: enrichment towards either end of the ranking, and over-representation."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import GREY, LIGHT, ORANGE, VERMILION

LABEL_CHARACTERS = 52
BAR_MM = 6.2
SHADES = ("#f2cf8d", ORANGE, VERMILION)  # the smaller p, the stronger


@dataclass(frozen=True, slots=True)
class SetBar:
    """One gene set: its value, Benjamini-Hochberg p, and the words beside its bar."""

    name: str
    value: float
    p_adjusted: float
    count: str


@dataclass(frozen=True, slots=True)
class SetBars:
    """Bars of gene sets, by panel.

    Attributes
    ----------
    panels : tuple of (title, bars)
        The bars of each from top to bottom.
    value : str
        What the length of a bar is.
    max_p_adjusted : float
        From here on a bar is grey.
    positive, negative : str
        The groups.
    """

    panels: tuple[tuple[str, tuple[SetBar, ...]], ...]
    value: str
    max_p_adjusted: float
    positive: str
    negative: str


def wrapped(name: str, width: int = LABEL_CHARACTERS, lines: int = 2) -> str:
    """Return a set's name in a few lines; what does not fit ends in dots."""
    words = name.replace("_", " ")
    return "\n".join(textwrap.wrap(words, width, max_lines=lines, placeholder=" …", break_long_words=True))


def draw_bars(record: SetBars, ax: Axes) -> None:
    """Draw one panel below the other, with one scale."""
    heights = [len(bars) + 2.2 for _, bars in record.panels]
    places = panels(ax, len(record.panels), 1, height_ratios=heights)
    values = [bar.value for _, bars in record.panels for bar in bars]
    low, high = min(0.0, *values), max(0.0, *values)
    margin = 0.16 * (high - low)
    for (place,), (title, bars) in zip(places, record.panels, strict=True):
        _draw_panel(record, place, title, bars)
        place.set_xlim(low - (margin if low < 0 else 0), high + (margin if high > 0 else 0))
    places[-1][0].set_xlabel(record.value)
    handles = [Patch(facecolor=colour, label=label) for colour, label in _classes(record)]
    places[-1][0].legend(
        handles=handles,
        title="Adjusted p",
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16 * 12 / heights[-1]),
        ncols=4,
    )


def _draw_panel(record: SetBars, place: Axes, title: str, bars: tuple[SetBar, ...]) -> None:
    heights = list(range(len(bars)))[::-1]
    colours = [_colour(record, bar.p_adjusted) for bar in bars]
    place.barh(heights, [bar.value for bar in bars], color=colours, height=0.72)
    for height, bar in zip(heights, bars, strict=True):
        place.annotate(
            bar.count,
            (bar.value, height),
            (2 if bar.value >= 0 else -2, 0),
            textcoords="offset points",
            va="center",
            ha="left" if bar.value >= 0 else "right",
            fontsize=5.5,
            color=GREY,
        )
    place.axvline(0, color=GREY, linewidth=0.6)
    place.set_yticks(heights, [wrapped(bar.name) for bar in bars], fontsize=6.0, linespacing=1.15)
    place.tick_params(axis="y", length=0)
    place.set_ylim(-0.6, len(bars) - 0.4)
    place.spines["left"].set_visible(False)
    place.set_title(title)


def _classes(record: SetBars) -> list[tuple[str, str]]:
    limits = _limits(record)
    told = [(shade, f"< {limit:g}") for shade, limit in zip(SHADES, limits, strict=True)]
    return [(LIGHT, f"{record.max_p_adjusted:g} or more"), *told]


def _limits(record: SetBars) -> tuple[float, float, float]:
    return record.max_p_adjusted, record.max_p_adjusted / 5, record.max_p_adjusted / 50


def _colour(record: SetBars, p_adjusted: float) -> str:
    passed = [shade for shade, limit in zip(SHADES, _limits(record), strict=True) if p_adjusted < limit]
    return passed[-1] if passed and not math.isnan(p_adjusted) else LIGHT


def bars_size(record: SetBars) -> Size:
    """Return a height by the number of bars."""
    n = sum(len(bars) for _, bars in record.panels)
    return TWO_COLUMNS_MM, 22.0 + BAR_MM * n + 11.0 * len(record.panels)


def enrichment_legend(record: SetBars) -> str:
    """Say what the bars of GSEA are."""
    return (
        "Gene sets with the smallest p in each direction. Right: their genes lie towards those that are higher in "
        f"{record.positive} Rad-TILs; left: in {record.negative}. Beside the bars: genes of the leading edge / genes "
        "of the set. Colour: p adjusted over all tested sets of the collection (Benjamini-Hochberg)."
    )


def over_representation_legend(record: SetBars) -> str:
    """Say what the bars of over-representation are."""
    return (
        f"Gene sets with the smallest p among those that hold genes higher in {record.positive} or {record.negative} "
        "Rad-TILs. Length: how many times more of these genes are in the set than chance would put there. Beside the "
        "bars: genes that differ / genes of the set. Colour: p adjusted over the sets that hold any "
        "(Benjamini-Hochberg)."
    )


ENRICHMENT_BARS = Figure("enrichment", "Gene set enrichment", draw_bars, enrichment_legend, bars_size)
OVER_REPRESENTATION_BARS = Figure(
    "over-representation", "Over-representation", draw_bars, over_representation_legend, bars_size
)
