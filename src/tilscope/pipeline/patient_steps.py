"""The steps of one patient: register, correct the bias field, normalise, extract, picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tilscope.pipeline.control_features import CONTROLS
from tilscope.pipeline.lesion_features import extract_lesion, normalise_crop, storable
from tilscope.pipeline.loading import (
    crop_roi,
    encode_bias,
    encode_unsorted,
    image_files,
    load_roi,
    load_series,
    roi_files,
)
from tilscope.pipeline.qc import QC
from tilscope.pipeline.rereading import nothing_to_reread, reread, reread_inputs, reread_record
from tilscope.pipeline.step import Products, Step
from tilscope.reading import encode_nifti, encode_nifti_mask, read_volume
from tilscope.study import Study, encode_json, load_json
from tilscope.vocabulary import DceSeries, Roi, SeriesError


def _originals(study: Study, patient: str) -> tuple[Path, ...]:
    return (*image_files(study, patient), study.image_folder(patient) / "dce.json")


def _crop_files(folder: Path, series: DceSeries, roi: Roi) -> dict[Path, bytes]:
    files = {folder / f"phase-{k}.nii.gz": encode_nifti(v) for k, v in enumerate(series.phases)}
    return files | {folder / "roi.nii.gz": encode_nifti_mask(roi)}


def _crop_inputs(study: Study, folder: Path, patient: str) -> tuple[Path, ...]:
    return (*image_files(study, patient, folder), folder / "roi.nii.gz")


def _register(study: Study, patient: str) -> Products:
    from tilscope.preprocessing import register

    series = load_series(study, patient)
    _refuse_missing_phases(study, patient, series)
    roi = load_roi(study, patient, series)
    result = register(series, roi, study.settings.registration)
    folder = study.registered_folder(patient)
    record = {
        "drawn_on": roi.phase,
        "volume_ml_as_drawn": roi.volume_ml,
        "volume_ml": result.roi.volume_ml,
        "phases": [asdict(p) for p in result.phases],
        "warnings": list(result.notes),
    }
    files = _crop_files(folder, result.series, result.roi) | {
        folder / "registration.json": encode_json(record)
    }
    files |= {
        folder / f"jacobian-{k}.nii.gz": encode_nifti(jacobian) for k, jacobian in enumerate(result.jacobians)
    }
    return Products(files, result.notes)


def _refuse_missing_phases(study: Study, patient: str, series: DceSeries) -> None:
    imported = study.settings.imaging.n_pre
    if series.n_pre != imported:
        raise SeriesError(
            "IMG-03",
            "the images were imported with another number of pre-contrast phases",
            found=series.n_pre,
            expected=imported,
            remedy="Import the images again, or set imaging.n_pre back in study.toml.",
        )
    acquired = load_json(study.image_folder(patient) / "dce.json")
    chosen, phases = acquired.get("chosen_phases"), study.settings.imaging.phases
    if "chosen_phases" in acquired and chosen != (None if phases is None else list(phases)):
        raise SeriesError(
            "IMG-03",
            "the images were imported with another choice of phases",
            found=_listed(chosen),
            expected=_listed(phases),
            remedy="Import the images again, or set imaging.phases back in study.toml.",
        )
    wanted = study.settings.imaging.n_post
    if wanted is not None and series.n_post != wanted:
        raise SeriesError(
            "IMG-03",
            "the number of post-contrast phases is not the study's",
            found=series.n_post,
            expected=wanted,
            remedy="Export all phases, or change imaging.n_post in study.toml.",
        )


def _listed(phases: Sequence[int] | None) -> str:
    return "all phases" if phases is None else "phases " + ", ".join(map(str, phases))


def _correct_bias(study: Study, patient: str) -> Products:
    from tilscope.preprocessing import estimate_bias

    n_pre = load_json(study.image_folder(patient) / "dce.json")["n_pre"]
    reference = read_volume(image_files(study, patient)[n_pre])
    field = estimate_bias(reference, study.settings.bias)
    return Products(encode_bias(study.registered_folder(patient), field))


def _normalise(study: Study, patient: str) -> Products:
    source, target = study.registered_folder(patient), study.preprocessed_folder(patient)
    crop = load_series(study, patient, source)
    roi = crop_roi(source, crop)
    after, scaling, curve = normalise_crop(study, patient, crop, roi)
    record = {
        "scaling": asdict(scaling),
        "enhancement": asdict(curve),
        "lesion_mean_after": [float(v.array[roi.mask].mean()) for v in after.phases],
    }
    files = _crop_files(target, after, roi) | {target / "normalisation.json": encode_json(record)}
    return Products(files, curve.notes)


def _extract(study: Study, patient: str) -> Products:
    folder = study.preprocessed_folder(patient)
    series = load_series(study, patient, folder)
    result = extract_lesion(study, series, crop_roi(folder, series))
    record = {"features": storable(result), "warnings": list(result.warnings)}
    return Products({study.feature_file(patient): encode_unsorted(record)}, result.warnings)


REGISTER = Step(
    "register",
    2,
    "align the phases",
    (
        "registration",
        "imaging.n_pre",
        "imaging.phases",
        "imaging.n_post",
        "imaging.roi_phase",
        "imaging.roi_reader",
    ),
    ("picsl-greedy", "antspyx", "SimpleITK", "scipy", "numpy"),
    lambda study, patient: (*_originals(study, patient), *roi_files(study, patient)),
    lambda study, patient: study.registered_folder(patient) / "register.provenance.json",
    _register,
)
BIAS = Step(
    "bias",
    1,
    "correct the bias field",
    ("bias",),
    ("SimpleITK", "scipy", "numpy"),
    _originals,
    lambda study, patient: study.registered_folder(patient) / "bias.provenance.json",
    _correct_bias,
)
NORMALISE = Step(
    "normalise",
    1,
    "normalise the intensities",
    ("normalisation",),
    ("scipy", "numpy"),
    lambda study, patient: (
        *_originals(study, patient),
        *_crop_inputs(study, study.registered_folder(patient), patient),
        study.registered_folder(patient) / "bias.npy",
        study.registered_folder(patient) / "bias.json",
    ),
    lambda study, patient: study.preprocessed_folder(patient) / "normalise.provenance.json",
    _normalise,
)
EXTRACT = Step(
    "extract",
    2,
    "extract the features",
    ("radiomics",),
    ("numba", "PyWavelets", "SimpleITK", "scipy", "numpy"),
    lambda study, patient: _crop_inputs(study, study.preprocessed_folder(patient), patient),
    lambda study, patient: study.derivatives / "features" / f"{patient}.provenance.json",
    _extract,
)
REREAD = Step(
    "reread",
    1,
    "read again with further masks",
    (*REGISTER.settings, *NORMALISE.settings, *EXTRACT.settings),
    tuple(dict.fromkeys((*REGISTER.parts, *NORMALISE.parts, *EXTRACT.parts))),
    reread_inputs,
    reread_record,
    reread,
    left_out=nothing_to_reread,
    facts=lambda _study: {"steps": {step.name: step.version for step in (REGISTER, NORMALISE, EXTRACT)}},
)

PATIENT_STEPS: tuple[Step, ...] = (REGISTER, BIAS, NORMALISE, EXTRACT, CONTROLS, QC, REREAD)
