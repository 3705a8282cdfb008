"""One patient: the slice with most lesion, the maps of the features in it, the enhancement curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.figures import Turn
from tilscope.pipeline.loading import crop_roi, image_files, load_series
from tilscope.radiomics import MapSettings, Settings, column_moments, feature_maps
from tilscope.radiomics.preparing import Case, prepared
from tilscope.study import Study, load_json
from tilscope.vocabulary import DceSeries, FeatureParts, Grid, Roi

Array = NDArray[np.float64]
MARGIN_MM = 8.0
"""Tissue that is shown around the lesion."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of one axial slice that is shown: that with most lesion, cut to the lesion and a margin.

    Attributes
    ----------
    turn : Turn
        From the grid's axes to (S-I, A-P, R-L), as a radiologist holds them.
    number : int
        Along S-I, the first of those with most lesion.
    rows, columns : slice
        Along A-P and R-L.
    pixel_mm : tuple of float
        Height and width of a pixel.
    """

    turn: Turn
    number: int
    rows: slice
    columns: slice
    pixel_mm: tuple[float, float]

    @classmethod
    def of(cls, mask: NDArray[np.bool_], grid: Grid) -> Slice:
        """Return the slice for a lesion."""
        turn = Turn.of(grid)
        turned, spacing = turn.array(mask), turn.spacing(grid)
        number = int(np.argmax(turned.sum(axis=(1, 2))))
        rows, columns = (
            _with_margin(turned[number].any(axis=axis), edge)
            for axis, edge in ((1, spacing[1]), (0, spacing[2]))
        )
        return cls(turn, number, rows, columns, (spacing[1], spacing[2]))

    def flat(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a copy of the part of an array that is shown, shape (rows, columns)."""
        return np.array(self.turn.array(values)[self.number, self.rows, self.columns])


def _with_margin(is_inside: NDArray[np.bool_], edge_mm: float) -> slice:
    first, last = np.flatnonzero(is_inside)[[0, -1]]
    margin = int(np.ceil(MARGIN_MM / edge_mm))
    return slice(max(0, int(first) - margin), min(len(is_inside), int(last) + 1 + margin))


@dataclass(frozen=True, slots=True, eq=False)
class Lesion:
    """One patient's lesion, as the features were made from it.

    Attributes
    ----------
    post : tuple of ndarray, shape (z, y, x)
        Normalised phases after contrast, in order of time.
    mask : ndarray of bool, same shape
    grid : Grid
    case : Case
        The first phase and the lesion on the grid of the maps (that of ``grid``, or the resampled one).
    """

    post: tuple[NDArray[np.float32], ...]
    mask: NDArray[np.bool_]
    grid: Grid
    case: Case

    @classmethod
    def of(cls, series: DceSeries, roi: Roi, settings: Settings) -> Lesion:
        """Return the lesion of registered, normalised phases."""
        post = tuple(volume.array for volume in series.post)
        return cls(post, roi.mask, roi.grid, prepared(post[0], roi.mask, roi.grid, settings))


def lesion_map(lesion: Lesion, parts: FeatureParts, settings: Settings, moving: MapSettings) -> Array:
    """Return a feature around every voxel of the lesion, NaN elsewhere.

    A moment over time is taken voxel by voxel from the maps of all phases, by the formula that makes the
    moment of the lesion's features.

    Parameters
    ----------
    lesion : Lesion
    parts : FeatureParts
        Not of a shape.
    settings : Settings
        Those that the features were made with.
    moving : MapSettings
        The kernel.

    Returns
    -------
    ndarray of float, shape of ``lesion.case.mask``

    Raises
    ------
    TilscopeError
        As `feature_maps`.
    """
    name = parts.of_image
    numbers = range(1, len(lesion.post) + 1) if parts.post_number is None else (parts.post_number,)
    maps = [
        feature_maps(
            lesion.post[number - 1],
            lesion.mask,
            lesion.grid.spacing_mm,
            [name],
            settings,
            map_settings=moving,
            grid=lesion.grid,
        ).on_whole_image(name)
        for number in numbers
    ]
    if not parts.moment:
        return maps[0]
    inside = lesion.case.mask
    series = np.stack([values[inside] for values in maps])
    moments = column_moments(series, moments=settings.moments, constant=settings.constant_over_time)
    found = np.full(inside.shape, np.nan)
    found[inside] = moments[parts.moment]
    return found


def patient_files(study: Study, patient: str) -> tuple[Path, ...]:
    """Return every file that `load_lesion` and `curve_of` read."""
    folder, examination = study.preprocessed_folder(patient), study.image_folder(patient) / "dce.json"
    if not examination.is_file():
        return (examination,)
    return (
        examination,
        *image_files(study, patient, folder),
        folder / "roi.nii.gz",
        folder / "normalisation.json",
    )


def load_lesion(study: Study, patient: str) -> Lesion:
    """Return a patient's lesion as the step `extract` reads it."""
    folder = study.preprocessed_folder(patient)
    series = load_series(study, patient, folder)
    return Lesion.of(series, crop_roi(folder, series), study.settings.radiomics)


def curve_of(study: Study, patient: str) -> dict[str, Any]:
    """Return phases, times and enhancement of the lesion's mean in per cent, before the normalisation."""
    acquired = load_json(study.image_folder(patient) / "dce.json")
    normalised = load_json(study.preprocessed_folder(patient) / "normalisation.json")
    return {
        "phases": acquired["phase_names"],
        "times_s": acquired["times_s"],
        "percent_enhancement": normalised["enhancement"]["percent_enhancement"],
    }


def summary(values: Array, inside: NDArray[np.bool_]) -> dict[str, Any]:
    """Return mean, least and largest value of a map over the lesion; None where no voxel has one."""
    known = values[inside]
    known = known[np.isfinite(known)]
    numbers: Sequence[float | None] = (
        (float(known.mean()), float(known.min()), float(known.max())) if known.size else (None, None, None)
    )
    without = int(np.count_nonzero(inside)) - int(known.size)
    return dict(zip(("map_mean", "map_min", "map_max"), numbers, strict=True)) | {"voxels_without": without}
