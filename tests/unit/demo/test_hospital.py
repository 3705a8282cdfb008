"""What is handed over, read with other people's readers (pydicom, highdicom, nibabel, pynrrd)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import nrrd
import numpy as np
import pydicom
import pytest

from tilscope.demo import CANARY, PatientPlan, write_patient
from tilscope.demo.examination import SHAPE, examine


def test_progress_ends_at_all_patients(hospital: Any) -> None:
    assert hospital.progress == [(i + 1, 9) for i in range(9)]


def test_every_patient_has_five_phases_of_unique_images(hospital: Any) -> None:
    for plan in hospital.plan.patients:
        images = hospital.images_of(plan)
        assert len(images) == 5 * SHAPE[0]
        assert len({i.SOPInstanceUID for i in images}) == len(images)
        assert {i.PatientID for i in images} == {plan.patient_id}
        n_series = len({i.SeriesInstanceUID for i in images})
        assert n_series == (5 if plan.dialect == "per-phase" else 1)


def test_instance_numbers_are_shuffled_over_slices(hospital: Any) -> None:
    for plan in hospital.plan.patients:
        images = sorted(hospital.images_of(plan), key=lambda i: (i.SeriesNumber, i.InstanceNumber))
        places = [float(i.SliceLocation) for i in images[: SHAPE[0]]]
        steps = np.diff(places)
        assert (steps > 0).any()
        assert (steps < 0).any()


@pytest.mark.parametrize(
    ("dialect", "keyword", "values"),
    [
        ("acquisition", "AcquisitionTime", ["093000", "093130", "093300", "093430", "093600"]),
        ("temporal", "TriggerTime", [0.0, 90_000.0, 180_000.0, 270_000.0, 360_000.0]),
        ("per-phase", "AcquisitionTime", ["093000", "093130", "093300", "093430", "093600"]),
    ],
)
def test_each_dialect_tells_the_papers_times(
    hospital: Any, tmp_path: Path, dialect: str, keyword: str, values: list[object]
) -> None:
    plan = replace(hospital.plan.patients[0], dialect=dialect)
    write_patient(tmp_path, plan)
    found = sorted({i[keyword].value for i in hospital.images_of(plan, tmp_path)})
    assert [str(v).split(".")[0] if isinstance(v, str) else float(v) for v in found] == values


def test_stored_pixels_are_the_examination(hospital: Any) -> None:
    plan = next(p for p in hospital.plan.patients if p.dialect == "acquisition" and not p.fault)
    examination = examine(plan)
    for phase in range(5):
        np.testing.assert_array_equal(hospital.volume_of(plan, phase), examination.phases[phase])


def test_same_seed_same_bytes_in_any_order(hospital: Any, tmp_path: Path) -> None:
    for number in (2, 1, 0):
        truth = write_patient(tmp_path, hospital.plan.patients[number])
        assert truth == hospital.truth.patients[number]
    again = _digests(tmp_path)
    assert len(again) > 3 * 160
    first = _digests(hospital.folder)
    assert {name: first[name] for name in again} == again


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(f for f in folder.rglob("*") if f.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.mark.parametrize("mask_format", ["nii.gz", "nrrd", "seg.nrrd"])
def test_mask_lies_where_the_images_lie(hospital: Any, tmp_path: Path, mask_format: str) -> None:
    plan = replace(_healthy(hospital, "axial"), mask_format=mask_format)
    truth = write_patient(tmp_path, plan)
    centre = _centroid_lps(tmp_path / truth.mask_file)
    np.testing.assert_allclose(centre, _centroid_from_dicom(hospital, plan, tmp_path), atol=1e-3)


def _healthy(hospital: Any, plane: str) -> PatientPlan:
    return next(p for p in hospital.plan.patients if p.plane == plane and not p.fault)


def _centroid_lps(file: Path) -> np.ndarray:
    if file.suffix == ".nrrd":
        data, header = nrrd.read(str(file))
        assert header["space"] == "left-posterior-superior"
        return header["space origin"] + np.argwhere(data).mean(axis=0) @ header["space directions"]
    image = nibabel.load(file)
    np.testing.assert_allclose(image.get_sform(), image.get_qform(), atol=1e-4)
    ijk = np.argwhere(np.asarray(image.dataobj)).mean(axis=0)
    return np.array([-1, -1, 1]) * (image.affine @ [*ijk, 1])[:3]


def _centroid_from_dicom(hospital: Any, plan: PatientPlan, folder: Path) -> np.ndarray:
    """Place the planted mask by the images' own headers."""
    mask = examine(plan).mask
    images = hospital.images_of(plan, folder)
    by_place = sorted({float(i.SliceLocation): i for i in images}.items())
    z, y, x = np.argwhere(mask).T
    points = np.zeros(3)
    for k, (_, image) in enumerate(by_place):
        here = z == k
        orientation = np.asarray(image.ImageOrientationPatient, dtype=float)
        rows, columns = np.asarray(image.PixelSpacing, dtype=float)
        points += here.sum() * np.asarray(image.ImagePositionPatient, dtype=float)
        points += x[here].sum() * columns * orientation[:3] + y[here].sum() * rows * orientation[3:]
    return points / z.size


