"""Masks of every format on the image's own voxels; anything that does not fit is refused in millimetres."""

import nibabel as nib
import nrrd
import numpy as np
import pytest

from tilscope.reading import (
    Examination,
    check_roi_belongs,
    describe_roi,
    encode_nifti_mask,
    read_roi,
    roi_notes,
)
from tilscope.vocabulary import Grid, InputError, Roi, Volume

SAGITTAL = ((0.0, 0.0, -1.0), (1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
GRID = Grid((6, 8, 10), (2.0, 0.75, 0.75), (157.8, -106.7, 78.0), SAGITTAL)


@pytest.fixture
def truth():
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[2:5, 3:6, 4:9] = True
    mask[3, 6, 5] = True
    return mask


@pytest.fixture
def reference(rng):
    return Volume(rng.normal(size=GRID.shape).astype(np.float32), GRID)


def write_nrrd(tmp_path, mask, grid=GRID, name="mask.nrrd", sign=(1, 1, 1), **fields):
    columns = (np.array(grid.direction) * np.array(grid.spacing_mm)[::-1]).T * sign
    header = {
        "space": "left-posterior-superior" if sign == (1, 1, 1) else "right-anterior-superior",
        "space directions": columns,
        "space origin": np.array(grid.origin_mm) * sign,
        **fields,
    }
    if mask.ndim == 4:
        header["space directions"] = np.vstack([np.full(3, np.nan), columns])
        header["kinds"] = ["list", "domain", "domain", "domain"]
    file = tmp_path / name
    nrrd.write(str(file), mask.transpose(3, 2, 1, 0) if mask.ndim == 4 else mask.T, header)
    return file


def write_nifti(tmp_path, values, grid=GRID, name="mask.nii.gz"):
    file = tmp_path / name
    affine = np.diag([-1.0, -1, 1, 1]) @ grid.index_to_lps()[:, [2, 1, 0, 3]]
    nib.Nifti1Image(values.T, affine).to_filename(file)
    return file


def refused(file, reference, segment=None, **options):
    with pytest.raises(InputError) as caught:
        read_roi(file, reference, segment, **options)
    assert caught.value.remedy
    assert file.name in str(caught.value)
    return caught.value


def test_every_format_gives_the_same_voxels(tmp_path, truth, reference):
    stored = truth.astype(np.uint8)
    files = [
        write_nrrd(tmp_path, stored),
        write_nrrd(tmp_path, stored, name="ras.nrrd", sign=(-1, -1, 1)),
        write_nifti(tmp_path, stored),
        write_nifti(tmp_path, truth.astype(np.float64), name="float.nii"),
    ]
    own = tmp_path / "own.nii.gz"
    own.write_bytes(encode_nifti_mask(Roi(truth, GRID)))
    for file in [*files, own]:
        np.testing.assert_array_equal(read_roi(file, reference), truth, err_msg=file.name)
        np.testing.assert_array_equal(read_roi(file, GRID), truth)


def test_cropped_extent_is_bit_equal(tmp_path, truth, reference):
    start, stop = (2, 3, 4), (5, 7, 9)
    cut = truth[2:5, 3:7, 4:9].astype(np.uint8)
    np.testing.assert_array_equal(
        read_roi(write_nrrd(tmp_path, cut, GRID.cropped(start, stop)), reference), truth
    )


def test_padded_extent_is_bit_equal(tmp_path, truth, reference):
    padded = np.pad(truth, 2).astype(np.uint8)
    grid = GRID.cropped((-2, -2, -2), (8, 10, 12))
    np.testing.assert_array_equal(read_roi(write_nrrd(tmp_path, padded, grid), reference), truth)


@pytest.mark.parametrize("flips", [(0,), (1,), (2,), (0, 1), (0, 1, 2)])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 0, 2)])
def test_flipped_and_permuted_axes_are_bit_equal(tmp_path, truth, reference, flips, order):
    matrix = GRID.index_to_lps()
    origin_index = [GRID.shape[a] - 1 if a in flips else 0 for a in range(3)]
    steps = matrix[:3, :3] * [-1 if a in flips else 1 for a in range(3)]
    columns = steps[:, list(order)]  # steps along the stored axes z, y, x
    values = np.flip(truth, flips).transpose(order).astype(np.uint8)
    header = {
        "space": "LPS",
        "space directions": columns.T[::-1],
        "space origin": (matrix @ [*origin_index, 1])[:3],
    }
    file = tmp_path / "turned.nrrd"
    nrrd.write(str(file), values.T, header)
    np.testing.assert_array_equal(read_roi(file, reference), truth)


