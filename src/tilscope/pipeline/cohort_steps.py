"""The steps of the cohort: one table of features, the signature, the biology of its score."""

from __future__ import annotations

import io
import math
from collections import Counter
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from tilscope.pipeline.biology_step import BIOLOGY
from tilscope.pipeline.patient_steps import PATIENT_STEPS
from tilscope.pipeline.qc_table import QC_TABLE
from tilscope.pipeline.signature_inputs import (
    FOLD_STREAM,
    cohort_inputs,
    load_cohort,
    load_preparation,
    stream,
)
from tilscope.pipeline.status import excluded_patients, quarantine_step
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv, load_json, sha256
from tilscope.vocabulary import FeatureTable, InputError, SeriesError, TilscopeError

# What shapes a feature: a signature applies only to features made with the same.
FEATURE_SETTINGS = ("registration", "bias", "normalisation", "radiomics")


def usable_patients(study: Study) -> tuple[str, ...]:
    """Return the patients whose own steps went well and whom no human excluded."""
    excluded = excluded_patients(study)
    return tuple(
        p
        for p in study.patients
        if p not in excluded
        and study.feature_file(p).is_file()
        and quarantine_step(study, p) in (None, "collect")
    )


def settings_hash(study: Study, n_post: int) -> str:
    """Return the hash of everything that shapes the features, as the signature remembers it."""
    settings = study.settings.model_dump(mode="json")
    content = {name: settings[name] for name in FEATURE_SETTINGS}
    content |= {"n_post": n_post, "steps": step_versions()}
    return sha256(encode_json(content))


def step_versions() -> dict[str, int]:
    """Return the versions of the steps that shape a feature."""
    return {step.name: step.version for step in PATIENT_STEPS if step.name != "qc"}


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
    record = {
        "settings_hash": settings_hash(study, usual),
        "n_post": usual,
        "n_participants": len(values),
        "n_features": values.shape[1],
    }
    files = {
        study.feature_table_file: table.getvalue(),
        study.feature_table_file.with_suffix(".json"): encode_json(record),
    }
    return Products(files, faults=faults)


def _n_post(study: Study, patient: str) -> int:
    record = load_json(study.image_folder(patient) / "dce.json")
    return len(record["phase_names"]) - int(record["n_pre"])


def _signature(study: Study, _: str) -> Products:
    from tilscope.signature import evaluate, fit_signature

    cohort = load_cohort(study)
    table, stils, levels = cohort.features, cohort.stils, cohort.levels
    values, roles = table.values, table.roles
    training = table.part("training")
    fit = fit_signature(
        training,
        levels.loc[training.values.index],
        study.settings.selection,
        stream(study, FOLD_STREAM),
        preparation=load_preparation(study, cohort),
        description=study.settings.cohort.name,
    )
    complete = values.dropna(subset=list(fit.signature.feature_names))
    scores = fit.signature.score(complete).reindex(values.index)
    role = cast("pd.Series", roles).reindex(values.index).fillna("no outcome")
    role = role.where(scores.notna(), "not scored")
    frame = pd.DataFrame(
        {
            "role": role,
            "til_percent": stils,
            "til_level": levels,
            "rad_tils_score": scores,
            "rad_tils_level": fit.signature.classify(scores),
        }
    )
    frame.index = pd.Index(cohort.participants.reindex(values.index), name="participant_id")
    cutoff = cast("float", fit.signature.cutoff)  # a fitted signature always has one
    performance = {
        role: _performance_record(evaluate(part["til_level"], part["rad_tils_score"], cutoff, role=role))
        for role, part in ((r, frame[frame["role"] == r]) for r in ("training", "validation"))
    }
    folder = study.signature_folder
    is_scored = frame["role"] != "not scored"
    notes = (
        *fit.notes,
        *(f"SIG-67 {p}: a feature of the signature is missing; not scored" for p in frame.index[~is_scored]),
        *fit.signature.check(FeatureTable(values.set_axis(frame.index)[is_scored], table.settings_hash)),
    )
    return Products(
        {
            folder / "scores.tsv": encode_tsv(frame),
            folder / "signature.json": fit.signature.to_json().encode(),
            folder / "path.json": encode_json(_path_record(fit)),
            folder / "performance.json": encode_json(performance),
            folder / "notes.json": encode_json({"notes": list(notes), "dropped": fit.dropped}),
        },
        notes,
    )


def _performance_record(performance: Any) -> dict[str, Any]:
    auc, confusion, roc = performance.auc, performance.confusion, performance.roc
    return {
        "positive": performance.positive,
        "negative": confusion.negative,
        "cutoff": performance.cutoff,
        "auc": _number(auc.auc),
        "ci_low": _number(auc.ci_low),
        "ci_high": _number(auc.ci_high),
        "confidence": auc.confidence,
        "interval": auc.interval,
        "n_positive": auc.n_positive,
        "n_negative": auc.n_negative,
        "tp": confusion.tp,
        "fn": confusion.fn,
        "fp": confusion.fp,
        "tn": confusion.tn,
        "brier": _number(performance.brier),
        "roc": {
            "fpr": [_number(1.0 - s) for s in roc.specificity],
            "tpr": [_number(s) for s in roc.sensitivity],
        },
        "reason": auc.reason,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _path_record(fit: Any) -> dict[str, Any]:
    path = fit.path
    if path is None:
        return {"lambdas": [], "mean_deviance": [], "sd_deviance": [], "n_selected": [], "chosen": None}
    return {
        "alpha": path.alpha,
        "lambdas": path.lambdas.tolist(),
        "mean_deviance": path.mean_deviance.tolist(),
        "sd_deviance": path.sd_deviance.tolist(),
        "n_selected": path.n_selected.tolist(),
        "lambda_min": path.lambda_min,
        "lambda_1se": path.lambda_1se,
        "chosen": fit.chosen,
    }


def _feature_inputs(study: Study, _: str) -> tuple[Path, ...]:
    patients = usable_patients(study)
    return (
        *(study.feature_file(p) for p in patients),
        *(study.image_folder(p) / "dce.json" for p in patients),
    )


def _signature_inputs(study: Study, _: str) -> tuple[Path, ...]:
    return cohort_inputs(study, usable_patients(study))


COLLECT = Step(
    "collect",
    1,
    "collect the features",
    (*FEATURE_SETTINGS, "imaging.n_post"),
    ("pandas", "pyarrow"),
    _feature_inputs,
    lambda study, _: study.derivatives / "features" / "collect.provenance.json",
    _collect,
    facts=lambda _study: {"steps": step_versions()},
    is_cohort=True,
)
SIGNATURE = Step(
    "signature",
    1,
    "fit the signature",
    ("cohort.seed", "cohort.name", "split", "selection"),
    ("numpy", "numba"),
    _signature_inputs,
    lambda study, _: study.signature_folder / "provenance.json",
    _signature,
    needs=("collect",),
    is_cohort=True,
    left_out=lambda study: (
        None if study.participants_file.is_file() else "no clinical table with sTIL percentages"
    ),
)

COHORT_STEPS: tuple[Step, ...] = (COLLECT, QC_TABLE, SIGNATURE, BIOLOGY)
