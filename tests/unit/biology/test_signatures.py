"""Gene lists, signature scores, coverage, sample names, group comparison of scores."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tilscope.biology import (
    GENE_LISTS,
    T_CELL_INFLAMED,
    BiologySettings,
    check_overlap,
    compare_sets,
    coverage,
    match_samples,
    score_signatures,
    signature_scores,
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
    with pytest.raises(ValueError, match="min_set_size is larger"):
        BiologySettings(min_set_size=600)


def test_unknown_positive_is_a_settings_error(matrix):
    groups = pd.Series(["a", "a", "b", "b"], index=matrix.columns[:4])
    with pytest.raises(SettingsError, match="SET-50"):
        compare_sets(matrix, groups, "high", "cells")
