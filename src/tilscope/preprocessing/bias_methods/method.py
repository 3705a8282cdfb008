"""What a bias-field method is: one record, one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.settings import BiasSettings
from tilscope.vocabulary import Volume

Fit = Callable[[Volume, NDArray[np.bool_], BiasSettings], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class BiasMethod:
    """One way to estimate the field.

    Attributes
    ----------
    name : str
        As in the settings.
    description, limits, reference : str
        What it does, where it fails, and where it is published.
    fit : callable
        ``fit(volume, body, settings)`` returns the log field at every voxel, shape (z, y, x), up to a
        constant.
    """

    name: str
    description: str
    limits: str
    reference: str
    fit: Fit
