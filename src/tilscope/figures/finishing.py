"""What a style does to a figure that has been drawn: larger text, wider lines, letters, a heading."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from tilscope.figures.style import in_force

HEADING_MM = 7.0
SMALLEST_PANEL_MM = 8.0  # colour bars and strips of classes have no letter
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ENLARGED: WeakSet[Any] = WeakSet()  # what has been enlarged, since a layout may ask for it before the end


def finish(canvas: Canvas, heading: str) -> None:
    """Do to a drawn figure what the style in force asks for; the default style asks for nothing."""
    style = in_force()
    if style.page.panel_letters:
        _letter_panels(canvas)
    if style.page.heading:
        canvas.suptitle(heading, x=0.01, ha="left", fontsize=8.5, fontweight="bold")
    if style.lines.scale != 1.0:
        _widen(canvas, style.lines.scale)
    enlarge(canvas)


def enlarge(canvas: Canvas) -> None:
    """Give all text that has not been enlarged yet the style's size."""
    factor = in_force().text_scale
    if factor == 1.0:
        return
    for ax in canvas.axes:
        for axis in (ax.xaxis, ax.yaxis):
            _enlarge_ticks(axis, factor)
    for text in _new(canvas.findobj(Text)):
        text.set_fontsize(text.get_fontsize() * factor)


def _new(artists: list[Any]) -> list[Any]:
    fresh = [artist for artist in artists if artist not in _ENLARGED]
    _ENLARGED.update(fresh)
    return fresh


def _enlarge_ticks(axis: Any, factor: float) -> None:
    """Enlarge the labels of an axis, and those that it will make later."""
    labels = axis.get_ticklabels(which="both")
    sizes = [label.get_fontsize() for label in labels]
    fresh = set(_new(labels))
    if _new([axis]):
        told = axis.get_tick_params().get("labelsize", mpl.rcParams[f"{axis.axis_name}tick.labelsize"])
        axis.set_tick_params(labelsize=FontProperties(size=told).get_size_in_points() * factor)
    for label, size in zip(labels, sizes, strict=True):
        label.set_fontsize(size * factor if label in fresh else size)


def _widen(canvas: Canvas, factor: float) -> None:
    def has_width(artist: Artist) -> bool:
        return isinstance(artist, Line2D | Patch | Collection)

    found: list[Any] = canvas.findobj(has_width)
    for artist in found:
        artist.set_linewidth(artist.get_linewidth() * factor)
        if isinstance(artist, Line2D):
            artist.set_markeredgewidth(artist.get_markeredgewidth() * factor)


def _letter_panels(canvas: Canvas) -> None:
    found = panels_in(canvas)
    if len(found) > 1:
        for letter, ax in zip(LETTERS, found, strict=False):
            ax.set_title(f"{letter}   {ax.get_title(loc='left')}".rstrip(), loc="left")


def panels_in(canvas: Canvas) -> list[Axes]:
    """Return the axes that readers take for panels, row by row from the upper left."""
    canvas.draw_without_rendering()
    pixels = SMALLEST_PANEL_MM / 25.4 * canvas.dpi
    frames = [
        (frame, ax)
        for ax in canvas.axes
        if ax.get_visible() and ax.axison and not hasattr(ax, "_colorbar")
        for frame in [ax.get_window_extent()]
        if min(frame.width, frame.height) >= pixels
    ]
    rows: list[list[tuple[Any, Axes]]] = []
    for frame, ax in sorted(frames, key=lambda pair: (-pair[0].y1, pair[0].x0)):
        if rows and rows[-1][0][0].y1 - frame.y1 < pixels:
            rows[-1].append((frame, ax))
        else:
            rows.append([(frame, ax)])
    return [ax for row in rows for _, ax in sorted(row, key=lambda pair: pair[0].x0)]
