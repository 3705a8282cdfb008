"""Selected features of every patient, ordered by TIL class and score."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.palette import DIVERGING, INK, ROLE_COLOURS, level_colour

LIMIT = 2.5
MAX_NAMES = 60


@dataclass(frozen=True, slots=True, eq=False)
class FeatureHeatmap:
    """Standardised values, in the order in which they are drawn.

    Attributes
    ----------
    zscores : DataFrame of float, features x patients
        z-scores (mean and sd of the training patients).
    levels, roles : Series of str, per patient
        TIL class and role; the columns are grouped by class.
    """

    zscores: pd.DataFrame
    levels: pd.Series
    roles: pd.Series


def draw_heatmap(record: FeatureHeatmap, ax: Axes) -> None:
    """Draw the matrix with a strip of classes and a strip of roles on top, and a colour bar."""
    n_features, n_patients = record.zscores.shape
    image = ax.imshow(
        record.zscores.to_numpy(float),
        cmap=DIVERGING,
        vmin=-LIMIT,
        vmax=LIMIT,
        aspect="auto",
        interpolation="nearest",
    )
    ax.set_yticks(range(n_features), [shortened(name) for name in record.zscores.index])
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.set_xlabel(f"{n_patients} patients, by TIL class and score")
    for spine in ax.spines.values():
        spine.set_visible(False)
    _strip(
        ax,
        record.roles,
        1.02,
        n_features,
        {role: ROLE_COLOURS.get(role, INK) for role in record.roles.unique()},
    )
    _strip(
        ax,
        record.levels,
        1.02 + 0.055 * _strip_scale(n_features),
        n_features,
        {level: level_colour(level) for level in record.levels.unique()},
    )
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.8, aspect=14, pad=0.015, extend="both")
    bar.set_label("z-score")
    bar.outline.set_visible(False)
    _keys(ax, record)


def _strip_scale(n_features: int) -> float:
    return 8.0 / max(n_features, 3)


def _strip(ax: Axes, labels: pd.Series, bottom: float, n_features: int, colours: dict[str, str]) -> None:
    """Draw one coloured cell per patient above the matrix, in axes coordinates."""
    height = 0.045 * _strip_scale(n_features)
    width = 1.0 / len(labels)
    for index, label in enumerate(labels):
        patch = _cell((index * width, bottom), width, height, colours[label])
        patch.set_transform(ax.transAxes)
        ax.add_patch(patch)


def _cell(corner: tuple[float, float], width: float, height: float, colour: str) -> Rectangle:
    return Rectangle(
        corner, width, height, facecolor=colour, edgecolor="white", linewidth=0.15, clip_on=False
    )


def _keys(ax: Axes, record: FeatureHeatmap) -> None:
    levels = [Patch(color=level_colour(level), label=f"{level} TILs") for level in record.levels.unique()]
    roles = [Patch(color=ROLE_COLOURS.get(role, INK), label=role) for role in sorted(record.roles.unique())]
    ax.legend(
        handles=[*levels, *roles],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.06 * _strip_scale(len(record.zscores)) - 0.02),
        ncols=4,
        handlelength=1,
        handleheight=1,
        columnspacing=1.4,
    )


def shortened(name: str) -> str:
    """Return a feature's name that fits beside a matrix, its end kept (that is where names differ)."""
    return name if len(name) <= MAX_NAMES else "…" + name[-(MAX_NAMES - 1) :]


def heatmap_size(record: FeatureHeatmap) -> Size:
    """Return a height by the number of features."""
    return TWO_COLUMNS_MM, 28.0 + 5.0 * max(3, len(record.zscores))


def heatmap_legend(record: FeatureHeatmap) -> str:
    """Say how the values were scaled and ordered."""
    return (
        f"The {len(record.zscores)} features of the signature, as z-scores by the training patients' mean and standard "
        "deviation. Patients are ordered by TIL class, then by Rad-TILs score."
    )


HEATMAP = Figure("heatmap", "Features of the signature", draw_heatmap, heatmap_legend, heatmap_size)
