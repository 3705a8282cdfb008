"""Whether classes that mean nothing do as well: the whole cross-validation is repeated on permuted labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.signature.nested import deal_folds, out_of_fold, within_fold_auc
from tilscope.signature.whole_fit import WholeFit

Array = NDArray[np.float64]
NO_SCORES = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class PermutationResult:
    """Out-of-fold AUC against that of permuted labels.

    Attributes
    ----------
    observed : float
        With the true labels.
    permuted : ndarray of float, shape (n_permutations,)
        With labels that mean nothing.
    p_value : float in (0, 1]
        (1 + number of permuted >= observed) / (1 + n_permutations), one-sided.
    """

    observed: float
    permuted: Array
    p_value: float


def permutation_folds(whole_fit: WholeFit, n_folds: int, rng: np.random.Generator) -> pd.Series:
    """Deal the folds that all permutations share, class by class; see :func:`permuted_auc`."""
    return deal_folds(whole_fit.known_levels, n_folds, rng)


def permuted_auc(
    whole_fit: WholeFit, folds: pd.Series, rng: np.random.Generator, *, is_permuted: bool = True
) -> float:
    """Return the out-of-fold AUC of one cross-validation, of permuted or of the true labels.

    Labels are permuted within each outer fold: given the folds, which were dealt class by class, these are all
    the arrangements that are equally likely where features say nothing, so that the test is exact, and true
    and permuted labels are compared on the same folds. Everything inside (screening, penalty, weights) is done
    anew. The statistic compares only patients scored by one and the same model
    (:func:`within_fold_auc`); scores of different models, which differ in their level, would add noise,
    and models without a feature would fall below .5.

    Parameters
    ----------
    whole_fit : WholeFit
        What is repeated.
    folds : Series of int
        From :func:`permutation_folds`.
    rng : Generator
        Its own for each permutation.
    is_permuted : bool
        False for the observed statistic.
    """
    to_permute, to_deal = rng.spawn(2)
    levels = whole_fit.known_levels.loc[folds.index]
    if is_permuted:
        levels = levels.copy()
        for fold in sorted(set(folds)):
            members = folds.index[(folds == fold).to_numpy()]
            levels.loc[members] = to_permute.permutation(levels.loc[members].to_numpy(dtype=object))
    found = within_fold_auc(out_of_fold(whole_fit.with_levels(levels), folds, to_deal), levels)
    return NO_SCORES if np.isnan(found[0]) else found[0]


def gather_permutations(observed: float, permuted: Sequence[float]) -> PermutationResult:
    """Return the p value of an observed statistic among permuted ones.

    References
    ----------
    Phipson & Smyth, Stat Appl Genet Mol Biol 2010;9:39 (the + 1).
    """
    values = np.array(permuted, dtype=np.float64)
    p_value = (1 + int((values >= observed).sum())) / (1 + values.size)
    return PermutationResult(observed, values, p_value)


def permutation_test(
    whole_fit: WholeFit, rng: np.random.Generator, n_permutations: int = 200, *, n_folds: int = 5
) -> PermutationResult:
    """Compare the out-of-fold AUC with that of permuted labels; see :func:`permuted_auc`.

    Parameters
    ----------
    whole_fit : WholeFit
        What is repeated.
    rng : Generator
        Spawned for the folds, the observed statistic and each permutation.
    n_permutations : int >= 1
        The smallest possible p is 1 / (1 + n_permutations).
    n_folds : int >= 2
        Folds of each cross-validation.
    """
    to_folds, first, *others = rng.spawn(n_permutations + 2)
    folds = permutation_folds(whole_fit, n_folds, to_folds)
    observed = permuted_auc(whole_fit, folds, first, is_permuted=False)
    return gather_permutations(observed, [permuted_auc(whole_fit, folds, child) for child in others])
