"""Over-representation: R's phyper, and clusterProfiler's rules by hand."""

from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import OVER_REPRESENTATION_COLUMNS, over_representation
from tilscope.biology.gene_sets.over_representation import q_values, upper_tail
from tilscope.vocabulary import ExpressionError

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"


def test_upper_tail_equals_phyper():
    table = pd.read_csv(REFERENCE / "phyper_expected.csv")
    for (n_background, n_genes), rows in table.groupby(["n_background", "n_genes"]):
        p = upper_tail(rows["n_hits"].to_numpy(), rows["set_size"].to_numpy(), n_background, n_genes)
        np.testing.assert_allclose(p, rows["p_value"], rtol=1e-12, atol=1e-300)


def test_q_values_equal_qvalue_and_are_missing_where_it_stops():
    table = pd.read_csv(REFERENCE / "q_values_expected.csv")
    assert set(table.loc[table["q_value"].isna(), "case"]) == {"one", "all_small"}
    for _, rows in table.groupby("case"):
        np.testing.assert_allclose(q_values(rows["p_value"].to_numpy()), rows["q_value"], rtol=1e-12)
    assert q_values(np.empty(0)).size == 0


@pytest.fixture
def sets():
    genes = [f"G{i}" for i in range(60)]
    return {
        "hit": genes[:12],
        "hit-too": genes[10:30],
        "not-hit": genes[40:55],
        "too-small": genes[:9],
        "too-large": genes,
        "outside": [f"X{i}" for i in range(20)],
    }


def test_background_sizes_and_hits_by_clusterprofilers_rules(sets):
    universe = [f"G{i}" for i in range(58)] + [f"NOT_ANNOTATED{i}" for i in range(100)]
    chosen = ["G0", "G1", "G2", "G3", "G11", "G59", "NOT_ANNOTATED1", "UNKNOWN"]
    result = over_representation(chosen, universe, sets, max_size=50)
    assert list(result.columns) == list(OVER_REPRESENTATION_COLUMNS)
    assert result.index.tolist() == ["hit", "hit-too"]
    row = result.loc["hit"]
    # annotated and in the universe: G0..G57; chosen among them: 5
    assert (row["n_hits"], row["n_genes"], row["set_size"], row["n_background"]) == (5, 5, 12, 58)
    assert row["hits"] == ("G0", "G1", "G11", "G2", "G3")
    assert row["p_value"] == pytest.approx(comb(12, 5) / comb(58, 5), rel=1e-13)
    assert row["p_adjusted"] == pytest.approx(2 * row["p_value"], rel=1e-13)
    assert row["fold_enrichment"] == pytest.approx(58 / 12)
    one_of_five = 1 - comb(38, 5) / comb(58, 5)
    assert result.loc["hit-too", "p_value"] == pytest.approx(one_of_five, rel=1e-13)


def test_all_genes_chosen_is_certain(sets):
    universe = [f"G{i}" for i in range(60)]
    assert (over_representation(universe, universe, sets)["p_value"] == 1).all()


def test_nothing_hit_is_an_empty_table(sets):
    result = over_representation(["NOWHERE"], sets["too-large"], sets)
    assert result.empty
    assert list(result.columns) == list(OVER_REPRESENTATION_COLUMNS)


def test_strange_identifiers_are_refused(sets):
    with pytest.raises(ExpressionError, match="TAB-58"):
        over_representation(["ENSG1"], ["ENSG1", "ENSG2"], sets)
