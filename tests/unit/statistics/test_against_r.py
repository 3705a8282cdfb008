"""Every number of the room against R (recipe and versions: tests/reference/statistics)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.statistics import (
    ICC_FORMS,
    benjamini_hochberg,
    compare_several_groups,
    compare_two_groups,
    contingency_test,
    delong_test,
    icc,
    proportion,
    roc_auc,
    roc_curve,
    standardised_difference,
    standardised_difference_of_counts,
)
from tilscope.statistics.fisher import exact_p, random_p

HERE = Path(__file__).parents[2] / "reference" / "statistics"


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / name)


@pytest.mark.parametrize("row", read("roc_expected.csv").to_dict("records"), ids=lambda r: r["score"])
def test_auc_variance_and_intervals_equal_proc(row):
    data = read("roc_input.csv")
    at95 = roc_auc(data["y"], data[row["score"]], 1, interval="delong")
    at90 = roc_auc(data["y"], data[row["score"]], 1, confidence=0.9, interval="delong")
    found = [at95.auc, at95.variance, at95.ci_low, at95.ci_high, at90.ci_low, at90.ci_high]
    expected = [row[key] for key in ("auc", "variance", "low95", "high95", "low90", "high90")]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("row", read("asah_expected.csv").to_dict("records"), ids=lambda r: r["score"])
def test_asah_equals_proc(row, real_data):
    data = pd.read_csv(real_data / "statistics" / "aSAH.csv")
    found = roc_auc(data["outcome"], data[row["score"]], "Poor", interval="delong")
    np.testing.assert_allclose(
        [found.auc, found.variance, found.ci_low, found.ci_high],
        [row["auc"], row["variance"], row["low95"], row["high95"]],
        rtol=0,
        atol=1e-12,
    )
    assert (found.n_positive, found.n_negative) == (41, 72)


def test_asah_delong_equals_the_published_example(real_data):
    data = pd.read_csv(real_data / "statistics" / "aSAH.csv")
    found = delong_test(data["outcome"], data["s100b"], data["ndka"], "Poor")
    assert found.z == pytest.approx(1.3908, abs=5e-5)
    assert found.p_value == pytest.approx(0.1643, abs=5e-5)


@pytest.mark.parametrize(
    "row", read("delong_expected.csv").to_dict("records"), ids=lambda r: f"{r['a']}-{r['b']}"
)
def test_delong_equals_proc(row):
    data = read("roc_input.csv")
    found = delong_test(data["y"], data[row["a"]], data[row["b"]], 1)
    assert found.z == pytest.approx(row["z"], rel=1e-9)
    assert found.p_value == pytest.approx(row["p_value"], rel=1e-9)
    assert found.difference == pytest.approx(found.auc_a - found.auc_b)


def test_roc_curve_has_the_points_of_proc():
    data = read("roc_input.csv")
    found = roc_curve(data["y"], data["rough"], 1)
    expected = read("roc_curve_rough_expected.csv").sort_values("threshold", ascending=False)
    np.testing.assert_allclose(found.sensitivity, expected["sensitivity"], atol=1e-12)
    np.testing.assert_allclose(found.specificity, expected["specificity"], atol=1e-12)


def test_six_iccs_equal_psych():
    table = read("icc_input.csv")
    names = list(dict.fromkeys(table["feature"]))
    stack = np.array(
        [table[table.feature == f].pivot(index="target", columns="rater", values="rating") for f in names]
    )
    found = icc(stack).to_frame(names).set_index(["feature", "form"])
    expected = read("icc_expected.csv").set_index(["feature", "form"])
    found = found.loc[expected.index]
    pairs = {"icc": "icc", "f_statistic": "f", "p_value": "p_value", "ci_low": "low", "ci_high": "high"}
    for ours, theirs in pairs.items():
        np.testing.assert_allclose(found[ours], expected[theirs], rtol=1e-9, atol=1e-12, err_msg=ours)
    assert (found["df2"] == expected["df2"]).all()


def test_shrout_and_fleiss_1979():
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    found = icc(ratings)
    values = [found.form(name).value for name in ICC_FORMS]
    np.testing.assert_allclose(
        values, [0.165742, 0.289764, 0.714841, 0.442797, 0.620051, 0.909316], atol=5e-7
    )
    two, three = found.form("ICC(2,1)"), found.form("ICC(3,1)")
    np.testing.assert_allclose([two.ci_low, two.ci_high], [0.0187865, 0.761084], atol=5e-7)
    np.testing.assert_allclose([three.ci_low, three.ci_high], [0.3424648, 0.945858], atol=5e-7)


@pytest.mark.parametrize("row", read("groups_expected.csv").to_dict("records"), ids=lambda r: r["case"])
def test_two_group_tests_equal_r(row):
    data = read("groups_input.csv")
    a, b = (data[(data.case == row["case"]) & (data.group == g)]["value"] for g in "ab")
    student, welch, ranks = (compare_two_groups(a, b, method=m) for m in ("t", "welch", "wilcoxon"))
    assert [student.statistic, student.p_value] == pytest.approx([row["t"], row["t_p"]], rel=1e-9)
    assert [welch.statistic, welch.p_value, welch.df] == pytest.approx(
        [row["welch"], row["welch_p"], row["welch_df"]], rel=1e-9
    )
    assert [ranks.statistic, ranks.p_value] == pytest.approx([row["w"], row["w_p"]], rel=1e-9)
    is_normal = row["shapiro_min_p"] >= 0.05
    assert compare_two_groups(a, b).test == (welch.test if is_normal else ranks.test)
    assert compare_two_groups(a, b, "auto-student").test == (student.test if is_normal else ranks.test)


@pytest.mark.parametrize("row", read("several_expected.csv").to_dict("records"), ids=lambda r: r["case"])
def test_tests_of_several_groups_equal_r(row):
    data = read("several_input.csv")
    parts = [part["value"] for _, part in data[data["case"] == row["case"]].groupby("group")]
    anova, welch, ranks = (
        compare_several_groups(parts, m) for m in ("anova", "welch-anova", "kruskal-wallis")
    )
    assert [anova.statistic, anova.p_value] == pytest.approx([row["anova_f"], row["anova_p"]], rel=1e-9)
    assert [welch.statistic, welch.df_within, welch.p_value] == pytest.approx(
        [row["welch_f"], row["welch_df"], row["welch_p"]], rel=1e-9
    )
    assert [ranks.statistic, ranks.p_value] == pytest.approx([row["kruskal"], row["kruskal_p"]], rel=1e-9)
    assert compare_several_groups(parts).test == (welch.test if row["shapiro_min_p"] >= 0.05 else ranks.test)
    assert standardised_difference(parts) == pytest.approx(row["smd"], rel=1e-9)


def counts(cells: str) -> np.ndarray:
    return np.array([[int(cell) for cell in line.split(";")] for line in cells.split("/")])


def test_exact_p_of_sparse_tables_equals_r():
    table = read("fisher_expected.csv")
    found = [exact_p(counts(cells)) for cells in table["cells"]]
    np.testing.assert_allclose(np.array(found, dtype=float), table["p_value"], rtol=1e-9)


def test_random_tables_come_near_the_exact_p():
    table = read("fisher_expected.csv").query("rows == 5 and columns == 3")
    for cells, exact in zip(table["cells"], table["p_value"], strict=True):
        found = random_p(counts(cells), np.random.default_rng(5))
        assert abs(found.p_value - exact) < 4 * found.standard_error
        assert found.standard_error == pytest.approx((exact * (1 - exact) / 100_000) ** 0.5, rel=0.1)


@pytest.mark.parametrize("row", read("smd_expected.csv").to_dict("records"), ids=lambda r: r["case"])
def test_standardised_difference_of_classes_equals_the_formula_in_r(row):
    assert standardised_difference_of_counts(counts(row["cells"])) == pytest.approx(row["smd"], rel=1e-9)


@pytest.mark.parametrize("row", read("tables_expected.csv").to_dict("records"), ids=lambda r: r["case"])
def test_chi_square_and_fisher_equal_r(row):
    table = counts(row["cells"])
    pearson = contingency_test(table, "pearson")
    assert [pearson.statistic, pearson.df, pearson.p_value] == pytest.approx(
        [row["chi2"], row["df"], row["p_value"]], rel=1e-9, abs=1e-12
    )
    assert contingency_test(table, "fisher").p_value == pytest.approx(row["fisher_p"], rel=1e-7)


@pytest.mark.parametrize(
    "row", read("proportions_expected.csv").to_dict("records"), ids=lambda r: f"{r['k']}of{r['n']}"
)
def test_exact_interval_equals_binom_test(row):
    found = proportion(row["k"], row["n"])
    assert [found.ci_low, found.ci_high] == pytest.approx([row["low"], row["high"]], rel=1e-9)


def test_benjamini_hochberg_equals_p_adjust_and_keeps_nan():
    table = read("bh_expected.csv")
    np.testing.assert_allclose(benjamini_hochberg(table["p"]), table["q"], rtol=0, atol=1e-15)
    assert np.isnan(table["q"].to_numpy()[-1])
