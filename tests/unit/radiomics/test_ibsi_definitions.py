"""What ``ibsi = true`` changes, on cases small enough for a pencil; the formulas are those of the IBSI manual."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.radiomics import Settings, extract
from tilscope.radiomics.binning import gray_levels, ibsi_gray_levels
from tilscope.radiomics.door import checked_lesion
from tilscope.radiomics.glrlm import run_counts
from tilscope.radiomics.gray_image import gray_image
from tilscope.radiomics.ngtdm import difference_matrix
from tilscope.vocabulary import SettingsError

ISOTROPIC = (1.0, 1.0, 1.0)


def settings(**own):
    return Settings(image_types=("original",), min_voxels=2, **own)


def prepared(box, mask, **own):
    chosen = settings(**own)
    return gray_image(box, checked_lesion(mask, ISOTROPIC, chosen), chosen, is_filtered=False)


def test_bins_of_a_fixed_width_start_at_the_minimum():
    values = np.array([54.0, 78.9, 79.0, 166.0])
    # 54 + 25 = 79 begins level 2; 166 - 54 = 112 lies in the fifth width
    assert ibsi_gray_levels(values, bin_width=25.0).tolist() == [1, 1, 2, 5]
    assert gray_levels(values, bin_width=25.0).tolist() == [1, 2, 2, 5]  # PyRadiomics: edges 50, 75, 100, ...


def test_bins_of_a_fixed_width_start_at_the_low_end_of_the_resegmentation_range():
    values = np.array([-480.0, -475.0, 0.0, 400.0])
    # (x + 500) / 25, rounded down, plus 1
    assert ibsi_gray_levels(values, bin_width=25.0, lowest=-500.0).tolist() == [1, 2, 21, 37]


def test_a_fixed_number_of_bins_reaches_from_minimum_to_maximum():
    values = np.array([0.0, 2.999, 3.0, 9.999, 10.0])
    # 10 x / 10, rounded down, plus 1; the maximum belongs to the last bin
    assert ibsi_gray_levels(values, n_bins=10).tolist() == [1, 3, 4, 10, 10]


def test_edges_of_a_fixed_number_of_bins_are_exact():
    """32 (x - 0) / 96 is whole for every third intensity: these begin a level, none is lost to rounding."""
    values = np.arange(97, dtype=np.float64)
    expected = [x // 3 + 1 for x in range(96)] + [32]
    assert ibsi_gray_levels(values, n_bins=32).tolist() == expected


def test_one_intensity_has_one_level():
    assert ibsi_gray_levels(np.full(3, 7.0), bin_width=25.0).tolist() == [1, 1, 1]
    assert ibsi_gray_levels(np.full(3, 7.0), n_bins=8).tolist() == [8, 8, 8]  # X = X_max: the last bin


def test_far_too_many_levels_are_refused_from_the_range_on():
    with pytest.raises(SettingsError, match="SET-24"):
        ibsi_gray_levels(np.array([0.0, 1.0]), bin_width=0.5, lowest=-1000.0)


@pytest.mark.parametrize(
    ("own", "is_filtered", "levels"),
    [
        ({"resegment_range": (-500.0, 400.0)}, False, [9, 19]),
        ({"resegment_range": (400.0, -500.0)}, False, [9, 19]),  # in any order
        ({"resegment_range": (-500.0,)}, False, [9, 19]),
        ({"resegment_range": (-500.0, 400.0)}, True, [1, 11]),  # a filtered image has other units
        ({"resegment_range": (-3.0, 3.0), "resegment_mode": "sigma"}, False, [1, 11]),
        ({}, False, [1, 11]),
    ],
)
def test_where_the_first_bin_starts(own, is_filtered, levels):
    """-300 and -50 in bins of 25: from -500 the levels 200 / 25 + 1 and 450 / 25 + 1, from -300 they are 1 and 11."""
    box = np.full((2, 2, 2), -300.0)
    box[1] = -50.0
    chosen = settings(ibsi=True, **own)
    lesion = checked_lesion(np.ones_like(box, dtype=bool), ISOTROPIC, chosen)
    image = gray_image(box, lesion, chosen, is_filtered=is_filtered)
    assert image.gray_levels.tolist() == levels


def test_only_the_original_image_is_binned_from_the_range(rng):
    """The engine knows which image is filtered: from a low end far below, only the original gains levels."""
    box = rng.normal(0.0, 100.0, (8, 8, 8))
    means = {}
    for low in (-1000.0, -2000.0):
        own = settings(ibsi=True, resegment_range=(low,), families=("glcm",)).model_copy(
            update={"image_types": ("original", "square")}
        )
        means[low] = extract(box, np.ones(box.shape), ISOTROPIC, own)
    shift = means[-2000.0]["original_glcm_JointAverage"] - means[-1000.0]["original_glcm_JointAverage"]
    assert shift == pytest.approx(40.0)  # 1000 / 25
    assert means[-2000.0]["square_glcm_JointAverage"] == means[-1000.0]["square_glcm_JointAverage"]


def two_neighbours_and_a_loner():
    mask = np.zeros((1, 1, 5), dtype=bool)
    mask[0, 0, [0, 1, 4]] = True
    mask = np.concatenate([mask, np.zeros((3, 1, 5), dtype=bool)])
    mask[3, 0, 4] = True
    return np.arange(20.0).reshape(4, 1, 5), mask


def test_voxels_without_neighbours_are_not_counted_in_the_ngtdm():
    box, mask = two_neighbours_and_a_loner()  # intensities 0 and 1 side by side; 4 and 19 alone
    by_default = difference_matrix(prepared(box, mask, bin_width=1.0))
    by_ibsi = difference_matrix(prepared(box, mask, bin_width=1.0, ibsi=True))
    assert by_default.tolist() == [[1, 1], [1, 1], [1, 0], [1, 0]]
    assert by_ibsi.tolist() == [[1, 1], [1, 1], [0, 0], [0, 0]]


def test_ngtdm_features_without_loners_by_hand():
    box, mask = two_neighbours_and_a_loner()
    own = settings(bin_width=1.0, ibsi=True, families=("ngtdm",))
    found = extract(box, mask, ISOTROPIC, own)
    # levels 1 and 2: p = 1/2 each, s = 1 each, N_v,c = 2, N_g,p = 2
    assert found["original_ngtdm_Coarseness"] == 1.0  # 1 / (1/2 + 1/2)
    assert found["original_ngtdm_Contrast"] == 0.25  # (2 * 1/4) / 2 * (1 + 1) / 2
    assert found["original_ngtdm_Busyness"] == 1.0  # 1 / (2 * |1/2 - 1|)
    assert found["original_ngtdm_Complexity"] == 1.0  # 2 * (1/2 + 1/2) / 1 / 2
    assert found["original_ngtdm_Strength"] == 1.0  # 2 * (1/2 + 1/2) / 2


def test_ngtdm_where_no_voxel_has_a_neighbour_is_that_of_a_homogeneous_roi():
    mask = np.zeros((3, 1, 3), dtype=bool)
    mask[::2, 0, ::2] = True
    own = settings(bin_width=1.0, ibsi=True, families=("ngtdm",))
    found = extract(np.arange(9.0).reshape(3, 1, 3), mask, ISOTROPIC, own)
    assert found == {
        "original_ngtdm_Busyness": 0.0,
        "original_ngtdm_Coarseness": 1e6,
        "original_ngtdm_Complexity": 0.0,
        "original_ngtdm_Contrast": 0.0,
        "original_ngtdm_Strength": 0.0,
    }


def test_runs_are_counted_in_all_thirteen_directions():
    """One slice of 3 x 3: 4 directions lie in it; across it, every voxel is a run of its own."""
    box, mask = np.arange(9.0).reshape(1, 3, 3), np.ones((1, 3, 3), dtype=bool)
    assert run_counts(prepared(box, mask, bin_width=100.0)).shape[0] == 4
    counts = run_counts(prepared(box, mask, bin_width=100.0, ibsi=True))
    assert counts.shape[0] == 13
    assert sorted(counts[:, 0, 0].tolist())[-9:] == [9.0] * 9


def test_kurtosis_is_the_excess_and_zero_where_nothing_varies(rng):
    box = rng.normal(0.0, 100.0, (6, 6, 6))
    box[:, :, 0] = 500.0
    mask = np.ones(box.shape)
    by_default, by_ibsi = (
        extract(box, mask, ISOTROPIC, settings(ibsi=ibsi, families=("firstorder",))) for ibsi in (False, True)
    )
    name = "original_firstorder_Kurtosis"
    assert by_ibsi[name] == by_default[name] - 3.0
    binary = np.where(np.indices(box.shape).sum(axis=0) % 2, -1.0, 1.0)  # its square is flat
    squared = settings(families=("firstorder",)).model_copy(update={"image_types": ("square",)})
    for ibsi in (False, True):
        flat = extract(binary, mask, ISOTROPIC, squared.model_copy(update={"ibsi": ibsi}))
        assert flat["square_firstorder_Kurtosis"] == 0.0


def test_principal_variances_are_divided_by_one_less():
    """Five voxels in a row of 2 mm beside three: axes grow by the root of N / (N - 1), ratios stay."""
    mask = np.zeros((2, 2, 5), dtype=bool)
    mask[0, 0], mask[1, 1, :3], mask[0, 1, 0] = True, True, True
    image = np.arange(20.0).reshape(2, 2, 5)
    by_default, by_ibsi = (
        extract(image, mask, (2.0, 2.0, 2.0), settings(ibsi=ibsi, families=("shape",)))
        for ibsi in (False, True)
    )
    for axis in ("Major", "Minor", "Least"):
        name = f"original_shape_{axis}AxisLength"
        assert by_ibsi[name] == pytest.approx(by_default[name] * np.sqrt(9 / 8), rel=1e-12)
    for name in ("Elongation", "Flatness"):
        assert by_ibsi[f"original_shape_{name}"] == pytest.approx(
            by_default[f"original_shape_{name}"], rel=1e-12
        )


def test_what_ibsi_leaves_alone_stays_equal(rng):
    """With a minimum on a multiple of the width and no loner, only kurtosis and axes differ."""
    box = rng.integers(1, 9, (6, 7, 8)).astype(float)
    mask = np.ones(box.shape)
    by_default, by_ibsi = (
        extract(box, mask, ISOTROPIC, settings(bin_width=1.0, ibsi=ibsi)) for ibsi in (False, True)
    )
    changed = {name for name, value in by_default.items() if by_ibsi[name] != value}
    axes = {f"original_shape_{axis}AxisLength" for axis in ("Major", "Minor", "Least")}
    assert changed - {"original_shape_Elongation", "original_shape_Flatness"} == axes | {
        "original_firstorder_Kurtosis"
    }
