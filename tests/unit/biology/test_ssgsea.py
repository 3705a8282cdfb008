"""ssGSEA against R GSVA, and what a bad sample or a small set does."""

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import score_gene_sets, ssgsea
from tilscope.vocabulary import ExpressionError

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"
CASES = {"plain": {}, "normalised": {"normalise": True}, "alpha-1": {"alpha": 1.0}}


@pytest.fixture
def matrix():
    return pd.read_csv(REFERENCE / "ssgsea_expression.csv", index_col=0)


@pytest.fixture
def sets():
    lines = (REFERENCE / "ssgsea_sets.gmt").read_text(encoding="utf-8").splitlines()
    fields = [line.split("\t") for line in lines]
    return {f[0]: tuple(f[2:]) for f in fields}


@pytest.mark.parametrize("case", CASES)
def test_ssgsea_equals_gsva(matrix, sets, case):
    expected = pd.read_csv(REFERENCE / "ssgsea_expected.csv", index_col=[0, 1])
    expected = expected.loc[case]
    result = ssgsea(matrix, sets, **CASES[case])
    assert list(result.index) == list(expected.index)
    # differences of two sums of the size of the number of genes: 1e-12 of the larger ones
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=0 if case == "normalised" else 1e-12)


def test_hand_computed_score_with_alpha_zero():
    # ranks count equally: C first and D second stand 4 and 3 high, A and B 2 and 1: 3.5 - 1.5
    matrix = pd.DataFrame({"s": [2.0, 1.0, 9.0, 8.0]}, index=list("ABCD"))
    assert ssgsea(matrix, {"cd": ["C", "D"]}, alpha=0, min_genes=2).loc["cd", "s"] == 2.0


def test_scores_depend_on_ranks_only(matrix, sets):
    pd.testing.assert_frame_equal(ssgsea(matrix, sets), ssgsea(np.exp(matrix), sets))


def test_one_bad_sample_changes_no_other(matrix, sets):
    before = score_gene_sets(matrix, sets)
    broken = matrix.copy()
    broken.loc["GENE005", "S3"] = np.nan
    after = score_gene_sets(broken, sets)
    others = [s for s in matrix.columns if s != "S3"]
    assert before.scores[others].to_numpy().tobytes() == after.scores[others].to_numpy().tobytes()
    assert after.scores["S3"].isna().all()
    assert any(w.startswith("TAB-55") and "S3" in w for w in after.warnings)


def test_a_gene_without_values_is_left_out_with_a_warning(matrix, sets):
    broken = matrix.copy()
    broken.loc["GENE005"] = np.nan
    result = score_gene_sets(broken, sets)
    pd.testing.assert_frame_equal(
        result.scores.drop(index="SET8"), ssgsea(matrix.drop(index="GENE005"), sets).drop(index="SET8")
    )
    assert "GENE005" in result.warnings[0]


def test_small_sets_are_named_and_not_scored(matrix, sets):
    result = score_gene_sets(matrix, sets, min_genes=6)
    assert result.scores.index[result.scores.isna().all(axis=1)].tolist() == ["SET1"]
    assert result.warnings == (
        "TAB-58: SET1 has 5 of 5 genes in the matrix and no score (at least 6, and not all genes, are needed).",
    )
    assert result.coverage.loc["SET2", ["n_genes", "n_present"]].tolist() == [7, 6]
    assert result.coverage.loc["SET2", "missing"] == ("NOT_THERE",)
    assert ssgsea(matrix, sets, min_genes=6).attrs["warnings"] == list(result.warnings)


def test_a_set_of_all_genes_has_no_outside_and_no_score(matrix):
    result = score_gene_sets(matrix, {"all": list(matrix.index)})
    assert result.scores.isna().all(axis=None)
    assert result.warnings


def test_repeated_genes_count_once(matrix, sets):
    twice = {"SET3": sets["SET3"] + sets["SET3"]}
    pd.testing.assert_frame_equal(ssgsea(matrix, twice), ssgsea(matrix, sets).loc[["SET3"]])


def test_order_of_samples_changes_nothing_but_the_order(matrix, sets):
    turned = ssgsea(matrix[matrix.columns[::-1]], sets)
    pd.testing.assert_frame_equal(turned[matrix.columns], ssgsea(matrix, sets))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda m: m.replace(m.iloc[0, 0], np.inf), "TAB-56"),
        (lambda m: m.astype(object).replace(m.iloc[0, 0], "3-Mar"), "TAB-56"),
        (lambda m: pd.concat([m, m.iloc[:1]]), "TAB-54"),
        (lambda m: pd.concat([m, m[["S1"]]], axis=1), "TAB-50"),
        (lambda m: m.iloc[:1], "TAB-58"),
    ],
)
def test_unusable_matrices_are_refused(matrix, sets, change, rule):
    with pytest.raises(ExpressionError) as caught:
        ssgsea(change(matrix), sets)
    assert caught.value.rule == rule


@pytest.mark.parametrize("samples_at_once", [1, 4, 5])
def test_blocks_change_no_bit(matrix, sets, samples_at_once):
    whole = score_gene_sets(matrix, sets).scores
    parts = score_gene_sets(matrix, sets, samples_at_once=samples_at_once).scores
    assert whole.to_numpy().tobytes() == parts.to_numpy().tobytes()


def test_other_samples_change_no_bit(matrix, sets):
    whole = score_gene_sets(matrix, sets).scores
    alone = [score_gene_sets(matrix[[sample]], sets).scores[sample] for sample in matrix]
    assert whole.T.to_numpy().tobytes() == np.array(alone).tobytes()


def test_memory_does_not_grow_with_the_samples(sets):
    rng = np.random.default_rng(4)
    genes = [f"GENE{i:03d}" for i in range(1, 151)] + [f"OTHER{i}" for i in range(4850)]
    large = pd.DataFrame(rng.normal(size=(5000, 400)), index=genes)
    score_gene_sets(large.iloc[:, :20], sets)  # imports
    tracemalloc.start()
    score_gene_sets(large, sets)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # the door looks for infinite values with one byte per number; a copy would take eight
    assert peak < 0.4 * large.to_numpy().nbytes
