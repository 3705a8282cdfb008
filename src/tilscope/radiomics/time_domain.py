"""Moments over time: how a feature runs through the post-contrast phases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import ORIGINAL, TIME_MOMENTS

SHAPE_PREFIXES = ("shape_", f"{ORIGINAL}_shape_")
CONSTANT_RANGE = 1e-10
"""A series whose range is below this share of its largest value is constant: what remains is rounding."""


def time_moments(phases: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return mean, variance, kurtosis and skewness of each feature over the phases.

    Parameters
    ----------
    phases : sequence of mappings from feature name to value
        Post-contrast phases in order of time, at least one, all with the same names. Shape features are
        passed over: they belong to the ROI, not to a phase.

    Returns
    -------
    dict of float
        ``mean_<name>`` for all names, then ``variance_``, ``kurtosis_``, ``skewness_``. Population moments
        (divided by N) as PyRadiomics' first-order features: variance m2, kurtosis m4 / m2^2 (Pearson's, not
        excess: 3 for a normal distribution), skewness m3 / m2^1.5. A constant series has variance, kurtosis
        and skewness 0. Over n phases |skewness| <= (n - 2) / sqrt(n - 1) (1.1547 for 4).

    Raises
    ------
    ValueError
        No phase, or phases with different names.

    References
    ----------
    Equal to ``scipy.stats.kurtosis(fisher=False)`` and ``scipy.stats.skew``, both with ``bias=True``.
    """
    if len(phases) == 0:
        raise ValueError("no phase")
    names = [name for name in phases[0] if not name.startswith(SHAPE_PREFIXES)]
    if any(set(phase) != set(phases[0]) for phase in phases):
        raise ValueError("the phases have different features")
    series = np.array([[phase[name] for name in names] for phase in phases], dtype=np.float64)
    moments = dict(zip(TIME_MOMENTS, _moments(series), strict=True))
    return {
        f"{moment}_{name}": float(value)
        for moment, values in moments.items()
        for name, value in zip(names, values, strict=True)
    }


def _moments(series: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return mean, variance, kurtosis, skewness of each column of an array (n_phases, n_features)."""
    mean = series.mean(axis=0)
    constant = np.ptp(series, axis=0) <= CONSTANT_RANGE * np.abs(series).max(axis=0)
    centred = np.where(constant, 0.0, series - mean)
    spread = np.where(constant, 1.0, np.abs(centred).max(axis=0))
    scaled = centred / spread
    m2, m3, m4 = ((scaled**order).mean(axis=0) for order in (2, 3, 4))
    safe = np.where(constant, 1.0, m2)
    return mean, m2 * spread**2, m4 / safe**2, m3 / safe**1.5
