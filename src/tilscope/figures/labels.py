"""Labels beside points, without overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from tilscope.figures.figure import settle
from tilscope.figures.palette import GREY, INK
from tilscope.figures.style import in_force

PADDING_PX = 1.5
RADII_PT = (5.0, 9.0, 14.0, 20.0, 28.0, 38.0, 50.0, 64.0, 80.0)
ANGLES = 16
FONT: dict[str, Any] = {"fontsize": 6.0, "fontstyle": "italic"}
HALO_PT = 1.6


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where labels may go, in pixels: the frame, what is taken already, and the middle line."""

    frame: Bbox
    taken: list[Bbox]
    pixels_per_point: float

    def place(self, anchor: NDArray[np.float64], width: float, height: float) -> Bbox | None:
        """Return the nearest free box for a text of this size, and mark it as taken."""
        for radius in RADII_PT:
            for angle in _angles(rightwards=bool(anchor[0] >= (self.frame.x0 + self.frame.x1) / 2)):
                box = _box_at(anchor, (width, height), radius * self.pixels_per_point, angle)
                if self._is_free(box):
                    self.taken.append(box)
                    return box
        return None

    def _is_free(self, box: Bbox) -> bool:
        frame = self.frame
        inside = box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1
        return inside and not any(_touch(box, other) for other in self.taken)


def label_points(
    ax: Axes,
    x: Sequence[float],
    y: Sequence[float],
    texts: Sequence[str],
    *,
    avoid: NDArray[np.float64] | None = None,
    colours: Sequence[str] = (),
) -> None:
    """Write each text near its point, touching neither another text, nor a point that matters, nor the frame.

    The first texts get the best places, so the most important point comes first. A thin line joins a text that
    had to move away. A text for which there is no place at all is left out.

    Parameters
    ----------
    x, y : sequence of float, shape (n,)
        The points, in data units.
    texts : sequence of str, shape (n,)
        What to write.
    avoid : ndarray, shape (m, 2), optional
        Other points to keep clear of, in data units.
    colours : sequence of str, shape (n,), optional
        Of the texts.
    """
    if not len(texts):
        return
    renderer = settle(ax)
    larger = in_force().text_scale  # a label that is tried has the size that it has without a style
    anchors = ax.transData.transform(np.column_stack([x, y]))
    others: Any = [] if avoid is None or not len(avoid) else ax.transData.transform(avoid)
    taken = [_around(point, 3.0) for point in anchors] + [_around(point, 1.5) for point in others]
    sheet = _Sheet(ax.get_window_extent(renderer), taken, ax.figure.dpi / 72.0)
    for anchor, text, colour in zip(anchors, texts, colours or [INK] * len(texts), strict=True):
        trial = ax.annotate(text, (0, 0), xycoords="figure pixels", **FONT)
        extent = trial.get_window_extent(renderer)
        trial.remove()
        place = sheet.place(anchor, larger * extent.width, larger * extent.height)
        if place is not None:
            _write(ax, (anchor, place), text, colour, sheet.pixels_per_point)


def _angles(*, rightwards: bool) -> list[float]:
    """Return directions around a point, the preferred one (outwards, slightly up) first."""
    preferred = 0.35 if rightwards else np.pi - 0.35
    angles = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
    distance = np.abs(np.angle(np.exp(1j * (angles - preferred))))
    return [float(a) for a in angles[np.argsort(distance, kind="stable")]]


def _around(point: NDArray[np.float64], radius: float) -> Bbox:
    return Bbox.from_extents(point[0] - radius, point[1] - radius, point[0] + radius, point[1] + radius)


def _box_at(anchor: NDArray[np.float64], size: tuple[float, float], radius: float, angle: float) -> Bbox:
    """Return the text's box whose nearest side lies at a radius from the anchor."""
    width, height = size[0] + 2 * PADDING_PX, size[1] + 2 * PADDING_PX
    x = anchor[0] + np.cos(angle) * (radius + width / 2)
    y = anchor[1] + np.sin(angle) * (radius + height / 2)
    return Bbox.from_extents(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _touch(a: Bbox, b: Bbox) -> bool:
    return bool(a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1)


def _write(
    ax: Axes, where: tuple[NDArray[np.float64], Bbox], text: str, colour: str, pixels_per_point: float
) -> None:
    """Write a text in its place, with a white halo against the points behind it, joined to its anchor."""
    anchor, place = where
    x = (place.x0 + place.x1) / 2 - anchor[0]
    y = (place.y0 + place.y1) / 2 - anchor[1]
    gap = max(abs(x) - place.width / 2, abs(y) - place.height / 2)
    line = {"arrowstyle": "-", "color": GREY, "linewidth": 0.4, "shrinkA": 0.5, "shrinkB": 1.5}
    at = ax.transData.inverted().transform(anchor)
    ax.annotate(
        text,
        (float(at[0]), float(at[1])),
        (x / pixels_per_point, y / pixels_per_point),
        textcoords="offset points",
        ha="center",
        va="center",
        color=colour,
        zorder=6,
        path_effects=[withStroke(linewidth=HALO_PT, foreground="white")],
        arrowprops=line if gap > 6 * pixels_per_point else None,
        **FONT,
    )
