"""Volumes as SimpleITK images, the currency of picsl-greedy (of which SimpleITK is a dependency)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import Volume


def to_simpleitk(volume: Volume) -> Any:
    """Return the volume as a SimpleITK image with its true origin, spacing and direction."""
    import SimpleITK

    image: Any = SimpleITK.GetImageFromArray(volume.array)
    image.SetSpacing([float(s) for s in volume.spacing_mm[::-1]])
    image.SetOrigin([float(o) for o in volume.origin_mm])
    image.SetDirection([float(cosine) for row in volume.direction for cosine in row])
    return image


def from_simpleitk(image: Any) -> NDArray[np.float64]:
    """Return the image's values, shape (z, y, x) or (z, y, x, component)."""
    import SimpleITK

    return np.asarray(SimpleITK.GetArrayFromImage(image), dtype=np.float64)
