"""What happens to a whole image and its mask before any filter: normalise, resample, cut, resegment.

Geometry is SimpleITK's, on one thread, so that values (ties of the interpolation included) are PyRadiomics'
and do not depend on the number of processors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.settings import Interpolator, Settings
from tilscope.vocabulary import Grid, RoiError, SeriesError, SettingsError

MAX_VOXELS = 2e9  # of a resampled image; in double precision this is 16 GB

ITK_INTERPOLATORS: dict[Interpolator, str] = {
    "nearest": "sitkNearestNeighbor",
    "linear": "sitkLinear",
    "bspline": "sitkBSpline",
    "gaussian": "sitkGaussian",
    "label-gaussian": "sitkLabelGaussian",
    "hamming": "sitkHammingWindowedSinc",
    "cosine": "sitkCosineWindowedSinc",
    "welch": "sitkWelchWindowedSinc",
    "lanczos": "sitkLanczosWindowedSinc",
    "blackman": "sitkBlackmanWindowedSinc",
}
"""SimpleITK's name of each interpolator."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """An image and the ROI on one grid, ready for the filters.

    Attributes
    ----------
    image : ndarray of real numbers, shape (z, y, x)
        In the type that it came in, since filters depend on it as PyRadiomics' do.
    mask : ndarray of bool, shape (z, y, x)
    grid : Grid
    """

    image: NDArray[Any]
    mask: NDArray[np.bool_]
    grid: Grid


def prepared(
    image: NDArray[Any], mask: NDArray[np.bool_], grid: Grid, settings: Settings, *, name: str = "the image"
) -> Case:
    """Return the image and the ROI as the filters meet them: normalised, then resampled or else cut.

    Parameters
    ----------
    image : ndarray of real numbers, shape (z, y, x)
        Whole numbers stay whole numbers when they are resampled (ITK drops the fraction); a z-score is
        in double precision.
    mask : ndarray of bool, shape (z, y, x)
        An empty one comes back untouched, for the door to refuse.
    grid : Grid
        Where both lie.
    settings : Settings
    name : str
        What to call the image in a refusal.

    Raises
    ------
    SeriesError
        IMG-26: NaN or infinite voxels anywhere in an image that is read as a whole (z-score, B-spline).
    RoiError
        ROI-33: no voxel of the ROI is left on the coarser grid. ROI-36: a flat image has no z-score.
    SettingsError
        SET-25: the finer grid would have more than `MAX_VOXELS` voxels.

    References
    ----------
    Equal to PyRadiomics 3.1 ``featureextractor.loadImage``.
    """
    case = Case(image, mask, grid)
    if not mask.any():
        return case
    if settings.normalize or (settings.resampled_spacing_mm and settings.interpolator == "bspline"):
        _refuse_gaps(image, f"{name}, which is read as a whole here, holds NaN or infinite values")
    if settings.normalize:
        case = replace(case, image=_z_scored(case, settings))
    if settings.resampled_spacing_mm is not None:
        return _resampled(case, settings)
    return _cut(case, settings.pad_voxels) if settings.pre_crop else case


def resegmented(case: Case, settings: Settings, *, name: str = "the image") -> NDArray[np.bool_]:
    """Return the mask without the voxels whose intensities lie outside ``resegment_range``.

    Both ends belong to the range. ``relative`` multiplies them by the largest intensity in the ROI, ``sigma``
    counts population standard deviations from the ROI's mean.

    Raises
    ------
    SeriesError
        IMG-26: NaN or infinite voxels in the ROI (a comparison would drop them silently).

    References
    ----------
    Equal to PyRadiomics 3.1 ``imageoperations.resegmentMask``.
    """
    if settings.resegment_range is None:
        return case.mask
    values = case.image[case.mask]
    _refuse_gaps(values, f"{name} holds NaN or infinite values in the ROI")
    limits = [_limit(values, threshold, settings) for threshold in sorted(settings.resegment_range)]
    kept = values >= limits[0]
    if len(limits) == 2:
        kept &= values <= limits[1]
    mask = np.zeros_like(case.mask)
    mask[case.mask] = kept
    return mask


def _limit(values: NDArray[Any], threshold: float, settings: Settings) -> Any:
    if settings.resegment_mode == "relative":
        return values.max() * threshold
    if settings.resegment_mode == "sigma":
        return values.mean() + values.std() * threshold
    return threshold


def _refuse_gaps(values: NDArray[Any], message: str) -> None:
    n_bad = int(np.count_nonzero(~np.isfinite(values)))
    if n_bad:
        raise SeriesError(
            "IMG-26",
            message,
            found=f"{n_bad} voxels",
            expected="finite intensities",
            remedy="Export the series again; check the preprocessing of this phase.",
        )


def _z_scored(case: Case, settings: Settings) -> NDArray[np.float64]:
    """Return the z-score over all voxels (sample sd), clipped, then scaled: ``imageoperations.normalizeImage``."""
    sitk = simpleitk()
    if case.image.min() == case.image.max():
        raise RoiError(
            "ROI-36",
            "the whole image is flat, so it has no z-score",
            found=f"{case.image.size} voxels of {float(case.image.flat[0]):g}",
            expected="at least two intensities",
            remedy="Check that this is the right image, or set normalize = false.",
        )
    z_score = sitk.NormalizeImageFilter()
    z_score.SetNumberOfThreads(1)
    values = sitk.GetArrayFromImage(z_score.Execute(itk_image(case.image, case.grid)))
    if settings.outlier_sd is not None:
        np.clip(values, -settings.outlier_sd, settings.outlier_sd, out=values)
    return np.asarray(values * settings.normalize_scale, dtype=np.float64)


def _cut(case: Case, pad_voxels: int) -> Case:
    """Return the box of the ROI with a margin, clipped to the image: ``imageoperations.cropToTumorMask``."""
    start, stop = _box(case.mask)
    first = np.maximum(start - pad_voxels, 0)
    last = np.minimum(stop + pad_voxels, case.mask.shape)
    box = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    grid = case.grid.cropped((first[0], first[1], first[2]), (last[0], last[1], last[2]))
    return Case(case.image[box], case.mask[box], grid)


def _resampled(case: Case, settings: Settings) -> Case:
    """Return the surroundings of the ROI on a grid of another spacing: ``imageoperations.resampleImage``.

    An axis along which the ROI is one slice thick keeps its spacing. Where no spacing changes, the image is
    only cut.
    """
    start, stop = _box(case.mask)
    old = np.array(case.grid.spacing_mm)
    wanted = np.array(settings.resampled_spacing_mm)
    new = np.where((wanted == 0) | (stop - start == 1), old, wanted)
    if np.allclose(old, new):
        return _cut(case, settings.pad_voxels)
    first, size = _resampled_box(case.mask, old / new, settings)
    if np.prod(size) > MAX_VOXELS:
        raise SettingsError(
            "SET-25",
            "the image would be far too large in this spacing",
            found=f"{' x '.join(f'{n:.0f}' for n in size)} voxels of {_text(new)} mm (z, y, x)",
            expected=f"at most {MAX_VOXELS:.0g} voxels (the image comes in {_text(old)} mm)",
            remedy="Raise resampled_spacing_mm, or lower pad_voxels.",
        )
    centre_of_first = 0.5 * (new - old) / old + first / (old / new)
    return _on_grid(case, new, size.astype(int), centre_of_first, settings)


def _resampled_box(
    mask: NDArray[np.bool_], ratio: NDArray[np.float64], settings: Settings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the first voxel and the size, in voxels of the new spacing, of the ROI's box and its margin."""
    start, stop = _box(mask)
    first = np.floor((start - 0.5) * ratio - settings.pad_voxels)
    last = np.ceil((stop - 0.5) * ratio + settings.pad_voxels)
    first = np.maximum(first, 0)
    last = np.minimum(last, np.ceil(np.array(mask.shape) * ratio) - 1)
    return first, last - first + 1


