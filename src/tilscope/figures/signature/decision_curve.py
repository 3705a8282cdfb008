"""Decision curves of the Rad-TILs score, one panel per role."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, Size
from tilscope.figures.palette import GREY, INK, ROLE_COLOURS
from tilscope.figures.role_panels import apparent_curve, draw_per_role, role_title, size_per_role


@dataclass(frozen=True, slots=True)
class DecisionPicture:
    """One role's decision curve.

    Attributes
    ----------
    role : str
        ``training``, ``validation`` or ``external``.
    positive : str
        The class for which one would act.
    thresholds, model, treat_all : tuple of float
        Threshold probabilities, and net benefit of acting on the score and on everybody.
    n_positive, n_negative : int
        Patients of each class.
    negative : str
        The other class.
    """

    role: str
    positive: str
    thresholds: tuple[float, ...]
    model: tuple[float, ...]
    treat_all: tuple[float, ...]
    n_positive: int
    n_negative: int
    negative: str = "other"


@dataclass(frozen=True, slots=True)
class DecisionPanels:
    """The decision curves of one model, in order of the roles."""

    pictures: tuple[DecisionPicture, ...]


def draw_decision_curve(record: DecisionPanels, ax: Axes) -> None:
    """Draw one panel per role, all on one scale; what acting on everybody loses is cut off."""
    top = max(float(np.max(p.model + p.treat_all)) for p in record.pictures)
    limits = (-0.25 * max(top, 0.05), 1.6 * max(top, 0.05))  # the key stands above the curves

    def draw(picture: DecisionPicture, place: Axes) -> None:
        _draw_panel(picture, place)
        place.set_ylim(*limits)

    draw_per_role(record.pictures, ax, draw)


def _draw_panel(picture: DecisionPicture, ax: Axes) -> None:
    positive = picture.positive
    ax.axhline(0.0, color=INK, linewidth=0.8, label="call nobody")
    ax.plot(
        picture.thresholds,
        picture.treat_all,
        color=GREY,
        linewidth=1.0,
        linestyle=(0, (4, 2)),
        label=f"call everybody {positive}",
    )
    ax.plot(
        picture.thresholds,
        picture.model,
        color=ROLE_COLOURS.get(picture.role, GREY),
        linewidth=1.6,
        label="call by the score",
    )
    ax.legend(
        loc="upper right",
        handlelength=2.0,
        title=f"{picture.n_positive} {positive}, {picture.n_negative} {picture.negative}",
        title_fontsize=6.5,
        alignment="left",
    )
    ax.set_xlim(0, 1)
    ax.set_xlabel(f"Threshold probability of {positive} TILs")
    ax.set_ylabel("Net benefit per patient")
    ax.set_title(role_title(picture.role))


def decision_size(record: DecisionPanels) -> Size:
    """Return a width by the number of roles."""
    return size_per_role(len(record.pictures))


def decision_legend(record: DecisionPanels) -> str:
    """Say how net benefit is counted and where the score is useful."""
    positive = record.pictures[0].positive
    training = apparent_curve(picture.role for picture in record.pictures)
    return (
        f"Net benefit of calling patients '{positive}' (the positive class) where their score reaches the threshold: "
        "true positives per patient, less false positives weighted by the odds of the threshold. The threshold says "
        "how many false calls one would accept for a right one. The score is of use where its curve lies above both "
        "others."
        f"{training}"
    )


DECISION_CURVE = Figure(
    "decision-curve", "Decision curves", draw_decision_curve, decision_legend, decision_size
)
