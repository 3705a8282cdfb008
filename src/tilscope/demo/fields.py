"""Smooth random fields, the stuff of which the synthetic tissue, motion and coil are made."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[np.float32]
Shape = tuple[int, int, int]
Spacing = tuple[float, float, float]


def texture(rng: Generator, shape: Shape, spacing_mm: Spacing, scale_mm: float) -> Array:
    """Return Gaussian noise smoothed by a Gaussian of ``scale_mm`` sd, of mean 0 and sd 1 (periodic)."""
    white = rng.standard_normal(shape, dtype=np.float32)
    spectrum = scipy.fft.rfftn(white) * _low_pass(shape, spacing_mm, scale_mm)
    field = scipy.fft.irfftn(spectrum, s=shape).astype(np.float32)
    field -= field.mean()
    return np.asarray(field / field.std(), dtype=np.float32)


@lru_cache(maxsize=16)
def _low_pass(shape: Shape, spacing_mm: Spacing, scale_mm: float) -> Array:
    squares = [
        (np.fft.rfftfreq(n, d) if axis == 2 else np.fft.fftfreq(n, d)) ** 2
        for axis, (n, d) in enumerate(zip(shape, spacing_mm, strict=True))
    ]
    total = squares[0][:, None, None] + squares[1][None, :, None] + squares[2][None, None, :]
    return np.asarray(np.exp(-2.0 * (np.pi * scale_mm) ** 2 * total), dtype=np.float32)


def low_order(rng: Generator, shape: Shape, order: int) -> Array:
    """Return a field of the first ``order`` cosines per axis without the constant one, sd about 1."""
    weights = rng.standard_normal((order, order, order)).astype(np.float32)
    weights[0, 0, 0] = 0.0
    bases = [_cosines(n, order) for n in shape]
    field = np.einsum("ijk,zi,yj,xk->zyx", weights, *bases, optimize=True)
    return np.asarray(field / np.sqrt((weights**2).sum()), dtype=np.float32)


@lru_cache(maxsize=16)
def _cosines(n: int, order: int) -> Array:
    position = (np.arange(n) + 0.5) / n
    basis = np.cos(np.pi * position[:, None] * np.arange(order)[None, :])
    basis[:, 1:] *= np.sqrt(2.0)
    return np.asarray(basis, dtype=np.float32)


def step(distance: Array, width: float) -> Array:
    """Return a soft step from 0 (distance << 0) to 1 (distance >> 0) over ``width``, in the distance's unit."""
    return np.asarray(0.5 * (1.0 + np.tanh(distance / np.float32(2.0 * width))), dtype=np.float32)
