"""Consensus clustering against ConsensusClusterPlus on the same subsamples, and its properties."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from tilscope.biology.landscape.consensus import (
    by_average_linkage,
    by_k_means,
    clusters_of,
    consensus,
    cut_tree,
    draw_resamples,
    pac,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"
NUMBERS = (2, 3, 4)


@pytest.fixture
def found():
    values = pd.read_csv(REFERENCE / "clusters_values.csv", index_col=0).to_numpy().T
    drawn = pd.read_csv(REFERENCE / "clusters_resamples.csv", header=None).to_numpy()
    return consensus(values, NUMBERS, list(drawn), lambda x, numbers: by_average_linkage(pdist(x), numbers))


@pytest.mark.parametrize("number", NUMBERS)
def test_matrix_equals_consensus_cluster_plus(found, number):
    rows = pd.read_csv(REFERENCE / "clusters_consensus.csv").query("k == @number")
    ours = found.matrix(number)[rows["first"], rows["second"]]
    np.testing.assert_allclose(ours, rows["consensus"], rtol=0, atol=1e-15)


@pytest.mark.parametrize("number", NUMBERS)
def test_classes_equal_consensus_cluster_plus(found, number):
    expected = pd.read_csv(REFERENCE / "clusters_classes.csv").iloc[:, number - 1].to_numpy() - 1
    np.testing.assert_array_equal(clusters_of(found.matrix(number), number), expected)


def test_pac_counts_the_pairs_between_the_limits():
    # of six pairs two lie between .1 and .9; the limits themselves do not
    matrix = np.eye(4)
    matrix[np.triu_indices(4, 1)] = [1.0, 0.5, 0.0, 0.1, 0.2, 0.9]
    assert pac(matrix) == pytest.approx(2 / 6)


def test_blocks_are_always_together_and_never_apart():
    rng = np.random.default_rng(5)
    block = np.repeat([0, 1, 2], 10)
    values = rng.normal(size=(30, 4)) + 20.0 * block[:, None]
    found = consensus(values, (3,), draw_resamples(30, 0.8, 40, rng), by_k_means)
    np.testing.assert_array_equal(found.matrix(3), (block[:, None] == block[None, :]).astype(float))
    assert pac(found.matrix(3)) == 0.0
    np.testing.assert_array_equal(clusters_of(found.matrix(3), 3), block)


def test_a_pair_never_drawn_together_has_no_consensus():
    found = consensus(
        np.arange(8.0).reshape(4, 2), (2,), [np.array([0, 1, 2]), np.array([1, 2, 3])], by_k_means
    )
    assert np.isnan(found.matrix(2)[0, 3])
    assert found.matrix(2)[1, 2] in {0.0, 0.5, 1.0}


def test_k_means_moves_patients_to_the_nearest_centre():
    # Ward's first merges put 4 with 6; the centres 1 and 7.5 then claim it for the lower cluster or keep it by distance
    values = np.array([[0.0], [1.0], [2.0], [6.0], [7.0], [8.0]])
    np.testing.assert_array_equal(by_k_means(values, (2,))[0], [0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize("number", [1, 2, 5, 12])
def test_cut_has_exactly_the_wanted_clusters_even_where_heights_are_tied(number):
    tree = linkage(np.zeros((12, 2)), "average")
    assert len(set(cut_tree(tree, (number,))[0])) == number
