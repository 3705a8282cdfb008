"""Quality control: how the lesion takes up contrast agent, before and after the normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, fixed
from tilscope.figures.palette import BLUE, GREY, LIGHT, VERMILION


@dataclass(frozen=True, slots=True)
class EnhancementPicture:
    """Mean signal of the lesion over the phases, relative to the phase before contrast.

    Attributes
    ----------
    patient : str
        Participant key.
    names : tuple of str
        Phases in order of time.
    times_s : tuple of float, or None
        Seconds of each phase; without them the phases are drawn evenly.
    percent : tuple of float
        Enhancement over the pre-contrast phase, in per cent, before the normalisation.
    after : tuple of float
        Mean after the normalisation minus that of the pre-contrast phase, in normalised units.
    undistorted : tuple of float
        The same, had all phases been normalised with the statistics of post1.
    statistics : str
        How the normalisation was done: ``normalisation.statistics``.
    """

    patient: str
    names: tuple[str, ...]
    times_s: tuple[float, ...] | None
    percent: tuple[float, ...]
    after: tuple[float, ...]
    undistorted: tuple[float, ...]
    statistics: str

    @property
    def is_distorted(self) -> bool:
        """Tell whether every phase was normalised by itself, which takes part of the enhancement away."""
        return self.statistics == "per-phase"


def enhancement_picture(
    patient: str,
    names: Sequence[str],
    times_s: Sequence[float] | None,
    normalisation: dict[str, Any],
    *,
    n_pre: int = 1,
) -> EnhancementPicture:
    """Take both curves from what the normalisation wrote down.

    Parameters
    ----------
    normalisation : dict
        ``normalisation.json``: ``enhancement`` (``mean_signal``, ``percent_enhancement``), ``lesion_mean_after``,
        ``scaling`` (``sds``, ``scale``, ``statistics``).
    n_pre : int
        Number of pre-contrast phases; their mean is the zero of both curves.
    """
    curve, scaling = normalisation["enhancement"], normalisation["scaling"]
    signal, after = curve["mean_signal"], normalisation["lesion_mean_after"]
    zero, zero_after = sum(signal[:n_pre]) / n_pre, sum(after[:n_pre]) / n_pre
    unit = scaling["scale"] / scaling["sds"][n_pre]
    return EnhancementPicture(
        patient=patient,
        names=tuple(names),
        times_s=None if times_s is None else tuple(times_s),
        percent=tuple(curve["percent_enhancement"]),
        after=tuple(value - zero_after for value in after),
        undistorted=tuple(unit * (value - zero) for value in signal),
        statistics=scaling["statistics"],
    )


def draw_enhancement(record: EnhancementPicture, ax: Axes) -> None:
    """Draw the curve before the normalisation on the left and after it on the right."""
    canvas: Any = ax.get_figure(root=True)
    canvas.set_layout_engine("none")
    ax.set_position((0.1, 0.2, 0.375, 0.67))
    other = canvas.add_axes((0.61, 0.2, 0.375, 0.67))
    times = record.times_s or tuple(float(i) for i in range(len(record.names)))
    _curve(ax, times, record.percent, VERMILION)
    _curve(other, times, record.after, BLUE)
    if record.is_distorted:
        other.plot(
            times, record.undistorted, "--", color=GREY, linewidth=0.9, label="with post1's statistics"
        )
        other.legend(loc="best", handlelength=2.2, frameon=True, framealpha=1.0, edgecolor="white")
    _names(ax, times, record.percent, record.names)
    ax.set_title("Before normalisation")
    ax.set_ylabel("Enhancement over pre (%)")
    other.set_title("After normalisation")
    other.set_ylabel("Normalised units over pre")
    for place in (ax, other):
        place.margins(x=0.08, y=0.16)
        _time_axis(place, times, record)


def _curve(ax: Axes, times: Sequence[float], values: Sequence[float], colour: str) -> None:
    ax.axhline(0, color=LIGHT, linewidth=0.8, zorder=0)
    ax.plot(times, values, "-o", color=colour, markersize=4, markeredgecolor="white", markeredgewidth=0.6)


def _names(ax: Axes, times: Sequence[float], values: Sequence[float], names: Sequence[str]) -> None:
    if len(names) > 8:
        return
    for index, (time, value, name) in enumerate(zip(times, values, names, strict=True)):
        shift = (8, -9) if index == 0 else (0, 5)  # the curve rises from the first point: its name goes below
        ax.annotate(
            name, (time, value), shift, textcoords="offset points", ha="center", color=GREY, fontsize=6.5
        )


def _time_axis(ax: Axes, times: Sequence[float], record: EnhancementPicture) -> None:
    if record.times_s is None:
        ax.set_xticks(times, record.names)
        ax.set_xlabel("Phase (times unknown)")
    else:
        ax.set_xlabel("Time from post1 (s)")


def enhancement_legend(record: EnhancementPicture) -> str:
    """Say what is seen, and say it where the normalisation distorts the curve."""
    told = "Mean signal inside the lesion over the phases, relative to the pre-contrast phase"
    if record.is_distorted:
        return (
            f"{told}. Each phase was normalised by its own mean and standard deviation (per-phase), which takes part "
            "of the enhancement away: the curve on the right, and features made from it, no longer tell how much "
            "contrast agent the lesion takes up. The dashed line shows what post1's statistics would have given."
        )
    return (
        f"{told}: before and after the normalisation, whose statistics are the same for all phases, so that the "
        "curve keeps its shape."
    )


ENHANCEMENT = Figure(
    "enhancement", "Enhancement curve", draw_enhancement, enhancement_legend, fixed(130.0, 52.0)
)
