"""DICOM import through the command line: what dce.json records, what check shows, what settings change."""

import importlib.util
import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from tilscope.study import parse_settings
from tilscope.vocabulary import SettingsError

HERE = ("--workers", "0")  # in this process: workers take longer to start than these images to read
WRITER = Path(__file__).parents[1] / "unit" / "reading" / "conftest.py"


@pytest.fixture
def writer(monkeypatch):
    """The small DICOM writer of the reading room's tests."""
    spec = importlib.util.spec_from_file_location("dicom_writer", WRITER)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "dicom_writer", module)  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def two_patients(writer, tmp_path):
    """Two patients whose AcquisitionNumber lumps the post-contrast phases together, a contrast time in one."""
    for number in (1, 2):

        def edit(dataset, phase, index, number=number):
            writer.by_time(dataset, phase, index)
            dataset.AcquisitionNumber = 1 if phase == 0 else 2
            if number == 1:
                dataset.ContrastBolusStartTime = "100100"

        writer.Examination(
            tmp_path / "dicom" / f"p{number}",
            n_phases=4,
            patient_id=f"HOSP-{number}",
            study_uid=f"1.2.{number}",
            frame_uid=f"1.3.{number}",
            series_uid=f"1.4.{number}",
        ).write(edit)
    return tmp_path / "dicom"


def records(study):
    return [json.loads(f.read_text()) for f in sorted((study / "images").glob("sub-*/dce.json"))]


def test_key_times_and_disagreement_are_recorded_and_shown(study, two_patients, tilscope):
    assert tilscope("import", study, two_patients, *HERE).code in (0, 3)  # no masks yet
    found = records(study)
    assert [r["phase_key"] for r in found] == ["AcquisitionTime"] * 2
    assert sorted(r["time_zero"] for r in found) == ["contrast", "post1"]
    # first post-contrast phase at 10:01:30.5
    assert sorted(r["times_s"] for r in found) == [[-90.0, 0.0, 90.0, 180.0], [-59.5, 30.5, 120.5, 210.5]]
    assert [r["disagreeing_keys"] for r in found] == [
        [
            {
                "key": "AcquisitionNumber",
                "group_sizes": [6, 18],
                "n_missing": 0,
                "n_repeated": 12,
                "reason": "12 slices too many at their position",
            }
        ]
    ] * 2
    said = tilscope("check", study).text
    assert "phases told apart by AcquisitionTime: 2 patient(s)" in said
    assert (
        "AcquisitionNumber disagrees with AcquisitionTime in 2 patient(s): would give 2 groups of 6 + 18"
        in said
    )
    told = json.loads(tilscope("check", study, "--json").out)
    assert told["disagreeing_keys"][0]["n_patients"] == 2


def test_the_scanner_is_kept_and_the_hospital_is_not(study, writer, tilscope, tmp_path):
    scanners = {1: ("SIEMENS", "Avanto", "1.5"), 2: ("GE MEDICAL SYSTEMS", "SIGNA HDxt", "30000")}
    for number, (maker, model, strength) in scanners.items():

        def edit(dataset, phase, index, told=(maker, model, strength)):
            writer.by_time(dataset, phase, index)
            dataset.Manufacturer, dataset.ManufacturerModelName, dataset.MagneticFieldStrength = told
            dataset.InstitutionName, dataset.StationName = "Elsewhere", "STATION7"
            dataset.DeviceSerialNumber = "SERIAL4711"

        writer.Examination(
            tmp_path / "dicom" / f"p{number}",
            n_phases=3,
            patient_id=f"HOSP-{number}",
            study_uid=f"1.2.{number}",
            frame_uid=f"1.3.{number}",
            series_uid=f"1.4.{number}",
        ).write(edit)
    assert tilscope("import", study, tmp_path / "dicom", *HERE).code in (0, 3)  # no masks yet
    found = sorted((r["scanner"] for r in records(study)), key=lambda told: told["manufacturer"])
    assert found == [
        {"manufacturer": "GE", "model": "SIGNA HDxt", "field_strength_t": 3.0},
        {"manufacturer": "Siemens", "model": "Avanto", "field_strength_t": 1.5},
    ]
    said = tilscope("check", study).text
    assert '2 scanners, not harmonised (harmonisation.site = "none")' in said
    assert "GE SIGNA HDXT 3 T: 1 patient(s) (0 high, 0 low)" in said
    written = [f.read_bytes() for f in study.rglob("*") if f.is_file()]
    assert not any(word in text for word in (b"Elsewhere", b"STATION7", b"SERIAL4711") for text in written)


def test_a_study_imported_by_an_earlier_version_is_still_shown(study, two_patients, tilscope):
    tilscope("import", study, two_patients, *HERE)
    for file in (study / "images").glob("sub-*/dce.json"):
        record = json.loads(file.read_text())
        for key in ("time_zero", "disagreeing_keys", "scanner"):
            del record[key]
        file.write_text(json.dumps(record))
    said = tilscope("check", study).text
    assert "phases told apart by AcquisitionTime: 2 patient(s)" in said
    assert "disagrees" not in said


