"""RTSTRUCT on shapes whose voxels and areas are known, and against another rasteriser."""

import numpy as np
import pydicom
import pytest
from matplotlib.path import Path as Polygon
from pydicom.dataset import Dataset, FileMetaDataset

from tilscope.reading import check_roi_belongs, describe_roi, place_roi, read_roi
from tilscope.reading.dicom_scan import Examination
from tilscope.reading.roi_contours import fill_polygon, polygon_area
from tilscope.vocabulary import Grid, InputError

OBLIQUE = ((0.0, 0.0, 1.0), (0.6, 0.8, 0.0), (-0.8, 0.6, 0.0))
GRID = Grid((8, 20, 24), (3.0, 0.7, 0.9), (-50.0, 12.5, 33.0), OBLIQUE)
SQUARE = [(4.5, 5.5), (4.5, 14.5), (13.5, 14.5), (13.5, 5.5)]  # rows 5 to 13, columns 6 to 14: 81 voxels
RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"


def write(file, structures, *, grid=GRID, kind="CLOSED_PLANAR", images=("1.2.3.9",), axis=0):
    """Write structures: lists of (slice, corners in voxels of the slice)."""
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    d.SOPClassUID = d.file_meta.MediaStorageSOPClassUID = RTSTRUCT
    d.SOPInstanceUID = d.file_meta.MediaStorageSOPInstanceUID = "1.2.3.77"
    d.PatientID, d.StudyInstanceUID, d.Modality = "HOSP-1", "1.2.3", "RTSTRUCT"
    d.StructureSetROISequence, d.ROIContourSequence = [], []
    for number, (name, contours) in enumerate(structures.items(), start=1):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber = drawn.ReferencedROINumber = number
        roi.ROIName, roi.ReferencedFrameOfReferenceUID, roi.ROIGenerationAlgorithm = name, "1.2.3.1", "MANUAL"
        drawn.ContourSequence = [
            contour(grid, place, corners, kind, images, axis) for place, corners in contours
        ]
        d.StructureSetROISequence.append(roi)
        d.ROIContourSequence.append(drawn)
    d.save_as(file, enforce_file_format=True)
    return file


def contour(grid, place, corners, kind, images, axis):
    indices = np.insert(np.array(corners, dtype=float), axis, place, axis=1)
    points = indices @ grid.index_to_lps()[:3, :3].T + grid.origin_mm
    item = Dataset()
    item.ContourGeometricType, item.NumberOfContourPoints = kind, len(points)
    item.ContourData = [f"{value:.6f}" for value in points.ravel()]
    item.ContourImageSequence = []
    for uid in images:
        image = Dataset()
        image.ReferencedSOPInstanceUID = uid
        item.ContourImageSequence.append(image)
    return item


def stack(corners, slices=(2, 3, 4)):
    return [(index, corners) for index in slices]


def refused(file, **options):
    with pytest.raises(InputError) as caught:
        place_roi(file, GRID, **options)
    return caught.value


def test_a_rectangle_on_an_oblique_grid(tmp_path):
    file = write(tmp_path / "rt.dcm", {"lesion": stack(SQUARE)})
    expected = np.zeros(GRID.shape, dtype=bool)
    expected[2:5, 5:14, 6:15] = True
    placed = place_roi(file, GRID)
    np.testing.assert_array_equal(placed.mask, expected)
    assert placed.notes == ()


@pytest.mark.parametrize("axis", [1, 2])
def test_contours_across_another_axis_of_the_file(tmp_path, axis):
    """A NIfTI may store sagittal slices along any of its axes."""
    corners = [(1.5, 4.5), (1.5, 9.5), (5.5, 9.5), (5.5, 4.5)]
    file = write(tmp_path / "rt.dcm", {"lesion": stack(corners)}, axis=axis)
    expected = np.zeros(GRID.shape, dtype=bool)
    np.moveaxis(expected, axis, 0)[2:5, 2:6, 5:10] = True
    np.testing.assert_array_equal(read_roi(file, GRID), expected)


