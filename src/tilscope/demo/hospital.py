"""What the synthetic hospital hands over: a folder with DICOM, masks and tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tilscope.demo.dicom import write_localizer, write_series
from tilscope.demo.examination import examine
from tilscope.demo.masks import write_mask
from tilscope.demo.plan import NO_STILS, PHASES, TIMES_S, PatientPlan, plan_hospital
from tilscope.demo.second_reading import second_masks
from tilscope.demo.tables import write_tables
from tilscope.demo.truth import PatientTruth, Truth, gather_truth
from tilscope.vocabulary import Roi

_LOCALIZER_EVERY, _STRAY_EVERY = 4, 9


def write_hospital(
    folder: Path,
    *,
    seed: int,
    n_patients: int = 60,
    on_progress: Callable[[int, int], None] | None = None,
) -> Truth:
    """Write the export of a synthetic hospital and return what was planted in it.

    ::

        folder/
          dicom/<patient id>/S005/IM000001 ...   one MR examination of 5 phases per patient
          masks/<patient id>_<phase>.{dcm,seg.nrrd,nrrd,nii.gz}
          masks/<patient id>_<phase>_{reader-B,session-2}.nrrd   second readings of some patients
          clinical.csv  expression.tsv.gz  immune-cells.gmt

    Parameters
    ----------
    folder : Path
        Where to write; made if missing. Files of the same name are replaced.
    seed : int
        The same seed gives the same bytes.
    n_patients : int, default 60
        At least 8.
    on_progress : callable, optional
        Called with (patients done, patients in all).

    Returns
    -------
    Truth
        To be kept outside ``folder``.

    Raises
    ------
    SettingsError
        SET-10 if ``n_patients`` is too small.
    """
    plan = plan_hospital(seed, n_patients)
    write_tables(folder, plan)
    patients = []
    for done, patient in enumerate(plan.patients, start=1):
        patients.append(write_patient(folder, patient))
        if on_progress is not None:
            on_progress(done, n_patients)
    return gather_truth(plan, patients)


def write_patient(folder: Path, plan: PatientPlan) -> PatientTruth:
    """Write one patient's images and mask; independent of all other patients, so it may run anywhere."""
    examination = examine(plan)
    images = folder / "dicom" / plan.patient_id
    headers = write_series(images, plan, examination.phases, examination.grid)
    if plan.number % _LOCALIZER_EVERY == 0:
        write_localizer(images / "S001", plan, examination.phases[0], examination.grid)
    if plan.number % _STRAY_EVERY == 0:
        (images / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0 not an image")
    roi = Roi(examination.mask, examination.grid, phase=examination.mask_phase)
    mask = write_mask(folder / "masks", plan, roi, headers[PHASES.index(roi.phase)])
    again = replace(plan, mask_format="nrrd")
    for reading, drawn in second_masks(plan, examination.mask, examination.grid.spacing_mm).items():
        write_mask(folder / "masks", again, Roi(drawn, roi.grid, phase=roi.phase), (), reading)
    return PatientTruth(
        patient_id=plan.patient_id,
        latent_til=plan.latent_til,
        stils=None if plan.fault == NO_STILS else plan.stils,
        fault=plan.fault,
        lesion_volume_mm3=round(examination.lesion_volume_mm3, 3),
        mask_phase=roi.phase,
        mask_file=mask.relative_to(folder).as_posix(),
        times_s=TIMES_S,
        motion_mm=examination.motion_mm,
        jumped_phase=examination.jumped_phase,
        has_expression=plan.has_expression,
    )
