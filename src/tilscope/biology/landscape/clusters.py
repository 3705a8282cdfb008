"""Clusters of tumours by their immune-cell scores: how many, who, and how stable; none is a valid answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator

from tilscope.biology.landscape.cluster_number import ClusterNumber, look_at_numbers
from tilscope.biology.landscape.consensus import (
    ABSENT,
    Consensus,
    FloatArray,
    IntArray,
    by_k_means,
    clusters_of,
    consensus,
    draw_resamples,
    k_means,
)
from tilscope.biology.landscape.settings import ClusterSettings
from tilscope.vocabulary import ExpressionError

FINAL_STARTS = 50
MAX_PAIRS_OF_RESAMPLES = 200
_SAME = 1e-12  # of a set's largest score: an sd below this is rounding


@dataclass(frozen=True, slots=True, eq=False)
class TumourClusters:
    """Clusters of a cohort, ordered from the lowest to the highest mean score.

    Attributes
    ----------
    zscores : DataFrame of float, sets x patients
        Scores standardised per set over the clustered patients.
    number : int
        Clusters found; 0 where ``k = "auto"`` found no structure.
    cluster : Series of int, per patient
        1 is the coldest; empty where there are none.
    consensus : Series of float in [0, 1], per patient
        Mean consensus with the others of the own cluster; NaN for a cluster of one.
    matrix : DataFrame of float, patients x patients
        Consensus for ``number`` (for the best number where there are no clusters), in the order of the patients.
    numbers : ClusterNumber
        Stability of every number of clusters that was looked at.
    resample_agreement : tuple of float
        Adjusted Rand index between resamples on their common patients: mean, 2.5 and 97.5 percentile.
    left_out : dict of str to str
        Patients and sets that took no part, with the reason.
    notes : tuple of str
        Each starts with its rule id.
    """

    zscores: pd.DataFrame
    number: int
    cluster: pd.Series
    consensus: pd.Series
    matrix: pd.DataFrame
    numbers: ClusterNumber
    resample_agreement: tuple[float, float, float]
    left_out: dict[str, str]
    notes: tuple[str, ...]

    @property
    def summary(self) -> pd.DataFrame:
        """Return ``n, mean_z, consensus`` (mean over pairs of patients) per cluster."""
        rows = {}
        for number, patients in self.cluster.groupby(self.cluster):
            inside = self.matrix.loc[patients.index, patients.index].to_numpy()
            pairs = inside[np.triu_indices(len(inside), 1)]
            rows[number] = {
                "n": len(patients),
                "mean_z": float(self.zscores[patients.index].to_numpy().mean()),
                "consensus": float(np.nanmean(pairs)) if np.isfinite(pairs).any() else float("nan"),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("cluster")


def cluster_tumours(scores: pd.DataFrame, settings: ClusterSettings, rng: Generator) -> TumourClusters:
    """Cluster patients by their gene-set scores.

    Parameters
    ----------
    scores : DataFrame of float, sets x patients
        Sets without scores or without variance and patients with a missing score are left out and named.
    settings : ClusterSettings
    rng : Generator
        Resamples, random cohorts and random starts; the order of patients and sets does not matter.

    Raises
    ------
    ExpressionError
        TAB-60 for fewer patients than ``min_patients``, or than two per cluster in a resample; TAB-58 for fewer
        than two sets.

    References
    ----------
    Monti et al. 2003; the number of clusters as in `look_at_numbers`.
    """
    usable, left_out, notes = _usable(scores.sort_index().sort_index(axis=1), settings)
    zscores = usable.sub(usable.mean(axis=1), axis=0).div(usable.std(axis=1, ddof=1), axis=0)
    values = np.ascontiguousarray(zscores.to_numpy().T)
    numbers, more = _numbers(settings, len(values))
    resamples = draw_resamples(len(values), settings.fraction, settings.resamples, rng)
    found = consensus(values, numbers, resamples, by_k_means)
    labels = {k: _final(values, found, k, settings, rng) for k in numbers}
    wanted = numbers if settings.k == "auto" else (settings.k,)
    looked = look_at_numbers(values, found, labels, wanted, settings, rng)
    number = settings.k if settings.k != "auto" else looked.best if looked.is_structured else 0
    matrix = found.matrix(number or looked.best)
    names = zscores.columns
    cluster = _ordered(labels[number], values) if number else np.zeros(0, dtype=np.int64)
    return TumourClusters(
        zscores,
        number,
        pd.Series(cluster, index=names[: len(cluster)], name="cluster"),
        pd.Series(_own_consensus(matrix, cluster), index=names[: len(cluster)], name="consensus"),
        pd.DataFrame(matrix, index=names, columns=names),
        looked,
        _agreement(found, number or looked.best),
        left_out,
        notes + more,
    )


def _usable(
    scores: pd.DataFrame, settings: ClusterSettings
) -> tuple[pd.DataFrame, dict[str, str], tuple[str, ...]]:
    """Return the scores that can be clustered, and who and what was left out."""
    known = scores.dropna(how="all")
    left_out = {str(name): "the set has no score" for name in scores.index.difference(known.index)}
    complete = known.dropna(axis=1)
    gone = known.columns.difference(complete.columns)
    left_out |= {str(name): "the patient lacks scores" for name in gone}
    notes: tuple[str, ...] = ()
    if len(gone):
        notes = (f"TAB-55: {len(gone)} patients without scores take no part in the clusters.",)
    if complete.shape[1] < settings.min_patients:
        raise ExpressionError(
            "TAB-60",
            "too few patients with immune-cell scores to be clustered",
            found=f"{complete.shape[1]}",
            expected=f"at least {settings.min_patients}",
            remedy="Lower clusters.min_patients if you know why.",
        )
    varies = complete.std(axis=1, ddof=1) > _SAME * complete.abs().max(axis=1)
    left_out |= {str(name): "the set has one score in all patients" for name in complete.index[~varies]}
    if not varies.all():
        names = ", ".join(map(str, complete.index[~varies][:5]))
        notes += (
            f"TAB-61: {int((~varies).sum())} sets do not vary and take no part in the clusters ({names}).",
        )
    if varies.sum() < 2:
        raise ExpressionError(
            "TAB-58",
            "tumours cannot be clustered by fewer than two gene sets",
            found=f"{int(varies.sum())} sets with scores that vary",
            remedy="Add immune-cell gene sets (genesets/*.gmt).",
        )
    return complete[varies], left_out, notes


def _numbers(settings: ClusterSettings, n_patients: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the numbers of clusters to look at: two patients of each must fit into a resample."""
    largest = int(n_patients * settings.fraction) // 2
    wanted = max(settings.max_k, settings.k if settings.k != "auto" else 2)
    if settings.k != "auto" and settings.k > largest:
        raise ExpressionError(
            "TAB-60",
            f"{settings.k} clusters are too many for this cohort",
            found=f"{n_patients} patients",
            expected=f"at most {largest} clusters, so that every resample can hold two patients of each",
            remedy='Set clusters.k lower, or to "auto".',
        )
    notes = () if wanted <= largest else (f"TAB-60: at most {largest} clusters were looked at.",)
    return tuple(range(2, min(wanted, largest) + 1)), notes


