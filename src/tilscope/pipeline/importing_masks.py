"""The import of one patient's masks; runs on a worker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tilscope.pipeline.importing_patient import ImagePayload, as_before, cleaner, imported, uid_hash
from tilscope.pipeline.loading import image_files, load_grid
from tilscope.pipeline.outcome import Outcome
from tilscope.pipeline.rereading import FIRST_SESSION
from tilscope.pipeline.sources import MaskFile, PatientSource
from tilscope.pipeline.step import lift_quarantine
from tilscope.reading import (
    RoiSource,
    check_roi_belongs,
    describe_roi,
    encode_dicom_seg,
    encode_nifti_mask,
    place_roi,
    read_roi,
    roi_notes,
)
from tilscope.study import (
    Request,
    Study,
    encode_json,
    hashes,
    load_json,
    read_provenance,
    sha256_of_file,
    within,
)
from tilscope.vocabulary import InputError, Roi, RoiError, StudyError, TilscopeError

MASK_VERSION = 2


@dataclass(frozen=True, eq=False)
class Drawn:
    """One mask that was read: the ROI, the phase that its file tells, notes, and what the file says of itself."""

    roi: Roi
    phase: str | None
    notes: tuple[str, ...]
    source: dict[str, Any]


def import_mask(root: str, step: str, patient: str, payload: ImagePayload, before: Outcome | None) -> Outcome:
    """Read a patient's masks on the grid of their phases; write them as NIfTI and as DICOM SEG.

    Masks of readers and sessions that this source does not bring stay as they are.
    """
    if before is not None and before.failed:
        return before
    study = Study(Path(root))
    folder = study.roi_folder(patient)
    masks = payload.source.masks
    if not masks and _fits_images(study, patient, folder / "provenance.json"):
        return as_before(study, step, patient)  # this source brings only images
    if not masks and _has_own_mask(study, patient):
        lift_quarantine(study, step, patient)
        return Outcome(step, patient, "up to date")
    request = _request(study, step, patient, masks)
    told: list[str] = []

    def make() -> dict[Path, bytes]:
        _refuse_unclear(masks)
        files = _kept(study, patient, {_name(mask) for mask in masks})
        for mask in masks:
            try:
                drawn = _read_mask(study, patient, mask, payload.source)
            except TilscopeError as error:
                told.append(_left_out(study, patient, mask, payload.source, error))
                continue
            told.extend(drawn.notes)
            files |= _encoded(study, patient, folder / _name(mask), drawn)
        return files

    outcome = imported(study, request, folder / "provenance.json", patient, payload, make)
    return outcome if outcome.failed else replace(outcome, notes=tuple(told))


def _request(study: Study, step: str, patient: str, masks: tuple[MaskFile, ...]) -> Request:
    imaging = study.settings.imaging
    inputs = {f"source/{k:05d}": m.file for k, m in enumerate(masks)}
    inputs["dce.json"] = study.image_folder(patient) / "dce.json"
    return Request(
        step,
        MASK_VERSION,
        ("pydicom", "highdicom", "pynrrd", "nibabel", "scipy"),
        {
            "segment": imaging.roi_segment,
            "resample_masks": imaging.resample_masks,
            "largest_lesion_only": imaging.largest_lesion_only,
            "names": [f"{m.reader}-{m.session}-{m.phase}" for m in masks],
        },
        inputs,
    )


def _left_out(study: Study, patient: str, mask: MaskFile, source: PatientSource, error: TilscopeError) -> str:
    """Return the note on a second reading that cannot be used.

    A fault of the first reading stops the patient, and so does a mask of another examination (``ROI-46``): files that
    were mixed up must be looked at.
    """
    is_first = (mask.reader, mask.session) == (study.settings.imaging.roi_reader, FIRST_SESSION)
    if is_first or error.rule == "ROI-46":
        raise error
    found = f", found {error.found}" if error.found is not None else ""
    text = f"the mask of reader {mask.reader}, session {mask.session}, was left out: {error.rule} {error.message}"
    return cleaner(study, patient, source)(f"SIG-75: {text}{found}")


def _name(mask: MaskFile) -> str:
    return f"reader-{mask.reader}" + ("" if mask.session == "1" else f"_session-{mask.session}")


def _kept(study: Study, patient: str, brought: set[str]) -> dict[Path, bytes]:
    """Return the files of earlier imports whose reader and session this one does not bring.

    Raises
    ------
    StudyError
        RUN-76 when such a file was changed since its import.
    """
    record_file = study.roi_folder(patient) / "provenance.json"
    stored = read_provenance(record_file)
    if stored is None or not _fits_images(study, patient, record_file):
        return {}
    files = {}
    for name, digest in stored.outputs.items():
        file = study.root / name
        if file.name.split(".")[0] in brought or not file.is_file():
            continue
        if sha256_of_file(file) != digest:
            raise StudyError(
                "RUN-76",
                "a mask of an earlier import was changed by hand",
                file=file.name,
                remedy="Import the changed mask under its reader's name, or delete the file.",
            )
        files[file] = file.read_bytes()
    return files


def _encoded(study: Study, patient: str, stem: Path, drawn: Drawn) -> dict[Path, bytes]:
    """Return a mask as NIfTI, as DICOM SEG, and its description."""
    imaging = study.settings.imaging
    roi = drawn.roi
    record = {
        "phase": drawn.phase,
        "reader": roi.reader,
        "session": roi.session,
        "label": roi.label,
        "segment": imaging.roi_segment,
        "resample_masks": imaging.resample_masks,
        "largest_lesion_only": imaging.largest_lesion_only,
        "source": drawn.source,
        "notes": [*drawn.notes, *roi_notes(roi.mask)],
    }
    told = replace(roi, phase=drawn.phase or "")
    return {
        stem.with_name(f"{stem.name}.nii.gz"): encode_nifti_mask(roi),
        stem.with_name(f"{stem.name}.dcm"): encode_dicom_seg(
            told, patient=patient, description=f"Imported from {drawn.source['kind']}"
        ),
        stem.with_name(f"{stem.name}.json"): encode_json(record),
    }


def _fits_images(study: Study, patient: str, record_file: Path) -> bool:
    """Tell whether the stored mask was read on the images that are there now; refuse it otherwise (ROI-46)."""
    stored = read_provenance(record_file)
    if stored is None:
        return False
    return stored.inputs["dce.json"] == sha256_of_file(study.image_folder(patient) / "dce.json")


def _has_own_mask(study: Study, patient: str) -> bool:
    """Tell whether the chosen reader's mask was made in the study (`tilscope segment`), on the images there now.

    A mask without a record of its making must lie on their grid.
    """
    file = study.roi_folder(patient) / f"reader-{study.settings.imaging.roi_reader}.nii.gz"
    imported = read_provenance(file.with_name("provenance.json"))
    if not file.is_file() or (imported and file.relative_to(study.root).as_posix() in imported.outputs):
        return False
    images = image_files(study, patient)
    made = read_provenance(file.with_name(file.name.replace(".nii.gz", ".provenance.json")))
    if made is not None:
        return hashes(within(study.root, images)).items() <= dict(made.inputs).items()
    n_pre = load_json(study.image_folder(patient) / "dce.json")["n_pre"]
    try:
        read_roi(file, load_grid(images[n_pre]))
    except InputError:
        return False
    return True


def _refuse_unclear(masks: tuple[MaskFile, ...]) -> None:
    """Refuse to choose between several masks of one reader and session, or to go on without any."""
    if not masks:
        raise RoiError(
            "ROI-33",
            "no mask of these images was found",
            expected="one lesion mask",
            remedy="Name mask files after the patient's id, or draw one; then import again.",
        )
    names = [(m.reader, m.session) for m in masks]
    if len(set(names)) < len(names):
        labels = sorted({label for m in masks for label in describe_roi(m.file).segments})
        raise RoiError(
            "ROI-37",
            "several masks could be the lesion",
            found=f"{len(masks)} masks, labels: {', '.join(labels)}",
            expected="one mask per reader and session",
            remedy="Say which files are the lesion's, for example: tilscope import STUDY SOURCE --masks '*.nrrd'.",
        )


def _read_mask(study: Study, patient: str, mask: MaskFile, patient_source: PatientSource) -> Drawn:
    source = describe_roi(mask.file)
    if patient_source.examination is not None:
        check_roi_belongs(source, patient_source.examination, mask.file)
    record = load_json(study.image_folder(patient) / "dce.json")
    if patient_source.examination is None:
        _refuse_another_examination(source, record, mask.file)
    phase = mask.phase or _phase_of_uids(set(source.referenced_sop_uids), record)
    names = record["phase_names"]
    if phase not in (None, "peak", *names):
        raise RoiError(
            "ROI-37",
            "the mask names a phase that does not exist",
            file=mask.file.name,
            found=phase,
            expected=" or ".join(names),
            remedy="Correct the phase in the file's name.",
        )
    index = names.index(phase) if phase in names else record["n_pre"]
    grid = load_grid(image_files(study, patient)[index])
    imaging = study.settings.imaging
    segment = imaging.roi_segment
    placed = place_roi(
        mask.file,
        grid,
        segment,
        min_voxels=study.settings.radiomics.min_voxels,
        resample_masks=imaging.resample_masks,
        largest_lesion_only=imaging.largest_lesion_only,
    )

    clean = cleaner(study, patient, patient_source)
    label = clean(segment or (source.segments[0] if len(source.segments) == 1 else "lesion"))
    roi = Roi(placed.mask, grid, phase or "post1", mask.reader, mask.session, label)
    details = source.details or ("",) * len(source.segments)
    segments = [f"{n} ({d})" if d else n for n, d in zip(source.segments, details, strict=True)]
    return Drawn(
        roi,
        None if phase == "peak" else phase,
        tuple(clean(note) for note in (*_of_segment(source, segment), *placed.notes)),
        {"kind": source.kind, "segments": [clean(text) for text in segments]},
    )


def _refuse_another_examination(source: RoiSource, record: dict[str, Any], file: Path) -> None:
    """Refuse a mask that came without its images and names another examination than the stored one (ROI-46).

    Images that were not DICOM tell nothing; those imported before the study was kept tell their slices only.
    """
    frames = record.get("frame_hashes") or []
    slices = {own for phase in record["slice_hashes"] for own in phase}
    is_known = record.get("study_hash") is not None
    references = {uid_hash(uid) for uid in source.referenced_sop_uids}
    told = {
        "another StudyInstanceUID": is_known
        and bool(source.study_uid)
        and uid_hash(source.study_uid or "") != record["study_hash"],
        "another FrameOfReferenceUID": bool(frames and source.frame_of_reference_uid)
        and uid_hash(source.frame_of_reference_uid or "") not in frames,
        "none of its images": bool(not is_known and slices and references) and not references & slices,
    }
    found = [what for what, holds in told.items() if holds]
    if found:
        raise RoiError(
            "ROI-46",
            "the mask belongs to another examination",
            file=file.name,
            found=found[0],
            expected="the examination that the study holds",
            remedy="Check which patient and date the mask was drawn on.",
        )


def _of_segment(source: RoiSource, segment: str | None) -> tuple[str, ...]:
    """Return the file's notes without those on segments that were not chosen."""
    others = {repr(name) for name in source.segments if segment is not None and name != segment}
    return tuple(note for note in source.notes if not any(f"the segment {name} " in note for name in others))


def _phase_of_uids(referenced: set[str], record: dict[str, Any]) -> str | None:
    """Return the one phase whose images the mask refers to, if it refers to one only."""
    wanted = {uid_hash(uid) for uid in referenced}
    slices = zip(record["phase_names"], record["slice_hashes"], strict=False)
    hits = [name for name, hashes in slices if wanted & set(hashes)]
    return hits[0] if len(hits) == 1 else None
