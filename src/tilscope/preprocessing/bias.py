"""The slow intensity field of the coils: estimated once per examination, then divided out of every phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tilscope.preprocessing.bias_methods import bias_method
from tilscope.preprocessing.body import body_mask
from tilscope.preprocessing.settings import BiasSettings
from tilscope.vocabulary import Grid, Volume


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
        """Return the log field at the voxels of any grid (cubic; beyond the nodes the nearest value)."""
        to_node = np.linalg.inv(self.grid.index_to_lps()) @ grid.index_to_lps()
        last = np.array(self.grid.shape).reshape(3, 1, 1, 1) - 1.0
        index = np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"))
        node = np.tensordot(to_node[:3, :3], index, axes=1) + to_node[:3, 3].reshape(3, 1, 1, 1)
        return np.asarray(
            ndimage.map_coordinates(self.log_field, np.clip(node, 0.0, last), order=3, mode="mirror")
        )

    def correct(self, volume: Volume) -> Volume:
        """Return the volume divided by the field at its own voxels."""
        if not self.log_field.any():
            return volume
        return volume.with_array((volume.array * np.exp(-self.log_at(volume.grid))).astype(np.float32))


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
    nodes, grid = _at_nodes(dense - mean, reference.grid, settings.field_step_mm)
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
