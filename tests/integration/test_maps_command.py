"""`tilscope maps` as a user meets it: words in, NIfTI files and exit codes out."""

from __future__ import annotations

import stat

import nibabel as nib
import numpy as np
import pytest

from tilscope.radiomics import MapSettings, Settings, feature_maps
from tilscope.reading import read_volume

ENTROPY = "original_glcm_JointEntropy"
MEAN = "original_firstorder_Mean"
# As PyRadiomics' exampleVoxel.yaml, with another feature beside it.
VOXEL = """
imageType:
  Original: {}
featureClass:
  glcm: [JointEntropy]
  firstorder: [Mean]
  shape: [VoxelVolume]
setting:
  binWidth: 25
  force2D: true
  label: 1
voxelSetting:
  kernelRadius: 2
  maskedKernel: false
  initValue: -1
  voxelBatch: 100
"""


@pytest.fixture
def one(tmp_path, monkeypatch, hospital):
    """Words of one case; the folder holds a parameter file."""
    hospital.write_patient(tmp_path / "images", "H-0", 0, is_high=True, n_post=2)
    (tmp_path / "voxel.yaml").write_text(VOXEL)
    monkeypatch.chdir(tmp_path)
    return "images/H-0/phase-1.nii.gz", "images/H-0/H-0_lesion_post1.nii.gz"


def arrays(one):
    image, mask = (read_volume(file) for file in one)
    return image.array, mask.array > 0, image.grid


def test_one_file_per_feature_on_the_images_grid(tilscope, one, tmp_path):
    answer = tilscope("maps", *one, "--feature", ENTROPY, "--feature", MEAN, "--out", "maps")
    assert answer.code == 0, answer.text
    assert sorted(f.name for f in (tmp_path / "maps").iterdir()) == [f"{MEAN}.nii.gz", f"{ENTROPY}.nii.gz"]
    image, mask, grid = arrays(one)
    expected = feature_maps(image, mask, grid.spacing_mm, [ENTROPY, MEAN])
    original = nib.load(one[0])
    for name in (ENTROPY, MEAN):
        written = nib.load(tmp_path / "maps" / f"{name}.nii.gz")
        np.testing.assert_allclose(written.affine, original.affine, atol=1e-4)
        assert written.get_data_dtype() == np.float64
        np.testing.assert_array_equal(written.get_fdata().T, expected.on_whole_image(name))
        assert np.isnan(written.get_fdata().T[~mask]).all()
        assert stat.S_IMODE((tmp_path / "maps" / f"{name}.nii.gz").stat().st_mode) == 0o600
    assert "Wrote 2 map(s)" in answer.out
    assert "Next: open maps/" in answer.out


def test_a_voxel_setting_is_followed_and_names_the_maps(tilscope, one, tmp_path):
    answer = tilscope("maps", *one, "--settings", "voxel.yaml", "--out", "maps")
    assert answer.code == 0, answer.text
    assert sorted(f.name for f in (tmp_path / "maps").iterdir()) == [f"{MEAN}.nii.gz", f"{ENTROPY}.nii.gz"]
    image, mask, grid = arrays(one)
    expected = feature_maps(
        image,
        mask,
        grid.spacing_mm,
        [ENTROPY],
        Settings(slice_axis="z", min_voxels=2),
        map_settings=MapSettings(kernel_radius=2, masked_kernel=False, initial_value=-1.0),
    )
    written = nib.load(tmp_path / "maps" / f"{ENTROPY}.nii.gz").get_fdata().T
    np.testing.assert_array_equal(written, expected.on_whole_image(ENTROPY))
    assert (written[~mask] == -1.0).all()


def test_words_win_over_the_file(tilscope, one, tmp_path):
    words = ("--settings", "voxel.yaml", "--feature", MEAN, "--kernel-radius", 1, "--masked")
    assert tilscope("maps", *one, *words, "--out", "maps").code == 0
    image, mask, grid = arrays(one)
    expected = feature_maps(
        image,
        mask,
        grid.spacing_mm,
        [MEAN],
        Settings(slice_axis="z", min_voxels=2),
        map_settings=MapSettings(initial_value=-1.0),
    )
    (file,) = (tmp_path / "maps").iterdir()
    np.testing.assert_array_equal(nib.load(file).get_fdata().T, expected.on_whole_image(MEAN))


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("--feature", "original_glcm_JointEntropie"), "SET-29"),
        (("--feature", "original_shape_MeshVolume"), "SET-29"),
        ((), "SET-29"),
        (("--feature", MEAN, "--label", "5"), "ROI-37"),
        (("--feature", MEAN, "--label", "all"), "ROI-37"),
        (("--feature", MEAN, "--settings", "none.yaml"), "SET-20"),
    ],
)
def test_refusals(tilscope, one, tmp_path, words, rule):
    answer = tilscope("maps", *one, *words, "--out", "maps")
    assert answer.code == 2
    assert answer.err.startswith(rule)
    assert not (tmp_path / "maps").exists()


def test_a_missing_image_is_refused(tilscope, one):
    answer = tilscope("maps", "none.nii.gz", one[1], "--feature", MEAN, "--out", "maps")
    assert answer.code == 2
    assert "IMG-00" in answer.err


def test_several_phases_are_refused(tilscope, one, tmp_path, monkeypatch):
    from tilscope.pipeline import mapping

    phase = mapping.read_phases(tmp_path / one[0], 0)
    monkeypatch.setattr(mapping, "read_phases", lambda path, n_pre: phase * 2)
    answer = tilscope("maps", *one, "--feature", MEAN, "--out", "maps")
    assert answer.code == 2
    assert "IMG-04" in answer.err


def test_maps_are_not_written_over_unless_told_to(tilscope, one, tmp_path):
    words = ("maps", *one, "--feature", MEAN, "--out", "maps")
    assert tilscope(*words).code == 0
    first = (tmp_path / "maps" / f"{MEAN}.nii.gz").read_bytes()
    answer = tilscope(*words)
    assert answer.code == 2
    assert "RUN-75" in answer.err
    assert tilscope(*words, "--force").code == 0
    assert (tmp_path / "maps" / f"{MEAN}.nii.gz").read_bytes() == first


def test_voxels_without_a_value_are_told(tilscope, one, tmp_path):
    image = nib.load(one[1])
    mask = image.get_fdata().astype(np.uint8)
    z, y, x = np.argwhere(mask)[0]
    mask[max(z - 4, 0), y, x] = 1  # stands alone
    nib.save(nib.Nifti1Image(mask, image.affine), tmp_path / "mask.nii.gz")
    answer = tilscope("maps", one[0], "mask.nii.gz", "--feature", ENTROPY, "--out", "maps")
    assert answer.code == 0
    assert f"{ENTROPY}: 1 of {np.count_nonzero(mask)} voxels have no value" in answer.err
