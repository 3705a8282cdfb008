"""What is demanded of the values of every volume that comes in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import SeriesError


def check_voxels(array: NDArray[np.float32], file: object, what: str = "the image") -> None:
    """Refuse values that no feature can be computed from.

    Raises
    ------
    SeriesError
        IMG-26 for NaN or infinite voxels, IMG-27 for a constant volume.
    """
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        n_bad = int(np.count_nonzero(~np.isfinite(array)))
        raise SeriesError(
            "IMG-26",
            f"{what} has voxels that are not numbers",
            file=file,
            found=f"{n_bad} NaN or infinite voxels of {array.size}",
            expected="finite values",
            remedy="Export the original image; do not mask with NaN.",
        )
    if low == high:
        raise SeriesError(
            "IMG-27",
            f"{what} has the same value everywhere",
            file=file,
            found=f"{low:g}",
            expected="an image",
            remedy="Export the examination again.",
        )
