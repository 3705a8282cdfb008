"""The patient step `controls`: the same features where there is no texture of the lesion to be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tilscope.pipeline.lesion_features import extract_lesion, storable
from tilscope.pipeline.loading import crop_roi, encode_unsorted, image_files, load_series
from tilscope.pipeline.signature_inputs import alias
from tilscope.pipeline.step import Products, Step
from tilscope.reading import read_volume
from tilscope.study import Study, load_json, sha256
from tilscope.vocabulary import DceSeries, Roi, TilscopeError

SHUFFLED, MOVED = "shuffled", "moved"
CONTROL_KINDS = (SHUFFLED, MOVED)
CONTROL_STREAM = 4


def control_file(study: Study, patient: str) -> Path:
    """Return where a patient's control features lie."""
    return study.derivatives / "controls" / f"{patient}.json"


def load_control(study: Study, patients: tuple[str, ...], control: str) -> pd.DataFrame:
    """Return the features of one control, patients x features; patients without it are left out."""
    records = {p: load_json(control_file(study, p)) for p in patients if control_file(study, p).is_file()}
    rows = {p: r[control]["features"] for p, r in records.items() if r[control]["features"] is not None}
    frame = pd.DataFrame.from_dict(rows, orient="index", dtype=float)
    return frame.rename_axis("participant_id")


def _controls(study: Study, patient: str) -> Products:
    from tilscope.preprocessing import moved_roi, shuffled_phases

    folder = study.preprocessed_folder(patient)
    series = load_series(study, patient, folder)
    roi = crop_roi(folder, series)
    to_shuffle, to_move = _stream(study, patient).spawn(2)
    shuffled = replace(series, phases=shuffled_phases(series.phases, roi.mask, to_shuffle))
    moved = moved_roi(roi, read_volume(_post1_as_acquired(study, patient, series)), to_move)
    record: dict[str, Any] = {SHUFFLED: _features(study, shuffled, roi)}
    if moved is None:
        record[MOVED] = {"features": None, "reason": "the crop has no room for the region in other tissue"}
    else:
        elsewhere = Roi(moved.mask, roi.grid, roi.phase)
        record[MOVED] = _features(study, series, elsewhere) | {
            "offset": list(moved.offset),
            "distance_mm": moved.distance_mm,
            "diameters": moved.diameters,
        }
    return Products({control_file(study, patient): encode_unsorted(record)})


def _post1_as_acquired(study: Study, patient: str, series: DceSeries) -> Path:
    return image_files(study, patient, study.registered_folder(patient))[series.n_pre]


def _stream(study: Study, patient: str) -> np.random.Generator:
    """Return a stream of the study's seed that the patient's images choose, not the pseudonym."""
    own = int(sha256(alias(study, patient).encode())[:16], 16)
    return np.random.default_rng([study.settings.cohort.seed, CONTROL_STREAM, own])


def _features(study: Study, series: DceSeries, roi: Roi) -> dict[str, Any]:
    """Return the features, or why there are none: a control that fails must not stop the patient."""
    try:
        return {"features": storable(extract_lesion(study, series, roi))}
    except TilscopeError as error:
        return {"features": None, "reason": f"{error.rule}: {error.message}"}


def _inputs(study: Study, patient: str) -> tuple[Path, ...]:
    crop, before = study.preprocessed_folder(patient), study.registered_folder(patient)
    n_pre = int(load_json(study.image_folder(patient) / "dce.json")["n_pre"])
    named = study.image_folder(patient) / "provenance.json"
    return (
        *image_files(study, patient, crop),
        crop / "roi.nii.gz",
        image_files(study, patient, before)[n_pre],
        *((named,) if named.is_file() else ()),
    )


CONTROLS = Step(
    "controls",
    1,
    "features of negative controls",
    ("radiomics", "honesty.controls", "cohort.seed"),
    ("numba", "PyWavelets", "SimpleITK", "scipy", "numpy"),
    _inputs,
    lambda study, patient: study.derivatives / "controls" / f"{patient}.provenance.json",
    _controls,
    left_out=lambda study: (
        None if study.settings.honesty.controls else "negative controls are switched off (honesty.controls)"
    ),
)