def test_hole_keyhole_and_two_parts_by_even_odd(tmp_path):
    hole = [(7.5, 8.5), (7.5, 11.5), (10.5, 11.5), (10.5, 8.5)]  # 3 x 3 voxels
    expected = np.zeros(GRID.shape[1:], dtype=bool)
    expected[5:14, 6:15] = True
    expected[8:11, 9:12] = False
    apart = [(0.5, 0.5), (0.5, 2.5), (2.5, 2.5), (2.5, 0.5)]
    holed = write(tmp_path / "hole.dcm", {"lesion": stack(SQUARE) + stack(hole) + stack(apart)})
    with_part = expected.copy()
    with_part[1:3, 1:3] = True
    for index in (2, 3, 4):
        np.testing.assert_array_equal(read_roi(holed, GRID)[index], with_part)
    # a keyhole: out along the channel, round the hole the other way, back along the same channel
    keyhole = [*SQUARE, SQUARE[0], hole[0], *hole[:0:-1], hole[0], SQUARE[0]]
    file = write(tmp_path / "keyhole.dcm", {"lesion": stack(keyhole)})
    np.testing.assert_array_equal(read_roi(file, GRID)[3], expected)


def test_centres_on_an_edge_belong_to_the_larger_index():
    left = np.array([(2.0, 1.0), (2.0, 4.0), (6.0, 4.0), (6.0, 1.0)])
    right = left + np.array([0, 3])
    one, other = fill_polygon(left, (9, 9)), fill_polygon(right, (9, 9))
    assert not (one & other).any()
    expected = np.zeros((9, 9), dtype=bool)
    expected[2:6, 1:4] = True
    np.testing.assert_array_equal(one, expected)
    assert (one | other).sum() == 4 * 6
    assert polygon_area(left) == 12.0


def test_random_polygons_against_matplotlib(rng):
    rows, columns = np.mgrid[:60, :70]
    centres = np.column_stack([rows.ravel(), columns.ravel()])
    for _ in range(20):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 40))
        radii = rng.uniform(5, 28, 40)
        corners = np.column_stack([30 + radii * np.sin(angles), 35 + radii * np.cos(angles)])
        expected = Polygon(corners).contains_points(centres).reshape(rows.shape)
        np.testing.assert_array_equal(fill_polygon(corners, rows.shape), expected)


def test_a_circle_has_its_area():
    angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    corners = np.column_stack([100 + 80.3 * np.sin(angles), 100 + 80.3 * np.cos(angles)])
    rows, columns = np.mgrid[:200, :200]
    disc = np.hypot(rows - 100, columns - 100) <= 80.3
    filled = fill_polygon(corners, (200, 200))
    assert filled.sum() == pytest.approx(np.pi * 80.3**2, rel=2e-3)
    assert (filled != disc).sum() <= 8  # the polygon is a little inside its circle
    assert polygon_area(corners) == pytest.approx(np.pi * 80.3**2, rel=1e-4)


def test_structures_by_name_and_where_they_belong(tmp_path):
    other = [(0.5, 0.5), (0.5, 4.5), (4.5, 4.5), (4.5, 0.5)]
    file = write(
        tmp_path / "rt.dcm", {"GTV reader-A": stack(SQUARE), "GTV reader-B": stack(other), "Couch": []}
    )
    assert read_roi(file, GRID, "GTV reader-B").sum() == 3 * 16
    assert read_roi(file, GRID, "1").sum() == 3 * 81
    error = refused(file)
    assert error.rule == "ROI-37"
    assert "'GTV reader-A' (label 1; MANUAL), 'GTV reader-B'" in str(error)
    assert "Couch" not in str(error)
    assert refused(file, segment="Couch").rule == "ROI-33"
    source = describe_roi(file)
    assert source.segments == ("GTV reader-A", "GTV reader-B", "Couch")
    assert source.referenced_sop_uids == {"1.2.3.9"}
    check_roi_belongs(source, Examination("A", "", "1.2.3", (), (), frozenset({"1.2.3.1"})))
    with pytest.raises(InputError) as caught:
        check_roi_belongs(source, Examination("A", "", "1.2.3", (), (), frozenset({"1.2.3.2"})))
    assert caught.value.rule == "ROI-46"


@pytest.mark.parametrize("kind", ["OPEN_PLANAR", "POINT", "OPEN_NONPLANAR", ""])
def test_contours_that_are_not_closed(tmp_path, kind):
    error = refused(write(tmp_path / "rt.dcm", {"lesion": stack(SQUARE)}, kind=kind))
    assert error.rule == "ROI-48"
    assert error.found == (kind or "of no stated type")


