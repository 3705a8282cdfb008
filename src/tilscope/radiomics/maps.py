"""Feature maps: a feature of the neighbourhood of each voxel of the ROI, instead of one of the whole ROI."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from tilscope.radiomics.door import (
    check_intensities,
    checked_grid,
    checked_image,
    checked_lesion,
    checked_mask,
)
from tilscope.radiomics.families import FAMILIES
from tilscope.radiomics.family import Array, Feature, Lesion
from tilscope.radiomics.gray_image import gray_image
from tilscope.radiomics.images import IMAGE_TYPES, ImageType
from tilscope.radiomics.mappers import MAPPERS
from tilscope.radiomics.neighbourhood import Kernel, Neighbourhoods
from tilscope.radiomics.preparing import Case, prepared, resegmented
from tilscope.radiomics.settings import Settings
from tilscope.vocabulary import ORIGINAL, Grid, SeriesError, SettingsError, SettingsRecord

MOST_READ = 2e10
"""Voxels read, over all kernels, beyond which a map would take hours."""
MOST_BYTES = 8e9
"""Size of all maps together beyond which a request is taken for a mistake."""

Progress = Callable[[int, int], None]


class MapSettings(SettingsRecord):
    """How the kernel of a feature map moves."""

    kernel_radius: int = Field(
        1, ge=1, le=10, description="Voxels from the middle of the kernel to its faces (1: 3 x 3 x 3 voxels)"
    )
    masked_kernel: bool = Field(
        True,
        description="Only voxels of the ROI count in a kernel, and grey levels are those of the ROI; false: "
        "all voxels of the image count, and grey levels are those of the ROI's box and a margin of the radius",
    )
    initial_value: float = Field(
        float("nan"), allow_inf_nan=True, description="Value of a map outside the ROI"
    )
    voxel_batch: int = Field(
        4096, ge=1, description="Voxels that are measured at once; it changes the memory used, not the maps"
    )


@dataclass(frozen=True, eq=False)
class Maps:
    """Feature maps of one ROI, cut to its box.

    Attributes
    ----------
    values : dict of ndarray of float, shape (z, y, x)
        One map per feature, in the order that was asked for; the initial value outside the ROI. NaN inside
        where a kernel has no such feature: no two voxels in a line for GLRLM or at the distances for GLCM,
        none from the 10th to the 90th percentile for RobustMeanAbsoluteDeviation.
    grid : Grid
        Where the box lies.
    mask : ndarray of bool, shape (z, y, x)
        The ROI in the box.
    start : tuple of int
        Index (z, y, x) of the box's first voxel in the whole image.
    whole : Grid
        Where the whole image lies; after resampling, the resampled one.
    initial_value : float
    warnings : tuple of str
        What a human should know; rule id first.
    """

    values: dict[str, Array]
    grid: Grid
    mask: NDArray[np.bool_]
    start: tuple[int, int, int]
    whole: Grid
    initial_value: float
    warnings: tuple[str, ...] = ()

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Return where the maps lie in the whole image."""
        z, y, x = (slice(a, a + n) for a, n in zip(self.start, self.grid.shape, strict=True))
        return z, y, x

    def on_whole_image(self, name: str) -> Array:
        """Return one map on the grid of the whole image, the initial value around it."""
        whole = np.full(self.whole.shape, self.initial_value)
        whole[self.box] = self.values[name]
        return whole


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The features asked for of one image type: image name -> family -> features."""

    image_type: ImageType
    settings: Settings
    features: dict[str, dict[str, list[Feature]]] = field(default_factory=dict)


def feature_maps(
    image: ArrayLike,
    mask: ArrayLike,
    spacing_mm: Sequence[float],
    features: Sequence[str],
    settings: Settings | None = None,
    *,
    map_settings: MapSettings | None = None,
    grid: Grid | None = None,
    on_progress: Progress | None = None,
) -> Maps:
    """Measure features in a kernel around each voxel of the ROI.

    Parameters
    ----------
    image : array of real numbers, shape (z, y, x)
        Finite inside the ROI (and in the margin around its box, if the kernel is not masked).
    mask : array, shape (z, y, x)
        Boolean, or 0 and one other value.
    spacing_mm : sequence of three floats
        Distance between voxel centres along (z, y, x).
    features : sequence of str
        Names as `extract` gives them, such as ``original_glcm_JointEntropy`` or
        ``wavelet-LLL_firstorder_Skewness``. The images are those of the names, whatever
        ``settings.image_types`` says.
    settings : Settings, optional
        Default: ``Settings()``. ``families`` and ``features`` do not matter.
    map_settings : MapSettings, optional
        Default: ``MapSettings()``.
    grid : Grid, optional
        Where the image lies.
    on_progress : callable, optional
        Called with the number of pieces of work done and their total.

    Returns
    -------
    Maps

    Raises
    ------
    SettingsError
        SET-29: a name without a map (shape, or misspelt). SET-30: maps of an absurd size.
    GeometryError, RoiError, SeriesError, SettingsError
        As `extract`; IMG-33 where a filtered image cannot be made.

    References
    ----------
    PyRadiomics 3.1 ``RadiomicsFeatureExtractor.execute(voxelBased=True)``, voxel by voxel (``voxelBatch: 1``).
    With larger batches PyRadiomics gives no MCC and no JointAverage where a voxel of the batch lacks a
    direction; everything else is the same.
    """
    settings, moving = settings or Settings(), map_settings or MapSettings()
    wanted = _wanted(features, settings)
    inside = checked_mask(mask, settings)
    place = checked_grid(inside, spacing_mm, grid)
    case = prepared(checked_image(image, inside.shape), inside, place, settings)
    kept = case.mask if settings.resegment_range is None else resegmented(case, settings)
    lesion = checked_lesion(kept, case.grid.spacing_mm, settings)
    _refuse_absurd(lesion, len(features), settings, moving)
    counted = lesion if moving.masked_kernel else _with_margin(case, lesion, moving.kernel_radius)
    types = tuple(dict.fromkeys(one.image_type.name for one in wanted))
    check_intensities(case.image, counted, settings.model_copy(update={"image_types": types}))
    values: dict[str, Array] = {}
    warnings: list[str] = []
    done = _Counter(wanted, lesion, moving.voxel_batch, on_progress)
    for name, around, families in _neighbourhoods(case, lesion, counted, wanted, moving):
        n_levels = around.image.gray_levels.size
        if n_levels <= 2:
            how_many = "one grey level" if n_levels == 1 else "two grey levels"
            warnings.append(f"ROI-36: {name} has {how_many}, so its texture says almost nothing.")
        for family, chosen in families.items():
            columns = _measured(around, family, chosen, moving.voxel_batch, done)
            for feature, column in zip(chosen, columns, strict=True):
                box = np.full(lesion.mask.shape, moving.initial_value)
                box[lesion.mask] = column
                values[f"{name}_{family}_{feature.name}"] = box
    stop = tuple(a + n for a, n in zip(lesion.start, lesion.mask.shape, strict=True))
    return Maps(
        {name: values[name] for name in features},
        case.grid.cropped(lesion.start, (stop[0], stop[1], stop[2])),
        lesion.mask,
        lesion.start,
        case.grid,
        moving.initial_value,
        tuple(warnings),
    )


class _Counter:
    """Counts the pieces of work: one is a batch of voxels in one family of one image."""

    def __init__(
        self, wanted: Sequence[_Wanted], lesion: Lesion, batch: int, on_progress: Progress | None
    ) -> None:
        n_batches = -(-int(np.count_nonzero(lesion.mask)) // batch)
        n_families = sum(len(families) for one in wanted for families in one.features.values())
        self.total, self.count, self.on_progress = n_batches * n_families, 0, on_progress

    def __call__(self) -> None:
        """Count one more."""
        self.count += 1
        if self.on_progress is not None:
            self.on_progress(self.count, self.total)


def _wanted(names: Sequence[str], settings: Settings) -> list[_Wanted]:
    """Sort the names by image type, image and family.

    Raises
    ------
    SettingsError
        SET-29.
    """
    known = {
        f"{image}_{family.name}_{feature.name}": (image_type, image, family.name, feature)
        for image_type in IMAGE_TYPES
        for image in image_type.image_names(settings.for_image(image_type.name))
        for family in FAMILIES
        if family.name in MAPPERS
        for feature in family.features
    }
    found: dict[str, _Wanted] = {}
    if not names:
        raise SettingsError(
            "SET-29", "no feature is named", remedy="Name one, such as original_glcm_JointEntropy."
        )
    for name in names:
        if name not in known:
            raise _without_map(name, known)
        image_type, image, family, feature = known[name]
        one = found.setdefault(image_type.name, _Wanted(image_type, settings.for_image(image_type.name)))
        chosen = one.features.setdefault(image, {}).setdefault(family, [])
        if feature not in chosen:
            chosen.append(feature)
    return list(found.values())


def _without_map(name: str, known: dict[str, Any]) -> SettingsError:
    if "_shape" in name:
        return SettingsError(
            "SET-29",
            "shape is of the whole ROI, so it has no map",
            found=name,
            remedy="Name features of intensity or texture.",
        )
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    return SettingsError(
        "SET-29",
        "there is no such feature",
        found=name,
        expected=f"perhaps {' or '.join(near)}" if near else "a name such as original_glcm_JointEntropy",
        remedy="Correct the name (of a log image: its width must be among log_sigma_mm).",
    )


def _refuse_absurd(lesion: Lesion, n_maps: int, settings: Settings, moving: MapSettings) -> None:
    """Refuse maps that would take hours or gigabytes (SET-30)."""
    n_voxels, side = int(np.count_nonzero(lesion.mask)), 2 * moving.kernel_radius + 1
    n_kernel = side ** (2 if settings.slice_axis else 3)
    n_bytes = n_maps * lesion.mask.size * 8
    if n_voxels * n_kernel > MOST_READ or n_bytes > MOST_BYTES:
        raise SettingsError(
            "SET-30",
            "these maps would be far too large",
            found=f"{n_maps} map(s), {n_bytes / 1e9:.1f} GB; {n_voxels} voxels with kernels of {n_kernel}",
            expected=f"at most {MOST_BYTES / 1e9:.0f} GB and {MOST_READ:.0g} voxels read",
            remedy="Name fewer features, or lower the kernel's radius; check the mask.",
        )


def _with_margin(case: Case, lesion: Lesion, radius: int) -> Lesion:
    """Return all voxels of the ROI's box and its margin, as far as the image goes."""
    first = [max(cut.start - radius, 0) for cut in lesion.box]
    last = [min(cut.stop + radius, n) for cut, n in zip(lesion.box, case.mask.shape, strict=True)]
    shape = [b - a for a, b in zip(first, last, strict=True)]
    return Lesion(
        np.ones(shape, dtype=np.bool_), (first[0], first[1], first[2]), lesion.spacing_mm, lesion.slice_axis
    )


