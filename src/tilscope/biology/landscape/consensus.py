"""Consensus clustering: how often two patients fall into one cluster when random parts of the cohort are clustered.

Monti et al. 2003 (Machine Learning 52:91). The stability of a number of clusters is PAC, the share of pairs that
are neither nearly always nor nearly never together (Senbabaoglu et al. 2014, Sci Rep 4:6207).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Assign = Callable[[FloatArray, Sequence[int]], IntArray]
"""From values (patients x variables) and numbers of clusters to labels 0.. (numbers x patients)."""

PAC_LIMITS = (0.1, 0.9)
ABSENT = -1  # label of a patient who is not in a resample
MAX_MOVES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """What the resamples agree on, for each number of clusters.

    Attributes
    ----------
    numbers : tuple of int
        Numbers of clusters.
    labels : ndarray of int, shape (n_numbers, n_resamples, n_patients)
        Cluster in every resample, `ABSENT` outside of it.
    matrices : ndarray of float in [0, 1], shape (n_numbers, n_patients, n_patients)
        Share of the resamples with both patients in which they were in one cluster; NaN for a pair that was
        never drawn together; 1 on the diagonal.
    """

    numbers: tuple[int, ...]
    labels: IntArray
    matrices: FloatArray

    @classmethod
    def of(cls, numbers: tuple[int, ...], labels: IntArray) -> Consensus:
        """Count who falls together."""
        together = _pairs_in_one(np.where(labels[:1] == ABSENT, ABSENT, 0))[0]
        counts = _pairs_in_one(labels)
        with np.errstate(invalid="ignore"):
            matrices = counts / together
        for matrix in matrices:
            np.fill_diagonal(matrix, 1.0)
        return cls(numbers, labels, matrices)

    def matrix(self, number: int) -> FloatArray:
        """Return the matrix of one number of clusters."""
        found: FloatArray = self.matrices[self.numbers.index(number)]
        return found


def consensus(
    values: FloatArray, numbers: Sequence[int], resamples: Sequence[IntArray], assign: Assign
) -> Consensus:
    """Cluster every resample into every number of clusters, and count who falls together.

    Parameters
    ----------
    values : ndarray of float, patients x variables
    numbers : sequence of int >= 2
        Numbers of clusters.
    resamples : sequence of ndarray of int
        Rows of the patients drawn, each at most once.
    assign : callable
        The inner algorithm: `by_k_means`, or another.
    """
    labels = np.full((len(numbers), len(resamples), len(values)), ABSENT, dtype=np.int64)
    for number, drawn in enumerate(resamples):
        labels[:, number, drawn] = assign(values[drawn], numbers)
    return Consensus.of(tuple(numbers), labels)


def _pairs_in_one(labels: IntArray) -> FloatArray:
    """Count for each pair of patients the resamples in which both have the same label >= 0."""
    counts = np.zeros((labels.shape[0], labels.shape[2], labels.shape[2]))
    for found, drawn in zip(counts, labels, strict=True):
        for cluster in range(int(drawn.max()) + 1):
            is_member = (drawn == cluster).astype(np.float32)  # exact up to 16 million resamples
            found += is_member.T @ is_member
    return counts


def draw_resamples(n_patients: int, fraction: float, n_resamples: int, rng: Generator) -> list[IntArray]:
    """Draw parts of the patients, each without replacement, in ascending order."""
    size = int(np.floor(n_patients * fraction))
    return [np.sort(rng.choice(n_patients, size, replace=False)) for _ in range(n_resamples)]


def pac(matrix: FloatArray) -> float:
    """Return the share of pairs whose consensus lies between `PAC_LIMITS`; 0 is perfectly stable."""
    pairs = matrix[np.triu_indices(len(matrix), 1)]
    pairs = pairs[np.isfinite(pairs)]
    low, high = PAC_LIMITS
    return float(((pairs > low) & (pairs < high)).mean())


def clusters_of(matrix: FloatArray, number: int) -> IntArray:
    """Cut the average linkage of 1 - consensus into clusters; a pair never drawn together counts as apart."""
    from scipy.spatial.distance import squareform

    apart = 1.0 - np.nan_to_num(matrix, nan=0.0)
    np.fill_diagonal(apart, 0.0)
    return by_average_linkage(squareform(apart, checks=False), (number,))[0]


def by_k_means(values: FloatArray, numbers: Sequence[int]) -> IntArray:
    """Cluster by k-means, each started from the clusters of Ward's linkage; nothing is random."""
    from scipy.cluster.hierarchy import linkage

    starts = cut_tree(linkage(values, "ward"), numbers)
    return np.array([_moved(values, start, number) for start, number in zip(starts, numbers, strict=True)])


def _moved(values: FloatArray, labels: IntArray, number: int) -> IntArray:
    """Move patients to the nearest centre until nobody moves (Lloyd)."""
    for _ in range(MAX_MOVES):
        is_member = labels == np.arange(number)[:, None]
        centres = is_member @ values / is_member.sum(axis=1, keepdims=True)
        moved = ((centres**2).sum(axis=1) - 2.0 * values @ centres.T).argmin(axis=1)
        if (moved == labels).all() or len(np.unique(moved)) < number:
            break
        labels = moved
    return labels


def by_average_linkage(distances: FloatArray, numbers: Sequence[int]) -> IntArray:
    """Cluster by average linkage of condensed distances."""
    from scipy.cluster.hierarchy import linkage

    return cut_tree(linkage(distances, "average"), numbers)


def k_means(values: FloatArray, number: int, n_starts: int, rng: Generator) -> IntArray:
    """Return the labels of the best of several random starts."""
    from sklearn.cluster import KMeans

    seed = int(rng.integers(2**31))
    fitted = KMeans(number, n_init=n_starts, random_state=seed).fit(values)
    return np.asarray(fitted.labels_, dtype=np.int64)


def cut_tree(tree: FloatArray, numbers: Sequence[int]) -> IntArray:
    """Cut a tree into exactly the wanted numbers of clusters.

    Parameters
    ----------
    tree : ndarray, shape (n - 1, 4)
        As of ``scipy.cluster.hierarchy.linkage``.
    numbers : sequence of int in [1, n]

    Returns
    -------
    ndarray of int, shape (len(numbers), n)
        Labels 0.. in the order of the first patient of each cluster.
    """
    n = len(tree) + 1
    parent = np.full(2 * n - 1, 2 * n - 2)
    parent[tree[:, 0].astype(np.intp)] = parent[tree[:, 1].astype(np.intp)] = np.arange(n, 2 * n - 1)
    return np.array([_cut(parent.tolist(), n, number) for number in numbers])


def _cut(parent: list[int], n: int, number: int) -> IntArray:
    first_open = 2 * n - number  # this merge and all later ones are undone
    root = list(range(2 * n - 1))
    for node in range(2 * n - 3, -1, -1):
        if parent[node] < first_open:
            root[node] = root[parent[node]]
    order: dict[int, int] = {}
    return np.array([order.setdefault(root[leaf], len(order)) for leaf in range(n)], dtype=np.int64)
