"""Group comparisons, families of tests, ICC corner cases and Table 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tilscope.statistics import (
    benjamini_hochberg,
    compare_columns,
    compare_several_groups,
    compare_two_groups,
    contingency_test,
    icc,
    standardised_difference,
    standardised_difference_of_counts,
    table_one,
)
from tilscope.vocabulary import TableError

REFERENCE = Path(__file__).parents[2] / "reference" / "statistics"


def test_effects_are_positive_where_the_first_group_is_higher():
    a, b = [5.0, 6.0, 7.0], [1.0, 2.0, 3.0]
    assert compare_two_groups(a, b, "t").effect_size == pytest.approx(4.0)  # difference 4, pooled sd 1
    assert compare_two_groups(a, b, "wilcoxon").effect_size == 1.0
    assert compare_two_groups(b, a, "wilcoxon").effect_size == -1.0


@pytest.mark.parametrize(
    ("a", "b", "method", "words"),
    [
        ([], [1.0, 2.0], "auto", "empty"),
        ([1.0], [1.0, 2.0], "t", "fewer than two"),
        ([2.0, 2.0], [2.0, 2.0, 2.0], "auto", "equal"),
        ([2.0, 2.0], [3.0, 3.0], "welch", "varies"),
    ],
)
def test_what_cannot_be_tested_is_nan_with_a_reason(a, b, method, words):
    found = compare_two_groups(a, b, method)
    assert np.isnan([found.p_value, found.effect_size]).all()
    assert words in (found.reason or "")


def test_missing_values_leave_only_their_patient_out():
    found = compare_two_groups([1.0, np.nan, 3.0, 5.0], [2.0, 8.0, np.nan])
    assert (found.n_a, found.n_b, found.mean_a, found.median_b) == (3, 2, 3.0, 5.0)
    with pytest.raises(TableError, match="infinite"):
        compare_two_groups([1.0, np.inf], [2.0])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=20))
def test_adjusted_p_is_monotone_and_never_below_p(p):
    p = np.array(p)
    q = benjamini_hochberg(p)
    assert (np.isnan(q) == np.isnan(p)).all()
    ok = ~np.isnan(p)
    assert (q[ok] >= p[ok] - 1e-15).all()
    assert (q[ok] <= 1).all()
    assert (np.diff(q[ok][np.argsort(p[ok], kind="stable")]) >= 0).all()
    with_nan = benjamini_hochberg(np.append(p, np.nan))
    np.testing.assert_array_equal(with_nan[:-1], q)


def test_p_outside_its_range_is_refused():
    with pytest.raises(TableError):
        benjamini_hochberg([0.1, 1.2])


def cohort(rng):
    index = [f"sub-{i}" for i in range(40)]
    frame = pd.DataFrame(rng.normal(size=(40, 3)), index=index, columns=["a", "b", "c"])
    frame.iloc[20:, 0] += 3
    frame["flat"] = 1.0
    return frame, pd.Series(["low"] * 20 + ["high"] * 20, index=index)


def test_compare_columns_declares_its_family(rng):
    frame, groups = cohort(rng)
    found = compare_columns(frame, groups, "high", family="cytokines", method="wilcoxon").set_index(
        "variable"
    )
    assert list(found.columns) == [
        "test", "statistic", "p_value", "p_adjusted", "effect", "effect_size", "median_high", "median_low",
        "n_high", "n_low", "family", "n_tests", "reason",
    ]  # fmt: skip
    assert (found["n_tests"] == 3).all()
    assert found.loc["a", "effect_size"] > 0.8
    assert found.loc["a", "p_adjusted"] == pytest.approx(3 * found.loc["a", "p_value"])
    assert np.isnan(found.loc["flat", "p_adjusted"])
    shuffled = compare_columns(
        frame.sample(frac=1, random_state=1), groups.iloc[::-1], "high", family="cytokines", method="wilcoxon"
    )
    pd.testing.assert_frame_equal(shuffled.set_index("variable"), found)


def test_compare_columns_refuses_one_group_and_duplicates(rng):
    frame, groups = cohort(rng)
    with pytest.raises(TableError, match="are not two"):
        compare_columns(frame, groups[groups == "high"], "high", family="x")
    with pytest.raises(TableError, match="twice"):
        compare_columns(pd.concat([frame, frame]), groups, "high", family="x")


def test_small_expected_counts_choose_fisher():
    assert contingency_test([[3, 1], [1, 3]]).test == "Fisher exact"
    assert contingency_test([[30, 10], [10, 30]]).test == "Pearson chi-square (Yates)"
    assert contingency_test([[30, 10], [10, 30]], yates=False).effect_size == pytest.approx(0.5)
    assert contingency_test([[3, 1], [0, 0]]).reason is not None
    with pytest.raises(TableError):
        contingency_test([[1.5, 2], [3, 4]])


def test_too_many_tables_are_simulated_and_say_so():
    expected = pd.read_csv(REFERENCE / "fisher_simulated_expected.csv").iloc[0]
    table = np.array([[int(n) for n in line.split(";")] for line in expected["cells"].split("/")])
    found = contingency_test(table, "fisher")
    assert found.test == "Fisher (simulated)"
    assert "100,000 random" in (found.reason or "")
    assert 0 < found.standard_error < 0.002
    assert found.p_value == pytest.approx(expected["p_value"], abs=4 * found.standard_error)
    assert contingency_test(table, "fisher").p_value == found.p_value
    other = contingency_test(table, "fisher", rng=np.random.default_rng(1)).p_value
    assert other == pytest.approx(found.p_value, abs=6 * found.standard_error)


def test_fishers_p_does_not_depend_on_the_order_of_rows_and_columns(rng):
    table = np.array([[9, 2, 0], [4, 4, 1], [0, 3, 5], [2, 1, 1]])
    found = contingency_test(table, "fisher").p_value
    for _ in range(3):
        shuffled = rng.permutation(rng.permutation(table), axis=1)
        assert contingency_test(shuffled, "fisher").p_value == pytest.approx(found, rel=1e-12)
    assert contingency_test(table.T, "fisher").p_value == pytest.approx(found, rel=1e-12)
    assert contingency_test([[5, 0], [0, 5]], "fisher").p_value == pytest.approx(2 / 252, rel=1e-12)


# printed in the README of R's tableone: treatment groups of survival's pbc; counts, test, p, SMD
TABLEONE_README = {
    "status": ([[83, 85], [10, 9], [65, 60]], "fisher", 0.884, 0.054),
    "sex": ([[21, 15], [137, 139]], "pearson", 0.421, 0.111),
    "edema": ([[132, 131], [16, 13], [10, 10]], "pearson", 0.877, 0.058),
    "stage": ([[12, 4], [35, 32], [56, 64], [55, 54]], "fisher", 0.205, 0.246),
}


@pytest.mark.parametrize("name", TABLEONE_README)
def test_numbers_that_tableone_prints(name):
    counts, method, p_value, smd = TABLEONE_README[name]
    assert round(contingency_test(counts, method).p_value, 3) == p_value
    assert round(standardised_difference_of_counts(counts), 3) == smd


def test_standardised_differences_by_hand():
    # means 1 and 3, variances 1 and 9: 2 / sqrt(5)
    assert standardised_difference([[0, 1, 2], [0, 3, 6]]) == pytest.approx(2 / 5**0.5)
    assert standardised_difference([[0, 1, np.nan, 2], [0, 3, 6], [0, 1, 2]]) == pytest.approx(
        (2 / 5**0.5 + 0 + 2 / 5**0.5) / 3
    )
    # shares .5 and .9: .4 / sqrt((.25 + .09) / 2)
    assert standardised_difference_of_counts([[5, 9], [5, 1]]) == pytest.approx(0.4 / 0.17**0.5)
    assert standardised_difference_of_counts([[5, 9], [0, 0]]) == 0.0
    assert standardised_difference([[1.0, 1.0], [1.0, 1.0]]) == 0.0
    no_spread = [[[1.0, 1.0], [2.0, 2.0]], [[1.0], [2.0, 3.0]]]
    assert np.isnan([standardised_difference(groups) for groups in no_spread]).all()
    assert np.isnan(
        [standardised_difference_of_counts(t) for t in ([[5, 0], [0, 5]], [[5, 0], [3, 0]])]
    ).all()


def test_several_groups_that_cannot_be_tested_have_a_reason():
    for groups, method, words in [
        ([[1.0, 2.0], [3.0], [1.0, 4.0]], "anova", "fewer than two"),
        ([[1.0, 2.0], [3.0, 3.0], [1.0, 4.0]], "welch-anova", "within a group"),
        ([[1.0], [1.0], [1.0, np.nan]], "auto", "equal"),
        ([[1.0, 2.0], [], [3.0]], "kruskal-wallis", "empty"),
        ([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]], "anova", "varies"),
    ]:
        found = compare_several_groups(groups, method)
        assert np.isnan(found.p_value)
        assert words in (found.reason or "")


def test_icc_corner_cases():
    good = np.array([[1.0, 1.1], [2.0, 2.1], [3.0, 2.9]])
    stack = np.stack(
        [good, np.full((3, 2), 7.1), np.where(good > 2.95, np.nan, good), np.repeat(good[:, :1], 2, axis=1)]
    )
    found = icc(stack).form("ICC(2,1)")
    assert found.value[0] == icc(good).form("ICC(2,1)").value
    assert np.isnan(found.value[1:3]).all()
    assert (found.value[3], found.ci_low[3], found.ci_high[3]) == (1.0, 1.0, 1.0)
    with pytest.raises(TableError):
        icc([[1.0, 2.0]])


def test_icc_of_many_features_at_once_is_that_of_each(rng):
    stack = rng.normal(size=(50, 12, 3)) + rng.normal(size=(50, 12, 1))
    together = icc(stack)
    for i in (0, 17, 49):
        alone = icc(stack[i])
        for one, many in zip(alone.forms, together.forms, strict=True):
            assert one.value == pytest.approx(many.value[i], rel=1e-12)
            assert one.ci_low == pytest.approx(many.ci_low[i], rel=1e-12)


def published_cohort():
    """Two sets of patients with the printed counts of the paper's Table 1."""
    counts = {
        "t_stage": [("1", 48, 14), ("2", 46, 26), ("3", 4, 1)],
        "n_stage": [("0", 56, 27), ("1", 23, 12), ("2", 12, 2), ("3", 5, 0)],
        "menopause": [("no", 31, 13), ("yes", 65, 27)],
        "til_level": [("high", 56, 23), ("low", 42, 18)],
        "subtype": [("BLIS", 29, 13), ("IM", 21, 9), ("LAR", 17, 8), ("MES", 16, 3), ("Unknown", 15, 8)],
    }
    columns = {}
    for name, rows in counts.items():
        sets = [[level for level, *n in rows for _ in range(n[k])] for k in (0, 1)]
        columns[name] = [s + [None] * (total - len(s)) for s, total in zip(sets, (98, 41), strict=True)]
    frame = pd.DataFrame({name: a + b for name, (a, b) in columns.items()}, dtype="str")
    return frame, pd.Series(["training"] * 98 + ["validation"] * 41)


