"""The step that fits the signature on training patients, and says how well it does on the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from tilscope.pipeline.harmonisation_record import harmonisation_record
from tilscope.pipeline.leak_proof import leak_record
from tilscope.pipeline.performance_record import performance_record
from tilscope.pipeline.signature_inputs import (
    FOLD_STREAM,
    PROOF_STREAM,
    STABILITY_STREAM,
    Cohort,
    cohort_background,
    cohort_inputs,
    load_cohort,
    load_preparation,
    stream,
)
from tilscope.pipeline.stability_table import stability_table
from tilscope.pipeline.status import usable_patients
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv
from tilscope.vocabulary import FeatureTable, SignatureError

if TYPE_CHECKING:
    from tilscope.signature import SignatureFit

ALIAS = re.compile(r"\b[0-9a-f]{64}\b")  # what `signature_inputs.alias` gives


def _signature(study: Study, _: str) -> Products:
    from tilscope.signature import fit_signature, prove_no_leak

    cohort = load_cohort(study)
    table, levels = cohort.features, cohort.levels
    preparation, background = load_preparation(study, cohort), cohort_background(study, cohort)

    def fit_training(features: FeatureTable, classes: pd.Series) -> SignatureFit:
        training = features.part("training")
        return fit_signature(
            training,
            classes.loc[training.values.index],
            study.settings.selection,
            stream(study, FOLD_STREAM),
            preparation=preparation,
            background=background,
        )

    fit = fit_training(table, levels)
    proof = prove_no_leak(
        lambda *patients: fit_training(*patients).signature,
        table,
        levels,
        stream(study, PROOF_STREAM),
        known=fit.signature,
    )
    training = table.part("training")
    stability = stability_table(
        fit,
        training,
        levels.loc[training.values.index],
        study.settings.selection,
        preparation,
        stream(study, STABILITY_STREAM),
    )
    unscored = fit.signature.unscorable(table.values, table.sites)
    frame = _scores(fit, cohort, unscored)
    folder = study.signature_folder
    notes = _notes(fit, cohort, unscored)
    harmonisation = harmonisation_record(fit, cohort)
    optional = {} if harmonisation is None else {folder / "harmonisation.json": encode_json(harmonisation)}
    return Products(
        optional
        | {
            folder / "scores.tsv": encode_tsv(frame),
            folder / "signature.json": fit.signature.to_json().encode(),
            folder / "path.json": encode_json(_path_record(fit)),
            folder / "performance.json": encode_json(_performance(fit, frame, study)),
            **stability.files(folder),
            folder / "leak_proof.json": encode_json(
                leak_record(fit.ledger, proof, dict(cohort.participants.items()))
            ),
            folder / "notes.json": encode_json({"notes": list(notes), "dropped": fit.dropped}),
        },
        notes,
    )


def _scores(fit: SignatureFit, cohort: Cohort, unscored: Mapping[str, SignatureError]) -> pd.DataFrame:
    """Return scores.tsv: every patient with features, scored or not."""
    table = cohort.features
    keys = table.values.index
    scorable = table.rows([key for key in keys if str(key) not in unscored])
    scores = fit.signature.score(scorable.values, scorable.sites).reindex(keys)
    role = cast("pd.Series", table.roles).reindex(keys).fillna("no outcome")
    frame = pd.DataFrame(
        {
            "role": role.where(scores.notna(), "not scored"),
            "til_percent": cohort.stils,
            "til_level": cohort.levels,
            "rad_tils_score": scores,
            "rad_tils_level": fit.signature.classify(scores),
        }
    )
    frame.index = pd.Index(cohort.participants.reindex(keys), name="participant_id")
    return frame


def _performance(fit: SignatureFit, frame: pd.DataFrame, study: Study) -> dict[str, Any]:
    """Return how well the scores tell the classes, in training and validation apart."""
    from tilscope.signature import evaluate

    cutoff = cast("float", fit.signature.cutoff)  # a fitted signature always has one
    settings = study.settings.evaluation
    parts = {role: frame[frame["role"] == role] for role in ("training", "validation")}
    return {
        role: performance_record(
            evaluate(part["til_level"], part["rad_tils_score"], cutoff, role=role, settings=settings)
        )
        for role, part in parts.items()
    }


def _notes(fit: SignatureFit, cohort: Cohort, unscored: Mapping[str, SignatureError]) -> tuple[str, ...]:
    """Return what a reader must know, patients under their keys."""
    table, keys = cohort.features, dict(cohort.participants.items())
    scored = table.rows([key for key in table.values.index if str(key) not in unscored])
    named = (
        *fit.notes,
        *(f"{error.rule} {key}: {error.message}" for key, error in unscored.items()),
        *fit.signature.check(scored),
    )
    return tuple(ALIAS.sub(lambda found: str(keys.get(found[0], found[0])), note) for note in named)


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


def _signature_inputs(study: Study, _: str) -> tuple[Path, ...]:
    return cohort_inputs(study, usable_patients(study))


SIGNATURE = Step(
    "signature",
    3,
    "fit the signature",
    ("cohort.seed", "cohort.name", "split", "selection", "harmonisation", "reproducibility", "evaluation"),
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
