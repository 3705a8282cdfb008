"""GSEA: the definition walked by R, random sets drawn by R, and what must not change a result."""

from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import (
    GSEA_COLUMNS,
    EnrichmentSettings,
    gene_set_enrichment,
    rank_genes,
    running_sum,
)
from tilscope.vocabulary import ExpressionError

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"
NUMBERS = ["set_size", "es", "nes", "p_value", "log2_error", "n_leading", "leading_edge"]
SOON = EnrichmentSettings(smallest_p=1e-8)  # smaller p values take longer


@pytest.fixture(scope="module")
def ranking():
    table = pd.read_csv(REFERENCE / "gsea_ranking.csv", index_col="gene")
    return table["metric"]


@pytest.fixture(scope="module")
def sets():
    rows = (line.split("\t") for line in (REFERENCE / "gsea_sets.gmt").read_text().splitlines())
    return {row[0]: tuple(row[2:]) for row in rows}


@pytest.fixture(scope="module")
def expected():
    return pd.read_csv(REFERENCE / "gsea_expected.csv", index_col="gene_set", keep_default_na=False)


@pytest.fixture(scope="module")
def result(ranking, sets):
    return gene_set_enrichment(ranking, sets, seed=7, settings=SOON, min_overlap=0)


def test_scores_and_leading_edges_are_those_of_the_definition(result, expected):
    table = result.table.loc[expected.index]
    assert list(result.table.columns) == list(GSEA_COLUMNS)
    np.testing.assert_allclose(table["es"], expected["es"], rtol=1e-12)
    assert table["leading_edge"].map(" ".join).tolist() == expected["leading_edge"].tolist()
    assert table["n_leading"].tolist() == [len(edge) for edge in table["leading_edge"]]
    assert (result.n_small, result.n_large, result.notes) == (0, 0, ())


def test_normalised_scores_and_p_values_are_those_of_100000_random_sets(result, expected):
    table = result.table.loc[expected.index]
    # 1,000 random sets here (about 500 of one sign) against 100,000 in R: five standard errors of ours
    error = 5 * expected["nes_se"] * np.sqrt(expected["n_same"] / 500)
    assert (table["nes"] - expected["nes"]).abs().lt(error + 5 * expected["nes_se"]).all()
    usual = expected.index[expected["p_value"] > 0.01]
    p, counted = table.loc[usual, "p_value"], expected.loc[usual, "p_value"]
    assert ((p - counted).abs() < 5 * np.sqrt(counted * (1 - counted) / 350)).all()
    rare = expected.index[expected["p_value"] <= 1e-4]
    # never more than a few of 100,000 random sets reached these
    assert (table.loc[rare, "p_value"] < 5e-4).all()
    assert table.loc[["top", "bottom"], "p_value"].max() == SOON.smallest_p


def test_small_p_values_follow_the_exact_chance():
    # weights are equal, so the 8 first of 60 genes are the only set with a score of 1; of all C(60, 8) random
    # sets half have a positive score, by symmetry (a few have none)
    ranking = pd.Series([1.0] * 30 + [-1.0] * 30, index=[f"G{i:02d}" for i in range(60)])
    settings = EnrichmentSettings(min_set_size=8)
    first = {"first": ranking.index[:8]}
    p = [
        gene_set_enrichment(ranking, first, seed=s, settings=settings, min_overlap=0).table["p_value"]
        for s in range(8)
    ]
    assert np.exp2(np.log2(p).mean()) == pytest.approx(2 / comb(60, 8), rel=0.6)


def test_p_values_are_adjusted_within_the_collection(result):
    p = result.table["p_value"].to_numpy()
    assert np.all(np.diff(p) >= 0)
    by_hand = [min(1, *(p[j] * len(p) / (j + 1) for j in range(i, len(p)))) for i in range(len(p))]
    np.testing.assert_allclose(result.table["p_adjusted"], by_hand, rtol=1e-12)


def test_a_set_does_not_depend_on_the_others_or_on_any_order(ranking, sets, result):
    shuffled = ranking.sample(frac=1, random_state=1)
    turned = {name: sets[name][::-1] for name in ("wide", "small", "null")}
    again = gene_set_enrichment(shuffled, turned, seed=7, settings=SOON, min_overlap=0)
    pd.testing.assert_frame_equal(again.table[NUMBERS], result.table.loc[again.table.index, NUMBERS])
    pd.testing.assert_series_equal(again.ranking, result.ranking)


def test_another_seed_moves_only_what_is_estimated(ranking, sets, result):
    other = gene_set_enrichment(ranking, sets, seed=8, settings=SOON, min_overlap=0).table.loc[
        result.table.index
    ]
    assert (other["es"] == result.table["es"]).all()
    change = (other["nes"] / result.table["nes"] - 1).abs()
    assert 0 < change.max() < 0.1  # the mean of some 500 random scores whose sd is 25 to 40 %


