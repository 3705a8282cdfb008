"""The way back: masks as DICOM SEG on the hospital's own images."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest

from tilscope.reading import check_roi_belongs, describe_roi, read_dicom_series, read_roi, scan_dicom

READING = Path(__file__).parents[1] / "unit" / "reading" / "conftest.py"
OBLIQUE = (0.0, 0.8, 0.6, 0.0, 0.6, -0.8)


@pytest.fixture
def exported(tilscope, study, tmp_path, key):
    """A study made of one oblique examination with a SEG on its third phase; the hospital's folder."""
    spec = importlib.util.spec_from_file_location("reading_examinations", READING)
    builder = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = builder  # its dataclasses look for it
    spec.loader.exec_module(builder)
    source = tmp_path / "dicom"
    made = builder.Examination(
        source / "H-1", n_slices=6, rows=12, columns=14, patient_id="H-1", orientation=OBLIQUE
    )
    made.write(builder.by_time)
    series = read_dicom_series(made.folder)
    import nibabel as nib

    from tilscope.reading import encode_nifti_mask
    from tilscope.vocabulary import Roi

    mask = np.zeros((6, 12, 14), dtype=bool)
    mask[1:5, 2:10, 2:9] = True
    mask[2, 10, 10] = True
    file = tmp_path / "dicom" / "H-1_post2.nii.gz"
    file.write_bytes(encode_nifti_mask(Roi(mask, series.phases[2].grid)))
    assert nib.load(file).shape == (14, 12, 6)
    answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 0, answer.text
    return study, source, series, mask, key("H-1")


def test_the_segmentation_refers_to_the_hospitals_own_images(tilscope, exported, tmp_path):
    study, source, series, mask, patient = exported
    out = tmp_path / "pacs"
    answer = tilscope("export-seg", study, "--dicom", source, "--out", out)
    assert answer.code == 0, answer.text
    (file,) = out.iterdir()
    assert file.name == f"{patient}_reader-A.dcm"
    np.testing.assert_array_equal(read_roi(file, series.phases[2]), mask)
    (examination,) = scan_dicom(source).examinations
    described = describe_roi(file)
    check_roi_belongs(described, examination)
    assert described.referenced_sop_uids
    assert described.referenced_sop_uids <= set(series.sop_uids[2])
    dataset = pydicom.dcmread(file)
    assert (dataset.PatientID, str(dataset.PatientName)) == ("H-1", "CANARY^ANNA")
    assert dataset.StudyDate == "20200102"
    # each frame names the slice at its own position
    positions = {
        str(d.SOPInstanceUID): [float(v) for v in d.ImagePositionPatient]
        for d in map(pydicom.dcmread, examination.files)
    }
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        uid = str(frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID)
        np.testing.assert_allclose(
            positions[uid], [float(v) for v in frame.PlanePositionSequence[0].ImagePositionPatient], atol=1e-6
        )
    # handed over as a mask again it finds its phase by its references, and its reader by its name
    (source / "H-1_reader-C.dcm").write_bytes(file.read_bytes())
    answer = tilscope("import", study, source, "--workers", 0, "--masks", "*.dcm")
    assert answer.code == 0, answer.text
    record = json.loads((study / "rois" / patient / "reader-C.json").read_text())
    assert (record["phase"], record["source"]["kind"]) == ("post2", "DICOM SEG")
    own = (study / "rois" / patient / "reader-C.dcm").read_bytes()
    assert not [word for word in (b"H-1", b"CANARY", b"ANNA", b"20200102") if word in own]


def test_what_cannot_go_back_is_refused(tilscope, exported, tmp_path):
    study, source, _, _, _ = exported
    assert tilscope("export-seg", study, "--dicom", source, "--out", study / "derivatives/seg").code == 2
    assert tilscope("export-seg", study, "--dicom", tmp_path / "absent", "--out", tmp_path / "a").code == 2
    answer = tilscope("export-seg", study, "--dicom", source, "--out", tmp_path / "b", "--reader", "Z")
    assert answer.code == 3
    assert "ROI-33" in answer.text
    for file in (source / "H-1").iterdir():
        dataset = pydicom.dcmread(file)
        dataset.ImagePositionPatient = [float(v) + 0.5 for v in dataset.ImagePositionPatient]
        dataset.save_as(file)
    answer = tilscope("export-seg", study, "--dicom", source, "--out", tmp_path / "c")
    assert answer.code == 3
    assert "ROI-46" in answer.text
    assert "0.866 mm" in answer.text  # 0.5 along x, y and z
    assert not (tmp_path / "c").exists()
    other = next((source / "H-1").iterdir())
    other.unlink()
    answer = tilscope("export-seg", study, "--dicom", source, "--out", tmp_path / "c")
    assert answer.code == 3
    assert "H-1" not in answer.text.replace(str(source), "")
