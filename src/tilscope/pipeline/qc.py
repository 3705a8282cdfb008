"""Pictures and measures of one patient, for a radiologist's eye."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tilscope.pipeline.loading import image_files, load_bias, load_series, roi_files
from tilscope.pipeline.qc_measures import (
    bias_measures,
    lesion_measures,
    registration_measures,
    sorted_notes,
)
from tilscope.pipeline.step import Products, Step
from tilscope.reading import read_original, read_roi, read_volume
from tilscope.study import Study, encode_json, load_json
from tilscope.vocabulary import DceSeries, Roi, SeriesError, Volume

if TYPE_CHECKING:
    from tilscope.pipeline.qc_pictures import Material
    from tilscope.preprocessing import BiasField


def _inputs(study: Study, patient: str) -> tuple[Path, ...]:
    return (*picture_inputs(study, patient), study.feature_file(patient))


def picture_inputs(study: Study, patient: str) -> tuple[Path, ...]:
    """Return the files that a patient's pictures are made from."""
    source = study.registered_folder(patient)
    n_phases = len(image_files(study, patient))
    return (
        *image_files(study, patient),
        *image_files(study, patient, source),
        *(source / f"jacobian-{k}.nii.gz" for k in range(n_phases)),
        source / "roi.nii.gz",
        source / "registration.json",
        source / "bias.npy",
        source / "bias.json",
        study.image_folder(patient) / "dce.json",
        *roi_files(study, patient),
        study.preprocessed_folder(patient) / "normalisation.json",
    )


def _make(study: Study, patient: str) -> Products:
    from tilscope.pipeline.qc_pictures import draw_pictures

    material = load_material(study, patient)
    pictures = tuple(draw_pictures(material))
    folder = study.qc_folder(patient)
    files = {folder / picture.file: picture.data for picture in pictures}
    measures = _measures(study, material) | {"pictures": [picture.record for picture in pictures]}
    return Products(files | {folder / "qc.json": encode_json(measures)})


def load_material(study: Study, patient: str) -> Material:
    """Read what the pictures of one patient show."""
    from tilscope.pipeline.qc_pictures import Material

    source = study.registered_folder(patient)
    series = load_series(study, patient, source)
    grid = series.phases[series.n_pre].grid
    reference, acquired = _as_acquired(study, patient, series)
    names = series.phase_names
    moving = [k for k in range(len(names)) if k != series.n_pre]
    return Material(
        patient=patient,
        series=series,
        roi=Roi(read_roi(source / "roi.nii.gz", grid), grid, names[series.n_pre]),
        acquired=acquired,
        reference=reference,
        jacobians={names[k]: _jacobian(source / f"jacobian-{k}.nii.gz") for k in moving},
        registration=tuple(load_json(source / "registration.json")["phases"]),
        normalisation=load_json(study.preprocessed_folder(patient) / "normalisation.json"),
        bias=load_bias(source),
    )


def _jacobian(file: Path) -> NDArray[np.float32]:
    """Read Jacobians, which may be the same everywhere (engines ``affine`` and ``none``)."""
    return np.asarray(read_original(file).array, np.float32)


def _as_acquired(study: Study, patient: str, series: DceSeries) -> tuple[Volume, tuple[Volume, ...]]:
    """Return the whole post1, and the crop's box cut out of every phase as acquired; both lie on one lattice."""
    from tilscope.pipeline.qc_pictures import start_in

    crop = series.phases[series.n_pre].grid
    cuts = []
    for k, file in enumerate(image_files(study, patient)):
        whole = read_volume(file)  # one at a time: a whole examination may not fit into memory
        start = start_in(whole.grid, crop)
        stop = tuple(a + n for a, n in zip(start, crop.shape, strict=True))
        cuts.append(whole.cropped(start, (stop[0], stop[1], stop[2])))
        if k == series.n_pre:
            reference = whole
    return reference, tuple(cuts)


def _measures(study: Study, material: Material) -> dict[str, Any]:
    patient, series = material.patient, material.series
    acquired = load_json(study.image_folder(patient) / "dce.json")
    curve, scaling = material.normalisation["enhancement"], material.normalisation["scaling"]
    registered = load_json(study.registered_folder(patient) / "registration.json")
    notes = [
        *acquired["notes"],
        *load_json(roi_files(study, patient)[1])["notes"],
        *registered["warnings"],
        *curve["notes"],
        *load_json(study.feature_file(patient))["warnings"],
    ]
    flags, others = sorted_notes(notes, material.roi)
    smallest = {name: float(values.min()) for name, values in material.jacobians.items()}
    return {
        "patient": patient,
        "roi_phase": registered["drawn_on"],
        "phases": list(series.phase_names),
        "times_s": acquired["times_s"],
        "phase_key": acquired["phase_key"],
        "spacing_mm": acquired["spacing_mm"],
        "shape": acquired["shape"],
        "registration": list(material.registration),
        "enhancement_percent": curve["percent_enhancement"],
        "peak_enhancement_percent": max(curve["percent_enhancement"][series.n_pre :]),
        "normalisation": {"statistics": scaling["statistics"], "scope": scaling["scope"]},
        "flags": flags,
        "notes": others,
        **lesion_measures(material.roi),
        **registration_measures(list(material.registration), series.phase_names[series.n_pre], smallest),
        "functional_volume_ml": _functional_volume_ml(study, material),
        **_bias(material.bias, material.roi),
    }


def _functional_volume_ml(study: Study, material: Material) -> float | None:
    """Return the functional tumour volume inside the lesion; None where its phases are not there."""
    from tilscope.preprocessing import functional_tumour_volume

    try:
        return functional_tumour_volume(
            material.series, material.roi, study.settings.functional_volume
        ).volume_ml
    except SeriesError:  # one phase after contrast, or fewer than the settings name
        return None


def _bias(field: BiasField, roi: Roi) -> dict[str, Any]:
    return bias_measures(np.exp(field.log_at(roi.grid)), field.log_sd)


QC = Step(
    "qc",
    2,
    "draw the pictures",
    ("functional_volume",),
    ("matplotlib", "scipy", "numpy"),
    _inputs,
    lambda study, patient: study.qc_folder(patient) / "qc.provenance.json",
    _make,
)
