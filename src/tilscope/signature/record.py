"""A frozen signature: what to measure, how to weigh it, where to cut; strict JSON in and out."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError, model_validator

from tilscope.signature._strict_json import MAX_BYTES, parse_strictly
from tilscope.signature.applying import beyond_range, harmonised, needed, of_unknown_site, unscorable
from tilscope.signature.parts import (
    CohortSummary,
    Frozen,
    Origin,
    PlainJson,
    SelectionSummary,
    SignatureFeature,
)
from tilscope.vocabulary import FeatureTable, SignatureError

UNKNOWN_SETTINGS = "unknown"  # settings hash of a table that does not say how it was made

# What version 1 did not have; a file of version 1 is hashed, checked and written without it.
SINCE_VERSION_2: dict[str, Any] = {
    "cutoff_rule": True,
    "settings": True,
    "selection": True,
    "reproducibility": True,
    "harmonisation": True,
    "unknown_sites": True,
    "features": {"__all__": {"training_mean", "training_sd", "sites"}},
    "cohort": {"til_threshold_percent", "roles", "sites", "seed"},
}


class Signature(Frozen):
    """A score ``p = 1 / (1 + exp(-(intercept + sum coefficient x feature)))`` with a frozen cut-off.

    Attributes
    ----------
    name : str
        What to call it.
    features : tuple of SignatureFeature
        In the order of the sum; empty where no feature was selected (the score is the prevalence).
    intercept : float
        On the logit scale.
    cutoff : float in [0, 1], or None
        A score >= cutoff is ``positive``.
    cutoff_rule : {"median", "youden"} or None
        What the cut-off is, of the training scores.
    positive, negative : str
        Names of the classes; the score rises with the positive one.
    origin : {"logistic", "elastic_net", "empty", "published"}
        Where the coefficients come from.
    settings_hash : str or None
        ``FeatureTable.settings_hash`` of the training features; None where it is not known.
    settings : dict of JSON
        What that hash was made of, to read and to repeat: registration, bias, normalisation, radiomics, phases,
        versions of the steps; empty where it is not known.
    cohort : CohortSummary
        Counts of the training patients.
    selection : SelectionSummary or None
        How the features were selected.
    reproducibility, harmonisation : dict of JSON, or None
        Filter for features that readers do not reproduce, and harmonisation of sites; None where not done.
    unknown_sites : {"refuse", "unchanged"}
        What becomes of patients from a site that was not harmonised.
    software : dict
        Package -> version.
    warnings : tuple of str
        What a user of the signature must know.
    schema_version : int
        Version of this format: 2; files of version 1 are read, too.
    """

    name: str = Field(min_length=1, max_length=200)
    features: tuple[SignatureFeature, ...]
    intercept: float
    cutoff: float | None = Field(default=None, ge=0.0, le=1.0)
    cutoff_rule: Literal["median", "youden"] | None = None
    positive: str = Field(default="high", min_length=1)
    negative: str = Field(default="low", min_length=1)
    origin: Origin
    settings_hash: str | None = None
    settings: PlainJson = Field(default_factory=dict)
    cohort: CohortSummary
    selection: SelectionSummary | None = None
    reproducibility: PlainJson | None = None
    harmonisation: PlainJson | None = None
    unknown_sites: Literal["refuse", "unchanged"] = "refuse"
    software: dict[str, str] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    schema_version: Literal[1, 2] = 2

    @model_validator(mode="after")
    def _same_sites(self) -> Signature:
        if len({frozenset(feature.sites) for feature in self.features}) > 1:
            raise ValueError("the features are not harmonised over the same sites")
        return self

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features that the score needs."""
        return tuple(feature.name for feature in self.features)

    @property
    def sha256(self) -> str:
        """Hash of the canonical content."""
        return hashlib.sha256(_canonical(self._content()).encode("utf-8")).hexdigest()

    def _content(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude=SINCE_VERSION_2 if self.schema_version == 1 else None)

    def to_json(self) -> str:
        """Return the signature as JSON text that ends with its own hash.

        Raises
        ------
        SignatureError
            ``SIG-68`` where the text would be larger than :meth:`from_json` takes.
        """
        content = self._content() | {"sha256": self.sha256}
        text = json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
        if len(text.encode("utf-8")) > MAX_BYTES:
            raise SignatureError(
                "SIG-68",
                "the signature is too large for a file",
                found=f"{len(self.features):,} features",
                expected="at most 1 MB of JSON",
                remedy="Set selection.max_features, or an alpha above 0 (ridge keeps every feature).",
            )
        return text

    @classmethod
    def from_json(cls, text: str | bytes) -> Signature:
        """Read a signature; anything doubtful is refused.

        Parameters
        ----------
        text : str or bytes
            UTF-8 JSON, at most 1 MB. Order of keys and white space do not matter.

        Raises
        ------
        SignatureError
            ``SIG-66`` for anything that is not JSON (a pickle is never opened), ``SIG-67`` for a feature
            that stands twice, ``SIG-68`` for duplicate, absent or unknown keys, NaN, cut or too deep text,
            ``SIG-69`` for a hash that does not fit the content.
        """
        content = parse_strictly(text)
        claimed = content.pop("sha256", None)
        try:
            signature = cls.model_validate_json(json.dumps(content))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise SignatureError(
                "SIG-68", "the signature's content is not valid", found=f"{place}: {first['msg']}"
            ) from None
        if len(set(signature.feature_names)) != len(signature.features):
            raise SignatureError("SIG-67", "a feature stands twice in the signature")
        written = _canonical(content)
        told = hashlib.sha256(written.encode("utf-8")).hexdigest()
        if claimed != told:
            raise SignatureError(
                "SIG-69",
                "the signature was altered: its hash does not fit its content",
                found=claimed,
                expected=told,
                remedy="Ask for the original file.",
            )
        if written != _canonical(signature._content()):
            raise SignatureError(
                "SIG-68",
                "the signature is not as tilscope writes it",
                found="keys left out, of another version, or whole numbers for real ones",
                remedy="Ask for the original file.",
            )
        return signature

    def score(self, values: pd.DataFrame, sites: pd.Series | None = None) -> pd.Series:
        """Return the score in (0, 1) of each patient.

        Parameters
        ----------
        values : DataFrame of float, patients x features
            As extracted. Columns beyond those needed are ignored; their order does not matter.
        sites : Series of str, optional
            Site of each patient; needed where the signature was harmonised.

        Raises
        ------
        SignatureError
            ``SIG-67`` where a needed feature is absent, stands twice, or has no finite value; ``SIG-74`` for a
            patient of a site that the signature does not know, where it refuses those.
        """
        faults = self.unscorable(values, sites)
        if faults:
            raise _several(list(faults.values()))
        return self.score_harmonised(self.on_training_scale(values, sites))

    def score_harmonised(self, values: pd.DataFrame) -> pd.Series:
        """Return the score of values that are on the training patients' scale already, all of them finite."""
        x = needed(self.features, values).to_numpy()
        eta = self.intercept + x @ np.array([f.coefficient for f in self.features], dtype=np.float64)
        p = 1.0 / (1.0 + np.exp(-np.clip(eta, -700.0, 700.0)))
        return pd.Series(p, index=values.index, name="rad_tils_score", dtype=np.float64)

    def on_training_scale(self, values: pd.DataFrame, sites: pd.Series | None = None) -> pd.DataFrame:
        """Return the needed features, harmonised as in training; unknown sites stay as they are."""
        return harmonised(self.features, needed(self.features, values), sites)

    def unscorable(self, values: pd.DataFrame, sites: pd.Series | None = None) -> dict[str, SignatureError]:
        """Return the patients that cannot be scored, and why; the others can.

        Raises
        ------
        SignatureError
            ``SIG-67`` where a needed feature is absent or stands twice: then nobody can.
        """
        refuses = self.unknown_sites == "refuse"
        return unscorable(self.features, needed(self.features, values), sites, refuses_unknown=refuses)

    def classify(self, scores: pd.Series) -> pd.Series:
        """Return the positive class for scores >= cut-off, the negative one for others; missing stays missing.

        Raises
        ------
        SignatureError
            ``SIG-67`` where the signature has no cut-off.
        """
        if self.cutoff is None:
            raise SignatureError(
                "SIG-67", f"the signature {self.name} has no cut-off", remedy="Use its scores only."
            )
        words = np.where(scores >= self.cutoff, self.positive, self.negative).astype(object)
        words[scores.isna().to_numpy()] = None
        return pd.Series(words, index=scores.index, name="rad_tils_level", dtype="str")

    def check(self, table: FeatureTable, *, accepts_unknown: bool = False) -> tuple[str, ...]:
        """Check that features were made as those of training; return warnings.

        Parameters
        ----------
        table : FeatureTable
            Patients that can be scored; its sites are used where the signature was harmonised.
        accepts_unknown : bool
            Whether a table that does not say how it was made may be scored.

        Returns
        -------
        tuple of str
            One line per patient outside the training range (``SIG-71``) or of an unknown site that is left as it is
            (``SIG-74``), and one where the settings of either side are not known (``SIG-70``).

        Raises
        ------
        SignatureError
            ``SIG-70`` where the settings differ, ``SIG-67`` as in :meth:`score`.
        """
        notes = self.check_settings(table.settings_hash, accepts_unknown=accepts_unknown)
        return notes + tuple(
            f"{rule} {patient}: {words}"
            for patient, warned in self.patient_warnings(table).items()
            for rule, words in warned
        )

    def patient_warnings(self, table: FeatureTable) -> dict[str, tuple[tuple[str, str], ...]]:
        """Return participant -> (rule, words) of an unknown site (``SIG-74``) and of the range (``SIG-71``)."""
        strange = of_unknown_site(self.features, table.values.index, table.sites)
        outside = self.out_of_range(table.values, table.sites)
        of_site = ("SIG-74", "its site is not one of the training's; its features are used as they are")
        warned = {}
        for patient, is_strange in zip(map(str, strange.index), strange, strict=True):
            far = ", ".join(_far(name, distance) for name, distance in outside.get(patient, {}).items())
            of_range = ("SIG-71", f"outside the training range in {far}")
            found = (*((of_site,) if is_strange else ()), *((of_range,) if far else ()))
            if found:
                warned[patient] = found
        return warned

    def check_settings(self, found: str, *, accepts_unknown: bool = False) -> tuple[str, ...]:
        """Refuse a table's settings hash that is not the signature's (``SIG-70``); note where one is unknown."""
        if self.settings_hash is None:
            return ("SIG-70: the signature's settings are unknown",)
        if found == self.settings_hash:
            return ()
        if found == UNKNOWN_SETTINGS and accepts_unknown:
            return ("SIG-70: the settings of the features are unknown; accepted on request",)
        is_unknown = found == UNKNOWN_SETTINGS
        raise SignatureError(
            "SIG-70",
            "the features do not say with which settings they were extracted"
            if is_unknown
            else "the features were extracted with other settings than the signature's",
            found=found,
            expected=self.settings_hash,
            remedy="Extract them again with the settings that the signature was trained with.",
        )

    def out_of_range(
        self, values: pd.DataFrame, sites: pd.Series | None = None
    ) -> dict[str, dict[str, float]]:
        """Return, for each patient outside the training range, feature -> how far, in training sd.

        Negative below the range, positive above; infinite where the training sd is unknown.
        """
        far = beyond_range(self.features, self.on_training_scale(values, sites))
        return {
            str(patient): {str(name): float(d) for name, d in row.items() if d != 0.0}
            for patient, row in far.iterrows()
            if (row != 0.0).any()
        }


def _canonical(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _far(name: str, distance: float) -> str:
    side = "above" if distance > 0 else "below"
    return f"{name} ({abs(distance):.2g} sd {side})" if np.isfinite(distance) else f"{name} ({side})"


def _several(faults: list[SignatureError]) -> SignatureError:
    """Return one error for several patients: that of the first, with the others named."""
    first = faults[0]
    named = ", ".join(str(fault.patient) for fault in faults[:5])
    return SignatureError(
        first.rule,
        f"{len(faults)} patients cannot be scored; for the first, {first.message}",
        found=named + (" and others" if len(faults) > 5 else ""),
        expected=first.expected,
        remedy=first.remedy,
    )
