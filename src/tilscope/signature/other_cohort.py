"""A new cohort beside the training patients: how its features lie, and whether it holds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tilscope.signature.record import Signature

MIN_EXTREMES = 4  # exact training minima and maxima that all stand in a cohort: no coincidence
SAME = 1e-12  # relative


@dataclass(frozen=True, slots=True)
class FeatureShift:
    """One feature of the score in a new cohort, on the training patients' scale.

    Attributes
    ----------
    name : str
    training_mean, training_sd, training_min, training_max : float or None
        As the signature has them; sd with 1/N.
    mean, sd, min, max : float
        Of the new patients; sd with 1/N.
    n_below, n_above : int
        New patients outside the training range.
    """

    name: str
    training_mean: float | None
    training_sd: float | None
    training_min: float | None
    training_max: float | None
    mean: float
    sd: float
    min: float
    max: float
    n_below: int
    n_above: int

    @property
    def shift_sd(self) -> float | None:
        """Difference of the means in training sd; None where that is unknown or 0."""
        if self.training_mean is None or not self.training_sd:
            return None
        return (self.mean - self.training_mean) / self.training_sd


def feature_shifts(
    signature: Signature, values: pd.DataFrame, sites: pd.Series | None = None
) -> tuple[FeatureShift, ...]:
    """Return each feature of the score beside its training values.

    Parameters
    ----------
    signature : Signature
    values : DataFrame of float, patients x features
        Patients that can be scored, as extracted.
    sites : Series of str, optional
        As :meth:`Signature.score`.
    """
    x = signature.on_training_scale(values, sites)
    return tuple(
        FeatureShift(
            name=f.name,
            training_mean=f.training_mean,
            training_sd=f.training_sd,
            training_min=f.training_min,
            training_max=f.training_max,
            mean=float(x[f.name].mean()),
            sd=float(x[f.name].std(ddof=0)),
            min=float(x[f.name].min()),
            max=float(x[f.name].max()),
            n_below=0 if f.training_min is None else int((x[f.name] < f.training_min).sum()),
            n_above=0 if f.training_max is None else int((x[f.name] > f.training_max).sum()),
        )
        for f in signature.features
    )


def holds_training_patients(
    signature: Signature, values: pd.DataFrame, sites: pd.Series | None = None
) -> bool:
    """Tell whether the training patients are among these, without knowing who they are.

    The smallest and the largest training value of every feature would all stand in their table, digit by digit.
    A signature of one feature, or without ranges, cannot tell.

    Parameters
    ----------
    signature, values, sites
        As :func:`feature_shifts`.
    """
    x = signature.on_training_scale(values, sites)
    extremes = [
        (f.name, edge)
        for f in signature.features
        for edge in (f.training_min, f.training_max)
        if edge is not None
    ]
    if len(extremes) < MIN_EXTREMES:
        return False
    return all(bool(np.isclose(x[name], edge, rtol=SAME, atol=0.0).any()) for name, edge in extremes)
