"""Images and label maps in the file's own numbers; expected ones as SimpleITK 2.5.7 reads these files."""

from __future__ import annotations

import nibabel as nib
import nrrd
import numpy as np
import pytest

from tilscope.reading import encode_nifti_mask, read_labels, read_original, read_volume
from tilscope.vocabulary import Grid, InputError, Roi

VALUES = np.arange(60).reshape(3, 4, 5)
ZOOMS = (0.5, 0.7031, 0.7)


def save(tmp_path, dtype=np.int16, *, slope=None, zooms=ZOOMS, matrix=ZOOMS, name="image.nii", endian="<"):
    """Write a NIfTI-1 file field by field, as nibabel would not: scaled, or contradicting itself."""
    header = nib.Nifti1Header(endianness=endian)
    header.set_data_dtype(np.dtype(dtype).newbyteorder(endian))
    header.set_data_shape(VALUES.shape)
    header.set_sform(np.diag([*matrix, 1.0]), 1)
    header["pixdim"][1:4] = zooms
    header["vox_offset"], header["magic"] = 352, b"n+1"
    header["scl_slope"], header["scl_inter"] = slope or (1, 0)
    voxels = VALUES.astype(np.dtype(dtype).newbyteorder(endian)).tobytes(order="F")
    file = tmp_path / name
    file.write_bytes(header.binaryblock + bytes(4) + voxels)
    return file


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("endian", ["<", ">"])
def test_the_type_of_the_file_stays(tmp_path, dtype, endian):
    raw = read_original(save(tmp_path, dtype, endian=endian))
    assert raw.array.dtype == np.dtype(dtype)
    assert raw.array.dtype.isnative
    np.testing.assert_array_equal(raw.array, VALUES.T)


@pytest.mark.parametrize(
    ("dtype", "becomes"),
    [(np.uint8, np.float32), (np.int32, np.float32), (np.float32, np.float32), (np.float64, np.float64)],
)
def test_scaled_values_are_float32_as_in_itk(tmp_path, dtype, becomes):
    raw = read_original(save(tmp_path, dtype, slope=(0.37, -3.3)))
    assert raw.array.dtype == becomes
    expected = VALUES.T * np.float64(np.float32(0.37)) + np.float64(np.float32(-3.3))
    np.testing.assert_array_equal(raw.array, expected.astype(becomes))


def test_spacing_is_the_one_that_the_header_states(tmp_path):
    """ITK reports pixdim, which is float32; the matrix of an oblique grid differs in the eighth digit."""
    assert read_original(save(tmp_path)).grid.spacing_mm == (
        0.699999988079071,
        0.7031000256538391,
        0.5,
    )


def test_contradicting_spacings_are_refused(tmp_path):
    file = save(tmp_path, zooms=(1, 1, 1))
    assert read_volume(file).spacing_mm[2] == 0.5
    with pytest.raises(InputError) as refused:
        read_original(file)
    assert refused.value.rule == "IMG-28"
    assert "pixdim 1 x 1 x 1 mm" in str(refused.value)


def test_nrrd(tmp_path):
    header = {
        "space": "left-posterior-superior",
        "space directions": np.diag([0.5, 0.6, 3]),
        "space origin": [1, 2, 3],
    }
    nrrd.write(str(tmp_path / "a.nrrd"), VALUES.astype(">i2"), header)
    raw = read_original(tmp_path / "a.nrrd")
    assert raw.array.dtype == np.int16
    assert raw.grid == Grid((5, 4, 3), (3.0, 0.6, 0.5), (1.0, 2.0, 3.0))


def test_gaps_and_flat_images_are_left_to_the_features(tmp_path):
    header = {"space": "left-posterior-superior", "space directions": np.eye(3), "space origin": [0, 0, 0]}
    nrrd.write(str(tmp_path / "a.nrrd"), np.full((3, 4, 5), np.nan), header)
    assert np.isnan(read_original(tmp_path / "a.nrrd").array).all()


class TestLabels:
    GRID = Grid((4, 5, 6), (2.0, 1.0, 0.5), (10.0, 20.0, 30.0))

    def mask(self, tmp_path, grid):
        mask = np.zeros(grid.shape, bool)
        mask[1, 2, 1] = True
        file = tmp_path / "mask.nii.gz"
        file.write_bytes(encode_nifti_mask(Roi(mask, grid)))
        return file, mask

    def test_on_the_images_grid(self, tmp_path):
        file, mask = self.mask(tmp_path, self.GRID)
        labels = read_labels(file, self.GRID)
        assert labels.dtype == np.uint32
        np.testing.assert_array_equal(labels, mask)

    def test_elsewhere_is_not_plain(self, tmp_path):
        file, _ = self.mask(tmp_path, self.GRID.cropped((0, 0, 0), (3, 4, 5)))
        assert read_labels(file, self.GRID) is None

    def test_probabilities_are_no_labels(self, tmp_path):
        header = {
            "space": "left-posterior-superior",
            "space directions": np.diag([0.5, 1, 2]),
            "space origin": [10, 20, 30],
        }
        nrrd.write(str(tmp_path / "p.nrrd"), np.full((6, 5, 4), 0.4), header)
        with pytest.raises(InputError, match="ROI-39"):
            read_labels(tmp_path / "p.nrrd", self.GRID)

    def test_missing(self, tmp_path):
        with pytest.raises(InputError, match="ROI-00"):
            read_labels(tmp_path / "p.nrrd", self.GRID)
