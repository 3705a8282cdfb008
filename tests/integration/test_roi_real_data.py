"""Masks of real patients: RTSTRUCT, DICOM SEG, 3D Slicer; and back out as DICOM SEG."""

import tarfile

import nrrd
import numpy as np
import pydicom
import pytest
from matplotlib.path import Path as Polygon

from tilscope.reading import (
    check_roi_belongs,
    describe_roi,
    encode_dicom_seg,
    place_roi,
    read_dicom_series,
    read_roi,
    read_volume,
    roi_notes,
    scan_dicom,
)
from tilscope.vocabulary import Grid, InputError, Roi

STRUCTURE = "GTV_Mass_MR_T1"


@pytest.fixture(scope="module")
def sarcoma(real_data, tmp_path_factory):
    """The soft-tissue sarcoma: image, RTSTRUCT file."""
    folder = tmp_path_factory.mktemp("sts")
    with tarfile.open(real_data / "sts-003-mr-rtstruct" / "mr_t1_dicom.tgz") as archive:
        archive.extractall(folder, filter="data")
    (examination,) = scan_dicom(folder).examinations
    return read_dicom_series(examination.files), examination.segmentations[0], examination


def contours_of(file):
    """Return the contours as the file has them, shape (n, 3) each, LPS mm."""
    dataset = pydicom.dcmread(file)
    return [
        np.array(item.ContourData, dtype=float).reshape(-1, 3)
        for item in dataset.ROIContourSequence[0].ContourSequence
    ]


def test_real_contours_slice_by_slice_against_matplotlib(sarcoma):
    series, file, _ = sarcoma
    grid = series.phases[0].grid
    placed = place_roi(file, grid)
    assert placed.notes == ()
    rows, columns = np.mgrid[: grid.shape[1], : grid.shape[2]]
    # this image is axial: its header gives the coordinates without any of our matrices
    x = -111.328186 + 0.976562 * columns.ravel()
    y = 15.624878 + 0.976562 * rows.ravel()
    n_different = 0
    for points in contours_of(file):
        z = round((points[0, 2] - grid.origin_mm[2]) / grid.spacing_mm[0])
        inside = Polygon(points[:, :2]).contains_points(np.column_stack([x, y]))
        n_different += int((placed.mask[z] != inside.reshape(rows.shape)).sum())
    # a corner of the contour lies on a voxel's centre here and there; the two rules differ on edges only
    assert n_different <= 5
    assert np.flatnonzero(placed.mask.any(axis=(1, 2))).tolist() == list(range(12, 32))


def test_real_contours_have_the_volume_of_their_polygons(sarcoma):
    series, file, _ = sarcoma
    grid = series.phases[0].grid
    areas = []
    for points in contours_of(file):
        x, y = points[:, 0], points[:, 1]
        areas.append(0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))
    polygons_ml = sum(areas) * 3.269955 / 1000
    assert polygons_ml == pytest.approx(80.084, abs=0.001)
    voxels_ml = read_roi(file, grid).sum() * grid.voxel_volume_mm3 / 1000
    assert voxels_ml == pytest.approx(polygons_ml, rel=0.005)


def test_real_contours_find_their_images(sarcoma):
    series, file, examination = sarcoma
    source = describe_roi(file)
    assert len(source.referenced_sop_uids) == 20  # the slices that were drawn, not all 47 of the series
    # the images were converted after the drawing and have new UIDs; study and frame of reference still tell
    assert not source.referenced_sop_uids & examination.sop_uids
    check_roi_belongs(source, examination)
    assert source.details == ("GTV, MANUAL",)
    with pytest.raises(InputError, match=STRUCTURE) as caught:
        read_roi(file, series.phases[0], "GTV_Edema")
    assert caught.value.rule == "ROI-37"


def test_real_contours_with_a_slice_taken_out_are_refused(sarcoma, tmp_path):
    series, file, _ = sarcoma
    dataset = pydicom.dcmread(file)
    del dataset.ROIContourSequence[0].ContourSequence[7]
    dataset.save_as(tmp_path / "gap.dcm")
    with pytest.raises(InputError) as caught:
        read_roi(tmp_path / "gap.dcm", series.phases[0])
    assert caught.value.rule == "ROI-48"


def test_contours_out_as_segmentation_and_back(sarcoma, tmp_path):
    series, file, _ = sarcoma
    grid = series.phases[0].grid
    mask = read_roi(file, grid)
    data = encode_dicom_seg(Roi(mask, grid, "post1"), patient="sub-abcdefgh")
    (tmp_path / "reader-A.dcm").write_bytes(data)
    np.testing.assert_array_equal(read_roi(tmp_path / "reader-A.dcm", grid), mask)
    assert b"STS_003" not in data
    assert b"1.3.6.1.4.1.14519" not in data
    assert b"MIM" not in data


