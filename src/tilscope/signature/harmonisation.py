"""Shifts between scanners or centres: ComBat, fitted on training patients, applied to everybody.

The outcome is not in the model: it would be needed for new patients, whose outcome nobody knows. A site whose
training patients have more high TILs than the others' therefore loses a part of that difference; ``tilscope check``
shows the classes of each site.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from tilscope.signature.combat import estimate_combat
from tilscope.vocabulary import FeatureTable, SettingsRecord, SignatureError

Array = NDArray[np.float64]
NONE = "none"
NO_SITE = "no site"


class HarmonisationSettings(SettingsRecord):
    """How features are harmonised between scanners or centres (ComBat)."""

    site: str = Field(
        default=NONE,
        min_length=1,
        description="What tells the sites: none (no harmonisation), scanner (maker, model and field strength of the "
        "DICOM files), or a column of participants.tsv.",
    )
    location_only: bool = Field(
        default=False,
        description="Whether only the means of the sites are brought together, not their scatter.",
    )
    reference: str | None = Field(
        default=None, description="Site to which the others are brought; unset: the mean of all."
    )
    min_per_site: int = Field(
        default=5, ge=2, le=1000, description="Training patients that a site needs for shifts of its own."
    )
    unknown_sites: Literal["refuse", "unchanged"] = Field(
        default="refuse",
        description="Patients without a site, or of one with fewer training patients than that: refused, or left "
        "unchanged with a note for each.",
    )

    @property
    def is_wanted(self) -> bool:
        """Whether anything is harmonised."""
        return self.site != NONE


@dataclass(frozen=True, slots=True, eq=False)
class Harmonisation:
    """Shifts of every known site, frozen: a feature becomes ``offset + scale x feature``.

    Attributes
    ----------
    features : Index of str
        Features with shifts; all others stay as they are.
    sites : dict
        Known site -> number of its training patients; with fewer than two sites nothing is shifted.
    grand_mean, pooled_sd : ndarray of float, shape (n_features,)
        Mean and sd to which all sites are brought.
    location, scale : ndarray of float, shape (n_sites, n_features)
        gamma* and delta* of each site, in units of the pooled sd.
    unfit : dict
        Feature that cannot be harmonised -> why.
    settings : HarmonisationSettings
        How it was fitted, and what happens to patients of other sites.
    notes : tuple of str
        Rule id first.
    """

    features: pd.Index
    sites: dict[str, int]
    grand_mean: Array
    pooled_sd: Array
    location: Array
    scale: Array
    settings: HarmonisationSettings
    unfit: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What was fitted, in a few words."""
        what = "location" if self.settings.location_only else "location and scale"
        to = "" if self.settings.reference is None else f", to {self.settings.reference}"
        return f"ComBat, {what} of {len(self.sites)} sites{to}, without the outcome"

    def shifts(self, feature: str) -> dict[str, tuple[float, float]]:
        """Return offset and scale of each known site; 0 and 1 where the feature is not shifted."""
        if feature not in self.features:
            return dict.fromkeys(self.sites, (0.0, 1.0))
        g = self.features.get_indexer(pd.Index([feature]))
        offset, factor = self._linear(g)
        return {site: (float(offset[i, 0]), float(factor[i, 0])) for i, site in enumerate(self.sites)}

    def transform(self, values: pd.DataFrame, sites: pd.Series) -> pd.DataFrame:
        """Return harmonised features.

        Parameters
        ----------
        values : DataFrame of float, patients x features
            Columns without shifts stay as they are.
        sites : Series of str
            Site of each patient; others may stand in it, too.

        Raises
        ------
        SignatureError
            ``SIG-74`` for patients of unknown sites, unless these stay unchanged.
        """
        own = sites.reindex(values.index)
        if self.settings.unknown_sites == "refuse":
            refuse_unknown(unknown_patients(own, self.sites), self.sites)
        array = values.to_numpy(dtype=np.float64, copy=True)
        found = self.features.get_indexer(values.columns)
        offset, factor = self._linear(found[found >= 0])
        codes = pd.Index(list(self.sites), dtype=object).get_indexer(pd.Index(own, dtype=object))
        rows = np.flatnonzero(codes >= 0)
        codes = codes[rows]
        if rows.size == array.shape[0] and (found >= 0).all():
            array = offset[codes] + factor[codes] * array
        else:
            block = np.ix_(rows, np.flatnonzero(found >= 0))
            array[block] = offset[codes] + factor[codes] * array[block]
        return pd.DataFrame(array, index=values.index, columns=values.columns)

    def _linear(self, features: NDArray[np.intp]) -> tuple[Array, Array]:
        """Return what is added to each site's features, and what they are multiplied with before."""
        mean, factor = self.grand_mean[features], 1.0 / self.scale[:, features]
        return mean - (mean + self.pooled_sd[features] * self.location[:, features]) * factor, factor


