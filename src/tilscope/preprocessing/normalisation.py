"""The z-score: first measured over chosen voxels and phases, then applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.body import body_mask
from tilscope.preprocessing.settings import NormalisationSettings, Scope, Statistics
from tilscope.vocabulary import GeometryError, Roi, SeriesError, Volume

Values = NDArray[np.float32]
ValuesOf = Callable[[int], Values]


@dataclass(frozen=True, slots=True)
class Scaling:
    """The decided z-score of one examination.

    Attributes
    ----------
    means, sds : tuple of float
        Per phase, in the images' own unit; population sd (divided by N), > 0.
    n_voxels : tuple of int
        Voxels behind each mean.
    scale : float
        Factor after the z-score.
    scope, statistics : str
        The settings that led here.
    """

    means: tuple[float, ...]
    sds: tuple[float, ...]
    n_voxels: tuple[int, ...]
    scale: float
    scope: Scope
    statistics: Statistics

    def apply(self, index: int, volume: Volume) -> Volume:
        """Return (volume - mean) / sd * scale with the numbers of phase ``index``."""
        z = (volume.array.astype(np.float64) - self.means[index]) / self.sds[index]
        return volume.with_array((z * self.scale).astype(np.float32))


def measure_scaling(
    phases: Sequence[Volume],
    roi_phases: Sequence[Volume],
    roi: Roi,
    settings: NormalisationSettings | None = None,
    *,
    reference: int = 1,
) -> Scaling:
    """Decide mean and sd of the z-score for every phase.

    Parameters
    ----------
    phases : sequence of Volume
        Whole bias-corrected phases as acquired (scopes ``image`` and ``body``). Only those are asked for that
        scope and statistics need, one at a time, so that a lazy sequence holds one.
    roi_phases : sequence of Volume
        Registered phases on the crop (scope ``roi``).
    roi : Roi
        The lesion on that crop.
    settings : NormalisationSettings, optional
        Defaults: profile ``recommended``.
    reference : int
        Index of post1 among the phases, for ``reference-phase`` and for the body mask.

    Raises
    ------
    SeriesError
        IMG-27: the chosen voxels have no variance.
    GeometryError
        IMG-15: phases differ in shape with scope ``body``. ROI-42: crop and ROI differ.

    References
    ----------
    Su et al. 2022 do not say over which voxels they z-score; ``paper-2022`` takes each phase's whole image.
    """
    settings = NormalisationSettings() if settings is None else settings
    values = _VALUES[settings.scope](phases, roi_phases, roi, reference)
    indices = [reference] if settings.statistics == "reference-phase" else range(len(phases))
    if settings.statistics == "pooled":
        measured = [_measured(np.concatenate([values(k) for k in indices]), 0, settings.scope)]
    else:
        measured = [_measured(values(k), k, settings.scope) for k in indices]
    means, sds, n_voxels = zip(*(measured if len(measured) > 1 else measured * len(phases)), strict=True)
    return Scaling(means, sds, n_voxels, settings.scale, settings.scope, settings.statistics)


def _image_values(
    phases: Sequence[Volume], roi_phases: Sequence[Volume], roi: Roi, reference: int
) -> ValuesOf:
    return lambda index: phases[index].array.ravel()


def _body_values(
    phases: Sequence[Volume], roi_phases: Sequence[Volume], roi: Roi, reference: int
) -> ValuesOf:
    mask = body_mask(phases[reference])
    return lambda index: _inside(phases[index], mask, "IMG-15")


def _roi_values(phases: Sequence[Volume], roi_phases: Sequence[Volume], roi: Roi, reference: int) -> ValuesOf:
    return lambda index: _inside(roi_phases[index], roi.mask, "ROI-42")


_VALUES = {"image": _image_values, "body": _body_values, "roi": _roi_values}


def _inside(phase: Volume, mask: NDArray[np.bool_], rule: str) -> Values:
    if phase.array.shape != mask.shape:
        raise GeometryError(
            rule,
            "a phase and the mask of the z-score differ in shape",
            found=phase.array.shape,
            expected=mask.shape,
            remedy="Give phases of one grid.",
        )
    return phase.array[mask]


def _measured(values: Values, index: int, scope: Scope) -> tuple[float, float, int]:
    mean = float(values.mean(dtype=np.float64))
    sd = float(values.std(dtype=np.float64))
    # rounding alone gives a constant image an sd near 1e-16 of its mean
    if sd <= 1e-9 * max(1.0, abs(mean)):
        raise SeriesError(
            "IMG-27",
            f"phase {index} (counted from 0) has no variance over the scope {scope}",
            found=f"mean {mean:g}, sd {sd:g} over {values.size} voxels",
            expected="sd > 0",
            remedy="Exclude the patient, or choose another scope of the z-score.",
        )
    return mean, sd, int(values.size)