def test_contours_that_enclose_nothing_or_are_damaged(tmp_path):
    line = [(4.0, 4.0), (9.0, 9.0), (4.0, 4.0)]
    assert refused(write(tmp_path / "a.dcm", {"lesion": stack(line)})).rule == "ROI-48"
    file = write(tmp_path / "b.dcm", {"lesion": stack(SQUARE)})
    dataset = pydicom.dcmread(file)
    item = dataset.ROIContourSequence[0].ContourSequence[1]
    item.ContourData = item.ContourData[:-1]
    dataset.save_as(file)
    assert refused(file).rule == "ROI-48"
    item.ContourData = item.ContourData[:-2]
    dataset.save_as(file)
    error = refused(file)
    assert (error.rule, error.found) == ("ROI-48", "3 points")


def test_a_tilted_contour_is_in_no_slice(tmp_path):
    file = write(tmp_path / "rt.dcm", {"lesion": stack(SQUARE)})
    dataset = pydicom.dcmread(file)
    item = dataset.ROIContourSequence[0].ContourSequence[0]
    points = np.array(item.ContourData, dtype=float).reshape(-1, 3)
    normal = np.array(OBLIQUE)[:, 2]
    item.ContourData = [f"{v:.6f}" for v in (points + np.outer([0, 0, 1.2, 1.2], normal)).ravel()]
    dataset.save_as(file)
    error = refused(file)
    assert error.rule == "ROI-48"
    assert "1.20 mm" in str(error)


def test_contours_between_slices_and_outside(tmp_path):
    between = write(tmp_path / "a.dcm", {"lesion": stack(SQUARE, (2.3, 3.3, 4.3))})
    error = refused(between)
    assert error.rule == "ROI-42"
    assert "0.900 mm" in str(error)
    placed = place_roi(between, GRID, resample_masks=True)
    assert np.flatnonzero(placed.mask.any(axis=(1, 2))).tolist() == [2, 3, 4]
    assert placed.notes == ("ROI-42 contours up to 0.900 mm from a slice were taken to the nearest one",)
    crowded = write(tmp_path / "b.dcm", {"lesion": stack(SQUARE, (2, 2.45, 3, 3.45))})
    assert "several for one slice" in str(refused(crowded, resample_masks=True))
    for slices, corners in (((7, 8), SQUARE), ((2, 3), [(r, c + 12) for r, c in SQUARE])):
        outside = write(tmp_path / "c.dcm", {"lesion": stack(corners, slices)})
        assert refused(outside).rule == "ROI-43"


def test_slices_left_out_are_never_filled(tmp_path):
    every_second = write(tmp_path / "a.dcm", {"lesion": stack(SQUARE, (1, 3, 5))})
    error = refused(every_second)
    assert error.rule == "ROI-48"
    assert "2 such slice(s), one slice in 2 is drawn: 2, 4 from 0" in str(error)
    forgotten = write(tmp_path / "b.dcm", {"lesion": stack(SQUARE, (1, 2, 3, 5))})
    assert "1 such slice(s): 4 from 0" in str(refused(forgotten))
    # two lesions beside each other are two lesions
    beside = [(14.5, 15.5), (14.5, 19.5), (18.5, 19.5), (18.5, 15.5)]
    file = write(tmp_path / "c.dcm", {"lesion": stack(SQUARE, (1, 2)) + stack(beside, (5, 6))})
    assert np.flatnonzero(read_roi(file, GRID).any(axis=(1, 2))).tolist() == [1, 2, 5, 6]


def test_notes_on_copies_crossings_and_slivers(tmp_path):
    crossing = [(8.5, 10.5), (8.5, 19.5), (17.5, 19.5), (17.5, 10.5)]
    sliver = [(1.2, 1.2), (1.2, 1.7), (1.7, 1.7), (1.7, 1.2)]
    file = write(
        tmp_path / "rt.dcm",
        {"lesion": [*stack(SQUARE), (3, SQUARE), (4, crossing), (5, sliver)]},
    )
    placed = place_roi(file, GRID)
    assert placed.mask[3].sum() == 81  # the copy does not turn the lesion into a hole
    assert placed.mask[4].sum() == 2 * (81 - 5 * 4)
    assert [note.split(";")[0] for note in placed.notes[:3]] == [
        "ROI-48 1 exact copies of contours were left out",
        "ROI-48 contours cross each other in 1 slice(s)",
        "ROI-48 the contours of 1 slice(s) enclose no voxel's centre",
    ]
