"""How far apart two colours are for readers with red-green colour blindness."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

# Linear sRGB as the two commonest kinds of colour blindness see it, at full severity: Machado, Oliveira and Fernandes,
# IEEE Trans Vis Comput Graph 2009;15:1291-8, doi:10.1109/TVCG.2009.113, severity 1.0.
SIGHTS: dict[str, NDArray[np.float64]] = {
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
_TO_XYZ = np.array(  # IEC 61966-2-1, white D65
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(axis=1)


def difference(first: str, second: str, sight: str | None = None) -> float:
    """Return the difference of two colours in CIELAB (1976), seen with usual or impaired colour vision.

    Parameters
    ----------
    first, second : str
        Colours as matplotlib reads them.
    sight : str, optional
        A key of `SIGHTS`.

    Returns
    -------
    float
        About 2 is just noticeable beside each other; black and white are 100 apart.
    """
    a, b = (_lab(_seen(colour, sight)) for colour in (first, second))
    return float(np.linalg.norm(a - b))


def _seen(colour: str, sight: str | None) -> NDArray[np.float64]:
    """Return linear sRGB, shape (3,), in [0, 1]."""
    coded = np.asarray(to_rgb(colour), dtype=np.float64)
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return np.clip(linear if sight is None else SIGHTS[sight] @ linear, 0.0, 1.0)


def _lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIELAB of linear sRGB, shape (3,)."""
    share = _TO_XYZ @ linear / _WHITE
    x, y, z = np.where(share > (6 / 29) ** 3, np.cbrt(share), share * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
