"""Shares of classes in two groups as stacked bars: clinical variables, clusters of tumours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from tilscope.figures.biology.families import Sheet
from tilscope.figures.figure import ONE_COLUMN_MM, TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.palette import GREEN, GREY, INK, ORANGE, PURPLE, SKY

N_COLUMNS = 4
LEFT_MM, RIGHT_MM = 10.0, 2.0
TITLE_MM, LINE_MM, PLOT_MM, GROUPS_MM = 4.5, 2.9, 34.0, 7.5
KEY_MM = 3.0  # one line of a key
KEY_CHARACTERS = 30
FULL_SIZE_CHARACTERS, TITLE_CHARACTERS = 22, 28
UNORDERED = (GREEN, ORANGE, SKY, PURPLE, GREY, "#f0e442", INK)
LEAST_LABELLED = 0.07  # share of a bar that has room for its number


@dataclass(frozen=True, slots=True, eq=False)
class StackedBar:
    """One variable.

    Attributes
    ----------
    name : str
        Of the variable.
    told : tuple of str
        Lines above the bars: test, p, how many have no value.
    counts : DataFrame of int, levels x groups
        Levels from the bottom to the top, groups from left to right.
    is_ordered : bool
        Whether the levels are.
    colours : tuple of str
        Of the levels, where they have colours of their own; else empty.
    """

    name: str
    told: tuple[str, ...]
    counts: pd.DataFrame
    is_ordered: bool = False
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StackedBars:
    """Variables in the order in which they are drawn.

    Attributes
    ----------
    panels : tuple of StackedBar
    told : str
        What the legend says of them: who was compared, by which tests, adjusted over what.
    n_left_out : int
        Variables for which there was no room.
    """

    panels: tuple[StackedBar, ...]
    told: str
    n_left_out: int = 0


def draw_stacked_bars(record: StackedBars, ax: Axes) -> None:
    """Draw one panel per variable, at most four in a row."""
    width, _ = size = stacked_bars_size(record)
    sheet = Sheet.of(ax, size)
    n_columns = _n_columns(record)
    column_mm, top = width / n_columns, 0.0
    for first in range(0, len(record.panels), n_columns):
        row = record.panels[first : first + n_columns]
        head = _head_mm(row)
        for column, panel in enumerate(row):
            place = sheet.axes(
                column * column_mm + LEFT_MM, top + head, column_mm - LEFT_MM - RIGHT_MM, PLOT_MM
            )
            _draw(panel, place, head)
        top += _row_mm(row)


def _draw(panel: StackedBar, ax: Axes, head: float) -> None:
    counts, totals = panel.counts, panel.counts.sum(axis=0)
    colours = panel.colours or tuple(level_colours(len(counts), is_ordered=panel.is_ordered))
    for x, group in enumerate(counts.columns):
        bottom = 0.0
        for level, colour in zip(counts.index, colours, strict=True):
            n = int(counts.loc[level, group])
            share = n / max(float(totals[group]), 1.0)
            ax.bar(x, share, 0.72, bottom, color=colour, edgecolor="white", linewidth=0.4)
            if share >= LEAST_LABELLED:
                ink = "white" if _is_dark(colour) else "black"
                ax.text(x, bottom + share / 2, f"{n}", ha="center", va="center", fontsize=6.0, color=ink)
            bottom += share
    ax.set_xlim(-0.6, len(counts.columns) - 0.4)
    ax.set_ylim(0.0, 1.0)
    ax.set_yticks([0.0, 0.5, 1.0], ["0 %", "50 %", "100 %"], fontsize=5.8)
    ax.set_xticks(
        range(len(counts.columns)),
        [f"{group}\n(n = {int(totals[group])})" for group in counts.columns],
        fontsize=6.0,
    )
    ax.tick_params(axis="x", length=0)
    _title(panel, ax, head)
    keys = [
        Patch(color=colour, label=_key(str(level)))
        for level, colour in zip(counts.index, colours, strict=True)
    ]
    ax.legend(
        handles=keys[::-1],  # as in the bar, from the top to the bottom
        loc="upper left",
        bbox_to_anchor=(0.0, -GROUPS_MM / PLOT_MM),
        ncols=_key_columns(panel),
        fontsize=5.6,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=0.8,
        handletextpad=0.4,
        labelspacing=0.25,
        borderaxespad=0.0,
        borderpad=0.0,
    )


def _title(panel: StackedBar, ax: Axes, head: float) -> None:
    """Write the name and the lines below it, in the room above the bars (in mm)."""
    name = _short(panel.name, TITLE_CHARACTERS)
    size = max(5.2, min(7.0, 7.0 * FULL_SIZE_CHARACTERS / max(len(name), 1)))
    at: dict[str, Any] = {"transform": ax.transAxes, "va": "top"}
    ax.text(0, 1.0 + (head - 0.5) / PLOT_MM, name, fontsize=size, fontweight="bold", **at)
    for line, told in enumerate(told for told in panel.told if told):
        height = 1.0 + (head - TITLE_MM + 0.6 - LINE_MM * line) / PLOT_MM
        ax.text(0, height, told, fontsize=5.6, color=GREY, **at)


def level_colours(n: int, *, is_ordered: bool) -> list[str]:
    """Return shades of one colour for ordered levels, else colours that differ; shades of grey-blue for too many."""
    if not is_ordered and n <= len(UNORDERED):
        return list(UNORDERED[:n])
    name = "Greens" if is_ordered else "viridis"
    places = np.linspace(0.25, 0.9, n) if is_ordered else np.linspace(0.0, 1.0, n)
    return [mpl.colors.to_hex(mpl.colormaps[name](place)) for place in places]


def _is_dark(colour: str) -> bool:
    red, green, blue = mpl.colors.to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.55


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _key(level: str) -> str:
    return _short(level, KEY_CHARACTERS)


def _key_columns(panel: StackedBar) -> int:
    longest = max(len(_key(str(level))) for level in panel.counts.index)
    most = max(1, min(len(panel.counts), 3, KEY_CHARACTERS // (longest + 4)))
    return -(-len(panel.counts) // -(-len(panel.counts) // most))  # no lonely one in the last line


def _row_mm(row: tuple[StackedBar, ...]) -> float:
    lines = max(-(-len(panel.counts) // _key_columns(panel)) for panel in row)
    return _head_mm(row) + PLOT_MM + GROUPS_MM + KEY_MM * lines + 2.0


def _head_mm(row: tuple[StackedBar, ...]) -> float:
    return TITLE_MM + LINE_MM * max(sum(bool(told) for told in panel.told) for panel in row)


def _n_columns(record: StackedBars) -> int:
    return max(2, min(N_COLUMNS, len(record.panels)))


def stacked_bars_size(record: StackedBars) -> Size:
    """Return a width by the number of columns and a height by the rows and their keys."""
    n = _n_columns(record)
    rows = [record.panels[first : first + n] for first in range(0, len(record.panels), n)]
    return max(ONE_COLUMN_MM, TWO_COLUMNS_MM * n / N_COLUMNS), sum(_row_mm(row) for row in rows)


def stacked_bars_legend(record: StackedBars) -> str:
    """Say what the bars are, then what the record tells of their tests."""
    text = (
        f"{record.told} Bars: share of each class among the patients with a value; in the bars: patients (not written "
        "where there is no room)."
    )
    if record.n_left_out:
        text += f" {record.n_left_out} more variables are in the table; shown are those with the smallest p."
    return text


CLINICAL_BARS = Figure(
    "clinical-bars",
    "Clinical classes",
    draw_stacked_bars,
    stacked_bars_legend,
    stacked_bars_size,
    is_to_scale=True,
)
CLUSTER_BARS = Figure(
    "cluster-bars",
    "Groups and clusters",
    draw_stacked_bars,
    stacked_bars_legend,
    stacked_bars_size,
    is_to_scale=True,
)
