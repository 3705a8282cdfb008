"""Intraclass correlations of all features: how many pass, and of which families."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, fixed, panels
from tilscope.figures.palette import BLUE, GREEN, GREY, INK, LIGHT, ORANGE, VERMILION

COLOURS = (BLUE, VERMILION, GREEN, ORANGE)
LOWEST = -0.25  # what lies lower is drawn here


@dataclass(frozen=True, slots=True, eq=False)
class ReproducibilityPanels:
    """Agreement of second readings.

    Attributes
    ----------
    frame : DataFrame
        Columns ``design``, ``family``, ``n_patients``, ``icc``, ``ci_low``, ``ci_high``; one row per feature and
        design; NaN where a feature has no ICC.
    form : str
        Such as ``ICC(2,1)``.
    min_icc : float
        What a feature must reach.
    """

    frame: pd.DataFrame
    form: str
    min_icc: float


def draw_reproducibility(record: ReproducibilityPanels, ax: Axes) -> None:
    """Draw the sorted ICCs with their intervals, and the share that passes by family."""
    left, right = panels(ax, 1, 2, width_ratios=[1.25, 1.0], wspace=0.08)[0]
    for colour, (design, rows) in zip(COLOURS, _designs(record), strict=False):
        _draw_sorted(rows, design, colour, record.min_icc, left)
    left.axhline(record.min_icc, color=GREY, linestyle=(0, (4, 3)), linewidth=0.8)
    left.annotate(
        f"{record.min_icc:g}",
        (0.0, record.min_icc),
        (2, 1.5),
        textcoords="offset points",
        color=GREY,
        fontsize=6,
    )
    left.set_ylim(LOWEST, 1.02)
    left.set_xlim(0, 100)
    left.set_xlabel("Features, from the least to the most reproducible (%)")
    left.set_ylabel(record.form)
    left.legend(loc="lower right", handlelength=1.4)
    _draw_families(record, right)


def _designs(record: ReproducibilityPanels) -> list[tuple[str, pd.DataFrame]]:
    return [
        (str(name), rows) for name, rows in record.frame.dropna(subset="icc").groupby("design", sort=False)
    ]


def _draw_sorted(rows: pd.DataFrame, design: str, colour: str, min_icc: float, ax: Axes) -> None:
    ordered = rows.sort_values("icc")
    x = 100.0 * (np.arange(len(ordered)) + 0.5) / len(ordered)
    low, high, middle = (
        ordered[name].clip(lower=LOWEST).to_numpy(float) for name in ("ci_low", "ci_high", "icc")
    )
    ax.fill_between(x, low, high, color=colour, alpha=0.16, linewidth=0, rasterized=True)
    n_pass = int((ordered["icc"] >= min_icc).sum())
    n_patients = int(ordered["n_patients"].iloc[0])
    label = f"{design} (n = {n_patients})\n{n_pass:,} of {len(ordered):,} reach {min_icc:g}"
    ax.plot(x, middle, color=colour, linewidth=1.2, label=label)


def _draw_families(record: ReproducibilityPanels, ax: Axes) -> None:
    designs = _designs(record)
    families = list(dict.fromkeys(record.frame["family"]))
    height = 0.8 / max(len(designs), 1)
    for index, (colour, (_, rows)) in enumerate(zip(COLOURS, designs, strict=False)):
        share = rows.groupby("family")["icc"].apply(lambda values: float((values >= record.min_icc).mean()))
        for place, family in enumerate(families):
            y = place - 0.4 + (index + 0.5) * height
            ax.barh(y, 100.0, height * 0.86, color=LIGHT, alpha=0.5)
            ax.barh(y, 100.0 * share.get(family, 0.0), height * 0.86, color=colour)
    ax.set_yticks(range(len(families)), families)
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    ax.invert_yaxis()
    ax.set_xlim(0, 100)
    ax.set_xlabel(f"Features that reach {record.min_icc:g} (%)")


def reproducibility_legend(record: ReproducibilityPanels) -> str:
    """Say what is seen, with the numbers."""
    told = "; ".join(
        f"{design}, {int(rows['n_patients'].iloc[0])} patients: median {rows['icc'].median():.2f}"
        for design, rows in _designs(record)
    )
    return (
        f"{record.form} of every feature, all patients that were read twice ({told}). Left: sorted, with the 95 % "
        f"interval as a band; values below \N{MINUS SIGN}{-LOWEST:g} are drawn there. Right: share of each "
        f"family that reaches {record.min_icc:g}, over all phases and images."
    )


REPRODUCIBILITY = Figure(
    "reproducibility",
    "Agreement of second readings",
    draw_reproducibility,
    reproducibility_legend,
    fixed(TWO_COLUMNS_MM, 74.0),
)
