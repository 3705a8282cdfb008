"""Infiltration scores of immune cells in both groups, with stars by false discovery rate."""

from __future__ import annotations

from matplotlib.axes import Axes

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.grouped import GroupedBoxes, draw_pair, group_key, star
from tilscope.figures.palette import PALE


def draw_immune_cells(record: GroupedBoxes, ax: Axes) -> None:
    """Draw one pair of boxes per cell type, names slanted."""
    variables = list(record.scores.columns)
    tops = [
        draw_pair(record, variable, index, ax, point_size=3.0) for index, variable in enumerate(variables)
    ]
    for index, (variable, top) in enumerate(zip(variables, tops, strict=True)):
        if index % 2:
            ax.axvspan(index - 0.5, index + 0.5, color=PALE, linewidth=0, zorder=0)
        star(record, variable, index, top, ax)
    ax.set_xticks(
        range(len(variables)), [_plain(v) for v in variables], rotation=40, ha="right", rotation_mode="anchor"
    )
    ax.set_xlim(-0.6, len(variables) - 0.4)
    ax.margins(y=0.1)
    ax.set_ylabel(record.unit)
    group_key(record, ax, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)


def _plain(name: str) -> str:
    words = str(name).replace("_", " ")
    return words if len(words) <= 26 else words[:25] + "…"


def immune_cells_size(record: GroupedBoxes) -> Size:
    """Return a width by the number of cell types."""
    return min(TWO_COLUMNS_MM, max(85.0, 24.0 + 9.0 * record.scores.shape[1])), 88.0


def immune_cells_legend(record: GroupedBoxes) -> str:
    """Say the score, the groups and the stars."""
    significant = sum(p < 0.05 for p in record.p_adjusted.values())
    return (
        f"{record.unit}s of {record.scores.shape[1]} immune-cell gene sets in {record.positive} and {record.negative} "
        f"{record.group_name}; boxes: median and quartiles; points: patients. Stars: adjusted p "
        f"(*** < .001, ** < .01, * < .05; ns: not significant). {significant} of {len(record.p_adjusted)} reach .05."
    )


IMMUNE_CELLS = Figure(
    "immune-cells", "Immune cells", draw_immune_cells, immune_cells_legend, immune_cells_size
)
