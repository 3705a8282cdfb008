"""NIfTI and NRRD: exact round trips, independent readers agree, damage refused."""

import contextlib
import gzip
import warnings

import nibabel as nib
import nrrd
import numpy as np
import pytest

from tilscope.reading import encode_nifti, encode_nifti_mask, read_volume
from tilscope.vocabulary import Grid, InputError, Roi, Volume

SHAPE = (4, 5, 6)
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@pytest.fixture
def oblique(rng):
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    direction = tuple(tuple(float(v) for v in row) for row in q)
    grid = Grid(SHAPE, (1.1, 0.703125, 0.51), (157.800003, -106.699997, 78.123456789), direction)
    return Volume(rng.normal(size=SHAPE).astype(np.float32), grid)


def save(tmp_path, data, name="image.nii.gz"):
    file = tmp_path / name
    file.write_bytes(data)
    return file


def rule_of(file):
    with pytest.raises(InputError) as caught:
        read_volume(file)
    assert file.name in str(caught.value)
    return caught.value.rule


def plain(tmp_path, array=None, name="image.nii", change=None):
    """Write a NIfTI file with nibabel, then change its header bytes."""
    values = np.arange(60, dtype=np.int16).reshape(3, 4, 5) if array is None else array
    image = nib.Nifti1Image(values, np.diag([0.5, 0.6, 0.7, 1]) + 3 * np.eye(4, k=3))
    image.set_qform(image.affine, 1)
    if change is not None:
        change(image)
    return save(tmp_path, image.to_bytes(), name)


def test_round_trip_of_an_oblique_grid(tmp_path, oblique):
    back = read_volume(save(tmp_path, encode_nifti(oblique)))
    assert back.grid.offset_mm(oblique.grid) < 1e-6
    np.testing.assert_array_equal(back.array, oblique.array)


def test_nibabel_reads_what_is_written(tmp_path, oblique):
    image = nib.load(save(tmp_path, encode_nifti(oblique)))
    assert (int(image.header["sform_code"]), int(image.header["qform_code"])) == (1, 1)
    assert image.header.get_xyzt_units()[0] == "mm"
    np.testing.assert_array_equal(np.asarray(image.dataobj), oblique.array.T)
    for z, y, x in [(0, 0, 0), (3, 4, 5)]:
        lps = oblique.grid.index_to_lps() @ [z, y, x, 1]
        np.testing.assert_allclose(image.affine @ [x, y, z, 1], RAS @ lps, atol=2e-5)  # the header is float32
        np.testing.assert_allclose(image.get_qform() @ [x, y, z, 1], RAS @ lps, atol=2e-4)


def test_bytes_are_deterministic_and_masks_are_small_integers(tmp_path, oblique):
    assert encode_nifti(oblique) == encode_nifti(oblique.with_array(oblique.array.copy()))
    roi = Roi(oblique.array > 0, oblique.grid)
    data = encode_nifti_mask(roi)
    assert data == encode_nifti_mask(roi)
    image = nib.load(save(tmp_path, data))
    assert image.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(np.asarray(image.dataobj).T == 1, roi.mask)


def test_position_changed_by_other_software_wins_over_our_note(tmp_path, oblique):
    image = nib.load(save(tmp_path, encode_nifti(oblique)))
    moved = image.affine.copy()
    moved[:3, 3] += 5.0
    image.set_sform(moved, 1)
    image.set_qform(moved, 1)
    back = read_volume(save(tmp_path, image.to_bytes(), "moved.nii"))
    np.testing.assert_allclose(np.subtract(back.origin_mm, oblique.origin_mm), (-5, -5, 5), atol=1e-4)


def test_foreign_nifti_is_read_as_nibabel_does(tmp_path):
    file = plain(tmp_path)
    image = nib.load(file)
    volume = read_volume(file)
    np.testing.assert_array_equal(volume.array, image.get_fdata().T)
    np.testing.assert_allclose(
        volume.grid.index_to_lps() @ [2, 1, 3, 1], RAS @ image.affine @ [3, 1, 2, 1], atol=1e-6
    )


def test_scaling_is_applied(tmp_path):
    def change(image):
        image.header["scl_slope"], image.header["scl_inter"] = 0.25, -3

    header = plain(tmp_path, change=change)
    data = bytearray(header.read_bytes())
    data[112:120] = np.array([0.25, -3], "<f4").tobytes()  # nibabel resets both when it writes
    volume = read_volume(save(tmp_path, bytes(data), "scaled.nii"))
    np.testing.assert_allclose(volume.array[0, 0, :2], [-3.0, 2.0])


@pytest.mark.parametrize("cut", [1, 40, 150, 400])
def test_truncated_nifti(tmp_path, cut):
    data = plain(tmp_path).read_bytes()
    assert rule_of(save(tmp_path, data[:-cut], "cut.nii")) == "IMG-22"
    packed = gzip.compress(data, mtime=0)
    assert rule_of(save(tmp_path, packed[: -min(cut, 100)], "cut.nii.gz")) == "IMG-22"


def test_every_damaged_byte_of_a_packed_file_is_noticed_or_harmless(tmp_path):
    plain_bytes = plain(tmp_path).read_bytes()
    packed = gzip.compress(plain_bytes, mtime=0)
    rules = []
    for position in range(20, len(packed), 5):
        data = bytearray(packed)
        data[position] ^= 0xFF
        with contextlib.suppress(Exception):  # padding bits of the compressed stream carry nothing
            if gzip.decompress(bytes(data)) == plain_bytes:
                continue
        rules.append(rule_of(save(tmp_path, bytes(data), "flip.nii.gz")))
    assert len(rules) > 10
    assert set(rules) == {"IMG-22"}


