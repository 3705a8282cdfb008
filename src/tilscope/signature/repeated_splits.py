"""The distribution of the validation AUC over random splits; the whole fit runs inside each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.signature.baselines import baseline_scores
from tilscope.signature.levels import stratified_split
from tilscope.signature.whole_fit import WholeFit, auc_of

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SplitResult:
    """One random split, from screening to validation.

    Attributes
    ----------
    training_auc, validation_auc : float
        Of the score on the patients it was and was not fitted on; NaN where one class only was scored.
    n_validation : int
        Validation patients with a score.
    feature_names : tuple of str
        Features in the score; none where nothing was selected (all scores equal, AUC .5).
    baseline_auc : dict
        Validation AUC of each simple model, by its name.
    n_left_out : int
        Patients of either role whose site has too few training patients in this split to be harmonised.
    """

    training_auc: float
    validation_auc: float
    n_validation: int
    feature_names: tuple[str, ...]
    baseline_auc: dict[str, float] = field(default_factory=dict)
    n_left_out: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedSplits:
    """Results over random splits of one cohort.

    Attributes
    ----------
    training_auc, validation_auc : ndarray of float, shape (n_splits,)
        As in :class:`SplitResult`.
    n_selected : ndarray of int, shape (n_splits,)
        Features in the score.
    selection_frequency : Series of float in (0, 1]
        Share of splits in which a feature was selected; most frequent first, never selected ones left out.
    baseline_auc : dict of ndarray
        Validation AUC of each simple model on the same splits.
    """

    training_auc: Array
    validation_auc: Array
    n_selected: NDArray[np.int64]
    selection_frequency: pd.Series
    baseline_auc: dict[str, Array] = field(default_factory=dict)

    def summary(self) -> dict[str, float]:
        """Return the summary of the validation AUC."""
        return auc_summary(self.validation_auc)


def one_split(
    whole_fit: WholeFit,
    rng: np.random.Generator,
    *,
    training_fraction: float = 0.7,
    baselines: Mapping[str, pd.DataFrame] | None = None,
    among: pd.Series | None = None,
) -> SplitResult:
    """Split at random, fit on the one part, and validate on the other.

    Parameters
    ----------
    whole_fit : WholeFit
        What is repeated.
    rng : Generator
        Its own for each split, so that the order in which splits are done does not matter. The same one
        gives the same split for other features of the same patients.
    training_fraction : float in (0, 1)
        As in :func:`stratified_split`.
    baselines : mapping, optional
        Name -> columns of a simple model, fitted and validated on the same split (:func:`baseline_scores`).
    among : Series of "high" or "low", optional
        Classes of the patients that are divided, where these are more than those with features: the split is
        then the same as theirs, less the others.

    Returns
    -------
    SplitResult
    """
    levels = whole_fit.known_levels
    to_split, to_deal, to_weigh = rng.spawn(3)
    roles = stratified_split(levels if among is None else among.dropna(), training_fraction, to_split)
    roles = roles[roles.index.isin(levels.index)]
    done = whole_fit(roles, to_deal)
    simple = {
        name: auc_of(levels, baseline_scores(columns, levels, roles, to_weigh).scores)
        for name, columns in (baselines or {}).items()
    }
    return SplitResult(
        auc_of(levels, done.fit.training_scores),
        auc_of(levels, done.scores),
        len(done.scores),
        done.fit.signature.feature_names,
        simple,
        len(done.left_out),
    )


def gather_splits(results: Sequence[SplitResult]) -> RepeatedSplits:
    """Put the splits together, in their order."""
    counts = Counter(name for result in results for name in result.feature_names)
    frequency = pd.Series(counts, dtype=np.float64) / max(len(results), 1)
    names = sorted({name for result in results for name in result.baseline_auc})
    return RepeatedSplits(
        np.array([r.training_auc for r in results], dtype=np.float64),
        np.array([r.validation_auc for r in results], dtype=np.float64),
        np.array([len(r.feature_names) for r in results], dtype=np.int64),
        frequency.sort_index().sort_values(ascending=False, kind="stable").rename("selection_frequency"),
        {name: np.array([r.baseline_auc.get(name, np.nan) for r in results]) for name in names},
    )


def repeated_splits(
    whole_fit: WholeFit,
    rng: np.random.Generator,
    n_splits: int = 200,
    *,
    training_fraction: float = 0.7,
    baselines: Mapping[str, pd.DataFrame] | None = None,
) -> RepeatedSplits:
    """Repeat split, selection, fit and validation; see :func:`one_split`.

    Parameters
    ----------
    whole_fit, training_fraction, baselines
        As in :func:`one_split`.
    rng : Generator
        Spawned once per split.
    n_splits : int >= 1
        How often.
    """
    results = [
        one_split(whole_fit, child, training_fraction=training_fraction, baselines=baselines)
        for child in rng.spawn(n_splits)
    ]
    return gather_splits(results)


def auc_summary(auc: Array) -> dict[str, float]:
    """Return n, mean, sd, median, 2.5 % and 97.5 % quantiles, minimum and maximum of the defined areas."""
    known = auc[np.isfinite(auc)]
    if known.size == 0:
        return {"n": 0.0} | dict.fromkeys(
            ("mean", "sd", "median", "q025", "q975", "min", "max"), float("nan")
        )
    low, median, high = np.quantile(known, [0.025, 0.5, 0.975])
    return {
        "n": float(known.size),
        "mean": float(known.mean()),
        "sd": float(known.std(ddof=1)) if known.size > 1 else float("nan"),
        "median": float(median),
        "q025": float(low),
        "q975": float(high),
        "min": float(known.min()),
        "max": float(known.max()),
    }
