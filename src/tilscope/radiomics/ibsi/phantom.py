"""IBSI's digital phantom: 5 x 4 x 4 voxels of 2 mm, 74 of them in the ROI.

Source: Image Biomarker Standardisation Initiative, digital phantom (design: Alex Zwanenburg;
https://github.com/theibsi/data_sets, ibsi_1_digital_phantom), licensed CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/). Changed: the voxels are written as text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SPACING_MM = (2.0, 2.0, 2.0)

# Four slices side by side; rows run along y, digits along x.
INTENSITIES = """
14411   14411   14411   14411
14611   11611   11111   11111
41641   11311   11911   11111
44641   44611   11611   11611
"""
ROI = """
11111   11111   11100   11100
11111   11111   11111   11111
11111   01111   11011   11111
11111   11111   11111   11111
"""


def phantom_image() -> NDArray[np.float64]:
    """Return the intensities (they are the grey levels), shape (z, y, x) = (4, 4, 5)."""
    return _volume(INTENSITIES).astype(np.float64)


def phantom_mask() -> NDArray[np.bool_]:
    """Return the ROI, shape (z, y, x) = (4, 4, 5)."""
    return _volume(ROI) == 1


def _volume(text: str) -> NDArray[np.int64]:
    lines = [[[int(digit) for digit in row] for row in line.split()] for line in text.strip().splitlines()]
    return np.array(lines).transpose(1, 0, 2)
