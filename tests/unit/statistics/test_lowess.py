"""The robust local line against R's lowess (recipe_lowess.R), and what holds for any trend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.statistics import lowess

HERE = Path(__file__).parents[2] / "reference" / "statistics"
DATA = dict(list(pd.read_csv(HERE / "lowess_input.csv").groupby("data")))
CASES = [case for _, case in pd.read_csv(HERE / "lowess_expected.csv").groupby("case")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['data'].iloc[0]}-{case['case'].iloc[0]}")
def test_equal_to_r(case):
    given, row = DATA[case["data"].iloc[0]], case.iloc[0]
    delta = None if np.isnan(row["delta"]) else row["delta"]
    found = lowess(given["x"], given["y"], row["fraction"], int(row["n_iterations"]), delta)
    by_x = np.argsort(given["x"].to_numpy(), kind="stable")
    np.testing.assert_allclose(found[by_x], case["trend"], rtol=1e-11, atol=1e-11)


def test_a_line_is_kept_and_one_outlier_does_not_bend_it():
    x = np.linspace(-1, 2, 60)
    y = 3 * x - 1
    np.testing.assert_allclose(lowess(x, y), y, atol=1e-12)
    y[30] += 50
    np.testing.assert_allclose(np.delete(lowess(x, y) - (3 * x - 1), 30), 0, atol=1e-3)


def test_order_of_the_points_does_not_matter(rng):
    x, y = rng.normal(size=80), rng.normal(size=80)
    shuffled = rng.permutation(80)
    np.testing.assert_allclose(lowess(x[shuffled], y[shuffled]), lowess(x, y)[shuffled], rtol=1e-12)


def test_one_point_is_its_own_trend():
    assert lowess([1.0], [7.0]).tolist() == [7.0]
