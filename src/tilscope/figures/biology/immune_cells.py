"""Infiltration scores of immune cells in both groups, with stars by false discovery rate."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.grouped import GroupedBoxes, boxes_in_words, draw_pairs, group_key, star
from tilscope.figures.palette import PALE

LINE_CHARACTERS, MOST_LINES = 26, 2
NAME_FONT = 6.0


def draw_immune_cells(record: GroupedBoxes, ax: Axes) -> None:
    """Draw one pair of boxes per cell type, names slanted."""
    variables = list(record.scores.columns)
    tops = draw_pairs(record, variables, ax, point_size=3.0)
    for index, (variable, top) in enumerate(zip(variables, tops, strict=True)):
        if index % 2:
            ax.axvspan(index - 0.5, index + 0.5, color=PALE, linewidth=0, zorder=0)
        star(record, variable, index, top, ax)
    is_narrow = len(variables) > 12
    ax.set_xticks(
        range(len(variables)),
        plain_names(variables, 1 if is_narrow else MOST_LINES),
        rotation=60 if is_narrow else 40,
        ha="right",
        va="center" if not is_narrow else "baseline",
        rotation_mode="anchor",
        fontsize=NAME_FONT,
        linespacing=1.0,
    )
    ax.set_xlim(-0.6, len(variables) - 0.4)
    ax.margins(y=0.1)
    ax.set_ylabel(record.unit)
    group_key(record, ax, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)


def plain_names(names: list[str], lines: int) -> list[str]:
    """Return names as words, without what all of them end in (such as the paper that they come from)."""
    words = [str(name).replace("_", " ").split() or [str(name)] for name in names]
    shared = 0
    while len(words) > 1 and all(len(name) > shared + 1 for name in words):
        if len({name[-1 - shared] for name in words}) > 1:
            break
        shared += 1
    # a single word, such as "cell", belongs to the name
    kept = [" ".join(name[: len(name) - shared] if shared > 1 else name) for name in words]
    width = LINE_CHARACTERS if lines > 1 else LINE_CHARACTERS + 8
    return [
        "\n".join(textwrap.wrap(name, width, max_lines=lines, placeholder=" …")) or name[:width]
        for name in kept
    ]


def immune_cells_size(record: GroupedBoxes) -> Size:
    """Return a width by the number of cell types."""
    return min(TWO_COLUMNS_MM, max(85.0, 24.0 + 9.0 * record.scores.shape[1])), 92.0


def immune_cells_legend(record: GroupedBoxes) -> str:
    """Say the score, the groups, the test and the stars."""
    sizes = " and ".join(f"{n} patients with {group}" for group, n in record.sizes.items())
    text = (
        f"{record.unit}s of {record.scores.shape[1]} gene sets of immune cells in {sizes} {record.group_name}. "
        f"{boxes_in_words(record)}"
    )
    tested = [p for p in record.p_adjusted.values() if not np.isnan(p)]
    if not tested:
        return text
    reached = sum(p < 0.05 for p in tested)
    return f"{text} {reached or 'None'} of the {len(tested)} sets shown {'reaches' if reached == 1 else 'reach'} .05."


IMMUNE_CELLS = Figure(
    "immune-cells", "Immune cells", draw_immune_cells, immune_cells_legend, immune_cells_size
)
