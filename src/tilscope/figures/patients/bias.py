"""Quality control: the bias field, and the first phase after contrast before and after its correction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.figure import Figure, Size
from tilscope.figures.patients.sheet import FOOT_MM, Layout, Sheet, in_rows
from tilscope.figures.patients.views import PLANES, Planes, View, window_of
from tilscope.vocabulary import Grid, Volume

FIELD_COLOURS = "PuOr_r"
LIMITS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)  # of the colours; each is used with its reciprocal


@dataclass(frozen=True, slots=True, eq=False)
class BiasPictures:
    """One whole phase, its field, and the phase divided by it.

    Attributes
    ----------
    patient : str
        Participant key.
    view : View
        Where the planes lie in the whole image, and the lesion's outline.
    phase, method : str
        The phase that the field was estimated on, and how.
    raw, corrected : Planes
        In the scanner's units.
    log_field : Planes
        Natural logarithm of the factor that the raw image is divided by.
    window : tuple of float
        Black and white of the two images.
    limit : float
        The colours reach from ``1 / limit`` to ``limit``.
    """

    patient: str
    view: View
    phase: str
    method: str
    raw: Planes
    corrected: Planes
    log_field: Planes
    window: tuple[float, float]
    limit: float


def bias_pictures(
    patient: str,
    view: View,
    raw: Volume,
    log_at: Callable[[Grid], NDArray[np.float64]],
    *,
    phase: str = "post1",
    method: str,
) -> BiasPictures:
    """Cut a whole phase and its field; the field is only evaluated in the three planes.

    Parameters
    ----------
    view : View
        Of the lesion on the whole image's grid.
    raw : Volume
        The whole phase as acquired.
    log_at : callable (grid) -> ndarray
        Gives the log field on a grid (``BiasField.log_at``).
    """
    planes = view.planes(raw.array)
    field = [view.flat(log_at(view.slab(raw.grid, plane)), plane) for plane in PLANES]
    corrected = [values * np.exp(-log) for values, log in zip(planes, field, strict=True)]
    largest = float(np.exp(max(np.abs(log).max() for log in field)))
    return BiasPictures(
        patient=patient,
        view=view,
        phase=phase,
        method=method,
        raw=planes,
        corrected=(corrected[0], corrected[1], corrected[2]),
        log_field=(field[0], field[1], field[2]),
        window=window_of(*planes, *corrected),
        limit=next((limit for limit in LIMITS if largest <= limit), LIMITS[-1]),
    )


def _layout(record: BiasPictures) -> Layout:
    return in_rows(record.view, 3, foot=FOOT_MM)


def draw_bias(record: BiasPictures, ax: Axes) -> None:
    """Draw the phase, the field and the corrected phase below each other, and the bar of the field."""
    sheet = Sheet(ax, record.view, _layout(record))
    reach = float(np.log(record.limit))
    sheet.image(0, record.raw, record.window)
    sheet.image(1, record.log_field, (-reach, reach), colours=FIELD_COLOURS, outline="black")
    sheet.image(2, record.corrected, record.window)
    for index, title in enumerate(
        (f"{record.phase} as acquired", f"field ({record.method})", f"{record.phase} corrected")
    ):
        sheet.head(index, title)
    sheet.name_planes()
    sheet.scale_bar()
    ticks = (f"{1 / record.limit:.2f}", "1", f"{record.limit:.2f}")
    sheet.bar(6.0, FIELD_COLOURS, ticks, "factor that the image is divided by")


def bias_size(record: BiasPictures) -> Size:
    """Return the size that three rows and the bar need."""
    return _layout(record).size


def bias_legend(record: BiasPictures) -> str:
    """Say what is seen and what good looks like."""
    return (
        f"{record.phase} as acquired, the field that every phase is divided by (orange: too bright, purple: too dark), "
        "and the result in the same grey window. The field should be smooth and follow the coils, not the lesion."
    )


BIAS = Figure("bias", "Bias field", draw_bias, bias_legend, bias_size)
