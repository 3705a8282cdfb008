"""Sums over blocks of voxels, from which the bias-field methods take their samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import Volume


def block_factors(volume: Volume, step_mm: float) -> list[int]:
    """Return how many voxels along (z, y, x) make a block of about this edge."""
    return [max(1, round(step_mm / s)) for s in volume.spacing_mm]


def block_sums(values: NDArray[Any], factors: list[int]) -> NDArray[np.float64]:
    """Return the sums over blocks; the last ones of an axis may be cut.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
    factors : list of int
        Voxels per block along each axis.

    Returns
    -------
    ndarray of float64, one element per block
    """
    first = factors[0]
    shape = [-(-n // f) for n, f in zip(values.shape, factors, strict=True)]
    sums = np.empty(shape)
    edge = [(0, b * f - n) for n, f, b in zip(values.shape[1:], factors[1:], shape[1:], strict=True)]
    # slab by slab: a whole image in float64 would be the largest array of the step
    for k in range(shape[0]):
        slab = np.pad(values[k * first : (k + 1) * first].astype(np.float64), [(0, 0), *edge])
        blocks = slab.reshape(len(slab), shape[1], factors[1], shape[2], factors[2])
        sums[k] = blocks.sum(axis=(0, 2, 4))
    return sums
