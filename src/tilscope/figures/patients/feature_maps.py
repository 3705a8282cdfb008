"""Voxel to gene: one feature over the lesions with its highest and lowest values, and how they take up contrast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.palette import GREY, HIGH, INK, LIGHT, LOW, OUTLINE
from tilscope.figures.patients.mapped_lesions import ENDS, FeatureMaps, MappedLesion
from tilscope.figures.patients.sheet import BAR_LENGTHS_MM, ON_IMAGE, Box
from tilscope.figures.patients.views import LETTERS, outline_mm

COLOURS = "viridis"
END_COLOURS = {"highest": HIGH, "lowest": LOW}
END_MARKERS = {"highest": "o", "lowest": "s"}
MARGIN_MM, SIDE_MM, HEAD_MM, CAPTION_MM, FOOT_MM = 1.0, 4.5, 6.0, 7.5, 7.5
CURVE_MM, CURVE_GAP_MM, LABEL_MM = 36.0, 14.0, 6.0
WITHIN_MM, BETWEEN_MM = 0.8, 3.0
TALLEST_TILE_MM = 36.0
LONGEST_BAR_MM = 14.0
NAME_MM = 2.5
NUMBERS = range(1, 6)


def _pair_mm(record: FeatureMaps) -> float:
    """Return the width that the pictures of one lesion have."""
    n, tiles = record.n_columns, record.tiles
    room = (
        TWO_COLUMNS_MM - 2 * MARGIN_MM - SIDE_MM - CURVE_GAP_MM - CURVE_MM - LABEL_MM - (n - 1) * BETWEEN_MM
    )
    widest = tiles * TALLEST_TILE_MM + (tiles - 1) * WITHIN_MM
    return min(widest, room / n)


def _tile_mm(record: FeatureMaps) -> float:
    return (_pair_mm(record) - (record.tiles - 1) * WITHIN_MM) / record.tiles


def _curve_left(record: FeatureMaps) -> float:
    n = record.n_columns
    return MARGIN_MM + SIDE_MM + n * _pair_mm(record) + (n - 1) * BETWEEN_MM + CURVE_GAP_MM


def feature_maps_size(record: FeatureMaps) -> Size:
    """Return the size that the lesions, their curves and the colour bar need."""
    height = HEAD_MM + 2 * (_tile_mm(record) + CAPTION_MM) + FOOT_MM
    return _curve_left(record) + CURVE_MM + LABEL_MM + MARGIN_MM, max(64.0, height)


def draw_feature_maps(record: FeatureMaps, ax: Axes) -> None:
    """Draw a row per end: each lesion in grey and as a map, its value below; the curves on the right."""
    canvas: Any = ax.get_figure(root=True)
    canvas.set_layout_engine("none")
    ax.set_position((0.0, 0.0, 1.0, 1.0))
    ax.set_axis_off()
    width, height = feature_maps_size(record)
    ax.set_xlim(0.0, width)
    ax.set_ylim(height, 0.0)
    ax.text(MARGIN_MM, 3.8, record.feature, fontsize=7.5, fontweight="bold", va="baseline")
    tile, pair = _tile_mm(record), _pair_mm(record)
    scale = tile / max((edge for one in record.lesions for edge in _extent(one)), default=tile)
    for row, end in enumerate(ENDS):
        y = HEAD_MM + row * (tile + CAPTION_MM)
        _end(ax, end, y, tile)
        for column, lesion in enumerate(record.at(end)):
            x = MARGIN_MM + SIDE_MM + column * (pair + BETWEEN_MM)
            _lesion(ax, record, lesion, Box(x, y, tile, tile), scale)
    foot = HEAD_MM + 2 * (tile + CAPTION_MM)
    _scale_bar(ax, foot + 1.2, scale)
    if record.limits is not None:
        _bar(ax, record, foot)
    top, bottom = HEAD_MM + 4.0, HEAD_MM + 2 * tile + CAPTION_MM - 4.5
    place = (
        _curve_left(record) / width,
        1.0 - bottom / height,
        CURVE_MM / width,
        (bottom - top) / height,
    )
    _curves(canvas.add_axes(place), record, gap=NAME_MM / (bottom - top))


def _extent(lesion: MappedLesion) -> tuple[float, float]:
    if lesion.grey is None:
        return 0.0, 0.0
    rows, columns = lesion.grey.shape
    return rows * lesion.pixel_mm[0], columns * lesion.pixel_mm[1]


def _end(ax: Axes, end: str, y: float, tile: float) -> None:
    style: dict[str, Any] = {"color": END_COLOURS[end], "fontsize": 7.0, "fontweight": "bold", "rotation": 90}
    ax.text(MARGIN_MM + 1.2, y + tile / 2, end, ha="center", va="center", **style)


def _lesion(ax: Axes, record: FeatureMaps, lesion: MappedLesion, box: Box, scale: float) -> None:
    """Draw one lesion's pictures and what is known of it below them."""
    pair = Box(box.x, box.y, record.tiles * (box.width + WITHIN_MM) - WITHIN_MM, box.height)
    if lesion.grey is None or lesion.inside is None:
        _instead(ax, pair, lesion.reason)
    else:
        place = _centred(box, lesion, scale)
        _picture(ax, place, lesion, scale, OUTLINE)
        if min(place.width, place.height) >= 12.0:
            _letters(ax, place)
    if record.tiles == 2 and lesion.grey is not None:
        other = Box(box.x + box.width + WITHIN_MM, box.y, box.width, box.height)
        if lesion.map is None:
            _instead(ax, other, lesion.reason)
        else:
            place = _centred(other, lesion, scale)
            _picture(ax, place, lesion, scale, "white", limits=record.limits)
    ax.text(box.x, box.y + box.height + 2.7, lesion.label, fontsize=6.5, fontweight="bold", va="baseline")
    ax.text(box.x + 5.0, box.y + box.height + 2.7, lesion.patient, fontsize=6.0, va="baseline", color=INK)
    value = f"{lesion.value:.4g}".replace("-", "−")
    told = f"{value}, {lesion.tils}" if lesion.tils else value
    ax.text(box.x, box.y + box.height + 5.4, told, fontsize=6.0, va="baseline", color=GREY)


