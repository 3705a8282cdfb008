"""Quality control: how the lesion takes up contrast agent."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from tilscope.figures.base import Figure, fixed
from tilscope.figures.palette import GREY, LIGHT, VERMILION


@dataclass(frozen=True, slots=True)
class EnhancementPicture:
    """Mean signal of the lesion over the phases.

    Attributes
    ----------
    patient : str
        Participant key.
    names : tuple of str
        Phases in order of time.
    times_s : tuple of float, or None
        Seconds of each phase; without them the phases are drawn evenly.
    percent : tuple of float
        Enhancement over the pre-contrast phase, in per cent.
    """

    patient: str
    names: tuple[str, ...]
    times_s: tuple[float, ...] | None
    percent: tuple[float, ...]


def draw_enhancement(record: EnhancementPicture, ax: Axes) -> None:
    """Draw the curve with a name at every phase."""
    times = record.times_s or tuple(float(i) for i in range(len(record.names)))
    ax.axhline(0, color=LIGHT, linewidth=0.8, zorder=0)
    ax.plot(
        times,
        record.percent,
        "-o",
        color=VERMILION,
        markersize=4,
        markeredgecolor="white",
        markeredgewidth=0.6,
    )
    for index, (time, value, name) in enumerate(zip(times, record.percent, record.names, strict=True)):
        shift = (8, -8) if index == 0 else (0, 5)  # the curve rises from the first point: its name goes below
        ax.annotate(
            name, (time, value), shift, textcoords="offset points", ha="center", color=GREY, fontsize=6.5
        )
    ax.margins(x=0.1, y=0.18)
    ax.set_ylabel("Enhancement over pre (%)")
    if record.times_s is None:
        ax.set_xticks(times, record.names)
        ax.set_xlabel("Phase (times unknown)")
    else:
        ax.set_xlabel("Time from the first post-contrast phase (s)")


def enhancement_legend(record: EnhancementPicture) -> str:
    """Say what is seen."""
    return f"{record.patient}: mean signal inside the lesion, relative to the pre-contrast phase."


ENHANCEMENT = Figure(
    "enhancement", "Enhancement curve", draw_enhancement, enhancement_legend, fixed(85.0, 58.0)
)
