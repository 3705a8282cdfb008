"""Features that a second reading does not reproduce: intraclass correlations per design, and the filter.

A design is a pair of readings, such as reader A and reader B, or the first and the second session of reader A.
Nothing is imputed: a patient without both readings takes no part in that design, and a feature that is missing
in one of the others has no ICC there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.signature.reproducibility_settings import ReproducibilitySettings
from tilscope.signature.roles import Fitted, fitted, refuse_other_roles
from tilscope.statistics import icc, icc_value
from tilscope.vocabulary import FeatureTable

Array = NDArray[np.float64]
MIN_TARGETS = 2  # an ICC needs two patients


@dataclass(frozen=True, slots=True, eq=False)
class Rereading:
    """Two readings of the same patients.

    Attributes
    ----------
    design : str
        Such as ``between readers A and B``; it ends a sentence that starts with the ICC.
    first, second : DataFrame of float, patients x features
        May hold other patients, too; those in both take part.
    """

    design: str
    first: pd.DataFrame
    second: pd.DataFrame

    def patients(self, among: pd.Index | None = None) -> pd.Index:
        """Return those with both readings, sorted; only those ``among`` the given keys."""
        both = self.first.index.intersection(self.second.index)
        return (both if among is None else both.intersection(among)).sort_values()

    def ratings(self, patients: pd.Index, features: pd.Index) -> Array:
        """Return both readings, shape (n_features, n_patients, 2); NaN for a feature that was not read."""
        pair = [_values(frame, patients, features) for frame in (self.first, self.second)]
        return np.stack([values.T for values in pair], axis=-1)


def _values(frame: pd.DataFrame, patients: pd.Index, features: pd.Index) -> Array:
    own = frame if frame.columns.equals(features) else frame.reindex(columns=features)
    return own.loc[patients].to_numpy(dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Irreproducible:
    """What the filter found.

    Attributes
    ----------
    dropped : dict
        Feature -> why, such as ``ICC(2,1) 0.41 between readers A and B``.
    notes : tuple of str
        ``SIG-75`` first.
    ledger : tuple of Fitted
        One entry per design that was used.
    """

    dropped: dict[str, str]
    notes: tuple[str, ...]
    ledger: tuple[Fitted, ...]


def find_irreproducible(
    features: FeatureTable, rereadings: Sequence[Rereading], settings: ReproducibilitySettings
) -> Irreproducible:
    """Find the features that do not pass in every design; only these patients' readings are looked at.

    Parameters
    ----------
    features : FeatureTable
        Training rows; readings of other patients are left out before any ICC is computed.
    rereadings : sequence of Rereading
        A design with fewer than ``settings.min_patients`` of these patients is not used, and told.
    settings : ReproducibilitySettings
        Form, threshold, and what is held against it.

    Raises
    ------
    SignatureError
        ``SIG-72`` for rows of another role.
    """
    refuse_other_roles(features, "the ICC filter")
    if rereadings and not settings.filter:
        return Irreproducible({}, ("SIG-75: the ICC filter is off (reproducibility.filter)",), ())
    columns = features.values.columns
    worst = np.full(len(columns), np.inf)
    reasons = np.full(len(columns), "", dtype=object)
    notes, ledger = [], []
    for reading in rereadings:
        patients = reading.patients(features.values.index)
        if len(patients) < settings.min_patients:
            notes.append(_too_few(reading, len(patients), settings))
            continue
        judged = _judged(reading.ratings(patients, columns), settings)
        fails = ~(judged >= settings.min_icc)  # NaN fails
        below = np.where(np.isnan(judged), -np.inf, judged)
        for i in np.flatnonzero(fails & (below < worst)):
            reasons[i] = _reason(judged[i], reading.design, settings)
        worst = np.where(fails, np.minimum(worst, below), worst)
        notes.append(_told(reading, len(patients), int(fails.sum()), len(columns), settings))
        ledger.append(fitted("ICC filter", _how(reading, settings), patients, uses_outcome=False))
    dropped = {str(columns[i]): str(reasons[i]) for i in np.flatnonzero(reasons != "")}
    return Irreproducible(dropped, tuple(notes), tuple(ledger))


def _judged(ratings: Array, settings: ReproducibilitySettings) -> Array:
    if settings.judged_on == "estimate":
        return icc_value(ratings, settings.form)
    return np.asarray(icc(ratings).form(settings.form).ci_low)


def _named(settings: ReproducibilitySettings) -> str:
    return settings.form + (" (lower bound)" if settings.judged_on == "lower" else "")


def _reason(value: float, design: str, settings: ReproducibilitySettings) -> str:
    return f"no ICC {design}" if np.isnan(value) else f"{_named(settings)} {value:.2f} {design}"


def _how(reading: Rereading, settings: ReproducibilitySettings) -> str:
    return f"{_named(settings)} of {settings.min_icc:g} or more {reading.design}"


def _told(reading: Rereading, n: int, n_fail: int, n_features: int, settings: ReproducibilitySettings) -> str:
    return (
        f"SIG-75: {n_fail} of {n_features} features dropped: {_named(settings)} below {settings.min_icc:g} "
        f"{reading.design} ({n} training patients)"
    )


def _too_few(reading: Rereading, n: int, settings: ReproducibilitySettings) -> str:
    return (
        f"SIG-75: no feature was judged {reading.design}: only {n} training patients were read twice, "
        f"at least {settings.min_patients} are wanted (reproducibility.min_patients)"
    )


def reproducibility_table(
    rereadings: Sequence[Rereading],
    settings: ReproducibilitySettings,
    *,
    among: pd.Index | None = None,
    features: pd.Index | None = None,
) -> pd.DataFrame:
    """Agreement of every feature in every design.

    Parameters
    ----------
    rereadings : sequence of Rereading
        A design with fewer than 2 patients has no rows.
    settings : ReproducibilitySettings
        Gives the form.
    among : Index, optional
        Patients to look at; without it all that were read twice.
    features : Index, optional
        Features to look at; without it those of each design's first reading.

    Returns
    -------
    DataFrame with columns ``feature, design, n_patients, icc, ci_low, ci_high, reason``
        The 95 % interval; ``reason`` says why there is no ICC, else it is empty.
    """
    parts = [
        part for reading in rereadings if (part := _agreement(reading, settings, among, features)) is not None
    ]
    columns = ["feature", "design", "n_patients", "icc", "ci_low", "ci_high", "reason"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _agreement(
    reading: Rereading,
    settings: ReproducibilitySettings,
    among: pd.Index | None,
    features: pd.Index | None,
) -> pd.DataFrame | None:
    patients = reading.patients(among)
    if len(patients) < MIN_TARGETS:
        return None
    columns = reading.first.columns if features is None else features
    found = icc(reading.ratings(patients, columns))
    form = found.form(settings.form)
    return pd.DataFrame(
        {
            "feature": columns.astype(str),
            "design": reading.design,
            "n_patients": len(patients),
            "icc": form.value,
            "ci_low": form.ci_low,
            "ci_high": form.ci_high,
            "reason": found.reasons,
        }
    )
