"""Rad-TILs score of every patient by TIL class, in training and validation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tilscope.figures.boxes import draw_box, spread_points
from tilscope.figures.figure import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import GREY, level_colour
from tilscope.figures.role_panels import role_title

LEVELS = ("low", "high")
MANY = 150  # points of one box


@dataclass(frozen=True, slots=True, eq=False)
class ScorePanels:
    """Scores of the cohort.

    Attributes
    ----------
    frame : DataFrame
        Columns ``role``, ``til_level`` (``high``/``low``), ``rad_tils_score`` (0 to 1); one row per patient.
    cutoff : float
        Frozen cut-off between low and high Rad-TILs.
    p_values : dict of str to float
        Per role, of high against low TILs; empty where it was not tested.
    """

    frame: pd.DataFrame
    cutoff: float
    p_values: dict[str, float]


def roles_of(frame: pd.DataFrame) -> list[str]:
    """Return the roles that occur, training first."""
    known = ["training", "validation", "external"]
    present = list(frame["role"].dropna().unique())
    return [r for r in known if r in present] + sorted(set(present) - set(known))


def draw_scores(record: ScorePanels, ax: Axes) -> None:
    """Draw one panel per role: boxes, every patient's point, the cut-off."""
    roles = roles_of(record.frame)
    for place, role in zip(panels(ax, 1, len(roles), wspace=0.05)[0], roles, strict=True):
        _draw_role(record, role, place)
        if role != roles[0]:
            place.set_ylabel("")
            place.tick_params(labelleft=False)


def _draw_role(record: ScorePanels, role: str, ax: Axes) -> None:
    rows = record.frame[record.frame["role"] == role]
    labels = []
    is_crowded = record.frame.groupby(["role", "til_level"]).size().max() > MANY
    for position, level in enumerate(LEVELS):
        values = rows.loc[rows["til_level"] == level, "rad_tils_score"].dropna().to_numpy(float)
        draw_box(ax, position, values, level_colour(level), width=0.5)
        ax.scatter(
            position + spread_points(values, 0.36),
            values,
            s=3 if is_crowded else 9,
            color=level_colour(level),
            alpha=0.45 if is_crowded else 0.75,
            linewidths=0,
            zorder=3,
        )
        labels.append(f"{level} TILs\nn = {len(values)}")
    ax.axhline(record.cutoff, color=GREY, linestyle=(0, (4, 3)), linewidth=0.8)
    ax.annotate(
        f"cut-off\n{record.cutoff:.3f}",
        (1.98, record.cutoff),
        (0, 2),
        textcoords="offset points",
        color=GREY,
        fontsize=6,
        va="bottom",
        ha="right",
    )
    ax.set_xticks(range(len(LEVELS)), labels)
    ax.set_xlim(-0.55, 2.0)
    ax.set_ylim(-0.03, 1.06)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_ylabel("Rad-TILs score")
    p_value = record.p_values.get(role)
    ax.set_title(role_title(role) + ("" if p_value is None else f", {_p(p_value)}"))


def _p(value: float) -> str:
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".")


def scores_size(record: ScorePanels) -> Size:
    """Return a width by the number of roles."""
    return min(TWO_COLUMNS_MM, 62.0 * len(roles_of(record.frame)) + 12.0), 68.0


def scores_legend(record: ScorePanels) -> str:
    """Say what is seen, with the numbers of patients."""
    counts = record.frame.groupby("role")["rad_tils_score"].count()
    test = " p: Wilcoxon's rank-sum test of high against low TILs, two-sided." if record.p_values else ""
    if "training" in set(record.frame["role"]):
        test += " In training the model was fitted to these patients, so what it shows there is apparent."
    told = " and ".join(f"{counts[role]} {role}" for role in roles_of(record.frame))
    return (
        f"{told} patients, by the pathologist's TIL class. Boxes: median and quartiles; whiskers: "
        "1.5 interquartile ranges; every point is a patient. Dashed: the cut-off, frozen on the training patients."
        f"{test}"
    )


SCORES = Figure("scores", "Rad-TILs score by TIL class", draw_scores, scores_legend, scores_size)
