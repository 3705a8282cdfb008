"""The import of one patient's images and mask; runs on a worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from tilscope.pipeline.loading import image_files, load_grid
from tilscope.pipeline.outcome import Outcome, unexpected
from tilscope.pipeline.sources import MaskFile, PatientSource
from tilscope.pipeline.step import lift_quarantine, quarantine
from tilscope.reading import (
    Examination,
    check_roi_belongs,
    describe_roi,
    encode_nifti,
    encode_nifti_mask,
    read_dicom_series,
    read_roi,
    read_volume,
    roi_notes,
)
from tilscope.study import (
    Request,
    Study,
    commit_outputs,
    encode_json,
    is_done,
    load_json,
    provenance_of,
    read_provenance,
    sha256,
    sha256_of_file,
)
from tilscope.study.linkage import redacted
from tilscope.vocabulary import DceSeries, GeometryError, Roi, RoiError, SeriesError, TilscopeError

IMAGE_VERSION = 1
MASK_VERSION = 1


@dataclass(frozen=True)
class ImagePayload:
    """What a worker needs to know about one patient's source."""

    source: PatientSource


def import_images(
    root: str, step: str, patient: str, payload: ImagePayload, before: Outcome | None
) -> Outcome:
    """Read a patient's phases and write them as NIfTI with ``dce.json``."""
    study = Study(Path(root))
    folder = study.image_folder(patient)
    if not payload.source.images and (folder / "dce.json").is_file():
        return _as_before(study, step, patient)  # this source brings only masks
    request = Request(
        step,
        IMAGE_VERSION,
        ("pydicom", "nibabel", "pynrrd"),
        {"n_pre": study.settings.imaging.n_pre},
        {f"source/{k:05d}": f for k, f in enumerate(payload.source.images)},
    )

    def make() -> dict[Path, bytes]:
        series = _read_series(payload.source, study.settings.imaging.n_pre)
        files = {folder / f"phase-{k}.nii.gz": encode_nifti(v) for k, v in enumerate(series.phases)}
        return files | {folder / "dce.json": encode_json(_dce_record(series))}

    return _imported(study, request, folder / "provenance.json", patient, payload, make)


def import_mask(root: str, step: str, patient: str, payload: ImagePayload, before: Outcome | None) -> Outcome:
    """Read a patient's masks on the grid of their phases and write them as NIfTI."""
    if before is not None and before.failed:
        return before
    study = Study(Path(root))
    folder = study.roi_folder(patient)
    masks = payload.source.masks
    if not masks and _fits_images(study, patient, folder / "provenance.json"):
        return _as_before(study, step, patient)  # this source brings only images
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

    return _imported(study, request, folder / "provenance.json", patient, payload, make)


def _as_before(study: Study, step: str, patient: str) -> Outcome:
    """Leave what an earlier import did: its files, or its refusal."""
    file = study.quarantine_folder / f"{patient}.json"
    record = load_json(file) if file.is_file() else {}
    if record.get("step") == step:
        return Outcome(step, patient, "failed", error=record)
    return Outcome(step, patient, "up to date")


def _fits_images(study: Study, patient: str, record_file: Path) -> bool:
    """Tell whether the stored mask was read on the images that are there now; refuse it otherwise (ROI-46)."""
    stored = read_provenance(record_file)
    if stored is None:
        return False
    return stored.inputs["dce.json"] == sha256_of_file(study.image_folder(patient) / "dce.json")


def _read_series(source: PatientSource, n_pre: int) -> DceSeries:
    if not source.images:
        raise SeriesError(
            "IMG-03",
            "no image of this patient was found",
            expected="a DCE-MRI examination",
            remedy="Hand over the patient's images, or take the patient out of the table.",
        )
    if source.is_dicom:
        series = read_dicom_series(source.images, n_pre=n_pre)
    else:
        series = DceSeries(tuple(read_volume(f) for f in source.images), None, "file names")
    if len(series.phases) <= n_pre:
        raise SeriesError(
            "IMG-03",
            "phases are missing",
            found=f"{len(series.phases)} phase(s)",
            expected=f"more than {n_pre}",
            remedy="Export every phase of the dynamic examination.",
        )
    return DceSeries(series.phases, series.times_s, series.phase_key, n_pre, series.notes, series.sop_uids)


def _dce_record(series: DceSeries) -> dict[str, Any]:
    grid = series.phases[0].grid
    return {
        "phase_names": list(series.phase_names),
        "times_s": None if series.times_s is None else list(series.times_s),
        "phase_key": series.phase_key,
        "n_pre": series.n_pre,
        "notes": list(series.notes),
        "shape": list(grid.shape),
        "spacing_mm": list(grid.spacing_mm),
        "slice_hashes": [[_uid_hash(uid) for uid in uids] for uids in series.sop_uids],
    }


def _uid_hash(uid: str) -> str:
    """Return a short hash of a SOP instance UID, which itself could lead back to the patient."""
    return sha256(uid.encode())[:16]


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
    wanted = {_uid_hash(uid) for uid in referenced}
    slices = zip(record["phase_names"], record["slice_hashes"], strict=False)
    hits = [name for name, hashes in slices if wanted & set(hashes)]
    return hits[0] if len(hits) == 1 else None


def _imported(
    study: Study, request: Request, record_file: Path, patient: str, payload: ImagePayload, make: Any
) -> Outcome:
    started = perf_counter()
    try:
        wanted = provenance_of(request)
        fresh = not is_done(study.root, record_file, wanted)
        if fresh:
            commit_outputs(study.root, record_file, request, wanted, make())
    except TilscopeError as error:
        fault = error
    except Exception as error:  # noqa: BLE001  (one patient must not stop the others)
        fault = unexpected(error)
    else:
        lift_quarantine(study, request.step, patient)
        return Outcome(request.step, patient, "done" if fresh else "up to date", perf_counter() - started)
    record = quarantine(study, request.step, patient, _redacted(fault, patient, payload.source.private_words))
    return Outcome(request.step, patient, "failed", perf_counter() - started, (), record)


def _redacted(error: TilscopeError, patient: str, private_words: tuple[str, ...]) -> TilscopeError:
    """Replace what may identify the patient by the participant's key, and paths by bare file names."""

    def clean(text: str | None) -> str | None:
        return None if text is None else redacted(text, private_words, patient)

    kind = type(error) if not isinstance(error, GeometryError) else GeometryError
    return kind(
        error.rule,
        clean(error.message) or "",
        patient=patient,
        file=clean(Path(error.file).name) if error.file else None,
        found=clean(error.found),
        expected=clean(error.expected),
        remedy=clean(error.remedy),
    )
