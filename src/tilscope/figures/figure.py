"""What every figure is, and the one way in which a figure becomes a file.

matplotlib is imported here and in the figures' files only, through its object-oriented interface with the Agg,
SVG and PDF canvases; ``pyplot`` and its global state are never touched.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas

from tilscope.figures.palette import GREY, INK

Format = Literal["png", "svg", "pdf"]
Size = tuple[float, float]

MM_PER_INCH = 25.4
ONE_COLUMN_MM = 85.0
TWO_COLUMNS_MM = 176.0
LAYOUT_DPI = 100.0

STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # shipped with matplotlib, hence the same bytes everywhere
    "font.size": 7.0,
    "text.color": INK,
    "text.parse_math": False,  # a `$` in a name is a `$`
    "axes.titlesize": 7.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "lines.linewidth": 1.1,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "svg.fonttype": "path",  # glyphs travel as outlines
    "svg.hashsalt": "tilscope",
    "pdf.fonttype": 42,  # TrueType embedded, as journals ask
    "pdf.use14corefonts": False,
    "path.simplify": True,
}

_NO_DATES: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind of figure: the entry of its file in the tuple ``FIGURES``.

    Attributes
    ----------
    name : str
        Stem of the file that it is saved under.
    title : str
        Heading in the report.
    draw : callable (record, ax) -> None
        Draws a frozen record into the axes (several panels take the axes' place in the grid).
    legend : callable (record) -> str
        The figure's legend, in sentences, from the same record.
    size : callable (record) -> (width, height)
        Size in mm at which the text has its nominal size.
    """

    name: str
    title: str
    draw: Callable[[Any, Axes], None]
    legend: Callable[[Any], str]
    size: Callable[[Any], Size]


def fixed(width_mm: float, height_mm: float) -> Callable[[Any], Size]:
    """Return a ``size`` that does not depend on the record."""
    return lambda _record: (width_mm, height_mm)


def render_small(figure: Figure, record: object, *, dpi: int) -> bytes:
    """Return one figure as a PNG of 256 colours, for pictures of grey images that are made by the thousand.

    A third of the time and of the bytes of `render`; equal records give equal bytes.
    """
    from PIL import Image

    with style.context(["default", STYLE]):
        width, height = (round(edge / MM_PER_INCH * dpi) for edge in figure.size(record))
        # a hair more than the whole number of pixels, of which matplotlib keeps the integer part
        size = ((width + 1e-3) / dpi, (height + 1e-3) / dpi)
        canvas = Canvas(figsize=size, dpi=dpi, layout="constrained", facecolor="white")
        agg = FigureCanvasAgg(canvas)
        figure.draw(record, canvas.add_subplot())
        agg.draw()
        picture = Image.fromarray(np.asarray(agg.buffer_rgba())[..., :3].copy())
    stream = io.BytesIO()
    # the palette that covers the most distant colours: a colour bar is small, and must not lose its ends
    reduced = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    reduced.save(stream, "PNG", dpi=(dpi, dpi))
    return stream.getvalue()


def render(figure: Figure, record: object, format: Format = "png", *, dpi: int = 300) -> bytes:  # noqa: A002
    """Return one figure as the bytes of a file; equal records give equal bytes.

    Parameters
    ----------
    figure : Figure
        An entry of ``FIGURES``.
    record : object
        The frozen record that this figure draws.
    format : {"png", "svg", "pdf"}
        File format; fonts are embedded, dates are left out.
    dpi : int
        Pixels per inch of PNG files and of the rasterised parts of the others.

    Returns
    -------
    bytes
    """
    with style.context(["default", STYLE]):
        width, height = figure.size(record)
        canvas = Canvas(
            figsize=(width / MM_PER_INCH, height / MM_PER_INCH),
            dpi=LAYOUT_DPI,
            layout="constrained",
            facecolor="white",
        )
        FigureCanvasAgg(canvas)
        figure.draw(record, canvas.add_subplot())
        stream = io.BytesIO()
        canvas.savefig(stream, format=format, dpi=dpi, metadata=_NO_DATES[format])
    return stream.getvalue()


def panels(ax: Axes, n_rows: int, n_columns: int, **grid: Any) -> list[list[Axes]]:
    """Replace the axes by a grid of axes in the same place, and return them row by row.

    Parameters
    ----------
    ax : Axes
        Axes of a grid position (``figure.add_subplot``); they are emptied.
    **grid
        As of ``SubplotSpec.subgridspec``: ``width_ratios``, ``hspace``, ...
    """
    ax.set_axis_off()
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError("panels need axes of a grid position (figure.add_subplot)")
    specification = place.subgridspec(n_rows, n_columns, **grid)
    canvas = ax.figure
    return [[canvas.add_subplot(specification[i, j]) for j in range(n_columns)] for i in range(n_rows)]


def settle(ax: Axes) -> Any:
    """Lay the figure out as it is now and return the renderer, so that extents of text can be measured."""
    canvas: Any = ax.get_figure(root=True)
    canvas.draw_without_rendering()
    return (
        FigureCanvasAgg(canvas).get_renderer()
        if not hasattr(canvas.canvas, "get_renderer")
        else canvas.canvas.get_renderer()
    )


def rc_version() -> str:
    """Return matplotlib's version, for provenance."""
    return str(mpl.__version__)
