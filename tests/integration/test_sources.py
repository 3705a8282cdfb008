"""Which file belongs to whom and what it is; which columns stay outside."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pydicom
import pytest

from tilscope.pipeline.executing import InProcess
from tilscope.pipeline.file_names import mask_words, owner, phase_number
from tilscope.pipeline.private_columns import private_columns
from tilscope.pipeline.sources import CONVERTED, survey

READING = Path(__file__).parents[1] / "unit" / "reading"


def load(name):
    spec = importlib.util.spec_from_file_location(f"reading_{name}", READING / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look for it
    spec.loader.exec_module(module)
    return module


def quarantined(study, key):
    return json.loads((study / "derivatives/quarantine" / f"{key}.json").read_text())


def write_examination(folder, patient, number):
    """Write a tiny examination of four phases; return it with the headers of its last phase in slice order."""
    builder = load("conftest")
    made = builder.Examination(
        folder / patient,
        n_phases=4,
        rows=12,
        columns=14,
        patient_id=patient,
        study_uid=f"1.2.3.{number}",
        frame_uid=f"1.2.4.{number}",
        series_uid=f"1.2.5.{number}",
    )

    def edit(dataset, phase, index):
        builder.by_time(dataset, phase, index)
        dataset.PatientName = "ZQWU^AN"
        for keyword in ("PatientBirthDate", "PatientSex", "StudyTime", "StudyID", "AccessionNumber"):
            setattr(dataset, keyword, "")
        dataset.ReferringPhysicianName = dataset.PositionReferenceIndicator = ""
        dataset.InstanceNumber, dataset.SliceThickness = 1, 2.0

    headers = [pydicom.dcmread(f) for f in made.write(edit, shuffle=False)]
    return headers[-made.n_slices :]


def write_seg(file, images, **changes):
    mask = np.zeros((len(images), images[0].Rows, images[0].Columns), bool)
    mask[1:5, 2:10, 2:12] = True
    load("test_roi_dicom_seg").write_seg(file, images, [mask], ["tumour"])
    if changes:
        seg = pydicom.dcmread(file)
        for keyword, value in changes.items():
            setattr(seg, keyword, value)
        seg.save_as(file)


@pytest.mark.parametrize("is_own", [True, False])
def test_a_dicom_mask_of_another_examination_is_refused(tilscope, study, tmp_path, key, is_own):
    source = tmp_path / "dicom"
    images = write_examination(source, "H-1", 1)
    other = write_examination(tmp_path / "elsewhere", "H-2", 2)
    if is_own:
        write_seg(source / "seg.dcm", images)
    else:  # filed under the wrong patient
        write_seg(source / "H-1_ZQWU_An_seg.dcm", other, PatientID="H-1")
    answer = tilscope("import", study, source, "--workers", 0)
    if is_own:
        assert answer.code == 0, answer.text
        return
    assert answer.code == 3, answer.text
    record = quarantined(study, key("H-1"))
    assert (record["rule"], record["step"]) == ("ROI-46", "mask")
    assert record["file"] == "{0}_{0}_{0}_seg.dcm".format(key("H-1"))


def test_dicom_masks_may_come_after_their_images(tilscope, study, tmp_path, key):
    images = write_examination(tmp_path / "dicom", "H-1", 1)
    write_seg(tmp_path / "dicom" / "seg.dcm", images)
    assert tilscope("import", study, tmp_path / "dicom", "--workers", 0).code == 0
    rois, later = study / "rois" / key("H-1"), tmp_path / "later"
    first = (rois / "reader-A.nii.gz").read_bytes()
    later.mkdir()
    write_seg(later / "H-1_reader-B.dcm", images)
    write_seg(later / "of_nobody.dcm", images, PatientID="H-9")
    answer = tilscope("import", study, later, "--workers", 0)
    assert answer.code == 0, answer.text
    assert "1 of 1 patient(s) imported" in answer.text
    assert "set aside: 1 file(s), segmentation without images" in answer.text
    assert (rois / "reader-A.nii.gz").read_bytes() == first
    assert (rois / "reader-B.nii.gz").is_file()
    assert json.loads((rois / "reader-B.json").read_text())["phase"] == "post3"  # the images that it names
    assert "H-1" not in answer.text.replace(str(later), "")


@pytest.mark.parametrize(
    ("keyword", "found"),
    [
        ("StudyInstanceUID", "another StudyInstanceUID"),
        ("FrameOfReferenceUID", "another FrameOfReferenceUID"),
    ],
)
def test_a_later_dicom_mask_of_another_examination_is_refused(tilscope, study, tmp_path, key, keyword, found):
    images = write_examination(tmp_path / "dicom", "H-1", 1)
    write_seg(tmp_path / "dicom" / "seg.dcm", images)
    assert tilscope("import", study, tmp_path / "dicom", "--workers", 0).code == 0
    first = (study / "rois" / key("H-1") / "reader-A.nii.gz").read_bytes()
    (tmp_path / "later").mkdir()
    write_seg(tmp_path / "later" / "reader-B.dcm", images, **{keyword: "1.2.99"})
    answer = tilscope("import", study, tmp_path / "later", "--workers", 0)
    assert answer.code == 3, answer.text
    record = quarantined(study, key("H-1"))
    assert (record["rule"], record["found"]) == ("ROI-46", found)
    assert (study / "rois" / key("H-1") / "reader-A.nii.gz").read_bytes() == first
    assert not (study / "rois" / key("H-1") / "reader-B.nii.gz").exists()


def test_a_later_dicom_mask_of_images_that_an_old_import_did_not_hold(tilscope, study, tmp_path, key):
    images = write_examination(tmp_path / "dicom", "H-1", 1)
    assert tilscope("import", study, tmp_path / "dicom", "--workers", 0).code == 3  # no mask yet
    record = study / "images" / key("H-1") / "dce.json"
    told = json.loads(record.read_text())
    del told["study_hash"], told["frame_hashes"]
    record.write_text(json.dumps(told))
    (tmp_path / "later").mkdir()
    other = write_examination(tmp_path / "elsewhere", "H-1", 2)
    write_seg(tmp_path / "later" / "mask.dcm", other)
    assert tilscope("import", study, tmp_path / "later", "--workers", 0).code == 3
    refusal = quarantined(study, key("H-1"))
    assert (refusal["rule"], refusal["found"]) == ("ROI-46", "none of its images")
    write_seg(tmp_path / "later" / "mask.dcm", images)
    answer = tilscope("import", study, tmp_path / "later", "--workers", 0)
    assert answer.code == 0, answer.text


def test_check_shows_what_the_masks_call_their_segments(tilscope, study, tmp_path, key):
    source = tmp_path / "dicom"
    for number, patient in enumerate(("H-1", "H-2", "H-3"), start=1):
        images = write_examination(source, patient, number)
        write_seg(source / f"seg{number}.dcm", images)
    tissue = pydicom.dcmread(source / "seg3.dcm")
    segment = tissue.SegmentSequence[0]
    segment.SegmentLabel = "VOI of H-3"
    segment.SegmentedPropertyTypeCodeSequence[0].CodeMeaning = "Tissue"
    tissue.save_as(source / "seg3.dcm")
    answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 0, answer.text
    checked = tilscope("check", study)
    assert checked.code == 0, checked.text
    assert "ok ROI-37 DICOM SEG segment 'tumour (Neoplasm, MANUAL)': 2 patient(s)" in checked.text
    third = key("H-3")
    assert f"ok ROI-37 DICOM SEG segment 'VOI of {third} (Tissue, MANUAL)': 1 patient(s)" in checked.text
    assert f"does not call itself a lesion; look whether it is one: {third}" in checked.text
    told = json.loads(tilscope("check", study, "--json").out)
    assert [(t["n_patients"], t["kind"]) for t in told["segment_texts"]] == [
        (2, "DICOM SEG"),
        (1, "DICOM SEG"),
    ]
    (finding,) = [f for f in told["findings"] if f["rule"] == "ROI-37"]
    assert finding["light"] == "warning"


WRONG = {
    "another examination": ("H-1,1.2.99", "1 examination(s) of other StudyInstanceUIDs"),
    "nobody's": ("H-9,1.2.3.1", "names a patient whom nobody knows"),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_table_of_examinations_that_fits_nothing_is_refused(tilscope, study, tmp_path, key, how):
    row, words = WRONG[how]
    write_examination(tmp_path / "dicom", "H-1", 1)
    table = tmp_path / "examinations.csv"
    table.write_text(f"patient_id,study_uid\n{row}\n")
    answer = tilscope("import", study, tmp_path / "dicom", "--examinations", table, "--workers", 0)
    assert answer.code == 2, answer.text
    assert "IMG-24" in answer.text
    assert words in answer.text
    assert "H-1" not in answer.text
    assert "H-9" not in answer.text
    assert not (study / "images").exists()


def test_a_label_map_segmentation_is_a_mask(tilscope, study, tmp_path, key):
    images = write_examination(tmp_path / "dicom", "H-1", 1)
    mask = np.zeros((len(images), images[0].Rows, images[0].Columns), bool)
    mask[1:5, 2:10, 2:12] = True
    load("test_roi_dicom_seg").write_seg(
        tmp_path / "dicom" / "seg.dcm", images, [mask], ["tumour"], "LABELMAP"
    )
    written = pydicom.dcmread(tmp_path / "dicom" / "seg.dcm")
    assert written.SOPClassUID == "1.2.840.10008.5.1.4.1.1.66.7"
    answer = tilscope("import", study, tmp_path / "dicom", "--workers", 0)
    assert answer.code == 0, answer.text
    stored = nib.load(study / "rois" / key("H-1") / "reader-A.nii.gz")
    assert int(np.asarray(stored.dataobj).sum()) == mask.sum()


PHASES = {
    "phase-0.nii.gz": 0,
    "phase_12.nrrd": 12,
    "Phase3.nii": 3,
    "001_phase-1.nii.gz": 1,
    "001.phase1.nii.gz": 1,
    "001_lesion_phase1.nii.gz": None,
    "lesion_phase-1.nii.gz": None,
    "001_phase-1_lesion.nii.gz": None,
    "002_phase-1.nii.gz": None,
    "phase-1-lesion.nii.gz": None,
}


@pytest.mark.parametrize("name", PHASES)
def test_a_phase_image_is_called_so_and_nothing_else(name):
    assert phase_number(Path(name), "001") == PHASES[name]


WORDS = {
    "H-1_post2.nrrd": ("post2", "A", "1"),
    "H-1_lesion_PRE.nii.gz": ("pre", "A", "1"),
    "H-1_peak_reader-B_session-2.seg.nrrd": ("peak", "B", "2"),
    "H-1_post1_session-2.nii": ("post1", "A", "2"),
    "lesion_post1.nii": ("post1", "A", "1"),
    "H-1_lesion_phase1.nii.gz": (None, "A", "1"),
    "H-1_pre-treatment_lesion.nii.gz": (None, "A", "1"),
    "H-1_lesion_pre_NAC.nii.gz": (None, "A", "1"),
    "H-1_pre_lesion.nii.gz": (None, "A", "1"),
    "H-1.nii.gz": (None, "A", "1"),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_mask_tells_its_phase_by_its_last_word(name):
    assert mask_words(Path(name), "H-1") == WORDS[name]


def test_an_id_that_looks_like_a_phase_tells_none():
    assert mask_words(Path("H_pre.nii.gz"), "H_pre") == (None, "A", "1")
    assert mask_words(Path("H reader-7_post1.nii.gz"), "H reader-7") == ("post1", "A", "1")


OWNERS = {
    "H-1_lesion.nrrd": "H-1",
    "H-1.nrrd": "H-1",
    "H-1 lesion.nrrd": "H-1",
    "H-1-2_lesion.nrrd": None,
    "H-12_lesion.nrrd": None,
    "H-1_7_lesion.nrrd": "H-1_7",
    "H-1/H-1_7_lesion.nrrd": "H-1_7",
    "H-1/lesion.nrrd": "H-1",
    "H-3/H-1_lesion.nrrd": "H-1",
}


@pytest.mark.parametrize("name", OWNERS)
def test_a_file_belongs_to_the_longest_id_that_it_names(name):
    assert owner(Path(name), ["H-3", "H-1", "H-1_7"]) == OWNERS[name]


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def look(folder, *ids):
    return survey(folder, ids, InProcess(), str)


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (("phase-0.nii", "phase-1.nii", "phase-2.nii"), None),
        (("phase-0.nii", "phase-1.nii", "phase-3.nii"), "IMG-03"),
        (("phase-1.nii", "phase-2.nii"), "IMG-03"),
        (("phase-0.nii", "phase-1.nii", "phase-1.nrrd"), "IMG-06"),
        (("phase-0.nii", "phase-1.nii", "001_phase-1.nii"), "IMG-06"),
        (("phase-0.nii", "phase-1.nii", "001_lesion_phase1.nii"), None),
    ],
)
def test_phases_are_numbered_without_gap_and_copy(tmp_path, names, rule):
    touch(tmp_path / "001", *names)
    fault = look(tmp_path, "001").patients["001"].fault
    assert (fault and fault.rule) == rule


@pytest.fixture
def three(source):
    """The hospital with its first three patients."""
    for folder in sorted(p for p in source.iterdir() if p.is_dir())[3:]:
        shutil.rmtree(folder)
    rows = (source / "clinical.csv").read_text().splitlines()
    (source / "clinical.csv").write_text("\n".join(rows[:4]) + "\n")
    return source


def test_a_gap_quarantines_that_patient_until_it_is_filled(tilscope, study, three, key):
    source = three
    (source / "002/phase-1.nii.gz").rename(source / "moved")
    assert tilscope("import", study, source, "--workers", 0).code == 3
    record = quarantined(study, key("002"))
    assert (record["rule"], record["step"], record["patient"]) == ("IMG-03", "import", key("002"))
    assert record["found"] == "phases 0, 2, 3"
    assert len(list((study / "images").iterdir())) == 2
    (source / "moved").rename(source / "002/phase-1.nii.gz")
    assert tilscope("import", study, source, "--workers", 0).code == 0


def test_converted_copies_beside_dicom_are_counted(tmp_path):
    write_examination(tmp_path, "H-1", 1)
    touch(tmp_path, "nifti/H-1_phase-0.nii.gz", "nifti/H-1_phase-1.nii.gz", "nifti/H-1_lesion.nii.gz")
    delivery = look(tmp_path)
    assert delivery.set_aside[CONVERTED] == 2
    patient = delivery.patients["H-1"]
    assert len(patient.images) == 24
    assert [m.file.name for m in patient.masks] == ["H-1_lesion.nii.gz"]


def test_a_short_id_and_a_short_name_are_private_too(tmp_path):
    write_examination(tmp_path, "7", 1)
    patient = look(tmp_path).patients["7"]
    assert patient.private_words == ("7", "ZQWU", "AN")


IDS = [f"{k:03d}" for k in range(1, 9)]


@pytest.mark.parametrize(
    "name",
    [
        "surgery_date", "DateOfDiagnosis", "diagnosisdate", "Date", "mri_patient_id", "PatientID", "patientid",
        "ID", "MRN", "accession", "AccessionNumber", "record number", "case number", "case_no", "Hospital No.",
        "chart-nr", "Patient", "specimen_code", "patient_name", "birth_date", "NHS number", "study_id", "uid",
    ],
)  # fmt: skip
def test_columns_are_private_by_name(name):
    frame = pd.DataFrame({"stils": 5.0, name: 3.0, "age": 50.0}, index=IDS)
    assert private_columns(frame, IDS) == [name]


@pytest.mark.parametrize(
    "cells",
    [
        ["2019-05-14", *[None] * 7],
        ["seen 14.5.2019", *["no"] * 7],
        ["5/14/19", *["no"] * 7],
        ["14 May 2019", *["no"] * 7],
        ["March 2019", *["no"] * 7],
        ["2019-05-14T10:00:00", *["no"] * 7],
        ["05/2019", *["no"] * 7],
        [20190514.0 + k for k in range(8)],
        [float(k) for k in range(1, 9)],
        ["twin of 004", *["no"] * 7],
        ["Anna", "Berta", "Clara", "Dora", "Emma", "Frida", "Gerda", "Hanna"],
        ["Anna", "Berta", "Clara", "Dora", *[None] * 4],
        [f"0{k}17" for k in range(8)],
        [f"19-{k}2345" for k in range(8)],
    ],
    ids=lambda cells: str(cells[0]),
)
def test_columns_are_private_by_content(cells):
    frame = pd.DataFrame({"stils": 5.0, "remark": cells, "age": 50.0}, index=IDS)
    assert private_columns(frame, IDS) == ["remark"]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("age", [50.0 + k for k in range(8)]),
        ("ki67", [float(k * 10) for k in range(8)]),
        ("ki67", [f"{k * 10}" for k in range(1, 8)] + [">=90"]),
        ("size", [f"{k * 3.5} mm" for k in range(1, 9)]),
        ("platelets", [250001.0 + k for k in range(8)]),
        ("subtype", ["BLIS", "IM", "LAR", "MES"] * 2),
        ("her2", ["0", "1+", "2+", "3+"] * 2),
        ("T", ["T1", "T2"] * 4),
        ("grade", ["grade 1", "grade 2"] * 4),
        ("gene_name", ["BRCA1", "none"] * 4),
        ("candidate", ["yes", "no"] * 4),
        ("diagnosis_year", [2019.0, 2020.0] * 4),
        ("os_months", [k / 3 for k in range(8)]),
        ("case_control", ["case", "control"] * 4),
    ],
)
def test_clinical_columns_stay(name, cells):
    frame = pd.DataFrame({"stils": [float(k) for k in range(1, 9)], name: cells}, index=IDS)
    assert private_columns(frame, IDS) == []


def test_few_rows_are_no_reason_and_their_sum_is(tilscope, study, source):
    """A text of its own in each of four rows is kept; with four rows more it is left out, and the old ones with it."""
    tables = {"first": (1, 5), "second": (5, 9)}
    for name, (start, stop) in tables.items():
        rows = [f"{k:03d},{k},note {k * 'x'}" for k in range(start, stop)]
        (source / f"{name}.csv").write_text("patient_id,stils,remark\n" + "\n".join(rows) + "\n")
        answer = tilscope("import", study, source / f"{name}.csv", "--workers", 0)
        assert answer.code == 0, answer.text
        assert ("PHI-88" in answer.text) == (name == "second")
    assert "note" not in (study / "participants.tsv").read_text()
    assert len((study / "participants.tsv").read_text().splitlines()) == 9


def test_left_out_columns_are_named_and_their_cells_are_nowhere(tilscope, study, source):
    rows = [f"{k:03d},{k * 5},{60 - k},77{k}4{k},ZQCANARY{k},{k}/3/2020" for k in range(1, 13)]
    head = "patient_id,stils,age,mri_patient_id,remark,seen"
    (source / "clinical.csv").write_text("\n".join([head, *rows]) + "\n")
    answer = tilscope("import", study, source / "clinical.csv", "--workers", 0)
    assert "left out: mri_patient_id, remark, seen" in answer.text
    assert (study / "participants.tsv").read_text().splitlines()[0] == "participant_id\tstils\tage"
    for file in study.rglob("*"):
        if file.is_file():
            assert b"ZQCANARY" not in file.read_bytes()
            assert b"/2020" not in file.read_bytes()


def test_a_hospital_id_with_the_look_of_a_key_stays_outside(tilscope, study, source):
    (source / "clinical.csv").write_text("patient_id,stils\nsub-DoeJane,10\nsub-001,20\n")
    assert tilscope("import", study, source / "clinical.csv", "--workers", 0).code == 0
    for file in (p for p in study.rglob("*") if p.is_file() and "sourcedata" not in p.parts):
        assert b"DoeJane" not in file.read_bytes()
    assert "sub-001" not in (study / "participants.tsv").read_text()


def test_a_study_prepared_by_hand_keeps_its_keys(tilscope, study, three, key):
    patients = ["001", "002", "003"]
    assert tilscope("import", study, three, "--workers", 0).code == 0
    table = (study / "participants.tsv").read_text()
    for patient in patients:
        for room in ("images", "rois"):
            (study / room / key(patient)).rename(study / room / f"sub-{patient}")
        table = table.replace(key(patient), f"sub-{patient}")
    (study / "participants.tsv").write_text(table)
    shutil.rmtree(study / "sourcedata")
    ran = tilscope("run", study, "--workers", 0, "--until", "collect")
    assert ran.code == 0, ran.text
    features = pd.read_parquet(study / "derivatives/features/features.parquet")
    assert list(features.index) == ["sub-001", "sub-002", "sub-003"]
