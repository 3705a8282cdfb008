"""ComBat's estimates: what a site adds to each feature, and what it multiplies its scatter with.

Johnson, Li & Rabinovic, Biostatistics 2007;8:118, location and scale with parametric priors. Only sites stand in
the model: feature g of patient j at site i is ``alpha_g + sigma_g (gamma_ig + delta_ig e)``. A site's gamma over the
features is taken as normal, its delta squared as inverse gamma; each feature's own estimate is drawn towards these
by as much as its patients are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CONVERGED = 1e-12  # largest change of a step, in units of the feature's pooled sd (delta squared: relative)
MAX_STEPS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class CombatEstimates:
    """Estimates of every site and feature.

    Attributes
    ----------
    grand_mean : ndarray of float, shape (n_features,)
        alpha: mean over the patients of all sites, or of the reference site.
    pooled_sd : ndarray of float, shape (n_features,)
        sigma: root of the mean squared residual about the own site's mean (or of the reference site).
    location : ndarray of float, shape (n_sites, n_features)
        gamma*: shift of the site, in units of the pooled sd.
    scale : ndarray of float, shape (n_sites, n_features)
        delta*: sd of the site, in units of the pooled sd.
    has_converged : bool
        Whether the iteration met its bound.
    """

    grand_mean: Array
    pooled_sd: Array
    location: Array
    scale: Array
    has_converged: bool


def estimate_combat(
    sites: Sequence[Array], *, location_only: bool = False, reference: int | None = None
) -> CombatEstimates:
    """Estimate location and scale of each site (parametric empirical Bayes).

    Parameters
    ----------
    sites : sequence of ndarray of float, shape (n_patients_i, n_features)
        Complete values, of each site its own patients (at least 2), none constant within a site.
    location_only : bool
        Leave the scales at 1.
    reference : int, optional
        Site that stays as it is and to which the others are brought.

    Returns
    -------
    CombatEstimates

    Notes
    -----
    gamma* and delta*, each the posterior mean given the other, are iterated to 1e-12, from each site's mean and
    variance alone. R's ``sva::ComBat`` stops at changes of 1e-4 and differs by as much. With ``location_only`` the
    shift is drawn by the site's true number of patients; ``sva`` takes 1 there, whatever the number is.
    """
    counts = np.array([len(values) for values in sites], dtype=np.float64)
    means = np.stack([values.mean(axis=0) for values in sites])
    squares = np.stack(
        [((values - mean) ** 2).sum(axis=0) for values, mean in zip(sites, means, strict=True)]
    )
    if reference is None:
        grand_mean = counts @ means / counts.sum()
        pooled_sd = np.sqrt(squares.sum(axis=0) / counts.sum())
    else:
        grand_mean = means[reference]
        pooled_sd = np.sqrt(squares[reference] / counts[reference])
    shifts = (means - grand_mean) / pooled_sd
    spreads = squares / pooled_sd**2
    location, scale = np.zeros_like(shifts), np.ones_like(shifts)
    has_converged = True
    for i in range(len(sites)):
        if i == reference:
            continue
        if location_only:
            location[i] = _drawn_location(shifts[i], counts[i], np.ones_like(pooled_sd), *_normal(shifts[i]))
        else:
            location[i], variance, is_fixed = _drawn(shifts[i], spreads[i], counts[i])
            scale[i] = np.sqrt(variance)
            has_converged &= is_fixed
    return CombatEstimates(grand_mean, pooled_sd, location, scale, has_converged)


def _normal(shifts: Array) -> tuple[float, float]:
    """Return mean and variance of the shifts over the features."""
    return float(shifts.mean()), float(shifts.var(ddof=1)) if shifts.size > 1 else float("inf")


def _inverse_gamma(variances: Array) -> tuple[float, float] | None:
    """Return shape and scale of the inverse gamma with the mean and variance of these; None where all are equal."""
    mean = float(variances.mean())
    spread = float(variances.var(ddof=1)) if variances.size > 1 else 0.0
    if spread <= (1e-12 * mean) ** 2:
        return None
    return mean**2 / spread + 2.0, mean**3 / spread + mean


def _drawn_location(shifts: Array, n: float, variance: Array, mean: float, spread: float) -> Array:
    """Return the mean of the posterior of gamma, given the variance."""
    if np.isinf(spread):
        return shifts
    return (n * spread * shifts + variance * mean) / (n * spread + variance)


def _drawn(shifts: Array, spreads: Array, n: float) -> tuple[Array, Array, bool]:
    """Return gamma* and delta* squared of one site; with a single feature there is nothing to draw towards."""
    mean, spread = _normal(shifts)
    variance: Array = spreads / (n - 1.0)
    prior = _inverse_gamma(variance)
    if prior is None:
        return _drawn_location(shifts, n, variance, mean, spread), variance, True
    shape, rate = prior
    location = shifts
    for _ in range(MAX_STEPS):
        before = location, variance
        location = _drawn_location(shifts, n, variance, mean, spread)
        about = spreads + n * (shifts - location) ** 2  # squares about gamma* instead of about the mean
        variance = (0.5 * about + rate) / (n / 2.0 + shape - 1.0)
        step = max(np.abs(location - before[0]).max(), np.abs(variance / before[1] - 1.0).max())
        if step <= CONVERGED:
            return location, variance, True
    return location, variance, False
