"""Image types: what features are taken from, cut to the lesion's box. A new one is one record here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.family import Lesion
from tilscope.radiomics.preparing import Case
from tilscope.radiomics.settings import ImageTypeName, Settings
from tilscope.radiomics.wavelet import wavelet_bands, wavelet_support
from tilscope.vocabulary import ORIGINAL, WAVELET_BANDS

Array = NDArray[np.float64]
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
        (case, lesion, settings) -> the images inside the lesion's box, in order of ``image_names``.
    reach : callable
        settings -> number of voxels beyond the box that are read, or `WHOLE_IMAGE`.
    """

    name: ImageTypeName
    image_names: Callable[[Settings], tuple[str, ...]]
    make: Callable[[Case, Lesion, Settings], Iterator[Array]]
    reach: Callable[[Settings], int]


def _original(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    yield case.image[lesion.box].astype(np.float64)


def _wavelet_names(settings: Settings) -> tuple[str, ...]:
    return tuple(f"wavelet-{band}" for band in WAVELET_BANDS)


def _wavelet(case: Case, lesion: Lesion, settings: Settings) -> Iterator[Array]:
    bands = wavelet_bands(case.image, lesion.box, settings.wavelet)
    for band in WAVELET_BANDS:
        yield bands[band]


IMAGE_TYPES = (
    ImageType("original", lambda settings: (ORIGINAL,), _original, lambda settings: 0),
    ImageType("wavelet", _wavelet_names, _wavelet, lambda settings: wavelet_support(settings.wavelet)),
)


def selected_image_types(settings: Settings) -> tuple[ImageType, ...]:
    """Return the image types that the settings ask for, in the fixed order."""
    return tuple(t for t in IMAGE_TYPES if t.name in settings.image_types)
