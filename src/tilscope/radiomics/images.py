"""Image types: what features are taken from, cut to the lesion's box. A new one is one record here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics import binary_patterns, filters
from tilscope.radiomics.family import Lesion
from tilscope.radiomics.preparing import Case
from tilscope.radiomics.settings import ImageTypeName, Settings
from tilscope.radiomics.wavelet import AXES_XYZ, band_names, wavelet_levels, wavelet_support
from tilscope.vocabulary import ORIGINAL

Array = NDArray[np.floating]
WHOLE_IMAGE = -1


@dataclass(frozen=True, slots=True)
class ImageType:
    """One image type.

    Attributes
    ----------
    name : str
        The word in the settings.
    image_names : callable
        settings -> the names of its images in feature names, in order.
    make : callable
        (case, lesion, settings) -> the images inside the lesion's box, in order of ``image_names``; for one
        that cannot be made of this case, the reason (as the end of a sentence).
    reach : callable
        settings -> number of voxels beyond the box that are read, or `WHOLE_IMAGE`.
    """

    name: ImageTypeName
    image_names: Callable[[Settings], tuple[str, ...]]
    make: Callable[[Case, Lesion, Settings], Iterator[Array | str]]
    reach: Callable[[Settings], int]


def _original(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    box = case.image[lesion.box]
    yield box if box.dtype == np.float32 else box.astype(np.float64)


def _wavelet_axes(settings: Settings) -> tuple[int, ...]:
    return tuple(axis for axis in AXES_XYZ if "zyx"[axis] != settings.slice_axis)


def _wavelet_names(settings: Settings) -> tuple[str, ...]:
    """Return ``wavelet-LLH`` ..., then ``wavelet2-LLH`` ...; the approximation of the last level comes last."""
    *details, approximation = band_names(len(_wavelet_axes(settings)))
    levels = ["wavelet", *(f"wavelet{level}" for level in range(2, settings.wavelet_levels + 1))]
    return (*(f"{level}-{band}" for level in levels for band in details), f"{levels[-1]}-{approximation}")


def _wavelet(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    axes = _wavelet_axes(settings)
    *details, approximation = band_names(len(axes))
    n_levels = settings.wavelet_first_level + settings.wavelet_levels
    levels = wavelet_levels(case.image, lesion.box, settings.wavelet, n_levels=n_levels, axes=axes)
    for level, bands in enumerate(levels):
        if level >= settings.wavelet_first_level:
            yield from (bands[band] for band in details)
    yield bands[approximation]


def _wavelet_reach(settings: Settings) -> int:
    return (settings.wavelet_first_level + settings.wavelet_levels) * wavelet_support(settings.wavelet)


def _named(name: str) -> Callable[[Settings], tuple[str, ...]]:
    return lambda settings: (name,)


def _whole(settings: Settings) -> int:
    return WHOLE_IMAGE


IMAGE_TYPES = (
    ImageType("original", _named(ORIGINAL), _original, lambda settings: 0),
    ImageType("wavelet", _wavelet_names, _wavelet, _wavelet_reach),
    ImageType("log", filters.log_names, filters.laplacian_of_gaussian, _whole),
    ImageType("square", _named("square"), filters.square, _whole),
    ImageType("squareroot", _named("squareroot"), filters.square_root, _whole),
    ImageType("logarithm", _named("logarithm"), filters.logarithm, _whole),
    ImageType("exponential", _named("exponential"), filters.exponential, _whole),
    ImageType("gradient", _named("gradient"), filters.gradient, lambda settings: 1),
    ImageType(
        "lbp-2D",
        _named("lbp-2D"),
        binary_patterns.pattern_2d,
        lambda settings: ceil(settings.lbp_2d_radius) + 1,
    ),
    ImageType("lbp-3D", binary_patterns.names_3d, binary_patterns.pattern_3d, _whole),
)


def selected_image_types(settings: Settings) -> tuple[ImageType, ...]:
    """Return the image types that the settings ask for, in the fixed order."""
    return tuple(t for t in IMAGE_TYPES if t.name in settings.image_types)
