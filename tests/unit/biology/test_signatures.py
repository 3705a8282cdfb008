"""Gene lists, signature scores, coverage, sample names, group comparison of scores."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tilscope.biology import (
    GENE_LISTS,
    IMMUNE_CELL_SIGNATURES,
    T_CELL_INFLAMED,
    BiologySettings,
    check_overlap,
    compare_sets,
    coverage,
    match_samples,
    score_signatures,
    signature_scores,
    signatures_of_table,
)
from tilscope.vocabulary import ExpressionError, SettingsError

AYERS_2017 = (
    "CCL5 CD27 CD274 CD276 CD8A CMKLR1 CXCL9 CXCR6 HLA-DQA1 HLA-DRB1 HLA-E IDO1 LAG3 NKG7 PDCD1LG2 PSMB10 STAT1"
    " TIGIT"
)


@pytest.fixture
def matrix(rng):
    genes = [*T_CELL_INFLAMED.genes, "GZMA", "PRF1", "ACTB"]
    return pd.DataFrame(rng.normal(5, 2, (len(genes), 7)), index=genes, columns=[f"s{i}" for i in range(7)])


def test_the_eighteen_genes_are_ayers_2017s():
    assert " ".join(T_CELL_INFLAMED.genes) == AYERS_2017
    assert all(g.source and len(set(g.genes)) == len(g.genes) for g in GENE_LISTS)


def test_t_cell_inflamed_is_the_mean_z(matrix):
    expected = stats.zscore(matrix.loc[AYERS_2017.split()], axis=1, ddof=1).mean(axis=0)
    result = signature_scores(matrix)
    np.testing.assert_allclose(result.loc["t_cell_inflamed"], expected, rtol=1e-12)
    assert any("cohort" in note for note in result.attrs["notes"])


def test_cytolytic_activity_is_the_geometric_mean_on_the_linear_scale(matrix):
    linear = np.exp2(matrix.loc[["GZMA", "PRF1"]])
    expected = stats.gmean(linear, axis=0)
    np.testing.assert_allclose(signature_scores(matrix).loc["cytolytic_activity"], expected, rtol=1e-12)


def test_cytolytic_activity_of_log2_tpm_plus_one():
    matrix = pd.DataFrame(
        {"a": [np.log2(4.99 + 1), np.log2(19.99 + 1)], "b": [0.0, 0.0]}, index=["GZMA", "PRF1"]
    )
    scores = signature_scores(matrix, log2_offset=1).loc["cytolytic_activity"]
    assert scores.tolist() == pytest.approx(
        [10.0, 0.01]
    )  # sqrt((4.99 + .01)(19.99 + .01)), and Rooney's offset


def test_cytolytic_activity_does_not_depend_on_the_cohort(matrix):
    alone = signature_scores(matrix[["s3"]]).loc["cytolytic_activity", "s3"]
    assert alone == signature_scores(matrix).loc["cytolytic_activity", "s3"]


def test_missing_genes_are_reported_and_half_of_them_refuse_the_score(matrix):
    result = score_signatures(matrix.drop(index=["IDO1", "PRF1"]))
    assert result.scores.loc["t_cell_inflamed"].notna().all()
    assert result.scores.loc["cytolytic_activity"].isna().all()
    assert any("IDO1" in w and "94%" in w for w in result.warnings)
    assert "TAB-58: cytolytic_activity has no score." in result.warnings
    assert result.coverage.loc["t_cell_inflamed", "n_present"] == 17
    few = score_signatures(matrix.drop(index=AYERS_2017.split()[:10]))
    assert few.scores.loc["t_cell_inflamed"].isna().all()


def test_constant_genes_and_missing_values_in_a_signature(matrix):
    matrix.loc["CCL5"] = 3.0
    matrix.loc["GZMA", "s1"] = np.nan
    result = score_signatures(matrix)
    expected = stats.zscore(matrix.loc[AYERS_2017.split()[1:]], axis=1, ddof=1).mean(axis=0)
    np.testing.assert_allclose(result.scores.loc["t_cell_inflamed"], expected, rtol=1e-12)
    assert np.isnan(result.scores.loc["cytolytic_activity", "s1"])
    assert any("TAB-55" in w and "s1" in w for w in result.warnings)


def test_coverage_and_the_door_of_half():
    sets = {"a": ["A", "B", "A"], "b": ["C", "D"], "empty": []}
    table = coverage(["A", "C", "D"], sets)
    assert table["n_genes"].tolist() == [2, 2, 0]
    assert table["n_present"].tolist() == [1, 2, 0]
    assert table["fraction"].tolist() == [0.5, 1, 0]
    assert check_overlap(["A", "C"], sets).equals(coverage(["A", "C"], sets))  # exactly half
    with pytest.raises(ExpressionError, match=r"TAB-58.* 1 of the gene sets' 4 genes.*B, C, D"):
        check_overlap(["A"], sets)
    with pytest.raises(ExpressionError, match="TAB-58"):
        check_overlap(["A"], {})


def test_near_misses_are_suggested_and_never_joined():
    match = match_samples(
        ["sub-001", "SUB_002", "sub-17", "tumour-x"], ["sub-001", "sub-002", "sub-171", "sub-9"]
    )
    assert match.matched == ("sub-001",)
    assert match.samples_only == ("SUB_002", "sub-17", "tumour-x")
    assert match.participants_only == ("sub-002", "sub-171", "sub-9")
    assert match.suggestions["SUB_002"][0] == "sub-002"
    assert match.suggestions["sub-17"][0] == "sub-171"
    assert "tumour-x" not in match.suggestions
    assert match.warnings[0].startswith("TAB-50: sample SUB_002")


def test_perfect_match_has_no_warnings():
    assert match_samples(["a", "b"], ["b", "a"]).warnings == ()


def test_compare_sets_is_wilcoxon_with_fdr(rng):
    groups = pd.Series(["high"] * 8 + ["low"] * 9, index=[f"s{i}" for i in range(17)])
    scores = pd.DataFrame(rng.normal(size=(3, 18)), index=["a", "b", "c"], columns=[*groups.index, "extra"])
    scores.loc["a", groups.index[:8]] += 5
    scores.loc["c"] = np.nan
    table = compare_sets(scores, groups, "high", "cells").set_index("variable")
    assert list(table.index) == ["a", "b"]
    exact = [stats.mannwhitneyu(scores.loc[v].iloc[:8], scores.loc[v].iloc[8:17]).pvalue for v in "ab"]
    assert table["p_value"].tolist() == pytest.approx(exact)
    assert table.loc["a", "p_adjusted"] == pytest.approx(2 * exact[0])
    assert table.loc["a", "effect_size"] > 0
    with pytest.raises(ExpressionError, match="TAB-58"):
        compare_sets(scores.loc[["c"]], groups, "high", "cells")
    with pytest.raises(ExpressionError, match="TAB-60"):
        compare_sets(scores, groups.iloc[7:], "high", "cells")


def test_settings_are_described_and_closed():
    assert all(field.description for field in BiologySettings.model_fields.values())
    with pytest.raises(ValueError, match="extra"):
        BiologySettings(tend=True)


def test_unknown_positive_is_a_settings_error(matrix):
    groups = pd.Series(["a", "a", "b", "b"], index=matrix.columns[:4])
    with pytest.raises(SettingsError, match="SET-50"):
        compare_sets(matrix, groups, "high", "cells")


OWN = pd.DataFrame(
    {
        "signature": ["up", "up", "z", "z", "z", "gm", "gm"],
        "gene": ["CCL5", "CD27", "CD8A", "STAT1", "IDO1", "GZMA", "PRF1"],
        "weight": [0.5, -2.0, *[np.nan] * 5],
        "method": ["", "", "", "", "", "geometric_mean", "geometric_mean"],
    }
)


def test_own_signatures_by_hand():
    matrix = pd.DataFrame(
        [[1.0, 2, 4], [3, 1, 0], [2, 4, 6], [1, 1, 1], [0, 1, 5], [2, 3, 5], [0, 5, 1]],
        index=["CCL5", "CD27", "CD8A", "STAT1", "IDO1", "GZMA", "PRF1"],
        columns=["a", "b", "c"],
    )
    signatures = signatures_of_table(OWN)
    assert [(s.name, s.scoring.name) for s in signatures] == [
        ("up", "weighted_sum"),
        ("z", "mean_z"),
        ("gm", "geometric_mean"),
    ]
    result = score_signatures(matrix, signatures)
    assert result.scores.loc["up"].tolist() == [0.5 - 6, 1 - 2, 2.0]
    # z of (2, 4, 6) is (-1, 0, 1); STAT1 is constant and says nothing; IDO1: mean 2, sd sqrt(7)
    assert result.scores.loc["z"].tolist() == pytest.approx(
        [(-1 - 2 / 7**0.5) / 2, (-1 / 7**0.5) / 2, (1 + 3 / 7**0.5) / 2]
    )
    assert result.scores.loc["gm"].tolist() == [2.0, 16.0, 8.0]  # sqrt(4 x 1), sqrt(8 x 32), sqrt(32 x 2)
    assert [note.split()[0] for note in result.notes] == ["z"]  # only the mean z depends on the cohort


def test_a_weighted_sum_needs_every_gene_and_a_mean_half_of_them():
    matrix = pd.DataFrame(np.arange(6.0).reshape(2, 3), index=["CCL5", "GZMA"], columns=["a", "b", "c"])
    result = score_signatures(matrix, signatures_of_table(OWN))
    assert result.scores.loc[["up", "z"]].isna().all(axis=None)
    assert result.scores.loc["gm"].tolist() == pytest.approx([8.0, 16.0, 32.0])  # one of two genes
    assert "TAB-58: up lacks CD27 in the matrix (50% present)." in result.warnings
    assert {"TAB-58: up has no score.", "TAB-58: z has no score."} <= set(result.warnings)


def test_cells_are_means_of_log2_values_and_do_not_depend_on_the_cohort(rng):
    genes = [gene for cells in IMMUNE_CELL_SIGNATURES for gene in cells.genes.genes]
    matrix = pd.DataFrame(rng.normal(5, 1, (60, 4)), index=genes, columns=list("abcd"))
    scores = score_signatures(matrix, IMMUNE_CELL_SIGNATURES).scores
    assert scores.loc["danaher_cd8_t_cells", "a"] == pytest.approx(
        (matrix.at["CD8A", "a"] + matrix.at["CD8B", "a"]) / 2
    )
    alone = score_signatures(matrix[["c"]], IMMUNE_CELL_SIGNATURES).scores
    np.testing.assert_array_equal(alone["c"], scores["c"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"method": "median"}, "unknown method"),
        ({"signature": "cytolytic_activity"}, "tilscope scores itself"),
        ({"signature": "danaher_b_cells"}, "tilscope scores itself"),
        ({"method": "mean_z", "weight": 1.0}, "mean_z does not use"),
    ],
)
def test_faulty_own_signatures_are_refused(change, problem):
    with pytest.raises(ExpressionError, match=f"TAB-66.*{problem}"):
        signatures_of_table(OWN.iloc[5:].assign(**change))


def test_mixed_weights_and_methods_are_refused():
    with pytest.raises(ExpressionError, match=r"TAB-66.*some genes only.*CD27"):
        signatures_of_table(OWN.iloc[:2].assign(weight=[0.5, np.nan]))
    with pytest.raises(ExpressionError, match=r"TAB-66.*several methods"):
        signatures_of_table(OWN.iloc[5:].assign(method=["mean_z", "mean_log2"]))
