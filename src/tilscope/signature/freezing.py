"""From a fitted model to the parts of its frozen signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import JsonValue

from tilscope.signature.cross_validation import CvElasticNet
from tilscope.signature.parts import Background, CohortSummary, SelectionSummary, SignatureFeature
from tilscope.signature.roles import Fitted
from tilscope.signature.settings import SelectionSettings

Shifts = Mapping[str, Mapping[str, tuple[float, float]]]


def frozen_features(
    selected: pd.DataFrame, coefficients: Sequence[float] | NDArray[np.float64], shifts: Shifts | None = None
) -> tuple[SignatureFeature, ...]:
    """Return the features of a score with what a new cohort is checked against.

    Parameters
    ----------
    selected : DataFrame of float, training patients x selected features
        As the model saw them.
    coefficients : sequence of float
        On that scale.
    shifts : mapping, optional
        feature -> site -> (offset, scale) of the harmonisation that made them.
    """
    return tuple(
        SignatureFeature(
            name=str(name),
            coefficient=float(coefficient),
            training_min=float(selected[name].min()),
            training_max=float(selected[name].max()),
            training_mean=float(selected[name].mean()),
            training_sd=float(selected[name].std(ddof=0)),
            sites={}
            if shifts is None
            else {site: (float(o), float(s)) for site, (o, s) in shifts[name].items()},
        )
        for name, coefficient in zip(selected.columns, coefficients, strict=True)
    )


def cohort_summary(
    y: NDArray[np.float64], background: Background, sites: pd.Series | None = None
) -> CohortSummary:
    """Return the counts of the training patients, whose outcome is 1 for the positive class."""
    n_positive = int(y.sum())
    return CohortSummary(
        n_training=y.size,
        n_positive=n_positive,
        n_negative=y.size - n_positive,
        description=background.title,
        til_threshold_percent=background.til_threshold_percent,
        roles=background.roles,
        seed=background.seed,
        sites={} if sites is None else {str(s): int((sites == s).sum()) for s in sorted(set(sites.dropna()))},
    )


def selection_summary(
    settings: SelectionSettings,
    path: CvElasticNet | None,
    chosen: int | None,
    n_candidates: int,
    n_usable: int,
) -> SelectionSummary:
    """Return how the features were selected, with the penalty that was used."""
    penalty = None if path is None or chosen is None else float(path.lambdas[chosen])
    return SelectionSummary(
        alpha=None if path is None else float(path.alpha),
        penalty=penalty,
        rule=settings.lambda_rule,
        n_folds=settings.n_folds,
        max_features=settings.max_features,
        n_candidates=n_candidates,
        n_usable=n_usable,
    )


def reproducibility_summary(ledger: Sequence[Fitted], notes: Sequence[str]) -> dict[str, JsonValue] | None:
    """Return which designs the ICC filter saw and what it told; None where it saw none."""
    designs: list[JsonValue] = [
        {"how": entry.how, "n_patients": len(entry.participants)}
        for entry in ledger
        if entry.what == "ICC filter"
    ]
    told: list[JsonValue] = [note for note in notes if note.startswith("SIG-75")]
    return {"designs": designs, "notes": told} if designs else None