def test_dicom_seg_references_the_phase_it_was_drawn_on(hospital: Any, tmp_path: Path) -> None:
    import highdicom

    plan = replace(_healthy(hospital, "sagittal"), mask_format="seg", dialect="acquisition")
    truth = write_patient(tmp_path, plan)
    images = hospital.images_of(plan, tmp_path)
    number = ("pre", "post1", "post2", "post3", "post4").index(truth.mask_phase) + 1
    drawn_on = sorted(
        (i for i in images if i.AcquisitionNumber == number), key=lambda i: float(i.SliceLocation)
    )
    seg = highdicom.seg.segread(tmp_path / truth.mask_file)
    assert seg.FrameOfReferenceUID == drawn_on[0].FrameOfReferenceUID
    uids = [i.SOPInstanceUID for i in drawn_on]
    pixels = seg.get_pixels_by_source_instance(
        uids, segment_numbers=[1], assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(pixels[..., 0] > 0, examine(plan).mask)


def test_planted_faults_are_in_the_files(hospital: Any) -> None:
    wrong = hospital.truth_of("wrong-grid")
    np.testing.assert_array_equal(nibabel.load(hospital.folder / wrong.mask_file).affine, np.eye(4))
    cut = hospital.truth_of("truncated")
    sizes = [len(i.PixelData) for i in hospital.images_of(hospital.plan_of(cut.patient_id))]
    assert sorted(set(sizes)) == [88 * 88, 2 * 88 * 88]
    assert sizes.count(88 * 88) == 1


def test_the_jump_is_in_one_phase_and_only_of_the_misregistered(hospital: Any) -> None:
    truth = hospital.truth_of("misregistered")
    plan = hospital.plan_of(truth.patient_id)
    assert [t.patient_id for t in hospital.truth.patients if t.jumped_phase] == [truth.patient_id]
    assert truth.jumped_phase not in ("pre", "post1", truth.mask_phase)
    phases = examine(plan).phases
    alike = [float(np.corrcoef(phases[1].ravel(), p.ravel())[0, 1]) for p in phases]
    jumped = ("pre", "post1", "post2", "post3", "post4").index(truth.jumped_phase)
    assert int(np.argmin(alike)) == jumped
    assert alike[jumped] < 0.75 < min(a for k, a in enumerate(alike) if k != jumped)


def test_names_carry_the_canary_and_nothing_else_does(hospital: Any) -> None:
    image = hospital.images_of(hospital.plan.patients[0])[0]
    assert CANARY in str(image.PatientName)
    for name in ("clinical.csv", "immune-cells.gmt"):
        assert CANARY not in (hospital.folder / name).read_text()
    assert not any(CANARY in str(f) for f in hospital.folder.rglob("*"))


def test_localisers_and_strays_are_there_to_be_ignored(hospital: Any) -> None:
    assert len(list(hospital.folder.rglob("LOC_*"))) == 9  # patients 0, 4 and 8; three planes each
    localiser = pydicom.dcmread(next(hospital.folder.rglob("LOC_1")))
    assert "LOCALIZER" in localiser.ImageType
    assert localiser.pixel_array.shape == (localiser.Rows, localiser.Columns)
    assert len(list(hospital.folder.rglob("Thumbs.db"))) == 1
