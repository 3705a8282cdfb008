"""Masks on their way into a study: several readers, formats, settings; nothing of the hospital comes along."""

import io
import json

import nibabel as nib
import numpy as np
import pydicom
import pytest

from tilscope.reading import read_roi, read_volume
from tilscope.vocabulary import Grid


@pytest.fixture
def one(tilscope, study, hospital, tmp_path, key):
    """A study with one patient, its folder of masks, and a folder for later deliveries."""
    source, later = tmp_path / "hospital", tmp_path / "later"
    hospital.write_patient(source, "001", 0, is_high=True)
    (source / "clinical.csv").write_text("patient_id,stils,age\n001,40,50\n")
    later.mkdir()
    answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 0, answer.text
    return study, study / "rois" / key("001"), later


def names(folder):
    return sorted(f.name for f in folder.iterdir())


def record(file):
    return json.loads(file.read_text())


def test_a_later_reader_leaves_the_earlier_ones_mask(tilscope, hospital, one):
    study, rois, later = one
    assert names(rois) == ["provenance.json", "reader-A.dcm", "reader-A.json", "reader-A.nii.gz"]
    before = {f.name: f.read_bytes() for f in rois.glob("reader-A.*")}
    other = np.roll(hospital.lesion(), 1, axis=0).astype(np.uint8)
    hospital.save(other, later / "001_lesion_post1_reader-B_session-2.nii.gz")
    for _ in range(2):  # the second time nothing is to do
        answer = tilscope("import", study, later, "--workers", 0)
        assert answer.code == 0, answer.text
        assert {f.name: f.read_bytes() for f in rois.glob("reader-A.*")} == before
        b = rois / "reader-B_session-2.nii.gz"
        np.testing.assert_array_equal(nib.load(b).get_fdata() > 0, other > 0)
    assert set(record(rois / "provenance.json")["outputs"]) == {
        f.relative_to(study).as_posix() for f in rois.glob("reader-*")
    }
    # a reader whose files were deleted does not come back
    for file in rois.glob("reader-A.*"):
        file.unlink()
    assert tilscope("import", study, later, "--workers", 0).code == 0
    assert not list(rois.glob("reader-A.*"))


def test_a_mask_changed_by_hand_is_not_vouched_for(tilscope, hospital, one):
    study, rois, later = one
    (rois / "reader-A.nii.gz").write_bytes(b"other")
    hospital.save(hospital.lesion().astype(np.uint8), later / "001_reader-B.nii.gz")
    answer = tilscope("import", study, later, "--workers", 0)
    assert answer.code == 3
    assert "RUN-76" in answer.text
    assert (rois / "reader-A.nii.gz").read_bytes() == b"other"


def test_the_dicom_segmentation_is_the_mask_and_holds_nothing_of_the_hospital(one, hospital):
    study, rois, _ = one
    data = (rois / "reader-A.dcm").read_bytes()
    image = next((study / "images" / rois.name).glob("phase-1.nii.gz"))
    mask = read_roi(rois / "reader-A.dcm", read_volume(image))
    np.testing.assert_array_equal(mask, hospital.lesion().T)
    dataset = pydicom.dcmread(io.BytesIO(data))
    assert dataset.PatientID == rois.name
    assert dataset.SegmentSequence[0].SegmentDescription == "Imported from NIfTI"
    texts = [str(e.value) for e in dataset.iterall() if e.VR in ("LO", "SH", "PN", "ST", "LT", "UT", "CS")]
    assert not [text for text in texts if "001" in text or "hospital" in text or "/" in text]


def moved(hospital, millimetres):
    affine = hospital.AFFINE.copy()
    affine[0, 3] += millimetres
    return affine


def test_another_grid_only_where_the_study_asks_for_it(tilscope, hospital, one):
    study, rois, later = one
    mask = hospital.lesion().astype(np.uint8)
    hospital.save(mask, later / "001_lesion_post1.nii.gz", moved(hospital, 0.3))
    answer = tilscope("import", study, later, "--workers", 0)
    assert answer.code == 3
    assert "ROI-42" in answer.text
    assert "0.300 mm" in answer.text
    assert "imaging.resample_masks = true" in answer.text
    toml = study / "study.toml"
    toml.write_text(toml.read_text() + "[imaging]\nresample_masks = true\n")
    answer = tilscope("import", study, later, "--workers", 0)
    assert answer.code == 0, answer.text
    assert f"{rois.name}: ROI-42 the mask lay on another grid, up to 0.300 mm away" in answer.text
    notes = record(rois / "reader-A.json")["notes"]
    # voxels of 1 x 1 x 1.5 mm
    assert f"{mask.sum() * 1.5 / 1000:.3f} ml before" in notes[0]
    # the setting is part of what the mask is
    toml.write_text(toml.read_text().replace("resample_masks = true", "resample_masks = false"))
    answer = tilscope("run", study, "--workers", 0, "--until", "register")
    assert "imaging.resample_masks" in answer.text


def test_the_largest_lesion_by_setting(tilscope, hospital, one):
    study, rois, later = one
    mask = hospital.lesion().astype(np.uint8)
    n = int(mask.sum())
    mask[2:4, 2:4, 2:4] = 1
    hospital.save(mask, later / "001_lesion_post1.nii.gz")
    assert tilscope("import", study, later, "--workers", 0).code == 0
    assert record(rois / "reader-A.json")["notes"] == ["ROI-47 the lesion has 2 separate parts"]
    (study / "study.toml").write_text(hospital.QUICK + "[imaging]\nlargest_lesion_only = true\n")
    assert tilscope("import", study, later, "--workers", 0).code == 0
    assert nib.load(rois / "reader-A.nii.gz").get_fdata().sum() == n
    assert record(rois / "reader-A.json")["notes"] == [
        "ROI-47 of 2 separate parts the largest was kept; 0.012 ml were left out"
    ]


def test_readers_as_segments_of_one_file(tilscope, hospital, one):
    import nrrd

    study, rois, later = one
    labels = hospital.lesion().astype(np.uint8)
    labels[10:] *= 2
    grid = Grid((16, 20, 20), (1.5, 1.0, 1.0))
    header = {
        "space": "right-anterior-superior",
        "space directions": grid.index_to_lps()[:3, [2, 1, 0]].T,
        "space origin": [0.0, 0.0, 0.0],
    }
    for k, name in enumerate(("reader-A 001", "reader-B")):
        header |= {f"Segment{k}_ID": f"S{k}", f"Segment{k}_Name": name, f"Segment{k}_LabelValue": str(k + 1)}
    nrrd.write(str(later / "001_post1.seg.nrrd"), labels, header)
    answer = tilscope("import", study, later, "--workers", 0)
    assert answer.code == 3
    assert f"ROI-37 {rois.name}" in answer.text
    assert "'reader-B' (label 2)" in answer.text
    assert "001" not in answer.text
    (study / "study.toml").write_text(hospital.QUICK + '[imaging]\nroi_segment = "reader-B"\n')
    answer = tilscope("import", study, later, "--workers", 0)
    assert answer.code == 0, answer.text
    np.testing.assert_array_equal(nib.load(rois / "reader-A.nii.gz").get_fdata() > 0, labels == 2)
    told = record(rois / "reader-A.json")
    assert told["label"] == "reader-B"
    # a segment's name may hold the patient's id
    assert told["source"] == {
        "kind": "Slicer segmentation",
        "segments": [f"reader-A {rois.name}", "reader-B"],
    }
