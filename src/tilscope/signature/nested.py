"""Nested cross-validation: every patient is scored by a model that has not seen them, choices included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.signature.cross_validation import assign_folds
from tilscope.signature.levels import HIGH, TRAINING, VALIDATION
from tilscope.signature.whole_fit import WholeFit
from tilscope.statistics import AucResult, roc_auc

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """One cross-validation of the whole fit.

    Attributes
    ----------
    scores : Series of float in (0, 1)
        Of each patient, by the model of the other folds.
    folds : Series of int
        Fold of each scored patient.
    feature_names : tuple of tuple of str
        Features of each fold's model.
    n_left_out : tuple of int
        Patients of each fold without a score, because their site has too few training patients.
    """

    scores: pd.Series
    folds: pd.Series
    feature_names: tuple[tuple[str, ...], ...]
    n_left_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NestedRepeat:
    """One nested cross-validation.

    Attributes
    ----------
    auc : float
        Share of pairs (one high, one low, of the same fold) in which the high one scores higher; NaN where
        no fold has both classes.
    variance : float
        DeLong's variance of it: that of each fold, weighed by the square of its share of pairs; that of the
        pooled scores where a fold has one patient of a class.
    pooled_auc, pooled_ci_low, pooled_ci_high : float
        Of all out-of-fold scores as if one model had made them, with the logit interval of DeLong's variance.
    n_empty : int
        Folds whose model has no feature.
    n_left_out : int
        Patients without a score, because their site has too few training patients to be harmonised.
    """

    auc: float
    variance: float
    pooled_auc: float
    pooled_ci_low: float
    pooled_ci_high: float
    n_empty: int
    n_left_out: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class NestedValidation:
    """Nested cross-validation, dealt anew several times.

    Attributes
    ----------
    repeats : tuple of NestedRepeat
    auc : float
        Mean of the repeats' AUC.
    ci_low, ci_high : float
        Interval about the mean on the logit scale, from the mean of the repeats' variances; NaN where that is
        0 or unknown. Patients count as independent and the models as given, so it is rather too short.
    spread : float
        Standard deviation of the AUC between repeats: what the dealing alone changes; NaN for one repeat.
    """

    repeats: tuple[NestedRepeat, ...]
    auc: float
    ci_low: float
    ci_high: float
    spread: float


def deal_folds(levels: pd.Series, n_folds: int, rng: np.random.Generator) -> pd.Series:
    """Return the fold of each patient, dealt at random class by class; the order of rows does not matter."""
    ordered = levels.sort_index()
    folds = assign_folds((ordered == HIGH).to_numpy(dtype=np.float64), n_folds, rng)
    return pd.Series(folds, index=ordered.index, name="fold")


def out_of_fold(whole_fit: WholeFit, folds: pd.Series, rng: np.random.Generator) -> OutOfFold:
    """Score each fold by the whole fit on the others.

    Parameters
    ----------
    whole_fit : WholeFit
        What is repeated.
    folds : Series of int
        Fold of each patient that takes part.
    rng : Generator
        Spawned once per fold.
    """
    numbers = sorted(set(folds))
    parts, names, n_left_out = [], [], []
    for fold, child in zip(numbers, rng.spawn(len(numbers)), strict=True):
        roles = pd.Series(np.where(folds == fold, VALIDATION, TRAINING), index=folds.index, dtype="str")
        done = whole_fit(roles, child)
        parts.append(done.scores)
        names.append(done.fit.signature.feature_names)
        n_left_out.append(sum(folds.loc[key] == fold for key in done.left_out))
    scores = pd.concat(parts)
    return OutOfFold(scores, folds.loc[scores.index], tuple(names), tuple(n_left_out))


def within_fold_auc(found: OutOfFold, levels: pd.Series) -> tuple[float, float]:
    """Return the AUC over pairs of patients of the same fold, and its variance.

    Scores of different folds come from different models; pairs across folds would also compare the models'
    levels, which pulls the AUC of a useless model below .5.

    Returns
    -------
    auc : float
        NaN where no fold has both classes.
    variance : float
        Sum over the folds of (share of pairs) squared times DeLong's variance; NaN where a fold that counts
        has one patient in a class.
    """
    parts = []
    for fold in sorted(set(found.folds)):
        scores = found.scores[(found.folds == fold).to_numpy()]
        part = roc_auc(levels.loc[scores.index].to_numpy(dtype=object), scores.to_numpy(), HIGH)
        if part.n_positive and part.n_negative:
            parts.append((part.n_positive * part.n_negative, part.auc, part.variance))
    if not parts:
        return float("nan"), float("nan")
    pairs, aucs, variances = (np.array(column, dtype=np.float64) for column in zip(*parts, strict=True))
    shares = pairs / pairs.sum()
    return float(shares @ aucs), float(shares**2 @ variances)


def nested_repeat(whole_fit: WholeFit, rng: np.random.Generator, *, n_folds: int = 10) -> NestedRepeat:
    """Do one nested cross-validation: the outer folds only score, all choices are made inside.

    Parameters
    ----------
    whole_fit : WholeFit
        What is repeated.
    rng : Generator
        Its own for each repeat.
    n_folds : int >= 2
        Outer folds.
    """
    to_folds, to_fit = rng.spawn(2)
    levels = whole_fit.known_levels
    found = out_of_fold(whole_fit, deal_folds(levels, n_folds, to_folds), to_fit)
    auc, variance = within_fold_auc(found, levels)
    truth = levels.loc[found.scores.index].to_numpy(dtype=object)
    pooled: AucResult = roc_auc(truth, found.scores.to_numpy(), HIGH, interval="logit")
    if np.isnan(variance):
        variance = pooled.variance
    n_empty = sum(not names for names in found.feature_names)
    return NestedRepeat(
        auc,
        variance,
        pooled.auc,
        pooled.ci_low,
        pooled.ci_high,
        n_empty,
        sum(found.n_left_out),
    )


def gather_nested(repeats: Sequence[NestedRepeat], *, confidence: float = 0.95) -> NestedValidation:
    """Put repeats together; see :class:`NestedValidation`."""
    from scipy.special import expit, logit
    from scipy.stats import norm

    aucs: Array = np.array([repeat.auc for repeat in repeats], dtype=np.float64)
    auc, variance = float(aucs.mean()), float(np.mean([repeat.variance for repeat in repeats]))
    spread = float(aucs.std(ddof=1)) if aucs.size > 1 else float("nan")
    if not (0.0 < auc < 1.0 and variance > 0.0):
        return NestedValidation(tuple(repeats), auc, float("nan"), float("nan"), spread)
    half = float(norm.ppf(0.5 + confidence / 2.0)) * np.sqrt(variance) / (auc * (1.0 - auc))
    return NestedValidation(
        tuple(repeats), auc, float(expit(logit(auc) - half)), float(expit(logit(auc) + half)), spread
    )


def nested_validation(
    whole_fit: WholeFit, rng: np.random.Generator, n_repeats: int = 5, *, n_folds: int = 10
) -> NestedValidation:
    """Repeat nested cross-validation; see :func:`nested_repeat`.

    Parameters
    ----------
    whole_fit, n_folds
        As in :func:`nested_repeat`.
    rng : Generator
        Spawned once per repeat.
    n_repeats : int >= 1
        How often the folds are dealt.
    """
    return gather_nested([nested_repeat(whole_fit, child, n_folds=n_folds) for child in rng.spawn(n_repeats)])
