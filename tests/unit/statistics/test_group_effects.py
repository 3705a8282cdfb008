"""Sizes of differences between two groups, with intervals, against R (recipe_effects.R) and by hand."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.statistics import compare_columns, compare_two_groups, two_group_effect
from tilscope.statistics.group_effects import cohens_d_interval, hodges_lehmann

HERE = Path(__file__).parents[2] / "reference" / "statistics"
EXPECTED = pd.read_csv(HERE / "effects_expected.csv").to_dict("records")
VALUES = pd.read_csv(HERE / "effects_input.csv")
every_case = pytest.mark.parametrize("row", EXPECTED, ids=lambda r: f"{r['case']} {r['confidence']}")
R_ROOT = 1.1e-4  # R finds the ends of its normal approximation by bisection to 1e-4


def groups_of(case: str) -> tuple[np.ndarray, np.ndarray]:
    rows = VALUES[VALUES["case"] == case]
    return tuple(rows.loc[rows["group"] == group, "value"].to_numpy() for group in "ab")


def intervals(effect) -> tuple[list[float], list[float]]:
    return (
        [effect.difference, effect.difference_ci_low, effect.difference_ci_high],
        [effect.effect_size, effect.effect_ci_low, effect.effect_ci_high],
    )


@every_case
@pytest.mark.parametrize(("method", "name"), [("t", "student"), ("welch", "welch")])
def test_means_and_cohens_d_equal_r(row, method, name):
    a, b = groups_of(row["case"])
    effect = two_group_effect(a, b, compare_two_groups(a, b, method), row["confidence"])
    difference, size = intervals(effect)
    expected = [row["difference"], row[f"{name}_low"], row[f"{name}_high"]]
    np.testing.assert_allclose(difference, expected, rtol=1e-9, atol=1e-12)
    # R's noncentral t is exact to about 1e-9 only
    np.testing.assert_allclose(size, [row["d"], row["d_low"], row["d_high"]], rtol=1e-7, atol=1e-9)


@every_case
def test_shift_and_rank_biserial_r_equal_r(row):
    a, b = groups_of(row["case"])
    effect = two_group_effect(a, b, compare_two_groups(a, b, "wilcoxon"), row["confidence"])
    difference, size = intervals(effect)
    assert difference[0] == pytest.approx(row["pairs_median"], rel=1e-12, abs=1e-15)
    expected = [row["shift"], row["shift_low"], row["shift_high"]]
    np.testing.assert_allclose(difference, expected, rtol=1e-12, atol=1e-12 if row["exact"] else R_ROOT)
    np.testing.assert_allclose(size, [row["r"], row["r_low"], row["r_high"]], rtol=1e-11, atol=1e-12)


@every_case
def test_exchanged_groups_have_the_mirrored_numbers(row):
    a, b = groups_of(row["case"])
    for method in ("t", "welch", "wilcoxon"):
        there = two_group_effect(a, b, compare_two_groups(a, b, method), row["confidence"])
        back = two_group_effect(b, a, compare_two_groups(b, a, method), row["confidence"])
        for one, other in zip(intervals(there), intervals(back), strict=True):
            np.testing.assert_allclose(one, [-other[0], -other[2], -other[1]], rtol=1e-9, atol=1e-12)


def test_no_overlap_has_a_difference_but_no_interval_of_r():
    a, b = groups_of("apart")
    effect = two_group_effect(a, b, compare_two_groups(a, b, "wilcoxon"))
    assert effect.effect_size == 1.0
    assert np.isnan([effect.effect_ci_low, effect.effect_ci_high]).all()
    assert "AUC of 1" in effect.reason


def test_three_against_three_is_too_few_for_95_percent_and_enough_for_90():
    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.5, 1.7, 3.1])
    shift, low, high = hodges_lehmann(a, b, 0.95)
    pairs = sorted(x - y for x in a for y in b)
    assert shift == pairs[4]
    assert np.isnan([low, high]).all()  # 2 of 20 orders lie at the ends: 90 % is the most that there is
    assert hodges_lehmann(a, b, 0.9)[1:] == (pairs[0], pairs[-1])


def test_the_exact_interval_keeps_its_level():
    # all 252 ways to draw 5 of 10 ranks: the interval misses 0 in as many of them as the level allows
    ranks = np.arange(1.0, 11.0)
    missed = 0
    for drawn in combinations(range(10), 5):
        chosen = np.isin(np.arange(10), drawn)
        _, low, high = hodges_lehmann(ranks[chosen], ranks[~chosen], 0.95)
        missed += not low <= 0 <= high
    assert 0 < missed / 252 <= 0.05


def test_columns_with_intervals_are_the_single_ones():
    a, b = groups_of("plain")
    frame = pd.DataFrame({"x": np.concatenate([a, b]), "flat": 1.0})
    groups = pd.Series(["high"] * len(a) + ["low"] * len(b))
    table = compare_columns(frame, groups, "high", family="f", method="welch", confidence=0.9)
    effect = two_group_effect(a, b, compare_two_groups(a, b, "welch"), 0.9)
    row = table.iloc[0]
    assert row["difference"] == effect.difference
    assert (row["effect_ci_low"], row["effect_ci_high"]) == (effect.effect_ci_low, effect.effect_ci_high)
    assert row["difference_ci_low"] < row["difference"] < row["difference_ci_high"]
    flat = table.iloc[1]
    assert np.isnan(flat[["p_value", "difference", "effect_ci_low"]].astype(float)).all()
    assert "varies" in flat["reason"]
    assert "difference" not in compare_columns(frame, groups, "high", family="f")


def test_five_against_five_far_apart_have_an_interval():
    # the noncentral t is NaN at some places below 0 that the root's search once met; ends by R's uniroot on pt
    found = cohens_d_interval(10**0.5, 5, 5)
    np.testing.assert_allclose(found, [1.163469905597468, 5.0876369491935831], rtol=1e-9)