def test_slicer_segments_by_name_id_layer_and_label(tmp_path, truth, reference):
    other = np.zeros_like(truth)
    other[0:3, 0:4, 0:6] = True
    layers = np.stack([truth.astype(np.uint8), other.astype(np.uint8)], axis=-1)
    fields = {
        "Segment0_ID": "Segment_1", "Segment0_Name": "tumour", "Segment0_LabelValue": "1", "Segment0_Layer": "0",
        "Segment1_ID": "Segment_2", "Segment1_Name": "breast", "Segment1_LabelValue": "1", "Segment1_Layer": "1",
    }  # fmt: skip
    file = write_nrrd(tmp_path, layers, name="two.seg.nrrd", **fields)
    assert describe_roi(file).segments == ("tumour", "breast")
    assert describe_roi(file).kind == "Slicer segmentation"
    for wanted in ("tumour", "Segment_1", " Tumour"):
        np.testing.assert_array_equal(read_roi(file, reference, wanted), truth)
    np.testing.assert_array_equal(read_roi(file, reference, "breast"), other)
    error = refused(file, reference)
    assert error.rule == "ROI-37"
    assert "'tumour'" in str(error)
    assert "'breast'" in str(error)
    assert refused(file, reference, "liver").rule == "ROI-37"


def test_an_empty_second_segment_leaves_no_doubt(tmp_path, truth, reference):
    fields = {
        "Segment0_ID": "Segment_1", "Segment0_Name": "tumour", "Segment0_LabelValue": "1",
        "Segment1_ID": "Segment_2", "Segment1_Name": "unused", "Segment1_LabelValue": "2",
    }  # fmt: skip
    file = write_nrrd(tmp_path, truth.astype(np.uint8), name="a.seg.nrrd", **fields)
    np.testing.assert_array_equal(read_roi(file, reference), truth)
    assert refused(file, reference, "unused").rule == "ROI-33"


def test_several_labels(tmp_path, truth, reference):
    values = truth.astype(np.int16)
    values[0, 0, 0] = 2
    file = write_nifti(tmp_path, values)
    assert describe_roi(file).segments == ("1", "2")
    assert refused(file, reference).rule == "ROI-37"
    np.testing.assert_array_equal(read_roi(file, reference, "1"), truth)


def test_255_is_read_as_inside_and_told(tmp_path, truth, reference):
    file = write_nifti(tmp_path, truth.astype(np.uint8) * 255)
    np.testing.assert_array_equal(read_roi(file, reference), truth)
    assert describe_roi(file).notes[0].startswith("ROI-38")


def test_almost_binary_float_is_a_mask_and_probabilities_are_none(tmp_path, truth, reference):
    np.testing.assert_array_equal(
        read_roi(write_nifti(tmp_path, truth * np.float32(0.9995)), reference), truth
    )
    for bad in (
        truth * np.float32(0.7),
        truth * np.float32(-1),
        np.where(truth, np.nan, 0).astype(np.float32),
    ):
        assert refused(write_nifti(tmp_path, bad, name="p.nii"), reference).rule == "ROI-39"


def test_empty_masks(tmp_path, reference):
    assert refused(write_nrrd(tmp_path, np.zeros(GRID.shape, np.uint8)), reference).rule == "ROI-33"
    one = write_nrrd(
        tmp_path, np.ones((1, 1, 1), np.uint8), GRID.cropped((0, 0, 0), (1, 1, 1)), "one.seg.nrrd"
    )
    assert refused(one, reference).rule == "ROI-33"


def test_least_number_of_voxels(tmp_path, truth, reference):
    file = write_nrrd(tmp_path, truth.astype(np.uint8))
    assert truth.sum() == 46
    assert read_roi(file, reference, min_voxels=46).sum() == 46
    assert refused(file, reference, min_voxels=47).rule == "ROI-34"


