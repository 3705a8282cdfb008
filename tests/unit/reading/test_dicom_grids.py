"""Phases on different grids: one frame of reference is resampled and told, anything less is refused."""

import numpy as np
import pytest
import SimpleITK as sitk

from tilscope.reading import read_dicom_series
from tilscope.reading.dicom_one_grid import onto_grid
from tilscope.vocabulary import Grid, InputError, Volume

PLANE = {"rows": 10, "columns": 12, "n_slices": 8}


def linear(made, shape, spacing, origin, slopes=(3.0, 5.0, 7.0), offset=400.0):
    """Values that are linear in LPS mm: linear interpolation is exact on them, whatever the grids."""
    z, y, x = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    row, column = np.array(made.orientation[:3]), np.array(made.orientation[3:])
    place = (
        np.array(origin)
        + x[..., None] * spacing[2] * row
        + y[..., None] * spacing[1] * column
        + z[..., None] * spacing[0] * made.normal
    )
    return offset + place @ np.array(slopes)


@pytest.fixture
def two_grids(make_examination, tmp_path):
    """Write a pre-contrast phase on one grid and two later ones on another; return the folder's series."""

    def write(*, pre, post, edit_pre=None, orientation=(1, 0, 0, 0, 1, 0)):
        folder = tmp_path / "dicom"
        common = {"orientation": orientation, "n_phases": 1, **PLANE}
        first = make_examination(folder / "pre", series_uid="1.2.3.1", prefix="PRE", **common | pre)
        later = make_examination(folder / "post", series_uid="1.2.3.2", prefix="POST", **common | post)
        later.n_phases, later.frame_uid, later.study_uid = 2, first.frame_uid, first.study_uid

        def scaled(made, values):
            def edit(dataset, phase, index):
                dataset.PixelData = np.round(values[index] * 10).astype(np.uint16).tobytes()
                dataset.RescaleSlope, dataset.RescaleIntercept = "0.1", "0"
                minute = phase + (0 if made is first else 2)
                dataset.AcquisitionTime = f"10{minute:02d}00"
                dataset.SliceThickness = str(made.spacing[0])
                if made is first and edit_pre is not None:
                    edit_pre(dataset, phase, index)

            return edit

        for made in (first, later):
            shape = (made.n_slices, made.rows, made.columns)
            made.write(scaled(made, linear(made, shape, made.spacing, made.origin)))
        return read_dicom_series(folder), later

    return write


