"""Cases small enough for a pencil."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.radiomics import Settings, extract
from tilscope.radiomics.binning import bin_edges, gray_levels
from tilscope.radiomics.door import checked_lesion
from tilscope.radiomics.firstorder import FIRSTORDER
from tilscope.radiomics.glcm import half_directions
from tilscope.radiomics.gray_image import gray_image
from tilscope.radiomics.mesh import PATTERNS, area_and_volume, mesh_vertices

ORIGINAL = Settings(image_types=("original",), min_voxels=2)
CROSS_OF_VOXEL = np.ones((1, 1, 1), dtype=bool)


def test_bin_edges_are_multiples_of_the_width():
    values = np.array([54.0, 166.0, 100.0])
    assert bin_edges(values, bin_width=25.0).tolist() == [50, 75, 100, 125, 150, 175, 200]
    assert gray_levels(values, bin_width=25.0).tolist() == [1, 5, 3]


def test_bins_of_negative_values_and_a_maximum_on_an_edge():
    assert gray_levels(np.array([-30.0, -25.0, -0.1, 0.0, 25.0]), bin_width=25.0).tolist() == [1, 2, 2, 3, 4]


def test_bin_count_puts_the_maximum_into_the_last_bin():
    assert gray_levels(np.array([0.0, 1.0, 2.0, 3.9, 4.0]), n_bins=4).tolist() == [1, 2, 3, 4, 4]


def test_thirteen_directions_and_sixty_two_at_distances_one_and_two():
    directions = {tuple(d) for d in half_directions((1,))}
    assert len(directions) == 13
    assert not any(tuple(-k for k in d) in directions for d in directions)
    assert len(half_directions((1, 2))) == (5**3 - 1) // 2


def test_mesh_of_one_voxel_is_an_octahedron():
    area, volume = area_and_volume(CROSS_OF_VOXEL, (2.0, 2.0, 2.0))
    assert area == pytest.approx(8 * np.sqrt(3) / 4 * 2)  # eight triangles of edge sqrt(2) mm
    assert volume == pytest.approx(np.sqrt(2) / 3 * np.sqrt(2) ** 3)


def test_mesh_volume_does_not_depend_on_where_the_voxels_lie():
    mask = np.zeros((9, 9, 9), dtype=bool)
    mask[6:8, 5:8, 7] = True
    assert area_and_volume(mask, (1.0, 2.0, 3.0)) == pytest.approx(
        area_and_volume(mask[6:8, 5:8, 7:8], (1.0, 2.0, 3.0)), rel=1e-13
    )


def test_every_pattern_of_a_cube_gives_a_closed_mesh():
    """Each edge of a closed mesh is walked once in each direction; a lost triangle would break that."""
    assert len(PATTERNS) == 128
    for pattern in range(1, 255):
        digits = PATTERNS[min(pattern, 255 - pattern)]
        assert len(digits) % 3 == 0
        walked = [
            (digits[k + a], digits[k + b])
            for k in range(0, len(digits), 3)
            for a, b in ((0, 1), (1, 2), (2, 0))
        ]
        open_edges = [e for e in walked if e[::-1] not in walked]
        assert all(on_one_face(int(a, 16), int(b, 16)) for a, b in open_edges), pattern
        assert len(set(walked)) == len(walked), pattern


def on_one_face(a, b):
    faces = ({0, 1, 2, 3}, {4, 5, 6, 7}, {0, 8, 4, 9}, {1, 9, 5, 10}, {2, 10, 6, 11}, {3, 11, 7, 8})
    return any({a, b} <= face for face in faces)


def test_vertices_of_one_voxel():
    assert sorted(map(tuple, mesh_vertices(CROSS_OF_VOXEL))) == [
        (1, 2, 2), (2, 1, 2), (2, 2, 1), (2, 2, 3), (2, 3, 2), (3, 2, 2)
    ]  # fmt: skip


def test_shape_of_a_block():
    mask = np.zeros((6, 7, 8), dtype=bool)
    mask[1:4, 1:5, 1:6] = True  # 3 x 4 x 5 voxels of 2 x 1 x 1 mm
    values = extract(np.arange(mask.size).reshape(mask.shape), mask, (2.0, 1.0, 1.0), ORIGINAL)

    assert values["original_shape_VoxelVolume"] == 120.0
    assert values["original_shape_Maximum2DDiameterSlice"] == pytest.approx(np.hypot(5, 3))
    # variance of n equally spaced points at distance d: d^2 (n^2 - 1) / 12
    assert values["original_shape_MajorAxisLength"] == pytest.approx(4 * np.sqrt(4 * 8 / 12))
    assert values["original_shape_MinorAxisLength"] == pytest.approx(4 * np.sqrt(24 / 12))
    assert values["original_shape_LeastAxisLength"] == pytest.approx(4 * np.sqrt(15 / 12))


def test_first_order_of_four_numbers():
    values = extract(np.array([[[0.0, 0.0], [0.0, 4.0]]]), np.ones((1, 2, 2)), (1.0, 1.0, 2.0), ORIGINAL)

    expected = {
        "Mean": 1.0, "Variance": 3.0, "Skewness": 2 / np.sqrt(3), "Kurtosis": 7 / 3, "Median": 0.0,
        "Energy": 16.0, "TotalEnergy": 32.0, "RootMeanSquared": 2.0, "Range": 4.0, "90Percentile": 2.8,
        "MeanAbsoluteDeviation": 1.5, "RobustMeanAbsoluteDeviation": 0.0, "Uniformity": 1.0,
    }  # fmt: skip
    for name, number in expected.items():
        assert values[f"original_firstorder_{name}"] == pytest.approx(number, abs=1e-12), name


def test_glcm_of_a_checked_strip():
    """Levels 1 2 / 2 1: two directions hold only the pair (1, 2), the two diagonals only equal pairs."""
    settings = ORIGINAL.model_copy(update={"bin_width": 1.0})
    values = extract(np.array([[[1.0, 2.0], [2.0, 1.0]]]), np.ones((1, 2, 2)), (1.0, 1.0, 1.0), settings)

    # along x and y: p(1,2) = p(2,1) = 1/2; one diagonal: p(1,1) = 1; the other: p(2,2) = 1
    assert values["original_glcm_Contrast"] == pytest.approx((1 + 1 + 0 + 0) / 4)
    assert values["original_glcm_JointAverage"] == pytest.approx((1.5 + 1.5 + 1 + 2) / 4)
    assert values["original_glcm_JointEntropy"] == pytest.approx((1 + 1 + 0 + 0) / 4)
    assert values["original_glcm_Correlation"] == pytest.approx((-1 - 1 + 1 + 1) / 4)
    assert values["original_glcm_Idn"] == pytest.approx((2 * 1 / 1.5 + 2) / 4)
    assert values["original_glcm_ClusterTendency"] == pytest.approx(0.0, abs=1e-12)
    assert values["original_glcm_Imc1"] == pytest.approx(-0.5)


def test_one_grey_level_has_documented_values():
    image = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    values = extract(image, np.ones((1, 2, 2)), (1.0, 1.0, 1.0), ORIGINAL)

    expected = {"Correlation": 1.0, "MCC": 1.0, "Imc1": 0.0, "Imc2": 0.0, "JointEnergy": 1.0, "Contrast": 0.0}
    for name, number in expected.items():
        assert values[f"original_glcm_{name}"] == pytest.approx(number, abs=1e-12), name


def test_a_flat_filtered_image_has_no_spread_from_rounding():
    """0.1 has no exact mean: its rounding would give a kurtosis of chance."""
    lesion = checked_lesion(np.ones((4, 5, 6), bool), (1.0, 1.0, 1.0), ORIGINAL)
    flat = gray_image(np.full((4, 5, 6), 0.1), lesion, ORIGINAL)
    (row,) = FIRSTORDER.measure([FIRSTORDER.prepare(flat)], ORIGINAL)
    values = dict(zip(FIRSTORDER.feature_names, row, strict=True))
    names = (
        "Variance",
        "Kurtosis",
        "Skewness",
        "Range",
        "MeanAbsoluteDeviation",
        "RobustMeanAbsoluteDeviation",
    )
    assert [values[name] for name in names] == [0.0] * 6
    assert values["Mean"] == 0.1
