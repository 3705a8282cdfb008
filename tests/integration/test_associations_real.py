"""Clinical associations and rank correlations of real tumours, equal to R."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology.landscape.associations import associate
from tilscope.biology.markers.published import T_CELL_INFLAMED
from tilscope.statistics import correlate_rows

REFERENCE = Path(__file__).parents[1] / "reference" / "biology"


@pytest.fixture(scope="module")
def expected():
    return pd.read_csv(REFERENCE / "associations_expected.csv").set_index("case")


def test_grade_nodes_and_survival_against_er_in_122_tumours(real_data, expected):
    table = pd.read_csv(real_data / "expression-gse1992" / "phenotype.csv", na_values=["missing"]).set_index(
        "pid"
    )
    er = table["fac_er_positive"].map({1: "positive", 0: "negative"})
    # the score's place is taken by a number that has nothing to do with this test
    scores = pd.DataFrame({"score": np.linspace(0.0, 1.0, len(er)), "group": er, "role": "training"})
    clinical = table[["fac_grade", "fac_node_status", "time"]].set_axis(["grade", "nodes", "time"], axis=1)
    found = associate(
        clinical, scores, ("positive", "negative"), ordered_levels={"grade": ("1", "2", "3")}
    ).table
    rows = found[found["against"] == "groups"].set_index("variable")
    assert rows["test"].tolist() == ["Cochran-Armitage", "Pearson chi-square (Yates)", "Wilcoxon rank-sum"]
    for name in rows.index:
        np.testing.assert_allclose(
            rows.loc[name, ["n", "statistic", "p_value"]].to_numpy(float),
            expected.loc[name, ["n", "statistic", "p_value"]].to_numpy(float),
            rtol=1e-9,
        )
    np.testing.assert_allclose(
        rows.loc["nodes", ["effect_size", "ci_low", "ci_high"]].to_numpy(float),
        expected.loc["nodes", ["effect", "low", "high"]].to_numpy(float),
        rtol=1e-3,  # R's root
    )
    assert rows.loc["nodes", "contrast"] == "odds of positive with 1, against 0"
    assert rows.loc["grade", "effect_size"] < -0.3  # ER-positive tumours have lower grades
    assert (rows["family"] == "clinical variables against the groups, patients: all").all()


def test_the_tils_of_111_triple_negative_cancers_go_modestly_with_inflammation(real_data, expected):
    table = pd.read_csv(real_data / "tcga-tnbc-tils" / "tcga_tnbc_stils_immune.csv").set_index("patient")
    table["inflamed"] = table[list(T_CELL_INFLAMED.genes)].mean(axis=1)
    wanted = expected.loc["inflamed":]
    found = correlate_rows(table[["digi_stils"]].to_numpy().T, table[wanted.index].to_numpy().T)
    for ours, theirs in (("value", "effect"), ("ci_low", "low"), ("ci_high", "high"), ("p_value", "p_value")):
        np.testing.assert_allclose(getattr(found, ours)[0], wanted[theirs], rtol=1e-9, err_msg=ours)
    assert found.value[0, 0] == pytest.approx(0.342, abs=0.0005)
    assert found.n[0].tolist() == wanted["n"].tolist() == [102, 108, 110, 110, 102, 102]
