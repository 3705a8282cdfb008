"""The step that fits the signature on training patients, and says how well it does on the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from tilscope.pipeline.leak_proof import leak_record
from tilscope.pipeline.performance_record import performance_record
from tilscope.pipeline.signature_inputs import (
    FOLD_STREAM,
    PROOF_STREAM,
    cohort_background,
    cohort_inputs,
    load_cohort,
    load_preparation,
    stream,
)
from tilscope.pipeline.status import usable_patients
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv
from tilscope.vocabulary import FeatureTable

if TYPE_CHECKING:
    from tilscope.signature import SignatureFit


def _signature(study: Study, _: str) -> Products:
    from tilscope.signature import evaluate, fit_signature, prove_no_leak

    cohort = load_cohort(study)
    table, stils, levels = cohort.features, cohort.stils, cohort.levels
    values, roles = table.values, table.roles
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
        role: performance_record(
            evaluate(
                part["til_level"],
                part["rad_tils_score"],
                cutoff,
                role=role,
                settings=study.settings.evaluation,
            )
        )
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
            folder / "leak_proof.json": encode_json(
                leak_record(fit.ledger, proof, dict(cohort.participants.items()))
            ),
            folder / "notes.json": encode_json({"notes": list(notes), "dropped": fit.dropped}),
        },
        notes,
    )


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
    2,
    "fit the signature",
    ("cohort.seed", "cohort.name", "split", "selection", "evaluation"),
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
