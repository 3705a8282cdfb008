"""Many refits of one matrix, and scores instead of groups: the numbers of moderated_t, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import (
    REFIT_COLUMNS,
    continuous_association,
    moderated_t,
    refit_many,
    two_group_design,
)
from tilscope.biology.differential.refitting import BATCH
from tilscope.vocabulary import ExpressionError, SettingsError

N_GENES, N_SAMPLES = 80, 14


@pytest.fixture
def expression(rng):
    level = rng.uniform(3, 12, (N_GENES, 1))
    values = level + rng.normal(0, 1, (N_GENES, N_SAMPLES)) * np.sqrt(5 / rng.chisquare(5, (N_GENES, 1)))
    values[0] = 7.0  # a gene that does not vary
    values[1] = np.r_[np.full(7, 9.0), np.full(7, 4.0)] + 1e-7 * rng.normal(size=N_SAMPLES)
    return pd.DataFrame(values, columns=[f"s{i}" for i in range(N_SAMPLES)])


@pytest.fixture
def labels(expression, rng):
    true = pd.Series(["high"] * 7 + ["low"] * 7, index=expression.columns)
    dealt = {k: rng.permutation(true) for k in range(1, BATCH + 3)}
    return pd.DataFrame({0: true} | dealt, index=expression.columns)


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("robust", [False, True])
def test_permuted_labels_give_the_numbers_of_moderated_t(expression, labels, trend, robust):
    tables = list(refit_many(expression, (labels == "high").astype(float), trend=trend, robust=robust))
    assert len(tables) == BATCH + 3
    for k in (0, 1, BATCH - 1, BATCH, BATCH + 2):
        expected = moderated_t(expression, *two_group_design(labels[k], "high"), trend, robust)
        assert list(tables[k].columns) == list(REFIT_COLUMNS)
        np.testing.assert_allclose(
            tables[k].iloc[1:], expected[list(REFIT_COLUMNS)].iloc[1:], rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(tables[k].iloc[0], [0, 0, 1, 1], atol=1e-12)


@pytest.mark.parametrize("n_missing", [0, 5])
def test_scores_with_covariates_give_the_numbers_of_moderated_t(expression, rng, n_missing):
    scores = pd.DataFrame(rng.normal(50, 20, (N_SAMPLES, 3)), index=expression.columns)
    held = pd.DataFrame({"age": rng.normal(50, 9, N_SAMPLES), "batch": [0.0, 1.0] * 7})
    expression.iloc[2, :n_missing] = np.nan
    for name, table in zip(scores, refit_many(expression, scores, held, trend=True), strict=True):
        design = np.column_stack([np.ones(N_SAMPLES), scores[name], held])
        expected = moderated_t(expression, design, [0, 1, 0, 0], trend=True)
        np.testing.assert_allclose(table.iloc[1:], expected[list(REFIT_COLUMNS)].iloc[1:], rtol=1e-9)


@pytest.mark.parametrize("column", [np.ones(N_SAMPLES), np.r_[0.0, 1.0, np.zeros(12)], np.full(14, np.nan)])
def test_variables_that_say_nothing_new_are_refused(expression, column):
    held = np.r_[0.0, 3.0, np.zeros(12)]
    with pytest.raises(SettingsError, match="SET-52"):
        list(refit_many(expression, pd.DataFrame(column), held))


def test_slopes_are_per_standard_deviation_and_per_unit(expression, rng):
    score = pd.Series(rng.normal(40, 12, N_SAMPLES), index=expression.columns)
    expression.iloc[5] = 6.0 + 0.25 * score + rng.normal(0, 1e-3, N_SAMPLES)
    found = continuous_association(expression, score)
    assert found.table.loc[5, "log2_fc"] == pytest.approx(0.25 * score.std(), rel=1e-3)
    assert found.per_unit().loc[5, "log2_fc"] == pytest.approx(0.25, rel=1e-3)
    assert found.per_unit()["p_value"].equals(found.table["p_value"])
    part = continuous_association(expression, score.iloc[3:][::-1])
    assert part.n_samples == N_SAMPLES - 3


def test_weights_of_named_samples_follow_the_score(expression, rng):
    score = pd.Series(rng.normal(40, 12, N_SAMPLES), index=expression.columns)
    weights = pd.DataFrame(
        rng.uniform(0.2, 3, expression.shape), index=expression.index, columns=expression.columns
    )
    straight = continuous_association(expression, score, weights=weights).table
    turned = continuous_association(expression, score[::-1], weights=weights).table
    np.testing.assert_allclose(turned.iloc[1:], straight.iloc[1:], rtol=1e-8)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda score: score.mask(score.index == "s3"), "TAB-60"),
        (lambda score: score.mask(score.index == "s3", np.inf), "TAB-60"),
        (lambda score: score.iloc[:2], "TAB-60"),
        (lambda score: score * 0 + 3.0, "TAB-61"),
        (lambda score: score.rename({"s0": "stranger"}), "TAB-50"),
    ],
)
def test_scores_that_cannot_be_used_are_refused(expression, rng, change, rule):
    score = pd.Series(rng.normal(40, 12, N_SAMPLES), index=expression.columns)
    with pytest.raises(ExpressionError) as caught:
        continuous_association(expression, change(score))
    assert caught.value.rule == rule
