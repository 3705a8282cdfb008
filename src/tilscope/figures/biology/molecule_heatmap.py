"""The expression of every molecule in every patient: genes by family, patients by group and score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.patches import Patch

from tilscope.figures.biology.families import Sheet, deal
from tilscope.figures.boxes import stars
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.palette import DIVERGING, INK, LIGHT, level_colour

LIMIT = 2.5
ROW_MM = 1.95
HEAD_MM = 4.4  # a family's title and the gap above it
STRIP_MM = 2.2
STRIPS_MM = 6.4  # both strips above a column
FOOT_MM = 13.0  # the keys and the colour bar
NAMES_MM, STARS_MM = 12.5, 3.6
MOST_COLUMNS = 3
ROWS_PER_COLUMN = 30  # from here on a further column
GENE_FONT = 5.0
SCORE_COLOURS = "Greys"


@dataclass(frozen=True, slots=True, eq=False)
class MoleculeHeatmap:
    """Standardised expression, in the order in which it is drawn.

    Attributes
    ----------
    families : tuple of (title, DataFrame of float, genes x patients)
        z-scores; every table has the same columns.
    p_adjusted : tuple of Series of float
        Of each family's genes, in the same order; NaN where there was no test.
    groups : Series of str, per patient
    scores : Series of float, per patient
        Rad-TILs score; NaN where there is none.
    positive, negative : str
        The two groups; the positive one stands right.
    test, adjusted_over : str
        The test, and over what its p is adjusted, in words.
    n_left_out : int
        Molecules that vary in nobody.
    group_name : str
        What the groups are.
    """

    families: tuple[tuple[str, pd.DataFrame], ...]
    p_adjusted: tuple[pd.Series, ...]
    groups: pd.Series
    scores: pd.Series
    positive: str
    negative: str
    test: str
    adjusted_over: str
    n_left_out: int = 0
    group_name: str = "Rad-TILs"


def columns_of(record: MoleculeHeatmap) -> list[list[int]]:
    """Return the families of each column of the page."""
    sizes = [len(table) for _, table in record.families]
    n = min(MOST_COLUMNS, max(1, round(sum(sizes) / ROWS_PER_COLUMN)))
    return deal(sizes, n, HEAD_MM / ROW_MM)


def draw_molecule_heatmap(record: MoleculeHeatmap, ax: Axes) -> None:
    """Draw the columns of families, each below strips of group and score."""
    width, height = molecule_heatmap_size(record)
    sheet = Sheet.of(ax, (width, height))
    columns = columns_of(record)
    column_mm = width / len(columns)
    wide = column_mm - NAMES_MM - STARS_MM - 0.8
    for index, column in enumerate(columns):
        left, top = index * column_mm + NAMES_MM, 1.0
        _strips(record, sheet, (left, top, wide), is_named=index == 0)
        top += STRIPS_MM - 1.0
        for family in column:
            title, table = record.families[family]
            top += HEAD_MM
            place = sheet.axes(left, top, wide, ROW_MM * len(table))
            _matrix(title, table, record.p_adjusted[family], place)
            top += ROW_MM * len(table)
    _keys(record, sheet)


def _strips(
    record: MoleculeHeatmap, sheet: Sheet, box: tuple[float, float, float], *, is_named: bool
) -> None:
    left, top, wide = box
    colours = ListedColormap(
        [level_colour(g, (record.positive,)) for g in (record.negative, record.positive)]
    )
    is_positive = (record.groups == record.positive).to_numpy(float)
    scores = record.scores.to_numpy(float)
    for offset, values, table, name in (
        (0.0, is_positive, colours, record.group_name),
        (STRIP_MM + 0.3, scores, mpl.colormaps[SCORE_COLOURS].with_extremes(bad="white"), "score"),
    ):
        place = sheet.axes(left, top + offset, wide, STRIP_MM)
        place.imshow(values[None, :], cmap=table, vmin=0.0, vmax=1.0, aspect="auto", interpolation="nearest")
        place.set_xticks([])
        place.set_yticks([0] if is_named else [], [name] if is_named else [], fontsize=5.5)
        _bare(place)


def _matrix(title: str, table: pd.DataFrame, p_adjusted: pd.Series, ax: Axes) -> None:
    ax.imshow(
        table.to_numpy(float),
        cmap=mpl.colormaps[DIVERGING].with_extremes(bad=LIGHT),
        vmin=-LIMIT,
        vmax=LIMIT,
        aspect="auto",
        interpolation="nearest",
    )
    ax.set_xticks([])
    ax.set_yticks(
        range(len(table)), [str(name) for name in table.index], fontsize=GENE_FONT, fontstyle="italic"
    )
    for row, p in enumerate(p_adjusted):
        mark = stars(float(p))
        if mark not in ("", "ns"):
            # stars hang high in their line
            ax.text(
                1.012,
                row + 0.28,
                mark,
                transform=ax.get_yaxis_transform(),
                ha="left",
                va="center",
                fontsize=5.5,
            )
    ax.set_title(title, loc="left", fontsize=6.2, pad=1.2)
    _bare(ax)


def _bare(ax: Axes) -> None:
    ax.tick_params(length=0, pad=1.2)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _keys(record: MoleculeHeatmap, sheet: Sheet) -> None:
    width, height = sheet.size
    counts = record.groups.value_counts()
    handles = [
        Patch(
            color=level_colour(group, (record.positive,)),
            label=f"{group} {record.group_name} (n = {int(counts.get(group, 0))})",
        )
        for group in (record.negative, record.positive)
    ]
    place: dict[str, Any] = {
        "ncols": 2 if width > 120.0 else 1,
        "handlelength": 1.0,
        "handleheight": 1.0,
        "borderaxespad": 0.0,
    }
    sheet.canvas.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(2.0 / width, 3.0 / height), fontsize=6.0, **place
    )
    wide = min(40.0, 0.3 * width)
    bar_ax = sheet.axes(width - wide - 6.0, height - 8.0, wide, 2.2)
    colours = ScalarMappable(Normalize(-LIMIT, LIMIT), DIVERGING)
    bar = sheet.canvas.colorbar(
        colours, cax=bar_ax, orientation="horizontal", extend="both", ticks=[-2, -1, 0, 1, 2]
    )
    bar.ax.tick_params(labelsize=5.5, length=1.5, pad=1.0)
    bar.outline.set_visible(False)
    bar_ax.text(
        -0.1, 0.5, "z-score", transform=bar_ax.transAxes, ha="right", va="center", fontsize=6.0, color=INK
    )


def molecule_heatmap_size(record: MoleculeHeatmap) -> Size:
    """Return a width by the number of columns and a height by the tallest one."""
    columns = columns_of(record)
    tallest = max(
        sum(HEAD_MM + ROW_MM * len(record.families[family][1]) for family in column) for column in columns
    )
    return max(85.0, TWO_COLUMNS_MM * len(columns) / MOST_COLUMNS), STRIPS_MM + tallest + FOOT_MM


def molecule_heatmap_legend(record: MoleculeHeatmap) -> str:
    """Say the order, the scale, the stars and their test."""
    counts = record.groups.value_counts()
    n_genes = sum(len(table) for _, table in record.families)
    differ = sum(int((p < 0.05).sum()) for p in record.p_adjusted)
    left_out = f" Not drawn: {record.n_left_out} that vary in nobody." if record.n_left_out else ""
    sizes = [
        f"{int(counts.get(group, 0))} patients with {group}" for group in (record.negative, record.positive)
    ]
    return (
        f"Log2 expression of {n_genes} molecules of {len(record.families)} families in {' and '.join(sizes)} "
        f"{record.group_name}, as z-scores over all of them (the darkest colours: beyond ±{LIMIT:g}). Columns: "
        "patients, by group and, within it, by rising Rad-TILs score (grey strip, 0 to 1). Rows: genes of each family, "
        f"from the strongest excess in {record.positive} to that in {record.negative}. Stars: p of {record.test}, "
        f"two-sided, adjusted over {record.adjusted_over} (Benjamini-Hochberg; *** < .001, ** < .01, * < .05); "
        f"{differ or 'none'} of {n_genes} below .05.{left_out}"
    )


MOLECULE_HEATMAP = Figure(
    "molecule-heatmap",
    "Immune-related molecules in every patient",
    draw_molecule_heatmap,
    molecule_heatmap_legend,
    molecule_heatmap_size,
    is_to_scale=True,
)
