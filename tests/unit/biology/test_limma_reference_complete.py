"""Weights, robust priors, covariates, several contrasts, a continuous score: against R limma."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import DIFFERENTIAL_COLUMNS, moderated_t

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"
P_RTOL = 1e-9  # the promise of the method
ATOL = 1e-10  # of fold changes, t and log-odds of order 1 to 10
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
}


@pytest.mark.parametrize("case", CASES)
def test_moderated_t_equals_limma(case):
    made = CASES[case]
    given = None if made.weights is None else made.weights()
    result = moderated_t(
        made.expression(), made.design(), made.contrast, made.trend, made.robust, weights=given
    )
    check(result, case)


def check(result: pd.DataFrame, case: str) -> None:
    expected = read("limma_complete_expected.csv").loc[case].set_index("gene")
    assert list(result.columns) == list(DIFFERENTIAL_COLUMNS)
    result = result.loc[expected.index]
    for column in DIFFERENTIAL_COLUMNS:
        atol = 0 if column.startswith("p_") else ATOL
        np.testing.assert_allclose(
            result[column], expected[column], rtol=P_RTOL, atol=atol, err_msg=f"{case} {column}"
        )
