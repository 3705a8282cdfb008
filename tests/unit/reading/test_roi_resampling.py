"""Resampling of masks: analytic ellipsoids on turned and anisotropic grids are the truth."""

import gzip

import nibabel as nib
import nrrd
import numpy as np
import pytest

from tilscope.reading import encode_dicom_seg, encode_nifti_mask, place_roi
from tilscope.vocabulary import Grid, InputError, Roi

CENTRE = np.array([3.0, -14.0, 21.0])
SEMI_AXES = np.array([9.0, 7.0, 11.0])
TRUE_ML = 4 / 3 * np.pi * 9.0 * 7.0 * 11.0 / 1000  # 2.903 ml


def turned(degrees, axis=(1.0, 2.0, 0.5)):
    """Return a rotation matrix by Rodrigues' formula."""
    k = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    angle = np.deg2rad(degrees)
    matrix = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return tuple(map(tuple, matrix))


def grid_about(centre, shape, spacing, degrees):
    """Return a grid whose middle voxel lies at a point."""
    free = Grid(shape, spacing, (0.0, 0.0, 0.0), turned(degrees))
    middle = free.index_to_lps()[:3, :3] @ (np.array(shape) // 2)
    return Grid(shape, spacing, tuple(np.asarray(centre) - middle), turned(degrees))


def ellipsoid(grid):
    """Voxels whose centre lies inside the ellipsoid: no interpolation, no code of ours."""
    matrix = grid.index_to_lps()
    points = np.indices(grid.shape).reshape(3, -1).T @ matrix[:3, :3].T + matrix[:3, 3]
    return (np.sum(((points - CENTRE) / SEMI_AXES) ** 2, axis=1) <= 1).reshape(grid.shape)


IMAGE = grid_about(CENTRE + np.array([2, 1, -1]), (24, 60, 56), (2.0, 0.7, 0.8), 0)
MASKS = {
    "turned, finer": grid_about(CENTRE, (50, 50, 50), (0.8, 0.8, 0.9), 23),
    "other slices": grid_about(CENTRE + np.array([0.3, 0.2, 0.4]), (40, 40, 30), (0.9, 1.1, 1.3), 0),
    "shifted by a third": Grid(
        IMAGE.shape, IMAGE.spacing_mm, (IMAGE.origin_mm[0] + 0.27, *IMAGE.origin_mm[1:])
    ),
}


def write(folder, form, grid, mask):
    roi = Roi(mask, grid)
    if form == "nii.gz":
        data = encode_nifti_mask(roi)
    elif form == "dcm":
        data = encode_dicom_seg(roi, patient="sub-abcdefgh")
    else:
        file = folder / f"mask.{form}"
        matrix = grid.index_to_lps()
        header = {
            "space": "left-posterior-superior",
            "space directions": matrix[:3, [2, 1, 0]].T,
            "space origin": matrix[:3, 3],
        }
        if form == "seg.nrrd":
            header |= {"Segment0_ID": "S1", "Segment0_Name": "lesion", "Segment0_LabelValue": "1"}
        nrrd.write(str(file), mask.astype(np.uint8).T, header)
        return file
    file = folder / f"mask.{form}"
    file.write_bytes(data)
    return file


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("form", ["nii.gz", "nrrd", "seg.nrrd", "dcm"])
def test_the_ellipsoid_comes_out_where_it_is(tmp_path, name, form):
    grid = MASKS[name]
    file = write(tmp_path, form, grid, ellipsoid(grid))
    with pytest.raises(InputError, match=r"mm.*resample_masks = true") as caught:
        place_roi(file, IMAGE)
    assert caught.value.rule == "ROI-42"
    placed = place_roi(file, IMAGE, resample_masks=True)
    truth = ellipsoid(IMAGE)
    assert dice(placed.mask, truth) > 0.96
    assert placed.mask.sum() * IMAGE.voxel_volume_mm3 / 1000 == pytest.approx(TRUE_ML, rel=0.03)
    centroid = IMAGE.index_to_lps() @ [*np.argwhere(placed.mask).mean(axis=0), 1]
    # a binary label that is off by less than half a voxel of its own size cannot be moved: 0.27 mm stay
    np.testing.assert_allclose(centroid[:3], CENTRE, atol=0.28 if name == "shifted by a third" else 0.15)
    (note,) = placed.notes
    assert note.startswith("ROI-42 the mask lay on another grid")
    assert " mm" in note
    assert note.endswith(f"{placed.mask.sum() * IMAGE.voxel_volume_mm3 / 1000:.3f} ml after")


def test_half_a_voxel_moves_a_lesion_and_does_not_thicken_it(tmp_path):
    mask = np.zeros((8, 12, 12), dtype=bool)
    mask[2:5, 3:8, 4:9] = True
    grid = Grid(mask.shape, (2.0, 1.0, 1.0), (5.0, 6.0, 7.0))
    image = Grid(mask.shape, (2.0, 1.0, 1.0), (5.5, 6.0, 7.0))
    file = write(tmp_path, "nrrd", grid, mask)
    placed = place_roi(file, image, resample_masks=True)
    # a layer more or less would be 90 or 60 voxels; at a corner, where three ties meet, one may fall
    assert placed.mask.sum() == pytest.approx(75, abs=1)


def test_the_same_grid_needs_no_resampling(tmp_path):
    truth = ellipsoid(IMAGE)
    placed = place_roi(write(tmp_path, "nrrd", IMAGE, truth), IMAGE, resample_masks=True)
    np.testing.assert_array_equal(placed.mask, truth)
    assert placed.notes == ()


def test_a_volume_that_changes_is_refused(tmp_path):
    """One slice of 1.2 mm on an image slice of 2 mm would gain two thirds."""
    grid = Grid((1, 40, 40), (1.2, 0.7, 0.8), tuple(CENTRE + np.array([-16, -14, -1])))
    file = write(tmp_path, "nrrd", grid, ellipsoid(grid))
    with pytest.raises(InputError, match=r"ml before, .* ml after \(\+6\d%\)") as caught:
        place_roi(file, IMAGE, resample_masks=True)
    assert caught.value.rule == "ROI-42"


def test_a_lesion_that_leaves_the_image_is_refused(tmp_path):
    small = IMAGE.cropped((0, 0, 0), (24, 60, 30))
    grid = MASKS["turned, finer"]
    with pytest.raises(InputError, match="voxels outside") as caught:
        place_roi(write(tmp_path, "nrrd", grid, ellipsoid(grid)), small, resample_masks=True)
    assert caught.value.rule == "ROI-43"


def test_a_lost_position_stays_refused(tmp_path):
    lost = Grid(IMAGE.shape, IMAGE.spacing_mm)
    with pytest.raises(InputError) as caught:
        place_roi(write(tmp_path, "nrrd", lost, ellipsoid(IMAGE)), IMAGE, resample_masks=True)
    assert caught.value.rule == "ROI-44"


def test_sparse_frames_keep_their_distance(tmp_path):
    """Frames of two far parts: what lies between is empty, not interpolated."""
    mask = np.zeros((20, 30, 30), dtype=bool)
    mask[2:6, 5:15, 5:15] = True
    mask[14:18, 15:25, 15:25] = True
    grid = Grid(mask.shape, (1.5, 1.0, 1.0), (10.0, 20.0, 30.0))
    image = Grid((30, 30, 30), (1.0, 1.0, 1.0), (10.0, 20.0, 30.0))
    placed = place_roi(write(tmp_path, "dcm", grid, mask), image, resample_masks=True)
    # parts from 3.0 - 0.75 to 7.5 + 0.75 mm, and from 21.0 - 0.75 to 25.5 + 0.75 mm; voxels of 1 mm
    assert np.flatnonzero(placed.mask.any(axis=(1, 2))).tolist() == [*range(3, 9), *range(21, 27)]


def test_against_nibabel_on_one_shift(tmp_path):
    """An independent resampler: nibabel's, with the same linear interpolation."""
    from nibabel.processing import resample_from_to

    grid = MASKS["other slices"]
    truth = ellipsoid(grid)
    file = write(tmp_path, "nii.gz", grid, truth)
    source = nib.load(file)
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])
    target = (IMAGE.shape[::-1], flip @ IMAGE.index_to_lps()[:, [2, 1, 0, 3]])
    moved = resample_from_to(
        nib.Nifti1Image(source.get_fdata().astype(np.float64), source.affine), target, order=1
    )
    expected = moved.get_fdata().T >= 0.5
    placed = place_roi(file, IMAGE, resample_masks=True)
    assert gzip.decompress(file.read_bytes())[:4] == (348).to_bytes(4, "little")
    assert (placed.mask != expected).sum() <= 2
