"""DICOM SEG out: bit-equal on the way back, the same bytes twice, and nothing of the hospital in it."""

import io
import warnings

import numpy as np
import pydicom
import pytest

from tilscope.reading import describe_roi, encode_dicom_seg, encode_nifti_mask, read_roi, read_volume
from tilscope.vocabulary import Grid, Roi

TURNED = ((0.0, 0.0, 1.0), (0.6, 0.8, 0.0), (-0.8, 0.6, 0.0))
LEFT_HANDED = ((0.0, 0.0, -1.0), (0.6, 0.8, 0.0), (-0.8, 0.6, 0.0))


def roi_on(direction=TURNED, label="lesion"):
    mask = np.zeros((9, 12, 10), dtype=bool)
    mask[2:5, 3:9, 4:8] = True
    mask[3, 10, 1] = mask[7, 0, 9] = True  # a far part leaves frames out between
    grid = Grid(mask.shape, (2.0, 0.703125, 0.9), (-157.800003, 12.3, 1 / 3), direction)
    return Roi(mask, grid, "post1", "B", "2", label)


@pytest.mark.parametrize("direction", [TURNED, LEFT_HANDED])
def test_back_bit_equal_and_at_its_place(tmp_path, direction):
    roi = roi_on(direction)
    file = tmp_path / "reader-B.dcm"
    file.write_bytes(encode_dicom_seg(roi, patient="sub-abcdefgh"))
    np.testing.assert_array_equal(read_roi(file, roi.grid), roi.mask)
    # and on the grid as the study's NIfTI tells it
    nifti = tmp_path / "reader-B.nii.gz"
    nifti.write_bytes(encode_nifti_mask(roi))
    np.testing.assert_array_equal(read_roi(file, read_volume(nifti)), roi.mask)


@pytest.mark.parametrize("direction", [TURNED, LEFT_HANDED])
def test_as_highdicom_places_it(tmp_path, direction):
    from highdicom.seg import segread

    roi = roi_on(direction)
    file = tmp_path / "seg.dcm"
    file.write_bytes(encode_dicom_seg(roi, patient="sub-abcdefgh"))
    volume = segread(file).get_volume(combine_segments=True)
    found = volume.affine @ np.r_[np.argwhere(volume.array > 0).T, np.ones((1, roi.n_voxels))]
    expected = roi.grid.index_to_lps() @ np.r_[np.argwhere(roi.mask).T, np.ones((1, roi.n_voxels))]
    order = [np.lexsort(np.round(points[:3], 4)) for points in (found, expected)]
    np.testing.assert_allclose(found[:3, order[0]], expected[:3, order[1]], atol=1e-6)


def test_the_same_bytes_under_another_clock(monkeypatch):
    import datetime

    import highdicom.base
    import highdicom.seg.sop

    first = encode_dicom_seg(roi_on(), patient="sub-abcdefgh")

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2031, 5, 6, 7, 8, 9)

    for module in (highdicom.base, highdicom.seg.sop):
        if hasattr(module, "datetime"):
            fake = Later if isinstance(module.datetime, type) else type("m", (), {"datetime": Later})
            monkeypatch.setattr(module, "datetime", fake)
    assert encode_dicom_seg(roi_on(), patient="sub-abcdefgh") == first
    assert encode_dicom_seg(roi_on(), patient="sub-bcdefghi") != first


def test_header_says_whose_and_how_and_names_no_image():
    data = encode_dicom_seg(
        roi_on(label="Läsion"),
        patient="sub-abcdefgh",
        method="SEMIAUTOMATIC",
        algorithm="fuzzy c-means",
        description="made from a box",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = pydicom.dcmread(io.BytesIO(data))
        dataset.walk(lambda _, element: element.value)
    (segment,) = dataset.SegmentSequence
    assert (segment.SegmentLabel, segment.SegmentDescription) == ("Läsion", "made from a box")
    assert (segment.SegmentAlgorithmType, segment.SegmentAlgorithmName) == ("SEMIAUTOMATIC", "fuzzy c-means")
    assert (dataset.PatientID, str(dataset.PatientName)) == ("sub-abcdefgh", "sub-abcdefgh")
    assert (dataset.StudyDate, dataset.PatientBirthDate, dataset.ContentDate) == ("", "", "19700101")
    uids = [e.value for e in dataset.iterall() if e.VR == "UI" and "SOPClass" not in e.keyword]
    assert uids
    assert all(len(uid) <= 64 and uid.startswith("2.25.") for uid in uids)
    assert dataset.SegmentationType == "BINARY"


def test_several_readers_share_study_and_frame_of_reference(tmp_path):
    a, b = tmp_path / "a.dcm", tmp_path / "b.dcm"
    roi = roi_on()
    a.write_bytes(encode_dicom_seg(roi, patient="sub-abcdefgh"))
    b.write_bytes(
        encode_dicom_seg(Roi(roi.mask, roi.grid, "post1", "C", "1", "lesion"), patient="sub-abcdefgh")
    )
    first, second = describe_roi(a), describe_roi(b)
    assert first.study_uid == second.study_uid
    assert first.frame_of_reference_uid == second.frame_of_reference_uid
    assert first.referenced_sop_uids == frozenset()
    headers = [pydicom.dcmread(file) for file in (a, b)]
    assert len({h.SeriesInstanceUID for h in headers}) == len({h.SOPInstanceUID for h in headers}) == 2
