"""The import of one patient's masks; runs on a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tilscope.pipeline.importing_patient import ImagePayload, as_before, imported, uid_hash
from tilscope.pipeline.loading import image_files, load_grid
from tilscope.pipeline.outcome import Outcome
from tilscope.pipeline.sources import MaskFile
from tilscope.reading import (
    Examination,
    check_roi_belongs,
    describe_roi,
    encode_nifti_mask,
    read_roi,
    roi_notes,
)
from tilscope.study import Request, Study, encode_json, load_json, read_provenance, sha256_of_file
from tilscope.vocabulary import Roi, RoiError

MASK_VERSION = 1


def import_mask(root: str, step: str, patient: str, payload: ImagePayload, before: Outcome | None) -> Outcome:
    """Read a patient's masks on the grid of their phases and write them as NIfTI."""
    if before is not None and before.failed:
        return before
    study = Study(Path(root))
    folder = study.roi_folder(patient)
    masks = payload.source.masks
    if not masks and _fits_images(study, patient, folder / "provenance.json"):
        return as_before(study, step, patient)  # this source brings only images
    inputs = {f"source/{k:05d}": m.file for k, m in enumerate(masks)}
    inputs["dce.json"] = study.image_folder(patient) / "dce.json"
    request = Request(
        step,
        MASK_VERSION,
        ("pydicom", "pynrrd", "nibabel"),
        {
            "segment": study.settings.imaging.roi_segment,
            "names": [f"{m.reader}-{m.session}-{m.phase}" for m in masks],
        },
        inputs,
    )

    def make() -> dict[Path, bytes]:
        _refuse_unclear(masks)
        files: dict[Path, bytes] = {}
        for mask in masks:
            roi, phase, source_notes = _read_mask(study, patient, mask, payload.source.examination)
            name = f"reader-{mask.reader}" + ("" if mask.session == "1" else f"_session-{mask.session}")
            files[folder / f"{name}.nii.gz"] = encode_nifti_mask(roi)
            files[folder / f"{name}.json"] = encode_json(
                {
                    "phase": phase,
                    "reader": roi.reader,
                    "session": roi.session,
                    "label": roi.label,
                    "segment": study.settings.imaging.roi_segment,
                    "notes": [*source_notes, *roi_notes(roi.mask)],
                }
            )
        return files

    return imported(study, request, folder / "provenance.json", patient, payload, make)


def _fits_images(study: Study, patient: str, record_file: Path) -> bool:
    """Tell whether the stored mask was read on the images that are there now; refuse it otherwise (ROI-46)."""
    stored = read_provenance(record_file)
    if stored is None:
        return False
    return stored.inputs["dce.json"] == sha256_of_file(study.image_folder(patient) / "dce.json")


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


def _read_mask(
    study: Study, patient: str, mask: MaskFile, examination: Examination | None
) -> tuple[Roi, str | None, tuple[str, ...]]:
    source = describe_roi(mask.file)
    if examination is not None:
        check_roi_belongs(source, examination, mask.file)
    record = load_json(study.image_folder(patient) / "dce.json")
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
    segment = study.settings.imaging.roi_segment
    array = read_roi(mask.file, grid, segment, min_voxels=study.settings.radiomics.min_voxels)
    label = segment or (source.segments[0] if len(source.segments) == 1 else "lesion")
    roi = Roi(array, grid, phase or "post1", mask.reader, mask.session, label)
    return roi, None if phase == "peak" else phase, source.notes


def _phase_of_uids(referenced: set[str], record: dict[str, Any]) -> str | None:
    """Return the one phase whose images the mask refers to, if it refers to one only."""
    wanted = {uid_hash(uid) for uid in referenced}
    slices = zip(record["phase_names"], record["slice_hashes"], strict=False)
    hits = [name for name, hashes in slices if wanted & set(hashes)]
    return hits[0] if len(hits) == 1 else None
