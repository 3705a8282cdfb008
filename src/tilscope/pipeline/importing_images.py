"""The import of one patient's images; runs on a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tilscope.pipeline.importing_patient import ImagePayload, as_before, imported, uid_hash
from tilscope.pipeline.outcome import Outcome
from tilscope.pipeline.sources import PatientSource
from tilscope.reading import encode_nifti, read_dicom_series, read_volume
from tilscope.study import Request, Study, encode_json
from tilscope.vocabulary import DceSeries, SeriesError

IMAGE_VERSION = 1


def import_images(
    root: str, step: str, patient: str, payload: ImagePayload, before: Outcome | None
) -> Outcome:
    """Read a patient's phases and write them as NIfTI with ``dce.json``."""
    study = Study(Path(root))
    folder = study.image_folder(patient)
    if not payload.source.images and (folder / "dce.json").is_file():
        return as_before(study, step, patient)  # this source brings only masks
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

    return imported(study, request, folder / "provenance.json", patient, payload, make)


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
        "slice_hashes": [[uid_hash(uid) for uid in uids] for uids in series.sop_uids],
    }
