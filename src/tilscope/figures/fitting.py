"""Whether a figure's content fits a width: measured on the figure as it is drawn, not told by its file.

A narrower figure is laid out anew, its text keeps its size. It fits where no text meets another text that it does not
meet at the figure's own width, none is cut off, and no panel has become a slit.
"""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import dataclass
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.transforms import Bbox, BboxBase

from tilscope.figures.figure import MM_PER_INCH, Figure, laid_out
from tilscope.figures.finishing import panels_in
from tilscope.figures.style import DEFAULT, FigureStyle
from tilscope.vocabulary import SettingsError

SMALLEST_TEXT_PT = 5.0
SLIT_MM = 14.0
N_TRIALS = 6
_TOUCH_PX = 1.5  # at 100 pixels per inch: 0.4 mm, less than the eye tells as an overlap


@dataclass(frozen=True, slots=True)
class Writing:
    """One line of text as it is drawn.

    Attributes
    ----------
    text : str
        What is written.
    size_pt : float
        Its size.
    box : Bbox
        Where it stands, in pixels from the lower left corner; None where it is written aslant.
    """

    text: str
    size_pt: float
    box: Bbox | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one figure of one width."""

    overlaps: frozenset[tuple[str, str]]
    cut: frozenset[str]
    smallest_pt: float
    narrowest_panel_mm: float
    is_collapsed: bool

    def is_fit(self, own: Measured) -> bool:
        """Tell whether this is no worse than the figure at its own width."""
        return (
            not self.is_collapsed
            and self.overlaps <= own.overlaps
            and self.cut <= own.cut
            and self.narrowest_panel_mm >= min(SLIT_MM, own.narrowest_panel_mm)
        )


def writings(canvas: Canvas) -> tuple[Writing, ...]:
    """Return every line of text that a figure shows, by drawing it once."""
    agg = FigureCanvasAgg(canvas)
    renderer = agg.get_renderer()
    height = canvas.bbox.height
    found: list[Writing] = []

    def note(_gc: Any, x: float, y: float, text: str, font: Any, angle: float, *_: Any, **__: Any) -> None:
        wide, high, _descent = renderer.get_text_width_height_descent(text, font, False)
        boxes = {
            0: Bbox.from_bounds(x, height - y, wide, high),
            90: Bbox.from_bounds(x - high, height - y, high, wide),
        }
        found.append(Writing(text, font.get_size_in_points(), boxes.get(round(angle) % 360)))

    renderer.draw_text = note
    canvas.draw(renderer)
    return tuple(found)


def measure(
    figure: Figure, record: object, *, style: FigureStyle = DEFAULT, width_mm: float | None = None
) -> Measured:
    """Lay a figure out at a width and measure it."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with laid_out(figure, record, style=style, width_mm=width_mm) as canvas:
            lines = writings(canvas)
            panels = [ax.get_window_extent().width for ax in panels_in(canvas)]
    page = canvas.bbox
    boxes = [(line.text, line.box) for line in lines if line.box is not None and line.text.strip()]
    return Measured(
        overlaps=frozenset(
            (a, b) for (a, one), (b, other) in itertools.combinations(boxes, 2) if _meet(one, other)
        ),
        cut=frozenset(text for text, box in boxes if _is_cut(box, page)),
        smallest_pt=min((line.size_pt for line in lines), default=math.inf),
        narrowest_panel_mm=min(panels, default=math.inf) / canvas.dpi * MM_PER_INCH,
        is_collapsed=any("collapsed" in str(warning.message) for warning in told),
    )


def _meet(a: Bbox, b: Bbox) -> bool:
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return bool(wide > _TOUCH_PX and high > _TOUCH_PX)


def _is_cut(box: Bbox, page: BboxBase) -> bool:
    return bool(
        box.x0 < page.x0 - _TOUCH_PX
        or box.x1 > page.x1 + _TOUCH_PX
        or box.y0 < page.y0 - _TOUCH_PX
        or box.y1 > page.y1 + _TOUCH_PX
    )


def check_width(figure: Figure, record: object, width_mm: float, *, style: FigureStyle = DEFAULT) -> None:
    """Refuse a width at which a figure's content does not fit.

    Raises
    ------
    SettingsError
        SET-40, with the smallest width that was found to do.
    """
    own_mm = figure.size(record)[0]
    if figure.is_to_scale or _is_sheet(figure, record):
        if abs(width_mm - own_mm) > 0.5:
            raise _refusal(figure, width_mm, f"{own_mm:.0f} mm, since it is drawn to scale")
        return
    own = measure(figure, record)
    if measure(figure, record, style=style, width_mm=width_mm).is_fit(own):
        return
    step = max((max(own_mm, width_mm * 1.5) - width_mm) / N_TRIALS, 2.0)
    for k in range(1, N_TRIALS + 1):
        trial = math.ceil(width_mm + k * step)
        if measure(figure, record, style=style, width_mm=trial).is_fit(own):
            raise _refusal(figure, width_mm, f"at least {trial} mm")
    raise _refusal(figure, width_mm, f"{own_mm:.0f} mm, its own width, and text of the default size")


def _is_sheet(figure: Figure, record: object) -> bool:
    """Tell whether a figure places its pictures itself."""
    return hasattr(record, "view")


def _refusal(figure: Figure, width_mm: float, expected: str) -> SettingsError:
    return SettingsError(
        "SET-40",
        f"the figure {figure.name} does not fit this width",
        found=f"{width_mm:.0f} mm",
        expected=expected,
        remedy="Give that width with --width, or leave --width out.",
    )
