"""PyRadiomics' published baselines of breast1, brain1, brain2: shape, first-order, GLCM, and the matrices."""

from __future__ import annotations

import csv

import nrrd
import numpy as np
import pytest

from tilscope.radiomics import FAMILIES, Settings, extract, mesh
from tilscope.radiomics.door import checked_lesion
from tilscope.radiomics.extraction import gray_image
from tilscope.radiomics.glcm import cooccurrence_matrix

RELATIVE = 1e-10  # the published numbers have 12 digits; the largest difference met is 2e-11 (MCC, 64 bins)
CASES = ("breast1", "brain1", "brain2")
SETTINGS = Settings(image_types=("original",), voxel_array_shift=2000)

WRONG_IN_PRINT = {
    ("brain1", f"original_shape_{name}")
    for name in ("MeshVolume", "SurfaceArea", "SurfaceVolumeRatio", "Sphericity")
}
"""Made with an unfinished marching-cubes table (README.md); PyRadiomics' code does not give them."""


@pytest.fixture(scope="module")
def baselines(real_data):
    return real_data / "pyradiomics-baseline"


def read_case(folder, case):
    image, header = nrrd.read(str(folder / f"{case}_image.nrrd"))
    label, _ = nrrd.read(str(folder / f"{case}_label.nrrd"))
    spacing_xyz = np.linalg.norm(header["space directions"], axis=1)
    return image.transpose(2, 1, 0), label.transpose(2, 1, 0) == 1, tuple(spacing_xyz[::-1])


def published(folder, family, column):
    with (folder / f"baseline_{family}.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    k = header.index(column)
    return {row[0]: float(row[k]) for row in rows if row[0].startswith("original_")}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_features(case, family, baselines):
    values = extract(*read_case(baselines, case), SETTINGS)

    expected = published(baselines, family.name, case)
    assert {name.rsplit("_", 1)[1] for name in expected} == set(family.feature_names)
    for name, number in expected.items():
        if (case, name) not in WRONG_IN_PRINT:
            assert values[name] == pytest.approx(number, rel=RELATIVE), name


@pytest.mark.parametrize("case", CASES)
def test_glcm_features_with_64_bins(case, baselines):
    values = extract(*read_case(baselines, case), Settings(image_types=("original",), n_bins=64))

    for name, number in published(baselines, "glcm", f"{case}_FBN").items():
        assert values[name] == pytest.approx(number, rel=RELATIVE), name


@pytest.mark.parametrize("case", CASES)
def test_glcm_matrices_direction_by_direction(case, baselines):
    image, mask, spacing = read_case(baselines, case)
    lesion = checked_lesion(mask, spacing, SETTINGS)

    p = cooccurrence_matrix(gray_image(image[lesion.box].astype(float), lesion, SETTINGS))

    expected = np.load(baselines / f"{case}_glcm.npy").squeeze()
    np.testing.assert_allclose(np.moveaxis(p, 0, -1), expected, rtol=1e-14)


def test_the_four_wrong_numbers_of_brain1_come_from_a_mesh_with_holes(baselines, monkeypatch):
    _, mask, spacing = read_case(baselines, "brain1")
    lesion = checked_lesion(mask, spacing, SETTINGS)
    print_values = published(baselines, "shape", "brain1")
    whole, volume = mesh.area_and_volume(lesion.mask, spacing)
    triangle = "057"
    row = mesh.PATTERNS[62]
    cut = "".join(t for t in (row[k : k + 3] for k in range(0, len(row), 3)) if t != triangle)
    monkeypatch.setattr(mesh, "PATTERNS", [*mesh.PATTERNS[:62], cut, *mesh.PATTERNS[63:]])
    monkeypatch.setattr(mesh, "all_triangles", mesh.all_triangles.__wrapped__)

    area_with_holes, volume_with_holes = mesh.area_and_volume(lesion.mask, spacing)

    assert area_with_holes == pytest.approx(print_values["original_shape_SurfaceArea"], rel=1e-11)
    assert volume_with_holes == pytest.approx(print_values["original_shape_MeshVolume"], rel=1e-11)
    assert whole / area_with_holes - 1 == pytest.approx(7.9e-4, rel=0.01)
    assert volume / volume_with_holes - 1 == pytest.approx(-1.23e-4, rel=0.01)


def test_the_published_wavelet_file_holds_no_sub_bands(baselines):
    """If a later copy holds real numbers, this fails and the sub-bands should be held against it."""
    published_bands = np.load(baselines / "wavelet.npy")
    assert np.unique(published_bands).tolist() == [128, 255]
    assert (published_bands == published_bands[0]).all()
