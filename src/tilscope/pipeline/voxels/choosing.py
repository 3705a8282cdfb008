"""Which features are shown, and in which patients: those with the highest and the lowest values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from tilscope.pipeline.biology.inputs import scores_file
from tilscope.pipeline.loading import read_feature_rows
from tilscope.study import Study
from tilscope.vocabulary import FeatureParts, feature_parts

if TYPE_CHECKING:
    from tilscope.signature import Signature, SignatureFeature

End = Literal["highest", "lowest"]


@dataclass(frozen=True, slots=True)
class ChosenPatient:
    """A patient at one end of a feature."""

    patient: str
    end: End
    value: float


@dataclass(frozen=True, slots=True)
class ChosenFeature:
    """A feature, and the patients in whom it is shown.

    Attributes
    ----------
    name : str
        As in the feature table.
    weight : float
        Logit per training sd; per unit of the feature where the sd is not known.
    is_standardised : bool
        Whether the weight is per training sd.
    parts : FeatureParts or None
        What the name says; None where it says neither phase nor moment.
    patients : tuple of ChosenPatient
        The highest first; each end from its extreme inwards.
    n_known : int
        Patients with a class of TILs and this feature.
    notes : tuple of str
        Ties and too few patients.
    """

    name: str
    weight: float
    is_standardised: bool
    parts: FeatureParts | None
    patients: tuple[ChosenPatient, ...]
    n_known: int
    notes: tuple[str, ...] = ()


def ordered_features(signature: Signature) -> tuple[tuple[str, float, bool], ...]:
    """Return name, weight and whether it is per sd, the largest weight first.

    Weights per unit cannot be compared: where an sd is not known, the order is the signature's own.
    """
    weights = [_weight(feature) for feature in signature.features]
    is_scaled = all(f.training_sd is not None for f in signature.features)
    rows = [(f.name, w, is_scaled) for f, w in zip(signature.features, weights, strict=True)]
    return tuple(sorted(rows, key=lambda row: -abs(row[1]))) if is_scaled else tuple(rows)


def _weight(feature: SignatureFeature) -> float:
    scaled = feature.standardised_coefficient
    return feature.coefficient if scaled is None else scaled


def extremes(values: pd.Series, n: int) -> tuple[tuple[ChosenPatient, ...], tuple[str, ...]]:
    """Return the ``n`` highest and the ``n`` lowest, fewer where nobody may stand at both ends.

    Parameters
    ----------
    values : Series of float, by participant key
        Without missing values. Of equal values the first by key comes first.
    n : int

    Returns
    -------
    tuple of ChosenPatient, tuple of str
        The highest first, and what a reader should know.
    """
    if values.nunique() < 2:
        return (), (f"all {len(values)} patients have the same value" if len(values) else "nobody has it",)
    size = min(n, len(values) // 2)
    notes = [] if size == n else [f"only {len(values)} patients have it, so {size} stand at each end"]
    chosen: list[ChosenPatient] = []
    ends: tuple[tuple[End, bool], ...] = (("highest", False), ("lowest", True))
    for end, ascending in ends:
        ranked = values.sort_index().sort_values(ascending=ascending, kind="stable")
        chosen += [ChosenPatient(str(key), end, float(v)) for key, v in ranked.iloc[:size].items()]
        n_equal = int((values == ranked.iloc[size - 1]).sum())
        if n_equal > int((ranked.iloc[:size] == ranked.iloc[size - 1]).sum()):
            last = f"{ranked.iloc[size - 1]:.4g}"
            notes.append(
                f"{n_equal} patients share the {end} value shown, {last}; the first by their keys are shown"
            )
    return tuple(chosen), tuple(notes)


def choose(study: Study, signature: Signature) -> tuple[ChosenFeature, ...]:
    """Choose the features by their weights, and for each the patients by the cohort's feature table.

    Only patients with a class of TILs (training and validation) are shown.
    """
    settings = study.settings.voxels
    scores = pd.read_csv(scores_file(study), sep="\t", index_col="participant_id", na_values="n/a")
    keys = scores.index[scores["til_level"].notna() & scores["rad_tils_score"].notna()]
    table = read_feature_rows(study.feature_table_file)
    chosen = []
    for name, weight, is_standardised in ordered_features(signature)[: settings.max_features]:
        values = table[name].reindex(keys).dropna() if name in table else pd.Series(dtype=float)
        patients, notes = extremes(values, settings.n_patients)
        chosen.append(
            ChosenFeature(name, weight, is_standardised, feature_parts(name), patients, len(values), notes)
        )
    return tuple(chosen)
