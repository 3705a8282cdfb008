"""The running sums of gene set enrichment analysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.biology.enrichment_bars import wrapped
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import GREY, HIGH, LOW

N_COLUMNS = 3
ROW_MM = 57.0
TITLE_MM_WIDE = 44.0
GENE_CHARACTERS = 46


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
    leading : tuple of str
        Genes of the leading edge, the outermost first; empty where unknown.
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
    leading: tuple[str, ...] = ()

    @property
    def is_leading(self) -> NDArray[np.bool_]:
        """Which of the hits belong to the leading edge."""
        leading: NDArray[np.bool_] = self.hits < self.peak if self.es > 0 else self.hits >= self.peak
        return leading


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
    for chosen, ink, width in ((~curve.is_leading, GREY, 0.25), (curve.is_leading, colour, 0.45)):
        place.vlines(
            curve.hits[chosen] + 0.5, bottom - room, bottom - 0.35 * room, color=ink, linewidth=width
        )
    place.set_ylim(bottom - 1.1 * room, top + 0.5 * room)
    place.set_xlim(0, record.n_genes)
    place.set_title(wrapped(curve.gene_set, TITLE_MM_WIDE, 3), fontsize=6.0, linespacing=1.0)
    told = f"{curve.nes:.2f}".replace("-", "\N{MINUS SIGN}")
    place.set_xlabel(
        f"{curve.collection}, NES {told}, adjusted p {curve.p_adjusted}\n{first_genes(curve.leading)}",
        fontsize=5.6,
        linespacing=1.15,
    )
    place.tick_params(labelsize=6.0)
    place.set_xticks([0, record.n_genes], [record.positive, record.negative])
    low, high = place.get_xticklabels()
    low.set_horizontalalignment("left")
    high.set_horizontalalignment("right")


def first_genes(genes: tuple[str, ...]) -> str:
    """Return the outermost genes of a leading edge in at most two lines, and how many more there are."""
    lines: list[str] = []
    line = "leading: "
    for n, gene in enumerate(genes):
        rest = f"and {len(genes) - n} more"
        is_last_line = len(lines) == 1
        room = GENE_CHARACTERS - (len(rest) if is_last_line else 0)
        if len(line) + len(gene) + 2 > room:
            if is_last_line:
                return "\n".join([*lines, line + rest])
            lines.append(line.rstrip())
            line = ""
        line += gene + (", " if n < len(genes) - 1 else "")
    return "\n".join([*lines, line]) if genes else ""


def running_sums_size(record: RunningSums) -> Size:
    """Return a height by the number of rows."""
    return TWO_COLUMNS_MM, ROW_MM * -(-len(record.curves) // N_COLUMNS)


def running_sums_legend(record: RunningSums) -> str:
    """Say what the curves are."""
    return (
        f"The {record.n_genes:,} genes from those higher in {record.positive} Rad-TILs (left) to those higher in "
        f"{record.negative} (right), ranked by {record.metric}. The sum rises at each gene of the set by its share of "
        "the set's ranking values, and falls at any other; its farthest value from zero (dashed) is the enrichment "
        "score. Strokes: genes of the set; coloured: the leading edge, up to the score or, if it is negative, from "
        "there on; its outermost genes are named. NES: normalised enrichment score; p: adjusted over the tested sets "
        "of the collection (Benjamini-Hochberg). Sets: the first of each direction, and the first of those named after "
        "immunity."
    )


RUNNING_SUMS = Figure(
    "running-sums", "Running sums", draw_running_sums, running_sums_legend, running_sums_size
)
