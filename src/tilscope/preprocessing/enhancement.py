"""How the lesion takes up contrast medium over the phases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tilscope.vocabulary import DceSeries, GeometryError, Roi, RoiError, SeriesError, Volume, phase_names


@dataclass(frozen=True, slots=True)
class EnhancementCurve:
    """Signal of the lesion over time.

    Attributes
    ----------
    phase_names : tuple of str
        In order of time.
    mean_signal : tuple of float
        Mean over the ROI, per phase, in the images' own unit.
    percent_enhancement : tuple of float
        100 (signal - pre) / pre, where pre is the mean over the pre-contrast phases; 0 for a single pre phase.
    peak_phase : str
        Post-contrast phase with the highest mean (the earliest of equals).
    notes : tuple of str
        ROI-45 when the first post-contrast phase does not enhance.
    """

    phase_names: tuple[str, ...]
    mean_signal: tuple[float, ...]
    percent_enhancement: tuple[float, ...]
    peak_phase: str
    notes: tuple[str, ...]


def enhancement_curve(phases: Sequence[Volume], roi: Roi, *, n_pre: int = 1) -> EnhancementCurve:
    """Measure the enhancement of the lesion over the phases.

    Parameters
    ----------
    phases : sequence of Volume
        Pre-contrast phases first; before z-scoring (percentages need the images' own zero). All on the ROI's grid.
    roi : Roi
        The lesion.
    n_pre : int
        Number of pre-contrast phases, at least 1.

    Raises
    ------
    SeriesError
        IMG-03: no pre- or no post-contrast phase.
    GeometryError
        ROI-42: a phase lies on another grid than the ROI.
    RoiError
        ROI-45: the pre-contrast mean is not positive.
    """
    names = phase_names(len(phases), n_pre)
    if n_pre < 1 or len(phases) <= n_pre:
        raise SeriesError(
            "IMG-03",
            "an enhancement curve needs a pre- and a post-contrast phase",
            found=f"{len(phases)} phases, {n_pre} of them pre-contrast",
            remedy="Check how the phases were told apart.",
        )
    means = _means(phases, roi)
    pre = float(np.mean(means[:n_pre]))
    if pre <= 0.0:
        raise RoiError(
            "ROI-45",
            "the mean pre-contrast signal in the ROI is not positive",
            found=f"{pre:g}",
            expected="> 0",
            remedy="Measure the enhancement before the z-score, and check that the ROI lies on tissue.",
        )
    percent = tuple(100.0 * (mean - pre) / pre for mean in means)
    notes: tuple[str, ...] = ()
    if percent[n_pre] <= 0.0:
        notes = (
            f"ROI-45 the ROI does not enhance ({percent[n_pre]:.1f} % in {names[n_pre]}): "
            "flipped, or of another patient?",
        )
    return EnhancementCurve(names, means, percent, names[n_pre + int(np.argmax(means[n_pre:]))], notes)


def peak_phase(series: DceSeries, roi: Roi) -> str:
    """Return the name of the post-contrast phase with the highest mean in the ROI (the earliest of equals).

    Raises
    ------
    GeometryError
        ROI-42: a phase lies on another grid than the ROI.
    """
    return series.phase_names[series.n_pre + int(np.argmax(_means(series.post, roi)))]


def _means(phases: Sequence[Volume], roi: Roi) -> tuple[float, ...]:
    for phase in phases:
        if phase.grid.shape != roi.grid.shape:
            raise GeometryError(
                "ROI-42",
                "a phase lies on another grid than the ROI",
                found=phase.grid.shape,
                expected=roi.grid.shape,
                remedy="Use the registered phases and their ROI.",
            )
    return tuple(float(phase.array[roi.mask].mean(dtype=np.float64)) for phase in phases)
