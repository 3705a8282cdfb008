"""What every figure is, and the one way in which a figure becomes a file.

matplotlib is imported here and in the figures' files only, through its object-oriented interface with the Agg,
SVG and PDF canvases; ``pyplot`` and its global state are never touched.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.layout_engine import ConstrainedLayoutEngine

from tilscope.figures.finishing import HEADING_MM, enlarge, finish
from tilscope.figures.style import DEFAULT, FigureStyle, using

Format = Literal["png", "svg", "pdf", "tiff"]
Size = tuple[float, float]

MM_PER_INCH = 25.4
ONE_COLUMN_MM = 85.0
TWO_COLUMNS_MM = 176.0
LAYOUT_DPI = 100.0

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
    is_to_scale : bool
        Whether it is drawn in mm of paper, hence has no other width.
    """

    name: str
    title: str
    draw: Callable[[Any, Axes], None]
    legend: Callable[[Any], str]
    size: Callable[[Any], Size]
    is_to_scale: bool = False


def fixed(width_mm: float, height_mm: float) -> Callable[[Any], Size]:
    """Return a ``size`` that does not depend on the record."""
    return lambda _record: (width_mm, height_mm)


def render_small(figure: Figure, record: object, *, dpi: int) -> bytes:
    """Return one figure as a PNG of 256 colours, for pictures of grey images that are made by the thousand.

    A third of the time and of the bytes of `render`; equal records give equal bytes. The style is the default one.
    """
    from PIL import Image

    with using(DEFAULT):
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


def render(
    figure: Figure,
    record: object,
    format: Format = "png",  # noqa: A002
    *,
    dpi: int | None = None,
    style: FigureStyle = DEFAULT,
    width_mm: float | None = None,
) -> bytes:
    """Return one figure as the bytes of a file; equal records give equal bytes.

    Parameters
    ----------
    figure : Figure
        An entry of ``FIGURES``.
    record : object
        The frozen record that this figure draws.
    format : {"png", "svg", "pdf", "tiff"}
        File format; fonts are embedded, dates are left out.
    dpi : int, optional
        Pixels per inch of PNG and TIFF files and of the rasterised parts of the others; the style's if None.
    style : FigureStyle
        How it looks.
    width_mm : float, optional
        Another width than the figure's own: it is laid out anew, the text keeps its size.

    Returns
    -------
    bytes
    """
    return render_formats(
        figure, record, {format: style.page.dpi if dpi is None else dpi}, style=style, width_mm=width_mm
    )[format]


def render_formats(
    figure: Figure,
    record: object,
    formats: Mapping[Format, int],
    *,
    style: FigureStyle = DEFAULT,
    width_mm: float | None = None,
) -> dict[Format, bytes]:
    """Return one figure as files of several formats, laid out once; see `render`.

    Parameters
    ----------
    formats : mapping of str to int
        Each format with its pixels per inch.
    """
    with laid_out(figure, record, style=style, width_mm=width_mm) as canvas:
        return {kind: _encoded(canvas, kind, dpi) for kind, dpi in formats.items()}


@contextmanager
def laid_out(
    figure: Figure, record: object, *, style: FigureStyle = DEFAULT, width_mm: float | None = None
) -> Iterator[Canvas]:
    """Draw a figure with a style, lay it out, and give it to the block; the style holds within the block."""
    with using(style):
        own_width, height = figure.size(record)
        canvas = Canvas(
            figsize=((width_mm or own_width) / MM_PER_INCH, height / MM_PER_INCH),
            dpi=LAYOUT_DPI,
            layout="constrained",
            facecolor="none" if style.page.transparent else "white",
        )
        FigureCanvasAgg(canvas)
        figure.draw(record, canvas.add_subplot())
        if style.page.heading:
            _make_room(canvas, height)
        finish(canvas, figure.title)
        canvas.draw_without_rendering()
        canvas.set_layout_engine("none")
        yield canvas


def is_drawn_to_scale(canvas: Canvas) -> bool:
    """Tell whether a figure placed everything itself, in mm of paper, before it was laid out."""
    return not isinstance(canvas.get_layout_engine(), ConstrainedLayoutEngine)


def _make_room(canvas: Canvas, height_mm: float) -> None:
    """Make a figure higher by its heading."""
    whole = height_mm + HEADING_MM
    canvas.set_figheight(whole / MM_PER_INCH)
    if is_drawn_to_scale(canvas):
        for ax in canvas.axes:
            place = ax.get_position()
            share = height_mm / whole
            ax.set_position((place.x0, place.y0 * share, place.width, place.height * share))


def _encoded(canvas: Canvas, kind: Format, dpi: int) -> bytes:
    stream = io.BytesIO()
    if kind == "tiff":
        canvas.savefig(stream, format="png", dpi=dpi, facecolor="white")
        return _tiff(stream.getvalue(), dpi)
    canvas.savefig(stream, format=kind, dpi=dpi, metadata=_NO_DATES[kind])
    return stream.getvalue()


def _tiff(png: bytes, dpi: int) -> bytes:
    """Return a picture as TIFF: RGB without transparency, LZW, as journals ask."""
    from PIL import Image

    stream = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        ground = Image.new("RGBA", picture.size, "white")
        Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB").save(
            stream, "TIFF", compression="tiff_lzw", dpi=(dpi, dpi)
        )
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
    enlarge(canvas)
    canvas.draw_without_rendering()
    return (
        FigureCanvasAgg(canvas).get_renderer()
        if not hasattr(canvas.canvas, "get_renderer")
        else canvas.canvas.get_renderer()
    )


def rc_version() -> str:
    """Return matplotlib's version, for provenance."""
    return str(mpl.__version__)
