"""A sheet of pictures drawn to scale: one set of axes in mm of paper, nothing laid out twice.

Every picture of a patient is such a sheet. Axes for each panel and an automatic layout would take five times as long.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from tilscope.figures.figure import MM_PER_INCH, Size
from tilscope.figures.palette import GREY, INK, OUTLINE
from tilscope.figures.patients.views import LETTERS, PLANES, Planes, View

SHEET_DPI = 150
PIXEL_MM = MM_PER_INCH / SHEET_DPI
GAP_MM = 1.5
MARGIN_MM = 1.0
HEAD_MM = 4.5
FOOT_MM = 9.0
NARROWEST_MM, WIDEST_MM, HIGHEST_MM = 85.0, 176.0, 222.0
ROW_MM = 50.0
COLUMN_MM = 52.0
ON_IMAGE: dict[str, Any] = {
    "color": "white",
    "fontsize": 6.0,
    "fontfamily": "DejaVu Sans Mono",
}  # its I has serifs
BAR_LENGTHS_MM = (5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on paper, in mm from the sheet's upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands on a sheet.

    Attributes
    ----------
    size : tuple of float
        Width and height of the sheet in mm.
    boxes : tuple of tuple of Box
        Per image, its axial, coronal and sagittal picture.
    scale : float
        mm of paper per mm of tissue; one for all pictures.
    foot : float
        Where the foot (colour bars) begins, in mm from above.
    """

    size: Size
    boxes: tuple[tuple[Box, ...], ...]
    scale: float
    foot: float

    @property
    def pitch(self) -> float:
        """Distance from one image to the next one below, in mm: a whole number of pixels."""
        return self.foot / len(self.boxes)


def in_rows(view: View, n_images: int, *, foot: float = 0.0, width: float = 110.0) -> Layout:
    """Return a layout with an image per row, its three planes beside each other; all rows are alike."""
    heights, widths = zip(*(view.extent_mm(plane) for plane in PLANES), strict=True)
    room = HIGHEST_MM - foot - n_images * (HEAD_MM + GAP_MM)
    scale = min(
        (width - 2 * GAP_MM - 2 * MARGIN_MM) / sum(widths),
        min(ROW_MM, room / n_images) / max(heights),
    )
    used = scale * sum(widths) + 2 * GAP_MM
    full = max(NARROWEST_MM, used + 2 * MARGIN_MM)
    pitch = _snapped(HEAD_MM + scale * max(heights) + GAP_MM)
    boxes = []
    for image in range(n_images):
        x, y = _snapped((full - used) / 2), image * pitch + _snapped(HEAD_MM)
        row = []
        for plane_height, plane_width in zip(heights, widths, strict=True):
            inset = _snapped(scale * (max(heights) - plane_height) / 2)
            row.append(Box(x, y + inset, scale * plane_width, scale * plane_height))
            x = _snapped(x + scale * plane_width + GAP_MM)
        boxes.append(tuple(row))
    return Layout((full, n_images * pitch + foot), tuple(boxes), scale, n_images * pitch)


def in_columns(view: View, n_images: int, *, foot: float = 0.0) -> Layout:
    """Return a layout with an image per column, its three planes below each other."""
    heights, widths = zip(*(view.extent_mm(plane) for plane in PLANES), strict=True)
    column = min(COLUMN_MM, (WIDEST_MM - 2 * MARGIN_MM - (n_images - 1) * GAP_MM) / n_images)
    room = HIGHEST_MM - HEAD_MM - foot - 3 * GAP_MM
    scale = min(column / max(widths), room / sum(heights))
    used = n_images * (scale * max(widths) + GAP_MM) - GAP_MM
    full = max(NARROWEST_MM, used + 2 * MARGIN_MM)
    boxes = []
    for image in range(n_images):
        x = _snapped((full - used) / 2 + image * (scale * max(widths) + GAP_MM))
        y, column_boxes = _snapped(HEAD_MM), []
        for plane_height, plane_width in zip(heights, widths, strict=True):
            inset = scale * (max(widths) - plane_width) / 2
            column_boxes.append(Box(x + inset, y, scale * plane_width, scale * plane_height))
            y = _snapped(y + scale * plane_height + GAP_MM)
        boxes.append(tuple(column_boxes))
    end = boxes[0][-1].y + boxes[0][-1].height + GAP_MM
    return Layout((full, end + foot), tuple(boxes), scale, end)


def _snapped(mm: float) -> float:
    """Return the next whole number of pixels: equal pictures then have equal pixels."""
    return math.ceil(mm / PIXEL_MM - 1e-6) * PIXEL_MM


