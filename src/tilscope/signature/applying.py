"""A frozen score on new patients: the needed columns, the sites, who cannot be scored, who lies outside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tilscope.signature.parts import SignatureFeature
from tilscope.vocabulary import SignatureError

Features = Sequence[SignatureFeature]


def needed(features: Features, values: pd.DataFrame) -> pd.DataFrame:
    """Return the needed columns in the order of the sum.

    Raises
    ------
    SignatureError
        ``SIG-67`` where one is absent or stands twice.
    """
    counts = values.columns.value_counts()
    wrong = [f.name for f in features if counts.get(f.name, 0) != 1]
    if wrong:
        raise SignatureError(
            "SIG-67",
            f"{len(wrong)} features that the signature needs are absent or stand twice",
            found=", ".join(wrong[:5]),
            expected="each needed feature once",
            remedy="Extract the features with the settings of the signature.",
        )
    return values[[f.name for f in features]].astype(np.float64)


def known_sites(features: Features) -> tuple[str, ...]:
    """Return the sites that the signature was harmonised over; none where it was not."""
    return tuple(features[0].sites) if features else ()


def of_unknown_site(features: Features, patients: pd.Index, sites: pd.Series | None) -> pd.Series:
    """Return, for each patient, whether the signature does not know its site (never without harmonisation)."""
    known = known_sites(features)
    if not known:
        return pd.Series(False, index=patients)
    told = pd.Series(None, index=patients, dtype=object) if sites is None else sites.reindex(patients)
    return ~told.isin(known)


def harmonised(features: Features, x: pd.DataFrame, sites: pd.Series | None) -> pd.DataFrame:
    """Return raw values on the scale of the training patients; those of an unknown site as they are.

    Parameters
    ----------
    features : sequence of SignatureFeature
    x : DataFrame of float, patients x features of :func:`needed`
    sites : Series of str, or None
        Site of each patient.
    """
    known = known_sites(features)
    if not known or sites is None:
        return x
    told = sites.reindex(x.index)
    moved = x.copy()
    for site in known:
        rows = (told == site).to_numpy(dtype=bool)
        offset, scale = np.array([f.sites[site] for f in features]).T
        moved.loc[rows] = offset + scale * x.loc[rows].to_numpy()
    return moved


def unscorable(
    features: Features, x: pd.DataFrame, sites: pd.Series | None, *, refuses_unknown: bool
) -> dict[str, SignatureError]:
    """Return why patients cannot be scored: ``SIG-67`` a value is missing, ``SIG-74`` the site is unknown."""
    is_finite = np.isfinite(x.to_numpy())
    is_unknown = of_unknown_site(features, x.index, sites).to_numpy(dtype=bool) & refuses_unknown
    names = np.array([f.name for f in features], dtype=object)
    faults = {}
    for patient, finite, strange in zip(map(str, x.index), is_finite, is_unknown, strict=True):
        if not finite.all():
            faults[patient] = _incomplete(patient, names[~finite])
        elif strange:
            faults[patient] = _strange(patient, features)
    return faults


def _incomplete(patient: str, names: Sequence[str]) -> SignatureError:
    return SignatureError(
        "SIG-67",
        "a needed feature is missing or infinite; the patient is not scored",
        patient=patient,
        found=", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else ""),
        expected="a number",
        remedy="Extract this patient's features again, or leave the patient out; nothing is imputed.",
    )


def _strange(patient: str, features: Features) -> SignatureError:
    return SignatureError(
        "SIG-74",
        "the signature was harmonised over sites and this patient's is not one of them; not scored",
        patient=patient,
        expected=", ".join(known_sites(features)[:8]),
        remedy="Name the site as in training, or fit with this site among the training patients.",
    )


def beyond_range(features: Features, x: pd.DataFrame) -> pd.DataFrame:
    """Return how far each value lies outside the training range: 0 inside, in training sd outside.

    Parameters
    ----------
    features : sequence of SignatureFeature
    x : DataFrame of float, patients x features
        On the scale of the training patients.

    Returns
    -------
    DataFrame of float, same shape
        Negative below the range; infinite outside where the training sd is unknown or 0; 0 where the range is
        unknown.
    """
    low = np.array([-np.inf if f.training_min is None else f.training_min for f in features])
    high = np.array([np.inf if f.training_max is None else f.training_max for f in features])
    sd = np.array([f.training_sd or 0.0 for f in features])
    values = x.to_numpy()
    with np.errstate(invalid="ignore"):
        excess = np.where(values > high, values - high, np.where(values < low, values - low, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(excess == 0.0, 0.0, excess / sd)
    return pd.DataFrame(distance, index=x.index, columns=x.columns)