def shifted(grid, millimetres):
    return Grid(
        grid.shape,
        grid.spacing_mm,
        tuple(o + d for o, d in zip(grid.origin_mm, millimetres, strict=True)),
        grid.direction,
    )


def test_rounding_of_the_origin_is_snapped(tmp_path, truth, reference):
    file = write_nrrd(tmp_path, truth.astype(np.uint8), shifted(GRID, (5e-4, -5e-4, 0)))
    np.testing.assert_array_equal(read_roi(file, reference), truth)


@pytest.mark.parametrize("shift", [(0.0, 0.3, 0.0), (0.8, 0, 0), (0, 5.3, 0)])
def test_another_origin_is_refused_in_millimetres(tmp_path, truth, reference, shift):
    error = refused(write_nrrd(tmp_path, truth.astype(np.uint8), shifted(GRID, shift)), reference)
    assert error.rule == "ROI-42"
    assert f"{max(shift):.3f} mm" in str(error)


def test_whole_mask_shifted_by_whole_voxels_is_no_crop(tmp_path, truth, reference):
    error = refused(write_nrrd(tmp_path, truth.astype(np.uint8), shifted(GRID, (0, 1.5, 0))), reference)
    assert error.rule == "ROI-42"
    assert "1.500 mm" in str(error)


def test_another_spacing(tmp_path, reference):
    grid = Grid((6, 16, 20), (2.0, 0.375, 0.375), GRID.origin_mm, SAGITTAL)
    error = refused(write_nrrd(tmp_path, np.ones(grid.shape, np.uint8), grid), reference)
    assert error.rule == "ROI-42"
    assert "0.375" in str(error)


def test_lesion_partly_outside(tmp_path, reference):
    grid = GRID.cropped((4, 0, 0), (9, 8, 10))
    error = refused(write_nrrd(tmp_path, np.ones(grid.shape, np.uint8), grid), reference)
    assert error.rule == "ROI-43"
    assert "240 of 400 voxels" in str(error)
    assert "6.00 mm" in str(error)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), GRID.spacing_mm])
def test_identity_affine_on_an_oblique_image(tmp_path, truth, reference, spacing):
    lost = Grid(GRID.shape, spacing)
    assert refused(write_nrrd(tmp_path, truth.astype(np.uint8), lost), reference).rule == "ROI-44"


def test_nifti_mask_without_position(tmp_path, truth, reference):
    file = tmp_path / "bare.nii"
    image = nib.Nifti1Image(truth.T.astype(np.uint8), None)
    image.to_filename(file)
    assert refused(file, reference).rule == "ROI-44"


def test_truncated_and_missing_files(tmp_path, truth, reference):
    file = write_nrrd(tmp_path, truth.astype(np.uint8))
    file.write_bytes(file.read_bytes()[:-7])
    assert refused(file, reference).rule == "IMG-22"
    assert refused(tmp_path / "absent.nrrd", reference).rule == "ROI-00"
    with pytest.raises(InputError) as caught:
        describe_roi(tmp_path / "absent.nrrd")
    assert caught.value.rule == "ROI-00"
    other = tmp_path / "mask.png"
    other.write_bytes(b"png")
    assert refused(other, reference).rule == "ROI-39"


def test_notes_on_a_mask(truth):
    assert roi_notes(truth) == ()
    one_slice = np.zeros_like(truth)
    one_slice[3, 2:4, 2:4] = True
    one_slice[3, 6, 9] = True
    rules = [note.split()[0] for note in roi_notes(one_slice)]
    assert rules == ["ROI-35", "ROI-43", "ROI-47"]


def test_mask_of_another_examination(tmp_path, truth):
    from tilscope.reading import RoiSource

    here = Examination("A", "", "1.2.3", (), (), frozenset({"1.9"}))
    check_roi_belongs(RoiSource("DICOM SEG", ("x",), "A", "1.2.3", "1.9"), here)
    check_roi_belongs(RoiSource("NRRD", ("x",)), here)
    for source in (
        RoiSource("DICOM SEG", ("x",), "A", "1.2.4", "1.9"),
        RoiSource("DICOM SEG", ("x",), "A", "1.2.3", "1.8"),
    ):
        with pytest.raises(InputError) as caught:
            check_roi_belongs(source, here)
        assert caught.value.rule == "ROI-46"
