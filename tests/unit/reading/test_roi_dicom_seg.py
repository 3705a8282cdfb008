"""DICOM SEG, written by highdicom as the independent side."""

import numpy as np
import pydicom
import pytest

from tilscope.reading import (
    check_roi_belongs,
    describe_roi,
    place_roi,
    read_dicom_series,
    read_roi,
    scan_dicom,
)
from tilscope.vocabulary import InputError

OBLIQUE = (0.0, 0.8, 0.6, 0.0, 0.6, -0.8)


def write_seg(file, images, masks, labels, kind="BINARY", **options):
    """Write one segment per mask (frames as in ``images``) with highdicom."""
    from highdicom.seg import (
        SegmentAlgorithmTypeValues,
        Segmentation,
        SegmentationTypeValues,
        SegmentDescription,
    )
    from pydicom.sr.codedict import codes

    segments = [
        SegmentDescription(
            segment_number=number,
            segment_label=label,
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type=SegmentAlgorithmTypeValues.MANUAL,
        )
        for number, label in enumerate(labels, start=1)
    ]
    seg = Segmentation(
        source_images=images,
        pixel_array=_stored(masks, kind),
        segmentation_type=SegmentationTypeValues[kind],
        segment_descriptions=segments,
        series_instance_uid="1.2.3.50",
        series_number=50,
        sop_instance_uid="1.2.3.51",
        instance_number=1,
        manufacturer="test",
        manufacturer_model_name="test",
        software_versions="1",
        device_serial_number="1",
        **options,
    )
    seg.save_as(file)
    return file


def _stored(masks, kind):
    if kind == "LABELMAP":
        return sum(np.uint8(k) * mask.astype(np.uint8) for k, mask in enumerate(masks, start=1))
    return np.stack(masks, axis=-1).astype(np.float32 if kind == "FRACTIONAL" else np.uint8)


@pytest.fixture
def scene(make_examination, tmp_path, timed):
    """An oblique examination, its series, the images of its second phase, and a mask."""
    made = make_examination(tmp_path / "dicom", orientation=OBLIQUE, n_slices=5)

    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        for keyword in ("PatientBirthDate", "PatientSex", "StudyTime", "StudyID", "AccessionNumber"):
            setattr(dataset, keyword, "")
        dataset.ReferringPhysicianName = dataset.PositionReferenceIndicator = ""
        dataset.InstanceNumber, dataset.SliceThickness = 1, 2.0

    made.write(edit)
    series = read_dicom_series(made.folder)
    by_uid = {str(d.SOPInstanceUID): d for d in map(pydicom.dcmread, sorted(made.folder.iterdir()))}
    mask = np.zeros((5, 5, 7), dtype=bool)
    mask[1:4, 1:4, 2:6] = True
    mask[2, 0, 0] = True
    return made, series, [by_uid[uid] for uid in series.sop_uids[1]], mask


def test_binary_segmentation_lies_on_the_image(scene, tmp_path):
    made, series, images, mask = scene
    file = write_seg(tmp_path / "seg.dcm", images, [mask], ["tumour"])
    np.testing.assert_array_equal(read_roi(file, series.phases[1]), mask)
    source = describe_roi(file)
    assert (source.kind, source.segments) == ("DICOM SEG", ("tumour",))
    assert source.referenced_sop_uids == frozenset(series.sop_uids[1])
    (found,) = scan_dicom(made.folder).examinations
    check_roi_belongs(source, found)
    assert source.patient_id == "HOSP-1"


def test_frames_in_any_order_and_empty_ones_left_out(scene, tmp_path):
    _, series, images, mask = scene
    file = write_seg(tmp_path / "seg.dcm", images[::-1], [mask[::-1]], ["tumour"], omit_empty_frames=True)
    np.testing.assert_array_equal(read_roi(file, series.phases[0]), mask)


def test_segments_by_name(scene, tmp_path):
    _, series, images, mask = scene
    other = np.zeros_like(mask)
    other[0, 2, 2] = True
    file = write_seg(tmp_path / "seg.dcm", images, [mask, other], ["tumour", "node"])
    np.testing.assert_array_equal(read_roi(file, series.phases[1], "tumour"), mask)
    np.testing.assert_array_equal(read_roi(file, series.phases[1], "node"), other)
    with pytest.raises(InputError, match="'node'") as caught:
        read_roi(file, series.phases[1])
    assert caught.value.rule == "ROI-37"


def test_segmentations_are_listed_apart_from_images(scene, tmp_path):
    made, _, images, mask = scene
    file = write_seg(made.folder / "seg.dcm", images, [mask], ["tumour"])
    (found,) = scan_dicom(made.folder).examinations
    assert found.segmentations == (file,)
    assert len(found.files) == 15
    assert len(read_dicom_series(made.folder).phases) == 3