def first_rows(table):
    return table[(table["row"] != "missing") & (table["test"] != "")].set_index("variable")


def test_the_papers_table_one_comes_out_of_its_counts():
    frame, groups = published_cohort()
    found = table_one(frame, groups, "paper-2022")
    first = first_rows(found)
    printed = {"t_stage": 0.206, "n_stage": 0.226, "menopause": 1.0, "til_level": 1.0, "subtype": 0.709}
    for name, p in printed.items():
        assert round(first.loc[name, "p_value"], 3) == p, name
    assert first.loc["n_stage", "n_missing"] == 2
    assert first.loc["til_level", "training"] == "56 (57.1)"
    assert list(found.columns) == [
        "variable", "row", "level", "training", "validation", "test", "p_value", "smd", "effect", "effect_size",
        "note", "statistic", "n", "n_missing",
    ]  # fmt: skip
    smd = pd.read_csv(REFERENCE / "smd_expected.csv").set_index("case")["smd"]
    for name in ("t_stage", "n_stage", "subtype", "menopause"):
        assert first.loc[name, "smd"] == pytest.approx(smd[name], rel=1e-9), name


def test_the_papers_ki67_and_age_come_out_of_its_means():
    """Samples of exactly the printed mean and sd: the t tests of the paper depend on nothing else."""
    frame, groups = published_cohort()
    for name, printed in {
        "ki67": ((56.99, 21.90), (64.27, 26.14)),
        "age": ((54.28, 10.57), (54.61, 12.25)),
    }.items():
        parts = []
        for n, (mean, sd) in zip((98, 41), printed, strict=True):
            shape = np.linspace(-1, 1, n)
            parts.append(mean + sd * shape / shape.std(ddof=1))
        frame[name] = np.concatenate(parts)
    first = first_rows(table_one(frame, groups, "paper-2022"))
    assert round(first.loc["ki67", "p_value"], 3) == 0.094
    assert first.loc["ki67", "training"] == "56.99 (21.90)"
    assert first.loc["ki67", "test"] == "Student t"
    assert first.loc["age", "p_value"] == pytest.approx(0.872, abs=0.002)  # printed means are rounded


