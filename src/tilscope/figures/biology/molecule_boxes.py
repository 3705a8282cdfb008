"""The expression of single molecules in both groups: a pair of boxes per gene, a panel per family."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from tilscope.figures.biology.families import Sheet, fill_rows
from tilscope.figures.boxes import stars
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.grouped import GroupedBoxes, boxes_in_words, colour_of, draw_pairs, star
from tilscope.figures.palette import LIGHT, PALE

LEFT_MM = 9.5  # the axis' numbers and label, once per row
GAP_MM = 3.0  # between two panels
TITLE_MM, PLOT_MM, NAMES_MM = 10.5, 40.0, 13.5
HEAD_MM = 5.0  # the key
PITCHES_MM = (6.0, 5.4, 4.8, 4.2, 3.8, 3.5, 3.25, 3.1)  # width of one gene
TITLE_FONT, CHARACTER_MM = 6.0, 1.22
TITLE_PAD = 10.5  # points; above the stars, whose line stands on the axes
LEAST_PANEL_MM = 22.5  # a title's longest word
GENE_FONT = 5.6
LIMIT = 4.0  # of the axis, in standard deviations


@dataclass(frozen=True, slots=True, eq=False)
class MoleculeBoxes:
    """Families of molecules.

    Attributes
    ----------
    families : tuple of (title, GroupedBoxes)
        z-scores; genes in the order in which they are drawn.
    n_left_out : int
        Molecules that vary in nobody.
    """

    families: tuple[tuple[str, GroupedBoxes], ...]
    n_left_out: int = 0

    @property
    def first(self) -> GroupedBoxes:
        """The first family: groups and test are the same in all."""
        return self.families[0][1]

    @property
    def n_beyond(self) -> int:
        """Values beyond the axis."""
        return sum(int((np.abs(boxes.scores.to_numpy(float)) > LIMIT).sum()) for _, boxes in self.families)


def rows_of(record: MoleculeBoxes) -> tuple[float, list[list[int]]]:
    """Return the width of a gene in mm and the families of each row: as few rows as can be, then as wide as can be."""
    n_genes = [boxes.scores.shape[1] for _, boxes in record.families]
    dealt = []
    for pitch in PITCHES_MM:
        widths = [_panel_mm(n, pitch) + GAP_MM for n in n_genes]
        dealt.append((pitch, fill_rows(widths, TWO_COLUMNS_MM - LEFT_MM)))
    fewest = min(len(rows) for _, rows in dealt)
    return next((pitch, rows) for pitch, rows in dealt if len(rows) == fewest or pitch == PITCHES_MM[-1])


def _panel_mm(n_genes: int, pitch: float) -> float:
    return max(n_genes * pitch, LEAST_PANEL_MM)


def draw_molecule_boxes(record: MoleculeBoxes, ax: Axes) -> None:
    """Draw the families row by row on one scale, with one key on top."""
    sheet = Sheet.of(ax, molecule_boxes_size(record))
    pitch, rows = rows_of(record)
    for line, row in enumerate(rows):
        left, top = LEFT_MM, HEAD_MM + line * (TITLE_MM + PLOT_MM + NAMES_MM) + TITLE_MM
        for index, family in enumerate(row):
            title, boxes = record.families[family]
            n = boxes.scores.shape[1]
            place = sheet.axes(left, top, n * pitch, PLOT_MM)
            _draw_family(boxes, place, pitch)
            characters = int(_panel_mm(n, pitch) / CHARACTER_MM)
            place.set_title(textwrap.fill(title, characters), loc="left", fontsize=TITLE_FONT, pad=TITLE_PAD)
            if index:
                place.tick_params(labelleft=False)
            else:
                place.set_ylabel("z-score of log2 expression", fontsize=6.0, labelpad=1.0)
            if line == index == 0:
                _key(record, place)
            left += _panel_mm(n, pitch) + GAP_MM


def _draw_family(boxes: GroupedBoxes, ax: Axes, pitch: float) -> None:
    genes = list(boxes.scores.columns)
    draw_pairs(boxes, genes, ax, point_size=min(3.0, 0.45 * pitch))
    for index, gene in enumerate(genes):
        if index % 2:
            ax.axvspan(index - 0.5, index + 0.5, color=PALE, linewidth=0, zorder=0)
        if stars(boxes.p_adjusted.get(gene, float("nan"))) != "ns":  # a hundred "ns" would be read as marks
            star(boxes, gene, index, LIMIT, ax, size=max(5.0, min(8.0, 1.6 * pitch)))
    ax.axhline(0.0, color=LIGHT, linewidth=0.6, zorder=1)
    ax.set_xticks(range(len(genes)), genes, rotation=90, fontsize=GENE_FONT, fontstyle="italic")
    ax.set_xlim(-0.5, len(genes) - 0.5)
    ax.set_ylim(-LIMIT, LIMIT)
    ax.set_yticks([-4, -2, 0, 2, 4])
    ax.tick_params(axis="x", length=0, pad=1.5)
    ax.tick_params(axis="y", labelsize=5.8, length=1.5, pad=1.0)


def _key(record: MoleculeBoxes, ax: Axes) -> None:
    """Write which colour is which group, above the first panel."""
    boxes = record.first
    handles = [
        Patch(color=colour_of(boxes, group), label=f"{group} {boxes.group_name} (n = {n})")
        for group, n in boxes.sizes.items()
    ]
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 1.0 + (TITLE_MM + HEAD_MM - 0.8) / PLOT_MM),
        ncols=2,
        handlelength=1,
        handleheight=1,
        borderaxespad=0.0,
        borderpad=0.0,
    )


def molecule_boxes_size(record: MoleculeBoxes) -> Size:
    """Return the width of a page and a height by the number of rows."""
    return TWO_COLUMNS_MM, HEAD_MM + len(rows_of(record)[1]) * (TITLE_MM + PLOT_MM + NAMES_MM)


def molecule_boxes_legend(record: MoleculeBoxes) -> str:
    """Say the groups, the scale, the boxes and the stars."""
    boxes = record.first
    sizes = " and ".join(f"{n} patients with {group}" for group, n in boxes.sizes.items())
    p_values = [p for _, one in record.families for p in one.p_adjusted.values()]
    n, differ = len(p_values), sum(p < 0.05 for p in p_values)
    beyond = f" Values beyond the axis: {record.n_beyond}." if record.n_beyond else ""
    left_out = f" Not drawn: {record.n_left_out} that vary in nobody." if record.n_left_out else ""
    return (
        f"Log2 expression of {n} molecules of {len(record.families)} families in {sizes} {boxes.group_name}, as "
        f"z-scores over all of them. {boxes_in_words(boxes).replace('; ns: not significant', '')} {differ or 'None'} "
        f"of {n} reach .05; genes without stars do not. Genes of each family run from the strongest excess in "
        f"{boxes.positive} to that in {boxes.negative}.{beyond}{left_out}"
    )


MOLECULE_BOXES = Figure(
    "molecule-boxes",
    "Molecules of the cell surface",
    draw_molecule_boxes,
    molecule_boxes_legend,
    molecule_boxes_size,
    is_to_scale=True,
)
CYTOKINE_BOXES = Figure(
    "cytokine-boxes",
    "Cytokines",
    draw_molecule_boxes,
    molecule_boxes_legend,
    molecule_boxes_size,
    is_to_scale=True,
)
