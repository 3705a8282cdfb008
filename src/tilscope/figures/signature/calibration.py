"""Calibration of the Rad-TILs score: what was observed against what was predicted, one panel per role."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from tilscope.figures.figure import Figure, Size
from tilscope.figures.palette import GREY, INK, ROLE_COLOURS, level_colour
from tilscope.figures.role_panels import draw_per_role, role_title, size_per_role

Limits = tuple[float, float, float]  # value, lower and upper limit


@dataclass(frozen=True, slots=True)
class CalibrationGroupPicture:
    """Patients with neighbouring scores: mean score, observed share with its interval, and how many they are."""

    mean_score: float
    observed: Limits
    n: int


@dataclass(frozen=True, slots=True)
class CalibrationPicture:
    """One role's calibration.

    Attributes
    ----------
    role : str
        ``training``, ``validation`` or ``external``.
    positive, negative : str
        The class that the score is the probability of, and the other.
    groups : tuple of CalibrationGroupPicture
        By the score.
    curve, band_low, band_high : tuple of (float, float)
        Logistic recalibration curve and its band, as (score, observed share); empty where there is none.
    intercept, slope : (float, float, float) or None
        Value and limits; None where they are not defined.
    brier : float or None
        Mean squared error.
    scores_positive, scores_negative : tuple of float
        Each patient's score, by class.
    confidence : float
        Level of the intervals.
    """

    role: str
    positive: str
    negative: str
    groups: tuple[CalibrationGroupPicture, ...]
    curve: tuple[tuple[float, float], ...] = ()
    band_low: tuple[tuple[float, float], ...] = ()
    band_high: tuple[tuple[float, float], ...] = ()
    intercept: Limits | None = None
    slope: Limits | None = None
    brier: float | None = None
    scores_positive: tuple[float, ...] = ()
    scores_negative: tuple[float, ...] = ()
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class CalibrationPanels:
    """The calibration of one model, in order of the roles."""

    pictures: tuple[CalibrationPicture, ...]


def draw_calibration(record: CalibrationPanels, ax: Axes) -> None:
    """Draw one square panel per role: groups, recalibration curve, and every patient's score."""
    draw_per_role(record.pictures, ax, _draw_panel)


def _draw_panel(picture: CalibrationPicture, ax: Axes) -> None:
    colour = ROLE_COLOURS.get(picture.role, GREY)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    if picture.curve:
        x, y = zip(*picture.curve, strict=True)
        ax.fill_between(
            x,
            [p[1] for p in picture.band_low],
            [p[1] for p in picture.band_high],
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
        ax.plot(x, y, color=colour, linewidth=1.4)
    for group in picture.groups:
        value, low, high = group.observed
        ax.vlines(group.mean_score, low, high, color=INK, linewidth=0.8, zorder=4)
        ax.plot(
            group.mean_score,
            value,
            "o",
            color=INK,
            markersize=4.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            zorder=6,
            clip_on=False,
        )
    for scores, low, name in (
        (picture.scores_positive, 1.03, picture.positive),
        (picture.scores_negative, -0.07, picture.negative),
    ):
        ax.vlines(scores, low, low + 0.04, color=level_colour(name, (picture.positive,)), linewidth=0.6)
    ax.text(0.0, 1.02, _told(picture), va="bottom", linespacing=1.4, fontsize=6.0, transform=ax.transAxes)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.08, 1.08)
    ax.set_aspect("equal")
    ax.set_xlabel(f"Score (predicted probability of {picture.positive} TILs)")
    ax.set_ylabel(f"Observed share of {picture.positive} TILs")
    ax.set_title(role_title(picture.role), pad=32.0)


def _told(picture: CalibrationPicture) -> str:
    brier = "not defined" if picture.brier is None else f"{picture.brier:.3f}"
    n_positive, n_negative = len(picture.scores_positive), len(picture.scores_negative)
    return (
        f"{n_positive} {picture.positive}, {n_negative} {picture.negative}; Brier score {brier}\n"
        f"Intercept {_limits(picture.intercept)}\nSlope {_limits(picture.slope)}"
    )


def _limits(limits: Limits | None) -> str:
    if limits is None:
        return "not defined"
    return "{:.2f} ({:.2f} to {:.2f})".format(*limits).replace("-", "−")


def calibration_size(record: CalibrationPanels) -> Size:
    """Return a width by the number of roles."""
    return size_per_role(len(record.pictures), extra_mm=32.0)


def calibration_legend(record: CalibrationPanels) -> str:
    """Say what the points and the curve are, and what training can show."""
    first = record.pictures[0]
    level = f"{first.confidence:.0%}"
    curve = (
        f" The curve is the logistic recalibration with its {level} band; a freer curve would need some 200 patients "
        "of each class."
        if any(picture.curve for picture in record.pictures)
        else ""
    )
    apparent = (
        " In training the calibration is apparent: the model was fitted to these patients, which sets intercept 0 and "
        "slope 1 wherever the score is an unpenalised logistic regression."
        if any(picture.role == "training" for picture in record.pictures)
        else ""
    )
    return (
        f"The positive class is '{first.positive}' TILs. Points: groups of patients with neighbouring scores, with "
        f"exact {level} intervals; ticks: single patients, those with {first.positive} TILs above. On the dashed "
        f"diagonal the score is the probability.{curve} Intercept: calibration in the large, 0 is perfect; slope: 1 is "
        f"perfect, below 1 the scores are too extreme.{apparent}"
    )


CALIBRATION = Figure("calibration", "Calibration", draw_calibration, calibration_legend, calibration_size)
