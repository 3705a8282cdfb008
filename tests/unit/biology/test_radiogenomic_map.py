"""The score and the features against genes and sets: equal to scipy one by one, families, what is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, spearmanr

from tilscope.biology.landscape.radiogenomic_map import SCORE, MapRules, radiogenomic_map
from tilscope.vocabulary import ExpressionError

N = 36
PATIENTS = [f"sub-{k:02d}" for k in range(N)]


@pytest.fixture
def parts(rng):
    """A score, three features (one constant, one with gaps), 80 genes of which the first follows the score."""
    score = rng.uniform(size=N)
    scores = pd.DataFrame(
        {
            "score": score,
            "til_percent": 40 * score + rng.normal(0, 8, N),
            "role": ["training"] * 24 + ["validation"] * 12,
        },
        index=PATIENTS,
    )
    features = pd.DataFrame(
        {"gaps": rng.normal(size=N), "flat": 2.0, "against": -score + 0.3 * rng.normal(size=N)},
        index=PATIENTS,
    )
    features.iloc[[1, 5], 0] = np.nan
    genes = pd.DataFrame(
        rng.normal(8, 1, (80, N + 2)),
        index=[f"G{k}" for k in range(80)],
        columns=[*PATIENTS, "nobody", "other"],
    )
    genes.loc["G0", PATIENTS] += 6 * score
    sets = pd.DataFrame(rng.normal(size=(5, N)), index=[f"S{k}" for k in range(5)], columns=PATIENTS)
    return scores, features, genes, sets


def test_every_rho_is_scipys_and_each_row_is_a_family(parts):
    scores, features, genes, sets = parts
    found = radiogenomic_map(*parts)
    by_gene = found.score_genes.set_index("gene")
    expected = {g: spearmanr(scores["score"], genes.loc[g, PATIENTS]) for g in genes.index}
    np.testing.assert_allclose(by_gene["rho"], [expected[g].statistic for g in by_gene.index], atol=1e-12)
    q = false_discovery_control(by_gene["p_value"])
    np.testing.assert_allclose(by_gene["p_adjusted"], q, rtol=1e-12)
    assert by_gene.index[0] == "G0"
    assert by_gene["n"].eq(N).all()
    assert by_gene.loc["G0", "slope"] / found.score_sd == pytest.approx(6.0, abs=1.5)
    table = found.feature_sets.set_index(["feature", "gene_set"])
    known = features["gaps"].notna()
    one = spearmanr(features.loc[known, "gaps"], sets.loc["S3", known.to_numpy()])
    assert table.loc[("gaps", "S3"), "rho"] == pytest.approx(one.statistic, abs=1e-12)
    assert table.loc[("gaps", "S3"), "n"] == N - 2
    family = table.loc["against"]
    np.testing.assert_allclose(family["p_adjusted"], false_discovery_control(family["p_value"]), rtol=1e-12)
    outside = PATIENTS[24:]
    alone = spearmanr(scores.loc[outside, "score"], sets.loc["S1", outside]).statistic
    assert table.loc[(SCORE, "S1"), "rho_outside"] == pytest.approx(alone, abs=1e-12)
    assert table["n_outside"].loc["gaps"].tolist() == [12] * 5


def test_constant_features_are_named_and_orders_hold_every_row(parts):
    found = radiogenomic_map(*parts, MapRules(top=3))
    assert found.excluded == (("flat", "TAB-61", "the same for all 36 samples"),)
    assert sorted(found.feature_order) == ["against", "gaps", "rad_tils_score", "til_percent"]
    assert sorted(found.set_order) == ["S0", "S1", "S2", "S3", "S4"]
    assert found.feature_genes["feature"].tolist() == ["gaps"] * 3 + ["against"] * 3
    assert found.n_significant[SCORE] >= 1
    assert (found.n_samples, found.n_outside) == (36, 12)


def test_order_of_patients_changes_nothing(parts):
    scores, features, genes, sets = parts
    mixed = radiogenomic_map(scores.iloc[::-1], features.iloc[::-1], genes.iloc[:, ::-1], sets.iloc[:, ::-1])
    first = radiogenomic_map(*parts)
    pd.testing.assert_frame_equal(first.score_genes, mixed.score_genes, rtol=1e-9)
    assert first.set_order == mixed.set_order


def test_a_score_that_does_not_vary_and_too_few_patients(parts):
    scores, features, genes, sets = parts
    found = radiogenomic_map(scores.assign(score=0.57), features, genes, sets)
    assert found.score_genes.empty
    assert ("rad_tils_score", "TAB-61", "the same for all 36 samples") in found.excluded
    few = radiogenomic_map(scores.assign(role=["training"] * 30 + ["validation"] * 6), features, genes, sets)
    assert few.score_genes["rho_outside"].isna().all()
    with pytest.raises(ExpressionError, match="TAB-60"):
        radiogenomic_map(scores, features, genes[["nobody", "other", PATIENTS[0]]], sets)
