"""Quality control: the first phase after contrast minus the one before it, before and after registration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, Size
from tilscope.figures.patients.sheet import FOOT_MM, Layout, Sheet, in_rows
from tilscope.figures.patients.views import Planes, View
from tilscope.vocabulary import Volume


@dataclass(frozen=True, slots=True, eq=False)
class SubtractionPictures:
    """Two differences in one window.

    Attributes
    ----------
    patient : str
        Participant key.
    view : View
        Where the planes lie, and the lesion's outline.
    reference, phase : str
        The phase after contrast, and the one that is taken away.
    before, after : Planes
        Differences in the scanner's units, with the phase as acquired and registered.
    spread : float
        The window reaches from ``-spread`` (black) to ``spread`` (white).
    """

    patient: str
    view: View
    reference: str
    phase: str
    before: Planes
    after: Planes
    spread: float


def subtraction_pictures(
    patient: str,
    view: View,
    reference: Volume,
    before: Volume,
    after: Volume,
    *,
    phase: str = "pre",
    reference_phase: str = "post1",
) -> SubtractionPictures:
    """Subtract a phase, as acquired and registered; all volumes lie on the view's grid."""
    still = view.planes(reference.array)
    pairs = [(still, view.planes(volume.array)) for volume in (before, after)]
    unaligned, aligned = (_minus(*pair) for pair in pairs)
    sizes = np.abs(np.concatenate([plane.ravel() for plane in (*unaligned, *aligned)]))
    spread = float(max(np.percentile(sizes, 99.0), 1e-6))
    return SubtractionPictures(patient, view, reference_phase, phase, unaligned, aligned, spread)


def _minus(a: Planes, b: Planes) -> Planes:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _layout(record: SubtractionPictures) -> Layout:
    return in_rows(record.view, 2, foot=FOOT_MM)


def draw_subtraction(record: SubtractionPictures, ax: Axes) -> None:
    """Draw the difference before registration above the one after, and the bar of grey levels."""
    sheet = Sheet(ax, record.view, _layout(record))
    window = (-record.spread, record.spread)
    for index, (planes, when) in enumerate(((record.before, "before"), (record.after, "after"))):
        sheet.image(index, planes, window)
        sheet.head(index, f"{record.reference} − {record.phase}, {when} registration")
    sheet.name_planes()
    sheet.scale_bar()
    ticks = (f"−{record.spread:.0f}", "0", f"{record.spread:.0f}")
    sheet.bar(6.0, "gray", ticks, "scanner's units")


def subtraction_size(record: SubtractionPictures) -> Size:
    """Return the size that two rows and the bar need."""
    return _layout(record).size


def subtraction_legend(record: SubtractionPictures) -> str:
    """Say what is seen and what good looks like."""
    return (
        f"{record.reference} minus {record.phase}, with {record.phase} as acquired and registered, in one window: "
        "mid-grey is no difference, bright is enhancement. After a good registration no bright and dark rims stand "
        "beside each other."
    )


SUBTRACTION = Figure("subtraction", "Subtraction", draw_subtraction, subtraction_legend, subtraction_size)