@pytest.mark.parametrize(("kind", "full"), [("PROBABILITY", 255), ("OCCUPANCY", 100)])
def test_fractional_from_one_half_on(scene, tmp_path, kind, full):
    _, series, images, mask = scene
    fractions = mask.astype(float)
    fractions[1, 1, 2:5] = 0.5, 0.51, 0.49
    fractions[0, 4, 6] = 0.3
    file = write_seg(
        tmp_path / "seg.dcm",
        images,
        [fractions],
        ["tumour"],
        "FRACTIONAL",
        fractional_type=kind,
        max_fractional_value=full,
    )
    # highdicom stores 0.5 of 255 as 128 (of 100 as 50), which is one half and more
    expected = mask.copy()
    expected[1, 1, 4] = False
    placed = place_roi(file, series.phases[1])
    np.testing.assert_array_equal(placed.mask, expected)
    (note,) = placed.notes
    assert note.startswith(f"ROI-39 the DICOM SEG is fractional ({kind})")
    assert note.endswith(f"4 voxels lay between 0 and {full}")


def test_fractional_that_is_a_mask_needs_no_note(scene, tmp_path):
    _, series, images, mask = scene
    file = write_seg(
        tmp_path / "seg.dcm", images, [mask], ["tumour"], "FRACTIONAL", fractional_type="PROBABILITY"
    )
    placed = place_roi(file, series.phases[1])
    np.testing.assert_array_equal(placed.mask, mask)
    assert placed.notes == ()


def test_label_map_by_name(scene, tmp_path):
    _, series, images, mask = scene
    other = np.zeros_like(mask)
    other[0, 2, 2] = True
    file = write_seg(tmp_path / "seg.dcm", images, [mask, other], ["tumour", "node"], "LABELMAP")
    assert describe_roi(file).segments == ("tumour", "node")
    np.testing.assert_array_equal(read_roi(file, series.phases[1], "tumour"), mask)
    np.testing.assert_array_equal(read_roi(file, series.phases[1], "node"), other)
    with pytest.raises(InputError, match="'node'") as caught:
        read_roi(file, series.phases[1])
    assert caught.value.rule == "ROI-37"


def test_what_a_segment_says_of_itself(scene, tmp_path):
    _, series, images, mask = scene
    file = write_seg(tmp_path / "seg.dcm", images, [mask, mask], ["reader-A", "reader-B"])
    dataset = pydicom.dcmread(file)
    dataset.SegmentSequence[1].SegmentDescription = "VOI of the breast"
    dataset.save_as(file)
    source = describe_roi(file)
    assert source.details == ("Neoplasm, MANUAL", "VOI of the breast, Neoplasm, MANUAL")
    with pytest.raises(InputError, match=r"'reader-B' .label 2; VOI of the breast, Neoplasm, MANUAL"):
        read_roi(file, series.phases[1])


def test_references_to_frames_of_one_enhanced_file(scene, tmp_path):
    """All frames of an Enhanced MR have one SOP instance UID; a reference adds the frame's number."""
    made, series, images, mask = scene
    file = write_seg(tmp_path / "seg.dcm", images, [mask], ["tumour"])
    dataset = pydicom.dcmread(file)
    for number, frame in enumerate(dataset.PerFrameFunctionalGroupsSequence, start=1):
        source = frame.DerivationImageSequence[0].SourceImageSequence[0]
        source.ReferencedSOPInstanceUID, source.ReferencedFrameNumber = "1.2.3.99", number
    for keyword in ("ReferencedSeriesSequence", "SourceImageSequence"):
        if keyword in dataset:
            del dataset[keyword]
    dataset.save_as(file)
    assert describe_roi(file).referenced_sop_uids == {f"1.2.3.99#{n}" for n in range(1, 4)}
    (found,) = scan_dicom(made.folder).examinations
    check_roi_belongs(describe_roi(file), found)
    np.testing.assert_array_equal(read_roi(file, series.phases[1]), mask)


def test_segmentation_of_a_moved_image_is_refused(scene, tmp_path):
    _, series, images, mask = scene
    for image in images:
        image.ImagePositionPatient = [float(v) + 0.4 for v in image.ImagePositionPatient]
    file = write_seg(tmp_path / "seg.dcm", images, [mask], ["tumour"])
    with pytest.raises(InputError) as caught:
        read_roi(file, series.phases[1])
    assert caught.value.rule == "ROI-42"


def test_truncated_segmentation_and_image_given_as_mask(scene, tmp_path):
    made, series, images, mask = scene
    file = write_seg(tmp_path / "seg.dcm", images, [mask], ["tumour"])
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(InputError) as caught:
        read_roi(file, series.phases[1])
    assert caught.value.rule == "ROI-48"
    with pytest.raises(InputError) as caught:
        read_roi(next(made.folder.iterdir()), series.phases[1])
    assert caught.value.rule == "ROI-39"
