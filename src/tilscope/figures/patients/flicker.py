"""Quality control: the reference phase, and a phase before and after registration, to be looked at in turn."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, Size
from tilscope.figures.patients.sheet import Layout, Sheet, in_rows
from tilscope.figures.patients.views import Planes, View, window_of
from tilscope.vocabulary import Volume


@dataclass(frozen=True, slots=True, eq=False)
class FlickerPictures:
    """Three frames of one layout, one below the other, so that a page can show them in the same place.

    Attributes
    ----------
    patient : str
        Participant key.
    view : View
        Where the planes lie, and the lesion's outline in the reference phase.
    reference, phase : str
        Names of the two phases.
    frames : tuple of Planes
        The reference phase, the phase as acquired, and the phase after registration.
    windows : tuple of (float, float)
        Black and white of each frame; the last two share theirs.
    displacement_mm : float or None
        How far the lesion lay from its place in the reference phase.
    similarity : tuple of float, or None
        With the reference phase, before and after, as the registration measured it.
    """

    patient: str
    view: View
    reference: str
    phase: str
    frames: tuple[Planes, Planes, Planes]
    windows: tuple[tuple[float, float], ...]
    displacement_mm: float | None
    similarity: tuple[float, float] | None


N_FRAMES = 3


def flicker_pictures(
    patient: str,
    view: View,
    reference: Volume,
    before: Volume,
    after: Volume,
    *,
    phase: str,
    reference_phase: str = "post1",
    displacement_mm: float | None = None,
    similarity: tuple[float, float] | None = None,
) -> FlickerPictures:
    """Cut two phases; all volumes lie on the view's grid.

    Parameters
    ----------
    before : Volume
        The phase as acquired, cut out where the reference lies.
    after : Volume
        The registered phase.
    """
    frames = (view.planes(reference.array), view.planes(before.array), view.planes(after.array))
    own = window_of(before.array[::2, ::2, ::2], after.array[::2, ::2, ::2])
    windows = (window_of(reference.array[::2, ::2, ::2]), own, own)
    return FlickerPictures(
        patient, view, reference_phase, phase, frames, windows, displacement_mm, similarity
    )


def frame_titles(record: FlickerPictures) -> tuple[str, str, str]:
    """Return what each frame shows."""
    return (
        record.reference,
        f"{record.phase}, before registration",
        f"{record.phase}, after registration",
    )


def _layout(record: FlickerPictures) -> Layout:
    return in_rows(record.view, N_FRAMES)


def draw_flicker(record: FlickerPictures, ax: Axes) -> None:
    """Draw the frames below each other, alike but for the images."""
    sheet = Sheet(ax, record.view, _layout(record))
    similarities = ("", "", "") if record.similarity is None else ("", *map(_similarity, record.similarity))
    for index, (title, planes, window, note) in enumerate(
        zip(frame_titles(record), record.frames, record.windows, similarities, strict=True)
    ):
        sheet.image(index, planes, window)
        sheet.head(index, title, note)
        sheet.name_planes(index)
        sheet.scale_bar(index)


def _similarity(value: float) -> str:
    return f"similarity {value:.2f}"


def flicker_size(record: FlickerPictures) -> Size:
    """Return the size that three rows need."""
    return _layout(record).size


def flicker_legend(record: FlickerPictures) -> str:
    """Say what is seen and what good looks like."""
    moved = (
        ""
        if record.displacement_mm is None
        else f" The lesion lay {record.displacement_mm:.1f} mm from its place (mean over its voxels)."
    )
    return (
        f"{record.reference}, and {record.phase} before and after registration, at the same place.{moved} Seen "
        f"in turn, tissue jumps between {record.reference} and the phase before registration, and should stand still "
        "after it; only its brightness changes."
    )


FLICKER = Figure("flicker", "Registration, to be seen in turn", draw_flicker, flicker_legend, flicker_size)
