"""How many clusters: stability beside that of random cohorts that have no clusters but the same correlations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator

from tilscope.biology.landscape.consensus import (
    Consensus,
    FloatArray,
    IntArray,
    by_k_means,
    consensus,
    draw_resamples,
    pac,
)
from tilscope.biology.landscape.settings import ClusterSettings

MAX_P = 0.05
MAX_RESAMPLES = 100  # of a random cohort; the cohort itself is compared by as many of its own

NUMBER_COLUMNS = ("pac", "pac_null", "pac_null_low", "gain", "p_value", "silhouette")


@dataclass(frozen=True, slots=True, eq=False)
class ClusterNumber:
    """Stability of every number of clusters.

    Attributes
    ----------
    table : DataFrame, indexed by ``k``, columns `NUMBER_COLUMNS`
        ``pac`` of the cohort (0 stable, 1 not); mean and 5th percentile of PAC of the random cohorts; ``gain`` =
        log10 of mean null PAC over the cohort's; ``p_value``: share of random cohorts, this one counted, that are
        as stable; ``silhouette``: mean width of the final clusters. Null columns are NaN for numbers that were
        not compared.
    best : int
        Of the numbers that are more stable than in random cohorts (p <= .05) the one of the largest silhouette;
        where there is none, the number of the largest gain.
    p_structure : float
        Share of random cohorts, this one counted, whose largest gain over the compared numbers is as large.
    n_null : int
        Random cohorts.
    """

    table: pd.DataFrame
    best: int
    p_structure: float
    n_null: int

    @property
    def is_structured(self) -> bool:
        """Tell whether the cohort is more stable than random cohorts are."""
        return self.p_structure <= MAX_P


def look_at_numbers(
    values: FloatArray,
    found: Consensus,
    labels: Mapping[int, IntArray],
    compared: Sequence[int],
    settings: ClusterSettings,
    rng: Generator,
) -> ClusterNumber:
    """Compare the stability of the cohort's clusters with that of random cohorts.

    Parameters
    ----------
    values : ndarray of float, patients x variables
        Standardised.
    found : Consensus
        Of these values.
    labels : mapping of number to labels
        Final clusters, for their silhouette.
    compared : sequence of int
        Numbers of clusters between which a choice is made, or the given one.

    References
    ----------
    Reference cohorts and gain (relative cluster stability index): John et al. 2020, Sci Rep 10:1816 (M3C). The
    p of the choice takes the largest gain of each random cohort, so that many numbers may be looked at.
    """
    n_resamples = min(MAX_RESAMPLES, found.labels.shape[1])
    null = np.array(
        [
            _stability(_random_cohort(values, rng), compared, n_resamples, settings, rng)
            for _ in range(settings.null_cohorts)
        ]
    )
    own = _first_resamples(found, values, compared, n_resamples)
    least = 2.0 / (len(values) * (len(values) - 1.0))  # one pair: no logarithm of zero
    mean = null.mean(axis=0)
    gain, null_gain = (np.log10((mean + least) / (pacs + least)) for pacs in (own, null))
    p_values = (1 + (null_gain >= gain).sum(axis=0)) / (1 + len(null))
    p_structure = (1 + int((null_gain.max(axis=1) >= gain.max()).sum())) / (1 + len(null))
    table = pd.DataFrame(index=pd.Index(found.numbers, name="k"), columns=list(NUMBER_COLUMNS), dtype=float)
    table["pac"] = [pac(found.matrix(k)) for k in found.numbers]
    table["silhouette"] = [_silhouette(values, labels[k]) for k in found.numbers]
    rows = list(compared)
    table.loc[rows, "pac_null"] = mean
    table.loc[rows, "pac_null_low"] = np.quantile(null, 0.05, axis=0)
    table.loc[rows, "gain"] = gain
    table.loc[rows, "p_value"] = p_values
    return ClusterNumber(table, _best(table.loc[rows]), float(p_structure), len(null))


def _best(table: pd.DataFrame) -> int:
    numbers = np.array(table.index, dtype=np.int64)
    gain, silhouette = table["gain"].to_numpy(), table["silhouette"].to_numpy()
    is_stable = table["p_value"].to_numpy() <= MAX_P
    if not is_stable.any():
        return int(numbers[gain.argmax()])
    return int(numbers[is_stable][np.nan_to_num(silhouette[is_stable], nan=-1.0).argmax()])


def _stability(
    values: FloatArray,
    numbers: Sequence[int],
    n_resamples: int,
    settings: ClusterSettings,
    rng: Generator,
) -> list[float]:
    drawn = draw_resamples(len(values), settings.fraction, n_resamples, rng)
    found = consensus(values, numbers, drawn, by_k_means)
    return [pac(found.matrix(k)) for k in numbers]


def _first_resamples(
    found: Consensus, values: FloatArray, numbers: Sequence[int], n_resamples: int
) -> FloatArray:
    """Return PAC of the cohort by as many resamples as a random cohort has."""
    rows = [found.numbers.index(k) for k in numbers]
    fewer = Consensus.of(tuple(numbers), found.labels[rows, :n_resamples])
    return np.array([pac(matrix) for matrix in fewer.matrices])


def _random_cohort(values: FloatArray, rng: Generator) -> FloatArray:
    """Draw as many patients from the one normal distribution that has the cohort's covariance; standardise."""
    _, spread, axes = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    drawn = (rng.normal(size=(len(values), len(spread))) * spread) @ axes
    centred: FloatArray = drawn - drawn.mean(axis=0)
    return centred / centred.std(axis=0, ddof=1)


def _silhouette(values: FloatArray, labels: IntArray) -> float:
    from sklearn.metrics import silhouette_score

    n_clusters = len(np.unique(labels))
    return float(silhouette_score(values, labels)) if 1 < n_clusters < len(values) else float("nan")