def test_too_long_or_not_nifti_at_all(tmp_path):
    data = plain(tmp_path).read_bytes()
    assert rule_of(save(tmp_path, data + b"\0\0", "long.nii")) == "IMG-22"
    assert rule_of(save(tmp_path, b"<html>404</html>" * 40, "page.nii")) == "IMG-22"
    assert rule_of(save(tmp_path, b"", "empty.nii.gz")) == "IMG-22"


def patched(tmp_path, offset, values, dtype="<f4"):
    data = bytearray(plain(tmp_path).read_bytes())
    raw = np.array(values, dtype).tobytes()
    data[offset : offset + len(raw)] = raw
    return save(tmp_path, bytes(data), "patched.nii")


def test_no_position_or_two_positions(tmp_path):
    assert rule_of(patched(tmp_path, 252, [0, 0], "<i2")) == "IMG-28"
    assert rule_of(patched(tmp_path, 268, [9.0])) == "IMG-28"


@pytest.mark.parametrize("value", [np.nan, 0.0, -0.5])
def test_impossible_spacing(tmp_path, value):
    assert rule_of(patched(tmp_path, 80, [value])) == "IMG-29"


def test_impossible_scaling(tmp_path):
    assert rule_of(patched(tmp_path, 112, [np.inf])) == "IMG-29"
    assert rule_of(patched(tmp_path, 112, [np.nan, 1.0])) == "IMG-29"


def test_nan_and_constant_values(tmp_path):
    values = np.zeros((3, 4, 5), np.float32)
    assert rule_of(plain(tmp_path, values)) == "IMG-27"
    values[1, 1, 1] = np.nan
    assert rule_of(plain(tmp_path, values)) == "IMG-26"
    values[1, 1, 1] = np.inf
    assert rule_of(plain(tmp_path, values)) == "IMG-26"


def test_four_dimensions_are_never_cut_to_the_first(tmp_path):
    assert rule_of(plain(tmp_path, np.ones((3, 4, 5, 2), np.int16))) == "IMG-30"


def test_missing_file_and_foreign_kind(tmp_path):
    assert rule_of(tmp_path / "absent.nii.gz") == "IMG-00"
    assert rule_of(save(tmp_path, b"x", "image.mha")) == "IMG-22"


HEADER = {
    "space": "left-posterior-superior",
    "space directions": np.array([[0.0, 0.5, 0.0], [0.0, 0.0, -0.6], [-2.0, 0.0, 0.0]]),
    "space origin": np.array([1.0, 2.0, 3.0]),
    "encoding": "gzip",
}


def write_nrrd(tmp_path, array, name="image.nrrd", **header):
    file = tmp_path / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nrrd.write(str(file), array, HEADER | header)
    return file


@pytest.mark.parametrize("encoding", ["gzip", "raw", "bzip2"])
@pytest.mark.parametrize("kind", [np.int16, np.float32, np.uint8])
def test_nrrd_as_pynrrd_reads_it(tmp_path, encoding, kind):
    file = write_nrrd(tmp_path, np.arange(60).reshape(3, 4, 5).astype(kind), encoding=encoding)
    array, _ = nrrd.read(str(file))
    volume = read_volume(file)
    np.testing.assert_array_equal(volume.array, array.T)
    assert volume.spacing_mm == (2.0, 0.6, 0.5)
    hand = (
        np.array([1.0, 2.0, 3.0])
        + 2 * np.array([0, 0.5, 0])
        + 3 * np.array([0, 0, -0.6])
        + 4 * np.array([-2.0, 0, 0])
    )
    np.testing.assert_allclose((volume.grid.index_to_lps() @ [4, 3, 2, 1])[:3], hand, atol=1e-12)


def test_ras_nrrd_is_turned_to_lps(tmp_path):
    turn = np.array([-1.0, -1.0, 1.0])
    array = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    lps = read_volume(write_nrrd(tmp_path, array))
    ras = read_volume(
        write_nrrd(
            tmp_path,
            array,
            "ras.nrrd",
            **{
                "space": "right-anterior-superior",
                "space directions": HEADER["space directions"] * turn,
                "space origin": HEADER["space origin"] * turn,
            },
        )
    )
    assert ras.grid.offset_mm(lps.grid) == pytest.approx(0, abs=1e-12)
    np.testing.assert_array_equal(ras.array, lps.array)


def test_damaged_nrrd(tmp_path):
    data = write_nrrd(tmp_path, np.arange(60, dtype=np.int16).reshape(3, 4, 5)).read_bytes()
    raw = write_nrrd(
        tmp_path, np.arange(60, dtype=np.int16).reshape(3, 4, 5), "r.nrrd", encoding="raw"
    ).read_bytes()
    for name, damaged in {
        "cut": data[:-9],
        "raw cut": raw[:-9],
        "header only": data[:60],
        "flip": data[:-30] + bytes([data[-30] ^ 8]) + data[-29:],
    }.items():
        assert rule_of(save(tmp_path, damaged, f"{name}.nrrd")) == "IMG-22", name


def test_nrrd_without_position(tmp_path):
    file = tmp_path / "bare.nrrd"
    nrrd.write(str(file), np.arange(60, dtype=np.int16).reshape(3, 4, 5), {"spacings": [1.0, 1.0, 1.0]})
    assert rule_of(file) == "IMG-28"


def test_sheared_nrrd(tmp_path):
    sheared = np.array([[0.5, 0, 0], [0.3, 0.6, 0], [0, 0, 2.0]])
    file = write_nrrd(
        tmp_path, np.arange(60, dtype=np.int16).reshape(3, 4, 5), **{"space directions": sheared}
    )
    assert rule_of(file) == "IMG-13"
