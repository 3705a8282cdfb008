"""No registration: every phase is taken as it lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.engines.engine import Engine
from tilscope.preprocessing.settings import RegistrationSettings
from tilscope.vocabulary import Volume


def displace(fixed: Volume, moving: Volume, settings: RegistrationSettings) -> NDArray[np.float64]:
    """Return zero vectors, shape (*fixed.shape, 3)."""
    return np.zeros((*fixed.grid.shape, 3))


ENGINE = Engine(
    name="none",
    description="no registration; phases are used as they were acquired",
    limits="any motion between phases stays in the features",
    reference="",
    displace=displace,
)
