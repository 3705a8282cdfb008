"""Differential expression: effect against evidence, with named genes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, fixed
from tilscope.figures.labels import label_points
from tilscope.figures.palette import GREY, HIGH, INK, LOW, PALE

MAX_AVOIDED = 400  # coloured points that labels keep clear of


@dataclass(frozen=True, slots=True, eq=False)
class Volcano:
    """A table of genes and the lines drawn through it.

    Attributes
    ----------
    table : DataFrame
        Index: gene; columns ``log2_fc``, ``p_value``, ``p_adjusted``.
    named : tuple of str
        Genes to write out, the most important first.
    max_p_adjusted, min_abs_log2_fc : float
        Limits beyond which a gene is coloured.
    positive, negative : str
        Names of the groups; genes on the right are higher in ``positive``.
    sizes : tuple of int, optional
        Patients of both, the positive first; empty where unknown.
    group_name : str
        What the groups are.
    """

    table: pd.DataFrame
    named: tuple[str, ...]
    max_p_adjusted: float
    min_abs_log2_fc: float
    positive: str
    negative: str
    sizes: tuple[int, ...] = ()
    group_name: str = "Rad-TILs"


def draw_volcano(record: Volcano, ax: Axes) -> None:
    """Draw every gene; colour the significant ones; name the named ones."""
    table = record.table.dropna(subset=["log2_fc", "p_value"])
    x = table["log2_fc"].to_numpy(float)
    y = -np.log10(np.maximum(table["p_value"].to_numpy(float), np.finfo(float).tiny))
    up, down = changed(record, table)
    for chosen, colour, size in ((~(up | down), "#b9c2cc", 3.0), (down, LOW, 5.0), (up, HIGH, 5.0)):
        ax.scatter(x[chosen], y[chosen], s=size, color=colour, linewidths=0, alpha=0.8, rasterized=True)
    _frame(record, table, x, y, ax)
    names = [name for name in record.named if name in table.index]
    places = table.index.get_indexer(pd.Index(names))
    ax.scatter(x[places], y[places], s=11, facecolors="none", edgecolors="black", linewidths=0.6, zorder=5)
    crowd = np.flatnonzero(up | down)[:MAX_AVOIDED]
    colours = [HIGH if up[place] else LOW if down[place] else INK for place in places]
    label_points(
        ax,
        list(x[places]),
        list(y[places]),
        names,
        avoid=np.column_stack([x[crowd], y[crowd]]),
        colours=colours,
    )


def changed(record: Volcano, table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return which genes pass the limits upwards, and which downwards."""
    passed = (table["p_adjusted"] < record.max_p_adjusted).to_numpy()
    change = table["log2_fc"].to_numpy(float)
    return passed & (change >= record.min_abs_log2_fc), passed & (change <= -record.min_abs_log2_fc)


def _frame(record: Volcano, table: pd.DataFrame, x: np.ndarray, y: np.ndarray, ax: Axes) -> None:
    reach = 1.12 * max(float(np.abs(x).max(initial=0.0)), 1.5 * record.min_abs_log2_fc, 0.5)
    ax.set_xlim(-reach, reach)
    ax.set_ylim(0, 1.14 * float(y.max(initial=1.0)))
    for side in (-1, 1) if record.min_abs_log2_fc > 0 else ():
        ax.axvline(side * record.min_abs_log2_fc, color=GREY, linewidth=0.5, linestyle=(0, (4, 3)), zorder=0)
    passing = table.loc[table["p_adjusted"] < record.max_p_adjusted, "p_value"]
    if len(passing):
        ax.axhline(
            -np.log10(max(passing.max(), 1e-300)), color=GREY, linewidth=0.5, linestyle=(0, (4, 3)), zorder=0
        )
    ax.set_xlabel(f"log2 fold change ({record.positive} against {record.negative} {record.group_name})")
    ax.set_ylabel("\N{MINUS SIGN}log10 p")
    up, down = changed(record, table)
    box = {"facecolor": PALE, "edgecolor": "none", "boxstyle": "round,pad=0.3"}
    ax.text(
        0.985,
        0.985,
        f"{int(up.sum())} higher in {record.positive}",
        transform=ax.transAxes,
        ha="right",
        va="top",
        color=HIGH,
        bbox=box,
    )
    ax.text(
        0.015,
        0.985,
        f"{int(down.sum())} lower in {record.positive}",
        transform=ax.transAxes,
        ha="left",
        va="top",
        color=LOW,
        bbox=box,
    )


def volcano_legend(record: Volcano) -> str:
    """Say the limits and the numbers."""
    table = record.table.dropna(subset=["log2_fc", "p_value"])
    up, down = changed(record, table)
    groups = [record.positive, record.negative]
    if record.sizes:
        groups = [f"{group} (n = {n})" for group, n in zip(groups, record.sizes, strict=True)]
    passed = int((table["p_adjusted"] < record.max_p_adjusted).sum())
    line = (
        f" The dashed line across is the largest p whose adjusted p is below {record.max_p_adjusted:g}, which "
        f"{passed:,} genes reach."
        if passed
        else f" No gene has an adjusted p below {record.max_p_adjusted:g}."
    )
    return (
        f"Moderated t-test (limma) of {len(table):,} genes, {' against '.join(groups)} {record.group_name}. Coloured: "
        f"p adjusted over these genes < {record.max_p_adjusted:g} (Benjamini-Hochberg) and |log2 fold change| ≥ "
        f"{record.min_abs_log2_fc:g} ({int(up.sum())} higher, {int(down.sum())} lower in {record.positive}).{line} "
        "Circles: the genes that are named, the most significant ones and those that the study asked for."
    )


VOLCANO = Figure(
    "volcano", "Differentially expressed genes", draw_volcano, volcano_legend, fixed(130.0, 100.0)
)
