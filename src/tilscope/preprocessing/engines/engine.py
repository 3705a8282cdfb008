"""What a registration engine is: one record, one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.settings import RegistrationSettings
from tilscope.vocabulary import Volume

Displace = Callable[[Volume, Volume, RegistrationSettings], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to find where the tissue of the fixed image lies in the moving image.

    Attributes
    ----------
    name : str
        As in the settings.
    description, limits, reference : str
        What it does, where it fails, and where it is published.
    displace : callable
        ``displace(fixed, moving, settings)`` returns LPS vectors in mm, shape (*fixed.shape, 3): the tissue at
        point p of ``fixed`` lies at p + vector in ``moving``. Same input and seed give the same bits.
    """

    name: str
    description: str
    limits: str
    reference: str
    displace: Displace
