"""Group comparisons, families of tests, ICC corner cases and Table 1."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilscope.statistics import (
    benjamini_hochberg,
    compare_columns,
    compare_two_groups,
    contingency_test,
    icc,
    table_one,
)
from tilscope.vocabulary import TableError


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


def test_too_many_tables_fall_back_and_say_so():
    table = np.full((6, 6), 30)
    found = contingency_test(table, "fisher")
    assert found.test == "Pearson chi-square"
    assert "too many" in (found.reason or "")


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


def test_the_papers_table_one_comes_out_of_its_counts():
    frame, groups = published_cohort()
    found = table_one(frame, groups, "paper-2022")
    first = found[found["test"] != ""].set_index("variable")
    printed = {"t_stage": 0.206, "n_stage": 0.226, "menopause": 1.0, "til_level": 1.0, "subtype": 0.709}
    for name, p in printed.items():
        assert round(first.loc[name, "p_value"], 3) == p, name
    assert first.loc["n_stage", "n_missing"] == 2
    assert first.loc["til_level", "training"] == "56 (57.1)"
    assert list(found.columns) == [
        "variable",
        "level",
        "training",
        "validation",
        "test",
        "p_value",
        "n_missing",
    ]
    recommended = table_one(frame, groups, "recommended")
    tests = recommended[recommended["test"] != ""].set_index("variable")["test"]
    assert tests["n_stage"] == "Fisher exact"
    assert tests["til_level"] == "Pearson chi-square (Yates)"


def test_numbers_in_table_one(rng):
    frame = pd.DataFrame({"age": rng.normal(50, 10, 40), "ki67": rng.exponential(20, 40)})
    groups = pd.Series(["training"] * 25 + ["validation"] * 15)
    paper = table_one(frame, groups, "paper-2022").set_index("variable")
    ours = table_one(frame, groups, "recommended").set_index("variable")
    assert paper.loc["ki67", "test"] == "Student t"
    assert ours.loc["ki67", "test"].startswith("Wilcoxon")
    values = frame["age"][:25]
    assert paper.loc["age", "training"] == f"{values.mean():.2f} ({values.std():.2f})"
    assert ours.loc["ki67", "level"] == "median [quartiles]"
    three = table_one(frame, pd.Series(["a"] * 15 + ["b"] * 15 + ["c"] * 10), "paper-2022")
    assert list(three["test"]) == ["ANOVA", "ANOVA"]
    with pytest.raises(TableError):
        table_one(frame, pd.Series(["a"] * 40))
