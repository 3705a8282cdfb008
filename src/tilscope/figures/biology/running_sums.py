"""The running sums of gene set enrichment analysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.biology.enrichment_bars import wrapped
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import GREY, HIGH, INK, LOW

N_COLUMNS = 3
ROW_MM = 54.0


@dataclass(frozen=True, slots=True, eq=False)
class RunningSumCurve:
    """One set's walk down the ranking.

    Attributes
    ----------
    gene_set, collection : str
    passed, values : ndarray, shape (n_corners,)
        Genes passed, and the sum there.
    hits : ndarray of int
        Places of the set's genes.
    peak : int
        Genes passed at the farthest value from zero.
    es, nes : float
    p_adjusted : str
        In words, such as ``= .012``.
    """

    gene_set: str
    collection: str
    passed: NDArray[np.int64]
    values: NDArray[np.float64]
    hits: NDArray[np.int64]
    peak: int
    es: float
    nes: float
    p_adjusted: str


@dataclass(frozen=True, slots=True, eq=False)
class RunningSums:
    """Walks of several sets down one ranking, from the ``positive`` group's genes to the ``negative`` one's."""

    curves: tuple[RunningSumCurve, ...]
    n_genes: int
    metric: str
    positive: str
    negative: str


def draw_running_sums(record: RunningSums, ax: Axes) -> None:
    """Draw a panel per set: the sum above, the places of its genes below."""
    n_rows = -(-len(record.curves) // N_COLUMNS)
    places = [place for row in panels(ax, n_rows, N_COLUMNS) for place in row]
    for place, curve in zip(places, record.curves, strict=False):
        _draw_curve(record, curve, place)
    for place in places[len(record.curves) :]:
        place.set_axis_off()
    for first in range(0, len(record.curves), N_COLUMNS):
        places[first].set_ylabel("Running sum")


def _draw_curve(record: RunningSums, curve: RunningSumCurve, place: Axes) -> None:
    colour = HIGH if curve.es > 0 else LOW
    bottom, top = min(0.0, float(curve.values.min())), max(0.0, float(curve.values.max()))
    room = 0.16 * (top - bottom)
    place.plot(curve.passed, curve.values, color=colour, linewidth=1.0)
    place.axhline(0, color=GREY, linewidth=0.5)
    place.plot([curve.peak, curve.peak], [0, curve.es], color=GREY, linewidth=0.6, linestyle=(0, (3, 2)))
    place.vlines(curve.hits + 0.5, bottom - room, bottom - 0.35 * room, color=INK, linewidth=0.25, alpha=0.7)
    place.set_ylim(bottom - 1.1 * room, top + 0.5 * room)
    place.set_xlim(0, record.n_genes)
    place.set_title(wrapped(curve.gene_set, 36, 3), fontsize=6.0, linespacing=1.0)
    place.set_xlabel(f"{curve.collection}, NES {curve.nes:.2f}\nadjusted p {curve.p_adjusted}", fontsize=6.0)
    place.set_xticks([0, record.n_genes], [record.positive, record.negative])
    low, high = place.get_xticklabels()
    low.set_horizontalalignment("left")
    high.set_horizontalalignment("right")


def running_sums_size(record: RunningSums) -> Size:
    """Return a height by the number of rows."""
    return TWO_COLUMNS_MM, ROW_MM * -(-len(record.curves) // N_COLUMNS)


def running_sums_legend(record: RunningSums) -> str:
    """Say what the curves are."""
    return (
        f"The {record.n_genes:,} genes from those higher in {record.positive} Rad-TILs (left) to those higher in "
        f"{record.negative} (right), ranked by {record.metric}. The sum rises at each gene of the set by its share of "
        "the set's ranking values, and falls at any other; strokes: genes of the set; dashed: the enrichment score, up "
        "to which (from which on, if negative) the genes are the leading edge. First sets of each direction, and of "
        "those named after immunity."
    )


RUNNING_SUMS = Figure(
    "running-sums", "Running sums", draw_running_sums, running_sums_legend, running_sums_size
)
