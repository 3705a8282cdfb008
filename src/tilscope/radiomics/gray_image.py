"""One image inside the ROI with its grey levels: what all families of scope ``image`` start from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.binning import gray_levels
from tilscope.radiomics.directions import half_directions
from tilscope.radiomics.family import Lesion
from tilscope.radiomics.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What each voxel of the ROI has around it inside the ROI, at the distances of the settings.

    Attributes
    ----------
    n_dependent, total : ndarray of float32, shape (n_voxels,)
        Number of neighbours that differ by at most ``gldm_alpha`` levels; sum of the neighbours' levels.
    n_neighbours : ndarray of float32, shape (n_voxels,)
    n_angles : int
        Half the number of neighbours that a voxel can have.
    """

    n_dependent: NDArray[np.float32]
    total: NDArray[np.float32]
    n_neighbours: NDArray[np.float32]
    n_angles: int


@dataclass(frozen=True, eq=False)
class GrayImage:
    """One image inside the ROI, with its grey levels.

    Attributes
    ----------
    lesion : Lesion
    values : ndarray of float, shape (n_voxels,)
        Intensities inside the ROI, in (z, y, x) order.
    gray_levels : ndarray of int, shape (n_levels,)
        The levels that occur, ascending; 1 is the level of the smallest intensity.
    voxel_levels : ndarray of uint16, shape (n_voxels,)
        Position of each voxel's level in ``gray_levels``.
    settings : Settings
    """

    lesion: Lesion
    values: NDArray[np.float64]
    gray_levels: NDArray[np.int64]
    voxel_levels: NDArray[np.uint16]
    settings: Settings

    @property
    def n_gray(self) -> int:
        """Return the largest grey level (``Ng`` of PyRadiomics); levels below it may be absent."""
        return int(self.gray_levels[-1])

    @cached_property
    def level_counts(self) -> NDArray[np.int64]:
        """Return the number of voxels of each level that occurs."""
        return np.bincount(self.voxel_levels, minlength=self.gray_levels.size)

    @cached_property
    def neighbours(self) -> Neighbours:
        """Return what each voxel has around it; found once for all families."""
        from tilscope.radiomics.texture_kernels import compare_neighbours

        distances, axis = self.settings.distances, self.settings.slice_axis
        offsets, reach = half_directions(distances, axis), max(distances)
        layout = self.lesion.layout(reach)
        volume = np.zeros(layout.size, dtype=np.float32)
        volume[layout.positions] = self.gray_levels[self.voxel_levels]
        n_dependent, total = compare_neighbours(
            volume.reshape(layout.shape), offsets, reach, float(self.settings.gldm_alpha)
        )
        return Neighbours(
            n_dependent[layout.positions],
            total[layout.positions],
            self.lesion.n_neighbours(distances, axis),
            len(offsets),
        )

    def padded(self, reach: int) -> NDArray[np.uint16]:
        """Return ``voxel_levels`` in the box with a border, flat; the number of levels outside the ROI."""
        layout = self.lesion.layout(reach)
        padded = np.full(layout.size, self.gray_levels.size, dtype=np.uint16)
        padded[layout.positions] = self.voxel_levels
        return padded


def gray_image(box: NDArray[np.float64], lesion: Lesion, settings: Settings) -> GrayImage:
    """Cut an image to the ROI and give each voxel its grey level, once for all families.

    Parameters
    ----------
    box : ndarray of float, shape of the lesion's box
    """
    values = box[lesion.mask]
    levels = gray_levels(values, bin_width=settings.bin_width, n_bins=settings.n_bins)
    occurs = np.bincount(levels) > 0
    index_of = (np.cumsum(occurs) - 1).astype(np.uint16)
    return GrayImage(lesion, values, np.flatnonzero(occurs), index_of[levels], settings)
