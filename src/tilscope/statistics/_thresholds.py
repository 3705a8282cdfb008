"""Counting patients from a threshold on; what ROC, precision-recall and decision curves share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def n_at_least(values: Array, thresholds: Array) -> Array:
    """Return how many values are >= each threshold."""
    return values.size - np.searchsorted(np.sort(values), thresholds, side="left").astype(np.float64)
