"""One image inside the ROI with its grey levels: what all families of scope ``image`` start from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.binning import gray_levels, ibsi_gray_levels
from tilscope.radiomics.directions import half_directions
from tilscope.radiomics.family import Lesion
from tilscope.radiomics.settings import Settings


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
    _padded: dict[int, NDArray[np.uint16]] = field(default_factory=dict, repr=False)

    @property
    def n_gray(self) -> int:
        """Return the largest grey level (``Ng`` of PyRadiomics); levels below it may be absent."""
        return int(self.gray_levels[-1])

    @cached_property
    def level_counts(self) -> NDArray[np.int64]:
        """Return the number of voxels of each level that occurs."""
        return np.bincount(self.voxel_levels, minlength=self.gray_levels.size)

    @cached_property
    def pairs_and_runs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the pairs and runs of neighbours at distance 1; found once for GLCM and GLRLM.

        Returns
        -------
        pairs : ndarray of int32, shape (n_angles, n_levels + 1, n_levels + 1)
        runs : ndarray of int32, shape (n_angles, n_levels, longest)
            Number of runs; last axis: length - 1.
        """
        pairs, at_least = self.count_pairs((1,))
        return pairs, at_least[:, :, :-1] - at_least[:, :, 1:]

    def count_pairs(self, distances: tuple[int, ...]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return what `texture_kernels.count_pairs_and_runs` counts at some distances."""
        from tilscope.radiomics.texture_kernels import count_pairs_and_runs

        reach = max(distances)
        layout = self.lesion.layout(reach)
        return count_pairs_and_runs(
            self.padded(reach),
            layout.positions,
            layout.steps(half_directions(distances, self.settings.slice_axis)),
            self.gray_levels.size,
            max(self.lesion.mask.shape),
        )

    @cached_property
    def dependences(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what `texture_kernels.count_dependences` counts; found once for GLDM and NGTDM."""
        from tilscope.radiomics.texture_kernels import count_dependences

        distances, axis = self.settings.distances, self.settings.slice_axis
        reach = max(distances)
        layout = self.lesion.layout(reach)
        volume = np.zeros(layout.size, dtype=np.float32)
        volume[layout.positions] = self.gray_levels.astype(np.float32)[self.voxel_levels]
        return count_dependences(
            volume.reshape(layout.shape),
            layout.positions,
            self.voxel_levels,
            self.lesion.n_neighbours(distances, axis),
            half_directions(distances, axis),
            float(self.settings.gldm_alpha),
            self.gray_levels.size,
        )

    def padded(self, reach: int) -> NDArray[np.uint16]:
        """Return ``voxel_levels`` in the box with a border, flat; the number of levels outside the ROI."""
        if reach not in self._padded:
            layout = self.lesion.layout(reach)
            padded = np.full(layout.size, self.gray_levels.size, dtype=np.uint16)
            padded[layout.positions] = self.voxel_levels
            self._padded[reach] = padded
        return self._padded[reach]


def gray_image(
    box: NDArray[np.floating], lesion: Lesion, settings: Settings, *, is_filtered: bool = True
) -> GrayImage:
    """Cut an image to the ROI and give each voxel its grey level, once for all families.

    Parameters
    ----------
    box : ndarray of float32 or float64, shape of the lesion's box
        The edges of the bins have its precision, as PyRadiomics' have; all else is in double precision.
    is_filtered : bool
        The image is not in the units of ``settings.resegment_range``, so that no bin can start there.
    """
    values = box[lesion.mask]
    levels = _levels(values, settings, is_filtered=is_filtered)
    occurs = np.bincount(levels) > 0
    index_of = (np.cumsum(occurs) - 1).astype(np.uint16)
    return GrayImage(lesion, values.astype(np.float64), np.flatnonzero(occurs), index_of[levels], settings)


def _levels(values: NDArray[np.floating], settings: Settings, *, is_filtered: bool) -> NDArray[np.int64]:
    width, n_bins = settings.bin_width, settings.n_bins
    if not settings.ibsi:
        return gray_levels(values, bin_width=width, n_bins=n_bins)
    has_range = settings.resegment_range is not None and settings.resegment_mode == "absolute"
    lowest = min(settings.resegment_range or ()) if has_range and not is_filtered else None
    return ibsi_gray_levels(values.astype(np.float64), bin_width=width, n_bins=n_bins, lowest=lowest)
