"""ROC curves of the Rad-TILs score, one panel per role."""

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

INTERVALS = {"logit": "after DeLong, on the logit of the AUC", "delong": "after DeLong, on the AUC"}


@dataclass(frozen=True, slots=True)
class RocCurvePicture:
    """One role's curve.

    Attributes
    ----------
    role : str
        ``training``, ``validation`` or ``external``.
    fpr, tpr : tuple of float
        From (0, 0) to (1, 1).
    auc, ci_low, ci_high : float or None
        None where it is not defined (a class is empty) or the interval is not.
    positive, negative : str
        The positive class, and the other.
    n_positive, n_negative : int
        Patients of each class.
    operating_point : (float, float) or None
        False and true positive rate at the frozen cut-off.
    confidence : float
        Level of the interval.
    interval : str
        Its kind: ``logit`` or ``delong``.
    band : tuple of (float, float, float)
        Steps of the curve's exact band: false positive rate from which on the two limits of the sensitivity hold;
        empty in results of earlier versions.
    """

    role: str
    fpr: tuple[float, ...]
    tpr: tuple[float, ...]
    auc: float | None
    ci_low: float | None
    ci_high: float | None
    positive: str
    n_positive: int
    n_negative: int
    negative: str = "other"
    operating_point: tuple[float, float] | None = None
    confidence: float = 0.95
    interval: str = "delong"
    band: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class RocPanels:
    """The curves of one model, in order of the roles."""

    curves: tuple[RocCurvePicture, ...]


def draw_roc(record: RocPanels, ax: Axes) -> None:
    """Draw one square panel per role with AUC, interval and numbers of patients."""
    draw_per_role(record.curves, ax, _draw_curve)


def _draw_curve(curve: RocCurvePicture, ax: Axes) -> None:
    colour = ROLE_COLOURS.get(curve.role, GREY)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    if curve.band:
        fpr, low, high = zip(*curve.band, strict=True)
        ax.fill_between(fpr, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
    ax.plot(curve.fpr, curve.tpr, color=colour, linewidth=1.6, solid_joinstyle="miter", clip_on=False)
    if curve.operating_point is not None:
        ax.plot(
            *curve.operating_point,
            "o",
            color=colour,
            markersize=5,
            markeredgecolor="white",
            clip_on=False,
            zorder=4,
        )
    write_in_corner(_told(curve), ax)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_aspect("equal")
    ax.set_xlabel("1 \N{MINUS SIGN} specificity")
    ax.set_ylabel("Sensitivity")
    ax.set_title(role_title(curve.role))


def _told(curve: RocCurvePicture) -> str:
    counts = f"{curve.n_positive} {curve.positive}, {curve.n_negative} {curve.negative}"
    if curve.auc is None:
        return f"AUC not defined\n{counts}"
    interval = (
        "no interval"
        if curve.ci_low is None or curve.ci_high is None
        else f"{curve.confidence:.0%} CI {curve.ci_low:.3f}\N{EN DASH}{curve.ci_high:.3f}"
    )
    return f"AUC {curve.auc:.3f}\n{interval}\n{counts}"


def roc_size(record: RocPanels) -> Size:
    """Return a width by the number of roles."""
    return size_per_role(len(record.curves))


def roc_legend(record: RocPanels) -> str:
    """Say which class is positive, what kind the interval and the band are, and what the point is."""
    positive, kind = record.curves[0].positive, record.curves[0].interval
    point = any(curve.operating_point is not None for curve in record.curves)
    level = f"{record.curves[0].confidence:.0%}"
    band = (
        f" Band: exact {level} limits of the sensitivity at each false positive rate by itself, not of the whole curve "
        "at once; they allow for the chance of both classes (products of Clopper-Pearson intervals)."
        if any(curve.band for curve in record.curves)
        else ""
    )
    return (
        f"Sensitivity and specificity of the Rad-TILs score; the positive class is '{positive}' TILs. "
        f"Intervals of the AUC {INTERVALS.get(kind, kind)}.{band}"
        " On the dashed diagonal a score knows nothing."
        + (" The point is the frozen cut-off." if point else "")
        + apparent_curve(curve.role for curve in record.curves)
    )


ROC = Figure("roc", "ROC curves", draw_roc, roc_legend, roc_size)
