"""What a feature family is: one record, its features as records; the runner knows nothing else of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.directions import SliceAxis, half_directions, meets_a_line_twice
from tilscope.radiomics.settings import Settings
from tilscope.vocabulary.volumes import Vector

Array = NDArray[np.float64]

EPSILON = float(np.spacing(1.0))
"""PyRadiomics adds it inside logarithms and to divisors."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the ROI's voxels lie in its box with a border.

    Attributes
    ----------
    shape : tuple of int
        Of the box with the border (z, y, x).
    positions : ndarray of int32, shape (n_voxels,)
        Flat positions of the ROI's voxels, ascending.
    """

    shape: tuple[int, ...]
    positions: NDArray[np.int32]

    @property
    def size(self) -> int:
        """Return the number of voxels of the box with the border."""
        return int(np.prod(self.shape))

    def steps(self, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the distance in memory that each offset (z, y, x) leads to."""
        _, n_y, n_x = self.shape
        return offsets @ np.array([n_y * n_x, n_x, 1])


@dataclass(frozen=True, eq=False)
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
    slice_axis : {"z", "y", "x"} or None
        Axis across which slices lie, where the settings ask for features in slices.
    ibsi : bool
        The settings ask for IBSI's definitions.
    """

    mask: NDArray[np.bool_]
    start: tuple[int, int, int]
    spacing_mm: Vector
    slice_axis: SliceAxis = None
    ibsi: bool = False
    _found: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Return where the box lies in the whole image."""
        z, y, x = (slice(a, a + n) for a, n in zip(self.start, self.mask.shape, strict=True))
        return z, y, x

    @property
    def is_one_slice(self) -> bool:
        """Tell whether the ROI is one voxel thick along an axis."""
        return min(self.mask.shape) == 1

    @property
    def lies_in_slice(self) -> bool:
        """Tell whether the ROI is one voxel thick across the slices that the settings ask for."""
        return self.slice_axis is not None and self.mask.shape["zyx".index(self.slice_axis)] == 1

    def layout(self, reach: int) -> Layout:
        """Return where the voxels lie in the box with a border of ``reach`` voxels; found once."""
        if reach not in self._found:
            padded = np.pad(self.mask, reach)
            self._found[reach] = Layout(padded.shape, np.flatnonzero(padded).astype(np.int32))
        layout: Layout = self._found[reach]
        return layout

    def n_neighbours(self, distances: tuple[int, ...], slice_axis: SliceAxis) -> NDArray[np.float32]:
        """Return how many neighbours inside the ROI each voxel has, shape (n_voxels,); found once."""
        key = (distances, slice_axis)
        if key not in self._found:
            from tilscope.radiomics.texture_kernels import compare_neighbours

            reach = max(distances)
            inside = np.pad(self.mask, reach).astype(np.float32)
            positions = self.layout(reach).positions
            _, total = compare_neighbours(inside, positions, half_directions(distances, slice_axis), 0.0)
            self._found[key] = total[positions]
        n_neighbours: NDArray[np.float32] = self._found[key]
        return n_neighbours

    def has_lines(self, slice_axis: SliceAxis) -> NDArray[np.bool_]:
        """Tell for each direction whether a line along it meets the ROI twice; found once."""
        key = ("lines", slice_axis)
        if key not in self._found:
            offsets = half_directions((1,), slice_axis)
            self._found[key] = np.array([meets_a_line_twice(self.mask, offset) for offset in offsets])
        has_lines: NDArray[np.bool_] = self._found[key]
        return has_lines


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: the PyRadiomics name, and the function from the family's coefficients to numbers.

    ``by_name_only`` marks a redundant feature (deprecated in PyRadiomics): measured only if asked for.
    """

    name: str
    function: Callable[[Any], Any]
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
        Computes once what the features of one subject share: a row of coefficients.
    gather : callable
        Puts the rows of several subjects together, so that each feature is one expression over all of them.
    features : tuple of Feature
        In PyRadiomics' own order.
    """

    name: str
    scope: Literal["roi", "image"]
    description: str
    reference: str
    prepare: Callable[[Any], Any]
    gather: Callable[[Sequence[Any]], Any]
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

    def measure(self, rows: Sequence[Any], settings: Settings) -> Array:
        """Return the selected features of all subjects: shape (n_subjects, n_features).

        Parameters
        ----------
        rows : sequence
            What ``prepare`` gave for each subject.
        """
        coefficients = self.gather(rows)
        values = np.empty((len(rows), len(self.selected(settings))))
        for k, feature in enumerate(self.selected(settings)):
            values[:, k] = feature.function(coefficients)
        return values


def stacked(rows: Sequence[Array]) -> Array:
    """Stack rows of shape (n_coefficients, n_angles) to (n_coefficients, n_subjects, n_angles).

    Missing angles are NaN, which `over_angles` passes over.
    """
    n_angles = max(row.shape[1] for row in rows)
    stack = np.full((rows[0].shape[0], len(rows), n_angles), np.nan)
    for k, row in enumerate(rows):
        stack[:, k, : row.shape[1]] = row
    return stack


def over_angles(per_angle: Array) -> Array:
    """Return the mean over the last axis of what is not NaN; NaN where nothing is."""
    total = np.add.reduce(per_angle, axis=-1)
    if not np.isnan(total).any():
        return np.asarray(total / per_angle.shape[-1])
    known = ~np.isnan(per_angle)
    n = known.sum(axis=-1)
    total = np.where(known, per_angle, 0.0).sum(axis=-1)
    return np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
