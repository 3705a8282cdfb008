"""The steps of the cohort: one table of features, the signature, the biology of its score."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tilscope.pipeline.biology import BIOLOGY_STEPS
from tilscope.pipeline.honesty_step import HONESTY
from tilscope.pipeline.patient_steps import PATIENT_STEPS
from tilscope.pipeline.qc_table import QC_TABLE
from tilscope.pipeline.readings import collect_rereadings
from tilscope.pipeline.reproducibility_step import REPRODUCIBILITY
from tilscope.pipeline.rereading import reread_files
from tilscope.pipeline.signature_step import SIGNATURE
from tilscope.pipeline.status import usable_patients
from tilscope.pipeline.step import Products, Step
from tilscope.pipeline.voxels import VOXELS
from tilscope.study import Study, encode_json, load_json, sha256
from tilscope.vocabulary import InputError, SeriesError, TilscopeError

# What shapes a feature: a signature applies only to features made with the same.
FEATURE_SETTINGS = ("registration", "bias", "normalisation", "radiomics")


def shaping_settings(study: Study, n_post: int) -> dict[str, Any]:
    """Return everything that shapes the features, as the signature remembers it."""
    settings = study.settings.model_dump(mode="json")
    content = {name: settings[name] for name in FEATURE_SETTINGS}
    return content | {"n_post": n_post, "steps": step_versions()}


def step_versions() -> dict[str, int]:
    """Return the versions of the steps that shape a feature."""
    return {
        step.name: step.version for step in PATIENT_STEPS if step.name not in ("controls", "qc", "reread")
    }


def _collect(study: Study, _: str) -> Products:
    patients = usable_patients(study)
    rows = {p: load_json(study.feature_file(p))["features"] for p in patients}
    n_post = {p: _n_post(study, p) for p in patients}
    if not rows:
        raise InputError(
            "IMG-03",
            "no patient has features",
            expected="at least one patient that is not quarantined",
            remedy="tilscope status tells why each patient was quarantined.",
        )
    usual = study.settings.imaging.n_post or Counter(n_post.values()).most_common(1)[0][0]
    faults: dict[str, TilscopeError] = {
        p: SeriesError(
            "IMG-03",
            "the number of post-contrast phases is not the cohort's",
            found=n_post[p],
            expected=usual,
            remedy="Export all phases of this patient, or set imaging.n_post in study.toml.",
        )
        for p in patients
        if n_post[p] != usual
    }
    rows = {p: row for p, row in rows.items() if p not in faults}
    values = pd.DataFrame.from_dict(rows, orient="index", dtype=np.float64)
    values.index.name = "participant_id"
    table = io.BytesIO()
    values.to_parquet(table)
    settings = shaping_settings(study, usual)
    record = {
        "settings": settings,
        "settings_hash": sha256(encode_json(settings)),
        "n_post": usual,
        "n_participants": len(values),
        "n_features": values.shape[1],
    }
    files = {
        study.feature_table_file: table.getvalue(),
        study.feature_table_file.with_suffix(".json"): encode_json(record),
    }
    readings, notes = collect_rereadings(study, tuple(rows))
    return Products(files | readings, notes, faults=faults)


def _n_post(study: Study, patient: str) -> int:
    record = load_json(study.image_folder(patient) / "dce.json")
    return len(record["phase_names"]) - int(record["n_pre"])


def _feature_inputs(study: Study, _: str) -> tuple[Path, ...]:
    patients = usable_patients(study)
    return (
        *(study.feature_file(p) for p in patients),
        *(study.image_folder(p) / "dce.json" for p in patients),
        *reread_files(study, patients),
    )


COLLECT = Step(
    "collect",
    2,
    "collect the features",
    (*FEATURE_SETTINGS, "imaging.n_post"),
    ("pandas", "pyarrow"),
    _feature_inputs,
    lambda study, _: study.derivatives / "features" / "collect.provenance.json",
    _collect,
    facts=lambda _study: {"steps": step_versions()},
    is_cohort=True,
)
COHORT_STEPS: tuple[Step, ...] = (
    COLLECT,
    QC_TABLE,
    SIGNATURE,
    REPRODUCIBILITY,
    HONESTY,
    *BIOLOGY_STEPS,
    VOXELS,
)
