"""The room's door: everything that is wrong with an image or a mask is found here, nothing is repaired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.radiomics.family import Lesion
from tilscope.radiomics.images import WHOLE_IMAGE, selected_image_types
from tilscope.radiomics.settings import Settings
from tilscope.vocabulary import GeometryError, Grid, RoiError, SeriesError
from tilscope.vocabulary.volumes import Vector

REDRAW = "Draw the lesion again, or check that the mask belongs to this examination."


def checked_mask(mask: ArrayLike, settings: Settings) -> NDArray[np.bool_]:
    """Return the voxels of the ROI.

    Raises
    ------
    GeometryError
        ROI-42: not three dimensions.
    RoiError
        ROI-37: several labels and none chosen by ``settings.label``, or that one is not there.
    """
    array = np.asarray(mask)
    if array.ndim != 3:
        raise GeometryError(
            "ROI-42", "the mask is not a volume", found=f"shape {array.shape}", expected="(z, y, x)"
        )
    labels = [1] if array.dtype == np.bool_ else _labels(array)
    if settings.label is not None and labels:
        if settings.label not in labels:
            raise RoiError(
                "ROI-37",
                f"the mask has no label {settings.label}",
                found=", ".join(f"{label:g}" for label in labels[:10]),
                remedy="Set label to one that is there.",
            )
        return array == settings.label
    if len(labels) > 1:
        raise RoiError(
            "ROI-37",
            "the mask holds several labels",
            found=", ".join(f"{label:g}" for label in labels[:10]),
            expected="one label and 0",
            remedy="Choose a segment, or set label.",
        )
    return array if array.dtype == np.bool_ else array != 0


def checked_image(image: ArrayLike, shape: tuple[int, ...], *, name: str = "the image") -> NDArray[Any]:
    """Return the image as an array of real numbers on the mask's grid.

    Raises
    ------
    GeometryError
        ROI-42: image and mask differ in shape, or the image does not hold real numbers.
    """
    array = np.asarray(image)
    if array.shape != shape or array.dtype.kind not in "biuf":
        raise GeometryError(
            "ROI-42",
            f"{name} and the mask do not lie on one grid",
            found=f"image of shape {array.shape} ({array.dtype}), mask of shape {shape}",
            expected="real numbers on the mask's grid",
            remedy="Resample the mask to the image, or pick the mask of this image.",
        )
    return array


def checked_lesion(mask: NDArray[np.bool_], spacing_mm: Sequence[float], settings: Settings) -> Lesion:
    """Return the ROI cut to its box.

    Raises
    ------
    GeometryError
        IMG-29: spacing.
    RoiError
        ROI-33 (empty), ROI-34 (too few voxels, a line), ROI-35 (one slice, if the settings refuse that).
    """
    spacing = checked_spacing(spacing_mm)
    start, stop = _bounds(mask)
    inside = np.ascontiguousarray(mask[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))])
    n_voxels = int(np.count_nonzero(inside))
    if n_voxels == 0:
        raise RoiError(
            "ROI-33", "the mask is empty", expected=f"at least {settings.min_voxels} voxels", remedy=REDRAW
        )
    lesion = Lesion(inside, start, spacing, settings.slice_axis, settings.ibsi)
    _refuse_small(lesion, n_voxels, settings)
    return lesion


def check_intensities(
    image: NDArray[Any], lesion: Lesion, settings: Settings, *, name: str = "the image"
) -> None:
    """Refuse intensities that no feature can be taken from.

    Raises
    ------
    SeriesError
        IMG-26: NaN or infinite voxels where features are read (the ROI; for filters also their support
        around its box).
    RoiError
        ROI-36: the ROI is flat (a single intensity).
    """
    values = image[lesion.box][lesion.mask]
    n_bad = int(np.count_nonzero(~np.isfinite(_read_region(image, lesion, settings))))
    if n_bad:
        raise SeriesError(
            "IMG-26",
            f"{name} holds NaN or infinite values in or next to the ROI",
            found=f"{n_bad} voxels",
            expected="finite intensities",
            remedy="Export the series again; check the preprocessing of this phase.",
        )
    if values.min() == values.max():
        raise RoiError(
            "ROI-36",
            f"the ROI is flat: all its voxels in {name} have the same intensity",
            found=f"{values.size} voxels of {float(values[0]):g}",
            expected="at least two intensities",
            remedy=REDRAW,
        )


def _read_region(image: NDArray[Any], lesion: Lesion, settings: Settings) -> NDArray[Any]:
    reaches = [t.reach(settings) for t in selected_image_types(settings)]
    if WHOLE_IMAGE in reaches:
        return image
    if max(reaches) == 0:
        return image[lesion.box][lesion.mask]
    return image[_widened(lesion.box, max(reaches))]


def _labels(mask: NDArray[Any]) -> list[Any]:
    values = np.unique(mask)
    if mask.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise RoiError(
            "ROI-37",
            "the mask does not hold labels",
            found=str(mask.dtype),
            expected="whole numbers, 0 outside the ROI",
        )
    return [label for label in values.tolist() if label != 0]


def checked_spacing(spacing_mm: Sequence[float]) -> Vector:
    """Return the spacing (z, y, x) as three floats; IMG-29 if it is not."""
    spacing = np.asarray(spacing_mm, dtype=np.float64)
    if spacing.shape != (3,) or not np.isfinite(spacing).all() or (spacing <= 0).any():
        raise GeometryError(
            "IMG-29",
            "the voxel spacing is unusable",
            found=spacing_mm,
            expected="three positive mm (z, y, x)",
        )
    z, y, x = (float(s) for s in spacing)
    return z, y, x


def checked_grid(mask: NDArray[np.bool_], spacing_mm: Sequence[float], grid: Grid | None) -> Grid:
    """Return where the mask lies: the grid if there is one, else one of its shape and spacing at the origin."""
    n_z, n_y, n_x = mask.shape
    spacing = checked_spacing(spacing_mm)
    if grid is None:
        return Grid((n_z, n_y, n_x), spacing)
    if grid.shape != mask.shape or grid.spacing_mm != spacing:
        raise ValueError("the grid is not that of the mask and its spacing")
    return grid


def _bounds(inside: NDArray[np.bool_]) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    rows = np.asarray(inside.any(axis=2))  # the whole image is read once, along memory
    (z_0, z_1), (y_0, y_1) = (_span(np.asarray(rows.any(axis=axis))) for axis in (1, 0))
    x_0, x_1 = _span(np.asarray(inside[z_0:z_1, y_0:y_1].any(axis=(0, 1))))
    return (z_0, y_0, x_0), (z_1, y_1, x_1)


def _span(occurs: NDArray[np.bool_]) -> tuple[int, int]:
    places = np.flatnonzero(occurs)
    return (int(places[0]), int(places[-1]) + 1) if places.size else (0, 0)


def _refuse_small(lesion: Lesion, n_voxels: int, settings: Settings) -> None:
    n_dimensions = sum(n > 1 for n in lesion.mask.shape)
    fewest, in_words = (1, "one dimension") if settings.min_dimensions == 1 else (2, "two dimensions")
    if n_voxels < settings.min_voxels or n_dimensions < fewest:
        raise RoiError(
            "ROI-34",
            "the ROI is too small",
            found=f"{n_voxels} voxels in a box of {' x '.join(map(str, lesion.mask.shape))} (z, y, x)",
            expected=f"at least {settings.min_voxels} voxels in {in_words} or more",
            remedy=REDRAW,
        )
    if n_dimensions < settings.min_dimensions:
        raise RoiError(
            "ROI-35",
            "the ROI is one slice thick",
            found=f"a box of {' x '.join(map(str, lesion.mask.shape))} (z, y, x)",
            expected=f"extent in {settings.min_dimensions} dimensions",
            remedy="Draw the whole lesion, or set min_dimensions = 2.",
        )


def _widened(box: tuple[slice, ...], reach: int) -> tuple[slice, ...]:
    return tuple(slice(max(0, s.start - reach), s.stop + reach) for s in box)
