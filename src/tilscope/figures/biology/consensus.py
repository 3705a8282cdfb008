"""How often two patients fall into one cluster of resamples, and how stable each number of clusters is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, fixed, panels
from tilscope.figures.palette import BLUE, GREY, INK, LIGHT, VERMILION


@dataclass(frozen=True, slots=True, eq=False)
class ConsensusPicture:
    """Consensus of every pair, and stability of every number of clusters.

    Attributes
    ----------
    matrix : ndarray of float in [0, 1], patients x patients, or None
        In the order in which it is drawn; None for a cohort too large to be stored.
    sizes : tuple of int
        Patients of each cluster, in that order; empty where there are none.
    number : int
        Clusters that the matrix shows.
    stability : DataFrame, indexed by k, columns ``pac, pac_null, pac_null_low``
    resamples : int
    """

    matrix: np.ndarray | None
    sizes: tuple[int, ...]
    number: int
    stability: pd.DataFrame
    resamples: int


def draw_consensus(record: ConsensusPicture, ax: Axes) -> None:
    """Draw the matrix with frames around the clusters, and PAC beside that of random cohorts."""
    left, right = panels(ax, 1, 2, width_ratios=[1.0, 1.15], wspace=0.08)[0]
    _matrix(record, left)
    _stability(record, right)


def _matrix(record: ConsensusPicture, ax: Axes) -> None:
    ax.set_title(f"A  Consensus, {record.number} clusters")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    if record.matrix is None:
        ax.text(0.5, 0.5, "too many patients to be stored", ha="center", transform=ax.transAxes, color=GREY)
        return
    image = ax.imshow(record.matrix, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    start = 0
    for size in record.sizes:
        corner = (start - 0.5, start - 0.5)
        ax.add_patch(Rectangle(corner, size, size, fill=False, edgecolor=INK, linewidth=0.8))
        start += size
    ax.set_xlabel(f"{len(record.matrix)} patients")
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.7, aspect=16, pad=0.03)
    bar.set_label("together, share of resamples")
    bar.outline.set_visible(False)


def _stability(record: ConsensusPicture, ax: Axes) -> None:
    ax.set_title("B  Unstable pairs")
    table = record.stability
    known = table.dropna(subset=["pac_null"])
    if len(known) > 1:
        ax.fill_between(
            known.index, known["pac_null_low"], known["pac_null"], color=LIGHT, linewidth=0, label="_band"
        )
    ax.plot(
        known.index, known["pac_null"], color=GREY, marker="s", markersize=3, label="random cohorts, mean"
    )
    ax.plot(
        known.index,
        known["pac_null_low"],
        color=GREY,
        linestyle=":",
        marker="s",
        markersize=2,
        label="random cohorts, 5 %",
    )
    ax.plot(table.index, table["pac"], color=BLUE, marker="o", markersize=3.5, label="this cohort")
    if record.number in table.index:
        ax.plot(
            record.number,
            float(table["pac"].to_numpy()[list(table.index).index(record.number)]),
            "o",
            color=VERMILION,
            markersize=5.5,
            zorder=4,
        )
    ax.set_xticks(list(table.index))
    ax.set_ylim(0, 1)
    ax.set_xlabel("Number of clusters")
    ax.set_ylabel("PAC (share of pairs with consensus .1 to .9)")
    ax.legend(loc="upper right")


def consensus_legend(record: ConsensusPicture) -> str:
    """Say what consensus and PAC are."""
    frames = "; frames: clusters" if record.sizes else ""
    return (
        f"A: share of {record.resamples} random parts of the cohort in which two patients were in one cluster{frames}. "
        "B: share of pairs that are neither nearly always nor nearly never together (PAC; low is stable), beside "
        "random cohorts of the same correlations that have no clusters; vermilion: the number shown in A."
    )


_SIZE: Size = (TWO_COLUMNS_MM, 78.0)

CONSENSUS = Figure("consensus", "Stability of the clusters", draw_consensus, consensus_legend, fixed(*_SIZE))