def test_ucsf_segmentation_says_that_it_is_a_tissue(real_data, tmp_path):
    with tarfile.open(real_data / "dce-ucsf-br-06" / "ucsf_breast_dce_BR-06.tgz") as archive:
        member = next(m for m in archive.getmembers() if "/mask/" in m.name and m.isfile())
        archive.extract(member, tmp_path, filter="data")
    source = describe_roi(tmp_path / member.name)
    assert source.segments == ("Breast",)
    assert "Breast" in source.details[0]
    assert source.notes
    assert source.notes[0].startswith("ROI-37 the segment 'Breast'")


def test_lesion_of_another_grid_is_resampled_only_if_asked(real_data):
    lesion = real_data / "dce-ucsf-br-06" / "UCSF-BR-06_ftvROI_largest.nrrd"
    _, header = nrrd.read(str(lesion))
    directions, origin = np.array(header["space directions"]), np.array(header["space origin"])
    flip = -1 if "right" in str(header["space"]) else 1
    columns = (directions * [flip, flip, 1]).T
    spacing = np.linalg.norm(columns, axis=0)
    origin = origin * [flip, flip, 1]
    own = Grid((60, 256, 256), tuple(spacing[::-1]), tuple(origin), tuple(map(tuple, columns / spacing)))
    assert read_roi(lesion, own).sum() == 39_325
    # the same space on finer slices, a third of a voxel aside
    moved = origin + columns @ [0.33, 0.33, 0.0]
    finer = Grid((80, 256, 256), (own.spacing_mm[0] * 0.75, *own.spacing_mm[1:]), tuple(moved), own.direction)
    with pytest.raises(InputError) as caught:
        place_roi(lesion, finer)
    assert caught.value.rule == "ROI-42"
    placed = place_roi(lesion, finer, resample_masks=True)
    before_ml = 39_325 * float(np.prod(spacing)) / 1000
    assert placed.mask.sum() * finer.voxel_volume_mm3 / 1000 == pytest.approx(before_ml, rel=0.02)
    assert f"{before_ml:.3f} ml before" in placed.notes[0]


@pytest.mark.parametrize("name", ["Segmentation.seg.nrrd", "SegmentationOverlapping.seg.nrrd"])
def test_slicer_segments_on_a_cropped_extent(real_data, tmp_path, name):
    """A segmentation that Slicer cropped to its extent lies where the whole one lies."""
    folder = real_data / "segmentation-formats"
    image = read_volume(folder / "CTChest4.nrrd")
    array, header = nrrd.read(str(folder / name))
    source = describe_roi(folder / name)
    space = array if array.ndim == 3 else array.max(axis=0)
    low = np.argwhere(space).min(axis=0)
    high = np.argwhere(space).max(axis=0) + 1
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    cropped = array[box] if array.ndim == 3 else array[(slice(None), *box)]
    directions = np.array(header["space directions"], dtype=float)
    steps = directions[np.isfinite(directions).all(axis=1)]
    header["space origin"] = np.array(header["space origin"]) + low @ steps
    nrrd.write(str(tmp_path / name), cropped, header, index_order="F")
    assert cropped.size < array.size
    for segment in source.segments:
        np.testing.assert_array_equal(
            read_roi(tmp_path / name, image, segment), read_roi(folder / name, image, segment)
        )


def test_overlapping_layers_do_overlap(real_data):
    folder = real_data / "segmentation-formats"
    image = read_volume(folder / "CTChest4.nrrd")
    file = folder / "SegmentationOverlapping.seg.nrrd"
    masks = [read_roi(file, image, segment) for segment in describe_roi(file).segments]
    total = sum(mask.astype(int) for mask in masks)
    assert total.max() > 1  # a label map of one layer could not hold these
    assert all(roi_notes(mask) is not None for mask in masks)


def test_slicers_one_voxel_file_is_empty(real_data, tmp_path):
    """What 3D Slicer writes for a segmentation without anything drawn: one voxel, whatever its value."""
    folder = real_data / "segmentation-formats"
    image = read_volume(folder / "CTChest4.nrrd")
    _, header = nrrd.read(str(folder / "Segmentation.seg.nrrd"))
    for value in (0, 1):
        nrrd.write(str(tmp_path / "empty.seg.nrrd"), np.full((1, 1, 1), value, np.uint8), header)
        with pytest.raises(InputError) as caught:
            read_roi(
                tmp_path / "empty.seg.nrrd", image, describe_roi(folder / "Segmentation.seg.nrrd").segments[0]
            )
        assert caught.value.rule == "ROI-33"


def test_liver_segmentation_tells_its_type(real_data):
    source = describe_roi(real_data / "segmentation-formats" / "dcmqi_liver_seg.dcm")
    assert source.details == ("Liver, SEMIAUTOMATIC, SlicerEditor",)
    assert source.notes[0].startswith("ROI-37 the segment 'Liver'")
