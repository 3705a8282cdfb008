"""Quality control: every phase in three planes through the lesion, with its outline, in one common window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tilscope.figures.base import TWO_COLUMNS_MM, Figure, Size, panels
from tilscope.figures.palette import GREY, INK, OUTLINE
from tilscope.figures.views import PLANES, Turn, centre_of, cut, extent_mm, pixel_aspect
from tilscope.vocabulary import DceSeries, Roi

LABEL_MM = 6.0
TITLE_MM = 6.0
LESION_WHITE = 98.0


@dataclass(frozen=True, slots=True, eq=False)
class PhasePictures:
    """Phases on one grid, turned to inferior, posterior, left.

    Attributes
    ----------
    patient : str
        Participant key.
    names : tuple of str
        Names of the phases, in order of time.
    times_s : tuple of float, or None
        Seconds from the first post-contrast phase.
    arrays : tuple of ndarray, shape (S-I, A-P, R-L)
        The phases, turned.
    mask : ndarray of bool, same shape
        The lesion, turned.
    spacing_mm : tuple of float
        Edges of a voxel along the turned axes.
    window : tuple of float
        Black and white, common to all phases.
    """

    patient: str
    names: tuple[str, ...]
    times_s: tuple[float, ...] | None
    arrays: tuple[NDArray[np.float32], ...]
    mask: NDArray[np.bool_]
    spacing_mm: tuple[float, float, float]
    window: tuple[float, float]


def phase_pictures(
    patient: str, series: DceSeries, roi: Roi, *, percentiles: tuple[float, float] = (1.0, 99.5)
) -> PhasePictures:
    """Turn a registered series and its lesion into the record of this figure.

    Parameters
    ----------
    series : DceSeries
        Registered phases; all lie on the ROI's grid (the crop around the lesion).
    percentiles : tuple of float
        Of all phases together: black and white of the common window.
    """
    turn = Turn.of(roi.grid)
    pooled = np.concatenate([phase.array[::2, ::2, ::2].ravel() for phase in series.phases])
    black, white = np.percentile(pooled, percentiles)
    lesion = np.concatenate([phase.array[roi.mask] for phase in series.phases])
    white = max(white, np.percentile(lesion, LESION_WHITE))  # a large lesion must not drown in white
    return PhasePictures(
        patient=patient,
        names=series.phase_names,
        times_s=series.times_s,
        arrays=tuple(turn.array(phase.array) for phase in series.phases),
        mask=turn.array(roi.mask),
        spacing_mm=turn.spacing(roi.grid),
        window=(float(black), float(max(white, black + 1e-6))),
    )


def show_plane(
    ax: Axes,
    record: PhasePictures,
    values: NDArray[np.float32],
    plane: str,
    *,
    window: tuple[float, float] | None = None,
) -> None:
    """Draw one plane of one turned array with the lesion's outline; rows of the figure share the centre."""
    centre = centre_of(record.mask)
    black, white = window or record.window
    ax.imshow(
        cut(values, plane, centre),
        cmap="gray",
        vmin=black,
        vmax=white,
        aspect=pixel_aspect(plane, record.spacing_mm),
        interpolation="bilinear",
    )
    outline = cut(record.mask, plane, centre)
    if outline.any():
        ax.contour(outline.astype(float), levels=[0.5], colors=[OUTLINE], linewidths=0.8)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def row_heights(record: PhasePictures) -> list[float]:
    """Return the height of each plane relative to its width."""
    heights = []
    for plane in PLANES:
        height, width = extent_mm(record.mask.shape, record.spacing_mm, plane)
        heights.append(min(1.6, max(0.35, height / width)))
    return heights


def draw_phases(record: PhasePictures, ax: Axes) -> None:
    """Draw planes in rows and phases in columns."""
    heights = row_heights(record)
    grid = panels(ax, len(PLANES), len(record.names), height_ratios=heights, hspace=0.03, wspace=0.03)
    for row, plane in zip(grid, PLANES, strict=True):
        for place, values in zip(row, record.arrays, strict=True):
            show_plane(place, record, values, plane)
        row[0].set_ylabel(plane, color=INK)
    for index, (place, name) in enumerate(zip(grid[0], record.names, strict=True)):
        place.set_title(name, loc="center")
        if record.times_s is not None:
            time = f"{record.times_s[index]:.0f} s".replace("-", "−")
            place.set_title(time, loc="right", color=GREY, fontsize=6, fontweight="normal")


def phases_size(record: PhasePictures) -> Size:
    """Return a width by the number of phases and the height that the planes need."""
    width = min(TWO_COLUMNS_MM, LABEL_MM + 44.0 * len(record.names))
    column = (width - LABEL_MM) / len(record.names)
    return width, TITLE_MM + column * sum(row_heights(record))


def phases_legend(record: PhasePictures) -> str:
    """Say what is seen."""
    return (
        f"{record.patient}: {len(record.names)} phases after registration, in three planes through the lesion's "
        f"centre, all in the same grey window ({record.window[0]:.0f} to {record.window[1]:.0f}). The orange line is "
        "the lesion's outline."
    )


PHASES = Figure("phases", "Phases and lesion outline", draw_phases, phases_legend, phases_size)
