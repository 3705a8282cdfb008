"""Local binary patterns: which neighbours of a voxel are at least as bright as it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.family import Lesion
from tilscope.radiomics.icosphere import icosphere
from tilscope.radiomics.preparing import Case
from tilscope.radiomics.settings import Settings
from tilscope.vocabulary import MissingExtraError

Array = NDArray[np.float64]

N_AT_A_TIME = 2000
"""Voxels whose spheres are sampled together; bounds the memory, changes no number."""


def pattern_2d(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    """Yield the binary pattern of each voxel within its slice.

    As in PyRadiomics the pattern takes the image's own type: a pattern with decimals (``var``) is cut to
    whole numbers in an image of whole numbers. ``var`` is missing (NaN) where the neighbourhood is flat.

    Raises
    ------
    MissingExtraError
        SET-27: scikit-image is not installed.

    References
    ----------
    Ojala 2002, doi:10.1109/TPAMI.2002.1017623. Equal to PyRadiomics 3.1 ``imageoperations.getLBP2DImage``
    (scikit-image ``local_binary_pattern``).
    """
    local_binary_pattern = _scikit_image_pattern()
    axis = "zyx".index(settings.slice_axis or "z")
    slices = case.image.swapaxes(0, axis)[lesion.box[axis]]
    with warnings.catch_warnings(
        action="ignore"
    ):  # of images of real numbers, where ties are a matter of rounding
        patterns = [
            local_binary_pattern(
                one, P=settings.lbp_2d_samples, R=settings.lbp_2d_radius, method=settings.lbp_2d_method
            )
            for one in slices
        ]
    across = tuple(slice(None) if a == axis else cut for a, cut in enumerate(lesion.box))
    inside = np.stack(patterns).swapaxes(0, axis)[across]
    with np.errstate(invalid="ignore"):
        as_image = inside.astype(case.image.dtype).astype(np.float64)
    yield np.where(np.isfinite(inside), as_image, np.nan)


def _scikit_image_pattern() -> Any:
    try:
        from skimage.feature import local_binary_pattern
    except ImportError as error:
        raise MissingExtraError(
            "SET-27",
            "image type lbp-2D needs scikit-image, which is not installed",
            remedy='Run: python -m pip install "tilscope[lbp]"',
        ) from error
    return local_binary_pattern


def names_3d(settings: Settings) -> tuple[str, ...]:
    """Return ``lbp-3D-m1`` ... and ``lbp-3D-k``."""
    return (*(f"lbp-3D-m{level}" for level in range(1, settings.lbp_3d_levels + 1)), "lbp-3D-k")


def pattern_3d(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    """Yield the strength of each level of spherical harmonics of the binary pattern, then the kurtosis.

    The image is sampled (cubic spline; 0 beyond its borders; rounded in an image of whole numbers) on a
    sphere around each voxel of the ROI. Kurtosis is that of the samples; it is missing (NaN) where they
    are all equal. Outside the ROI the images are 0.

    References
    ----------
    Banerjee 2013, doi:10.1007/978-3-642-37410-4_3. Equal to PyRadiomics 3.1
    ``imageoperations.getLBP3DImage`` with scipy < 1.15 and trimesh, the only ones it runs with, its
    exchange of azimuth and polar angle included: its level 2 and up are not invariant to rotation.
    """
    from scipy.ndimage import map_coordinates, spline_filter

    vertices = icosphere(settings.lbp_3d_subdivisions, settings.lbp_3d_radius)
    harmonics = _harmonics(vertices, settings)
    voxels = np.argwhere(lesion.mask) + np.array(lesion.start)
    image = case.image
    spline = spline_filter(image, order=3, output=np.float64)
    values = []
    for start in range(0, len(voxels), N_AT_A_TIME):
        centres = voxels[start : start + N_AT_A_TIME]
        where = np.moveaxis(centres[:, None, :] + vertices, -1, 0)  # (3, n_voxels, n_vertices)
        samples = map_coordinates(spline, where, output=_native(image.dtype), order=3, prefilter=False)
        brighter = samples >= image[tuple(centres.T)][:, None]
        values.append(np.column_stack([_strengths(brighter, harmonics), kurtosis(samples)]))
    for column in np.concatenate(values).T:
        box = np.zeros(lesion.mask.shape)
        box[lesion.mask] = column
        yield box


def _native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(np.uint8) if dtype.kind == "b" else dtype.newbyteorder("=")


def _harmonics(vertices: Array, settings: Settings) -> list[NDArray[np.complex128]]:
    """Return per level the spherical harmonics at the vertices, shape (n_vertices, 2 level + 1).

    PyRadiomics hands over the angle from the z axis as azimuth and the azimuth as polar angle; the polar
    angle's sign is of no account there.
    """
    from scipy.special import sph_harm_y

    as_azimuth = np.arccos(np.clip(vertices[:, 2] / settings.lbp_3d_radius, -1.0, 1.0))
    as_polar = np.abs(np.arctan2(vertices[:, 1], vertices[:, 0]))
    return [
        np.column_stack(
            [sph_harm_y(level, order, as_polar, as_azimuth) for order in range(-level, level + 1)]
        )
        for level in range(settings.lbp_3d_levels)
    ]


def _strengths(brighter: NDArray[np.bool_], harmonics: list[NDArray[np.complex128]]) -> Array:
    """Return the strength of each level, shape (n_voxels, n_levels)."""
    strengths = []
    for of_level in harmonics:
        coefficients = (brighter[:, :, None] * of_level).sum(axis=1)
        shares = (coefficients[:, None, :] * of_level).sum(axis=2, keepdims=True)
        strengths.append(np.sqrt((shares**2).sum(axis=1)).real)
    return np.concatenate(strengths, axis=1)


def kurtosis(samples: NDArray[Any]) -> Array:
    """Return the excess kurtosis of each row, NaN where it varies no more than rounding does.

    References
    ----------
    Equal to scipy 1.14 ``stats.kurtosis``; single precision stays single.
    """
    means = samples.mean(axis=1, keepdims=True)
    squares = (samples - means) ** 2
    variances = squares.mean(axis=1)
    flat = variances <= (np.finfo(variances.dtype).resolution * means[:, 0]) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(flat, np.nan, (squares**2).mean(axis=1) / variances**2 - 3.0)
