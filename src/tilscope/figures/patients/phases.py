"""Quality control: every phase in three planes through the lesion, with its outline, in one common window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, Size
from tilscope.figures.patients.sheet import Layout, Sheet, in_columns
from tilscope.figures.patients.views import Planes, View, window_of
from tilscope.vocabulary import DceSeries, Roi

MAX_COLUMNS = 8
LESION_WHITE = 98.0


@dataclass(frozen=True, slots=True, eq=False)
class PhasePictures:
    """Three planes of every phase.

    Attributes
    ----------
    patient : str
        Participant key.
    view : View
        Where the planes lie, and the lesion's outline.
    names : tuple of str
        Names of the shown phases, in order of time.
    times_s : tuple of float, or None
        Seconds of each from the first post-contrast phase.
    planes : tuple of Planes
        Per shown phase.
    window : tuple of float
        Black and white, common to all phases.
    n_phases : int
        Number of phases of the examination; of more than 8, 8 are shown.
    """

    patient: str
    view: View
    names: tuple[str, ...]
    times_s: tuple[float, ...] | None
    planes: tuple[Planes, ...]
    window: tuple[float, float]
    n_phases: int


def phase_pictures(patient: str, series: DceSeries, roi: Roi, view: View | None = None) -> PhasePictures:
    """Cut a registered series through its lesion.

    Parameters
    ----------
    series : DceSeries
        Registered phases; all lie on the ROI's grid (the crop around the lesion).
    view : View, optional
        That of the ROI, where it is at hand.
    """
    view = View.of(roi) if view is None else view
    black, white = window_of(*(phase.array[::2, ::2, ::2] for phase in series.phases))
    lesion = np.concatenate([phase.array[roi.mask] for phase in series.phases])
    white = max(white, float(np.percentile(lesion, LESION_WHITE)))  # a large lesion must not drown in white
    shown = shown_of(len(series.phases), always=series.n_pre)
    times = series.times_s
    return PhasePictures(
        patient=patient,
        view=view,
        names=tuple(series.phase_names[k] for k in shown),
        times_s=None if times is None else tuple(times[k] for k in shown),
        planes=tuple(view.planes(series.phases[k].array) for k in shown),
        window=(black, white),
        n_phases=len(series.phases),
    )


def shown_of(n: int, *, always: int) -> tuple[int, ...]:
    """Return which of ``n`` images fit beside each other: all, or 8 evenly spread with one that must be there."""
    if n <= MAX_COLUMNS:
        return tuple(range(n))
    spread = {int(k) for k in np.round(np.linspace(0, n - 1, MAX_COLUMNS))}
    inner = sorted(spread - {0, n - 1, always}, key=lambda k: (abs(k - always), k))
    dropped = set() if always in spread else {inner[0]}
    return tuple(sorted(spread - dropped | {always}))


def _layout(record: PhasePictures) -> Layout:
    return in_columns(record.view, len(record.names))


def draw_phases(record: PhasePictures, ax: Axes) -> None:
    """Draw planes in rows and phases in columns."""
    sheet = Sheet(ax, record.view, _layout(record))
    for index, (name, planes) in enumerate(zip(record.names, record.planes, strict=True)):
        sheet.image(index, planes, record.window)
        time = "" if record.times_s is None else f"{record.times_s[index]:.0f} s".replace("-", "−")
        sheet.head(index, name, time)
    sheet.name_planes()
    sheet.scale_bar()


def phases_size(record: PhasePictures) -> Size:
    """Return the size that the phases and planes need."""
    return _layout(record).size


def phases_legend(record: PhasePictures) -> str:
    """Say what is seen."""
    told = f"{len(record.names)} of {record.n_phases}" if len(record.names) < record.n_phases else "All"
    return (
        f"{told} phases after registration, in three planes through the lesion's centre, in one grey window "
        f"({record.window[0]:.0f} to {record.window[1]:.0f}, the scanner's units). The orange line is the lesion's "
        "outline: the lesion should fill it in every phase after contrast."
    )


PHASES = Figure("phases", "Phases and lesion outline", draw_phases, phases_legend, phases_size)
