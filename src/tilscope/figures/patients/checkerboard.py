"""Quality control: the reference phase and another one in alternating squares, before and after registration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.figure import Figure, Size
from tilscope.figures.patients.sheet import Layout, Sheet, in_rows
from tilscope.figures.patients.views import PLANES, Planes, View, pixel_mm, window_of
from tilscope.vocabulary import Volume

SQUARE_MM = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Checkerboards:
    """Two boards.

    Attributes
    ----------
    patient : str
        Participant key.
    view : View
        Where the planes lie, and the lesion's outline.
    reference, phase : str
        Names of the two phases.
    before, after : Planes
        Squares of the reference phase and of the other one, each from 0 (black) to 1 (white) of its own window.
    square_mm : float
        Edge of a square.
    """

    patient: str
    view: View
    reference: str
    phase: str
    before: Planes
    after: Planes
    square_mm: float = SQUARE_MM


def checkerboards(
    patient: str,
    view: View,
    reference: Volume,
    before: Volume,
    after: Volume,
    *,
    phase: str,
    reference_phase: str = "post1",
) -> Checkerboards:
    """Mix the reference phase with another one, as acquired and registered; all volumes lie on the view's grid."""
    black, white = window_of(reference.array[::2, ::2, ::2])
    still = [(plane - black) / (white - black) for plane in view.planes(reference.array)]
    own_black, own_white = window_of(before.array[::2, ::2, ::2], after.array[::2, ::2, ::2])

    def board(volume: Volume) -> Planes:
        scaled = [(plane - own_black) / (own_white - own_black) for plane in view.planes(volume.array)]
        mixed = [_mixed(a, b, name, view) for a, b, name in zip(still, scaled, PLANES, strict=True)]
        return mixed[0], mixed[1], mixed[2]

    return Checkerboards(patient, view, reference_phase, phase, board(before), board(after))


def _mixed(a: NDArray[np.float32], b: NDArray[np.float32], plane: str, view: View) -> NDArray[np.float32]:
    """Take ``a`` in every other square and ``b`` in the rest, starting with ``a`` in the upper left corner."""
    height, width = pixel_mm(plane, view.spacing_mm)
    row = np.floor(np.arange(a.shape[0]) * height / SQUARE_MM).astype(int)
    column = np.floor(np.arange(a.shape[1]) * width / SQUARE_MM).astype(int)
    return np.where((row[:, None] + column[None, :]) % 2 == 0, a, b).astype(np.float32)


def _layout(record: Checkerboards) -> Layout:
    return in_rows(record.view, 2)


def draw_checkerboard(record: Checkerboards, ax: Axes) -> None:
    """Draw the board before registration above the one after."""
    sheet = Sheet(ax, record.view, _layout(record))
    for index, (planes, when) in enumerate(((record.before, "before"), (record.after, "after"))):
        sheet.image(index, planes, (0.0, 1.0))
        sheet.head(index, f"{record.reference} and {record.phase}, {when} registration")
    sheet.name_planes()
    sheet.scale_bar()


def checkerboard_size(record: Checkerboards) -> Size:
    """Return the size that two rows need."""
    return _layout(record).size


def checkerboard_legend(record: Checkerboards) -> str:
    """Say what is seen and what good looks like."""
    return (
        f"Squares of {record.square_mm:.0f} mm, by turns of {record.reference} (upper left corner) and of "
        f"{record.phase}, each in its own grey window. After a good registration the borders of tissue run on from "
        "square to square."
    )


CHECKERBOARD = Figure(
    "checkerboard", "Checkerboard", draw_checkerboard, checkerboard_legend, checkerboard_size
)