def harmonisation_of(features: FeatureTable, settings: HarmonisationSettings) -> Harmonisation | None:
    """Return what was fitted on training rows; None where nothing is to be harmonised.

    Raises
    ------
    SignatureError
        ``SIG-74`` where nobody has a site, or as in :func:`fit_harmonisation`.
    """
    if not settings.is_wanted:
        return None
    if features.sites is None:
        raise SignatureError(
            "SIG-74",
            "sites are to be harmonised, and nobody has one",
            expected=f"a site for each patient, from {settings.site}",
            remedy='Correct harmonisation.site in study.toml, or set it to "none".',
        )
    return fit_harmonisation(features.values, features.sites, settings)


def fit_harmonisation(
    values: pd.DataFrame, sites: pd.Series, settings: HarmonisationSettings | None = None
) -> Harmonisation:
    """Fit ComBat on training patients.

    Features with a missing value, or constant, are left to the screening. Features that are constant at one site
    and vary elsewhere cannot be brought together, and are named as unfit.

    Parameters
    ----------
    values : DataFrame of float, patients x features
        Training rows only.
    sites : Series of str
        Site of each patient.
    settings : HarmonisationSettings, optional
        Defaults of the record.

    Raises
    ------
    SignatureError
        ``SIG-74`` for patients whose site is unknown or too small, unless these stay unchanged, and for a
        reference that is not a known site.
    """
    settings = settings or HarmonisationSettings()
    own = sites.reindex(values.index)
    known = known_sites(own, settings.min_per_site)
    unknown = unknown_patients(own, known)
    if settings.unknown_sites == "refuse":
        refuse_unknown(unknown, known, settings.min_per_site)
    notes = unknown_notes(unknown)
    if settings.reference is not None and settings.reference not in known:
        raise SignatureError(
            "SIG-74",
            "the reference site is not a known one",
            found=settings.reference,
            expected=", ".join(known) or f"a site with {settings.min_per_site} training patients",
            remedy="Correct harmonisation.reference.",
        )
    if len(known) < 2:
        told = ", ".join(known) or f"none with {settings.min_per_site} training patients"
        return _nothing(known, settings, (*notes, f"SIG-74: one site only ({told}); nothing was harmonised"))
    array = values.to_numpy(dtype=np.float64)
    parts = [array[(own == site).to_numpy()] for site in known]
    usable, unfit = _usable(parts, values.columns, list(known))
    if not usable.any():
        return _nothing(known, settings, (*notes, "SIG-74: no feature could be harmonised"), unfit)
    reference = None if settings.reference is None else list(known).index(settings.reference)
    made = estimate_combat(
        [part[:, usable] for part in parts], location_only=settings.location_only, reference=reference
    )
    if not made.has_converged:
        notes = (*notes, "SIG-74: the iteration of ComBat did not converge; its last step was taken")
    return Harmonisation(
        values.columns[usable],
        known,
        made.grand_mean,
        made.pooled_sd,
        made.location,
        made.scale,
        settings,
        unfit,
        notes,
    )