class Sheet:
    """Axes that fill their figure and count mm of paper from the upper left corner.

    Parameters
    ----------
    ax : Axes
        The only axes of a figure; its automatic layout is switched off.
    view : View
        What all pictures of the sheet show.
    layout : Layout
        Where they stand.
    """

    def __init__(self, ax: Axes, view: View, layout: Layout) -> None:
        canvas: Any = ax.get_figure(root=True)
        canvas.set_layout_engine("none")
        ax.set_position((0.0, 0.0, 1.0, 1.0))
        ax.set_axis_off()
        width, height = layout.size
        ax.set_xlim(0.0, width)
        ax.set_ylim(height, 0.0)
        self.ax, self.view, self.layout = ax, view, layout

    def image(
        self,
        index: int,
        planes: Planes,
        window: tuple[float, float],
        *,
        colours: str | Colormap = "gray",
        outline: str = OUTLINE,
    ) -> None:
        """Draw the three planes of one image with the lesion's outline and the letters of orientation."""
        for box, plane, values, edges in zip(
            self.layout.boxes[index], PLANES, planes, self.view.outlines, strict=True
        ):
            self.ax.imshow(
                values,
                extent=(box.x, box.x + box.width, box.y + box.height, box.y),
                cmap=colours,
                vmin=window[0],
                vmax=window[1],
                aspect="auto",
                interpolation="bilinear",
                interpolation_stage="data",
            )
            placed = edges * self.layout.scale + (box.x, box.y)
            self.ax.add_collection(
                LineCollection(list(placed), colors=outline, linewidths=0.6, capstyle="projecting"),
                autolim=False,
            )
            self._letters(plane, box)

    def _letters(self, plane: str, box: Box) -> None:
        top, bottom, left, right = LETTERS[plane]
        middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
        self._on_image(middle_x, box.y + 0.5, top, va="top")
        self._on_image(middle_x, box.y + box.height - 0.5, bottom, va="bottom")
        self._on_image(box.x + 0.6, middle_y, left, ha="left", va="center")
        self._on_image(box.x + box.width - 0.6, middle_y, right, ha="right", va="center")

    def _on_image(self, x: float, y: float, text: str, *, ha: str = "center", va: str) -> None:
        halo = [withStroke(linewidth=1.6, foreground="black")]
        self.ax.text(x, y, text, ha=ha, va=va, path_effects=halo, **ON_IMAGE)

    def name_planes(self, index: int = 0) -> None:
        """Write each plane's name into the upper left corner of one image's pictures."""
        for box, plane in zip(self.layout.boxes[index], PLANES, strict=True):
            self._on_image(box.x + 0.6, box.y + 0.5, plane, ha="left", va="top")

    def scale_bar(self, index: int = 0) -> None:
        """Draw a bar of a round length into the lower right corner of an image's first picture."""
        box = self.layout.boxes[index][0]
        fitting = [mm for mm in BAR_LENGTHS_MM if mm * self.layout.scale <= 0.34 * box.width]
        length = max(fitting, default=BAR_LENGTHS_MM[0])
        right, y = box.x + box.width - 1.2, box.y + box.height - 1.4
        left = right - length * self.layout.scale
        halo = [withStroke(linewidth=2.6, foreground="black")]
        self.ax.plot(
            (left, right), (y, y), color="white", linewidth=1.4, solid_capstyle="butt", path_effects=halo
        )
        self._on_image((left + right) / 2, y - 0.6, f"{length:.0f} mm", va="bottom")

    def head(self, index: int, title: str, note: str = "") -> None:
        """Write an image's title above it, with a quiet note behind it."""
        boxes = self.layout.boxes[index]
        x, y = boxes[0].x, min(box.y for box in boxes) - 1.1
        told = self.ax.text(x, y, title, fontsize=7.5, fontweight="bold", va="baseline")
        if note:
            self.ax.annotate(
                note,
                (1.0, 0.0),
                (4.0, 0.0),
                xycoords=told,
                textcoords="offset points",
                fontsize=6.5,
                color=GREY,
                va="bottom",
                annotation_clip=False,
            )

    def bar(
        self,
        x: float,
        colours: str | Colormap,
        ticks: tuple[str, str, str],
        label: str,
        *,
        width: float = 30.0,
    ) -> None:
        """Draw a colour bar in the foot: black or blue end, middle and other end are told below it."""
        y = self.layout.foot + 0.8
        ramp: NDArray[np.float64] = np.linspace(0.0, 1.0, 256)[None, :]
        self.ax.imshow(
            ramp, extent=(x, x + width, y + 2.6, y), cmap=colours, vmin=0.0, vmax=1.0, aspect="auto"
        )
        self.ax.plot((x, x + width, x + width, x, x), (y, y, y + 2.6, y + 2.6, y), color=GREY, linewidth=0.4)
        for share, tick in zip((0.0, 0.5, 1.0), ticks, strict=True):
            self.ax.text(x + share * width, y + 3.2, tick, fontsize=6.0, ha="center", va="top")
        self.ax.text(x + width + 4.0, y + 1.3, label, fontsize=6.5, va="center", color=INK)
