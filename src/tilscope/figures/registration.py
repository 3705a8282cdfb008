"""Quality control: one phase subtracted from the reference phase before and after registration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.base import Figure, Size, panels
from tilscope.figures.palette import INK
from tilscope.figures.phases import LABEL_MM, TITLE_MM, PhasePictures, row_heights, show_plane
from tilscope.figures.views import PLANES, Turn
from tilscope.vocabulary import Roi, Volume


@dataclass(frozen=True, slots=True, eq=False)
class RegistrationPictures:
    """One moving phase against the reference phase.

    Attributes
    ----------
    view : PhasePictures
        Three turned arrays: the reference phase, and reference minus phase before and after registration.
    phase, reference : str
        Names of the two phases.
    similarity : tuple of float, or None
        Before and after, as the registration measured it.
    difference_window : float
        Grey levels from black to mid-grey of the two differences.
    """

    view: PhasePictures
    phase: str
    reference: str
    similarity: tuple[float, float] | None
    difference_window: float


def registration_pictures(
    patient: str,
    reference: Volume,
    before: Volume,
    after: Volume,
    roi: Roi,
    *,
    phase: str,
    reference_phase: str = "post1",
    similarity: tuple[float, float] | None = None,
) -> RegistrationPictures:
    """Subtract a phase from the reference phase, both ways; all volumes lie on the ROI's grid.

    Parameters
    ----------
    before : Volume
        The phase as acquired, resampled on the crop with the identity.
    after : Volume
        The registered phase.
    """
    turn = Turn.of(roi.grid)
    differences = [reference.array - before.array, reference.array - after.array]
    black, white = np.percentile(reference.array, (1.0, 99.5))
    arrays: list[NDArray[np.float32]] = [turn.array(a) for a in (reference.array, *differences)]
    view = PhasePictures(
        patient=patient,
        names=(reference_phase, "before", "after"),
        times_s=None,
        arrays=tuple(arrays),
        mask=turn.array(roi.mask),
        spacing_mm=turn.spacing(roi.grid),
        window=(float(black), float(max(white, black + 1e-6))),
    )
    spread = float(np.percentile(np.abs(np.concatenate([d.ravel()[::4] for d in differences])), 99.5))
    return RegistrationPictures(view, phase, reference_phase, similarity, max(spread, 1e-6))


def draw_registration(record: RegistrationPictures, ax: Axes) -> None:
    """Draw the reference and the two differences, planes in rows."""
    view, spread = record.view, record.difference_window
    grid = panels(ax, len(PLANES), 3, height_ratios=row_heights(view), hspace=0.03, wspace=0.03)
    windows = (view.window, (-spread, spread), (-spread, spread))
    for row, plane in zip(grid, PLANES, strict=True):
        for place, values, window in zip(row, view.arrays, windows, strict=True):
            show_plane(place, view, values, plane, window=window)
        row[0].set_ylabel(plane, color=INK)
    for place, title in zip(grid[0], _titles(record), strict=True):
        place.set_title(title, loc="center", fontsize=6.5)


def _titles(record: RegistrationPictures) -> tuple[str, str, str]:
    numbers = ("", "") if record.similarity is None else tuple(f" ({s:.3f})" for s in record.similarity)
    return (
        record.reference,
        f"minus {record.phase}, before{numbers[0]}",
        f"minus {record.phase}, after{numbers[1]}",
    )


def registration_size(record: RegistrationPictures) -> Size:
    """Return the size that three columns need."""
    column = 46.0
    return LABEL_MM + 3 * column, TITLE_MM + column * sum(row_heights(record.view))


def registration_legend(record: RegistrationPictures) -> str:
    """Say what is seen and what good looks like."""
    measured = "" if record.similarity is None else " The numbers are the similarity of the two phases."
    return (
        f"{record.view.patient}: {record.reference}, and {record.reference} minus {record.phase} before and after "
        "registration (mid-grey: no difference). After a good registration only enhancement is left: tissue borders "
        f"vanish, no bright and dark rims stand beside each other.{measured}"
    )


REGISTRATION = Figure(
    "registration",
    "Registration, before and after",
    draw_registration,
    registration_legend,
    registration_size,
)
