"""Precision-recall curves of the Rad-TILs score, one panel per role."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, Size
from tilscope.figures.palette import GREY, ROLE_COLOURS
from tilscope.figures.role_panels import (
    apparent_curve,
    draw_per_role,
    role_title,
    size_per_role,
    write_in_corner,
)


@dataclass(frozen=True, slots=True)
class PrecisionRecallPicture:
    """One role's curve.

    Attributes
    ----------
    role : str
        ``training``, ``validation`` or ``external``.
    positive, negative : str
        The positive class, and the other.
    recall, precision : tuple of float
        From the highest threshold to the lowest.
    average_precision, baseline : float
        Of the score, and of a score that knows nothing (share of the positive class).
    n_positive, n_negative : int
        Patients of each class.
    """

    role: str
    positive: str
    negative: str
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    average_precision: float
    baseline: float
    n_positive: int
    n_negative: int


@dataclass(frozen=True, slots=True)
class PrecisionRecallPanels:
    """The curves of one model, in order of the roles."""

    pictures: tuple[PrecisionRecallPicture, ...]


def draw_precision_recall(record: PrecisionRecallPanels, ax: Axes) -> None:
    """Draw one square panel per role: a staircase over the baseline."""
    draw_per_role(record.pictures, ax, _draw_panel)


def _draw_panel(picture: PrecisionRecallPicture, ax: Axes) -> None:
    colour = ROLE_COLOURS.get(picture.role, GREY)
    recall, precision = (0.0, *picture.recall), (picture.precision[0], *picture.precision)
    ax.axhline(picture.baseline, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    ax.fill_between(recall, precision, step="pre", color=colour, alpha=0.10, linewidth=0)
    ax.step(recall, precision, where="pre", color=colour, linewidth=1.6, clip_on=False)
    write_in_corner(_told(picture), ax)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_aspect("equal")
    ax.set_xlabel(f"Recall ({picture.positive} TILs)")
    ax.set_ylabel(f"Precision ({picture.positive} TILs)")
    ax.set_title(role_title(picture.role))


def _told(picture: PrecisionRecallPicture) -> str:
    return (
        f"average precision {picture.average_precision:.3f}\nby chance {picture.baseline:.3f}\n"
        f"{picture.n_positive} {picture.positive}, {picture.n_negative} {picture.negative}"
    )


def precision_recall_size(record: PrecisionRecallPanels) -> Size:
    """Return a width by the number of roles."""
    return size_per_role(len(record.pictures))


def precision_recall_legend(record: PrecisionRecallPanels) -> str:
    """Say which class is positive and what the dashed line is."""
    positive = record.pictures[0].positive
    training = apparent_curve(picture.role for picture in record.pictures)
    return (
        f"Precision (positive predictive value) and recall (sensitivity) of the Rad-TILs score; the positive class is "
        f"'{positive}' TILs. Average precision is the area under the staircase, without interpolation and without an "
        f"interval; the dashed line is the share of {positive} TILs, which a score that knows nothing reaches."
        f"{training}"
    )


PRECISION_RECALL = Figure(
    "precision-recall",
    "Precision-recall curves",
    draw_precision_recall,
    precision_recall_legend,
    precision_recall_size,
)
