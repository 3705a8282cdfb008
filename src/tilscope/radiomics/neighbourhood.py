"""The kernel that a feature map moves over the ROI: the voxels around a voxel, and who is whose neighbour there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.directions import AXES, SliceAxis, half_directions
from tilscope.radiomics.gray_image import GrayImage

Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairings:
    """Pairs of voxels of the kernel that lie apart by an offset, offset by offset.

    Attributes
    ----------
    starts : ndarray of int, shape (n_angles + 1,)
        Pairs of the k-th offset are ``starts[k]`` to ``starts[k + 1]``.
    first, second : ndarray of int, shape (n_pairs,)
        Position of the earlier and of the later voxel in the kernel.
    """

    starts: Whole
    first: Whole
    second: Whole


@dataclass(frozen=True, eq=False)
class Kernel:
    """A cube of voxels (a square, within slices) around each voxel.

    Attributes
    ----------
    radius : int
        In voxels.
    slice_axis : {"z", "y", "x"} or None
        Axis along which the kernel is one voxel thick.
    distances : tuple of int
        Distances of neighbours in GLCM, GLDM and NGTDM.
    """

    radius: int
    slice_axis: SliceAxis
    distances: tuple[int, ...]

    @cached_property
    def offsets(self) -> Whole:
        """Return the offsets (z, y, x) of the kernel's voxels in order of memory, shape (n_voxels, 3)."""
        reach = range(-self.radius, self.radius + 1)
        return np.array(list(product(*((0,) if axis == self.slice_axis else reach for axis in AXES))))

    @cached_property
    def directions(self) -> Whole:
        """Return the offsets of GLCM, GLDM and NGTDM, one of each pair of opposite ones."""
        return half_directions(self.distances, self.slice_axis)

    @cached_property
    def neighbours(self) -> Pairings:
        """Return the pairs at the distances of GLCM, GLDM and NGTDM."""
        return self._pairings(self.directions)

    @cached_property
    def touching(self) -> Pairings:
        """Return the pairs at distance 1."""
        return self._pairings(half_directions((1,), self.slice_axis))

    @cached_property
    def lines(self) -> tuple[Whole, NDArray[np.bool_]]:
        """Return for each direction the kernel's voxels line by line, and where a line begins.

        Both of shape (n_angles, n_voxels).
        """
        orders, begins = [], []
        for offset in half_directions((1,), self.slice_axis):
            axis = int(np.flatnonzero(offset)[0])
            along = self.offsets[:, axis]  # grows by 1 from one voxel of a line to the next
            foot = self.offsets - along[:, None] * offset
            order = np.lexsort((along, *foot.T))
            begins.append(np.append(True, (np.diff(foot[order], axis=0) != 0).any(axis=1)))
            orders.append(order)
        return np.array(orders), np.array(begins)

    def steps(self, shape: tuple[int, ...]) -> Whole:
        """Return the distance in memory to each of the kernel's voxels, in a volume of a shape."""
        _, n_y, n_x = shape
        return np.asarray(self.offsets @ np.array([n_y * n_x, n_x, 1]))

    def _pairings(self, directions: Whole) -> Pairings:
        place = {tuple(offset): k for k, offset in enumerate(self.offsets.tolist())}
        found = [
            [
                (k, place[there])
                for here, k in place.items()
                if (there := tuple(a + b for a, b in zip(here, direction, strict=True))) in place
            ]
            for direction in directions.tolist()
        ]
        pairs = np.array([pair for of_one in found for pair in of_one], dtype=np.int64).reshape(-1, 2)
        starts = np.cumsum([0, *(len(of_one) for of_one in found)])
        return Pairings(starts, *np.ascontiguousarray(pairs.T))


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """One image, and the kernel around some of its voxels: what the rows of a map are counted from.

    Attributes
    ----------
    image : GrayImage
        Its lesion holds all voxels that count; others are passed over.
    kernel : Kernel
    centres : ndarray of int64, shape (n_voxels,)
        Flat positions of the map's voxels in the box with a border of the kernel's radius.
    """

    image: GrayImage
    kernel: Kernel
    centres: Whole

    @cached_property
    def padded(self) -> NDArray[np.uint16]:
        """Return the box with the border, flat: position of each level among those that occur."""
        return self.image.padded(self.kernel.radius)

    @cached_property
    def steps(self) -> Whole:
        """Return the distance in memory to each of the kernel's voxels."""
        return self.kernel.steps(self.image.lesion.layout(self.kernel.radius).shape)

    @cached_property
    def intensities(self) -> NDArray[np.float64]:
        """Return the intensities in the box with the border, flat; 0 where no voxel counts."""
        layout = self.image.lesion.layout(self.kernel.radius)
        padded = np.zeros(layout.size)
        padded[layout.positions] = self.image.values
        return padded

    @cached_property
    def levels(self) -> NDArray[np.float64]:
        """Return the grey levels that occur, as floats."""
        return self.image.gray_levels.astype(np.float64)

    @cached_property
    def logarithms(self) -> NDArray[np.float64]:
        """Return log2 of 0 (as 0), 1, 2, ... up to any count in a kernel."""
        largest = 2 * max(
            int(np.diff(self.kernel.neighbours.starts).max(initial=0)), len(self.kernel.offsets)
        )
        return np.append(0.0, np.log2(np.arange(1, largest + 1)))

    def batch(self, start: int, stop: int) -> Neighbourhoods:
        """Return the same around a part of the voxels; what is found once stays found."""
        part = Neighbourhoods(self.image, self.kernel, self.centres[start:stop])
        for name in ("padded", "steps", "intensities", "levels", "logarithms"):
            part.__dict__[name] = getattr(self, name)
        return part
