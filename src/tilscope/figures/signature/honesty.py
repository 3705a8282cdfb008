"""How much of the result is luck: AUC over random splits, under permuted classes, and of simple models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import BLUE, GREY, INK, LIGHT, ROLE_COLOURS, VERMILION

Array = NDArray[np.float64]
CHANCE = 0.5
N_BINS = 21


@dataclass(frozen=True, slots=True)
class AucRange:
    """AUC of one model or control over random splits.

    Attributes
    ----------
    label : str
    mean, low, high : float
        Mean, 2.5 % and 97.5 % quantile.
    n : int
        Splits.
    is_control : bool
        Whether it should be at chance.
    """

    label: str
    mean: float
    low: float
    high: float
    n: int
    is_control: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class HonestyPanels:
    """The honesty panel.

    Attributes
    ----------
    split_auc : ndarray of float, shape (n_splits,)
        Validation AUC over random splits.
    own_auc : float or None
        That of the study's own split.
    nested : (float, float, float) or None
        AUC of nested cross-validation, and its interval.
    permuted_auc : ndarray of float, shape (n_permutations,)
        Out-of-fold AUC under permuted classes; empty where it was not done.
    observed_auc, p_value : float or None
        With the true classes, and its permutation p.
    ranges : tuple of AucRange
        The signature first.
    """

    split_auc: Array
    own_auc: float | None
    nested: tuple[float, float, float] | None
    permuted_auc: Array
    observed_auc: float | None
    p_value: float | None
    ranges: tuple[AucRange, ...]


def draw_honesty(record: HonestyPanels, ax: Axes) -> None:
    """Draw the random splits, the permutations where there are any, and the ranges of all models."""
    has_permutations = record.permuted_auc.size > 0
    row = panels(ax, 1, 3 if has_permutations else 2, wspace=0.06)[0]
    _draw_splits(record, row[0])
    if has_permutations:
        _draw_permutations(record, row[1])
    _draw_ranges(record.ranges, row[-1])


def _bins(*values: Array) -> Array:
    """Return edges that cover all values, .5 and no more of 0..1 than needed."""
    known = np.concatenate([np.asarray(v, dtype=np.float64).ravel() for v in values])
    low, high = min(CHANCE - 0.05, float(known.min())), max(CHANCE + 0.05, float(known.max()))
    pad = 0.04 * (high - low)
    return np.linspace(max(0.0, low - pad), min(1.0, high + pad), N_BINS)


def _draw_splits(record: HonestyPanels, ax: Axes) -> None:
    own = [] if record.own_auc is None else [record.own_auc]
    edges = _bins(record.split_auc, np.array([*own, *(record.nested or ())]))
    counts, _, _ = ax.hist(
        record.split_auc, bins=edges.tolist(), color=ROLE_COLOURS["validation"], alpha=0.55, linewidth=0
    )
    top = float(np.max(counts))
    ax.set_ylim(0, 1.55 * top)
    _draw_chance(ax)
    if record.own_auc is not None:
        ax.vlines(record.own_auc, 0, 1.17 * top, color=VERMILION, linewidth=1.3)
        _write(ax, record.own_auc, 1.20 * top, f"this split {record.own_auc:.3f}", VERMILION)
    if record.nested is not None:
        auc, low, high = record.nested
        ax.plot([low, high], [1.37 * top] * 2, color=BLUE, linewidth=1.3, solid_capstyle="butt")
        ax.plot(auc, 1.37 * top, "o", color=BLUE, markersize=4)
        _write(ax, auc, 1.42 * top, f"nested {auc:.3f}", BLUE)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_xlabel("Validation AUC")
    ax.set_ylabel("Random splits")
    ax.locator_params(axis="y", integer=True)
    ax.set_title(f"{record.split_auc.size} random splits")


def _draw_permutations(record: HonestyPanels, ax: Axes) -> None:
    observed = [] if record.observed_auc is None else [record.observed_auc]
    edges = _bins(record.permuted_auc, np.array(observed))
    counts, _, _ = ax.hist(record.permuted_auc, bins=edges.tolist(), color=GREY, alpha=0.55, linewidth=0)
    top = float(np.max(counts))
    ax.set_ylim(0, 1.35 * top)
    _draw_chance(ax)
    if record.observed_auc is not None:
        told = "" if record.p_value is None else f"\np = {record.p_value:.3g}"
        ax.vlines(record.observed_auc, 0, 1.06 * top, color=VERMILION, linewidth=1.3)
        _write(
            ax, record.observed_auc, 1.09 * top, f"true classes {record.observed_auc:.3f}{told}", VERMILION
        )
    ax.set_xlim(edges[0], edges[-1])
    ax.set_xlabel("Out-of-fold AUC")
    ax.set_ylabel("Permutations")
    ax.locator_params(axis="y", integer=True)
    ax.set_title(f"{record.permuted_auc.size} permutations")


def _draw_ranges(ranges: tuple[AucRange, ...], ax: Axes) -> None:
    heights = np.arange(len(ranges))[::-1]
    for height, row in zip(heights, ranges, strict=True):
        colour = GREY if row.is_control else ROLE_COLOURS["validation"] if height == heights[0] else INK
        ax.plot([row.low, row.high], [height] * 2, color=colour, linewidth=1.6, solid_capstyle="butt")
        ax.plot(row.mean, height, "D" if row.is_control else "o", color=colour, markersize=4.5)
        ax.annotate(
            f"{row.mean:.3f}",
            (row.mean, height),
            (0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=6,
            color=colour,
        )
    _draw_chance(ax)
    ax.set_yticks(heights, [row.label for row in ranges])
    ax.set_ylim(-0.6, len(ranges) - 0.3)
    low = min(CHANCE - 0.05, *(row.low for row in ranges))
    ax.set_xlim(max(0.0, low - 0.03), min(1.02, max(CHANCE + 0.05, *(row.high for row in ranges)) + 0.03))
    ax.set_xlabel("Validation AUC")
    ax.set_title("Models and controls")


def _draw_chance(ax: Axes) -> None:
    ax.axvline(CHANCE, color=LIGHT, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)


def _write(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    """Write a text above a place, on the side where there is room."""
    left, right = ax.get_xlim()
    share = (x - left) / (right - left)
    side = "left" if share < 0.33 else "right" if share > 0.67 else "center"
    ax.text(x, y, text, color=colour, fontsize=6, ha=side, va="bottom", linespacing=1.2)


def honesty_size(record: HonestyPanels) -> Size:
    """Return a height that leaves room for every range."""
    return TWO_COLUMNS_MM, max(56.0, 26.0 + 8.0 * len(record.ranges))


def honesty_legend(record: HonestyPanels) -> str:
    """Say what is seen, and how often it was done."""
    told = [
        f"Left: validation AUC over {record.split_auc.size} random splits, the whole fit anew in each; vermilion, the "
        "study's own split."
    ]
    if record.nested is not None:
        told.append("Blue: nested cross-validation with its 95 % interval.")
    if record.permuted_auc.size:
        told.append(
            f"Middle: out-of-fold AUC with classes permuted {record.permuted_auc.size} times, and with the true ones."
        )
    told.append("Right: mean and 2.5 % to 97.5 % of the validation AUC over random splits.")
    if any(row.is_control for row in record.ranges):
        told.append("Diamonds are negative controls, which should lie at the dashed line (.5).")
    return " ".join(told)


HONESTY = Figure("honesty", "How much is luck", draw_honesty, honesty_legend, honesty_size)
