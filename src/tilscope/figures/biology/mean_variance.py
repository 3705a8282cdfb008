"""Counts: the spread of each gene over its mean count, and the trend that weighs the counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tilscope.figures.figure import ONE_COLUMN_MM, Figure, fixed
from tilscope.figures.palette import VERMILION


@dataclass(frozen=True, slots=True, eq=False)
class MeanVariance:
    """voom's trend.

    Attributes
    ----------
    table : DataFrame
        Index: gene; columns ``log2_count``, ``sqrt_sd``, ``trend``.
    """

    table: pd.DataFrame


def draw_mean_variance(record: MeanVariance, ax: Axes) -> None:
    """Draw every gene and the trend."""
    table = record.table.sort_values("log2_count", kind="stable")
    x = table["log2_count"].to_numpy(float)
    ax.scatter(
        x,
        table["sqrt_sd"].to_numpy(float),
        s=1.5,
        color="#9aa6b2",
        linewidths=0,
        alpha=0.5,
        rasterized=True,
    )
    ax.plot(x, table["trend"].to_numpy(float), color=VERMILION)
    ax.set_ylim(0, 1.05 * float(np.nanmax(table["sqrt_sd"].to_numpy(float), initial=0.1)))
    ax.set_xlabel("Mean log2 (count + 0.5)")
    ax.set_ylabel("Square root of the residual\nstandard deviation (log2)")


def mean_variance_legend(record: MeanVariance) -> str:
    """Say what the points and the line are, and what good looks like."""
    return (
        f"{len(record.table):,} genes. The line (lowess) gives each count its weight: the less a count of its size "
        "varies, the more it weighs. It should fall towards large counts and be flat there; a hump at small counts "
        "means that the filter let genes with too few of them through."
    )


MEAN_VARIANCE = Figure(
    "mean-variance",
    "Spread of the counts over their mean",
    draw_mean_variance,
    mean_variance_legend,
    fixed(ONE_COLUMN_MM, 65.0),
)
