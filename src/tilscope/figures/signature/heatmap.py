"""Selected features of every patient, ordered by TIL class and score."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import DIVERGING, INK, ROLE_COLOURS, level_colour

LIMIT = 2.5
MAX_NAMES = 60
ROW_MM, STRIP_MM, BAR_MM, MOST_MM = 5.0, 2.6, 2.4, 195.0
FEW_NAMES = 45  # from there on names are smaller
NAME_PT, SMALL_NAME_PT = 6.5, 5.5


@dataclass(frozen=True, slots=True, eq=False)
class FeatureHeatmap:
    """Standardised values, in the order in which they are drawn.

    Attributes
    ----------
    zscores : DataFrame of float, features x patients
        z-scores (mean and sd of the training patients); at most sixty features have room.
    levels, roles : Series of str, per patient
        TIL class and role; the columns are grouped by class.
    n_left_out : int
        Features of the signature for which there was no room, those with the smallest weight.
    """

    zscores: pd.DataFrame
    levels: pd.Series
    roles: pd.Series
    n_left_out: int = 0


def draw_heatmap(record: FeatureHeatmap, ax: Axes) -> None:
    """Draw the matrix with a strip of classes and a strip of roles on top, and a colour bar."""
    n_features, n_patients = record.zscores.shape
    levels, roles, ax = _grid(record, ax)
    image = ax.imshow(
        record.zscores.to_numpy(float),
        cmap=DIVERGING,
        vmin=-LIMIT,
        vmax=LIMIT,
        aspect="auto",
        interpolation="nearest",
    )
    ax.set_yticks(range(n_features), [shortened(name) for name in record.zscores.index])
    ax.tick_params(axis="y", labelsize=NAME_PT if n_features <= FEW_NAMES else SMALL_NAME_PT)
    ax.set_xlabel(f"{n_patients} patients, by TIL class and score")
    _strip(levels, record.levels, {level: level_colour(level) for level in record.levels.unique()})
    _strip(roles, record.roles, {role: ROLE_COLOURS.get(role, INK) for role in record.roles.unique()})
    for place in (levels, roles, ax):
        place.set_xticks([])
        place.tick_params(length=0)
        for spine in place.spines.values():
            spine.set_visible(False)
    height = _row_mm(record) * n_features
    bar = ax.figure.colorbar(
        image,
        ax=[levels, roles, ax],
        shrink=0.8,
        aspect=max(8.0, 0.8 * height / BAR_MM),
        pad=0.015,
        extend="both",
    )
    bar.set_label("z-score")
    bar.outline.set_visible(False)
    _keys(ax, record)


def _grid(record: FeatureHeatmap, ax: Axes) -> tuple[Axes, Axes, Axes]:
    """Return axes for classes, roles and the matrix; the strips keep their height whatever the matrix has."""
    heights = [STRIP_MM, STRIP_MM, _row_mm(record) * len(record.zscores)]
    return tuple(row[0] for row in panels(ax, 3, 1, height_ratios=heights, hspace=0.0))  # type: ignore[return-value]


def _row_mm(record: FeatureHeatmap) -> float:
    """Return the height of a row: less where there are many, so that the figure fits a page."""
    return min(ROW_MM, MOST_MM / max(3, len(record.zscores)))


def _strip(ax: Axes, labels: pd.Series, colours: dict[str, str]) -> None:
    """Draw one coloured cell per patient."""
    ax.imshow([[to_rgb(colours[label]) for label in labels]], aspect="auto", interpolation="nearest")
    ax.set_yticks([])


def _keys(ax: Axes, record: FeatureHeatmap) -> None:
    levels = [Patch(color=level_colour(level), label=f"{level} TILs") for level in record.levels.unique()]
    roles = [Patch(color=ROLE_COLOURS.get(role, INK), label=role) for role in sorted(record.roles.unique())]
    ax.figure.legend(
        handles=[*levels, *roles],
        loc="outside lower center",
        ncols=5,
        handlelength=1,
        handleheight=1,
        columnspacing=1.4,
        frameon=False,
        fontsize=6.5,
    )


def shortened(name: str) -> str:
    """Return a feature's name that fits beside a matrix, its end kept (that is where names differ)."""
    return name if len(name) <= MAX_NAMES else "…" + name[-(MAX_NAMES - 1) :]


def heatmap_size(record: FeatureHeatmap) -> Size:
    """Return a height by the number of features."""
    return TWO_COLUMNS_MM, 28.0 + _row_mm(record) * max(3, len(record.zscores))


def heatmap_legend(record: FeatureHeatmap) -> str:
    """Say how the values were scaled and ordered."""
    chosen = (
        f"heaviest of {len(record.zscores) + record.n_left_out} features" if record.n_left_out else "features"
    )
    return (
        f"The {chosen} of the signature, as z-scores by the training patients' mean and standard "
        f"deviation (darker than the scale: beyond ±{LIMIT:g}). Patients are ordered by TIL class, then by Rad-TILs "
        "score."
    )


HEATMAP = Figure("heatmap", "Features of the signature", draw_heatmap, heatmap_legend, heatmap_size)
