"""The cohort step `reproducibility`: how well second readings of lesions and of sTIL agree with the first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from tilscope.pipeline.loading import load_participants
from tilscope.pipeline.readings import load_rereadings, rereading_table_file
from tilscope.pipeline.signature_inputs import cohort_inputs, load_cohort, load_features
from tilscope.pipeline.status import usable_patients
from tilscope.pipeline.step import Products, Step
from tilscope.reading import stil_reading_columns
from tilscope.signature import Rereading, reproducibility_table
from tilscope.statistics import BlandAltman, bland_altman, icc
from tilscope.study import Study, encode_json, encode_tsv
from tilscope.vocabulary import InputError

VOLUME = "shape_MeshVolume"
MM3_PER_ML = 1000.0
MIN_PAIRS = 3  # limits of agreement need so many
MAY_BE_UNDEFINED = ("bias_t", "slope_p_value", "slope_t")  # without any spread; None then


def _reproducibility(study: Study, _: str) -> Products:
    settings = study.settings.reproducibility
    own = load_features(study).values
    rereadings = load_rereadings(study, own)
    training, stil = _training(study), stil_agreement(study)
    table = _feature_table(study, rereadings, own.columns, training)
    record = {
        "form": settings.form,
        "min_icc": settings.min_icc,
        "judged_on": settings.judged_on,
        "min_patients": settings.min_patients,
        "filter": settings.filter,
        "designs": [_design_record(study, r, training) for r in rereadings],
        "agreement": [*_volumes(rereadings), *stil["agreement"]],
        "stil": {k: v for k, v in stil.items() if k != "agreement"},
    }
    folder = study.signature_folder
    return Products(
        {
            folder / "reproducibility.tsv": encode_tsv(table, index=False),
            folder / "reproducibility.json": encode_json(record),
        }
    )


def _training(study: Study) -> pd.Index:
    """Return the keys of the training patients; none where the patients cannot be split."""
    try:
        cohort = load_cohort(study)
    except InputError:
        return pd.Index([])
    roles = cohort.features.roles
    is_training = cohort.participants.index.map(lambda a: roles is not None and roles.get(a) == "training")
    return pd.Index(cohort.participants[is_training.to_numpy(dtype=bool)])


def _feature_table(
    study: Study, rereadings: Sequence[Rereading], features: pd.Index, training: pd.Index
) -> pd.DataFrame:
    """Return every feature in every design, from all patients read twice and from the training ones alone."""
    settings = study.settings.reproducibility
    table = reproducibility_table(rereadings, settings, features=features)
    judged = reproducibility_table(rereadings, settings, among=training, features=features)
    judged = judged.rename(columns={c: f"{c}_training" for c in ("n_patients", "icc", "ci_low", "ci_high")})
    table = table.merge(judged.drop(columns="reason"), on=["feature", "design"], how="left")
    bound = table["icc_training"] if settings.judged_on == "estimate" else table["ci_low_training"]
    is_judged = settings.filter & (table["n_patients_training"] >= settings.min_patients)
    passes = bound >= settings.min_icc
    table["filter"] = passes.map({True: "kept", False: "dropped"}).where(is_judged, "not judged")
    return table


def _design_record(study: Study, reading: Rereading, training: pd.Index) -> dict[str, Any]:
    settings = study.settings.reproducibility
    n_training = len(reading.patients(training))
    return {
        "design": reading.design,
        "n_patients": len(reading.patients()),
        "n_training": n_training,
        "is_used": settings.filter and n_training >= settings.min_patients,
    }


def _volumes(rereadings: Sequence[Rereading]) -> list[dict[str, Any]]:
    """Return the agreement of the lesions' volumes in every design."""
    records = []
    for reading in rereadings:
        patients = reading.patients()
        if VOLUME not in reading.first or len(patients) < MIN_PAIRS:
            continue
        pair = (frame.loc[patients, VOLUME] / MM3_PER_ML for frame in (reading.first, reading.second))
        records.append(_agreement("Lesion volume", "ml", reading.design, bland_altman(*pair)))
    return records


def stil_agreement(study: Study) -> dict[str, Any]:
    """Return the agreement of the pathologists: the ICC over all of them, and limits for each pair."""
    table = load_participants(study)
    columns = stil_reading_columns(map(str, table.columns))
    known = table[list(columns.values())].dropna() if columns else pd.DataFrame()
    if len(known) < MIN_PAIRS:
        return {"agreement": []}
    found = icc(known.to_numpy(dtype=float))
    pairs = []
    for a, b in combinations(columns, 2):
        both = table[[columns[a], columns[b]]].dropna()
        if len(both) >= MIN_PAIRS:
            limits = bland_altman(both[columns[a]], both[columns[b]])
            pairs.append(_agreement("sTIL", "%", f"between pathologists {a} and {b}", limits))
    return {
        "readers": list(columns),
        "n_patients": len(known),
        "forms": [
            {
                "form": form.form,
                "icc": _number(form.value),
                "ci_low": _number(form.ci_low),
                "ci_high": _number(form.ci_high),
            }
            for form in found.forms
        ],
        "reason": found.reasons[0],
        "agreement": pairs,
    }


def _agreement(what: str, unit: str, design: str, limits: BlandAltman) -> dict[str, Any]:
    record = {k: v for k, v in asdict(limits).items() if k not in ("mean", "difference")}
    return {"what": what, "unit": unit, "design": design} | {
        "points": [[float(x), float(y)] for x, y in zip(limits.mean, limits.difference, strict=True)],
        **{
            name: {k: _number(v) for k, v in value.items()} if isinstance(value, dict) else value
            for name, value in record.items()
            if name not in MAY_BE_UNDEFINED
        },
        **{name: _number(getattr(limits, name)) for name in MAY_BE_UNDEFINED},
    }


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _inputs(study: Study, _: str) -> tuple[Path, ...]:
    return cohort_inputs(study, usable_patients(study))


def _nothing_to_compare(study: Study) -> str | None:
    if rereading_table_file(study).is_file():
        return None
    columns = stil_reading_columns(map(str, load_participants(study).columns))
    return None if columns else "no lesion was drawn twice, and no sTIL read twice"


REPRODUCIBILITY = Step(
    "reproducibility",
    2,
    "compare second readings",
    ("cohort.seed", "split", "reproducibility", "harmonisation", "imaging.roi_reader"),
    ("numpy", "scipy", "pandas"),
    _inputs,
    lambda study, _: study.signature_folder / "reproducibility.provenance.json",
    _reproducibility,
    needs=("collect",),
    is_cohort=True,
    left_out=_nothing_to_compare,
)
