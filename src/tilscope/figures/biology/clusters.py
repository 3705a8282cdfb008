"""Immune-cell scores of every patient, ordered by cluster, below strips of cluster, group and sTIL."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import DIVERGING, INK, LIGHT, level_colour
from tilscope.figures.signature.heatmap import shortened

LIMIT = 2.5
STIL_COLOURS = "Greens"


@dataclass(frozen=True, slots=True, eq=False)
class ClusterHeatmap:
    """Standardised scores, in the order in which they are drawn.

    Attributes
    ----------
    zscores : DataFrame of float, sets x patients
    cluster : Series of int, per patient, or None
        1 is the coldest; None where no clusters were found.
    groups : Series of str, per patient
        NaN where a patient has none.
    positive : str
        The group drawn in vermilion.
    til_percent : Series of float, per patient
        sTIL in percent; NaN where unknown.
    group_name : str
        What the groups are.
    """

    zscores: pd.DataFrame
    cluster: pd.Series | None
    groups: pd.Series
    positive: str
    til_percent: pd.Series
    group_name: str = "Rad-TILs"


def cluster_colours(n_clusters: int) -> list[str]:
    """Return one colour per cluster, from dark (cold) to bright (hot)."""
    colours = mpl.colormaps["plasma"](np.linspace(0.08, 0.88, max(n_clusters, 2)))
    return [mpl.colors.to_hex(colour) for colour in colours[:n_clusters]]


def draw_clusters(record: ClusterHeatmap, ax: Axes) -> None:
    """Draw the strips and the matrix, with a colour bar and the keys below."""
    n_sets, n_patients = record.zscores.shape
    n_strips = 2 if record.cluster is None else 3
    grid = panels(ax, n_strips + 1, 1, height_ratios=[*[1.0] * n_strips, max(n_sets, 4)], hspace=0.02)
    axes = [row[0] for row in grid]
    if record.cluster is not None:
        _cluster_strip(record.cluster, axes[0])
    _group_strip(record, axes[n_strips - 2])
    _strip(axes[n_strips - 1], record.til_percent.to_numpy(float), STIL_COLOURS, "sTIL", (0.0, 100.0))
    matrix = axes[-1]
    image = matrix.imshow(
        record.zscores.to_numpy(float),
        cmap=DIVERGING,
        vmin=-LIMIT,
        vmax=LIMIT,
        aspect="auto",
        interpolation="nearest",
    )
    matrix.set_yticks(range(n_sets), [shortened(_plain(name)) for name in record.zscores.index])
    matrix.set_xticks([])
    matrix.tick_params(length=0)
    _bare(matrix)
    order = "mean score" if record.cluster is None else "cluster and mean score"
    matrix.set_xlabel(f"{n_patients} patients, by {order}")
    bar = matrix.figure.colorbar(image, ax=axes, shrink=0.6, aspect=16, pad=0.015, extend="both")
    bar.set_label("z-score")
    bar.outline.set_visible(False)
    _keys(record, matrix)


def _plain(name: object) -> str:
    return str(name).replace("_", " ")


def _bare(ax: Axes) -> None:
    for spine in ax.spines.values():
        spine.set_visible(False)


def _strip(
    ax: Axes, values: np.ndarray, colours: str | ListedColormap, label: str, limits: tuple[float, float]
) -> None:
    """Draw one coloured cell per patient; grey where there is no value."""
    table = (mpl.colormaps[colours] if isinstance(colours, str) else colours).with_extremes(bad=LIGHT)
    shown = values[None, :]
    ax.imshow(shown, cmap=table, vmin=limits[0], vmax=limits[1], aspect="auto", interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([0], [label])
    ax.tick_params(length=0)
    _bare(ax)


def _cluster_strip(cluster: pd.Series, ax: Axes) -> None:
    numbers = cluster.to_numpy(float)
    n_clusters = int(numbers.max())
    _strip(ax, numbers, ListedColormap(cluster_colours(n_clusters)), "Cluster", (0.5, n_clusters + 0.5))
    for number in range(1, n_clusters + 1):
        places = np.flatnonzero(numbers == number)
        if len(places):
            colour = "white" if number <= n_clusters / 2 else INK
            ax.text(places.mean(), 0, str(number), ha="center", va="center", color=colour, fontsize=6.5)


def _group_strip(record: ClusterHeatmap, ax: Axes) -> None:
    codes = np.where(record.groups.isna(), np.nan, (record.groups == record.positive).astype(float))
    levels = sorted(set(record.groups.dropna()) - {record.positive})
    other = level_colour(levels[0] if levels else "low", (record.positive,))
    colours = ListedColormap([other, level_colour(record.positive, (record.positive,))])
    _strip(ax, codes, colours, record.group_name, (0.0, 1.0))


def _keys(record: ClusterHeatmap, ax: Axes) -> None:
    levels = [record.positive, *sorted(set(record.groups.dropna()) - {record.positive})]
    handles = [
        Patch(color=level_colour(level, (record.positive,)), label=f"{level} {record.group_name}")
        for level in levels
    ]
    greens = mpl.colormaps[STIL_COLOURS]
    handles += [Patch(color=greens(share / 100), label=f"sTIL {share} %") for share in (10, 50, 90)]
    if record.groups.isna().any() or record.til_percent.isna().any():
        handles.append(Patch(color=LIGHT, label="unknown"))
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -14.0 / (14.0 + 10.0 * len(record.zscores))),
        ncols=6,
        handlelength=1,
        handleheight=1,
        columnspacing=1.2,
    )


def clusters_size(record: ClusterHeatmap) -> Size:
    """Return a height by the number of sets."""
    return TWO_COLUMNS_MM, 38.0 + 4.2 * max(4, len(record.zscores))


def clusters_legend(record: ClusterHeatmap) -> str:
    """Say how the values were scaled and ordered."""
    n_sets, n_patients = record.zscores.shape
    told = f"Scores of {n_sets} immune-cell gene sets in {n_patients} patients, standardised per set. "
    if record.cluster is None:
        return (
            told
            + "No clusters were found; patients are ordered by their mean score, sets by how they follow it."
        )
    return told + (
        f"Patients are ordered by cluster (1 is the coldest, {int(record.cluster.max())} the hottest) and mean score, "
        "sets by how they follow the mean score. sTIL is the pathologist's percentage."
    )


CLUSTERS = Figure("clusters", "Clusters of tumours", draw_clusters, clusters_legend, clusters_size)
