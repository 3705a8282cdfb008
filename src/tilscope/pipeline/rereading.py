"""The patient step `reread`: the features as they would be with another reader's or session's mask.

The whole chain is run with the further mask: it travels with its own phase's transform, the crop is its own, and
normalisation and extraction follow. The features are those that the study would have if this mask were the
patient's first. Only the bias field is taken over, which no mask shapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tilscope.pipeline.lesion_features import extract_lesion, normalise_crop, storable
from tilscope.pipeline.loading import encode_unsorted, image_files, load_roi, load_series
from tilscope.pipeline.step import Products
from tilscope.study import Study, load_json
from tilscope.vocabulary import DceSeries, StudyError, TilscopeError

FIRST_SESSION = "1"


def further_masks(study: Study, patient: str) -> tuple[Path, ...]:
    """Return the masks that readers drew beside the one that makes the features, sorted.

    Outlines by ``tilscope segment`` are no second reading.
    """
    first = f"reader-{study.settings.imaging.roi_reader}.nii.gz"
    drawn = sorted(f for f in study.roi_folder(patient).glob("reader-*.nii.gz") if f.name != first)
    return tuple(f for f in drawn if _description(f).is_file() and not _is_outline(f))


def _is_outline(mask: Path) -> bool:
    try:
        return "origin" in load_json(_description(mask))
    except StudyError:  # told where the mask is read
        return False


def reading_of(mask: Path) -> dict[str, str]:
    """Return reader and session as the name of a mask in the study tells them."""
    reader, _, session = mask.name.removesuffix(".nii.gz").partition("_session-")
    return {"reader": reader.removeprefix("reader-"), "session": session or FIRST_SESSION}


def reread_file(study: Study, patient: str, mask: Path) -> Path:
    """Return where the features of a further mask lie."""
    return study.derivatives / "features" / f"{patient}_{mask.name.removesuffix('.nii.gz')}.json"


def reread_files(study: Study, patients: Iterable[str]) -> tuple[Path, ...]:
    """Return the features of all further masks that are there and were read."""
    files = (reread_file(study, p, mask) for p in patients for mask in further_masks(study, p))
    return tuple(f for f in files if f.is_file())


def _description(mask: Path) -> Path:
    return mask.with_name(mask.name.replace(".nii.gz", ".json"))


def reread(study: Study, patient: str) -> Products:
    """Return the features of every further mask of a patient; one that fails is a note."""
    masks = further_masks(study, patient)
    if not masks:
        return Products({})
    series = load_series(study, patient)
    files: dict[Path, bytes] = {}
    notes: list[str] = []
    for mask in masks:
        record: dict[str, Any] = {**reading_of(mask)}
        try:
            record |= _features(study, patient, series, mask)
        except TilscopeError as error:  # the patient's own features are fine
            record |= {"features": None, "reason": f"{error.rule} {error.message}"}
            notes.append(f"SIG-75: {_named(record)} gave no features: {error.rule} {error.message}")
        files[reread_file(study, patient, mask)] = encode_unsorted(record)
    return Products(files, tuple(notes))


def _named(record: dict[str, Any]) -> str:
    return f"the mask of reader {record['reader']}, session {record['session']},"


def _features(study: Study, patient: str, series: DceSeries, mask: Path) -> dict[str, Any]:
    from tilscope.preprocessing import register

    registered = register(series, load_roi(study, patient, series, mask), study.settings.registration)
    normalised, _, _ = normalise_crop(study, patient, registered.series, registered.roi)
    result = extract_lesion(study, normalised, registered.roi)
    return {
        "features": storable(result),
        "volume_ml": registered.roi.volume_ml,
        "warnings": [*registered.notes, *result.warnings],
    }


def reread_inputs(study: Study, patient: str) -> tuple[Path, ...]:
    """Return what `reread` reads; nothing where there is no further mask."""
    masks = further_masks(study, patient)
    if not masks:
        return ()
    folder = study.registered_folder(patient)
    return (
        *image_files(study, patient),
        study.image_folder(patient) / "dce.json",
        *(file for mask in masks for file in (mask, _description(mask))),
        folder / "bias.npy",
        folder / "bias.json",
    )


def reread_record(study: Study, patient: str) -> Path:
    """Return where the provenance of a patient's further readings lies."""
    return study.derivatives / "features" / f"{patient}_reread.provenance.json"


def nothing_to_reread(study: Study) -> str | None:
    """Say why there is nothing to read again, if so."""
    has_work = any(further_masks(study, p) or reread_record(study, p).is_file() for p in study.patients)
    return None if has_work else "no patient has a second mask"
