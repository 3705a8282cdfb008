"""Kernel of the wavelet transform (imported only when sub-bands are wanted)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled


@compiled
def low_and_high(
    data: NDArray[np.float64],
    step: int,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    approximation: NDArray[np.float64],
    detail: NDArray[np.float64],
) -> None:
    """Filter along one axis, with both filters at once, where the filters lie wholly inside.

    Blocks that lie side by side in memory are filtered at a time. Each sum runs over the filter from its
    first coefficient to its last, as in PyWavelets.

    Parameters
    ----------
    data : ndarray of float, shape (n_blocks, n_in, step)
        ``step`` is the number of values between neighbours along the filtered axis.
    low, high : ndarray of float, shape (n_filter,)
        Decomposition filters.
    approximation, detail : ndarray of float, shape (n_blocks, n_in - n_filter + 1, step)
        Filled here.
    """
    n_filter = low.size
    n_blocks, n_out, _ = approximation.shape
    chunks, length = (1, n_out) if step == 1 else (n_out, step)
    flat_in, flat_low, flat_high = data.ravel(), approximation.ravel(), detail.ravel()
    for block in range(n_blocks):
        for chunk in range(chunks):
            start = (block * n_out + chunk) * step
            a, d = flat_low[start : start + length], flat_high[start : start + length]
            for j in range(n_filter):
                first = (block * data.shape[1] + chunk + n_filter - 1 - j) * step
                x = flat_in[first : first + length]
                low_j, high_j = low[j], high[j]
                if j == 0:
                    for m in range(length):
                        a[m] = low_j * x[m]
                        d[m] = high_j * x[m]
                else:
                    for m in range(length):
                        a[m] += low_j * x[m]
                        d[m] += high_j * x[m]