def _final(
    values: FloatArray, found: Consensus, number: int, settings: ClusterSettings, rng: Generator
) -> IntArray:
    if settings.method == "consensus":
        return clusters_of(found.matrix(number), number)
    if settings.k not in ("auto", number):  # looked at for its silhouette only
        return by_k_means(values, (number,))[0]
    return k_means(values, number, FINAL_STARTS, rng)


def _ordered(labels: IntArray, values: FloatArray) -> IntArray:
    """Return numbers from 1 by the mean score of the cluster."""
    means = [values[labels == label].mean() for label in range(labels.max() + 1)]
    rank = np.empty(len(means), dtype=np.int64)
    rank[np.argsort(means, kind="stable")] = np.arange(1, len(means) + 1)
    ordered: IntArray = rank[labels]
    return ordered


def _own_consensus(matrix: FloatArray, cluster: Sequence[int] | IntArray) -> FloatArray:
    own = np.full(len(cluster), np.nan)
    for i, label in enumerate(cluster):
        others = np.flatnonzero(np.asarray(cluster) == label)
        others = others[others != i]
        if np.isfinite(matrix[i, others]).any():
            own[i] = np.nanmean(matrix[i, others])
    return own


def _agreement(found: Consensus, number: int) -> tuple[float, float, float]:
    """Return how alike consecutive resamples cluster their common patients."""
    from sklearn.metrics import adjusted_rand_score

    labels = found.labels[found.numbers.index(number)]
    indices = []
    for first, second in zip(labels[::2], labels[1::2], strict=False):
        both = (first != ABSENT) & (second != ABSENT)
        indices.append(adjusted_rand_score(first[both], second[both]))
        if len(indices) == MAX_PAIRS_OF_RESAMPLES:
            break
    low, high = np.quantile(indices, [0.025, 0.975])
    return float(np.mean(indices)), float(low), float(high)
