"""Enhancement curves of all lesions, one panel per TIL class."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import GREY, LIGHT, level_colour

PANEL_MM = 68.0
SAME_TIME_S = 15.0  # phases of two patients this near to each other count as equally timed
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class PhaseSummary:
    """One phase of one class: place, quartiles of the enhancement in per cent, and patients."""

    place: float
    lower: float
    median: float
    upper: float
    n: int


@dataclass(frozen=True, slots=True)
class EnhancementClass:
    """The lesions of one class.

    Attributes
    ----------
    level : str
        ``high`` or ``low``.
    curves : tuple of curves
        Of each patient: (place, enhancement over the pre-contrast phase in per cent).
    phases : tuple of PhaseSummary
        In order of time; phases with fewer than three patients are left out.
    """

    level: str
    curves: tuple[Curve, ...]
    phases: tuple[PhaseSummary, ...]


@dataclass(frozen=True, slots=True)
class EnhancementByClass:
    """All lesions.

    Attributes
    ----------
    classes : tuple of EnhancementClass
        Those that occur.
    names : tuple of str, or None
        Names of the phases, whose numbers are the places; None where places are seconds from post1.
    spread_s : float
        Largest difference between the times of one phase in two patients; 0 without times.
    n_without : int
        Patients that are not drawn: no curve or no class.
    """

    classes: tuple[EnhancementClass, ...]
    names: tuple[str, ...] | None
    spread_s: float
    n_without: int


def draw_enhancement_by_class(record: EnhancementByClass, ax: Axes) -> None:
    """Draw every patient as a thin line, and the class's median with its quartiles; all panels on one scale."""
    places = panels(ax, 1, len(record.classes), wspace=0.05)[0]
    values = [value for one in record.classes for curve in one.curves for _, value in curve]
    margin = 0.05 * (max(values) - min(values) or 1.0)
    for index, (place, one) in enumerate(zip(places, record.classes, strict=True)):
        _draw_class(one, place)
        for other in record.classes:
            if other is not one and other.phases:
                x, y = zip(*((phase.place, phase.median) for phase in other.phases), strict=True)
                place.plot(
                    x,
                    y,
                    linestyle=(0, (4, 2)),
                    linewidth=1.0,
                    color=GREY,
                    label=f"median, {other.level} TILs",
                )
        place.set_ylim(min(values) - margin, max(values) + 3.5 * margin)  # the key stands above the curves
        place.legend(loc="upper left", ncols=3, handlelength=1.8, columnspacing=1.0, borderpad=0.1)
        if record.names is None:
            place.set_xlabel("Time from post1 (s)")
        else:
            place.set_xticks(range(len(record.names)), record.names)
            place.set_xlabel("Phase")
        if index:
            place.tick_params(labelleft=False)
        else:
            place.set_ylabel("Enhancement over pre (%)")


def _draw_class(one: EnhancementClass, ax: Axes) -> None:
    colour, n = level_colour(one.level), len(one.curves)
    ax.axhline(0.0, color=LIGHT, linewidth=0.8, zorder=0)
    for curve in one.curves:
        times, values = zip(*curve, strict=True)
        ax.plot(
            times,
            values,
            color=colour,
            linewidth=0.5,
            alpha=max(0.08, min(0.4, 12.0 / n)),
            rasterized=n > 200,
        )
    if one.phases:
        x = [phase.place for phase in one.phases]
        lower, upper = [phase.lower for phase in one.phases], [phase.upper for phase in one.phases]
        ax.fill_between(x, lower, upper, color=colour, alpha=0.22, linewidth=0, label="quartiles")
        ax.plot(
            x,
            [phase.median for phase in one.phases],
            "-o",
            color=colour,
            linewidth=1.6,
            markersize=3.6,
            markeredgecolor="white",
            markeredgewidth=0.5,
            label="median",
        )
    ax.set_title(f"{one.level.capitalize()} TILs (n = {n})")


def enhancement_by_class_size(record: EnhancementByClass) -> Size:
    """Return a width by the number of classes."""
    return min(TWO_COLUMNS_MM, 16.0 + PANEL_MM * len(record.classes)), 66.0


def enhancement_by_class_legend(record: EnhancementByClass) -> str:
    """Say what is seen, how the phases were put together, and who is not there."""
    n = sum(len(one.curves) for one in record.classes)
    people = "patient" if record.n_without == 1 else "patients"
    told = [
        f"Mean signal of {n} lesions over the phases, relative to the pre-contrast phase and before any normalisation; "
        "thin lines: patients; thick: median, band: quartiles of the class."
    ]
    if any(not one.phases for one in record.classes):
        told.append("A class with fewer than three lesions has no median.")
    if record.names is not None:
        told.append(
            "Times are not known for every patient, so phases stand side by side, whatever lies between them."
        )
    elif record.spread_s > SAME_TIME_S:
        told.append(
            f"Scanners timed the phases differently (one phase by up to {record.spread_s:.0f} s): lines stand at the "
            "patients' own times, median and quartiles are of one phase each and stand at its median time, so curves "
            "of different protocols are mixed in them."
        )
    told.append("The classes were not compared by a test here.")
    if record.n_without:
        told.append(
            f"{record.n_without} {people} without a curve or a TIL class "
            f"{'is' if record.n_without == 1 else 'are'} not shown."
        )
    return " ".join(told)


ENHANCEMENT_BY_CLASS = Figure(
    "enhancement-by-class",
    "Enhancement by TIL class",
    draw_enhancement_by_class,
    enhancement_by_class_legend,
    enhancement_by_class_size,
)
