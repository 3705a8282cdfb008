"""No bias-field correction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.bias_methods.method import BiasMethod
from tilscope.preprocessing.settings import BiasSettings
from tilscope.vocabulary import Volume


def fit(volume: Volume, body: NDArray[np.bool_], settings: BiasSettings) -> NDArray[np.float64]:
    """Return a log field of zeros, shape (z, y, x)."""
    return np.zeros(volume.grid.shape)


METHOD = BiasMethod(
    name="none",
    description="no bias-field correction",
    limits="shading stays in the features",
    reference="",
    fit=fit,
)
