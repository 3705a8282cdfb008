"""What permuted labels find, and the comparison of genes by other analyses."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilscope.biology import moderated_t, two_group_design
from tilscope.biology.gene_sets.enrichment_scores import enrichment_scores
from tilscope.biology.landscape.chance import (
    Discoveries,
    count_genes,
    permuted_labels,
    same_sign_p,
    sets_by_chance,
)
from tilscope.biology.landscape.robustness import by_score, side_by_side, with_covariate
from tilscope.vocabulary import ExpressionError

N_GENES = 300


@pytest.fixture
def cohort(rng):
    """40 samples, 300 genes of noise; genes 0-19 follow a score, genes 20-39 follow another tissue."""
    samples = [f"sub-{i:02d}" for i in range(40)]
    score = pd.Series(rng.normal(size=40), index=samples)
    tissue = pd.Series(rng.normal(size=40), index=samples, name="purity")
    values = rng.normal(size=(N_GENES, 40))
    values[:20] += 1.5 * score.to_numpy()
    values[20:40] += 2.0 * tissue.to_numpy()
    genes = pd.DataFrame(values, index=[f"G{i:03d}" for i in range(N_GENES)], columns=samples)
    groups = pd.Series(np.where(score >= score.median(), "high", "low"), index=samples, dtype="str")
    return genes, groups, score, tissue


def test_enrichment_score_by_hand():
    # ranking a b c d e with metrics 3 2 1 -1 -2 and the set {a, d}: weights 3 and 1
    # walk: +3/4 (.75), -1/3, -1/3 (.75 - 2/3), +1/4, -1/3: highest .75
    metric = pd.DataFrame({"x": [3.0, 2.0, 1.0, -1.0, -2.0]}, index=list("abcde"))
    scores = enrichment_scores(metric, {"s": "ad", "all": "abcde", "small": "a"}, min_size=2)
    assert scores.loc["s", "x"] == pytest.approx(0.75)
    assert list(scores.index) == ["s"]
    # turned round the walk starts with e, d: -1/3, +1/4, ...: lowest just before a, 0.25 - 1 = -0.75
    assert enrichment_scores(-metric, {"s": "ad"}, min_size=2).loc["s", "x"] == pytest.approx(-0.75)


def test_enrichment_scores_equal_another_library(rng):
    import gseapy

    genes = [f"G{i}" for i in range(800)]
    metric = pd.Series(rng.normal(size=800), index=genes, name="t").sort_values(ascending=False)
    sets = {f"S{i}": [genes[j] for j in rng.choice(800, 15 + 5 * i, replace=False)] for i in range(12)}
    sets["top"] = list(metric.index[:30])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its way with pandas
        other = gseapy.prerank(
            rnk=metric, gene_sets=sets, permutation_num=2, outdir=None, threads=1, min_size=10
        )
    expected = other.res2d.set_index("Term")["ES"].astype(float)
    ours = enrichment_scores(metric.to_frame(), sets)["t"]
    np.testing.assert_allclose(ours, expected.loc[ours.index], rtol=0, atol=1e-12)


def test_labels_keep_their_numbers_and_do_not_depend_on_the_order(cohort):
    _, groups, _, _ = cohort
    dealt = permuted_labels(groups, 20, np.random.default_rng(1))
    assert all(sorted(labels) == sorted(groups) for labels in dealt)
    assert all(labels.index.equals(groups.index) for labels in dealt)
    turned = permuted_labels(groups.iloc[::-1], 20, np.random.default_rng(1))
    assert all(a.equals(b.loc[a.index]) for a, b in zip(dealt, turned, strict=True))
    assert len({tuple(labels) for labels in dealt}) == 20


def test_p_counts_the_true_labels_too():
    found = Discoveries(5, np.array([0, 5, 7, 1]))
    assert found.p_value == 3 / 5
    assert found.mean == 3.25
    assert found.false_share == 0.65
    nothing = Discoveries(0, np.array([0, 2]))
    assert nothing.p_value == 1.0
    assert np.isnan(nothing.false_share)


def test_same_sign_p_by_hand():
    scores = np.array([[0.5, 0.2, -0.4, 0.5, -0.1], [0.0, 0.3, -0.2, 0.1, 0.2]])
    p = same_sign_p(scores)
    np.testing.assert_allclose(p[0], [2 / 3, 1, 1 / 2, 2 / 3, 1])
    np.testing.assert_allclose(p[1], [1, 1 / 3, 1, 1, 2 / 3])


@given(st.integers(1, 6), st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_same_sign_p_is_what_a_loop_counts(n_sets, n, seed):
    scores = np.random.default_rng(seed).integers(-4, 5, size=(n_sets, n)) / 4.0
    p = same_sign_p(scores)
    for row, p_row in zip(scores, p, strict=True):
        for value, p_value in zip(row, p_row, strict=True):
            same = [other for other in row if other * value > 0]
            expected = sum(abs(o) >= abs(value) for o in same) / len(same) if same else 1.0
            assert p_value == pytest.approx(expected)


def test_chance_finds_less_than_a_planted_difference_and_as_much_as_noise(cohort):
    genes, groups, _, _ = cohort

    def count(expression, labels):
        table = moderated_t(expression, *two_group_design(labels, "high"))
        return int(count_genes([table], 0.05, 0.0)[0])

    dealt = permuted_labels(groups, 60, np.random.default_rng(2))
    planted = Discoveries(count(genes, groups), np.array([count(genes, labels) for labels in dealt]))
    assert planted.observed >= 18
    assert planted.p_value == 1 / 61
    assert planted.false_share < 0.2
    noise = genes.iloc[40:]
    nothing = Discoveries(count(noise, groups), np.array([count(noise, labels) for labels in dealt]))
    assert nothing.p_value > 0.05


def test_correlated_genes_do_not_make_a_set_by_themselves(rng):
    """A set of co-regulated genes: p by permuted labels is that of chance, whatever the ranking of genes looks like."""
    samples = [f"s{i:02d}" for i in range(24)]
    names = [f"G{i}" for i in range(200)]
    groups = pd.Series(["high"] * 12 + ["low"] * 12, index=samples)
    p_values = []
    for _ in range(15):
        values = rng.normal(size=(200, 24))
        values[:20] += 2.0 * rng.normal(size=24)  # they move together, not with the groups
        genes = pd.DataFrame(values, index=names, columns=samples)
        t = {
            i: moderated_t(genes, *two_group_design(labels, "high"))["t"]
            for i, labels in enumerate((groups, *permuted_labels(groups, 19, rng)))
        }
        found = sets_by_chance(t[0], pd.DataFrame({i: t[i] for i in range(1, 20)}), {"together": names[:20]})
        p_values.append(found.table.loc["together", "p_value"])
    # uniform on tenths or so: a p of at most .1 in 1.5 of 15; five would have a probability of .01
    assert sum(p <= 0.1 for p in p_values) < 5
    assert np.mean(p_values) > 0.3


def test_a_planted_set_is_found_by_permuted_labels(cohort):
    genes, groups, _, _ = cohort
    t = {
        i: moderated_t(genes, *two_group_design(labels, "high"))["t"]
        for i, labels in enumerate((groups, *permuted_labels(groups, 99, np.random.default_rng(3))))
    }
    sets = {"planted": genes.index[:20], "other": genes.index[100:130]}
    found = sets_by_chance(t[0], pd.DataFrame({i: t[i] for i in range(1, 100)}), sets)
    assert found.table.index[0] == "planted"
    assert found.table.loc["planted", "es"] > 0.7
    assert found.table.loc["planted", "p_value"] < 0.05 < found.table.loc["other", "p_value"]


def test_the_score_itself_says_more_than_its_halves(cohort):
    genes, groups, score, _ = cohort
    found = by_score(genes, groups, "high", score)
    summary = found.summary(0.05)
    assert summary["n"] == 40
    assert min(summary["n_genes"], summary["n_reference"]) >= summary["n_shared"] >= 18
    # the scale of a score carries more than its halves: larger t for every planted gene's average
    assert found.table["t"].iloc[:20].mean() > found.reference["t"].iloc[:20].mean()
    assert set(found.table["t"].nlargest(20).index) == set(genes.index[:20])
    # the slope is per standard deviation of the score: 1.5 times its spread
    assert found.table["log2_fc"].iloc[:20].mean() == pytest.approx(1.5 * score.std(), rel=0.15)
    with pytest.raises(ExpressionError, match="TAB-61"):
        by_score(genes, groups, "high", score * 0.0)


def test_a_covariate_takes_its_tissue_away(rng):
    """Groups that differ in purity: the genes of the other tissue differ only until purity is in the model."""
    samples = [f"s{i:02d}" for i in range(60)]
    is_high = np.arange(60) < 30
    purity = pd.Series(is_high * 1.0 + rng.normal(size=60), index=samples, name="purity")
    values = rng.normal(size=(200, 60))
    values[:30] += 1.5 * purity.to_numpy()
    values[30:50] += 2.0 * is_high
    genes = pd.DataFrame(values, index=[f"G{i}" for i in range(200)], columns=samples)
    groups = pd.Series(np.where(is_high, "high", "low"), index=samples)
    found = with_covariate(genes, groups, "high", purity)
    assert (found.reference["p_adjusted"].iloc[:30] <= 0.05).mean() > 0.7
    assert (found.table["p_adjusted"].iloc[:30] <= 0.05).mean() < 0.2
    assert (found.table["p_adjusted"].iloc[30:50] <= 0.05).all()
    some = purity.where(purity.index != "s03")
    fewer = with_covariate(genes, groups, "high", some)
    assert fewer.n == 59
    both = side_by_side(found.reference, {"purity": found})
    assert list(both) == ["log2_fc", "t", "p_adjusted", "effect_purity", "t_purity", "p_adjusted_purity"]
    with pytest.raises(ExpressionError, match="TAB-67"):
        with_covariate(genes, groups, "high", purity * 0.0)