POST = {"spacing": (2.0, 1.0, 1.0), "origin": (-10.0, 20.0, 30.0)}
# each wide enough to cover post: coarser, shifted by a part of a voxel, with slices between and twice as thick
OTHERS = {
    "coarser pixels": {"spacing": (2.0, 1.25, 1.25), "origin": (-11.0, 19.0, 30.0)},
    "finer slices": {"spacing": (1.0, 1.0, 1.0), "origin": (-10.0, 20.0, 30.0), "n_slices": 15},
    "thicker slices": {"spacing": (4.0, 1.0, 1.0), "origin": (-10.0, 20.0, 28.0), "n_slices": 5},
    "half a slice away": {"spacing": (2.0, 1.0, 1.0), "origin": (-10.0, 20.0, 29.0), "n_slices": 9},
    "shifted in the plane": {"spacing": (2.0, 1.0, 1.0), "origin": (-9.6, 20.3, 30.0)},
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_grid_in_one_frame_of_reference_is_resampled(two_grids, name):
    series, post = two_grids(pre=OTHERS[name], post=POST)
    assert series.phase_names == ("pre", "post1", "post2")
    assert series.times_s == (-120.0, 0.0, 60.0)
    assert all(volume.grid == series.phases[1].grid for volume in series.phases)
    assert series.phases[0].spacing_mm == (2.0, 1.0, 1.0)
    truth = linear(post, (8, 10, 12), post.spacing, post.origin)
    # tenths are stored, so neither the source nor the truth is better known than that; borders are nearest
    np.testing.assert_allclose(series.phases[1].array, truth, atol=0.051)
    inside = (slice(1, -1),) * 3
    np.testing.assert_allclose(series.phases[0].array[inside], truth[inside], atol=0.06)
    (note,) = [note for note in series.notes if note.startswith("IMG-15")]
    assert "phase pre" in note
    assert "post1" in note
    assert "mm" in note


def as_sitk(array, grid):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(grid.spacing_mm[::-1])
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(np.array(grid.direction).ravel())
    return image


def test_interpolation_agrees_with_simpleitk():
    """Noise, on two oblique grids that share nothing but the space."""
    turn = np.array([[0.8, -0.36, 0.48], [0.6, 0.48, -0.64], [0.0, 0.8, 0.6]])
    direction = tuple(tuple(row) for row in turn.tolist())
    source = Grid((14, 20, 24), (1.7, 1.3, 0.9), (-3.0, -4.0, -5.0), direction)
    start = np.array([-3.0, -4.0, -5.0]) + turn @ [2.1, 3.3, 2.7]
    target = Grid((8, 12, 15), (2.2, 1.1, 1.1), tuple(start.tolist()), direction)
    values = np.random.default_rng(5).normal(size=source.shape).astype(np.float32)
    found = onto_grid(Volume(values, source), target)
    reference = as_sitk(np.zeros(target.shape, np.float32), target)
    other = sitk.Resample(as_sitk(values, source), reference, sitk.Transform(), sitk.sitkLinear, -99.0)
    np.testing.assert_allclose(found.array, sitk.GetArrayFromImage(other), atol=1e-5)


def test_covering_less_than_the_first_post_phase_is_refused(two_grids):
    with pytest.raises(InputError, match="does not cover") as caught:
        two_grids(pre={"spacing": (2.0, 1.25, 1.25), "origin": (-9.0, 19.0, 30.0)}, post=POST)
    assert caught.value.rule == "IMG-15"
    assert "mm" in str(caught.value)
    assert caught.value.file


def set_tag(keyword, value):
    return lambda dataset, phase, index: setattr(dataset, keyword, value)


def drop_tag(keyword):
    return lambda dataset, phase, index: delattr(dataset, keyword)


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (set_tag("FrameOfReferenceUID", "1.2.99"), "IMG-15"),
        (set_tag("FrameOfReferenceUID", ""), "IMG-15"),
        (drop_tag("RepetitionTime"), "IMG-15"),  # nothing says that it is of the same dynamic
        (set_tag("AcquisitionTime", "100230"), "IMG-15"),  # between the two others
    ],
)
def test_what_is_not_surely_a_phase_is_refused(two_grids, edit, rule):
    with pytest.raises(InputError) as caught:
        two_grids(pre=OTHERS["coarser pixels"], post=POST, edit_pre=edit)
    assert caught.value.rule == rule


def test_another_protocol_is_never_swept_in(two_grids):
    series, _ = two_grids(pre=OTHERS["coarser pixels"], post=POST, edit_pre=set_tag("RepetitionTime", "9.0"))
    assert len(series.phases) == 2
    assert any("IMG-31" in note for note in series.notes)


def test_far_coarser_voxels_are_another_acquisition(two_grids):
    coarse = {"spacing": (2.0, 3.0, 3.0), "origin": (-12.0, 18.0, 30.0)}
    with pytest.raises(InputError) as caught:
        two_grids(pre=coarse, post=POST)
    assert caught.value.rule == "IMG-15"


def test_every_other_slice_lost_is_not_taken_for_thick_slices(two_grids):
    """Spacing 4 mm, but slices 2 mm thick: the pre-contrast phase is incomplete."""
    with pytest.raises(InputError) as caught:
        two_grids(
            pre=OTHERS["thicker slices"] | {"origin": (-10.0, 20.0, 30.0)},
            post=POST,
            edit_pre=set_tag("SliceThickness", "2.0"),
        )
    assert caught.value.rule in ("IMG-01", "IMG-02", "IMG-07")
