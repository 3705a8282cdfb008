"""Whether anything of the validation patients reached a fit: the fit is repeated with them replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tilscope.signature.levels import HIGH, LOW, TRAINING
from tilscope.signature.record import Signature
from tilscope.vocabulary import FeatureTable, SignatureError


@dataclass(frozen=True, slots=True)
class LeakProof:
    """A fit that came out the same with other validation patients.

    Attributes
    ----------
    n_training, n_replaced : int
        Patients kept as they are, and patients whose features and classes were replaced.
    sha256 : str
        Hash of the signature, of both fits.
    """

    n_training: int
    n_replaced: int
    sha256: str


def prove_no_leak(
    fit: Callable[[FeatureTable, pd.Series], Signature],
    features: FeatureTable,
    levels: pd.Series,
    rng: np.random.Generator,
    *,
    known: Signature | None = None,
) -> LeakProof:
    """Fit again with other values for everybody who is not for training: nothing may change.

    Parameters
    ----------
    fit : callable (features, levels) -> Signature
        The whole way from the table of all patients to the signature, with the same seeds at each call.
    features : FeatureTable
        All patients with their roles.
    levels : Series of "high" or "low"
        Classes of the patients that have one.
    rng : Generator
        Draws the replacing values: a normal noise of each feature's mean and three times its sd.
    known : Signature, optional
        What ``fit`` gives for the true table, where that is known already.

    Returns
    -------
    LeakProof

    Raises
    ------
    SignatureError
        ``SIG-73`` where the signature changed, ``SIG-72`` where no role tells who is for training.
    """
    if features.roles is None:
        raise SignatureError("SIG-72", "nobody has a role", remedy="Split the patients before fitting.")
    before = fit(features, levels) if known is None else known
    is_training = (features.roles.reindex(features.values.index) == TRAINING).to_numpy()
    after = fit(*_replaced(features, levels, is_training, rng))
    if before.sha256 != after.sha256:
        raise SignatureError(
            "SIG-73",
            "the fit has seen patients that are not for training",
            found=_difference(before, after),
            expected="the same signature whatever the other patients' values and classes are",
            remedy="Scale, filter, harmonise and select on training rows only.",
        )
    return LeakProof(int(is_training.sum()), int((~is_training).sum()), before.sha256)


def _replaced(
    features: FeatureTable, levels: pd.Series, is_training: np.ndarray, rng: np.random.Generator
) -> tuple[FeatureTable, pd.Series]:
    """Return the table with noise for features, and turned classes, of those who are not for training."""
    values = features.values.to_numpy(dtype=np.float64, copy=True)
    with np.errstate(invalid="ignore", over="ignore"):
        mean, sd = values.mean(axis=0), values.std(axis=0)
    sd = np.where(np.isfinite(sd) & (sd > 0.0), sd, 1.0)
    noise = rng.standard_normal((int((~is_training).sum()), values.shape[1]))
    values[~is_training] = np.where(np.isfinite(mean), mean, 0.0) + 3.0 * sd * noise
    others = features.values.index[~is_training]
    turned = levels.copy()
    turned.loc[turned.index.isin(others)] = levels[levels.index.isin(others)].map({HIGH: LOW, LOW: HIGH})
    frame = pd.DataFrame(values, index=features.values.index, columns=features.values.columns)
    return replace(features, values=frame), turned


def _difference(before: Signature, after: Signature) -> str:
    if set(before.feature_names) != set(after.feature_names):
        n = len(set(before.feature_names) ^ set(after.feature_names))
        return f"{n} features are selected in one fit only"
    return "the same features, other numbers"
