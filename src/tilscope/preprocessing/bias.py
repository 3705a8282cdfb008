"""The slow intensity field of the coils: estimated once per examination, then divided out of every phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tilscope.preprocessing.bias_methods import bias_method
from tilscope.preprocessing.body import body_mask
from tilscope.preprocessing.interpolation import along_axis
from tilscope.preprocessing.settings import BiasSettings
from tilscope.vocabulary import GeometryError, Grid, Volume

SLAB = 8  # slices
MAX_TURN = 1e-6  # cosines that rounding alone leaves between two grids of one orientation


@dataclass(frozen=True, slots=True, eq=False)
class BiasField:
    """A smooth multiplicative field, stored as its logarithm on a coarse grid.

    Attributes
    ----------
    log_field : ndarray of float64, shape (z, y, x)
        Natural logarithm of the field at the nodes; its mean over the body is 0.
    grid : Grid
        The nodes; the outermost ones lie on the outermost voxels of the reference image.
    method : str
        Method that estimated it.
    body_fraction : float in [0, 1]
        Share of the reference image that is body.
    log_sd : float
        Standard deviation of the log field over the body: 0.1 means about 10 % of shading.
    """

    log_field: NDArray[np.float64]
    grid: Grid
    method: str
    body_fraction: float
    log_sd: float

    def log_at(self, grid: Grid) -> NDArray[np.float64]:
        """Return the log field at the voxels of a grid (linear; beyond the nodes the nearest value).

        Linear interpolation is a product of one-dimensional ones, so each axis is interpolated by itself.

        Raises
        ------
        GeometryError
            IMG-15: the grid is turned against the field's.
        """
        return np.ascontiguousarray(self._log_in_slab(grid, 0, grid.shape[0]))

    def _log_in_slab(self, grid: Grid, first_slice: int, last_slice: int) -> NDArray[np.float64]:
        to_node = np.linalg.inv(self.grid.index_to_lps()) @ grid.index_to_lps()
        steps = np.diag(to_node)[:3]
        if np.abs(to_node[:3, :3] - np.diag(steps)).max() > MAX_TURN:
            raise GeometryError(
                "IMG-15",
                "the bias field and the image have different orientations",
                expected="one orientation",
                remedy="Estimate the field on a phase of the same examination.",
            )
        field = self.log_field
        indices = (np.arange(first_slice, last_slice), np.arange(grid.shape[1]), np.arange(grid.shape[2]))
        for axis, (index, step, first) in enumerate(zip(indices, steps, to_node[:3, 3], strict=True)):
            inside = np.clip(first + step * index, 0.0, field.shape[axis] - 1)
            field = along_axis(field, inside, axis)
        return field

    def correct(self, *volumes: Volume) -> tuple[Volume, ...]:
        """Return volumes of one grid, each divided by the field at its own voxels."""
        if not self.log_field.any():
            return volumes
        grid = volumes[0].grid
        corrected = [np.empty(grid.shape, dtype=np.float32) for _ in volumes]
        # slab by slab: the field of a whole image in float64 would be twice as large as the image
        for first in range(0, grid.shape[0], SLAB):
            last = min(first + SLAB, grid.shape[0])
            gain = np.exp(-self._log_in_slab(grid, first, last))
            for volume, target in zip(volumes, corrected, strict=True):
                target[first:last] = volume.array[first:last] * gain
        return tuple(v.with_array(a) for v, a in zip(volumes, corrected, strict=True))


def estimate_bias(reference: Volume, settings: BiasSettings | None = None) -> BiasField:
    """Estimate the field from one whole phase.

    Parameters
    ----------
    reference : Volume
        The whole first post-contrast phase, as acquired.
    settings : BiasSettings, optional
        Defaults: profile ``recommended`` (N3).

    Returns
    -------
    BiasField
        With mean log 0 inside the body, so that the mean signal stays as it was.

    Raises
    ------
    SeriesError
        IMG-27: a constant image, or too little body.
    """
    settings = BiasSettings() if settings is None else settings
    body = body_mask(reference)
    dense = bias_method(settings.method).fit(reference, body, settings)
    inside = dense[body]
    mean = float(inside.mean())
    dense -= mean
    nodes, grid = _at_nodes(dense, reference.grid, settings.field_step_mm)
    return BiasField(nodes, grid, settings.method, float(body.mean()), float(inside.std()))


def _at_nodes(dense: NDArray[np.float64], grid: Grid, step_mm: float) -> tuple[NDArray[np.float64], Grid]:
    counts, axes, spacings = [], [], []
    for size, spacing in zip(grid.shape, grid.spacing_mm, strict=True):
        n = max(2, int(np.ceil((size - 1) * spacing / step_mm)) + 1)
        counts.append(n)
        axes.append(np.linspace(0.0, size - 1.0, n))
        spacings.append(max((size - 1) * spacing, spacing) / (n - 1))
    where = np.stack(np.meshgrid(*axes, indexing="ij"))
    nodes = np.asarray(ndimage.map_coordinates(dense, where, order=1, mode="nearest"))
    coarse = Grid(
        (counts[0], counts[1], counts[2]),
        (spacings[0], spacings[1], spacings[2]),
        grid.origin_mm,
        grid.direction,
    )
    return nodes, coarse
