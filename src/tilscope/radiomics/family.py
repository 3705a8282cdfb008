"""What a feature family is: one record, its features as records; the runner knows nothing else of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.settings import Settings
from tilscope.vocabulary.volumes import Vector


@dataclass(frozen=True, slots=True, eq=False)
class Lesion:
    """A checked ROI, cut to its own box.

    Attributes
    ----------
    mask : ndarray of bool, shape (z, y, x)
        The ROI; every face of the box is touched by it.
    start : tuple of int
        Index (z, y, x) of the box's first voxel in the whole image.
    spacing_mm : tuple of float
        Distance between voxel centres along (z, y, x).
    """

    mask: NDArray[np.bool_]
    start: tuple[int, int, int]
    spacing_mm: Vector

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Return where the box lies in the whole image."""
        z, y, x = (slice(a, a + n) for a, n in zip(self.start, self.mask.shape, strict=True))
        return z, y, x

    @property
    def is_one_slice(self) -> bool:
        """Tell whether the ROI is one voxel thick along an axis."""
        return min(self.mask.shape) == 1


@dataclass(frozen=True, slots=True, eq=False)
class GrayImage:
    """One image inside the ROI, with its grey levels; all families of scope ``image`` start from it.

    Attributes
    ----------
    lesion : Lesion
    values : ndarray of float, shape (n_voxels,)
        Intensities inside the ROI, in (z, y, x) order.
    gray_levels : ndarray of int, shape (n_levels,)
        The levels that occur, ascending; 1 is the level of the smallest intensity.
    level_index : ndarray of int32, shape of the box (z, y, x)
        Position in ``gray_levels``; -1 outside the ROI.
    settings : Settings
    """

    lesion: Lesion
    values: NDArray[np.float64]
    gray_levels: NDArray[np.int64]
    level_index: NDArray[np.int32]
    settings: Settings

    @property
    def n_gray(self) -> int:
        """Return the largest grey level (``Ng`` of PyRadiomics); levels below it may be absent."""
        return int(self.gray_levels[-1])


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: the PyRadiomics name, and the function from the family's coefficients to a number.

    ``by_name_only`` marks a redundant feature (deprecated in PyRadiomics): measured only if asked for.
    """

    name: str
    function: Callable[[Any], float]
    by_name_only: bool = False

    @property
    def definition(self) -> str:
        """Return the first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True, slots=True)
class Family:
    """One feature family.

    Attributes
    ----------
    name : str
        The word in feature names, as in PyRadiomics (``glcm``).
    scope : {"roi", "image"}
        ``roi``: from the mask alone, once per lesion (``prepare`` gets a `Lesion`); ``image``: from each
        image of each phase (``prepare`` gets a `GrayImage`).
    description, reference : str
        One sentence; where the definitions come from.
    prepare : callable
        Computes once what the features share (a matrix and its marginals).
    features : tuple of Feature
        In PyRadiomics' own order.
    """

    name: str
    scope: Literal["roi", "image"]
    description: str
    reference: str
    prepare: Callable[[Any], Any]
    features: tuple[Feature, ...]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Return the names of the features that are measured unless others are asked for, in order."""
        return tuple(feature.name for feature in self.features if not feature.by_name_only)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Return the names of all features that can be asked for, in order."""
        return tuple(feature.name for feature in self.features)

    def selected(self, settings: Settings) -> tuple[Feature, ...]:
        """Return the features that the settings ask for."""
        chosen = settings.features.get(self.name, ())
        return tuple(f for f in self.features if (f.name in chosen if chosen else not f.by_name_only))

    def measure(self, subject: Lesion | GrayImage, settings: Settings) -> dict[str, float]:
        """Return the value of each selected feature of a lesion or an image."""
        coefficients = self.prepare(subject)
        return {f.name: float(f.function(coefficients)) for f in self.selected(settings)}
