"""Flow of patients: who came in, who left and why, who was analysed."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from tilscope.figures.figure import Figure, Size
from tilscope.figures.palette import BLUE, GREY, INK, PALE

WIDTH_MM = 150.0
MAIN_MM, SIDE_MM = 62.0, 74.0
SIDE_LEFT_MM = WIDTH_MM - SIDE_MM
LINE_MM = 3.3
PAD_MM = 2.6
GAP_MM = 6.5
SIDE_LETTERS = 50
MAX_REASONS = 9


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One box of the main line, and who left before it.

    Attributes
    ----------
    label : str
        What these patients have in common.
    n : int
        How many.
    excluded : tuple of (str, int)
        Reasons and numbers of those who left since the previous box.
    """

    label: str
    n: int
    excluded: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PatientFlow:
    """The whole diagram.

    Attributes
    ----------
    steps : tuple of FlowStep
        From the top down.
    branches : tuple of (str, int)
        The groups into which the last box divides, such as training and validation.
    """

    steps: tuple[FlowStep, ...]
    branches: tuple[tuple[str, int], ...] = ()


def draw_flow(record: PatientFlow, ax: Axes) -> None:
    """Draw boxes downwards, exclusions to the right, branches at the foot; coordinates are mm from the top left."""
    ax.set_xlim(0, WIDTH_MM)
    ax.set_ylim(_height(record), 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    top, bottom = 1.0, 0.0
    for index, step in enumerate(record.steps):
        if index:
            top = bottom + _gap_before(step)
            _arrow(ax, (MAIN_MM / 2, bottom), (MAIN_MM / 2, top))
        if step.excluded:
            _side_box(ax, step, (bottom + top) / 2)
        bottom = _box(ax, 0.0, top, MAIN_MM, _main_lines(step), bold_last=True)
    _draw_branches(ax, record, bottom)


def _draw_branches(ax: Axes, record: PatientFlow, bottom: float) -> None:
    if not record.branches:
        return
    width = 38.0
    places = [i * (width + 6.0) for i in range(len(record.branches))]
    shift = max(0.0, MAIN_MM / 2 - (places[-1] + width) / 2)
    top = bottom + GAP_MM + 1.5
    for place, (label, n) in zip(places, record.branches, strict=True):
        _arrow(ax, (MAIN_MM / 2, bottom), (shift + place + width / 2, top), elbow=True)
        _box(ax, shift + place, top, width, [label, f"n = {n}"], bold_last=True, colour=BLUE)


def _main_lines(step: FlowStep) -> list[str]:
    return [*textwrap.wrap(step.label, 42), f"n = {step.n}"]


def _side_lines(step: FlowStep) -> list[str]:
    reasons = sorted(step.excluded, key=lambda pair: -pair[1])
    shown = reasons[:MAX_REASONS]
    rest = sum(n for _, n in reasons[MAX_REASONS:])
    lines = [f"Left out: n = {sum(n for _, n in reasons)}"]
    for reason, n in shown:
        lines += textwrap.wrap(f"{n}  {reason}", SIDE_LETTERS, subsequent_indent="    ")
    return lines + ([f"{rest}  for other reasons"] if rest else [])


def _box_height(n_lines: int) -> float:
    return n_lines * LINE_MM + 2 * PAD_MM


def _gap_before(step: FlowStep) -> float:
    return max(GAP_MM, _box_height(len(_side_lines(step))) + 3.0) if step.excluded else GAP_MM


def _height(record: PatientFlow) -> float:
    height = 2.0
    for index, step in enumerate(record.steps):
        height += _box_height(len(_main_lines(step))) + (_gap_before(step) if index else 0.0)
    return height + (GAP_MM + 1.5 + _box_height(2) if record.branches else 0.0)


def _side_box(ax: Axes, step: FlowStep, middle: float) -> None:
    lines = _side_lines(step)
    height = _box_height(len(lines))
    _arrow(ax, (MAIN_MM / 2, middle), (SIDE_LEFT_MM, middle))
    _box(ax, SIDE_LEFT_MM, middle - height / 2, SIDE_MM, lines, align="left", colour=GREY)


def _box(
    ax: Axes,
    left: float,
    top: float,
    width: float,
    lines: list[str],
    *,
    align: str = "center",
    bold_last: bool = False,
    colour: str = INK,
) -> float:
    """Draw a box with lines of text and return its lower edge."""
    height = _box_height(len(lines))
    shape = FancyBboxPatch(
        (left + 0.5, top),
        width - 1.0,
        height,
        boxstyle="round,pad=0,rounding_size=1.2",
        facecolor=PALE,
        edgecolor=colour,
        linewidth=0.8,
    )
    ax.add_patch(shape)
    x = left + width / 2 if align == "center" else left + 3.0
    for index, line in enumerate(lines):
        bold = (bold_last and index == len(lines) - 1) or (align == "left" and index == 0)
        ax.text(
            x,
            top + PAD_MM + (index + 0.5) * LINE_MM,
            line,
            ha=align,
            va="center",
            fontsize=6.8 if align == "center" else 6.2,
            fontweight="bold" if bold else "normal",
        )
    return top + height


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], *, elbow: bool = False) -> None:
    bend = "angle,angleA=0,angleB=90,rad=0" if elbow and abs(start[0] - end[0]) > 0.1 else "arc3"
    if elbow and bend != "arc3":
        middle = (start[1] + end[1]) / 2 - 1.0
        ax.plot(
            [start[0], start[0], end[0]],
            [start[1], middle, middle],
            color=GREY,
            linewidth=0.8,
            solid_joinstyle="miter",
        )
        start = (end[0], middle)
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=6, shrinkA=0, shrinkB=0, color=GREY, linewidth=0.8
        )
    )


def flow_size(record: PatientFlow) -> Size:
    """Return the size of the diagram, in mm."""
    return WIDTH_MM + 2.0, _height(record) + 2.0


def flow_legend(record: PatientFlow) -> str:
    """Say the totals; nobody vanishes."""
    left = sum(n for step in record.steps for _, n in step.excluded)
    people = "patient" if record.steps[0].n == 1 else "patients"
    return (
        f"{record.steps[0].n} {people} came in, {left} left the analysis for the stated reasons, "
        f"{record.steps[-1].n} stayed."
    )


FLOW = Figure("flow", "Flow of patients", draw_flow, flow_legend, flow_size, is_to_scale=True)
