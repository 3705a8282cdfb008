"""Moderated t against R limma (tests/reference/biology/README.md)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import DIFFERENTIAL_COLUMNS, moderated_t
from tilscope.biology.differential.empirical_bayes import fit_variance_prior
from tilscope.biology.differential.linear_model import fit_contrast
from tilscope.biology.differential.student_t import two_sided_p, two_sided_quantile

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"
P_RTOL = 1e-9  # the promise of the method; the largest difference seen is 2e-13
ATOL = 1e-11  # of fold changes, t and log-odds of order 1 to 10; the largest difference seen is 3e-13
MEANS, ADJUSTED = ["high", "low"], ["intercept", "high", "batch", "age"]
CASES = {
    "means": ("", MEANS, [1, -1], False),
    "means-trend": ("", MEANS, [1, -1], True),
    "adjusted": ("", ADJUSTED, [0, 1, 0, 0], False),
    "adjusted-mixed-trend": ("", ADJUSTED, [0, 1, 0.5, 0.01], True),
    "missing": ("_missing", MEANS, [1, -1], False),
    "missing-trend": ("_missing", MEANS, [1, -1], True),
    "missing-adjusted": ("_missing", ADJUSTED, [0, 1, 0, 0], False),
    "missing-adjusted-mixed": ("_missing", ADJUSTED, [0, 1, 0.5, 0.01], False),
    "constant": ("", MEANS, [1, -1], False),
    "equal": ("_equal", MEANS, [1, -1], False),
    "equal-trend": ("_equal", MEANS, [1, -1], True),
    "few-trend": ("", MEANS, [1, -1], True),
}


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / name, index_col=0)


def test_every_reference_case_is_tested():
    assert set(read("limma_expected.csv").index) == set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_moderated_t_equals_limma(case):
    suffix, columns, contrast, trend = CASES[case]
    expression = read(f"limma_expression{suffix}.csv")
    if case == "constant":
        expression.loc["GENE020"] = 5.0
    if case == "few-trend":
        expression = expression.iloc[:5]
    expected = read("limma_expected.csv").loc[case].set_index("gene")
    result = moderated_t(expression, read("limma_design.csv")[columns].to_numpy(float), contrast, trend)
    assert list(result.columns) == list(DIFFERENTIAL_COLUMNS)
    assert list(result.index) == list(expression.index)
    result = result.loc[expected.index]
    for column in DIFFERENTIAL_COLUMNS:
        is_p = column.startswith("p_")
        np.testing.assert_allclose(
            result[column], expected[column], rtol=P_RTOL, atol=0 if is_p else ATOL, err_msg=column
        )


def test_equal_variances_reach_the_infinite_prior():
    expression = read("limma_expression_equal.csv")
    design = read("limma_design.csv")[MEANS].to_numpy(float)
    fit = fit_contrast(expression.to_numpy(float), design, np.array([1.0, -1.0]))
    assert np.isinf(fit_variance_prior(fit.variance, fit.df).df)


def test_missing_values_leave_genes_without_an_answer_and_the_others_with_one():
    design = read("limma_design.csv")[MEANS]
    result = moderated_t(read("limma_expression_missing.csv"), design, [1, -1])
    unknown = result.index[result["p_value"].isna()]
    assert list(unknown) == ["GENE001", "GENE002", "GENE003", "GENE005"]


def test_t_tails_equal_r():
    table = pd.read_csv(REFERENCE / "pt_expected.csv")
    np.testing.assert_allclose(
        two_sided_p(table["t"], table["df"]), table["p_value"], rtol=1e-12, atol=1e-300
    )


def test_t_quantiles_equal_r():
    table = pd.read_csv(REFERENCE / "qt_expected.csv")
    # R's own qt iterates to about 1e-12
    np.testing.assert_allclose(
        two_sided_quantile(table["p"], table["df"]), table["t"], rtol=1e-11, atol=1e-15
    )