def _nothing(
    known: dict[str, int],
    settings: HarmonisationSettings,
    notes: tuple[str, ...],
    unfit: dict[str, str] | None = None,
) -> Harmonisation:
    none = np.zeros((len(known), 0))
    return Harmonisation(
        pd.Index([], dtype=str),
        known,
        np.zeros(0),
        np.zeros(0),
        none,
        none,
        settings,
        unfit or {},
        notes,
    )


def _usable(
    parts: list[Array], names: pd.Index, sites: list[str]
) -> tuple[NDArray[np.bool_], dict[str, str]]:
    """Return which features can be harmonised, and why some that the screening would keep cannot."""
    low = np.stack([part.min(axis=0) for part in parts])
    high = np.stack([part.max(axis=0) for part in parts])
    size = np.maximum(np.abs(low), np.abs(high))
    is_complete = np.isfinite(size).all(axis=0)
    with np.errstate(invalid="ignore"):
        is_constant = high - low <= 1e-12 * size
        varies = high.max(axis=0) - low.min(axis=0) > 1e-12 * size.max(axis=0)
    unfit = {
        str(names[g]): f"constant at {sites[int(np.flatnonzero(is_constant[:, g])[0])]}, cannot be harmonised"
        for g in np.flatnonzero(is_complete & varies & is_constant.any(axis=0))
    }
    return is_complete & ~is_constant.any(axis=0), unfit


def known_sites(sites: pd.Series, min_per_site: int) -> dict[str, int]:
    """Return the sites with enough patients and their numbers, by name."""
    counts = sites.dropna().astype(str).value_counts()
    return {str(site): int(n) for site, n in sorted(counts.items()) if n >= min_per_site}


def unknown_patients(sites: pd.Series, known: dict[str, int]) -> dict[str, list[str]]:
    """Return the patients of each site that is not known, by the site's name."""
    others = sites[~sites.isin(list(known))].fillna(NO_SITE).astype(str)
    return {str(site): [str(key) for key in part.index] for site, part in others.groupby(others)}


def unknown_notes(unknown: dict[str, list[str]]) -> tuple[str, ...]:
    """Return a note for each patient of an unknown site that stays unchanged."""
    return tuple(
        f"SIG-74 {patient}: the shifts of {site} are not known; the features stay as they are"
        for site, patients in unknown.items()
        for patient in patients
    )


def refuse_unknown(
    unknown: dict[str, list[str]], known: dict[str, int], min_per_site: int | None = None
) -> None:
    """Refuse patients whose site has no shifts.

    Raises
    ------
    SignatureError
        ``SIG-74`` where there are any.
    """
    if not unknown:
        return
    enough = "" if min_per_site is None else f" with {min_per_site} training patients each"
    raise SignatureError(
        "SIG-74",
        "patients of sites whose shifts are not known",
        found=", ".join(f"{len(patients)} of {site}" for site, patients in unknown.items()),
        expected=f"{', '.join(known) or 'sites'}{enough}",
        remedy="Leave these patients out, train with patients of that site, or set "
        'harmonisation.unknown_sites = "unchanged".',
    )


def without_unknown_sites(
    features: FeatureTable, settings: HarmonisationSettings | None
) -> tuple[FeatureTable, tuple[str, ...]]:
    """Leave out the patients of sites that have too few training patients in this split.

    A random split may take so many patients of a small site that its shifts cannot be fitted.

    Parameters
    ----------
    features : FeatureTable
        Patients with their roles and sites.
    settings : HarmonisationSettings or None
        Nobody is left out where nothing is harmonised, or where such patients stay unchanged.

    Returns
    -------
    features : FeatureTable
        Without these patients.
    left_out : tuple of str
        Their keys.
    """
    if (
        settings is None
        or not settings.is_wanted
        or settings.unknown_sites == "unchanged"
        or features.sites is None
    ):
        return features, ()
    sites = features.sites.reindex(features.values.index)
    training = features.part("training")
    trained = sites if training.sites is None or not len(training.values) else training.sites
    known = known_sites(trained, settings.min_per_site)
    left_out = tuple(key for keys in unknown_patients(sites, known).values() for key in keys)
    gone = set(left_out)
    return features.rows([key for key in features.values.index if str(key) not in gone]), left_out
