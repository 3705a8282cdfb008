"""Image types: what features are taken from, cut to the lesion's box."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.family import Lesion
from tilscope.radiomics.settings import Settings
from tilscope.radiomics.wavelet import wavelet_bands, wavelet_support
from tilscope.vocabulary import ORIGINAL, WAVELET_BANDS

Image = NDArray[Any]


@dataclass(frozen=True, slots=True)
class ImageType:
    """One image type.

    Attributes
    ----------
    name : str
        The word in the settings.
    image_names : tuple of str
        Names of its images in feature names, in order.
    make : callable
        (whole image, lesion, settings) -> the images inside the lesion's box, in order of ``image_names``.
    reach : callable
        settings -> number of voxels beyond the box that are read.
    """

    name: str
    image_names: tuple[str, ...]
    make: Callable[[Image, Lesion, Settings], Iterator[NDArray[np.float64]]]
    reach: Callable[[Settings], int]


def _original(image: Image, lesion: Lesion, settings: Settings) -> Iterator[NDArray[np.float64]]:
    yield image[lesion.box].astype(np.float64)


def _wavelet(image: Image, lesion: Lesion, settings: Settings) -> Iterator[NDArray[np.float64]]:
    bands = wavelet_bands(image, lesion.box, settings.wavelet)
    for band in WAVELET_BANDS:
        yield bands[band]


IMAGE_TYPES = (
    ImageType("original", (ORIGINAL,), _original, lambda settings: 0),
    ImageType(
        "wavelet",
        tuple(f"wavelet-{band}" for band in WAVELET_BANDS),
        _wavelet,
        lambda settings: wavelet_support(settings.wavelet),
    ),
)


def selected_image_types(settings: Settings) -> tuple[ImageType, ...]:
    """Return the image types that the settings ask for, in the fixed order."""
    return tuple(t for t in IMAGE_TYPES if t.name in settings.image_types)