def _centred(box: Box, lesion: MappedLesion, scale: float) -> Box:
    height, width = (scale * edge for edge in _extent(lesion))
    return Box(box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height)


def _picture(
    ax: Axes,
    box: Box,
    lesion: MappedLesion,
    scale: float,
    outline: str,
    *,
    limits: tuple[float, float] | None = None,
) -> None:
    extent = (box.x, box.x + box.width, box.y + box.height, box.y)
    low, high = lesion.window
    ax.imshow(
        np.asarray(lesion.grey),
        extent=extent,
        cmap="gray",
        vmin=low,
        vmax=high,
        aspect="auto",
        interpolation="bilinear",
    )
    if limits is not None:
        ax.imshow(
            np.asarray(lesion.map),  # NaN lets the grey picture through
            extent=extent,
            cmap=COLOURS,
            vmin=limits[0],
            vmax=limits[1],
            aspect="auto",
            interpolation="nearest",
        )
    edges = outline_mm(np.asarray(lesion.inside), lesion.pixel_mm) * scale + (box.x, box.y)
    ax.add_collection(
        LineCollection(list(edges), colors=outline, linewidths=0.6, capstyle="projecting"), autolim=False
    )


def _on_image(ax: Axes, x: float, y: float, text: str, *, ha: str = "center", va: str) -> None:
    halo = [withStroke(linewidth=1.6, foreground="black")]
    ax.text(x, y, text, ha=ha, va=va, path_effects=halo, **ON_IMAGE)


def _letters(ax: Axes, box: Box) -> None:
    top, bottom, left, right = LETTERS["axial"]
    middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
    _on_image(ax, middle_x, box.y + 0.4, top, va="top")
    _on_image(ax, middle_x, box.y + box.height - 0.4, bottom, va="bottom")
    _on_image(ax, box.x + 0.5, middle_y, left, ha="left", va="center")
    _on_image(ax, box.x + box.width - 0.5, middle_y, right, ha="right", va="center")


def _scale_bar(ax: Axes, y: float, scale: float) -> None:
    """Draw a bar of a round length into the foot: all pictures have one scale."""
    fitting = [mm for mm in BAR_LENGTHS_MM if mm * scale <= LONGEST_BAR_MM]
    length = max(fitting, default=BAR_LENGTHS_MM[0])
    x = MARGIN_MM + SIDE_MM
    ax.plot((x, x + length * scale), (y, y), color=INK, linewidth=1.4, solid_capstyle="butt")
    ax.text(x, y + 1.8, f"{length:.0f} mm", fontsize=6.0, va="top")


def _instead(ax: Axes, box: Box, text: str) -> None:
    """Say in the place of a picture why there is none."""
    corners = (
        (box.x, box.x + box.width, box.x + box.width, box.x, box.x),
        (box.y, box.y, box.y + box.height),
    )
    ax.plot(corners[0], (*corners[1], box.y + box.height, box.y), color=LIGHT, linewidth=0.5)
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.0, "color": GREY}
    ax.text(box.x + box.width / 2, box.y + box.height / 2, _wrapped(text, box.width), **style)


def _wrapped(text: str, width_mm: float) -> str:
    from textwrap import fill

    return fill(text, max(8, int(width_mm / 1.25)))


