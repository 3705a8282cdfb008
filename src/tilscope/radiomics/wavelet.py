"""The sub-bands of an undecimated wavelet transform, computed only around the lesion.

The transform is periodic, as in PyRadiomics: an axis of odd length is first lengthened by its own first
voxel, then wrapped. A sub-band voxel depends on the voxels within the filter's support, so a crop with
that margin (wrapped where it leaves the image) gives the same values as the whole image. Each further
level filters the approximation of the one before with the same (not dilated) filters, as PyRadiomics
does, and so reads one support more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bands = dict[str, NDArray[np.float64]]
AXES_XYZ = (2, 1, 0)
"""First letter of a band's name: x; then y; then z (PyRadiomics' order)."""


def wavelet_support(wavelet: str) -> int:
    """Return how many voxels on either side a sub-band voxel depends on, per level."""
    import pywt

    return int(pywt.Wavelet(wavelet).dec_len // 2)


def band_names(n_axes: int) -> tuple[str, ...]:
    """Return the names of a level's sub-bands in PyRadiomics' order: details, approximation last."""
    approximation, *details = ("".join(letters) for letters in product("LH", repeat=n_axes))
    return (*details, approximation)


def wavelet_levels(
    image: NDArray[Any],
    box: tuple[slice, slice, slice],
    wavelet: str = "coif1",
    *,
    n_levels: int = 1,
    axes: Sequence[int] = AXES_XYZ,
) -> Iterator[Bands]:
    """Yield the sub-bands inside a box, level by level.

    Parameters
    ----------
    image : ndarray, shape (z, y, x)
        The whole image; its borders wrap.
    box : tuple of slice
        Which part of the sub-bands is wanted.
    wavelet : str
        A discrete wavelet of PyWavelets.
    n_levels : int
        Number of levels, from the first.
    axes : sequence of int
        The axes that are filtered, in the order of the letters.

    Yields
    ------
    dict of ndarray of float, shape of the box
        Keys as `band_names`: low or high pass along x, y, z (for the default axes).

    References
    ----------
    Equal to PyRadiomics 3.0 ``imageoperations._swt3`` on a double-precision image, to the bit where
    PyWavelets is (PyRadiomics computes single-precision images in single precision).
    """
    import pywt

    filters = pywt.Wavelet(wavelet)
    low, high = np.asarray(filters.dec_lo), np.asarray(filters.dec_hi)
    after = low.size // 2
    before = low.size - 1 - after
    names = band_names(len(axes))
    data = _read(
        image, box, [(n_levels * before, n_levels * after) if a in axes else (0, 0) for a in range(3)]
    )
    for remaining in reversed(range(n_levels)):
        inner = tuple(
            slice(remaining * before, data.shape[a] - low.size + 1 - remaining * after)
            if a in axes
            else slice(None)
            for a in range(3)
        )
        bands = _decomposed(data, low, high, axes)
        data = bands[names[-1]]
        yield {name: bands[name][inner] for name in names}


def _read(
    image: NDArray[Any], box: tuple[slice, slice, slice], margins: list[tuple[int, int]]
) -> NDArray[np.float64]:
    """Cut a box and its margins out of the periodic image."""
    spans = [(cut.start - m, cut.stop + n) for cut, (m, n) in zip(box, margins, strict=True)]
    if all(start >= 0 and stop <= size for (start, stop), size in zip(spans, image.shape, strict=True)):
        return np.ascontiguousarray(image[tuple(slice(*span) for span in spans)], dtype=np.float64)
    indices = [_wrapped(*span, size) for span, size in zip(spans, image.shape, strict=True)]
    return np.ascontiguousarray(image[np.ix_(*indices)], dtype=np.float64)


def _wrapped(start: int, stop: int, size: int) -> NDArray[np.int64]:
    period = size + size % 2
    indices = np.arange(start, stop) % period
    indices[indices == size] = 0
    return indices


def _decomposed(
    data: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], axes: Sequence[int]
) -> Bands:
    """Filter along one axis after the other, and lose the margin of the filters."""
    from tilscope.radiomics.wavelet_kernels import low_and_high

    bands = {"": data}
    for axis in axes:
        shape = next(iter(bands.values())).shape
        out = tuple(n - low.size + 1 if a == axis else n for a, n in enumerate(shape))
        step = int(np.prod(shape[axis + 1 :]))
        filtered: Bands = {}
        for name, band in bands.items():
            halves = np.empty((2, int(np.prod(shape[:axis])), out[axis], step))
            low_and_high(band.reshape(-1, shape[axis], step), step, low, high, halves[0], halves[1])
            filtered |= {f"{name}L": halves[0].reshape(out), f"{name}H": halves[1].reshape(out)}
        bands = filtered
    return bands
