"""The room's door: everything that is wrong with an image or a mask is found here, nothing is repaired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilscope.radiomics.family import Lesion
from tilscope.radiomics.images import selected_image_types
from tilscope.radiomics.settings import Settings
from tilscope.vocabulary import GeometryError, RoiError, SeriesError
from tilscope.vocabulary.volumes import Vector

REDRAW = "Draw the lesion again, or check that the mask belongs to this examination."


def checked_lesion(mask: ArrayLike, spacing_mm: Sequence[float], settings: Settings) -> Lesion:
    """Return the ROI cut to its box.

    Raises
    ------
    GeometryError
        IMG-29: spacing; ROI-42: not three dimensions.
    RoiError
        ROI-33 (empty), ROI-34 (too few voxels, a line), ROI-35 (one slice, if the settings refuse that),
        ROI-37 (several labels).
    """
    inside = _as_boolean(np.asarray(mask))
    spacing = _checked_spacing(spacing_mm)
    n_voxels = int(np.count_nonzero(inside))
    if n_voxels == 0:
        raise RoiError(
            "ROI-33", "the mask is empty", expected=f"at least {settings.min_voxels} voxels", remedy=REDRAW
        )
    start, stop = _bounds(inside)
    lesion = Lesion(
        np.ascontiguousarray(inside[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]),
        start,
        spacing,
    )
    _refuse_small(lesion, n_voxels, settings)
    return lesion


def checked_image(
    image: ArrayLike, shape: tuple[int, ...], lesion: Lesion, settings: Settings, *, name: str = "the image"
) -> NDArray[Any]:
    """Return the image as an array, if features can be taken from it.

    Raises
    ------
    GeometryError
        ROI-42: image and mask differ in shape.
    SeriesError
        IMG-26: NaN or infinite voxels where features are read (the ROI; for wavelets also the filter's
        support around its box).
    RoiError
        ROI-36: the ROI is flat (a single intensity).
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
    values = array[lesion.box][lesion.mask]
    reach = max(t.reach(settings) for t in selected_image_types(settings))
    read = values if reach == 0 else array[_widened(lesion.box, reach)]
    n_bad = int(np.count_nonzero(~np.isfinite(read)))
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
    return array


def _as_boolean(mask: NDArray[Any]) -> NDArray[np.bool_]:
    if mask.ndim != 3:
        raise GeometryError(
            "ROI-42", "the mask is not a volume", found=f"shape {mask.shape}", expected="(z, y, x)"
        )
    if mask.dtype == np.bool_:
        return mask
    labels = np.setdiff1d(np.unique(mask), [0])
    if labels.size > 1 or mask.dtype.kind not in "iuf" or not np.isfinite(labels).all():
        raise RoiError(
            "ROI-37",
            "the mask holds several labels",
            found=", ".join(f"{label:g}" for label in labels[:10]),
            expected="one label and 0",
            remedy="Choose a segment.",
        )
    return mask != 0


def _checked_spacing(spacing_mm: Sequence[float]) -> Vector:
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


def _bounds(inside: NDArray[np.bool_]) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    spans = [np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    z, y, x = ((int(s[0]), int(s[-1]) + 1) for s in spans)
    return (z[0], y[0], x[0]), (z[1], y[1], x[1])


def _refuse_small(lesion: Lesion, n_voxels: int, settings: Settings) -> None:
    n_dimensions = sum(n > 1 for n in lesion.mask.shape)
    if n_voxels < settings.min_voxels or n_dimensions < 2:
        raise RoiError(
            "ROI-34",
            "the ROI is too small",
            found=f"{n_voxels} voxels in a box of {' x '.join(map(str, lesion.mask.shape))} (z, y, x)",
            expected=f"at least {settings.min_voxels} voxels in two dimensions or more",
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
