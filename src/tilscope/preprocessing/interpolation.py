"""Linear interpolation along one axis at a time: a product of such is linear in all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def along_axis(field: NDArray[np.float64], positions: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return a field at fractional nodes along one axis.

    Parameters
    ----------
    field : ndarray of float64, shape (z, y, x)
    positions : ndarray of float64, shape (n,)
        In nodes; beyond the outermost ones the field runs on as between the last two. One node is taken as constant.
    axis : int

    Returns
    -------
    ndarray of float64, with n elements along that axis
    """
    size = field.shape[axis]
    if size == 1:
        return np.repeat(field, len(positions), axis)
    left = np.clip(np.floor(positions).astype(int), 0, size - 2)
    share = (positions - left).reshape([-1 if a == axis else 1 for a in range(3)])
    return np.take(field, left, axis) * (1.0 - share) + np.take(field, left + 1, axis) * share
