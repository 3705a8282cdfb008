"""Tests from summaries against R 4 on data with these summaries (t.test, oneway.test, wilcox.test, cor)."""

from __future__ import annotations

import pytest

from tilscope.statistics.summaries import (
    Summary,
    anova_from_summaries,
    rank_sum_from_counts,
    t_test_from_summaries,
    trend_test,
)
from tilscope.vocabulary import TableError

AGE = Summary(54.28, 10.57, 98), Summary(54.61, 12.25, 41)
KI67 = Summary(56.99, 21.90, 98), Summary(64.27, 26.14, 41)
T_STAGE = [[48, 14], [46, 26], [4, 1]]
N_STAGE = [[56, 27], [23, 12], [12, 2], [5, 0]]


@pytest.mark.parametrize(
    ("groups", "pooled", "expected"),
    [
        (AGE, True, (-0.1600306, 137.0, 0.8730927)),
        (AGE, False, (-0.150622, 66.15288, 0.8807323)),
        (KI67, True, (None, 137.0, 0.0941137852324)),
        (KI67, False, (None, None, 0.121795058856)),
    ],
)
def test_t_tests(groups, pooled, expected):
    result = t_test_from_summaries(*groups, pooled=pooled)
    for value, wanted in zip((result.statistic, result.df, result.p_value), expected, strict=True):
        assert wanted is None or value == pytest.approx(wanted, rel=1e-6)


def test_anova():
    result = anova_from_summaries((*AGE, Summary(50.1, 9.3, 30)))
    assert result.statistic == pytest.approx(1.950095300763, rel=1e-10)
    assert (result.df, result.p_value) == (166.0, pytest.approx(0.145505839409, rel=1e-10))


def test_two_groups_of_anova_are_the_t_test():
    assert anova_from_summaries(AGE).p_value == pytest.approx(t_test_from_summaries(*AGE).p_value, rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "wilcoxon", "trend"),
    [
        (T_STAGE, 0.158192803566, (1.590968937932, 0.207187754239)),
        (N_STAGE, 0.21193979335, (2.7867965872837, 0.0950440521257)),
    ],
)
def test_ordered_levels(counts, wilcoxon, trend):
    assert rank_sum_from_counts(counts).p_value == pytest.approx(wilcoxon, rel=1e-9)
    found = trend_test(counts)
    assert (found.statistic, found.p_value) == pytest.approx(trend, rel=1e-9)


def test_what_cannot_be_tested_says_why():
    still = Summary(1.0, 0.0, 5), Summary(2.0, 0.0, 5)
    assert t_test_from_summaries(*still).reason
    assert anova_from_summaries(still).reason
    assert trend_test([[4, 5], [0, 0]]).reason
    assert rank_sum_from_counts([[4, 5], [0, 0]]).reason
    with pytest.raises(TableError):
        t_test_from_summaries(Summary(1.0, 1.0, 1), AGE[0])
