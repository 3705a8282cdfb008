"""Kernel of the grey levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled


@compiled
def levels_between(
    values: NDArray[np.float64], edges: NDArray[np.float64], per_width: float
) -> NDArray[np.int64]:
    """Guess the bin by a division, then move until the edges agree: no search per voxel."""
    levels = np.empty(values.size, dtype=np.int64)
    last = edges.size - 1
    for v in range(values.size):
        value = values[v]
        k = int((value - edges[0]) * per_width)
        k = min(k, last)
        while k > 0 and value < edges[k]:
            k -= 1
        while k < last and value >= edges[k + 1]:
            k += 1
        levels[v] = k + 1
    return levels
