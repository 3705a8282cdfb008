"""Grey levels: intensities to whole numbers from 1, with PyRadiomics' bin edges or by IBSI's formulas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import SettingsError

MAX_LEVELS = 1024
"""More levels than this make texture matrices of gigabytes and of chance counts: a unit mistake."""


def bin_edges(
    values: NDArray[np.floating], *, bin_width: float = 25.0, n_bins: int | None = None
) -> NDArray[np.floating]:
    """Return the edges of the half-open bins that hold the values.

    Parameters
    ----------
    values : ndarray of float32 or float64, shape (n,)
        Intensities inside the ROI. The edges have their precision, as PyRadiomics' have.
    bin_width : float, > 0
        In units of the intensities; edges are multiples of it, the first at or below the minimum.
    n_bins : int, optional
        If given, that many equal bins from minimum to maximum instead; the last one holds the maximum.

    References
    ----------
    Equal to PyRadiomics 3.0 ``imageoperations.getBinEdges``.
    """
    if n_bins is not None:
        edges = np.histogram_bin_edges(values, n_bins)
        edges[-1] += 1.0
        return edges
    low, high = values.min(), values.max()
    start = low - low % bin_width
    return np.arange(start, high + 2.0 * bin_width, bin_width)


def gray_levels(
    values: NDArray[np.floating], *, bin_width: float = 25.0, n_bins: int | None = None
) -> NDArray[np.int64]:
    """Return the grey level (1, 2, ...) of each value.

    Raises
    ------
    SettingsError
        SET-24: the bin width would cut the range into more than `MAX_LEVELS` levels.

    References
    ----------
    Equal to ``numpy.digitize`` with `bin_edges`, to the last voxel on an edge.
    """
    span = float(values.max() - values.min())
    if n_bins is None:
        _refuse_many_levels(span, bin_width)
    from tilscope.radiomics.binning_kernels import levels_between

    edges = bin_edges(values, bin_width=bin_width, n_bins=n_bins)
    if (
        edges.size == 1
    ):  # one intensity, a multiple of the bin width, so large that adding to it changes nothing
        return np.ones(values.size, dtype=np.int64)
    width = bin_width if n_bins is None else span / n_bins
    return levels_between(
        values.astype(np.float64, copy=False),
        edges.astype(np.float64, copy=False),
        1.0 / width if width > 0 else 0.0,
    )


def ibsi_gray_levels(
    values: NDArray[np.float64],
    *,
    bin_width: float = 25.0,
    n_bins: int | None = None,
    lowest: float | None = None,
) -> NDArray[np.int64]:
    """Return the grey level (1, 2, ...) of each value as IBSI defines it.

    Parameters
    ----------
    values, bin_width, n_bins
        As in `bin_edges`.
    lowest : float, optional
        Where the first bin of a fixed width starts (the low end of the resegmentation range). Default: the
        minimum of the values. Without meaning if ``n_bins`` is given.

    Raises
    ------
    SettingsError
        SET-24: as in `gray_levels`.

    References
    ----------
    IBSI reference manual, K15C (fixed bin number) and Q3RU (fixed bin size).
    """
    low, high = float(values.min()), float(values.max())
    if n_bins is not None:
        of_all = np.full(values.size, n_bins, dtype=np.int64)
        inner = values < high
        of_all[inner] = np.floor(n_bins * (values[inner] - low) / (high - low)).astype(np.int64) + 1
        return np.minimum(of_all, n_bins)
    start = low if lowest is None else lowest
    _refuse_many_levels(high - start, bin_width)
    return np.floor((values - start) / bin_width).astype(np.int64) + 1


def _refuse_many_levels(span: float, bin_width: float) -> None:
    if span / bin_width > MAX_LEVELS:
        raise SettingsError(
            "SET-24",
            "the bin width is far too small for these intensities",
            found=f"{span / bin_width:.0f} grey levels (range {span:.4g}, bin width {bin_width:g})",
            expected=f"at most {MAX_LEVELS}",
            remedy="Normalise the images (z-score x 100), raise bin_width, or set n_bins.",
        )
