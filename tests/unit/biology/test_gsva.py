"""GSVA against R GSVA, and what it leaves out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import BiologySettings, gsva_scores, score_gene_sets, score_sets
from tilscope.vocabulary import ExpressionError

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"
MATRICES = {"few": "ssgsea_expression.csv", "many": "gsva_expression.csv"}


def matrix(case):
    return pd.read_csv(REFERENCE / MATRICES[case], index_col=0)


@pytest.fixture
def sets():
    lines = (REFERENCE / "ssgsea_sets.gmt").read_text(encoding="utf-8").splitlines()
    fields = [line.split("\t") for line in lines]
    return {f[0]: tuple(f[2:]) for f in fields}


@pytest.mark.parametrize("case", MATRICES)
def test_scores_equal_gsva(sets, case):
    rows = pd.read_csv(REFERENCE / "gsva_expected.csv").query("case == @case")
    expected = rows.pivot(index="gene_set", columns="sample", values="score")
    found = gsva_scores(matrix(case), sets).scores.dropna(how="all")
    np.testing.assert_allclose(found.loc[expected.index, expected.columns], expected, rtol=0, atol=1e-12)
    assert found.shape == expected.shape


def test_hand_computed_walk():
    # three samples; in sample c both genes of the set are highest of their genes. The walk rises to 1 at once and ends
    # at 0, so the highest point is 1 and the lowest 0
    x = pd.DataFrame(
        {"a": [1.0, 1.0, 9.0, 9.0], "b": [2.0, 2.0, 5.0, 5.0], "c": [3.0, 3.0, 1.0, 1.0]}, index=list("ABCD")
    )
    scores = gsva_scores(x, {"AB": ["A", "B"]}, min_genes=2).scores
    assert scores.loc["AB", "c"] == 1.0
    assert scores.loc["AB", "a"] == -1.0


def test_a_constant_gene_is_left_out_with_a_warning(sets):
    result = gsva_scores(matrix("many"), sets)
    assert result.is_cohort_dependent
    assert any(w.startswith("TAB-61: 2 genes") and "GENE120, GENE121" in w for w in result.warnings)


def test_a_sample_with_a_gap_does_not_count_for_the_others(sets):
    whole = matrix("many")
    broken = whole.copy()
    broken.loc["GENE005", "T07"] = np.nan
    found = gsva_scores(broken, sets)
    alone = gsva_scores(whole.drop(columns="T07"), sets)
    assert found.scores["T07"].isna().all()
    pd.testing.assert_frame_equal(found.scores.drop(columns="T07"), alone.scores)
    assert any(w.startswith("TAB-55: sample T07") for w in found.warnings)


def test_one_sample_cannot_be_scored(sets):
    with pytest.raises(ExpressionError) as caught:
        gsva_scores(matrix("many")[["T01"]], sets)
    assert caught.value.rule == "TAB-60"


@pytest.mark.parametrize("way", ["ssgsea", "gsva"])
def test_the_setting_chooses_the_score(sets, way):
    found = score_sets(matrix("few"), sets, BiologySettings(set_scores=way, alpha=1.0))
    direct = {
        "ssgsea": lambda: score_gene_sets(matrix("few"), sets, alpha=1.0),
        "gsva": lambda: gsva_scores(matrix("few"), sets),
    }[way]()
    pd.testing.assert_frame_equal(found.scores, direct.scores)
    assert found.is_cohort_dependent == (way == "gsva")
