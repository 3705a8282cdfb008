"""N4ITK, by SimpleITK."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.bias_methods.block_means import block_factors, block_sums
from tilscope.preprocessing.bias_methods.method import BiasMethod
from tilscope.preprocessing.interpolation import along_axis
from tilscope.preprocessing.settings import BiasSettings, N4Settings
from tilscope.vocabulary import SeriesError, Volume

Array = NDArray[np.float64]


def fit(volume: Volume, body: NDArray[np.bool_], settings: BiasSettings) -> Array:
    """Return the log field at every voxel, shape (z, y, x).

    The field is fitted to the means of blocks of body (which have less noise than every n-th voxel), and runs
    linearly between their centres.

    Parameters
    ----------
    volume : Volume
        The whole image.
    body : ndarray of bool, shape (z, y, x)
        Voxels that count.
    settings : BiasSettings
        Those of the group ``n4``.

    Raises
    ------
    SeriesError
        IMG-27: hardly any body.
    """
    choices = settings.n4
    factors, means, inside = _blocks(volume, body, choices)
    field = _fit_blocks(
        means, inside, [f * s for f, s in zip(factors, volume.spacing_mm, strict=True)], choices
    )
    for axis, (size, factor) in enumerate(zip(volume.grid.shape, factors, strict=True)):
        field = along_axis(field, (np.arange(size) - (factor - 1) / 2) / factor, axis)
    return np.ascontiguousarray(field)


def _blocks(
    volume: Volume, body: NDArray[np.bool_], choices: N4Settings
) -> tuple[list[int], Array, NDArray[np.bool_]]:
    """Return voxels per block along each axis, means of the body's voxels, and which blocks are half body."""
    step_mm = choices.sampling_mm
    while True:
        factors = block_factors(volume, step_mm)
        n_voxels = block_sums(body, factors)
        total = block_sums(np.where(body, volume.array, np.float32(0)), factors)
        inside = (n_voxels >= 0.5 * np.prod(factors)) & (total > 0)
        if np.count_nonzero(inside) >= choices.min_body_blocks:
            return factors, np.where(inside, total / np.maximum(n_voxels, 1), 1.0), inside
        if max(factors) == 1:
            raise SeriesError(
                "IMG-27",
                "too little body for a bias field",
                found=f"{np.count_nonzero(inside)} voxels",
                expected=f"at least {choices.min_body_blocks}",
                remedy="Set bias.method to none, or give the whole image.",
            )
        step_mm /= 1.25


def _fit_blocks(means: Array, inside: NDArray[np.bool_], size_mm: list[float], choices: N4Settings) -> Array:
    import SimpleITK

    image: Any = SimpleITK.GetImageFromArray(means.astype(np.float32))
    mask: Any = SimpleITK.GetImageFromArray(inside.astype(np.uint8))
    for each in (image, mask):
        each.SetSpacing(size_mm[::-1])
    filters: Any = SimpleITK
    n4 = filters.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations([choices.iterations] * choices.fitting_levels)
    n4.SetConvergenceThreshold(choices.tolerance)
    # several threads would sum in another order, also those of the filters inside this one
    n_threads = filters.ProcessObject.GetGlobalDefaultNumberOfThreads()
    filters.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        n4.SetNumberOfThreads(1)
        n4.Execute(image, mask)
        log_field = n4.GetLogBiasFieldAsImage(image)
    finally:
        filters.ProcessObject.SetGlobalDefaultNumberOfThreads(n_threads)
    return np.asarray(SimpleITK.GetArrayFromImage(log_field), dtype=np.float64)


METHOD = BiasMethod(
    name="n4",
    description="N4ITK (SimpleITK) inside a body mask, fitted to means of blocks",
    limits="more fitting levels and more iterations follow the anatomy more closely",
    reference="Tustison et al., IEEE Trans Med Imaging 2010;29:1310-1320",
    fit=fit,
)
