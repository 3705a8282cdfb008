"""Immune signatures of the transcriptome (T-cell-inflamed, cytolytic activity) in both groups."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.grouped import GroupedBoxes, boxes_in_words, draw_pair, star

SOURCES = {
    "T-cell-inflamed": "T-cell-inflamed: mean z-score of the 18 genes of Ayers 2017",
    "Cytolytic activity": "cytolytic activity: geometric mean of GZMA and PRF1, Rooney 2015",
}


def draw_signatures(record: GroupedBoxes, ax: Axes) -> None:
    """Draw one panel per signature, each with its own scale."""
    variables = list(record.scores.columns)
    places = panels(ax, 1, len(variables), wspace=0.08)[0]
    for place, variable in zip(places, variables, strict=True):
        top = draw_pair(record, variable, 0.0, place, point_size=8.0)
        star(record, variable, 0.0, top, place)
        place.set_xticks([-0.2, 0.2], [f"{group}\n(n = {n})" for group, n in record.sizes.items()])
        place.set_xlim(-0.45, 0.45)
        place.margins(y=0.12)
        p_value = record.p_adjusted.get(variable, float("nan"))
        place.set_title(
            readable(variable) + ("" if math.isnan(p_value) else f"\nadjusted p {_told(p_value)}")
        )
        place.set_xlabel(record.group_name)
    places[0].set_ylabel(record.unit)


def _told(p: float) -> str:
    return "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".") if p < 0.9995 else "= 1"


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
    names = [readable(v) for v in record.scores.columns]
    known = [told for name, told in SOURCES.items() if name in names]
    sizes = " and ".join(f"{n} patients with {group}" for group, n in record.sizes.items())
    explained = f" ({'; '.join(known)})" if known else ""
    return f"{', '.join(names)} in {sizes} {record.group_name}{explained}. {boxes_in_words(record)}"


SIGNATURES = Figure("signatures", "Immune signatures", draw_signatures, signatures_legend, signatures_size)