def _neighbourhoods(
    case: Case, lesion: Lesion, counted: Lesion, wanted: Sequence[_Wanted], moving: MapSettings
) -> Iterator[tuple[str, Neighbourhoods, dict[str, list[Feature]]]]:
    """Yield each image that is asked for, with the kernels around the ROI's voxels and the features."""
    roi = np.zeros_like(counted.mask)
    roi[
        tuple(slice(cut.start - a, cut.stop - a) for cut, a in zip(lesion.box, counted.start, strict=True))
    ] = lesion.mask
    centres = np.flatnonzero(np.pad(roi, moving.kernel_radius))
    filtered = Lesion(roi, counted.start, counted.spacing_mm, counted.slice_axis)
    for one in wanted:
        kernel = Kernel(moving.kernel_radius, one.settings.slice_axis, one.settings.distances)
        images = one.image_type.make(case, filtered, one.settings)
        for name, box in zip(one.image_type.image_names(one.settings), images, strict=True):
            if name not in one.features:
                continue
            if isinstance(box, str) or not np.isfinite(box[counted.mask]).all():
                raise SeriesError(
                    "IMG-33",
                    f"{name} cannot be made, so it has no maps",
                    found=box if isinstance(box, str) else "no finite value somewhere in the ROI",
                    remedy="Leave out its features.",
                )
            gray = gray_image(box, counted, one.settings, is_filtered=name != ORIGINAL)
            yield name, Neighbourhoods(gray, kernel, centres), one.features[name]


def _measured(
    around: Neighbourhoods, family: str, features: Sequence[Feature], batch: int, done: Callable[[], None]
) -> Array:
    """Return the features of all voxels, shape (n_features, n_voxels), a batch of voxels at a time."""
    names = frozenset(feature.name for feature in features)
    values = np.empty((len(features), around.centres.size))
    for start in range(0, around.centres.size, batch):
        coefficients = MAPPERS[family](around.batch(start, start + batch), names)
        for k, feature in enumerate(features):
            values[k, start : start + batch] = feature.function(coefficients)
        done()
    return values
