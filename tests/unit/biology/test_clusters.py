"""Clusters of tumours: structure found where it is, none where it is not, and what is left out or refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from tilscope.biology import ClusterSettings, cluster_tumours, compare_clusters
from tilscope.biology.landscape.cluster_groups import trends_over_clusters
from tilscope.vocabulary import ExpressionError

QUICK = {"resamples": 40, "null_cohorts": 19, "max_k": 4}
CENTRES = np.array([[-1.0, -1, -1, 1, 0, 0], [2.0, 2, 2, 0, 0, 1], [0.5, -2, 2, -2, 2, -2]])


def scores_of(centres, n_each, seed=8):
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(len(centres)), n_each)
    values = 10 + 3 * (centres[block] + 0.5 * rng.normal(size=(len(block), centres.shape[1])))
    patients = [f"sub-{i:03d}" for i in rng.permutation(len(block))]
    frame = pd.DataFrame(values.T, index=[f"cells {i}" for i in range(centres.shape[1])], columns=patients)
    return frame, pd.Series(block, index=patients)


def continuum(n, seed=3):
    """Return scores that all follow one number from cold to hot, as immune cells do, without clusters."""
    rng = np.random.default_rng(seed)
    heat = rng.normal(size=n)
    values = 0.8 * heat + 0.6 * rng.normal(size=(6, n))
    return pd.DataFrame(values, index=list("abcdef"), columns=[f"sub-{i:03d}" for i in range(n)])


def cluster(scores, seed=1, **changed):
    return cluster_tumours(scores, ClusterSettings(**(QUICK | changed)), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def three():
    scores, block = scores_of(CENTRES, 14)
    return cluster(scores), scores, block


def test_three_planted_clusters_are_found(three):
    found, _, block = three
    assert found.number == found.numbers.best == 3
    assert found.numbers.p_structure == pytest.approx(1 / 20)
    assert adjusted_rand_score(block[found.cluster.index], found.cluster) == 1.0
    assert found.numbers.table.loc[3, "pac"] == 0.0
    assert found.summary["consensus"].tolist() == [1.0, 1.0, 1.0]
    assert found.resample_agreement == (1.0, 1.0, 1.0)


def test_clusters_are_numbered_from_cold_to_hot(three):
    found, _, block = three
    # means of the planted centres: -.33, 1.17, 0
    assert found.cluster.groupby(block[found.cluster.index]).first().tolist() == [1, 3, 2]
    assert found.summary["mean_z"].is_monotonic_increasing


def test_the_order_of_patients_and_sets_changes_nothing(three):
    found, scores, _ = three
    turned = cluster(scores.iloc[::-1, ::-1])
    pd.testing.assert_series_equal(turned.cluster, found.cluster)
    pd.testing.assert_frame_equal(turned.numbers.table, found.numbers.table)


def test_a_continuum_from_cold_to_hot_has_no_clusters():
    found = cluster(continuum(60))
    assert found.number == 0
    assert found.numbers.p_structure > 0.05
    assert found.cluster.empty
    assert found.summary.empty
    assert found.zscores.shape == (6, 60)


def test_a_given_number_is_made_and_told_to_be_no_structure():
    found = cluster(continuum(60), k=3, method="kmeans")
    assert found.number == 3
    assert sorted(found.cluster.unique()) == [1, 2, 3]
    assert not found.numbers.is_structured
    # along one number k-means cuts cold, middle, hot
    heat = found.zscores.mean()
    groups = [heat[found.cluster.index[found.cluster == k]] for k in (1, 2, 3)]
    assert groups[0].max() < groups[2].min()


def test_sets_and_patients_without_scores_are_left_out_and_named(three):
    found, scores, _ = three
    holed = scores.copy()
    holed.loc["no score"] = np.nan
    holed.loc["constant"] = 4.2
    holed["sub-999"] = np.nan
    again = cluster(holed)
    pd.testing.assert_series_equal(again.cluster, found.cluster)
    assert again.left_out == {
        "no score": "the set has no score",
        "sub-999": "the patient lacks scores",
        "constant": "the set has one score in all patients",
    }
    assert [note[:6] for note in again.notes] == ["TAB-55", "TAB-61"]


@pytest.mark.parametrize(
    ("change", "settings", "rule"),
    [
        (lambda s: s.iloc[:, :12], {}, "TAB-60"),
        (lambda s: s.iloc[:, :12], {"min_patients": 12, "k": 5}, "TAB-60"),
        (lambda s: s.iloc[:1], {}, "TAB-58"),
        (lambda s: s * 0 + 1, {}, "TAB-58"),
        (lambda s: s * np.nan, {}, "TAB-58"),
    ],
    ids=["few patients", "more clusters than fit", "one set", "nothing varies", "no scores"],
)
def test_what_cannot_be_clustered_is_refused(three, change, settings, rule):
    with pytest.raises(ExpressionError) as caught:
        cluster(change(three[1]), **settings)
    assert caught.value.rule == rule


def test_groups_in_clusters_against_hand_and_r():
    # R: fisher.test(matrix(c(2, 5, 8, 8, 5, 2), 3)); prop.trend.test(c(2, 5, 8), c(10, 10, 10))
    cluster_of = pd.Series(np.repeat([1, 2, 3], 10), index=[f"p{i}" for i in range(30)])
    high = {1: 2, 2: 5, 3: 8}
    groups = pd.Series(
        [g for k in (1, 2, 3) for g in ["high"] * high[k] + ["low"] * (10 - high[k])], index=cluster_of.index
    )
    found = compare_clusters(cluster_of, groups.drop("p29"), "high")
    assert found.n_without == 1
    found = compare_clusters(cluster_of, groups, "high")
    assert found.table["n_high"].tolist() == [2, 5, 8]
    assert found.table["share"].tolist() == [0.2, 0.5, 0.8]
    assert found.association.p_value == pytest.approx(0.0341838368741325, abs=1e-12)
    assert found.trend.p_value == pytest.approx(0.00729035809153561, abs=1e-12)


def test_groups_that_are_not_two_are_refused():
    cluster_of = pd.Series([1, 1, 2, 2], index=list("abcd"))
    with pytest.raises(ExpressionError) as caught:
        compare_clusters(cluster_of, pd.Series("high", index=list("abcd")), "high")
    assert caught.value.rule == "TAB-60"


def test_numbers_over_ordered_clusters():
    cluster_of = pd.Series([1, 1, 2, 2, 3, 3], index=list("abcdef"))
    rising = pd.Series([1.0, 2, 3, 4, 5, np.nan], index=list("abcdef"))
    row = trends_over_clusters(cluster_of, {"til_percent": rising}).iloc[0]
    assert row["n"] == 5
    assert row[["median_1", "median_2", "median_3"]].tolist() == [1.5, 3.5, 5.0]
    assert row["statistic"] > 0
