"""Slices in space: exact grids, and every broken stack refused by its rule."""

import numpy as np
import pytest

from tilscope.reading import read_dicom_series
from tilscope.vocabulary import InputError

A, B = np.deg2rad(20.0), np.deg2rad(-35.0)
TURN = np.array([[np.cos(A), -np.sin(A), 0], [np.sin(A), np.cos(A), 0], [0, 0, 1]]) @ np.array(
    [[1, 0, 0], [0, np.cos(B), -np.sin(B)], [0, np.sin(B), np.cos(B)]]
)
ORIENTATIONS = {
    "axial": (1, 0, 0, 0, 1, 0),
    "sagittal": (0, 1, 0, 0, 0, -1),
    "coronal": (1, 0, 0, 0, 0, -1),
    "oblique": tuple(TURN[:, 0]) + tuple(TURN[:, 1]),
}


@pytest.fixture
def rule_of(examination):
    """Read the examination and return the rule that it is refused by."""

    def read(edit):
        examination.write(edit)
        with pytest.raises(InputError) as caught:
            read_dicom_series(examination.folder)
        error = caught.value
        assert error.remedy
        assert error.file
        assert "CANARY" not in str(error)
        assert "HOSP-1" not in str(error)
        return error.rule

    return read


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_grid_is_exact_in_every_orientation(make_examination, tmp_path, timed, name):
    made = make_examination(
        tmp_path / name, orientation=ORIENTATIONS[name], origin=(157.800003, -106.7, 78.25)
    )
    made.write(timed)
    grid = read_dicom_series(made.folder).phases[0].grid
    matrix = grid.index_to_lps()
    row, column = (np.array(v) for v in (made.orientation[:3], made.orientation[3:]))
    for z, y, x in [(0, 0, 0), (5, 4, 6), (3, 1, 2)]:
        hand = np.array(made.origin) + 2.0 * z * np.cross(row, column) + 0.75 * y * column + 0.5 * x * row
        np.testing.assert_allclose((matrix @ [z, y, x, 1])[:3], hand, atol=1e-6)
    assert np.linalg.det(grid.direction) == pytest.approx(1.0)


