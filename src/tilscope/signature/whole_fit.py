"""The whole way from all patients and their roles to scores: what every check of honesty repeats."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from tilscope.signature.fit import SignatureFit, fit_signature
from tilscope.signature.harmonisation import without_unknown_sites
from tilscope.signature.levels import HIGH, TRAINING
from tilscope.signature.preparing import Preparation
from tilscope.signature.settings import SelectionSettings
from tilscope.statistics import roc_auc
from tilscope.vocabulary import FeatureTable


@dataclass(frozen=True, slots=True, eq=False)
class WholeFit:
    """Everything that happens between a feature table and a score, to be done again on other patients.

    Attributes
    ----------
    features : FeatureTable
        All patients; roles that stand in it are replaced at each fit.
    levels : Series of "high" or "low"
        Their classes; patients without one take no part.
    settings : SelectionSettings
        As in :func:`fit_signature`.
    preparation : Preparation or None
        As in :func:`fit_signature`.
    """

    features: FeatureTable
    levels: pd.Series
    settings: SelectionSettings = field(default_factory=SelectionSettings)
    preparation: Preparation | None = None

    @property
    def known_levels(self) -> pd.Series:
        """Classes of the patients that have one, in the order of the features."""
        levels = self.levels.reindex(self.features.values.index)
        return levels[levels.notna()]

    def with_levels(self, levels: pd.Series) -> WholeFit:
        """Return the same fit for other classes."""
        return replace(self, levels=levels)

    def with_features(self, features: FeatureTable) -> WholeFit:
        """Return the same fit for other features."""
        return replace(self, features=features)

    def __call__(self, roles: pd.Series, rng: np.random.Generator) -> FittedSplit:
        """Fit on the training rows of these roles, and score everybody else in them.

        Parameters
        ----------
        roles : Series of str
            Role of each patient that takes part.
        rng : Generator
            Deals the folds.
        """
        table = replace(self.features, roles=roles).rows(roles.index)
        preparation = self.preparation or Preparation()
        table, left_out = without_unknown_sites(table, preparation.harmonisation)
        training = table.part(TRAINING)
        fit = fit_signature(
            training,
            self.levels.loc[training.values.index],
            self.settings,
            rng,
            preparation=preparation,
        )
        keys = table.values.index
        others = table.rows(keys[(roles.loc[keys] != TRAINING).to_numpy()])
        return FittedSplit(fit, scores_of(fit, others), left_out)


@dataclass(frozen=True, slots=True, eq=False)
class FittedSplit:
    """A fit, and the scores of patients that it has not seen.

    Attributes
    ----------
    fit : SignatureFit
    scores : Series of float in (0, 1)
        Patients that lack a selected feature, or are of a site that is refused, are not listed.
    left_out : tuple of str
        Patients of either role whose site has too few training patients in this split to be harmonised.
    """

    fit: SignatureFit
    scores: pd.Series
    left_out: tuple[str, ...] = ()


def scores_of(fit: SignatureFit, others: FeatureTable) -> pd.Series:
    """Return the scores of the patients that the signature can score."""
    faults = fit.signature.unscorable(others.values, others.sites)
    scorable = others.rows(key for key in others.values.index if key not in faults)
    return fit.signature.score(scorable.values, scorable.sites)


def auc_of(levels: pd.Series, scores: pd.Series) -> float:
    """Return the area under the ROC curve of these scores; NaN where a class is absent."""
    truth = levels.loc[scores.index].to_numpy(dtype=object)
    return roc_auc(truth, scores.to_numpy(dtype=np.float64), HIGH).auc
