"""DICOM SEG, written by highdicom as the independent side."""

import numpy as np
import pydicom
import pytest

from tilscope.reading import check_roi_belongs, describe_roi, read_dicom_series, read_roi, scan_dicom
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
        pixel_array=np.stack(masks, axis=-1).astype(np.float32 if kind == "FRACTIONAL" else np.uint8),
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


@pytest.mark.parametrize(("inside", "rule"), [(1.0, None), (0.5, "ROI-39")])
def test_fractional_only_where_it_is_a_mask(scene, tmp_path, inside, rule):
    _, series, images, mask = scene
    file = write_seg(
        tmp_path / "seg.dcm", images, [mask * inside], ["tumour"], "FRACTIONAL", fractional_type="PROBABILITY"
    )
    if rule is None:
        np.testing.assert_array_equal(read_roi(file, series.phases[1]), mask)
        return
    with pytest.raises(InputError) as caught:
        read_roi(file, series.phases[1])
    assert caught.value.rule == rule


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
