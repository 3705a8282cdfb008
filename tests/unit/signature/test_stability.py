"""Stability selection: frequencies that can be counted otherwise, planted features, the theorem's bound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilscope.signature import draw_resamples, stability_selection
from tilscope.vocabulary import SettingsError, TableError


@given(
    n_high=st.integers(4, 30),
    n_low=st.integers(4, 30),
    seed=st.integers(0, 2**32),
    fraction=st.sampled_from([0.5, 0.7, 0.8]),
)
def test_resamples_are_stratified_and_pairs_have_nobody_in_common(n_high, n_low, seed, fraction):
    y = np.random.default_rng(seed).permutation(np.repeat([1, 0], [n_high, n_low]))
    resamples = draw_resamples(y, 6, fraction, np.random.default_rng(seed))
    assert len(resamples) == 6
    for rows in resamples:
        assert np.unique(rows).size == rows.size
        assert y[rows].sum() == int(round(fraction * 10) * n_high // 10)
        assert rows.size - y[rows].sum() == int(round(fraction * 10) * n_low // 10)
    if fraction == 0.5:
        for one, other in zip(resamples[::2], resamples[1::2], strict=True):
            assert np.intersect1d(one, other).size == 0
            assert one.size + other.size == y.size - n_high % 2 - n_low % 2


def test_first_feature_is_the_one_that_correlates_best(problem):
    """The first to enter has the largest correlation with the outcome: counted here by numpy."""
    x, y, _ = problem(40, 8, 5, 31, 0.2)
    x[:, 3] = x[:, 0] + x[:, 4]  # the constant column
    found = stability_selection(x, y, 1.0, np.random.default_rng(5), n_resamples=20, n_first=1)
    expected = np.zeros(8)
    for rows in draw_resamples(y, 20, 0.5, np.random.default_rng(5)):
        correlations = [abs(np.corrcoef(x[rows, j], y[rows])[0, 1]) for j in range(8)]
        expected[np.argmax(correlations)] += 1 / 20
    np.testing.assert_allclose(found.first_frequency, expected)
    assert 0 < expected.max() < 1


def test_one_feature_alone_is_selected_in_every_resample():
    y = np.arange(20) % 2
    x = np.column_stack([y + np.linspace(0, 0.1, 20), np.full(20, 3.0)])  # the other is constant
    found = stability_selection(x, y, 0.5, np.random.default_rng(1), n_resamples=10, n_first=1)
    assert found.first_frequency.tolist() == [1.0, 0.0]
    assert found.path_frequency.tolist() == [1.0, 0.0]
    assert found.stable().tolist() == [0]
    # 1^2 / ((2 x .75 - 1) x 2) = 1
    assert found.most_false(0.75) == pytest.approx(1.0)


def test_planted_features_come_out_and_noise_does_not():
    rng = np.random.default_rng(7)
    y = np.repeat([0.0, 1.0], 60)
    x = rng.normal(size=(120, 300))
    x[:, :4] += 1.3 * y[:, np.newaxis]
    found = stability_selection(x, y, 0.5, rng, n_resamples=50)
    assert found.n_first == 15  # 15^2 <= .8 x 300 < 16^2
    assert (found.first_frequency[:4] > 0.8).all()
    assert (found.path_frequency[:4] > 0.8).all()
    assert found.first_frequency[4:].max() < 0.8
    assert found.first_frequency.sum() == pytest.approx(15)  # each resample selects 15
    np.testing.assert_array_equal(found.path_frequency, found.frequencies.max(axis=0))
    assert found.frequencies.sum(axis=1).max() <= 15  # no penalty selects more than have entered
    assert found.penalties.size == len(found.frequencies)


@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_noise_stays_within_the_theorem_on_average(alpha):
    """40 unrelated features: at .6 at most 5^2 / (.2 x 40) = 3.125 of them on average."""
    n_false = {"first": [], "path": []}
    for seed in range(15):
        rng = np.random.default_rng(seed)
        found = stability_selection(
            rng.normal(size=(40, 40)), rng.permutation(40) % 2, alpha, rng, n_resamples=20, n_first=5
        )
        n_false["first"].append((found.first_frequency >= 0.6).sum())
        n_false["path"].append((found.path_frequency >= 0.6).sum())
        assert found.first_frequency.mean() == pytest.approx(5 / 40)
        assert found.most_false(0.6) == pytest.approx(3.125)
    assert np.mean(n_false["first"]) < 3.125
    assert np.mean(n_false["path"]) < 3.125
    assert np.sum(n_false["first"]) > 0  # the test could see them


def test_same_generator_gives_the_same_frequencies_and_order_of_features_does_not_matter(problem):
    x, y, _ = problem(40, 12, 5, 32, 0.2)
    one = stability_selection(x, y, 0.5, np.random.default_rng(3), n_resamples=10, n_first=3)
    same = stability_selection(x, y, 0.5, np.random.default_rng(3), n_resamples=10, n_first=3)
    turned = stability_selection(x[:, ::-1], y, 0.5, np.random.default_rng(3), n_resamples=10, n_first=3)
    np.testing.assert_array_equal(one.frequencies, same.frequencies)
    np.testing.assert_array_equal(one.first_frequency, turned.first_frequency[::-1])


def test_other_fractions_have_no_bound():
    rng = np.random.default_rng(2)
    found = stability_selection(
        rng.normal(size=(30, 4)), np.arange(30) % 2, 0.5, rng, n_resamples=5, fraction=0.8
    )
    assert not found.is_paired
    assert found.most_false() is None


def test_impossible_requests_are_refused(problem):
    x, y, _ = problem(40, 12, 5, 32, 0.2)
    rng = np.random.default_rng(0)
    for wrong in ({"n_resamples": 5}, {"n_resamples": 0}, {"fraction": 1.0}, {"n_first": 0}):
        with pytest.raises(SettingsError) as caught:
            stability_selection(x, y, 0.5, rng, **wrong)
        assert caught.value.rule == "SET-03"
    with pytest.raises(TableError) as small:
        stability_selection(x[:6], [1, 1, 1, 0, 0, 0], 0.5, rng)
    assert small.value.rule == "TAB-60"
    found = stability_selection(x, y, 0.5, rng, n_resamples=2, n_first=3)
    with pytest.raises(SettingsError):
        found.most_false(0.5)
