"""The import of one patient's images; runs on a worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tilscope.pipeline.importing_patient import ImagePayload, as_before, imported, uid_hash
from tilscope.pipeline.outcome import Outcome
from tilscope.pipeline.sources import PatientSource
from tilscope.reading import encode_nifti, read_dicom_series, read_volume
from tilscope.study import Request, Study, encode_json
from tilscope.vocabulary import DceSeries, Scanner, SeriesError

IMAGE_VERSION = 4
MIN_PRIVATE = 4  # shorter words stand in names of models by chance


def import_images(
    root: str, step: str, patient: str, payload: ImagePayload, before: Outcome | None
) -> Outcome:
    """Read a patient's phases and write them as NIfTI with ``dce.json``."""
    study = Study(Path(root))
    folder = study.image_folder(patient)
    if not payload.source.images and (folder / "dce.json").is_file():
        return as_before(study, step, patient)  # this source brings only masks
    imaging = study.settings.imaging
    request = Request(
        step,
        IMAGE_VERSION,
        ("pydicom", "SimpleITK", "scipy", "nibabel", "pynrrd"),
        {"n_pre": imaging.n_pre, "phases": imaging.phases},
        {f"source/{k:05d}": f for k, f in enumerate(payload.source.images)},
    )

    def make() -> dict[Path, bytes]:
        series = _read_series(payload.source, imaging.n_pre, imaging.phases)
        files = {folder / f"phase-{k}.nii.gz": encode_nifti(v) for k, v in enumerate(series.phases)}
        return files | {folder / "dce.json": encode_json(_dce_record(series, imaging.phases, payload.source))}

    return imported(study, request, folder / "provenance.json", patient, payload, make)


def _read_series(source: PatientSource, n_pre: int, wanted: tuple[int, ...] | None) -> DceSeries:
    if not source.images:
        raise SeriesError(
            "IMG-03",
            "no image of this patient was found",
            expected="a DCE-MRI examination",
            remedy="Hand over the patient's images, or take the patient out of the table.",
        )
    if source.is_dicom:
        series = read_dicom_series(source.images, n_pre=n_pre, phases=wanted)
    else:
        series = _read_files(source.images, wanted)
    if len(series.phases) <= n_pre:
        raise SeriesError(
            "IMG-03",
            "phases are missing",
            found=f"{len(series.phases)} phase(s)",
            expected=f"more than {n_pre}",
            remedy="Export every phase of the dynamic examination.",
        )
    return replace(series, n_pre=n_pre)


def _read_files(files: tuple[Path, ...], wanted: tuple[int, ...] | None) -> DceSeries:
    """Read phases that came as a file each, in order of their numbers."""
    used = range(len(files)) if wanted is None else wanted
    if max(used) >= len(files):
        raise SeriesError(
            "IMG-03",
            "phases that the study uses do not exist",
            found=f"phases 0 to {len(files) - 1}",
            expected=", ".join(map(str, used)),
            remedy="Hand over all phases, or correct imaging.phases in study.toml.",
        )
    unused = [str(number) for number in range(len(files)) if number not in used]
    notes = (f"IMG-04 of {len(files)} phases these are not used: {', '.join(unused)}",) if unused else ()
    return DceSeries(tuple(read_volume(files[k]) for k in used), None, "file names", notes=notes)


def _dce_record(series: DceSeries, chosen: tuple[int, ...] | None, source: PatientSource) -> dict[str, Any]:
    """Return what is kept of the series; ids of study and frames of reference only as hashes."""
    examination = source.examination
    grid = series.phases[series.n_pre].grid
    return {
        "phase_names": list(series.phase_names),
        "times_s": None if series.times_s is None else list(series.times_s),
        "time_zero": None if series.times_s is None else series.time_zero,
        "phase_key": series.phase_key,
        "disagreeing_keys": [asdict(trial) for trial in series.disagreeing_keys],
        "n_pre": series.n_pre,
        "chosen_phases": None if chosen is None else list(chosen),
        "scanner": scanner_record(series.scanner, source.private_words),
        "notes": list(series.notes),
        "shape": list(grid.shape),
        "spacing_mm": list(grid.spacing_mm),
        "slice_hashes": _hashes(series.sop_uids),
        "study_hash": None if examination is None else uid_hash(examination.study_uid),
        "frame_hashes": []
        if examination is None
        else sorted(uid_hash(uid) for uid in examination.frame_of_reference_uids if uid),
    }


def scanner_record(scanner: Scanner | None, private_words: Iterable[str]) -> dict[str, Any] | None:
    """Return what is kept of the scanner; a maker or model in which the patient is named is left out."""
    if scanner is None:
        return None
    words = [word.casefold() for word in private_words if len(word) >= MIN_PRIVATE]
    record = asdict(scanner)
    for key, text in record.items():
        if isinstance(text, str) and any(word in text.casefold() for word in words):
            record[key] = None
    return record if any(value is not None for value in record.values()) else None


def _hashes(sop_uids: tuple[tuple[str, ...], ...]) -> list[list[str]]:
    """Return hashes by which masks find their phase: of its slices, and of each file that holds only its frames."""
    files = [{uid.partition("#")[0] for uid in uids if "#" in uid} for uids in sop_uids]
    phases_of = Counter(file for own in files for file in own)
    return [
        [uid_hash(uid) for uid in (*uids, *sorted(file for file in own if phases_of[file] == 1))]
        for uids, own in zip(sop_uids, files, strict=True)
    ]
