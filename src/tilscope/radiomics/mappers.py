"""How the rows of each family are counted around every voxel, so that its features make maps.

A family's features are expressions over the rows of many subjects (`family.Family.gather`); here the subjects are
the voxels of one image, and a kernel fills all their rows at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.directions import half_directions, lengths_mm
from tilscope.radiomics.family import EPSILON
from tilscope.radiomics.firstorder import NORMAL_KURTOSIS, Distribution
from tilscope.radiomics.glcm import Pairs
from tilscope.radiomics.neighbourhood import Neighbourhoods
from tilscope.radiomics.ngtdm import Differences
from tilscope.radiomics.size_matrix import Sizes

Array = NDArray[np.float64]
Mapper = Callable[[Neighbourhoods, frozenset[str]], Any]
NO_WEIGHTS: Array = np.empty(0)
NO_LOGARITHMS: Array = np.empty(0)
NOTHING: Array = np.empty(0)
"""A coefficient that no feature asks for."""

NEITHER_MOMENTS = frozenset(("JointEnergy", "JointEntropy", "MaximumProbability"))
OF_HISTOGRAMS = frozenset(("DifferenceEntropy", "SumEntropy"))
OF_CROSS_ENTROPIES = frozenset(("Imc1", "Imc2"))
OF_EIGENVALUES = frozenset(("MCC",))


def map_distribution(around: Neighbourhoods, features: frozenset[str]) -> Distribution:
    """Return the numbers of the first-order family, each of shape (n_voxels,)."""
    from tilscope.radiomics.neighbourhood_firstorder_kernels import distributions

    sums = distributions(
        around.padded,
        around.intensities,
        around.centres,
        around.steps,
        around.levels.size,
        around.image.settings.voxel_array_shift,
        float(np.prod(around.image.lesion.spacing_mm)),
    )
    origin = NORMAL_KURTOSIS if around.image.settings.ibsi else 0.0
    return Distribution(*(*sums, np.full(around.centres.size, origin)))


def map_pairs(around: Neighbourhoods, features: frozenset[str]) -> Pairs:
    """Return the sums of the GLCM family, each of shape (n_voxels, n_angles); only those that are wanted."""
    from tilscope.radiomics import neighbourhood_glcm_kernels as kernels
    from tilscope.radiomics.pair_cell_kernels import ROWS

    wanted = _wanted_groups(features)
    kept = np.array([row for group, rows in ROWS.items() if group & wanted for row in rows])
    image, pairings = around.image, around.kernel.neighbours
    symmetric = image.settings.symmetric_glcm
    pairs = (pairings.starts, pairings.first, pairings.second)
    weights, merged = _pair_weights(around), image.settings.weighting_norm is not None
    sums = kernels.pair_sums(
        around.padded,
        around.centres,
        around.steps,
        *pairs,
        weights,
        merged,
        symmetric,
        wanted,
        kept,
        around.levels,
        _inverses(image.n_gray),
        NO_LOGARITHMS if merged else around.logarithms,
    )
    if merged and features & OF_EIGENVALUES:
        one_level = 1.0 if around.levels.size == 1 else 0.0
        for k, centre in enumerate(around.centres):
            matrix = kernels.weighted_matrix(
                around.padded, centre, around.steps, *pairs, weights, symmetric, around.levels.size
            )
            sums[-1, k, 0] = _weighted_correlation(matrix, one_level)
    found = dict(zip(kept.tolist(), sums, strict=True))
    return Pairs(*(found.get(row, NOTHING) for row in range(len(Pairs._fields))))


def _wanted_groups(features: frozenset[str]) -> int:
    """Return the groups of coefficients that some features are made of, as bits."""
    from tilscope.radiomics.pair_cell_kernels import (
        CORRELATION,
        CROSS,
        HISTOGRAMS,
        MOMENTS,
        PROBABILITIES,
    )

    of_moments = features - NEITHER_MOMENTS - OF_HISTOGRAMS - OF_CROSS_ENTROPIES - OF_EIGENVALUES
    asked = {
        MOMENTS: of_moments,
        HISTOGRAMS: features & OF_HISTOGRAMS,
        CROSS: features & OF_CROSS_ENTROPIES,
        CORRELATION: features & OF_EIGENVALUES,
    }
    return PROBABILITIES + sum(group for group, names in asked.items() if names)


def _weighted_correlation(matrix: Array, one_level: float) -> float:
    """Return the maximal correlation of one matrix as PyRadiomics computes it.

    It adds an epsilon to p_i p_k, and weights can be so small that this is felt.
    """
    total = matrix.sum()
    if total == 0.0:
        return float("nan")
    if len(matrix) == 1:
        return one_level
    p = matrix / total
    quotients = p / (np.outer(p.sum(axis=1), p.sum(axis=0)) + EPSILON)
    eigenvalues = np.sort(np.linalg.eigvals(quotients @ p.T).real)
    return float(np.sqrt(max(eigenvalues[-2], 0.0)))


def _pair_weights(around: Neighbourhoods) -> Array:
    directions, norm = around.kernel.directions, around.image.settings.weighting_norm
    if norm is None or norm == "no_weighting":
        return np.ones(len(directions))
    return np.exp(-(lengths_mm(directions, around.image.lesion.spacing_mm, norm) ** 2))


def _inverses(n_gray: int) -> Array:
    """Return what a difference k of levels counts in the five inverse features, shape (5, n_gray + 1)."""
    k = np.arange(n_gray + 1.0)
    return np.array(
        [
            1.0 / (1.0 + k),
            1.0 / (1.0 + k**2),
            1.0 / (1.0 + (k / n_gray) ** 2),
            1.0 / (1.0 + k / n_gray),
            np.divide(1.0, k**2, out=np.zeros_like(k), where=k > 0),
        ]
    )


def map_runs(around: Neighbourhoods, features: frozenset[str]) -> Sizes:
    """Return the sums of the GLRLM family, each of shape (n_voxels, n_angles)."""
    from tilscope.radiomics.neighbourhood_kernels import run_sums

    lines, begins = around.kernel.lines
    weights = _run_weights(around)
    return Sizes(
        *run_sums(
            around.padded,
            around.centres,
            around.steps,
            lines,
            begins,
            2 * around.kernel.radius + 1,
            weights,
            around.image.settings.ibsi,
            around.levels,
            NO_LOGARITHMS if weights.size else around.logarithms,
        )
    )


def _run_weights(around: Neighbourhoods) -> Array:
    norm = around.image.settings.weighting_norm
    if norm is None:
        return NO_WEIGHTS
    offsets = half_directions((1,), around.kernel.slice_axis)
    if norm == "no_weighting":
        return np.ones(len(offsets))
    return lengths_mm(offsets, around.image.lesion.spacing_mm, norm)


def map_zones(around: Neighbourhoods, features: frozenset[str]) -> Sizes:
    """Return the sums of the GLSZM family, each of shape (n_voxels, 1)."""
    from tilscope.radiomics.neighbourhood_kernels import zone_sums

    pairs = around.kernel.touching
    return Sizes(
        *zone_sums(
            around.padded,
            around.centres,
            around.steps,
            pairs.first,
            pairs.second,
            around.levels,
            around.logarithms,
        )
    )


def map_dependences(around: Neighbourhoods, features: frozenset[str]) -> Sizes:
    """Return the sums of the GLDM family, each of shape (n_voxels, 1)."""
    from tilscope.radiomics.neighbourhood_kernels import dependence_sums

    pairs = around.kernel.neighbours
    return Sizes(
        *dependence_sums(
            around.padded,
            around.centres,
            around.steps,
            pairs.first,
            pairs.second,
            float(around.image.settings.gldm_alpha),
            around.levels,
            around.logarithms,
        )
    )


def map_differences(around: Neighbourhoods, features: frozenset[str]) -> Differences:
    """Return the sums of the NGTDM family, each of shape (n_voxels,)."""
    from tilscope.radiomics.neighbourhood_kernels import difference_sums

    pairs = around.kernel.neighbours
    return Differences(
        *difference_sums(
            around.padded,
            around.centres,
            around.steps,
            pairs.first,
            pairs.second,
            around.image.settings.ibsi,
            around.levels,
        )
    )


MAPPERS: dict[str, Mapper] = {
    "firstorder": map_distribution,
    "glcm": map_pairs,
    "gldm": map_dependences,
    "glrlm": map_runs,
    "glszm": map_zones,
    "ngtdm": map_differences,
}
"""By the family's name; families without one have no map."""
