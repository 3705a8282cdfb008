"""The eight sub-bands of a one-level undecimated wavelet transform, computed only around the lesion.

The transform is periodic, as in PyRadiomics: an axis of odd length is first lengthened by its own first
voxel, then wrapped. A sub-band voxel depends on the voxels within the filter's support, so a crop with
that margin (wrapped where it leaves the image) gives the same values as the whole image.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

AXES_XYZ = (2, 1, 0)
"""First letter of a band's name: x; then y; then z (PyRadiomics' order)."""


def wavelet_support(wavelet: str) -> int:
    """Return how many voxels on either side a sub-band voxel depends on."""
    import pywt

    return int(pywt.Wavelet(wavelet).dec_len // 2)


def wavelet_bands(
    image: NDArray[Any], box: tuple[slice, slice, slice], wavelet: str = "coif1"
) -> dict[str, NDArray[np.float64]]:
    """Return the sub-bands inside a box.

    Parameters
    ----------
    image : ndarray, shape (z, y, x)
        The whole image; its borders wrap.
    box : tuple of slice
        Which part of the sub-bands is wanted.
    wavelet : str
        A discrete wavelet of PyWavelets.

    Returns
    -------
    dict of ndarray of float, shape of the box
        Keys ``LLL`` ... ``HHH``: low or high pass along x, y, z.

    References
    ----------
    Equal to PyRadiomics 3.0 ``imageoperations.getWaveletImage`` with ``level`` 1 on a double-precision
    image (PyRadiomics computes single-precision images in single precision).
    """
    import pywt

    reach = wavelet_support(wavelet)
    windows = [_window(size, cut, reach) for size, cut in zip(image.shape, box, strict=True)]
    crop = image[np.ix_(*(indices for indices, _ in windows))].astype(np.float64)
    inner = tuple(slice(a, a + cut.stop - cut.start) for (_, a), cut in zip(windows, box, strict=True))
    (bands,) = pywt.swtn(crop, wavelet, level=1, start_level=0, axes=AXES_XYZ)
    return {name.replace("a", "L").replace("d", "H"): band[inner] for name, band in bands.items()}


def _window(size: int, cut: slice, reach: int) -> tuple[NDArray[np.int64], int]:
    """Return which voxels along an axis to read (an even number), and where the cut starts among them."""
    period = size + size % 2
    start, stop = cut.start - reach, cut.stop + reach
    stop += (stop - start) % 2
    if stop - start >= period:
        start, stop = 0, period
    wrapped = np.arange(start, stop) % period
    wrapped[wrapped == size] = 0
    return wrapped, cut.start - start
