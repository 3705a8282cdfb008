"""Bars of gene sets: enrichment towards either end of the ranking, and over-representation."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.legend_handler import HandlerTuple
from matplotlib.patches import Patch

from tilscope.figures.biology.families import Sheet
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size
from tilscope.figures.palette import GREY, HIGH, LOW

PAGE_MM = 226.0
LINE_MM = 2.2  # of a name
BAR_MM = 3.5  # a bar with a name of one line
TITLE_MM, AXIS_MM, KEY_MM = 6.0, 9.5, 8.0
MANY_BARS = 22  # from here on two columns
CHARACTER_MM, CAPITAL_MM = 1.08, 1.4
NARROW_MM = 2.0  # for letters that are wider than these
LABEL_FONT = 5.8
POINTS_PER_MM = 72.0 / 25.4
MOST_LINES = 3
STRENGTHS = (0.3, 0.63, 1.0)  # of a colour: the smaller p, the stronger; white where it is not small


@dataclass(frozen=True, slots=True)
class SetBar:
    """One gene set: value, Benjamini-Hochberg p, the words beside its bar, and the group its genes are higher in."""

    name: str
    value: float
    p_adjusted: float
    count: str
    is_positive: bool = True


@dataclass(frozen=True, slots=True)
class SetBars:
    """Bars of gene sets, by panel.

    Attributes
    ----------
    panels : tuple of (title, bars)
        The bars of each from top to bottom.
    value : str
        What the length of a bar is.
    max_p_adjusted : float
        From here on a bar is white.
    positive, negative : str
        The groups.
    """

    panels: tuple[tuple[str, tuple[SetBar, ...]], ...]
    value: str
    max_p_adjusted: float
    positive: str
    negative: str

    @property
    def is_two_sided(self) -> bool:
        """Tell whether bars go both ways."""
        return any(bar.value < 0 for _, bars in self.panels for bar in bars)


def wrapped(name: str, width_mm: float, lines: int = MOST_LINES) -> str:
    """Return a set's name in lines of a width; what does not fit ends in dots."""
    words = name.replace("_", " ")
    letters = sum(c.isalpha() for c in words)
    share = sum(c.isupper() for c in words) / max(letters, 1)
    width = int(width_mm / (CHARACTER_MM + share * (CAPITAL_MM - CHARACTER_MM)))
    return "\n".join(textwrap.wrap(words, width, max_lines=lines, placeholder=" …", break_long_words=True))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where everything goes: the panels of each column, and the names as they are written."""

    columns: list[list[int]]
    names: list[list[str]]
    label_mm: float

    def row_mm(self, panel: int) -> list[float]:
        return [BAR_MM + LINE_MM * name.count("\n") for name in self.names[panel]]

    def panel_mm(self, panel: int) -> float:
        return TITLE_MM + sum(self.row_mm(panel)) + AXIS_MM

    @property
    def height_mm(self) -> float:
        return max(sum(self.panel_mm(panel) for panel in column) for column in self.columns)


def _plan(record: SetBars) -> _Plan:
    """Return the plan with the longest names that the page holds."""
    n_bars = sum(len(bars) for _, bars in record.panels)
    n_columns = 2 if n_bars > MANY_BARS and len(record.panels) > 1 else 1
    label_mm = 41.0 if n_columns == 2 else 84.0
    for lines in range(MOST_LINES, 0, -1):
        names = [[wrapped(bar.name, label_mm, lines) for bar in bars] for _, bars in record.panels]
        plan = _Plan([list(range(len(names)))], names, label_mm)
        if n_columns == 2:
            plan = _Plan(_halves([plan.panel_mm(panel) for panel in range(len(names))]), names, label_mm)
        if plan.height_mm + KEY_MM <= PAGE_MM:
            break
    return replace(plan, label_mm=min(label_mm, _width_mm(plan.names)))


def _width_mm(names: list[list[str]]) -> float:
    """Return what the longest line of names takes, so that short names leave their room to the bars."""
    lines = [line for of_panel in names for name in of_panel for line in name.split("\n")]
    return max(sum(CAPITAL_MM if c.isupper() else CHARACTER_MM for c in line) for line in lines) + NARROW_MM


def _halves(heights: list[float]) -> list[list[int]]:
    """Cut the panels, in their order, into two columns of about equal height."""
    cut = min(range(1, len(heights)), key=lambda k: max(sum(heights[:k]), sum(heights[k:])))
    return [list(range(cut)), list(range(cut, len(heights)))]


def draw_bars(record: SetBars, ax: Axes) -> None:
    """Draw one panel below the other, in one or two columns, with one scale."""
    plan, size = _plan(record), bars_size(record)
    sheet = Sheet.of(ax, size)
    values = [bar.value for _, bars in record.panels for bar in bars]
    low, high = min(0.0, *values), max(0.0, *values)
    column_mm = size[0] / len(plan.columns)
    margin = (0.24 if len(plan.columns) == 2 else 0.12) * max(high - low, 1e-9)
    for index, column in enumerate(plan.columns):
        top = 0.0
        for panel in column:
            rows = plan.row_mm(panel)
            left = index * column_mm + plan.label_mm + 2.0
            place = sheet.axes(left, top + TITLE_MM, column_mm - plan.label_mm - 4.0, sum(rows))
            _draw_panel(record, plan, panel, place)
            place.set_xlim(low - (margin if low < 0 else 0), high + (margin if high > 0 else 0))
            place.annotate(
                record.panels[panel][0],
                (0.0, 1.0),
                (-(plan.label_mm + 1.0) * POINTS_PER_MM, 4.0),
                xycoords="axes fraction",
                textcoords="offset points",
                fontsize=6.8,
                fontweight="bold",
                annotation_clip=False,
            )
            top += plan.panel_mm(panel)
        place.set_xlabel(_axis_label(record), fontsize=6.0, labelpad=1.5)
    _key(record, sheet)


def _axis_label(record: SetBars) -> str:
    if not record.is_two_sided:
        return record.value
    arrows = ("\N{LEFTWARDS ARROW}", "\N{RIGHTWARDS ARROW}")
    return f"{record.value}\n{arrows[0]} {record.negative}    {record.positive} {arrows[1]}"


def _draw_panel(record: SetBars, plan: _Plan, panel: int, place: Axes) -> None:
    _, bars = record.panels[panel]
    rows, middles, below = plan.row_mm(panel), [], 0.0
    for row in rows:
        middles.append(below + row / 2)
        below += row
    fills = [_colour(record, bar) for bar in bars]
    edges = [GREY if fill == "white" else fill for fill in fills]
    place.barh(middles, [bar.value for bar in bars], color=fills, edgecolor=edges, linewidth=0.5, height=2.5)
    for middle, bar in zip(middles, bars, strict=True):
        place.annotate(
            bar.count,
            (bar.value, middle),
            (2 if bar.value >= 0 else -2, 0),
            textcoords="offset points",
            va="center",
            ha="left" if bar.value >= 0 else "right",
            fontsize=5.2,
            color=GREY,
        )
    place.axvline(0, color=GREY, linewidth=0.6)
    place.set_yticks(middles, plan.names[panel], fontsize=LABEL_FONT, linespacing=1.0)
    place.tick_params(axis="y", length=0, pad=2.0)
    place.tick_params(axis="x", labelsize=5.8, length=1.5, pad=1.5)
    place.set_ylim(below, 0.0)
    place.spines["left"].set_visible(False)


def _key(record: SetBars, sheet: Sheet) -> None:
    limits = _limits(record)
    white = Patch(facecolor="white", edgecolor=GREY, linewidth=0.5)
    pairs = [(Patch(facecolor=tint(HIGH, share)), Patch(facecolor=tint(LOW, share))) for share in STRENGTHS]
    sheet.canvas.legend(
        handles=[white, *pairs],
        labels=[
            f"{limits[0]:g} or more".replace("0.", "."),
            *(f"< {x:g}".replace("0.", ".") for x in limits),
        ],
        title=f"Adjusted p (right colour of a pair: higher in {record.negative})",
        title_fontsize=6.0,
        fontsize=6.0,
        loc="lower center",
        ncols=4,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.0)},
        borderaxespad=0.2,
        borderpad=0.0,
    )


def _limits(record: SetBars) -> tuple[float, float, float]:
    return record.max_p_adjusted, record.max_p_adjusted / 5, record.max_p_adjusted / 50


def _colour(record: SetBars, bar: SetBar) -> str:
    if math.isnan(bar.p_adjusted):
        return "white"
    passed = [x for x, limit in zip(STRENGTHS, _limits(record), strict=True) if bar.p_adjusted < limit]
    return tint(HIGH if bar.is_positive else LOW, passed[-1]) if passed else "white"


def tint(colour: str, share: float) -> str:
    """Return a colour mixed with white."""
    return to_hex([1.0 - share * (1.0 - part) for part in to_rgb(colour)])


def bars_size(record: SetBars) -> Size:
    """Return the width of a page and a height by the bars and their names."""
    return TWO_COLUMNS_MM, max(40.0, _plan(record).height_mm + KEY_MM)


def enrichment_legend(record: SetBars) -> str:
    """Say what the bars of GSEA are."""
    return (
        f"Gene set enrichment analysis of the genes ranked from those higher in {record.positive} Rad-TILs (right, "
        f"vermilion) to those higher in {record.negative} (left, blue). In each direction the sets with the smallest "
        "p, of as many tested sets as stand above the bars. Numbers: genes of the leading edge / genes of the set. The "
        "darker, the smaller p adjusted over all tested sets of the collection (Benjamini-Hochberg); white: "
        f"{_short(record.max_p_adjusted)} or more. {_n_passed(record)}"
    )


def over_representation_legend(record: SetBars) -> str:
    """Say what the bars of over-representation are."""
    return (
        f"Gene sets with the smallest p among those that hold genes higher in {record.positive} (vermilion) or in "
        f"{record.negative} Rad-TILs (blue). Length: how many times more of these genes are in the set than chance "
        "would put there. Numbers: genes that differ / genes of the set. The darker, the smaller p of the "
        "hypergeometric test adjusted over the sets that hold any (Benjamini-Hochberg); white: "
        f"{_short(record.max_p_adjusted)} or more. {_n_passed(record)}"
    )


def _n_passed(record: SetBars) -> str:
    bars = [bar for _, shown in record.panels for bar in shown]
    passed = sum(bar.p_adjusted < record.max_p_adjusted for bar in bars)
    if not passed:
        return "None of the sets shown passes: the bars only show what came first."
    return f"{passed} of the {len(bars)} sets shown pass."


def _short(limit: float) -> str:
    return f"{limit:g}".replace("0.", ".")


ENRICHMENT_BARS = Figure(
    "enrichment", "Gene set enrichment", draw_bars, enrichment_legend, bars_size, is_to_scale=True
)
OVER_REPRESENTATION_BARS = Figure(
    "over-representation",
    "Over-representation",
    draw_bars,
    over_representation_legend,
    bars_size,
    is_to_scale=True,
)
