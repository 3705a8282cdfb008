"""Quality control: how much the registration made tissue grow or shrink, in the lesion and around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from numpy.typing import NDArray

from tilscope.figures.figure import Figure, Size
from tilscope.figures.palette import DIVERGING, INK
from tilscope.figures.patients.phases import shown_of
from tilscope.figures.patients.sheet import FOOT_MM, Layout, Sheet, in_columns
from tilscope.figures.patients.views import Planes, View

REACH = 0.3  # the colours end at 1 - REACH and 1 + REACH in every patient, so that patients can be compared
FOLDED = "black"


@dataclass(frozen=True, slots=True, eq=False)
class JacobianPictures:
    """Jacobian determinants of every moving phase.

    Attributes
    ----------
    patient : str
        Participant key.
    view : View
        Where the planes lie, and the lesion's outline.
    reference : str
        Name of the phase that the others were brought to.
    names : tuple of str
        Names of the shown moving phases.
    planes : tuple of Planes
        Per shown phase; above 1 where the tissue is larger in it than in the reference phase, NaN where it is
        folded (at or below 0).
    lesion_means : tuple of float
        Mean over the lesion, per shown phase.
    n_phases : int
        Number of moving phases; of more than 8, 8 are shown.
    """

    patient: str
    view: View
    reference: str
    names: tuple[str, ...]
    planes: tuple[Planes, ...]
    lesion_means: tuple[float, ...]
    n_phases: int


def jacobian_pictures(
    patient: str,
    view: View,
    names: Sequence[str],
    jacobians: Sequence[NDArray[np.float32]],
    lesion_means: Sequence[float],
    *,
    reference_phase: str = "post1",
) -> JacobianPictures:
    """Cut the determinants of the moving phases, which lie on the view's grid."""
    shown = shown_of(len(names), always=0)
    return JacobianPictures(
        patient=patient,
        view=view,
        reference=reference_phase,
        names=tuple(names[k] for k in shown),
        planes=tuple(_unfolded(view.planes(jacobians[k])) for k in shown),
        lesion_means=tuple(lesion_means[k] for k in shown),
        n_phases=len(names),
    )


def _unfolded(planes: Planes) -> Planes:
    first, second, third = (np.where(plane > 0.0, plane, np.nan).astype(np.float32) for plane in planes)
    return first, second, third


def _layout(record: JacobianPictures) -> Layout:
    return in_columns(record.view, len(record.names), foot=FOOT_MM)


def draw_jacobian(record: JacobianPictures, ax: Axes) -> None:
    """Draw planes in rows and moving phases in columns, with the colour bar below."""
    sheet = Sheet(ax, record.view, _layout(record))
    for index, (name, planes, mean) in enumerate(
        zip(record.names, record.planes, record.lesion_means, strict=True)
    ):
        sheet.image(index, planes, (1.0 - REACH, 1.0 + REACH), colours=_colours(), outline=INK)
        sheet.head(index, name, f"lesion {mean:.3f}")
    sheet.name_planes()
    sheet.scale_bar()
    ticks = (f"≤ {1.0 - REACH:.1f}", "1", f"≥ {1.0 + REACH:.1f}")
    sheet.bar(6.0, DIVERGING, ticks, f"volume against {record.reference}")


def _colours() -> Colormap:
    return mpl.colormaps[DIVERGING].with_extremes(bad=FOLDED)


def jacobian_size(record: JacobianPictures) -> Size:
    """Return the size that the phases and the bar need."""
    return _layout(record).size


def jacobian_legend(record: JacobianPictures) -> str:
    """Say what the colours mean and what good looks like."""
    return (
        f"Jacobian determinant of each phase's registration: how many times larger the tissue is in the phase than in "
        f"{record.reference} (red larger, blue smaller, white alike, black folded). The number is the mean over the "
        "lesion (dark outline); a lesion does not grow or shrink within minutes, so it should be near 1."
    )


JACOBIAN = Figure("jacobian", "Volume change", draw_jacobian, jacobian_legend, jacobian_size)