def test_recommended_rules_on_the_papers_counts():
    frame, groups = published_cohort()
    found = table_one(frame, groups, "recommended")
    first = first_rows(found)
    assert list(first["test"]) == [
        "Fisher exact", "Fisher exact", "Pearson chi-square (Yates)", "Pearson chi-square (Yates)",
        "Pearson chi-square",
    ]  # fmt: skip
    expected = pd.read_csv(REFERENCE / "tables_expected.csv").set_index("case")["fisher_p"]
    assert first.loc["t_stage", "p_value"] == pytest.approx(expected["paper_t"], rel=1e-9)
    assert first.loc["n_stage", "p_value"] == pytest.approx(expected["paper_n"], rel=1e-9)


def test_missing_values_are_compared_between_the_groups():
    frame, groups = published_cohort()
    frame["ki67"] = np.where(groups == "training", 50.0, np.nan)
    frame["ki67"] += np.arange(139.0)
    frame.loc[:4, "ki67"] = np.nan
    found = table_one(frame, groups)
    rows = found[found["row"] == "missing"].set_index("variable")
    assert list(rows.index) == ["n_stage", "menopause", "ki67"]
    assert list(rows.loc["n_stage", ["training", "validation"]]) == ["2 (2.0)", "0 (0.0)"]
    assert rows.loc["n_stage", "p_value"] == pytest.approx(
        1.0
    )  # 4753 of 9591 pairs are both in training: the mode
    assert list(rows.loc["ki67", ["training", "validation"]]) == ["5 (5.1)", "41 (100.0)"]
    assert rows.loc["ki67", "p_value"] < 1e-20
    ki67 = found[(found["variable"] == "ki67") & (found["row"] == "number")].iloc[0]
    assert (ki67["validation"], ki67["n_missing"]) == ("NA", 46)
    assert "empty" in ki67["note"]


