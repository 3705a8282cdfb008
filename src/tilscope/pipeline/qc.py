"""Pictures and measures of one patient, for a radiologist's eye."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tilscope.pipeline.loading import image_files, load_series, roi_files
from tilscope.pipeline.step import Products, Step
from tilscope.reading import read_roi, read_volume
from tilscope.study import Study, encode_json, load_json
from tilscope.vocabulary import DceSeries, Roi, Volume

DPI = 150


def _inputs(study: Study, patient: str) -> tuple[Path, ...]:
    source = study.registered_folder(patient)
    return (
        *image_files(study, patient),
        *image_files(study, patient, source),
        source / "roi.nii.gz",
        source / "registration.json",
        study.image_folder(patient) / "dce.json",
        *roi_files(study, patient),
        study.preprocessed_folder(patient) / "normalisation.json",
        study.feature_file(patient),
    )


def _make(study: Study, patient: str) -> Products:
    from tilscope.figures import (
        ENHANCEMENT,
        PHASES,
        REGISTRATION,
        EnhancementPicture,
        phase_pictures,
        registration_pictures,
        render,
    )

    source, target = study.registered_folder(patient), study.qc_folder(patient)
    series = load_series(study, patient, source)
    grid = series.phases[series.n_pre].grid
    roi = Roi(read_roi(source / "roi.nii.gz", grid), grid)
    registration = load_json(source / "registration.json")
    curve = load_json(study.preprocessed_folder(patient) / "normalisation.json")["enhancement"]
    enhancement = EnhancementPicture(
        patient, series.phase_names, series.times_s, tuple(curve["percent_enhancement"])
    )
    files = {
        target / "phases.png": render(PHASES, phase_pictures(patient, series, roi), dpi=DPI),
        target / "enhancement.png": render(ENHANCEMENT, enhancement, dpi=DPI),
        target / "qc.json": encode_json(_measures(study, patient, series, roi, registration, curve)),
    }
    worst = _worst_phase(registration["phases"])
    if worst is not None:
        k = series.phase_names.index(worst["phase"])
        before = _as_acquired(study, patient, k, grid)
        pictures = registration_pictures(
            patient,
            series.phases[series.n_pre],
            before,
            series.phases[k],
            roi,
            phase=worst["phase"],
            similarity=(worst["similarity_before"], worst["similarity_after"]),
        )
        files[target / "registration.png"] = render(REGISTRATION, pictures, dpi=DPI)
    return Products(files)


def _worst_phase(phases: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the moving phase whose lesion moved most: the one worth looking at."""
    return max(phases, key=lambda p: p["displacement_mm"] or 0.0, default=None)


def _as_acquired(study: Study, patient: str, index: int, grid: Any) -> Volume:
    """Cut the crop's box out of a phase as acquired; both lie on one lattice."""
    import numpy as np

    whole = read_volume(image_files(study, patient)[index])
    start = np.rint(np.linalg.inv(whole.grid.index_to_lps()) @ [*grid.origin_mm, 1.0])[:3].astype(int)
    return whole.cropped(tuple(start), tuple(start + np.array(grid.shape)))


def _measures(
    study: Study,
    patient: str,
    series: DceSeries,
    roi: Roi,
    registration: dict[str, Any],
    curve: dict[str, Any],
) -> dict[str, Any]:
    acquired = load_json(study.image_folder(patient) / "dce.json")
    drawn = load_json(roi_files(study, patient)[1])
    warnings = [
        *acquired["notes"],
        *drawn["notes"],
        *registration["warnings"],
        *curve["notes"],
        *load_json(study.feature_file(patient))["warnings"],
    ]
    return {
        "patient": patient,
        "roi_voxels": roi.n_voxels,
        "roi_volume_ml": roi.volume_ml,
        "roi_phase": registration["drawn_on"],
        "phases": list(series.phase_names),
        "times_s": acquired["times_s"],
        "phase_key": acquired["phase_key"],
        "spacing_mm": acquired["spacing_mm"],
        "shape": acquired["shape"],
        "registration": registration["phases"],
        "enhancement_percent": curve["percent_enhancement"],
        "flags": warnings,
    }


QC = Step(
    "qc",
    1,
    "draw the pictures",
    (),
    ("matplotlib",),
    _inputs,
    lambda study, patient: study.qc_folder(patient) / "qc.provenance.json",
    _make,
)
