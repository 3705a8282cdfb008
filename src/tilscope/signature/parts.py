"""What a frozen signature consists of: its features, its patients, its selection; counts and numbers only."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

Origin = Literal["logistic", "elastic_net", "empty", "published"]
MAX_NOTE_BYTES = 200_000
MAX_NOTE_DEPTH = 6
_NOT_SMALL = f"larger than {MAX_NOTE_BYTES} bytes"


class Frozen(BaseModel):
    """A record of a signature: no other fields, no conversions, no number that is not finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _plain(content: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Refuse content that would not come back from a file as it went in."""
    if _depth(content) > MAX_NOTE_DEPTH:
        raise ValueError(f"nested deeper than {MAX_NOTE_DEPTH}")
    if len(json.dumps(content, allow_nan=False).encode()) > MAX_NOTE_BYTES:
        raise ValueError(_NOT_SMALL)
    return content


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is not finite")
    return 0


PlainJson = Annotated[dict[str, JsonValue], AfterValidator(_plain)]


class SignatureFeature(Frozen):
    """One feature of the score.

    Attributes
    ----------
    name : str
        As in the feature table.
    coefficient : float
        Logit per unit of the feature on its original scale.
    training_min, training_max : float or None
        Range among the training patients (after harmonisation).
    training_mean, training_sd : float or None
        The scaler of the elastic net: mean, and sd with 1/N, of the training patients (after harmonisation).
    sites : dict of str to (offset, scale)
        Harmonisation of each training site: x' = offset + scale * x; empty where none was done.
    """

    name: str = Field(min_length=1, max_length=200)
    coefficient: float
    training_min: float | None = None
    training_max: float | None = None
    training_mean: float | None = None
    training_sd: float | None = Field(default=None, ge=0.0)
    sites: dict[str, tuple[float, float]] = Field(default_factory=dict)

    @property
    def standardised_coefficient(self) -> float | None:
        """Logit per training sd of the feature: comparable between features; None where the sd is unknown."""
        return None if self.training_sd is None else self.coefficient * self.training_sd


class CohortSummary(Frozen):
    """Who the signature was trained on; counts only.

    Attributes
    ----------
    n_training, n_positive, n_negative : int
        Training patients, and how many of each class.
    description : str
        Title of the study.
    til_threshold_percent : float or None
        sTIL percentage from which a patient counts as positive.
    roles : dict of str to int
        Patients by role, with those that were not trained on.
    sites : dict of str to int
        Training patients by site; empty where sites are not known.
    seed : int or None
        Seed of the split and of the folds.
    """

    n_training: int = Field(ge=0)
    n_positive: int = Field(ge=0)
    n_negative: int = Field(ge=0)
    description: str = Field(default="", max_length=2000)
    til_threshold_percent: float | None = Field(default=None, gt=0.0, le=100.0)
    roles: dict[str, int] = Field(default_factory=dict)
    sites: dict[str, int] = Field(default_factory=dict)
    seed: int | None = Field(default=None, ge=0)


class SelectionSummary(Frozen):
    """How the features were selected.

    Attributes
    ----------
    alpha : float or None
        Mixing of the elastic net: 1 is the lasso; None where no path was fitted.
    penalty : float or None
        lambda that was used; None where no path was fitted.
    rule : str
        Rule that chose it (``lambda_min``, ``lambda_1se``), in the cross-validation's ``n_folds`` folds.
    max_features : int or None
        Limit that may have raised the penalty.
    n_candidates, n_usable : int
        Features offered, and those left after filters and screening.
    """

    alpha: float | None = Field(default=None, ge=0.0, le=1.0)
    penalty: float | None = Field(default=None, ge=0.0)
    rule: str = Field(max_length=100)
    n_folds: int = Field(ge=2)
    max_features: int | None = Field(default=None, ge=1)
    n_candidates: int = Field(ge=0)
    n_usable: int = Field(ge=0)


@dataclass(frozen=True, slots=True)
class Background:
    """What a fit cannot see and its signature must tell.

    Attributes
    ----------
    title : str
        Of the study.
    til_threshold_percent : float or None
        sTIL percentage from which a patient is positive.
    roles : dict of str to int
        Patients by role.
    seed : int or None
        Seed of the split and of the folds.
    settings : dict of JSON
        Settings that shaped the features: what ``FeatureTable.settings_hash`` is made of.
    """

    title: str = ""
    til_threshold_percent: float | None = None
    roles: dict[str, int] = field(default_factory=dict)
    seed: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
