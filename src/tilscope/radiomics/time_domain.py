"""Moments over time: how a feature runs through the post-contrast phases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import ORIGINAL, TIME_MOMENTS, SettingsError

Array = NDArray[np.float64]

SHAPE_PREFIXES = ("shape_", "shape2D_", f"{ORIGINAL}_shape_", f"{ORIGINAL}_shape2D_")
FEWEST_FOR_SAMPLE = 4
CONSTANT_RANGE = 1e-10
"""A series whose range is below this share of its largest value is constant: what remains is rounding."""


def time_moments(
    phases: Sequence[Mapping[str, float]],
    *,
    moments: Literal["population", "sample"] = "population",
    constant: Literal["zero", "missing"] = "zero",
) -> dict[str, float]:
    """Return mean, variance, kurtosis and skewness of each feature over the phases.

    Parameters
    ----------
    phases : sequence of mappings from feature name to value
        Post-contrast phases in order of time, at least one, all with the same names. Shape features are
        passed over: they belong to the ROI, not to a phase.
    moments : {"population", "sample"}
        ``population`` divides by N, as PyRadiomics' first-order features do: variance m2, skewness
        m3 / m2^1.5, kurtosis m4 / m2^2. ``sample`` corrects their bias and needs at least 4 phases. Kurtosis
        is Pearson's, not excess, either way: 3 for a normal distribution.
    constant : {"zero", "missing"}
        Kurtosis and skewness of a feature that is equal in all phases, up to rounding: 0, or NaN. Its variance
        is 0 either way.

    Returns
    -------
    dict of float
        ``mean_<name>`` for all names, then ``variance_``, ``kurtosis_``, ``skewness_``. Over n phases the
        population's |skewness| is at most (n - 2) / sqrt(n - 1) (1.1547 for 4), the sample's that times
        sqrt(n (n - 1)) / (n - 2) (2 for 4). NaN where a phase is NaN.

    Raises
    ------
    SettingsError
        SET-28: sample moments of fewer than 4 phases.
    ValueError
        No phase, or phases with different names.

    References
    ----------
    Equal to ``scipy.stats.kurtosis(fisher=False)`` and ``scipy.stats.skew``, with ``bias=True`` (population)
    or ``False`` (sample; Joanes 1998, doi:10.1111/1467-9884.00122).
    """
    if len(phases) == 0:
        raise ValueError("no phase")
    if moments == "sample" and len(phases) < FEWEST_FOR_SAMPLE:
        raise SettingsError(
            "SET-28",
            "moments free of bias need more phases",
            found=f"{len(phases)} post-contrast phases",
            expected=f"at least {FEWEST_FOR_SAMPLE}",
            remedy="Set moments = 'population'.",
        )
    names = [name for name in phases[0] if not name.startswith(SHAPE_PREFIXES)]
    if any(set(phase) != set(phases[0]) for phase in phases):
        raise ValueError("the phases have different features")
    series = np.array([[phase[name] for name in names] for phase in phases], dtype=np.float64)
    found = column_moments(series, moments=moments, constant=constant)
    return {
        f"{moment}_{name}": float(value)
        for moment, values in found.items()
        for name, value in zip(names, values, strict=True)
    }


def column_moments(
    series: Array,
    *,
    moments: Literal["population", "sample"] = "population",
    constant: Literal["zero", "missing"] = "zero",
) -> dict[str, Array]:
    """Return the moments of `time_moments` for the columns of an array: of features, or of a map's voxels.

    Parameters
    ----------
    series : ndarray of float, shape (n_phases, n_columns)
        Phases in order of time; NaN in any phase makes the column's moments NaN.
    moments, constant
        As of `time_moments`.

    Returns
    -------
    dict of ndarray, shape (n_columns,)
        By the name of the moment, in the order of ``TIME_MOMENTS``.
    """
    of_columns = _sample_moments if moments == "sample" else _population_moments
    mean, variance, kurtosis, skewness = of_columns(series)
    if constant == "missing":
        kurtosis, skewness = (np.where(_is_constant(series), np.nan, m) for m in (kurtosis, skewness))
    return dict(zip(TIME_MOMENTS, (mean, variance, kurtosis, skewness), strict=True))


def _is_constant(series: Array) -> NDArray[np.bool_]:
    return np.asarray(np.ptp(series, axis=0) <= CONSTANT_RANGE * np.abs(series).max(axis=0))


def _population_moments(series: Array) -> tuple[Array, ...]:
    """Return mean, variance, kurtosis, skewness of each column of an array (n_phases, n_features)."""
    constant = _is_constant(series)
    mean = series.mean(axis=0)
    centred = np.where(constant, 0.0, series - mean)
    spread = np.where(constant, 1.0, np.abs(centred).max(axis=0))
    scaled = centred / spread
    m2, m3, m4 = ((scaled**order).mean(axis=0) for order in (2, 3, 4))
    safe = np.where(constant, 1.0, m2)
    return mean, m2 * spread**2, m4 / safe**2, m3 / safe**1.5


def _sample_moments(series: Array) -> tuple[Array, ...]:
    """Return the same, free of bias for a normal distribution; kurtosis and skewness 0 where constant."""
    n = len(series)
    mean, variance, kurtosis, skewness = _population_moments(series)
    g2 = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (kurtosis - 3.0) + 6.0)
    g1 = skewness * np.sqrt(n * (n - 1)) / (n - 2)
    constant = _is_constant(series)
    return mean, variance * n / (n - 1), np.where(constant, 0.0, g2 + 3.0), np.where(constant, 0.0, g1)
