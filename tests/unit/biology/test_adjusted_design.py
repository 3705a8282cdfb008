"""Two groups with covariates: the columns by hand, who is left out, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import adjusted_design, moderated_t
from tilscope.vocabulary import ExpressionError

GROUPS = pd.Series(
    ["high", "low", "low", "high", "low", "high", "low"], [f"S{k}" for k in range(7)], name="group"
)
COVARIATES = pd.DataFrame(
    {"age": [50, 60, np.nan, 55, 41, 39, 70], "site": ["b", "a", "a", "c", "b", None, "a"]},
    index=[f"S{k}" for k in range(7)],
)


def test_columns_by_hand_and_who_is_left_out():
    made = adjusted_design(GROUPS, "high", COVARIATES.iloc[::-1])  # the rows' order does not matter
    expected = pd.DataFrame(
        {
            "low": [1.0, 1, 1, 1, 1],
            "high - low": [1.0, 0, 1, 0, 0],
            "age": [50.0, 60, 55, 41, 70],
            "site b": [1.0, 0, 0, 1, 0],
            "site c": [0.0, 0, 1, 0, 0],
        },
        index=["S0", "S1", "S3", "S4", "S6"],
    )
    pd.testing.assert_frame_equal(made.design, expected)
    assert made.contrast.tolist() == [0, 1, 0, 0, 0]
    assert made.groups.tolist() == ["high", "low", "high", "low", "low"]
    assert (made.missing, made.n_left_out) == ({"age": 1, "site": 1}, 2)
    assert made.formula == "mean of low + difference high minus low + age (per unit) + site (b, c against a)"


def test_without_covariates_each_group_has_its_mean():
    made = adjusted_design(GROUPS, "high")
    assert list(made.design.columns) == ["high", "low"]
    assert made.contrast.tolist() == [1, -1]
    assert made.formula == "one mean per group (high, low)"
    assert (made.missing, made.n_left_out) == ({}, 0)


def test_an_ordered_class_keeps_its_own_first_level():
    stage = pd.Categorical(["T2", "T1", "T2", "T1", "T3", "T1", "T3"], ["T2", "T1", "T3", "T4"], ordered=True)
    made = adjusted_design(GROUPS, "high", pd.DataFrame({"stage": stage}, GROUPS.index))
    assert list(made.design.columns[2:]) == ["stage T1", "stage T3"]


def test_a_batch_that_hides_a_difference_is_taken_out():
    # site b measures 3 more, and most of its patients are low: the groups differ by 1 within each site
    high = np.array([1, 1, 1, 0, 1, 0, 0, 0.0])
    site = np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
    noise = np.array([[0.1, -0.1, 0, 0, 0, 0.1, -0.1, 0], [0, 0, 0.2, -0.2, 0.1, 0, 0, -0.1]])
    names = [f"S{k}" for k in range(8)]
    expression = pd.DataFrame(5 + high + 3 * site + noise * 0.1, ["A", "B"], names)
    groups = pd.Series(np.where(high == 1, "high", "low"), names)
    plain = adjusted_design(groups, "high")
    held = adjusted_design(groups, "high", pd.DataFrame({"site": np.where(site == 1, "b", "a")}, names))
    without = moderated_t(expression, plain.design, plain.contrast)["log2_fc"]
    within = moderated_t(expression, held.design, held.contrast)["log2_fc"]
    np.testing.assert_allclose(without, 1 - 3 * 0.5, atol=0.05)  # 1 of 4 high, 3 of 4 low are of site b
    np.testing.assert_allclose(within, 1, atol=0.05)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([3.0] * 7, "one value"),
        (["a"] * 7, "one value"),
        ([1, 0, 0, 1, 0, 1, 0], "follows from the groups"),
        (["x", "y", "y", "x", "y", "x", "y"], "follows from the groups"),
    ],
)
def test_a_covariate_that_says_nothing_new_is_refused_by_name(values, found):
    with pytest.raises(ExpressionError, match=rf"TAB-67.*stage.*{found}"):
        adjusted_design(GROUPS, "high", pd.DataFrame({"stage": values}, GROUPS.index))


def test_too_few_patients_with_values_are_refused():
    age = pd.DataFrame({"age": [50, 60, 44, None, 41, None, 70]}, GROUPS.index)
    with pytest.raises(ExpressionError, match=r"TAB-60.*high: 1"):
        adjusted_design(GROUPS, "high", age)
