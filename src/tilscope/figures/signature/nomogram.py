"""Nomogram of the Rad-TILs score: points for every feature, their sum, and the score."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from matplotlib.axes import Axes

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.palette import INK, LIGHT, VERMILION

NAMES_MM, RIGHT_MM = 52.0, 6.0
AXIS_MM = TWO_COLUMNS_MM - NAMES_MM - RIGHT_MM
ROW_MM, TICK_MM = 9.0, 1.1
LETTERS = 40  # of a name in one line
LETTER_MM = 1.35  # of a number beside a tick, with room to its neighbour
LABEL_PT, NAME_PT = 6.0, 6.0
Tick = tuple[str, float]


@dataclass(frozen=True, slots=True)
class NomogramAxis:
    """One axis.

    Attributes
    ----------
    name : str
        What it measures.
    ends : (float, float)
        Where it begins and ends, on its scale.
    ticks : tuple of (str, float)
        What is written, and where; the important ones first (one that would touch an earlier one is left out).
    """

    name: str
    ends: tuple[float, float]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class NomogramPicture:
    """The axes from the top down.

    Attributes
    ----------
    points : NomogramAxis
        The scale from 0 to the most points of one feature.
    features : tuple of NomogramAxis
        On the scale of the points.
    total, score : NomogramAxis
        Sums of points, and the scores that they stand for, both on the scale of the sums.
    cutoff : (float, float) or None
        The cut-off, and its place among the sums.
    positive : str
        The class that the score is the probability of.
    n_training : int
        Patients whose range the axes have.
    is_harmonised : bool
        Whether a value must be harmonised before it is looked up.
    """

    points: NomogramAxis
    features: tuple[NomogramAxis, ...]
    total: NomogramAxis
    score: NomogramAxis
    cutoff: tuple[float, float] | None
    positive: str
    n_training: int
    is_harmonised: bool = False


def draw_nomogram(record: NomogramPicture, ax: Axes) -> None:
    """Draw the axes below each other; coordinates are mm from the top left."""
    height = nomogram_size(record)[1]
    ax.set_xlim(0.0, TWO_COLUMNS_MM)
    ax.set_ylim(height, 0.0)
    ax.set_axis_off()
    of_points, of_sums = record.points.ends[1], record.total.ends[1]
    last = _top(1 + len(record.features)) - 0.4 * ROW_MM
    for points in range(0, int(of_points) + 1, 10):
        x = _place(points, of_points)
        ax.plot([x, x], [_top(0), last], color=LIGHT, linewidth=0.4, zorder=0)
    _draw_axis(ax, record.points, 0, of_points, bold=True)
    for row, axis in enumerate(record.features, start=1):
        _draw_axis(ax, axis, row, of_points)
    row = len(record.features) + 1
    _draw_axis(ax, record.total, row, of_sums, bold=True)
    _draw_axis(ax, record.score, row + 1, of_sums, bold=True, is_below=True)
    if record.cutoff is not None:
        _mark_cutoff(ax, record.cutoff, row, of_sums)


def _top(row: int) -> float:
    return 6.0 + row * ROW_MM


def _place(value: float, of: float) -> float:
    return NAMES_MM + AXIS_MM * value / of


def _draw_axis(
    ax: Axes, axis: NomogramAxis, row: int, of: float, *, bold: bool = False, is_below: bool = False
) -> None:
    y = _top(row)
    low, high = (_place(end, of) for end in axis.ends)
    ax.plot([low, high], [y, y], color=INK, linewidth=0.8, solid_capstyle="butt")
    name = "\n".join(textwrap.wrap(axis.name.replace("_", "_ "), LETTERS)).replace("_ ", "_")
    ax.text(
        NAMES_MM - 5.0,
        y,
        name,
        ha="right",
        va="center",
        fontsize=NAME_PT + 0.8 * bold,
        fontweight="bold" if bold else "normal",
        linespacing=1.15,
    )
    taken: list[tuple[float, float]] = []
    tick = TICK_MM if is_below else -TICK_MM
    for text, value in axis.ticks:
        x, half = _place(value, of), 0.5 * LETTER_MM * len(text)
        has_room = x - half >= NAMES_MM - 4.0 and all(
            x + half <= left or x - half >= right for left, right in taken
        )
        ax.plot([x, x], [y, y + tick * (1.0 if has_room else 0.6)], color=INK, linewidth=0.6)
        if has_room:
            va = "top" if is_below else "bottom"
            ax.text(x, y + 1.4 * tick, text, ha="center", va=va, fontsize=LABEL_PT)
            taken.append((x - half, x + half))


def _mark_cutoff(ax: Axes, cutoff: tuple[float, float], row: int, of: float) -> None:
    x, top, foot = _place(cutoff[1], of), _top(row), _top(row + 1)
    ax.plot([x, x], [top, foot], color=VERMILION, linewidth=0.9, linestyle=(0, (3, 2)))
    ax.plot(x, foot, "D", color=VERMILION, markersize=3.6)
    ax.text(
        x,
        foot + 4.6,
        f"cut-off {cutoff[0]:.3f}: {cutoff[1]:.1f} points",
        ha="center" if NAMES_MM + 18 < x < TWO_COLUMNS_MM - 20 else "left" if x < NAMES_MM + 30 else "right",
        va="top",
        fontsize=LABEL_PT,
        color=VERMILION,
    )


def nomogram_size(record: NomogramPicture) -> Size:
    """Return a height by the number of features."""
    return TWO_COLUMNS_MM, _top(len(record.features) + 2) + (8.0 if record.cutoff else 5.0)


def nomogram_legend(record: NomogramPicture) -> str:
    """Say how it is read and what it cannot do."""
    features = "feature" if len(record.features) == 1 else "features"
    first = " after harmonisation to the training sites" if record.is_harmonised else ""
    cutoff = f"; the diamond is the frozen cut-off, from which on a score means {record.positive} Rad-TILs"
    return (
        f"Nomogram of the frozen score with its {len(record.features)} {features}. Look up each value{first}, go up to "
        "the points, add them, and go down from their sum to the score (probability of "
        f"{record.positive} TILs){cutoff if record.cutoff else ''}. It is the signature's equation, exact but for the "
        f"eye. Values are in each feature's own unit. Axes end where the {record.n_training} training patients ended; "
        "beyond them no patient backs the score. A tick without a number had no room for it."
    )


NOMOGRAM = Figure("nomogram", "Nomogram", draw_nomogram, nomogram_legend, nomogram_size)