def _bar(ax: Axes, record: FeatureMaps, y: float) -> None:
    """Draw the colour bar, which counts for all lesions."""
    low, high = record.limits or (0.0, 1.0)
    x, width = MARGIN_MM + SIDE_MM + LONGEST_BAR_MM + 8.0, 30.0
    ramp: NDArray[np.float64] = np.linspace(0.0, 1.0, 256)[None, :]
    ax.imshow(ramp, extent=(x, x + width, y + 2.4, y), cmap=COLOURS, vmin=0.0, vmax=1.0, aspect="auto")
    ax.plot((x, x + width, x + width, x, x), (y, y, y + 2.4, y + 2.4, y), color=GREY, linewidth=0.4)
    ends = ("≤ ", "", "≥ ") if record.is_clipped else ("", "", "")
    for share, sign in zip((0.0, 0.5, 1.0), ends, strict=True):
        told = f"{sign}{low + share * (high - low):.3g}".replace("-", "−")
        ax.text(x + share * width, y + 3.0, told, fontsize=6.0, ha="center", va="top")
    what = f"around each voxel ({record.kernel}){f', {record.unit}' if record.unit else ''}"
    ax.text(x + width + 5.0, y + 1.2, what, fontsize=6.0, va="center", color=INK)


def _curves(ax: Axes, record: FeatureMaps, *, gap: float) -> None:
    """Draw the enhancement of every lesion, told apart by colour, marker and name."""
    ax.set_title("Enhancement of the lesions", fontsize=7.0, fontweight="normal")
    ax.set_ylabel("Enhancement over pre (%)")
    ends = []
    for lesion in record.lesions:
        if not lesion.percent:
            continue
        times = lesion.times_s if record.has_times and lesion.times_s else tuple(range(len(lesion.percent)))
        style: dict[str, Any] = {"color": END_COLOURS[lesion.end], "marker": END_MARKERS[lesion.end]}
        ax.plot(times, lesion.percent, markersize=3.4, markeredgecolor="white", markeredgewidth=0.5, **style)
        ends.append((lesion.percent[-1], lesion.label, END_COLOURS[lesion.end]))
    if not ends:
        ax.set_axis_off()
        ax.text(0.5, 0.5, "not known", ha="center", va="center", transform=ax.transAxes, color=GREY)
        return
    ax.axhline(0, color=LIGHT, linewidth=0.8, zorder=0)
    ax.margins(x=0.05, y=0.08)
    if record.has_times:
        ax.set_xlabel("Time (s)")
    else:
        ax.set_xticks(range(len(record.names)), record.names, rotation=40 if len(record.names) > 4 else 0)
        ax.set_xlabel("Phase")
    _name_curves(ax, ends, gap)


def _name_curves(ax: Axes, ends: Sequence[tuple[float, str, str]], gap: float) -> None:
    """Write the lesions' names beside the ends of their curves, pushed apart where they would meet."""
    low, high = ax.get_ylim()
    ordered = sorted(ends)
    heights = _apart([(value - low) / (high - low) for value, _, _ in ordered], gap)
    style: dict[str, Any] = {"transform": ax.transAxes, "fontsize": 6.0, "fontweight": "bold", "va": "center"}
    for height, (_, label, colour) in zip(heights, ordered, strict=True):
        ax.text(1.03, height, label, color=colour, **style)


def _apart(heights: list[float], gap: float) -> list[float]:
    """Return ascending heights moved as little as needed to lie ``gap`` from each other."""
    for _ in range(200):
        for k in range(len(heights) - 1):
            missing = gap - (heights[k + 1] - heights[k])
            if missing > 0:
                heights[k] -= missing / 2
                heights[k + 1] += missing / 2
    return heights


def feature_maps_legend(record: FeatureMaps) -> str:
    """Say what is seen, and what must not be read into it."""
    n = [len(record.at(end)) for end in ENDS]
    told = (
        f"{record.feature} in the patients with the highest (H, {n[0]}) and the lowest (L, {n[1]}) values of "
        f"{record.n_known}: first phase after contrast in the axial slice with most lesion, one scale in mm for all, "
        "each in its own grey window; the orange line is the lesion’s outline. Below each, the feature of the whole "
        "lesion and the TILs."
    )
    if record.limits is not None:
        over = f" (its {record.moment} over the phases, voxel by voxel)" if record.moment else ""
        told += (
            f" In colour, the feature of the cube of {record.kernel} around each voxel{over}, one colour scale for all "
            "lesions; the mean of a map is not the lesion’s value, which comes from all of its voxels together, and at "
            "the rim the cube holds fewer voxels of the lesion, which alone changes many features."
        )
    else:
        told += " No map is shown: the feature belongs to the whole lesion, or none could be made."
    return (
        f"{told} On the right, how the mean of each lesion takes up contrast agent, before the normalisation. The "
        "patients were chosen for their extreme values: the pictures illustrate the feature and test nothing."
    )


FEATURE_MAPS: tuple[Figure, ...] = tuple(
    Figure(
        f"feature-maps-{number}",
        f"From voxel to gene: feature {number}",
        draw_feature_maps,
        feature_maps_legend,
        feature_maps_size,
    )
    for number in NUMBERS
)
"""One figure per feature, that of largest weight first."""
