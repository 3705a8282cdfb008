"""NGTDM family: how far a voxel's grey level lies from the mean level of its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tilscope.radiomics.family import Array, Family, Feature
from tilscope.radiomics.gray_image import GrayImage

HOMOGENEOUS = 1e6
"""Coarseness of an ROI without any difference, as PyRadiomics sets it."""


class Differences(NamedTuple):
    """Sums over the neighbourhood differences; each of shape (n_images,).

    p_i is the share of voxels of level i, s_i the sum of their distances to their neighbours' mean level.

    Attributes
    ----------
    weighted, total : ndarray of float
        Sums of p_i s_i and of s_i.
    busy : ndarray of float
        Sum over pairs of levels of abs(i p_i - j p_j).
    complexity : ndarray of float
        Sum over pairs of abs(i - j) (p_i s_i + p_j s_j) / (p_i + p_j), per voxel.
    contrast : ndarray of float
        Mean over pairs of p_i p_j (i - j)^2, times the mean s_i per voxel; 0 if there is one level.
    strength : ndarray of float
        Sum over pairs of (p_i + p_j) (i - j)^2.
    n_voxels : ndarray of float
    """

    weighted: Array
    total: Array
    busy: Array
    complexity: Array
    contrast: Array
    strength: Array
    n_voxels: Array


def difference_matrix(image: GrayImage) -> Array:
    """Return number of voxels and sum of distances per level that occurs, shape (n_levels, 2).

    PyRadiomics counts all voxels; IBSI only those that have a neighbour (N_v,c of its manual).
    """
    _, sums = image.dependences
    if not image.settings.ibsi:
        return np.column_stack((image.level_counts, sums))
    has_neighbour = image.lesion.n_neighbours(image.settings.distances, image.settings.slice_axis) > 0
    counts = np.bincount(image.voxel_levels[has_neighbour], minlength=sums.size)
    return np.column_stack((counts, sums))


def differences(image: GrayImage) -> Array:
    """Return what the features share, in the order of the fields of `Differences`."""
    from tilscope.radiomics.size_matrix_kernels import difference_features

    counts, sums = difference_matrix(image).T
    n_voxels = max(counts.sum(), 1.0)  # IBSI, no two voxels of the ROI are neighbours: as a homogeneous ROI
    return np.asarray(
        difference_features(
            counts / n_voxels,
            np.ascontiguousarray(sums),
            image.gray_levels.astype(np.float64),
            float(n_voxels),
        )
    )


def gathered(rows: Sequence[Array]) -> Differences:
    """Put the sums of several images together."""
    return Differences(*np.stack(rows, axis=1))


def _per(numerator: Array, denominator: Array, otherwise: float) -> Array:
    out = np.full_like(numerator, otherwise)
    return np.divide(numerator, denominator, out=out, where=denominator != 0)


def busyness(d: Differences) -> Array:
    """Change between neighbours, against the spread of the levels; 0 for a homogeneous ROI."""
    return _per(d.weighted, d.busy, 0.0)


def coarseness(d: Differences) -> Array:
    """One over the mean difference to the neighbours; 1e6 for a homogeneous ROI."""
    return _per(np.ones_like(d.weighted), d.weighted, HOMOGENEOUS)


def complexity(d: Differences) -> Array:
    """Many different levels with rapid changes between them."""
    return d.complexity


def contrast(d: Differences) -> Array:
    """Spread of the levels times the change between neighbours; 0 for a homogeneous ROI."""
    return d.contrast


def strength(d: Differences) -> Array:
    """Large steps between levels that change slowly; 0 for a homogeneous ROI."""
    return _per(d.strength, d.total, 0.0)


NGTDM = Family(
    name="ngtdm",
    scope="image",
    description="Neighbourhood grey-tone difference: each voxel against the mean of its neighbours in the ROI.",
    reference="Amadasun 1989, doi:10.1109/21.44046; PyRadiomics 3.0 ngtdm.py",
    prepare=differences,
    gather=gathered,
    features=(
        Feature("Busyness", busyness),
        Feature("Coarseness", coarseness),
        Feature("Complexity", complexity),
        Feature("Contrast", contrast),
        Feature("Strength", strength),
    ),
)
