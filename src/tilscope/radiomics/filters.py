"""Filters of PyRadiomics: intensities through a curve, the gradient, the Laplacian of a Gaussian.

All give the lesion's box and hold little more than it; only the Laplacian of a Gaussian filters the whole image,
in ITK, and holds about a copy of it and two in single precision (measured at 360 x 360 x 120 voxels: 0.22 GiB
beside a double-precision image).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.family import Lesion
from tilscope.radiomics.preparing import Case, itk_image, simpleitk
from tilscope.radiomics.settings import Settings

Array = NDArray[np.float64]

SMALLEST_AXIS = 4
"""Voxels along the shortest axis that ITK's recursive Gaussian needs."""


def square(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    """Yield (c x)^2 with c = 1 / sqrt(max |x|), the largest intensity of the whole image kept.

    References
    ----------
    Equal to PyRadiomics 3.1 ``imageoperations.getSquareImage``.
    """
    yield (1.0 / np.sqrt(largest(case.image)) * _intensities(case, lesion)) ** 2


def square_root(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    """Yield sign(x) sqrt(c |x|) with c = max |x|, the largest intensity of the whole image kept.

    References
    ----------
    Equal to PyRadiomics 3.1 ``imageoperations.getSquareRootImage``.
    """
    x = _intensities(case, lesion)
    yield np.copysign(np.sqrt(np.abs(x) * largest(case.image)), x)


def logarithm(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    """Yield sign(x) c log(|x| + 1) with c = max |x| / log(max |x| + 1).

    References
    ----------
    Equal to PyRadiomics 3.1 ``imageoperations.getLogarithmImage``.
    """
    x = _intensities(case, lesion)
    top = largest(case.image)
    yield np.copysign(np.log(np.abs(x) + 1.0), x) * (top / np.log(top + 1.0))


def exponential(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    """Yield exp(c x) with c = log(max |x|) / max |x|.

    References
    ----------
    Equal to PyRadiomics 3.1 ``imageoperations.getExponentialImage``.
    """
    top = largest(case.image)
    yield np.exp(np.log(top) / top * _intensities(case, lesion))


def gradient(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    """Yield the magnitude of the gradient from central differences, per mm or per voxel.

    Beyond the image its outermost voxels go on. The result is of single precision.

    References
    ----------
    Equal to PyRadiomics 3.1 ``imageoperations.getGradientImage`` (SimpleITK GradientMagnitudeImageFilter).
    """
    first = tuple(max(cut.start - 1, 0) for cut in lesion.box)
    near = case.image[tuple(slice(a, cut.stop + 1) for a, cut in zip(first, lesion.box, strict=True))]
    magnitude = simpleitk().GradientMagnitudeImageFilter()
    magnitude.SetNumberOfThreads(1)
    magnitude.SetUseImageSpacing(settings.gradient_use_spacing)
    inner = tuple(slice(cut.start - a, cut.stop - a) for a, cut in zip(first, lesion.box, strict=True))
    yield _cut(magnitude.Execute(itk_image(near, case.grid)), inner)


def log_names(settings: Settings) -> tuple[str, ...]:
    """Return ``log-sigma-2-0-mm-3D`` for a width of 2.0 mm, ``log-sigma-2-mm-3D`` for 2."""
    return tuple(f"log-sigma-{str(sigma).replace('.', '-')}-mm-3D" for sigma in settings.log_sigma_mm)


def laplacian_of_gaussian(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array | str]:
    """Yield the Laplacian of Gaussian of each width, times its square (NormalizeAcrossScale).

    The result is of single precision. An image that is too small for the filter gives the reason instead.

    References
    ----------
    Equal to PyRadiomics 3.1 ``imageoperations.getLoGImage`` (SimpleITK LaplacianRecursiveGaussianImageFilter,
    Deriche 1993), which leaves such an image out.
    """
    size, spacing_mm = np.array(case.image.shape), np.array(case.grid.spacing_mm)
    shape = " x ".join(str(n) for n in size)
    image = itk_image(case.image, case.grid) if size.min() >= SMALLEST_AXIS else None
    for sigma_mm in settings.log_sigma_mm:
        needed = np.maximum(np.ceil(sigma_mm / spacing_mm) + 1, SMALLEST_AXIS)
        if image is None or (size < needed).any():
            yield f"it needs {' x '.join(f'{n:.0f}' for n in needed)} voxels (z, y, x), and there are {shape}"
            continue
        log = simpleitk().LaplacianRecursiveGaussianImageFilter()
        log.SetNumberOfThreads(1)
        log.SetNormalizeAcrossScale(True)
        log.SetSigma(float(sigma_mm))
        yield _cut(log.Execute(image), lesion.box)


def largest(image: NDArray[Any]) -> float:
    """Return the largest absolute intensity (not in the image's own type, where -128 has no opposite)."""
    return max(abs(float(image.max())), abs(float(image.min())))


def _intensities(case: Case, lesion: Lesion) -> Array:
    return case.image[lesion.box].astype(np.float64)


def _cut(image: Any, box: tuple[slice, ...]) -> Array:
    return np.array(simpleitk().GetArrayViewFromImage(image)[box])
