"""From arrays to named numbers: one image, or the post-contrast phases of one lesion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.radiomics.door import (
    check_intensities,
    checked_grid,
    checked_image,
    checked_lesion,
    checked_mask,
)
from tilscope.radiomics.families import selected_families
from tilscope.radiomics.family import Lesion
from tilscope.radiomics.gray_image import GrayImage, gray_image
from tilscope.radiomics.images import selected_image_types
from tilscope.radiomics.preparing import Case, prepared, resegmented
from tilscope.radiomics.settings import Settings
from tilscope.radiomics.time_domain import time_moments
from tilscope.vocabulary import ORIGINAL, TIME_MOMENTS, Grid, RoiError, SettingsError, phase_prefix


@dataclass(frozen=True, slots=True)
class Extraction:
    """Features of one lesion.

    Attributes
    ----------
    values : dict of float
        In the order of `image_feature_names` or `series_feature_names`.
    warnings : tuple of str
        What a human should know; rule id first.
    """

    values: dict[str, float]
    warnings: tuple[str, ...]


def extract(
    image: ArrayLike, mask: ArrayLike, spacing_mm: Sequence[float], settings: Settings | None = None
) -> dict[str, float]:
    """Return the features of one image, under PyRadiomics' names.

    Parameters
    ----------
    image : array of real numbers, shape (z, y, x)
        Finite inside the ROI. Computed in double precision.
    mask : array, shape (z, y, x)
        Boolean, or 0 and one other value.
    spacing_mm : sequence of three floats
        Distance between voxel centres along (z, y, x).
    settings : Settings, optional
        Default: ``Settings()``.

    Returns
    -------
    dict of float
        ``original_shape_MeshVolume``, ``original_firstorder_Mean``, ``wavelet-LLH_glcm_Idmn``, ... All
        finite, except that shape features of an ROI one slice thick are NaN (ROI-35: not a solid).

    Raises
    ------
    GeometryError, RoiError, SeriesError, SettingsError
        See `door.checked_lesion`, `door.checked_image`, `binning.gray_levels`.

    References
    ----------
    van Griethuysen 2017, doi:10.1158/0008-5472.CAN-17-0339. Equal to PyRadiomics 3.0
    ``RadiomicsFeatureExtractor.execute``.
    """
    return extract_image(image, mask, spacing_mm, settings).values


def extract_image(
    image: ArrayLike,
    mask: ArrayLike,
    spacing_mm: Sequence[float],
    settings: Settings | None = None,
    *,
    grid: Grid | None = None,
) -> Extraction:
    """Return the same as `extract`, with warnings.

    ``grid`` says where the image lies; only resampling asks for it (and there only in the last digits).
    """
    settings = settings or Settings()
    inside = checked_mask(mask, settings)
    case = _prepared(image, inside, checked_grid(inside, spacing_mm, grid), settings)
    lesion = checked_lesion(case.mask, case.grid.spacing_mm, settings)
    textured = _resegmented(case, lesion, settings)
    values, warnings = _of_phase(case, textured, settings)
    shown = _of_shape(case, lesion, textured, settings)
    shape = {f"{ORIGINAL}_{name}": value for name, value in _of_lesion(shown, settings).items()}
    return Extraction(shape | values, _lesion_warnings(shown, settings) + warnings)


def extract_series(
    post_phases: Sequence[ArrayLike],
    mask: ArrayLike,
    spacing_mm: Sequence[float],
    settings: Settings | None = None,
    *,
    grid: Grid | None = None,
) -> Extraction:
    """Return the features of all post-contrast phases of one lesion, and their moments over time.

    Parameters
    ----------
    post_phases : sequence of arrays, each of shape (z, y, x)
        Post-contrast phases in order of time, at least one, all on the mask's grid.
    mask, spacing_mm, settings, grid
        As in `extract_image`.

    Returns
    -------
    Extraction
        Names as `series_feature_names`: ``shape_MeshVolume``, ``phase1_original_firstorder_Mean``,
        ``skewness_wavelet-LLL_glcm_Idmn``.
    """
    settings = settings or Settings()
    if len(post_phases) == 0:
        raise ValueError("no post-contrast phase")
    if len(post_phases) > 1:
        _refuse_shapes_of_phases(settings)
    inside = checked_mask(mask, settings)
    place = checked_grid(inside, spacing_mm, grid)
    values: dict[str, float] = {}
    warnings: list[str] = []
    phases = []
    for number, image in enumerate(post_phases, start=1):
        prefix = phase_prefix(number)
        case = _prepared(image, inside, place, settings, name=prefix)
        lesion = checked_lesion(case.mask, case.grid.spacing_mm, settings)
        textured = _resegmented(case, lesion, settings, name=prefix)
        if number == 1:
            shown = _of_shape(case, lesion, textured, settings) if len(post_phases) == 1 else lesion
            values |= _of_lesion(shown, settings)
            warnings += _lesion_warnings(shown, settings)
        of_phase, notes = _of_phase(case, textured, settings, name=prefix)
        values |= {f"{prefix}_{name}": value for name, value in of_phase.items()}
        warnings += [note.replace(": ", f": {prefix}: ", 1) for note in notes]
        phases.append(of_phase)
    return Extraction(
        values | time_moments(phases, moments=settings.moments, constant=settings.constant_over_time),
        tuple(warnings),
    )


def image_feature_names(settings: Settings | None = None) -> tuple[str, ...]:
    """Return the names that `extract` gives, in order: shape, then image by image, family by family."""
    settings = settings or Settings()
    shape = tuple(f"{ORIGINAL}_{name}" for name in _shape_names(settings))
    return shape + _phase_names(settings)


def series_feature_names(n_phases: int, settings: Settings | None = None) -> tuple[str, ...]:
    """Return the names that `extract_series` gives for a number of post-contrast phases, in order.

    Shape; then ``phase1`` ... ``phaseN``, each image by image, family by family; then mean, variance,
    kurtosis and skewness over the phases, each in the same order.
    """
    settings = settings or Settings()
    prefixes = (*(phase_prefix(k) for k in range(1, n_phases + 1)), *TIME_MOMENTS)
    return _shape_names(settings) + tuple(f"{p}_{name}" for p in prefixes for name in _phase_names(settings))


def _shape_names(settings: Settings) -> tuple[str, ...]:
    return tuple(
        f"{family.name}_{feature.name}"
        for family in selected_families(settings, "roi")
        for feature in family.selected(settings)
    )


def _phase_names(settings: Settings) -> tuple[str, ...]:
    return tuple(
        f"{image_name}_{family.name}_{feature.name}"
        for image_type in selected_image_types(settings)
        for image_name in image_type.image_names(settings)
        for family in selected_families(settings, "image")
        for feature in family.selected(settings)
    )


def _prepared(
    image: ArrayLike, mask: NDArray[np.bool_], grid: Grid, settings: Settings, *, name: str = "the image"
) -> Case:
    return prepared(checked_image(image, mask.shape, name=name), mask, grid, settings, name=name)


def _resegmented(case: Case, lesion: Lesion, settings: Settings, *, name: str = "the image") -> Lesion:
    """Return the part of the ROI that ``resegment_range`` keeps; ROI-34 where that is too little."""
    if settings.resegment_range is None:
        return lesion
    kept = resegmented(case, settings, name=name)
    try:
        return checked_lesion(kept, case.grid.spacing_mm, settings)
    except RoiError as error:
        raise RoiError(
            "ROI-34",
            f"resegmentation leaves too little of the ROI in {name}: {error.message}",
            found=f"{np.count_nonzero(kept)} of {np.count_nonzero(case.mask)} voxels",
            expected=error.expected,
            remedy="Widen resegment_range, or leave it out.",
        ) from error


def _of_shape(case: Case, lesion: Lesion, textured: Lesion, settings: Settings) -> Lesion:
    """Return the ROI whose shape is measured.

    PyRadiomics cuts the ROI to the box of what resegmentation leaves of it, and so is it done here, unless
    the settings ask for the resegmented ROI or for IBSI's definitions (the ROI as drawn).
    """
    if settings.resegment_shape or textured is lesion:
        return textured
    if settings.ibsi:
        return lesion
    return Lesion(case.mask[textured.box], textured.start, textured.spacing_mm, textured.slice_axis)


def _refuse_shapes_of_phases(settings: Settings) -> None:
    if settings.resegment_range is not None and settings.resegment_shape:
        raise SettingsError(
            "SET-26",
            "the resegmented ROI differs from phase to phase, so a lesion has no one shape",
            found="resegment_shape = true with several phases",
            remedy="Set resegment_shape = false: shape is then that of the ROI as drawn.",
        )


def _of_lesion(lesion: Lesion, settings: Settings) -> dict[str, float]:
    values: dict[str, float] = {}
    for family in selected_families(settings, "roi"):
        (row,) = family.measure([family.prepare(lesion)], settings)
        names = (f"{family.name}_{feature.name}" for feature in family.selected(settings))
        values |= zip(names, row.tolist(), strict=True)
    return values


def _of_phase(
    case: Case, lesion: Lesion, settings: Settings, *, name: str = "the image"
) -> tuple[dict[str, float], tuple[str, ...]]:
    families = selected_families(settings, "image")
    if not families:
        return {}, ()
    check_intensities(case.image, lesion, settings, name=name)
    names: list[str] = []
    warnings: list[str] = []
    poor: dict[str, GrayImage] = {}
    rows: dict[str, list[Any]] = {family.name: [] for family in families}
    for image_name, image in gray_images(case, lesion, settings):
        if isinstance(image, str):
            warnings.append(
                f"IMG-33: {image_name} cannot be made, so its features are missing (NaN): {image}."
            )
            continue
        names.append(image_name)
        for family in families:
            rows[family.name].append(family.prepare(image))
        if image.gray_levels.size <= 2:
            poor[image_name] = image
    warnings += _few_levels(poor)
    if not names:
        return dict.fromkeys(_phase_names(settings), np.nan), tuple(warnings)
    features = [
        (f"{family.name}_{feature.name}", column)
        for family in families
        for feature, column in zip(
            family.selected(settings), family.measure(rows[family.name], settings).T.tolist(), strict=True
        )
    ]
    values = {
        f"{image}_{feature}": column[k] for k, image in enumerate(names) for feature, column in features
    }
    if any(warning.startswith("IMG-33") for warning in warnings):
        values = {name: values.get(name, np.nan) for name in _phase_names(settings)}
    return values, tuple(warnings)


def gray_images(case: Case, lesion: Lesion, settings: Settings) -> Iterator[tuple[str, GrayImage | str]]:
    """Yield each image inside the ROI with its name, in the fixed order; or why it cannot be made."""
    for image_type in selected_image_types(settings):
        own = settings.for_image(image_type.name)
        images = image_type.make(case, lesion, own)
        for name, box in zip(image_type.image_names(own), images, strict=True):
            if isinstance(box, str):
                yield name, box
            elif not np.isfinite(box.sum()) and not np.isfinite(box[lesion.mask]).all():
                yield name, "it has no finite value somewhere in the ROI"
            else:
                yield name, gray_image(box, lesion, own, is_filtered=image_type.name != ORIGINAL)


def _few_levels(images: dict[str, GrayImage]) -> tuple[str, ...]:
    """Return one warning for all images of a phase that have one or two grey levels."""
    poor: dict[str, dict[int, list[str]]] = {}
    for name, image in images.items():
        own = image.settings
        how = f"bin width {own.bin_width:g}" if own.n_bins is None else f"{own.n_bins} bins"
        poor.setdefault(how, {}).setdefault(image.gray_levels.size, []).append(name)
    return tuple(
        f"ROI-36: few grey levels in the ROI ({how}): "
        + "; ".join(
            f"{'two' if n == 2 else 'one'} in {', '.join(names)}" for n, names in sorted(counts.items())
        )
        + ". Their texture says almost nothing. "
        "Normalise to z-score x 100, lower bin_width, or set n_bins = 32."
        for how, counts in poor.items()
    )


def _lesion_warnings(lesion: Lesion, settings: Settings) -> tuple[str, ...]:
    warnings: tuple[str, ...] = ()
    if lesion.is_one_slice and "shape" in settings.families:
        warnings += ("ROI-35: the ROI is one slice thick, so its 3-D shape features are missing (NaN).",)
    if not lesion.lies_in_slice and "shape2D" in settings.families:
        warnings += (
            f"ROI-49: the ROI has several slices across {lesion.slice_axis}, so its 2-D shape features are "
            "missing (NaN).",
        )
    return warnings