def _on_grid(
    case: Case,
    spacing_mm: NDArray[np.float64],
    size: NDArray[np.int64],
    index_of_first: NDArray[np.float64],
    settings: Settings,
) -> Case:
    """Interpolate image and mask; all vectors are (z, y, x), ``index_of_first`` in voxels of the old grid."""
    sitk = simpleitk()
    image, mask = itk_image(case.image, case.grid), itk_image(case.mask, case.grid)
    resample = sitk.ResampleImageFilter()
    resample.SetNumberOfThreads(1)
    resample.SetOutputSpacing(spacing_mm[::-1].tolist())
    resample.SetOutputDirection(image.GetDirection())
    resample.SetSize(size[::-1].tolist())
    resample.SetOutputOrigin(image.TransformContinuousIndexToPhysicalPoint(index_of_first[::-1].tolist()))
    resample.SetOutputPixelType(image.GetPixelID())
    resample.SetInterpolator(getattr(sitk, ITK_INTERPOLATORS[settings.interpolator]))
    new_image = sitk.GetArrayFromImage(resample.Execute(image))
    resample.SetOutputPixelType(mask.GetPixelID())
    resample.SetInterpolator(sitk.sitkNearestNeighbor)
    new_mask = resample.Execute(mask)
    inside = sitk.GetArrayFromImage(new_mask) != 0
    if not inside.any():
        raise RoiError(
            "ROI-33",
            "no voxel of the ROI is left after resampling",
            found=f"{np.count_nonzero(case.mask)} voxels before, spacing {_text(spacing_mm)} mm (z, y, x)",
            remedy="Lower resampled_spacing_mm: the ROI is smaller than one of its voxels.",
        )
    return Case(new_image, inside, _grid(new_mask))


def _text(spacing_mm: NDArray[np.float64]) -> str:
    return " x ".join(f"{s:.3g}" for s in spacing_mm)


def _box(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first index and the index after the last of the ROI, along (z, y, x)."""
    spans = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    return np.array([s[0] for s in spans]), np.array([s[-1] + 1 for s in spans])


def simpleitk() -> Any:
    """Import SimpleITK, whose filters have no types, only where it is needed."""
    import SimpleITK

    return SimpleITK


def itk_image(array: NDArray[Any], grid: Grid) -> Any:
    """Return an array with the spacing, place and direction of a grid, for the filters of SimpleITK."""
    image = simpleitk().GetImageFromArray(array.astype(_itk_type(array.dtype), copy=False))
    image.SetSpacing([float(s) for s in grid.spacing_mm[::-1]])
    image.SetOrigin([float(o) for o in grid.origin_mm])
    image.SetDirection([float(cosine) for row in grid.direction for cosine in row])
    return image


def _itk_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the nearest type that ITK has: no truth values, halves, long doubles or foreign byte orders."""
    if dtype.kind == "b":
        return np.dtype(np.uint8)
    if dtype.kind == "f" and dtype.itemsize not in (4, 8):
        return np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
    return dtype.newbyteorder("=")


def _grid(image: Any) -> Grid:
    x, y, z = image.GetSize()
    spacing_x, spacing_y, spacing_z = image.GetSpacing()
    row = image.GetDirection()
    return Grid(
        (z, y, x),
        (spacing_z, spacing_y, spacing_x),
        image.GetOrigin(),
        ((row[0], row[1], row[2]), (row[3], row[4], row[5]), (row[6], row[7], row[8])),
    )
