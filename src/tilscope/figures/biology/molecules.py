"""How much every molecule differs between the groups: one small forest per family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tilscope.figures.biology.families import Sheet, deal
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.palette import GREY, INK, LIGHT, PALE, level_colour

ROW_MM = 2.55
HEAD_MM = 5.2  # a panel's title and the gap below the one before
FOOT_MM = 16.5  # the axis' numbers and label, and the key
NAMES_MM = 13.5  # left of a panel: names of molecules
MOST_COLUMNS = 3
FONT = 5.6


@dataclass(frozen=True, slots=True, eq=False)
class MoleculeForest:
    """Molecules of several families in two groups.

    Attributes
    ----------
    frame : DataFrame
        One row per family and gene: ``family`` (title), ``gene``, ``r``, ``ci_low``, ``ci_high`` (rank-biserial r
        and its interval, NaN where there is none), ``p_adjusted``. Families in their order.
    positive, negative : str
        The two groups; r > 0: higher in the positive one.
    n_positive, n_negative : int
        Patients in each.
    max_p_adjusted : float
        Below it a difference counts.
    group_name : str
        What the groups are, such as ``Rad-TILs``.
    is_one_family : bool
        Whether p is adjusted over all families together.
    """

    frame: pd.DataFrame
    positive: str
    negative: str
    n_positive: int
    n_negative: int
    max_p_adjusted: float = 0.05
    group_name: str = "Rad-TILs"
    is_one_family: bool = False

    @property
    def families(self) -> list[tuple[str, pd.DataFrame]]:
        """The families with their genes, the strongest excess in the positive group first."""
        drawn = self.frame.dropna(subset=["r"])
        return [
            (str(name), rows.sort_values("r", ascending=False, kind="stable"))
            for name, rows in drawn.groupby("family", sort=False)
        ]


def columns_of(record: MoleculeForest) -> list[list[tuple[str, pd.DataFrame]]]:
    """Deal the families out to columns of about equal height."""
    families = record.families
    sizes = [len(rows) for _, rows in families]
    total = sum(_rows(rows) for _, rows in families)
    n = min(MOST_COLUMNS, max(1, round(total / 24)))
    return [[families[place] for place in column] for column in deal(sizes, n, HEAD_MM / ROW_MM)]


def _rows(rows: pd.DataFrame) -> float:
    return len(rows) + HEAD_MM / ROW_MM


def draw_molecules(record: MoleculeForest, ax: Axes) -> None:
    """Draw the columns of forests, all on the axis from -1 to 1."""
    columns = columns_of(record)
    width, height = molecules_size(record)
    sheet = Sheet.of(ax, (width, height))
    column_mm = width / len(columns)
    for index, column in enumerate(columns):
        top = 0.0
        for title, rows in column:
            top += HEAD_MM
            high = ROW_MM * len(rows)
            panel = sheet.axes(index * column_mm + NAMES_MM, top, column_mm - NAMES_MM - 2.0, high)
            _draw_family(record, title, rows, panel)
            top += high
        _label_axis(record, panel)
    _key(record, sheet.canvas)


def _draw_family(record: MoleculeForest, title: str, rows: pd.DataFrame, ax: Axes) -> None:
    y = np.arange(len(rows))
    for place in y[1::2]:
        ax.axhspan(place - 0.5, place + 0.5, color=PALE, linewidth=0, zorder=0)
    ax.axvline(0.0, color=GREY, linewidth=0.6, zorder=1)
    r, low, high = (rows[name].to_numpy(float) for name in ("r", "ci_low", "ci_high"))
    differs = (rows["p_adjusted"] < record.max_p_adjusted).to_numpy()
    for place, value, start, end, is_different in zip(y, r, low, high, differs, strict=True):
        colour = _colour(record, value) if is_different else GREY
        ax.plot((start, end), (place, place), color=colour, linewidth=0.9 if is_different else 0.6, zorder=2)
        filled = colour if is_different else "white"
        ax.plot(
            value, place, "o", markersize=2.6, markerfacecolor=filled, markeredgecolor=colour,
            markeredgewidth=0.6, zorder=3,
        )  # fmt: skip
    ax.set_yticks(y, rows["gene"], fontsize=FONT, fontstyle="italic")
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(-1.04, 1.04)
    ax.tick_params(axis="y", length=0, pad=1.5)
    ax.set_xticks([-1, -0.5, 0, 0.5, 1], [])
    ax.tick_params(axis="x", length=0)
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_color(LIGHT)
    ax.set_title(
        f"{title}: {int(differs.sum())} of {len(rows)} differ", x=-0.3, loc="left", fontsize=6.5, pad=1.5
    )


def _colour(record: MoleculeForest, r: float) -> str:
    return level_colour(record.positive if r > 0 else record.negative, (record.positive,))


def _label_axis(record: MoleculeForest, ax: Axes) -> None:
    ax.set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−.5", "0", ".5", "1"])
    ax.tick_params(axis="x", length=2.0, labelsize=6.0, pad=1.0)
    ax.set_xlabel(
        f"rank-biserial r\n\N{LEFTWARDS ARROW} more in {record.negative}    more in {record.positive} "
        "\N{RIGHTWARDS ARROW}",
        fontsize=6.0,
    )


def _key(record: MoleculeForest, canvas: Any) -> None:
    look: dict[str, Any] = {"marker": "o", "markersize": 3.2, "linewidth": 1.0}
    told = f"adjusted p < {record.max_p_adjusted:g}".replace("0.", ".")
    handles = [
        Line2D([], [], color=_colour(record, 1.0), label=f"higher in {record.positive}, {told}", **look),
        Line2D([], [], color=_colour(record, -1.0), label=f"higher in {record.negative}, {told}", **look),
        Line2D([], [], color=GREY, markerfacecolor="white", label="no significant difference", **look),
    ]
    n = 3 if len(columns_of(record)) > 1 else 1
    canvas.legend(
        handles=handles,
        loc="lower center",
        ncols=n,
        fontsize=6.0,
        labelcolor=INK,
        handlelength=1.5,
        columnspacing=1.2,
    )


def molecules_size(record: MoleculeForest) -> Size:
    """Return a width by the number of columns and a height by the tallest one."""
    columns = columns_of(record)
    tallest = max((sum(_rows(rows) for _, rows in column) for column in columns), default=0.0)
    width = TWO_COLUMNS_MM * len(columns) / MOST_COLUMNS
    foot = FOOT_MM if len(columns) > 1 else FOOT_MM + 7.0
    return max(85.0, width), max(48.0, foot + tallest * ROW_MM)


def molecules_legend(record: MoleculeForest) -> str:
    """Say what the points are, the groups, and over what p is adjusted."""
    differs = record.frame["p_adjusted"] < record.max_p_adjusted
    over = "all of them together" if record.is_one_family else "each family"
    limit = f"{record.max_p_adjusted:g}".replace("0.", ".")
    n = f"{int(differs.sum())} of {len(record.frame)}" if differs.any() else f"None of {len(record.frame)}"
    untested = int(record.frame["r"].isna().sum())
    left_out = f" Not drawn: {untested} that vary in nobody." if untested else ""
    return (
        f"Molecules of {len(record.families)} families in {record.n_positive} patients with {record.positive} and "
        f"{record.n_negative} with {record.negative} {record.group_name}. Points: rank-biserial r, the share of pairs "
        f"of patients in which the {record.positive} one has more of the molecule minus the share in which the "
        f"{record.negative} one has; lines: 95 % intervals of single molecules (DeLong, on the logit), not adjusted "
        f"for their number. Coloured: adjusted p below {limit} (Benjamini-Hochberg over {over}; the test stands in the "
        f"table). {n} differ.{left_out}"
    )


MOLECULES = Figure(
    "molecules",
    "Immune-related molecules",
    draw_molecules,
    molecules_legend,
    molecules_size,
    is_to_scale=True,
)
