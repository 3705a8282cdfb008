"""The biology room on 122 real breast tumours (GEO GSE1992), ER status as the group."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import (
    DIFFERENTIAL_COLUMNS,
    EnrichmentSettings,
    check_overlap,
    compare_sets,
    continuous_association,
    differential_expression,
    gsea,
    moderated_t,
    over_representation,
    rank_genes,
    score_gene_sets,
    signature_scores,
    two_group_design,
)

REFERENCE = Path(__file__).parents[1] / "reference" / "biology"


@pytest.fixture(scope="module")
def tumours(real_data):
    folder = real_data / "expression-gse1992"
    expression = pd.read_csv(folder / "expression.csv.gz", index_col=0, keep_default_na=False)
    phenotype = pd.read_csv(folder / "phenotype.csv", dtype={"pid": str}).set_index("pid")
    return expression, phenotype["fac_er_positive"].map({1: "high", 0: "low"}).loc[expression.columns]


@pytest.fixture(scope="module")
def differential(tumours):
    return differential_expression(*tumours)


def read_gmt(path):
    fields = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return {f[0]: tuple(gene for gene in f[2:] if gene) for f in fields}


def test_er_genes_are_on_top_in_the_right_direction(differential):
    table = differential.table
    assert (differential.n_positive, differential.n_other) == (72, 50)
    assert set(table.index[:2]) == {"ESR1", "GATA3"}
    assert {"TBC1D9", "SCUBE2", "AGR3", "CA12"} <= set(table.index[:20])
    assert (table.loc[["ESR1", "GATA3", "FOXA1", "XBP1", "TFF3"], "direction"] == "up").all()
    assert table.loc["PPP1R14C", "direction"] == "down"
    assert table.loc["FOXC1", "log2_fc"] < 0  # the basal marker; its fold change stays below 2
    assert table.loc["FOXC1", "p_adjusted"] < 1e-4
    assert np.isfinite(table[list(DIFFERENTIAL_COLUMNS)]).all(axis=None)


@pytest.mark.parametrize(("case", "trend"), [("gse1992", False), ("gse1992-trend", True)])
def test_real_data_equal_limma(tumours, case, trend):
    expression, groups = tumours
    expected = pd.read_csv(REFERENCE / "gse1992_expected.csv")
    expected = expected[expected["case"] == case].set_index("gene")
    result = moderated_t(expression, *two_group_design(groups, "high"), trend=trend).loc[expected.index]
    for column in DIFFERENTIAL_COLUMNS:
        is_p = column.startswith("p_")
        np.testing.assert_allclose(result[column], expected[column], rtol=1e-9, atol=0 if is_p else 1e-9)


@pytest.mark.parametrize(
    ("case", "trend", "robust"),
    [
        ("robust", False, True),
        ("robust-trend", True, True),
        ("robust-trend-missing", True, True),
        ("score", True, False),
    ],
)
def test_robust_priors_and_a_score_on_real_data_equal_limma(tumours, case, trend, robust):
    expression, groups = tumours
    if case.endswith("missing"):
        values = expression.to_numpy().ravel(order="F")  # R counts down the columns
        values[6::101] = np.nan
        expression = pd.DataFrame(
            values.reshape(expression.shape, order="F"), expression.index, expression.columns
        )
    if case == "score":
        score = expression.loc[["GZMA", "PRF1"]].mean()
        er = (groups == "high").astype(float).to_frame("er")
        result = continuous_association(expression, score, er, trend=trend).table
    else:
        result = moderated_t(expression, *two_group_design(groups, "high"), trend, robust)
    expected = pd.read_csv(REFERENCE / "gse1992_complete_expected.csv", keep_default_na=False)
    expected = expected[expected["case"] == case].set_index("gene")
    for column in DIFFERENTIAL_COLUMNS:
        is_p = column.startswith("p_")
        np.testing.assert_allclose(
            result.loc[expected.index, column],
            expected[column].astype(float),
            rtol=1e-9,
            atol=0 if is_p else 1e-9,
            err_msg=column,
        )


def test_estrogen_pathway_is_over_represented(differential, real_data):
    table = differential.table
    sets = read_gmt(real_data / "genesets" / "hallmark.v7.0.symbols.gmt")
    up = table.index[table["direction"] == "up"]
    result = over_representation(up, table.index, sets)
    assert set(result.index[:2]) == {"HALLMARK_ESTROGEN_RESPONSE_EARLY", "HALLMARK_ESTROGEN_RESPONSE_LATE"}
    assert result["p_value"].iloc[0] < 1e-10


def test_estrogen_response_is_enriched_up_and_proliferation_and_immunity_down(differential, real_data):
    sets = read_gmt(real_data / "genesets" / "hallmark.v7.0.symbols.gmt")
    settings = EnrichmentSettings(smallest_p=1e-8)
    table = gsea(rank_genes(differential.table), sets, 1, settings)
    up = table[table["nes"] > 0]
    assert set(up.index[:2]) == {"HALLMARK_ESTROGEN_RESPONSE_EARLY", "HALLMARK_ESTROGEN_RESPONSE_LATE"}
    assert up.loc["HALLMARK_ESTROGEN_RESPONSE_EARLY", "leading_edge"][0] in {
        "GATA3",
        "ESR1",
        "TBC1D9",
        "CA12",
    }
    down = ["E2F_TARGETS", "G2M_CHECKPOINT", "ALLOGRAFT_REJECTION", "INTERFERON_GAMMA_RESPONSE"]
    rows = table.loc[[f"HALLMARK_{name}" for name in down]]
    assert (rows["nes"] < -1.3).all()
    assert (rows["p_adjusted"] < 0.05).all()


def test_immune_cells_and_signatures_are_higher_in_er_negative_tumours(tumours, real_data):
    expression, groups = tumours
    sets = read_gmt(real_data / "genesets" / "bindea2013.gmt")
    covered = check_overlap(expression.index, sets)
    result = score_gene_sets(expression, sets)
    too_small = covered.index[covered["n_present"] < 5]
    assert result.scores.index[result.scores.isna().all(axis=1)].equals(too_small)
    assert len(result.warnings) == len(too_small)
    scores = pd.concat([result.scores, signature_scores(expression)])
    table = compare_sets(scores, groups, "high", "immune").set_index("variable")
    assert np.isfinite(table["p_value"]).all()
    assert table.loc["Cytotoxic_cells_Bindea_et_al", "effect_size"] < 0
    assert table.loc["t_cell_inflamed", "effect_size"] < 0
