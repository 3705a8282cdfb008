"""Designs, directions, rankings and refusals of differential expression."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from tilscope.biology import (
    BiologySettings,
    differential_expression,
    moderated_t,
    rank_genes,
    two_group_design,
)
from tilscope.biology.differential.empirical_bayes import fit_variance_prior, inverse_trigamma
from tilscope.biology.differential.linear_model import estimable_columns
from tilscope.vocabulary import ExpressionError, SettingsError


@pytest.fixture
def groups():
    return pd.Series(["high"] * 4 + ["low"] * 6, index=[f"s{i}" for i in range(10)])


@pytest.fixture
def expression(rng, groups):
    values = rng.normal(8, 1, (50, 10))
    values[0, :4] += 9
    values[1, :4] -= 9
    return pd.DataFrame(values, index=[f"g{i:02d}" for i in range(50)], columns=groups.index)


def test_design_is_positive_minus_other(groups):
    design, contrast = two_group_design(groups, "low")
    assert list(design.columns) == ["low", "high"]
    assert design.index.equals(groups.index)
    assert (design["low"] == (groups == "low")).all()
    assert contrast.tolist() == [1, -1]


@pytest.mark.parametrize(
    ("levels", "error", "rule"),
    [
        (["high", "low", "low", "low"], ExpressionError, "TAB-60"),
        (["high", "high", "high", "high"], ExpressionError, "TAB-60"),
        (["low", "low", "low", "low"], ExpressionError, "TAB-60"),
        (["high", "high", "low", "other"], ExpressionError, "TAB-60"),
        (["high", "high", "low", None], ExpressionError, "TAB-60"),
        (["yes", "yes", "no", "no"], SettingsError, "SET-50"),
        ([], ExpressionError, "TAB-60"),
    ],
)
def test_groups_that_cannot_be_compared_are_refused(levels, error, rule):
    with pytest.raises(error) as caught:
        two_group_design(pd.Series(levels, dtype=object), "high")
    assert caught.value.rule == rule


def test_a_sample_in_both_groups_is_refused():
    with pytest.raises(ExpressionError, match=r"TAB-50.*s1"):
        two_group_design(pd.Series(["high", "high", "low", "low"], index=["s1", "s2", "s3", "s1"]), "high")


def test_planted_genes_are_first_with_their_direction(expression, groups):
    result = differential_expression(expression, groups)
    assert set(result.table.index[:2]) == {"g00", "g01"}
    assert result.table.loc[["g00", "g01"], "direction"].tolist() == ["up", "down"]
    assert (result.n_up, result.n_down) == (1, 1)
    assert (result.positive, result.other, result.n_positive, result.n_other) == ("high", "low", 4, 6)
    assert result.table["p_value"].is_monotonic_increasing
    difference = (
        expression.loc["g00", groups == "high"].mean() - expression.loc["g00", groups == "low"].mean()
    )
    assert result.table.loc["g00", "log2_fc"] == pytest.approx(difference)


def test_fold_change_below_the_setting_is_no_direction(expression, groups):
    result = differential_expression(expression, groups, BiologySettings(log2_fc=20))
    assert (result.table["direction"] == "none").all()


def test_swapping_the_positive_group_turns_the_signs(expression, groups):
    up = differential_expression(expression, groups).table
    down = differential_expression(expression, groups, BiologySettings(positive="low")).table
    np.testing.assert_allclose(down.loc[up.index, "t"], -up["t"], rtol=1e-12)
    np.testing.assert_allclose(down.loc[up.index, "p_value"], up["p_value"], rtol=1e-10)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(10)))
def test_the_order_of_patients_does_not_matter(order):
    values = np.random.default_rng(3).normal(size=(8, 10))
    levels = pd.Series(["high"] * 4 + ["low"] * 6)
    matrix = pd.DataFrame(values)
    straight = moderated_t(matrix, *two_group_design(levels, "high"))
    turned = moderated_t(matrix[order], *two_group_design(levels[order], "high"))
    np.testing.assert_allclose(turned, straight, rtol=1e-9, atol=1e-12)


def test_samples_without_group_are_left_out_and_unknown_ones_refused(expression, groups):
    part = differential_expression(expression, groups.iloc[1:]).table
    alone = differential_expression(expression.iloc[:, 1:], groups.iloc[1:]).table
    pd.testing.assert_frame_equal(part, alone)
    with pytest.raises(ExpressionError, match=r"TAB-50.*s0"):
        differential_expression(expression.drop(columns="s0"), groups)


@pytest.mark.parametrize(
    ("weights", "error", "rule"),
    [
        (np.ones(9), SettingsError, "SET-52"),
        (np.ones((10, 50)), SettingsError, "SET-52"),
        (pd.Series(1.0, index=[f"other{i}" for i in range(10)]), SettingsError, "SET-52"),
        (pd.DataFrame(np.ones((50, 10))), SettingsError, "SET-52"),
        (np.r_[-1.0, np.ones(9)], ExpressionError, "TAB-56"),
        (np.r_[np.inf, np.ones(9)], ExpressionError, "TAB-56"),
    ],
)
def test_weights_that_do_not_fit_are_refused(expression, groups, weights, error, rule):
    with pytest.raises(error) as caught:
        moderated_t(expression, *two_group_design(groups, "high"), weights=weights)
    assert caught.value.rule == rule


def test_a_weight_of_zero_is_a_missing_value(expression, groups):
    design, contrast = two_group_design(groups, "high")
    weights = pd.DataFrame(1.0, index=expression.index, columns=expression.columns)
    weights.iloc[4, 2], weights.iloc[9, 7] = 0.0, np.nan
    left_out = moderated_t(expression, design, contrast, weights=weights)
    missing = moderated_t(expression.mask(~(weights > 0)), design, contrast)
    # only the mean expression is that of all values, as limma's AveExpr
    np.testing.assert_allclose(
        left_out.drop(columns="mean_expression"), missing.drop(columns="mean_expression"), rtol=1e-10
    )
    np.testing.assert_allclose(left_out["mean_expression"], expression.mean(axis=1), rtol=1e-12)


def test_robust_setting_lets_an_unstable_gene_keep_its_own_variance(expression, groups):
    expression.iloc[5] = np.tile([-40.0, 40.0], 5)
    plain = differential_expression(expression, groups).table
    robust = differential_expression(expression, groups, BiologySettings(robust=True)).table
    others = expression.index[6:]
    assert robust.loc["g05", "p_value"] >= plain.loc["g05", "p_value"]
    assert (robust.loc[["g00", "g01"], "p_value"] < plain.loc[["g00", "g01"], "p_value"]).all()
    assert np.isfinite(robust.loc[others, "p_value"]).all()


@pytest.mark.parametrize(
    "design",
    [
        np.ones((9, 2)),
        np.ones((10, 2)),
        np.column_stack([np.ones(10), [np.nan] * 10]),
        np.ones(10),
        pd.DataFrame(np.eye(10)[:, :2], index=[f"other{i}" for i in range(10)]),
    ],
)
def test_designs_that_do_not_fit_are_refused(expression, design):
    with pytest.raises(SettingsError) as caught:
        moderated_t(expression, design, [1, -1])
    assert caught.value.rule == "SET-52"


def test_contrast_of_other_coefficients_is_refused(expression, groups):
    design, _ = two_group_design(groups, "high")
    with pytest.raises(SettingsError, match="SET-52"):
        moderated_t(expression, design, pd.Series([1, -1], index=["low", "high"]))


def test_no_residual_degrees_of_freedom_is_refused():
    matrix = pd.DataFrame(np.arange(6.0).reshape(3, 2))
    with pytest.raises(ExpressionError, match="TAB-60"):
        moderated_t(matrix, np.eye(2), [1, -1])


def test_constant_genes_are_counted_when_they_are_too_many(expression, groups):
    expression.iloc[5:15] = 1.0
    table = differential_expression(expression, groups).table
    np.testing.assert_allclose(table.loc[expression.index[5:15], "p_value"], 1, rtol=1e-12)
    expression.iloc[5:40] = 1.0
    with pytest.raises(ExpressionError, match=r"TAB-61.*35 of 50 genes"):
        differential_expression(expression, groups)


def test_infinite_expression_is_refused_by_gene(expression, groups):
    expression.iloc[7, 3] = -np.inf
    with pytest.raises(ExpressionError, match=r"TAB-56.*g07"):
        differential_expression(expression, groups)


def test_ranking_breaks_ties_by_gene_name_and_stays_finite():
    table = pd.DataFrame(
        {"t": [2.0, 2.0, np.nan, -3.0], "log2_fc": [1.0, 4.0, 0.0, -2.0], "p_value": [0.1, 0.01, 1.0, 0.0]},
        index=["B", "A", "C", "D"],
    )
    assert rank_genes(table).index.tolist() == ["A", "B", "D"]
    assert rank_genes(table, "log2_fc").index.tolist() == ["A", "B", "C", "D"]
    signed = rank_genes(table, "signed_log10_p")
    assert signed["A"] == pytest.approx(2)
    assert signed["D"] == pytest.approx(np.log10(np.finfo(float).tiny))
    with pytest.raises(SettingsError, match="SET-53"):
        rank_genes(table, "fold")


def test_one_gene_with_degrees_of_freedom_keeps_its_own_variance():
    prior = fit_variance_prior(np.array([2.0, np.nan]), np.array([4.0, 0.0]))
    assert prior.df == 0
    assert prior.squeeze(np.array([2.0]), np.array([4.0])).tolist() == [2.0]


@pytest.mark.parametrize("y", [1e-5, 0.3, 1.0, 17.0, 1e5, 1e8])
def test_inverse_trigamma_inverts(y):
    assert inverse_trigamma(float(special.polygamma(1, y))) == pytest.approx(y, rel=1e-7)


def test_estimable_columns_are_the_first_independent_ones():
    one, half = np.ones(4), np.array([1.0, 1, 0, 0])
    assert estimable_columns(np.column_stack([one, half, 1 - half, np.zeros(4), np.arange(4)])) == [0, 1, 4]