def test_declared_order_of_levels_is_tested_by_ranks():
    frame, groups = published_cohort()
    levels = {"t_stage": ["1", "2", "3", "4"], "n_stage": ["0", "1", "2", "3"]}
    for name, order in levels.items():
        frame[name] = pd.Categorical(frame[name], order, ordered=True)
    first = first_rows(table_one(frame, groups))
    expected = pd.read_csv(REFERENCE / "ordered_expected.csv").set_index("case")
    for name in levels:
        assert first.loc[name, "test"] == "Wilcoxon rank-sum, ordered levels"
        assert first.loc[name, "p_value"] == pytest.approx(expected.loc[name, "p_value"], rel=1e-9)
    shown = table_one(frame, groups, "paper-2022")
    assert list(shown.loc[shown["variable"] == "t_stage", "level"]) == levels["t_stage"]
    assert round(first_rows(shown).loc["t_stage", "p_value"], 3) == 0.206  # tableone knows no order
    three = groups.mask(groups.index % 5 == 0, "external")
    assert first_rows(table_one(frame, three)).loc["t_stage", "test"] == "Kruskal-Wallis, ordered levels"


def test_numbers_in_table_one(rng):
    frame = pd.DataFrame({"age": rng.normal(50, 10, 40), "ki67": rng.exponential(20, 40)})
    groups = pd.Series(["training"] * 25 + ["validation"] * 15)
    paper = table_one(frame, groups, "paper-2022").set_index("variable")
    ours = table_one(frame, groups, "recommended").set_index("variable")
    assert list(paper["test"]) == ["Student t", "Student t"]
    assert ours.loc["age", "test"] == "Welch t"
    assert ours.loc["ki67", "test"].startswith("Wilcoxon")
    values = frame["age"][:25]
    assert paper.loc["age", "training"] == f"{values.mean():.2f} ({values.std():.2f})"
    assert ours.loc["ki67", "level"] == "median [quartiles]"
    parts = [frame[groups == role] for role in ("training", "validation")]
    students = [stats.ttest_ind(*(part[name] for part in parts)).statistic for name in frame]
    assert list(paper["statistic"]) == pytest.approx(students, rel=1e-12)
    welch = stats.ttest_ind(*(part["age"] for part in parts), equal_var=False).statistic
    u = stats.mannwhitneyu(*(part["ki67"] for part in parts)).statistic
    assert list(ours["statistic"]) == pytest.approx([welch, u], rel=1e-12)
    assert list(ours["n"]) == [40, 40]
    assert paper.loc["age", "smd"] == ours.loc["age", "smd"]
    by_three = pd.Series(["a"] * 15 + ["b"] * 15 + ["c"] * 10)
    assert list(table_one(frame, by_three, "paper-2022")["test"]) == ["ANOVA", "ANOVA"]
    assert list(table_one(frame, by_three)["test"]) == ["Welch ANOVA", "Kruskal-Wallis"]
    with pytest.raises(TableError):
        table_one(frame, pd.Series(["a"] * 40))


def test_a_column_without_any_value_is_a_row_of_its_own():
    frame = pd.DataFrame({"site": pd.Series([None] * 6, dtype="str"), "ok": [True, False] * 3})
    found = table_one(frame, pd.Series(["a", "a", "a", "b", "b", "b"]))
    assert list(found["row"]) == ["level", "missing", "level", "level"]
    assert list(found.loc[1, ["a", "b"]]) == ["3 (100.0)", "3 (100.0)"]
    assert found.loc[0, ["a", "b"]].tolist() == ["NA", "NA"]
    assert found["p_value"][:2].isna().all()
    assert list(found["level"][2:]) == ["False", "True"]
