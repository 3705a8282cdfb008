"""The kernel that describes the intensities around each voxel of a map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.compiled import compiled
from tilscope.radiomics.family import EPSILON
from tilscope.radiomics.neighbourhood_kernels import N_DISTRIBUTION, PASSED_OVER, local_levels

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FEW = 64


@compiled
def _sort(values: Floats) -> None:
    """Sort in place; a few values by insertion."""
    if values.size > FEW:
        values.sort()
        return
    for k in range(1, values.size):
        value, place = values[k], k
        while place > 0 and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value


@compiled
def _percentile(values: Floats, share: float) -> float:
    """Return a percentile of sorted values, interpolated as ``numpy.percentile`` does."""
    place = (values.size - 1) * share
    lower = int(np.floor(place))
    below, above = values[lower], values[min(lower + 1, values.size - 1)]
    rest = place - lower
    if rest < 0.5:
        return below + (above - below) * rest
    return above - (above - below) * (1.0 - rest)


@compiled
def _moments(values: Floats, shift: float, out: Floats) -> None:
    """Fill in mean, extremes, central moments 2 to 4, mean deviation and energy of sorted values."""
    n = values.size
    total = energy = m2 = m3 = m4 = deviation = 0.0
    for value in values:
        total += value
        energy += (value + shift) * (value + shift)
    mean = total / n
    out[1], out[2], out[7] = values[0], values[-1], energy
    if values[0] == values[-1]:  # flat: no rounding is taken for spread
        out[0], out[3], out[4], out[5], out[6] = values[0], 0.0, 0.0, 0.0, 0.0
        return
    for value in values:
        centred = value - mean
        square = centred * centred
        m2 += square
        m3 += square * centred
        m4 += square * square
        deviation += abs(centred)
    out[0], out[3], out[4], out[5], out[6] = mean, m2 / n, m3 / n, m4 / n, deviation / n


@compiled
def _robust_deviation(values: Floats, low: float, high: float) -> float:
    """Return the mean distance from the mean among the values from low to high; NaN if there are none."""
    total = deviation = 0.0
    n = 0
    for value in values:
        if low <= value <= high:
            total += value
            n += 1
    if n == 0:
        return np.nan
    mean = total / n
    for value in values:
        if low <= value <= high:
            deviation += abs(value - mean)
    return deviation / n


@compiled
def distributions(
    padded: NDArray[np.uint16],
    intensities: Floats,
    centres: Whole,
    steps: Whole,
    n_levels: int,
    shift: float,
    voxel_volume_mm3: float,
) -> Floats:
    """Return the first 18 numbers of `firstorder.Distribution` around each voxel, shape (18, n_voxels)."""
    out = np.empty((centres.size, N_DISTRIBUTION))
    slot = np.full(n_levels, PASSED_OVER)
    local, present = np.empty(steps.size, np.int64), np.empty(steps.size, np.int64)
    gathered, counts = np.empty(steps.size), np.zeros(steps.size)
    for v in range(centres.size):
        row = out[v]
        n_local = local_levels(padded, centres[v], steps, n_levels, slot, local, present)
        n = 0
        for k in range(steps.size):
            if local[k] != PASSED_OVER:
                gathered[n] = intensities[centres[v] + steps[k]]
                counts[local[k]] += 1.0
                n += 1
        values = gathered[:n]
        _sort(values)
        _moments(values, shift, row)
        row[9], row[10] = _percentile(values, 0.1), _percentile(values, 0.25)
        row[11], row[12], row[13] = (
            _percentile(values, 0.5),
            _percentile(values, 0.75),
            _percentile(values, 0.9),
        )
        row[8] = _robust_deviation(values, row[9], row[13])
        entropy = uniformity = 0.0
        for m in range(n_local):
            share = counts[m] / n
            counts[m] = 0.0
            entropy -= share * np.log2(share + EPSILON)
            uniformity += share * share
        row[14], row[15], row[16], row[17] = entropy, uniformity, n, voxel_volume_mm3
    return out.T.copy()
