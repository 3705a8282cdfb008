"""Folds that keep patients together, and the choice among several alphas on the same folds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilscope.signature import assign_folds, cv_elastic_net, cv_elastic_net_grid
from tilscope.vocabulary import SettingsError, TableError


@given(
    sizes=st.lists(st.integers(1, 4), min_size=12, max_size=60),
    n_folds=st.integers(2, 6),
    seed=st.one_of(st.none(), st.integers(0, 2**32)),
    share=st.floats(0.2, 0.8),
)
def test_patients_stay_together_and_classes_are_spread(sizes, n_folds, seed, share):
    patient = np.repeat(np.arange(len(sizes)), sizes)
    is_high = np.arange(len(sizes)) < share * len(sizes)
    y = is_high[patient].astype(float)
    rng = None if seed is None else np.random.default_rng(seed)
    folds = assign_folds(y, n_folds, rng, groups=patient)
    assert folds.min() >= 0
    assert folds.max() < n_folds
    for one in range(len(sizes)):
        assert np.unique(folds[patient == one]).size == 1
    for value in (0.0, 1.0):
        n_rows = np.bincount(folds[y == value], minlength=n_folds)
        assert np.ptp(n_rows) <= 4  # largest first to the emptiest: no further apart than one patient


@given(n=st.integers(6, 80), n_folds=st.integers(2, 10), seed=st.integers(0, 2**32))
def test_one_row_per_patient_gives_the_folds_without_groups(n, n_folds, seed):
    y = np.random.default_rng(seed).integers(0, 2, n)
    names = np.random.default_rng(seed + 1).permutation(n)
    plain = assign_folds(y, n_folds, np.random.default_rng(seed))
    np.testing.assert_array_equal(assign_folds(y, n_folds, np.random.default_rng(seed), groups=names), plain)
    np.testing.assert_array_equal(
        assign_folds(y, n_folds, groups=[f"p{name}" for name in names]), assign_folds(y, n_folds)
    )


def test_a_patient_of_two_classes_counts_by_the_majority():
    y = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0]
    patient = ["a", "a", "a", "b", "b", "b", "c", "d", "d", "e"]
    # low: b (3 rows) to fold 0, c and e (1 each) to fold 1; high: a (3 rows) to fold 1, which has fewer rows,
    # and d (half of its 2 rows are high) to fold 0
    assert assign_folds(y, 2, groups=patient).tolist() == [1, 1, 1, 0, 0, 0, 1, 0, 0, 1]


def test_groups_of_another_length_are_refused():
    with pytest.raises(TableError, match="groups"):
        assign_folds([0, 1, 0, 1], 2, groups=[1, 2, 3])


def test_grid_is_the_single_fits_on_the_same_folds(problem):
    x, y, folds = problem(60, 40, 6, 7, 0.3)
    grid = cv_elastic_net_grid(x, y, (1.0, 0.2, 0.5), folds)
    assert [path.alpha for path in grid.paths] == [0.2, 0.5, 1.0]
    for path, smallest in zip(grid.paths, grid.smallest_deviances, strict=True):
        single = cv_elastic_net(x, y, path.alpha, folds)
        np.testing.assert_array_equal(path.coefficients, single.coefficients)
        np.testing.assert_array_equal(path.mean_deviance, single.mean_deviance)
        np.testing.assert_array_equal(path.fold_ids, folds)
        assert smallest == single.mean_deviance.min()
    assert grid.best == int(np.argmin([path.mean_deviance.min() for path in grid.paths]))
    assert grid.chosen is grid.paths[grid.best]


def test_folds_are_dealt_once_for_all_alphas(problem):
    x, y, _ = problem(60, 10, 6, 9, 0.3)
    grid = cv_elastic_net_grid(x, y, (0.1, 1.0), n_folds=5, rng=np.random.default_rng(3))
    expected = assign_folds(y, 5, np.random.default_rng(3))
    for path in grid.paths:
        np.testing.assert_array_equal(path.fold_ids, expected)


def test_among_equal_deviances_the_sparsest_wins():
    y = np.arange(30) % 2
    grid = cv_elastic_net_grid(np.full((30, 2), 1.0), y, (0.0, 0.5, 1.0), n_folds=3)  # nothing to select
    assert np.unique(grid.smallest_deviances).size == 1
    assert grid.chosen.alpha == 1.0


@pytest.mark.parametrize("alphas", [(), (0.5, 0.5), (-0.1, 0.5), (0.5, 1.5), (float("nan"),)])
def test_impossible_alphas_are_refused(alphas, problem):
    x, y, folds = problem(30, 5, 3, 3, 0.3)
    with pytest.raises(SettingsError) as caught:
        cv_elastic_net_grid(x, y, alphas, folds)
    assert caught.value.rule == "SET-03"
