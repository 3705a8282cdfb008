"""Molecules of 122 breast tumours (GSE1992); T-cell-inflamed genes of TNBC beside their digital sTIL (TCGA)."""

import pandas as pd
import pytest
from scipy import stats

from tilscope.biology import (
    T_CELL_INFLAMED,
    compare_molecules,
    former_symbols,
    score_signatures,
    signature_scores,
    signatures_of_table,
)
from tilscope.report.wording import effect_in_words


@pytest.fixture(scope="module")
def molecules(real_data):
    folder = real_data / "expression-gse1992"
    expression = pd.read_csv(folder / "expression.csv.gz", index_col=0, keep_default_na=False)
    phenotype = pd.read_csv(folder / "phenotype.csv", dtype={"pid": str}).set_index("pid")
    groups = phenotype["fac_er_positive"].map({1: "positive", 0: "negative"}).loc[expression.columns]
    return (
        expression,
        groups,
        compare_molecules(expression.rename(index=former_symbols()), groups, "negative"),
    )


def test_er_negative_tumours_have_more_of_the_inflamed_molecules(molecules):
    _, _, result = molecules
    table = result.table.set_index(["list", "gene"])
    assert set(zip(table["n_negative"], table["n_positive"], strict=True)) == {(50, 72)}
    chemokines = table.loc["chemokines"]
    # attract T cells: all higher, but only some clearly
    assert (chemokines.loc[["CCL5", "CXCL9", "CXCL10", "CXCL11"], "rank_biserial"] > 0).all()
    assert chemokines.loc["CXCL10", "p_adjusted"] < 0.05 < chemokines.loc["CXCL9", "p_adjusted"]
    assert chemokines["rank_biserial"].abs().max() < 0.6
    # of basal-like tumours, and CXCL12 of luminal ones
    assert (chemokines.loc[["CXCL1", "CXCL8", "CCL20"], "p_adjusted"] < 0.001).all()
    assert chemokines.loc["CXCL12", "effect_ci_high"] < 0
    assert table.loc[("coinhibitors", "CD274"), "effect_size"] > 0
    assert not (table.loc["mhc_class_1", "p_adjusted"] < 0.05).any()


def test_every_molecule_of_the_array_is_used_under_either_name(molecules):
    expression, _, result = molecules
    assert "IL8" in expression.index
    assert "CXCL8" not in expression.index
    assert result.lists["n_present"].to_dict() == {
        "costimulators": 30, "coinhibitors": 18, "interleukins": 42, "colony_stimulating_factors": 3,
        "interferons": 19, "chemokines": 42, "transforming_growth_factors": 4, "tnf_superfamily": 17,
        "mhc_class_1": 7, "mhc_class_2": 13,
    }  # fmt: skip


def test_one_chemokine_is_what_scipy_says(molecules):
    expression, groups, result = molecules
    row = result.table.set_index(["list", "gene"]).loc[("chemokines", "CXCL9")]
    a, b = (expression.loc["CXCL9", groups == level] for level in ("negative", "positive"))
    assert row["test"] == "Welch t"
    assert min(stats.shapiro(a).pvalue, stats.shapiro(b).pvalue) >= 0.05
    test = stats.ttest_ind(a, b, equal_var=False)
    assert row["p_value"] == pytest.approx(test.pvalue, rel=1e-12)
    assert (row["difference_ci_low"], row["difference_ci_high"]) == pytest.approx(test.confidence_interval())


def test_t_cell_inflamed_of_tnbc_follows_digital_stil_modestly(real_data):
    table = pd.read_csv(real_data / "tcga-tnbc-tils" / "tcga_tnbc_stils_immune.csv", index_col="patient")
    expression = table[list(T_CELL_INFLAMED.genes)].T
    scores = signature_scores(expression)
    score = scores.loc["t_cell_inflamed"].dropna()
    assert (len(table), len(score)) == (111, 102)  # nine have no expression of these genes
    told = next(
        warning for warning in scores.attrs["warnings"] if warning.startswith("TAB-55: t_cell_inflamed")
    )
    assert told.count("TCGA-") == 9
    rho = stats.spearmanr(table.loc[score.index, "digi_stils"], score).statistic
    assert rho == pytest.approx(0.334, abs=0.001)
    assert effect_in_words("Spearman rho", rho) == "modest"
    # the same profile as a signature of a study's own, with equal weights: the mean of the log2 values tells the same
    rows = pd.DataFrame({"signature": "own", "gene": T_CELL_INFLAMED.genes, "weight": 1 / 18, "method": ""})
    own = score_signatures(expression, signatures_of_table(rows)).scores.loc["own"]
    assert own.dropna().to_numpy() == pytest.approx(expression[score.index].mean().to_numpy())
    assert stats.spearmanr(own.dropna(), score).statistic == pytest.approx(0.997, abs=0.001)
    assert stats.spearmanr(table.loc[score.index, "digi_stils"], own.dropna()).statistic < 0.35


@pytest.mark.parametrize(
    ("effect", "value", "word"),
    [
        ("Spearman rho", 0.05, "negligible"),
        ("Spearman rho", -0.2, "small"),
        ("Spearman rho", 0.5, "large"),
        ("Cohen's d", 0.79, "modest"),
        ("rank-biserial r", -0.42, "large"),
        ("rank-biserial r", float("nan"), ""),
    ],
)
def test_words_of_effects(effect, value, word):
    assert effect_in_words(effect, value) == word
