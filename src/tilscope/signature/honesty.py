"""How much of a result is luck: repeated splits, and permuted labels. The whole fit runs inside each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.signature.fit import fit_signature
from tilscope.signature.levels import HIGH, TRAINING, stratified_split
from tilscope.signature.settings import SelectionSettings
from tilscope.statistics import roc_auc
from tilscope.vocabulary import FeatureTable, TableError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedSplits:
    """Results over random splits of one cohort.

    Attributes
    ----------
    training_auc, validation_auc : ndarray of float, shape (n_splits,)
        Of the score on the patients it was and was not fitted on.
    n_selected : ndarray of int, shape (n_splits,)
        Features in the score.
    selection_frequency : Series of float in (0, 1]
        Share of splits in which a feature was selected; most frequent first, never selected ones left out.
    """

    training_auc: Array
    validation_auc: Array
    n_selected: NDArray[np.int64]
    selection_frequency: pd.Series

    def summary(self) -> dict[str, float]:
        """Return mean, sd, median, 2.5 % and 97.5 % quantiles, minimum and maximum of the validation AUC."""
        auc = self.validation_auc
        low, median, high = np.quantile(auc, [0.025, 0.5, 0.975])
        return {
            "mean": float(auc.mean()),
            "sd": float(auc.std(ddof=1)) if auc.size > 1 else float("nan"),
            "median": float(median),
            "q025": float(low),
            "q975": float(high),
            "min": float(auc.min()),
            "max": float(auc.max()),
        }


@dataclass(frozen=True, slots=True, eq=False)
class PermutationResult:
    """Validation AUC against that of permuted labels.

    Attributes
    ----------
    observed : float
        Validation AUC with the true labels.
    permuted : ndarray of float, shape (n_permutations,)
        Validation AUC with labels that mean nothing.
    p_value : float in (0, 1]
        (1 + number of permuted >= observed) / (1 + n_permutations), one-sided.
    """

    observed: float
    permuted: Array
    p_value: float


def repeated_splits(
    features: FeatureTable,
    levels: pd.Series,
    settings: SelectionSettings | None = None,
    rng: np.random.Generator | None = None,
    n_splits: int = 100,
    *,
    training_fraction: float = 0.7,
) -> RepeatedSplits:
    """Repeat split, selection, fit and validation.

    Parameters
    ----------
    features : FeatureTable
        All patients.
    levels : Series of "high" or "low"
        Their classes.
    settings : SelectionSettings, optional
        As in :func:`fit_signature`.
    rng : Generator
        Required; spawned once per split.
    n_splits : int >= 1
        How often.
    training_fraction : float in (0, 1)
        As in :func:`stratified_split`.
    """
    n_selected, aucs, counts = [], [], pd.Series(dtype=np.float64)
    for child in _required(rng).spawn(n_splits):
        roles = stratified_split(levels, training_fraction, child)
        training, validation, names = _fit_and_score(features, levels, roles, settings, child)
        aucs.append((training, validation))
        n_selected.append(len(names))
        counts = counts.add(pd.Series(1.0, index=list(names), dtype=np.float64), fill_value=0.0)
    frequency = (counts / n_splits).sort_index().sort_values(ascending=False, kind="stable")
    table = np.array(aucs, dtype=np.float64)
    return RepeatedSplits(
        table[:, 0],
        table[:, 1],
        np.array(n_selected, dtype=np.int64),
        frequency.rename("selection_frequency"),
    )


def permutation_test(
    features: FeatureTable,
    levels: pd.Series,
    roles: pd.Series,
    settings: SelectionSettings | None = None,
    rng: np.random.Generator | None = None,
    n_permutations: int = 100,
) -> PermutationResult:
    """Compare the validation AUC of one split with that of labels permuted within each role.

    Parameters
    ----------
    features, levels, settings, rng
        As in :func:`repeated_splits`.
    roles : Series of "training" or "validation"
        The split.
    n_permutations : int >= 1
        The smallest possible p is 1 / (1 + n_permutations).

    References
    ----------
    Phipson & Smyth, Stat Appl Genet Mol Biol 2010;9:39 (the + 1).
    """
    first, *others = _required(rng).spawn(n_permutations + 1)
    known = levels.reindex(sorted(roles.index))
    _, observed, _ = _fit_and_score(features, known, roles, settings, first)
    permuted = np.empty(n_permutations)
    for i, child in enumerate(others):
        shuffled = known.copy()
        for role in sorted(set(roles)):
            members = known.index[(roles.reindex(known.index) == role).to_numpy()]
            shuffled.loc[members] = child.permutation(known.loc[members].to_numpy(dtype=object))
        _, permuted[i], _ = _fit_and_score(features, shuffled, roles, settings, child)
    p_value = (1 + int((permuted >= observed).sum())) / (1 + n_permutations)
    return PermutationResult(observed, permuted, p_value)


def _fit_and_score(
    features: FeatureTable,
    levels: pd.Series,
    roles: pd.Series,
    settings: SelectionSettings | None,
    rng: np.random.Generator,
) -> tuple[float, float, tuple[str, ...]]:
    """Return training and validation AUC, and the selected features."""
    is_training = (roles == TRAINING).to_numpy()
    inside, outside = roles.index[is_training], roles.index[~is_training]
    table = replace(features, roles=roles).rows(inside)
    fit = fit_signature(table, levels.loc[inside], settings, rng)
    needed = features.values.loc[outside, list(fit.signature.feature_names)]
    if not np.isfinite(needed.to_numpy(dtype=np.float64)).all():
        raise TableError(
            "TAB-55",
            "a selected feature is missing for a validation patient",
            remedy="Drop features with missing values before splitting.",
        )
    truth = levels.loc[outside].to_numpy(dtype=object)
    validation = roc_auc(truth, fit.signature.score(needed).to_numpy(), HIGH).auc
    scores = fit.training_scores
    training = roc_auc(levels.loc[scores.index].to_numpy(dtype=object), scores.to_numpy(), HIGH).auc
    return training, validation, fit.signature.feature_names


def _required(rng: np.random.Generator | None) -> np.random.Generator:
    if rng is None:
        raise TypeError("a numpy Generator is needed")
    return rng
