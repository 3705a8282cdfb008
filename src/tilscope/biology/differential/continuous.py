"""Genes against a continuous score: nothing is lost to a cut-off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from tilscope.biology.differential.moderated import moderated_t
from tilscope.biology.expression.door import take_samples
from tilscope.vocabulary import ExpressionError

MIN_SAMPLES = 3


@dataclass(frozen=True, slots=True, eq=False)
class ContinuousAssociation:
    """Genes that rise or fall with a score.

    Attributes
    ----------
    table : DataFrame, genes x `DIFFERENTIAL_COLUMNS`
        In the order of the expression. ``log2_fc`` and its interval are log2 units per 1 standard deviation of the
        score among these samples.
    score_sd : float
        That standard deviation (n - 1), in units of the score.
    n_samples : int
    """

    table: pd.DataFrame
    score_sd: float
    n_samples: int

    def per_unit(self) -> pd.DataFrame:
        """Return the table with ``log2_fc`` and its interval per unit of the score; t, p and b stay."""
        slopes = ["log2_fc", "ci_low", "ci_high"]
        return self.table.assign(**{name: self.table[name] / self.score_sd for name in slopes})


def continuous_association(
    expression: pd.DataFrame,
    score: pd.Series,
    covariates: pd.DataFrame | None = None,
    *,
    trend: bool = False,
    robust: bool = False,
    weights: pd.DataFrame | pd.Series | ArrayLike | None = None,
    confidence: float = 0.95,
) -> ContinuousAssociation:
    """Regress every gene on a score by limma's linear model.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        Log2 expression; samples without a score are left out.
    score : Series of float, indexed by sample
        Finite; every sample must be in ``expression``.
    covariates : DataFrame of float, samples x covariates, optional
        Held equal (purity, stromal score, batch as 0 and 1), finite for every sample of ``score``.
    trend, robust, weights, confidence
        As in `moderated_t`; weights in the order of ``score``'s samples, or named.

    Raises
    ------
    ExpressionError
        TAB-60 for fewer than 3 samples, or values that are missing or infinite; TAB-61 for a score without spread;
        as `moderated_t`; TAB-50 for a sample that the matrix lacks.
    SettingsError
        SET-52 for covariates that follow from the score or from each other, or weights that do not fit.
    """
    samples = score.index
    values = take_samples(expression, samples)
    numbers = score.to_numpy(dtype=float)
    held = pd.DataFrame(index=samples) if covariates is None else covariates.reindex(samples).astype(float)
    complete = np.isfinite(numbers) & np.isfinite(held.to_numpy(dtype=float)).all(axis=1)
    if len(samples) < MIN_SAMPLES or not complete.all():
        raise ExpressionError(
            "TAB-60",
            "the samples do not suffice for an association with the score",
            found=f"{len(samples)} samples, {int((~complete).sum())} of them without score or covariate",
            expected=f"at least {MIN_SAMPLES} samples, all of them complete",
            remedy="Leave out samples without score or covariate.",
        )
    sd = float(np.std(numbers, ddof=1))
    if sd <= 0:
        raise ExpressionError(
            "TAB-61", "the score is the same in all samples", found=f"{len(samples)} samples"
        )
    design = pd.DataFrame({"mean": 1.0, "score": (numbers - numbers.mean()) / sd}, index=samples)
    design = pd.concat([design, held.add_prefix("covariate ")], axis=1)
    contrast = pd.Series(0.0, index=design.columns)
    contrast["score"] = 1.0
    if isinstance(weights, pd.DataFrame):
        weights = take_samples(weights, samples)
    table = moderated_t(values, design, contrast, trend, robust, weights=weights, confidence=confidence)
    return ContinuousAssociation(table, sd, len(samples))