def test_phases_of_the_settings_are_imported_again(study, two_patients, tilscope, writer):
    tilscope("import", study, two_patients, *HERE)
    assert [len(r["phase_names"]) for r in records(study)] == [4, 4]
    with (study / "study.toml").open("a") as settings:
        settings.write("[imaging]\nphases = [0, 1, 3]\n")
    tilscope("import", study, two_patients, *HERE)
    assert [r["phase_names"] for r in records(study)] == [["pre", "post1", "post2"]] * 2
    for record in records(study):
        assert any(note.startswith("IMG-04") and "not used: 2" in note for note in record["notes"])
    truth = writer.Examination(Path("nowhere"), n_phases=4).truth()
    for file in (study / "images").glob("sub-*/phase-2.nii.gz"):
        np.testing.assert_array_equal(nib.load(file).get_fdata().T, truth[3])


def test_phases_that_one_patient_lacks_quarantine_it_by_name(study, source, tilscope, key):
    (source / "003" / "phase-3.nii.gz").unlink()
    with (study / "study.toml").open("a") as settings:
        settings.write("[imaging]\nphases = [0, 1, 3]\n")
    assert tilscope("import", study, source, *HERE).code == 3
    files = sorted(f.stem for f in (study / "derivatives/quarantine").glob("*.json"))
    assert files == [key("003")]
    refused = json.loads((study / "derivatives/quarantine" / f"{key('003')}.json").read_text())
    assert refused["rule"] == "IMG-03"
    assert "imaging.phases" in refused["remedy"]
    done = [r for r in records(study) if r["phase_names"] == ["pre", "post1", "post2"]]
    assert len(done) == 11


@pytest.mark.parametrize("phases", [[1], [0, 0], [2, 1], [-1, 0], ["pre"]])
def test_impossible_phases_are_refused(phases):
    with pytest.raises(SettingsError, match=r"imaging\.phases") as caught:
        parse_settings({"imaging": {"phases": phases}})
    assert caught.value.rule == "SET-03"


@pytest.mark.parametrize("layout", ["all phases in one file", "a file per phase"])
def test_a_segmentation_of_frames_finds_its_phase(study, tilscope, writer, tmp_path, layout):
    """Multi-frame MR and a DICOM SEG on its third phase, both by highdicom; the SEG names frames by number."""
    from highdicom.legacy import LegacyConvertedEnhancedMRImage
    from highdicom.seg import Segmentation, SegmentDescription
    from pydicom import dcmread
    from pydicom.sr.codedict import codes

    made = writer.Examination(tmp_path / "classic", n_phases=3, n_slices=8, rows=16, columns=16)

    def edit(dataset, phase, index):
        writer.by_time(dataset, phase, index)
        dataset.InstanceNumber, dataset.StudyTime = phase * 8 + index + 1, "100000"
        dataset.SliceThickness = "2.0"
        for keyword in (
            "AccessionNumber",
            "PatientBirthDate",
            "PatientSex",
            "StudyID",
            "ReferringPhysicianName",
        ):
            setattr(dataset, keyword, "")

    slices = [dcmread(file) for file in made.write(edit, shuffle=False)]
    parts = [slices] if layout == "all phases in one file" else [slices[k : k + 8] for k in (0, 8, 16)]
    source = tmp_path / "source"
    source.mkdir()
    images = []
    for number, part in enumerate(parts):
        images.append(
            LegacyConvertedEnhancedMRImage(part, f"1.2.3.{number}", 7, f"1.2.4.{number}", number + 1)
        )
        images[-1].save_as(source / f"mr{number}.dcm")
    mask = np.zeros((8, 16, 16), np.uint8)
    mask[2:6, 4:9, 5:10] = 1
    category, kind = codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Neoplasm
    lesion = SegmentDescription(1, "lesion", category, kind, "MANUAL")
    drawn_on = slices[16:]
    seg = Segmentation(drawn_on, mask, "BINARY", [lesion], "1.2.5", 9, "1.2.6", 1, "maker", "model", "1", "1")
    first = len(slices) - 8 if len(images) == 1 else 0
    frame_of = {d.SOPInstanceUID: first + number + 1 for number, d in enumerate(drawn_on)}

    def refer_to_frames(dataset, element):
        if element.keyword == "ReferencedSOPInstanceUID":
            if "PurposeOfReferenceCodeSequence" in dataset:  # of one frame of the mask
                dataset.ReferencedFrameNumber = frame_of[element.value]
            element.value = images[-1].SOPInstanceUID

    seg.walk(refer_to_frames)
    seg.save_as(source / "seg.dcm")
    tilscope("import", study, source, *HERE)
    (record,) = (study / "rois").glob("sub-*/reader-A.json")
    assert json.loads(record.read_text())["phase"] == "post2"
    np.testing.assert_array_equal(nib.load(record.with_suffix(".nii.gz")).get_fdata().T, mask)
