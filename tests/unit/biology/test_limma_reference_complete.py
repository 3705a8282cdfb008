"""Weights, robust priors, covariates, several contrasts, a continuous score: against R limma."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import DIFFERENTIAL_COLUMNS, continuous_association, moderated_contrasts, moderated_t
from tilscope.biology.differential.linear_model import fit_contrast
from tilscope.biology.differential.robust_prior import fit_robust_prior

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"
P_RTOL = 1e-9  # the promise of the method
ATOL = 1e-10  # of fold changes, t and log-odds of order 1 to 10
CONTRASTS = {"ab": [1, -1, 0, 0, 0], "bc": [0, 1, -1, 0, 0], "a-others": [1, -0.5, -0.5, 0, 0]}
DIFFERENCE, SECOND, MIXED = [1, -1], [0, 1, 0, 0], [0, 1, 0.5, 0.01]


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / name, index_col=0)


def means() -> pd.DataFrame:
    return read("limma_design.csv")[["high", "low"]]


def adjusted() -> pd.DataFrame:
    return read("limma_design.csv")[["intercept", "high", "batch", "age"]]


def plain() -> pd.DataFrame:
    return read("limma_expression.csv")


def missing() -> pd.DataFrame:
    return read("limma_expression_missing.csv")


def weights() -> pd.DataFrame:
    return read("limma_weights.csv")


def samples() -> pd.Series:
    return read("limma_samples.csv")["samples"]


def one_sample_of_weight_zero() -> pd.Series:
    return samples().mask(samples().index == "S03", 0.0)


def stretched(expression: pd.DataFrame, column: str = "stretch") -> pd.DataFrame:
    mean = expression.mean(axis=1)
    return expression.sub(mean, axis=0).mul(read("limma_genes.csv")[column], axis=0).add(mean, axis=0)


def outliers() -> pd.DataFrame:
    return stretched(plain())


def outliers_missing() -> pd.DataFrame:
    return stretched(missing())


def without_the_empty_gene(make):
    return lambda: make().drop(index="GENE003")


def constant() -> pd.DataFrame:
    expression = plain()
    expression.loc["GENE020"] = 5.0
    return expression


def equal() -> pd.DataFrame:
    return read("limma_expression_equal.csv")


def outliers_equal() -> pd.DataFrame:
    expression = equal()
    expression.iloc[19:23, 0] += 12
    return expression


def extreme() -> pd.DataFrame:
    return stretched(equal(), "factors")


def three() -> pd.DataFrame:
    return read("limma_samples.csv")[["a", "b", "c", "batch"]].assign(age=read("limma_design.csv")["age"])


class Case(NamedTuple):
    expression: object
    design: object
    contrast: list
    weights: object = None
    trend: bool = False
    robust: bool = False


CASES = {
    "weights": Case(plain, means, DIFFERENCE, weights),
    "weights-trend": Case(plain, means, DIFFERENCE, weights, trend=True),
    "weights-adjusted": Case(plain, adjusted, SECOND, weights),
    "weights-adjusted-mixed": Case(plain, adjusted, MIXED, weights),
    "weights-missing": Case(missing, means, DIFFERENCE, weights),
    "weights-missing-adjusted": Case(missing, adjusted, SECOND, weights),
    "weights-missing-adjusted-mixed": Case(missing, adjusted, MIXED, weights),
    "weights-holes": Case(plain, adjusted, MIXED, lambda: read("limma_weights_holes.csv")),
    "samples": Case(plain, means, DIFFERENCE, samples),
    "samples-adjusted-mixed": Case(plain, adjusted, MIXED, samples),
    "samples-missing": Case(missing, adjusted, MIXED, samples),
    "samples-zero": Case(plain, adjusted, MIXED, one_sample_of_weight_zero),
    "robust": Case(outliers, means, DIFFERENCE, robust=True),
    "robust-trend": Case(outliers, means, DIFFERENCE, trend=True, robust=True),
    "robust-adjusted-trend": Case(outliers, adjusted, SECOND, trend=True, robust=True),
    "robust-none": Case(plain, means, DIFFERENCE, robust=True),
    "robust-missing": Case(outliers_missing, means, DIFFERENCE, robust=True),
    "robust-missing-trend": Case(
        without_the_empty_gene(outliers_missing), means, DIFFERENCE, trend=True, robust=True
    ),
    "robust-weights": Case(outliers, adjusted, SECOND, weights, robust=True),
    "robust-weights-missing-trend": Case(
        without_the_empty_gene(outliers_missing),
        adjusted,
        SECOND,
        without_the_empty_gene(weights),
        trend=True,
        robust=True,
    ),
    "robust-constant": Case(constant, means, DIFFERENCE, robust=True),
    "robust-equal": Case(equal, means, DIFFERENCE, robust=True),
    "robust-outliers-equal": Case(outliers_equal, means, DIFFERENCE, robust=True),
    "robust-outliers-equal-trend": Case(outliers_equal, means, DIFFERENCE, trend=True, robust=True),
    "robust-extreme": Case(extreme, means, DIFFERENCE, robust=True),
    "robust-few": Case(lambda: plain().iloc[:9], means, DIFFERENCE, robust=True),
}


@pytest.mark.parametrize("case", CASES)
def test_moderated_t_equals_limma(case):
    made = CASES[case]
    given = None if made.weights is None else made.weights()
    result = moderated_t(
        made.expression(), made.design(), made.contrast, made.trend, made.robust, weights=given
    )
    check(result, case)


@pytest.mark.parametrize(
    ("case", "make", "trend"),
    [
        ("robust", outliers, False),
        ("robust-trend", outliers, True),
        ("robust-missing", outliers_missing, False),
        ("robust-outliers-equal", outliers_equal, False),
        ("robust-extreme", extreme, False),
    ],
)
def test_robust_prior_equals_limma(case, make, trend):
    expression = make()
    fit = fit_contrast(expression.to_numpy(), means().to_numpy(float), np.array([1.0, -1.0]))
    prior = fit_robust_prior(fit.variance, fit.df, fit.mean_expression if trend else None)
    expected = read("limma_robust_prior.csv").loc[case].set_index("gene")
    found = pd.DataFrame({"scale": prior.variance, "df": prior.df}, index=expression.index).loc[
        expected.index
    ]
    # R's root is known to 1e-8 only; taking Brent's steps as R does, ours is the same number
    np.testing.assert_allclose(found["scale"], expected["scale"], rtol=1e-11)
    np.testing.assert_allclose(found["df"], expected["df_shrunk"], rtol=1e-9)


@pytest.mark.parametrize(("prefix", "make"), [("three", plain), ("three-missing", missing)])
def test_several_contrasts_equal_limma(prefix, make):
    found = moderated_contrasts(make(), three(), CONTRASTS)
    assert list(found) == list(CONTRASTS)
    for name, table in found.items():
        check(table, f"{prefix}-{name}")
        pd.testing.assert_frame_equal(table, moderated_t(make(), three(), CONTRASTS[name]))


@pytest.mark.parametrize(
    ("case", "make"), [("continuous", plain), ("continuous-missing", missing), ("continuous-unit", plain)]
)
def test_continuous_score_equals_limma(case, make):
    batch = read("limma_design.csv")[["batch"]]
    found = continuous_association(make(), read("limma_samples.csv")["score"], batch)
    if case == "continuous-unit":
        # limits of the prior of effects are on the scale of the coefficient, so B is that of one SD
        check(found.per_unit(), case, leave_out="b")
    else:
        check(found.table, case)
    assert found.n_samples == 12
    assert found.score_sd == pytest.approx(read("limma_samples.csv")["score"].std(), rel=1e-12)


def test_every_reference_case_is_tested():
    others = {f"{prefix}-{name}" for prefix in ("three", "three-missing") for name in CONTRASTS}
    scores = {"continuous", "continuous-missing", "continuous-unit"}
    assert set(read("limma_complete_expected.csv").index) == set(CASES) | others | scores


def check(result: pd.DataFrame, case: str, leave_out: str = "") -> None:
    expected = read("limma_complete_expected.csv").loc[case].set_index("gene")
    assert list(result.columns) == list(DIFFERENTIAL_COLUMNS)
    result = result.loc[expected.index]
    for column in set(DIFFERENTIAL_COLUMNS) - {leave_out}:
        atol = 0 if column.startswith("p_") else ATOL
        np.testing.assert_allclose(
            result[column], expected[column], rtol=P_RTOL, atol=atol, err_msg=f"{case} {column}"
        )
