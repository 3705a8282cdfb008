"""The cohort step `voxels`: maps of the signature's features in the patients at both ends of each.

It leaves ``derivatives/biology/voxels/``: ``voxels.json`` (features, patients, values, curves, what could not be
made) and ``maps.npz`` (per patient ``sub-x_grey``, ``sub-x_inside`` and, per feature, ``sub-x_map-1``: one slice each,
rows from anterior to posterior, columns from right to left).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.pipeline.biology.inputs import scores_file
from tilscope.pipeline.step import Products, Step
from tilscope.pipeline.voxels.choosing import ChosenFeature, ChosenPatient, choose
from tilscope.pipeline.voxels.lesion_maps import (
    Slice,
    curve_of,
    lesion_map,
    load_lesion,
    patient_files,
    summary,
)
from tilscope.radiomics import MapSettings
from tilscope.signature import Signature
from tilscope.study import Study, encode_json
from tilscope.vocabulary import TilscopeError

SHAPE = "a shape is of the whole lesion and has no map"
NAMELESS = "its name tells neither a phase nor a moment over the phases"
INCOMPLETE = "RUN-76: not all of its preprocessed files are there"
MM3_PER_ML = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class PatientMaps:
    """What one patient gives: facts of the lesion, arrays, and per feature numbers or why there are none."""

    facts: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    features: dict[str, dict[str, Any]]


def _voxels(study: Study, _: str) -> Products:
    signature = _load_signature(study)
    chosen = choose(study, signature)
    found = {patient: _patient_maps(study, patient, chosen) for patient in _patients(chosen)}
    arrays = {
        f"{patient}_{name}": array for patient, maps in found.items() for name, array in maps.arrays.items()
    }
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    features = [_feature_record(feature, found) for feature in chosen]
    shown = {feature.name for feature in chosen}
    record = {
        "kernel_radius": study.settings.voxels.kernel_radius,
        "n_signature_features": len(signature.features),
        "not_shown": [f.name for f in signature.features if f.name not in shown],
        "is_harmonised": signature.harmonisation is not None,
        "features": features,
        "patients": {patient: maps.facts for patient, maps in found.items() if maps.facts},
    }
    folder = _folder(study)
    files = {folder / "voxels.json": encode_json(record), folder / "maps.npz": stream.getvalue()}
    return Products(files, _notes(features))


def _folder(study: Study) -> Path:
    return study.biology_folder / "voxels"


def _load_signature(study: Study) -> Signature:
    return Signature.from_json((study.signature_folder / "signature.json").read_bytes())


def _patients(chosen: Sequence[ChosenFeature]) -> tuple[str, ...]:
    return tuple(sorted({one.patient for feature in chosen for one in feature.patients}))


def _patient_maps(study: Study, patient: str, chosen: Sequence[ChosenFeature]) -> PatientMaps:
    """Return the maps of every feature for which this patient was chosen; a fault becomes a reason."""
    wanted = {
        number: feature
        for number, feature in enumerate(chosen, start=1)
        if any(one.patient == patient for one in feature.patients)
    }
    if not all(file.is_file() for file in patient_files(study, patient)):
        return PatientMaps({}, {}, _refused(wanted, INCOMPLETE))
    try:
        lesion, curve = load_lesion(study, patient), curve_of(study, patient)
    except TilscopeError as error:
        return PatientMaps({}, {}, _refused(wanted, _told(error)))
    mask, grid = lesion.case.mask, lesion.case.grid
    part = Slice.of(mask, grid)
    n_voxels = int(np.count_nonzero(mask))
    facts = curve | {
        "slice": part.number,
        "pixel_mm": list(part.pixel_mm),
        "voxels": n_voxels,
        "volume_ml": n_voxels * grid.voxel_volume_mm3 / MM3_PER_ML,
    }
    arrays: dict[str, NDArray[Any]] = {
        "grey": part.flat(lesion.case.image).astype(np.float32),
        "inside": part.flat(mask),
    }
    moving = MapSettings(kernel_radius=study.settings.voxels.kernel_radius)
    numbers: dict[str, dict[str, Any]] = {}
    for number, feature in wanted.items():
        if feature.parts is None or feature.parts.is_shape:
            numbers[feature.name] = {"reason": NAMELESS if feature.parts is None else SHAPE}
            continue
        try:
            values = lesion_map(lesion, feature.parts, study.settings.radiomics, moving)
        except TilscopeError as error:
            numbers[feature.name] = {"reason": _told(error)}
            continue
        arrays[f"map-{number}"] = part.flat(values).astype(np.float32)
        numbers[feature.name] = summary(values, mask) | {"reason": None}
    return PatientMaps(facts, arrays, numbers)


def _refused(wanted: dict[int, ChosenFeature], reason: str) -> dict[str, dict[str, Any]]:
    return {feature.name: {"reason": reason} for feature in wanted.values()}


def _told(error: TilscopeError) -> str:
    return f"{error.rule}: {error.message}"


def _feature_record(feature: ChosenFeature, found: dict[str, PatientMaps]) -> dict[str, Any]:
    return {
        "name": feature.name,
        "weight": feature.weight,
        "is_standardised": feature.is_standardised,
        "n_known": feature.n_known,
        "notes": list(feature.notes),
        "patients": [
            _patient_record(one, found[one.patient].features[feature.name]) for one in feature.patients
        ],
    }


def _patient_record(one: ChosenPatient, numbers: dict[str, Any]) -> dict[str, Any]:
    empty = {"map_mean": None, "map_min": None, "map_max": None, "voxels_without": None}
    return {"participant_id": one.patient, "end": one.end, "value": one.value} | empty | numbers


def _notes(features: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Return who has no map where there should be one, each once per reason."""
    told = {
        f"{row['reason'].partition(': ')[0]}: {row['participant_id']} has no maps: {row['reason'].partition(': ')[2]}"
        for feature in features
        for row in feature["patients"]
        if row["reason"] not in (None, SHAPE, NAMELESS)
    }
    return tuple(sorted(told))


def _inputs(study: Study, _: str) -> tuple[Path, ...]:
    files = (study.signature_folder / "signature.json", scores_file(study), study.feature_table_file)
    if not all(file.is_file() for file in files):
        return tuple(file for file in files if file.is_file())
    patients = _patients(choose(study, _load_signature(study)))
    images = (file for patient in patients for file in patient_files(study, patient))
    return (*files, *(file for file in images if file.is_file()))


def _left_out(study: Study) -> str | None:
    """Say why there is nothing to show: a signature without features, or a study without images."""
    file = study.signature_folder / "signature.json"
    try:
        if file.is_file() and not _load_signature(study).features:
            return "the signature has no features"
    except TilscopeError:  # the step itself will say so
        return None
    if not any((study.preprocessed_folder(p) / "roi.nii.gz").is_file() for p in study.patients):
        return "no patient has preprocessed images"
    return None


VOXELS = Step(
    "voxels",
    1,
    "map the signature's features",
    ("voxels", "radiomics"),
    ("numba", "PyWavelets", "SimpleITK", "scipy", "numpy", "pandas"),
    _inputs,
    lambda study, _: _folder(study) / "provenance.json",
    _voxels,
    needs=("signature",),
    is_cohort=True,
    left_out=_left_out,
)
