"""Immune signatures of the transcriptome (T-cell-inflamed, cytolytic activity) in both groups."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.grouped import GroupedBoxes, draw_pair, star


def draw_signatures(record: GroupedBoxes, ax: Axes) -> None:
    """Draw one panel per signature, each with its own scale."""
    variables = list(record.scores.columns)
    places = panels(ax, 1, len(variables), wspace=0.08)[0]
    for place, variable in zip(places, variables, strict=True):
        top = draw_pair(record, variable, 0.0, place, point_size=8.0)
        star(record, variable, 0.0, top, place)
        place.set_xticks([-0.2, 0.2], [record.negative, record.positive])
        place.set_xlim(-0.45, 0.45)
        place.margins(y=0.12)
        p_value = record.p_adjusted.get(variable, float("nan"))
        place.set_title(
            f"{readable(variable)}" + ("" if math.isnan(p_value) else f"\nadjusted p = {p_value:.2g}")
        )
        place.set_xlabel(record.group_name)
    places[0].set_ylabel(record.unit)


def readable(name: str) -> str:
    """Return a signature's name as words."""
    words = str(name).replace("_", " ").strip()
    known = {
        "t cell inflamed": "T-cell-inflamed",
        "cytolytic": "Cytolytic activity",
        "cytolytic activity": "Cytolytic activity",
    }
    return known.get(words.lower(), words[:1].upper() + words[1:])


def signatures_size(record: GroupedBoxes) -> Size:
    """Return a width by the number of signatures."""
    return min(TWO_COLUMNS_MM, max(85.0, 56.0 * record.scores.shape[1])), 70.0


def signatures_legend(record: GroupedBoxes) -> str:
    """Say what the scores are."""
    names = ", ".join(readable(v) for v in record.scores.columns)
    return (
        f"{names} in {record.positive} and {record.negative} {record.group_name} (T-cell-inflamed: mean z-score of the "
        "18 genes of Ayers 2017; cytolytic activity: geometric mean of GZMA and PRF1, Rooney 2015). Boxes: median and "
        "quartiles; points: patients."
    )


SIGNATURES = Figure("signatures", "Immune signatures", draw_signatures, signatures_legend, signatures_size)
