"""A frozen signature: what to measure, how to weigh it, where to cut; strict JSON in and out."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tilscope.signature._strict_json import parse_strictly
from tilscope.vocabulary import FeatureTable, SignatureError

Origin = Literal["logistic", "elastic_net", "empty", "published"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class SignatureFeature(_Frozen):
    """One feature of the score: its name, weight, and range among the training patients."""

    name: str = Field(min_length=1, max_length=200)
    coefficient: float
    training_min: float | None = None
    training_max: float | None = None


class CohortSummary(_Frozen):
    """Who the signature was trained on; counts only."""

    n_training: int = Field(ge=0)
    n_positive: int = Field(ge=0)
    n_negative: int = Field(ge=0)
    description: str = Field(default="", max_length=2000)


class Signature(_Frozen):
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
        A score >= cutoff is ``positive``: the median of the training scores.
    positive, negative : str
        Names of the classes; the score rises with the positive one.
    origin : {"logistic", "elastic_net", "empty", "published"}
        Where the coefficients come from.
    settings_hash : str or None
        ``FeatureTable.settings_hash`` of the training features; None where it is not known.
    cohort : CohortSummary
        Counts of the training patients.
    software : dict
        Package -> version.
    warnings : tuple of str
        What a user of the signature must know.
    schema_version : int
        Version of this format: 1.
    """

    name: str = Field(min_length=1, max_length=200)
    features: tuple[SignatureFeature, ...]
    intercept: float
    cutoff: float | None = Field(default=None, ge=0.0, le=1.0)
    positive: str = Field(default="high", min_length=1)
    negative: str = Field(default="low", min_length=1)
    origin: Origin
    settings_hash: str | None = None
    cohort: CohortSummary
    software: dict[str, str] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    schema_version: Literal[1] = 1

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features that the score needs."""
        return tuple(feature.name for feature in self.features)

    @property
    def sha256(self) -> str:
        """Hash of the canonical content."""
        return hashlib.sha256(self._canonical().encode("utf-8")).hexdigest()

    def _canonical(self) -> str:
        content = self.model_dump(mode="json")
        return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)

    def to_json(self) -> str:
        """Return the signature as JSON text that ends with its own hash."""
        content = self.model_dump(mode="json") | {"sha256": self.sha256}
        return json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Signature:
        """Read a signature; anything doubtful is refused.

        Parameters
        ----------
        text : str or bytes
            UTF-8 JSON, at most 1 MB.

        Raises
        ------
        SignatureError
            ``SIG-66`` for anything that is not JSON (a pickle is never opened), ``SIG-67`` for a feature
            that stands twice, ``SIG-68`` for duplicate or unknown keys, NaN, cut or too deep text,
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
        if claimed != signature.sha256:
            raise SignatureError(
                "SIG-69",
                "the signature was altered: its hash does not fit its content",
                found=claimed,
                expected=signature.sha256,
                remedy="Ask for the original file.",
            )
        return signature

    def score(self, values: pd.DataFrame) -> pd.Series:
        """Return the score in (0, 1) of each patient.

        Parameters
        ----------
        values : DataFrame of float, patients x features
            Columns beyond those needed are ignored; their order does not matter.

        Raises
        ------
        SignatureError
            ``SIG-67`` where a needed feature is absent, stands twice, or has no finite value.
        """
        x = self._needed(values)
        eta = self.intercept + x @ np.array([f.coefficient for f in self.features], dtype=np.float64)
        p = 1.0 / (1.0 + np.exp(-np.clip(eta, -700.0, 700.0)))
        return pd.Series(p, index=values.index, name="rad_tils_score", dtype=np.float64)

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

    def check(self, table: FeatureTable) -> tuple[str, ...]:
        """Check that features were made as those of training; return warnings.

        Returns
        -------
        tuple of str
            One line per patient outside the training range (``SIG-71``), and one where the settings of
            the signature are not known.

        Raises
        ------
        SignatureError
            ``SIG-70`` where the settings differ, ``SIG-67`` as in :meth:`score`.
        """
        if self.settings_hash is not None and self.settings_hash != table.settings_hash:
            raise SignatureError(
                "SIG-70",
                "the features were extracted with other settings than the signature's",
                found=table.settings_hash,
                expected=self.settings_hash,
                remedy="Extract them again with the settings that the signature was trained with.",
            )
        unknown = () if self.settings_hash is not None else ("SIG-70: the signature's settings are unknown",)
        outside = self.out_of_range(table.values)
        return unknown + tuple(
            f"SIG-71 {patient}: outside the training range in {', '.join(names)}"
            for patient, names in outside.items()
        )

    def out_of_range(self, values: pd.DataFrame) -> dict[str, tuple[str, ...]]:
        """Return, for each patient outside the training range, the features concerned."""
        x = self._needed(values)
        low = np.array([-np.inf if f.training_min is None else f.training_min for f in self.features])
        high = np.array([np.inf if f.training_max is None else f.training_max for f in self.features])
        outside = (x < low) | (x > high)
        return {
            str(patient): tuple(np.array(self.feature_names, dtype=object)[row])
            for patient, row in zip(values.index, outside, strict=True)
            if row.any()
        }

    def _needed(self, values: pd.DataFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        counts = values.columns.value_counts()
        wrong = [name for name in self.feature_names if counts.get(name, 0) != 1]
        if wrong:
            raise SignatureError(
                "SIG-67",
                f"{len(wrong)} features that the signature needs are absent or stand twice",
                found=", ".join(wrong[:5]),
                expected="each needed feature once",
                remedy="Extract the features with the settings of the signature.",
            )
        x = values[list(self.feature_names)].to_numpy(dtype=np.float64)
        bad = ~np.isfinite(x).all(axis=1)
        if bad.any():
            raise SignatureError(
                "SIG-67",
                "patients lack a finite value of a needed feature",
                found=", ".join(map(str, values.index[bad][:5])),
                remedy="Leave these patients out; nothing is imputed.",
            )
        return x