def test_slices_along_the_normal_whatever_their_numbers(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.InstanceNumber = 100 - index

    examination.write(edit)
    volume = read_dicom_series(examination.folder).phases[1]
    np.testing.assert_array_equal(volume.array, examination.truth()[1])
    assert volume.origin_mm == (-10.0, 20.0, 30.0)


def moved(timed, move, only=lambda phase, index: True):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        if only(phase, index):
            dataset.ImagePositionPatient = [
                float(v) + float(d) for v, d in zip(dataset.ImagePositionPatient, move(index), strict=True)
            ]

    return edit


def test_missing_middle_slice_everywhere(rule_of, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        return index != 3

    assert rule_of(edit) == "IMG-01"


@pytest.mark.parametrize(("index", "rule"), [(3, "IMG-01"), (5, "IMG-02"), (0, "IMG-02")])
def test_slice_missing_from_one_phase(rule_of, timed, index, rule):
    def edit(dataset, phase, i):
        timed(dataset, phase, i)
        return (phase, i) != (1, index)

    assert rule_of(edit) == rule


def test_rounded_positions_are_fine(examination, timed):
    examination.write(moved(timed, lambda i: (0, 0, 1e-3 * (i % 2))))
    series = read_dicom_series(examination.folder)
    assert series.phases[0].spacing_mm[0] == pytest.approx(2.0, abs=1e-3)
    assert not any("IMG-11" in note for note in series.notes)


def test_small_jitter_is_told(examination, timed):
    examination.write(moved(timed, lambda i: (0, 0, 5e-3 * (i % 2))))
    assert any("IMG-11" in note for note in read_dicom_series(examination.folder).notes)


def test_uneven_spacing(rule_of, timed):
    assert rule_of(moved(timed, lambda i: (0, 0, 0.06 * (i % 2)))) == "IMG-11"


def test_gap(rule_of, timed):
    assert rule_of(moved(timed, lambda i: (0, 0, 0.4 if i > 2 else 0))) == "IMG-12"


def test_shear(rule_of, timed):
    assert rule_of(moved(timed, lambda i: (0.3 * i, 0, 0))) == "IMG-13"


def test_one_phase_shifted_in_one_frame_of_reference_is_resampled(examination, timed):
    examination.write(moved(timed, lambda i: (0, 0.2, 0), only=lambda phase, index: phase == 2))
    series = read_dicom_series(examination.folder)
    assert [n for n in series.notes if n.startswith("IMG-15")] == [
        "IMG-15 phase post2 was resampled (linear) onto the grid of post1: up to 0.2 mm away"
    ]
    # 0.2 mm of 0.75 mm rows of 7 voxels each: the row before takes part with that share
    truth = examination.truth()[2].astype(float)
    np.testing.assert_allclose(series.phases[2].array[:, 1:], truth[:, 1:] - 7 * 0.2 / 0.75, rtol=1e-5)


def test_one_phase_shifted_without_a_frame_of_reference(rule_of, timed):
    shift = moved(timed, lambda i: (0, 0.2, 0), only=lambda phase, index: phase == 2)

    def edit(dataset, phase, index):
        shift(dataset, phase, index)
        del dataset.FrameOfReferenceUID

    assert rule_of(edit) == "IMG-15"


def test_phase_on_another_pixel_grid_of_another_flip_angle_alone(rule_of, timed):
    """One series holds both grids, and the protocol differs: no phase elsewhere, and not left out silently."""

    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        if phase == 2:
            dataset.PixelSpacing, dataset.FlipAngle = [1.5, 1.0], "25"

    assert rule_of(edit) == "IMG-15"


def test_phase_in_another_frame_of_reference(rule_of, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.SeriesInstanceUID = f"1.2.3.{phase}"
        dataset.FrameOfReferenceUID = "1.2.9" if phase == 1 else "1.2.8"

    assert rule_of(edit) == "IMG-15"


@pytest.mark.parametrize("keyword", ["PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"])
def test_absent_geometry(rule_of, timed, keyword):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        del dataset[keyword]

    assert rule_of(edit) == "IMG-16"


def test_absent_position_in_one_slice(rule_of, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        if (phase, index) == (1, 1):
            del dataset.ImagePositionPatient

    assert rule_of(edit) == "IMG-16"


@pytest.mark.parametrize("spacing", [[0.0, 0.5], [0.75, -0.5]])
def test_impossible_pixel_spacing(rule_of, timed, spacing):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.PixelSpacing = spacing

    assert rule_of(edit) == "IMG-16"


def test_exact_copies_are_dropped_and_told(examination, timed):
    files = examination.write(timed)
    for k in (0, 4):
        (examination.folder / f"copy{k}").write_bytes(files[k].read_bytes())
    series = read_dicom_series(examination.folder)
    np.testing.assert_array_equal(series.phases[0].array, examination.truth()[0])
    assert any(note.startswith("IMG-05 2 exact copies") for note in series.notes)


def test_one_uid_with_other_pixels(examination, timed):
    files = examination.write(timed)
    data = bytearray(files[0].read_bytes())
    data[-1] ^= 1
    (examination.folder / "other").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-06"


def test_duplicated_slice_under_another_uid(examination, timed):
    import pydicom

    files = examination.write(timed)
    copy = pydicom.dcmread(files[0])
    copy.SOPInstanceUID = copy.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    copy.save_as(examination.folder / "again")
    with pytest.raises(InputError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-06"


def test_a_single_slice_is_no_volume(make_examination, tmp_path, timed):
    flat = make_examination(tmp_path / "flat", n_slices=1)
    flat.write(timed)
    with pytest.raises(InputError) as caught:
        read_dicom_series(flat.folder)
    assert caught.value.rule == "IMG-01"
