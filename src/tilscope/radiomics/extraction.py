"""From arrays to named numbers: one image, or the post-contrast phases of one lesion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.radiomics.binning import gray_levels
from tilscope.radiomics.door import checked_image, checked_lesion
from tilscope.radiomics.families import selected_families
from tilscope.radiomics.family import GrayImage, Lesion
from tilscope.radiomics.images import selected_image_types
from tilscope.radiomics.settings import Settings
from tilscope.radiomics.time_domain import time_moments
from tilscope.vocabulary import ORIGINAL, TIME_MOMENTS, phase_prefix


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
    image: ArrayLike, mask: ArrayLike, spacing_mm: Sequence[float], settings: Settings | None = None
) -> Extraction:
    """Return the same as `extract`, with warnings."""
    settings = settings or Settings()
    lesion = checked_lesion(mask, spacing_mm, settings)
    values, warnings = _of_phase(image, np.shape(mask), lesion, settings)
    shape = {f"{ORIGINAL}_{name}": value for name, value in _of_lesion(lesion, settings).items()}
    return Extraction(shape | values, _lesion_warnings(lesion, settings) + warnings)


def extract_series(
    post_phases: Sequence[ArrayLike],
    mask: ArrayLike,
    spacing_mm: Sequence[float],
    settings: Settings | None = None,
) -> Extraction:
    """Return the features of all post-contrast phases of one lesion, and their moments over time.

    Parameters
    ----------
    post_phases : sequence of arrays, each of shape (z, y, x)
        Post-contrast phases in order of time, at least one, all on the mask's grid.
    mask, spacing_mm, settings
        As in `extract`.

    Returns
    -------
    Extraction
        Names as `series_feature_names`: ``shape_MeshVolume``, ``phase1_original_firstorder_Mean``,
        ``skewness_wavelet-LLL_glcm_Idmn``.
    """
    settings = settings or Settings()
    if len(post_phases) == 0:
        raise ValueError("no post-contrast phase")
    lesion = checked_lesion(mask, spacing_mm, settings)
    values = _of_lesion(lesion, settings)
    warnings = list(_lesion_warnings(lesion, settings))
    phases = []
    for number, image in enumerate(post_phases, start=1):
        prefix = phase_prefix(number)
        of_phase, notes = _of_phase(image, np.shape(mask), lesion, settings, name=prefix)
        values |= {f"{prefix}_{name}": value for name, value in of_phase.items()}
        warnings += [note.replace(": ", f": {prefix} ", 1) for note in notes]
        phases.append(of_phase)
    return Extraction(values | time_moments(phases), tuple(warnings))


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
        for image_name in image_type.image_names
        for family in selected_families(settings, "image")
        for feature in family.selected(settings)
    )


def _of_lesion(lesion: Lesion, settings: Settings) -> dict[str, float]:
    return {
        f"{family.name}_{name}": value
        for family in selected_families(settings, "roi")
        for name, value in family.measure(lesion, settings).items()
    }


def _of_phase(
    image: ArrayLike, shape: tuple[int, ...], lesion: Lesion, settings: Settings, *, name: str = "the image"
) -> tuple[dict[str, float], tuple[str, ...]]:
    families = selected_families(settings, "image")
    if not families:
        return {}, ()
    values: dict[str, float] = {}
    warnings: list[str] = []
    checked = checked_image(image, shape, lesion, settings, name=name)
    for image_name, gray_image in _gray_images(checked, lesion, settings):
        for family in families:
            measured = family.measure(gray_image, settings)
            values |= {f"{image_name}_{family.name}_{feature}": value for feature, value in measured.items()}
        if gray_image.gray_levels.size <= 2:
            warnings.append(_few_levels(image_name, gray_image))
    return values, tuple(warnings)


def _gray_images(
    image: NDArray[np.generic], lesion: Lesion, settings: Settings
) -> Iterator[tuple[str, GrayImage]]:
    for image_type in selected_image_types(settings):
        images = image_type.make(image, lesion, settings)
        for name, box in zip(image_type.image_names, images, strict=True):
            yield name, gray_image(box, lesion, settings)


def gray_image(box: NDArray[np.float64], lesion: Lesion, settings: Settings) -> GrayImage:
    """Cut an image to the ROI and give each voxel its grey level, once for all families.

    Parameters
    ----------
    box : ndarray of float, shape of the lesion's box
    """
    values = box[lesion.mask]
    levels = gray_levels(values, bin_width=settings.bin_width, n_bins=settings.n_bins)
    occurs = np.bincount(levels) > 0
    level_index = np.full(lesion.mask.shape, -1, dtype=np.int32)
    level_index[lesion.mask] = (np.cumsum(occurs) - 1)[levels]
    return GrayImage(lesion, values, np.flatnonzero(occurs), level_index, settings)


def _few_levels(image_name: str, image: GrayImage) -> str:
    n = image.gray_levels.size
    how = f"bin width {image.settings.bin_width:g}" if image.settings.n_bins is None else "fixed bin count"
    return (
        f"ROI-36: {image_name} has {'one grey level' if n == 1 else 'two grey levels'} in the ROI ({how}, "
        f"range {np.ptp(image.values):.4g}), so its texture says almost nothing. "
        "Normalise to z-score x 100, lower bin_width, or set n_bins = 32."
    )


def _lesion_warnings(lesion: Lesion, settings: Settings) -> tuple[str, ...]:
    if lesion.is_one_slice and "shape" in settings.families:
        return ("ROI-35: the ROI is one slice thick, so its 3-D shape features are missing (NaN).",)
    return ()