def test_names_are_taken_as_they_are(ranking, sets, expected):
    # neither case nor numbers nor a set of the anchor's name may confuse gseapy
    renamed = ranking.rename(lambda gene: f"c{gene.lower()}orf7")
    gene_sets = {
        name: [f"c{gene.lower()}orf7" for gene in sets[key]]
        for name, key in {"spread": "up", "0": "down", "a\tb": "wide"}.items()
    }
    table = gene_set_enrichment(renamed, gene_sets, seed=1, settings=SOON, min_overlap=0).table
    for name, key in {"spread": "up", "0": "down", "a\tb": "wide"}.items():
        assert table.loc[name, "es"] == pytest.approx(expected.loc[key, "es"], rel=1e-12)


def test_the_curve_has_every_corner(ranking, sets):
    walk = running_sum(ranking, [*sets["up"], sets["up"][0], "NOWHERE"])
    members = ranking.index.isin(sets["up"])
    weights = ranking.abs().to_numpy() * members
    by_gene = np.concatenate([[0], np.cumsum(weights / weights.sum() - ~members / (~members).sum())])
    np.testing.assert_allclose(
        np.interp(np.arange(len(by_gene)), walk.passed, walk.values), by_gene, atol=1e-12
    )
    assert walk.es == walk.values[walk.passed.tolist().index(walk.peak)]
    assert len(walk.passed) < 2 * len(sets["up"]) + 3
    assert np.all(np.diff(walk.passed) > 0)


def test_as_far_up_as_down_is_a_score_of_zero():
    ranking = pd.Series([2.0, 1, 0.5, -0.5, -1, -2], index=list("abcdef"))
    walk = running_sum(ranking, ["a", "f"])
    assert (walk.es, walk.leading_edge) == (0.0, ())


def test_ties_infinities_and_gaps_are_told(ranking, sets):
    rough = pd.concat([ranking, pd.Series({"TOP": np.inf, "ALSO": np.inf, "END": -np.inf, "GAP": np.nan})])
    result = gene_set_enrichment(rough, sets, seed=1, settings=SOON, min_overlap=0)
    assert result.ranking.abs().max() == ranking.abs().max()
    assert set(result.ranking.index[:3]) >= {"ALSO", "TOP"}
    tied = result.ranking.index[result.ranking == 0.5]
    assert tied.tolist() == sorted(tied)
    assert [note[:6] for note in result.notes] == ["TAB-64", "TAB-64"]
    assert "1 genes without" in result.notes[0]
    assert "3 infinite" in result.notes[1]
    one_sided = gene_set_enrichment(ranking.abs(), sets, seed=1, settings=SOON, min_overlap=0)
    assert "one sign" in one_sided.notes[0]


def test_what_cannot_be_ranked_or_tested_is_refused(ranking, sets):
    twice = pd.concat([ranking, ranking.iloc[:1]])
    refusals = [
        (twice, sets, "TAB-54.*G001"),
        (ranking * 0 + 3, sets, "TAB-64.*1 different"),
        (ranking, {"alien": [f"X{i}" for i in range(50)]}, "TAB-58"),
        (ranking, {"few": ["G001", "G002"]}, "TAB-58.*no gene set can be tested"),
        (ranking, {"all": list(ranking.index)}, "TAB-58.*no gene set can be tested"),
    ]
    for values, gene_sets, message in refusals:
        with pytest.raises(ExpressionError, match=message):
            gene_set_enrichment(values, gene_sets, seed=1)
    with pytest.raises(ExpressionError, match="TAB-64"):
        running_sum(pd.Series([1.0, 0, 0], index=list("abc")), ["b", "c"])
    with pytest.raises(ExpressionError, match="TAB-58"):
        running_sum(ranking, ["NOWHERE"])


def test_p_values_are_not_followed_below_the_smallest(result):
    row = result.table.loc["top"]
    assert row["p_value"] == 1e-8
    assert np.isnan(row["log2_error"])


def test_rankings_by_every_metric():
    table = pd.DataFrame(
        {"t": [3.0, -2, np.nan], "log2_fc": [1.0, -4, 2], "p_value": [0.01, 0.1, 0]}, index=["A", "B", "C"]
    )
    assert rank_genes(table).index.tolist() == ["A", "B"]
    assert rank_genes(table, "log2_fc").index.tolist() == ["C", "A", "B"]
    assert rank_genes(table, "signed_log10_p").loc[["A", "B"]].tolist() == pytest.approx([2, -1])


def test_settings_refuse_sizes_the_wrong_way_round():
    with pytest.raises(ValueError, match="min_set_size is larger"):
        EnrichmentSettings(min_set_size=600)
    assert all(field.description for field in EnrichmentSettings.model_fields.values())
