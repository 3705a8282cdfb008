"""Correlations, trends over ordered classes and sizes of associations, against R."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.statistics import (
    cochran_armitage,
    correlate,
    correlate_rows,
    cramers_v,
    jonckheere_terpstra,
    linear_by_linear,
    odds_ratio,
)
from tilscope.vocabulary import TableError

REFERENCE = Path(__file__).parents[2] / "reference" / "statistics"
PAIRS = {
    str(name): part[["x", "y"]].to_numpy().T
    for name, part in pd.read_csv(REFERENCE / "correlation_input.csv").groupby("case")
}


def rows(file):
    return [row for _, row in pd.read_csv(REFERENCE / file).iterrows()]


def counts(row):
    return np.array([[int(cell) for cell in line.split(";")] for line in row["cells"].split("/")])


@pytest.mark.parametrize(
    "row", rows("correlation_expected.csv"), ids=lambda row: f"{row['case']}-{row['method']}"
)
def test_correlations_equal_cor_test(row):
    found = correlate(*PAIRS[row["case"]], row["method"])
    assert found.n == row["n"]
    expected = row[["value", "p_value", "low", "high"]].to_numpy(dtype=float)
    got = np.array([found.value, found.p_value, found.ci_low, found.ci_high])
    if expected[1] > 0.0:
        np.testing.assert_allclose(got, expected, rtol=1e-9)
        return
    # R's series says p = 0 of rho = -.94 with 11 patients and of .97 with 60; ours is the t distribution's there
    np.testing.assert_allclose(got[[0, 2, 3]], expected[[0, 2, 3]], rtol=1e-9)
    assert {"n11": 1e-6, "n60": 1e-40}[row["case"]] < got[1] < 1e-4


def test_many_at_once_equal_one_by_one(rng):
    x, y = rng.normal(size=(4, 30)), rng.normal(size=(7, 30)).round(1)
    y[2] = 5.0
    x[1, 3] = y[0, 4] = y[6, :28] = np.nan
    for method in ("spearman", "pearson"):
        found = correlate_rows(x, y, method)
        for i, j in np.ndindex(4, 7):
            one = correlate(x[i], y[j], method)
            got = [getattr(found, name)[i, j] for name in ("value", "ci_low", "ci_high", "p_value", "n")]
            expected = [one.value, one.ci_low, one.ci_high, one.p_value, one.n]
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)
    assert np.isnan(found.value[:, [2, 6]]).all()
    assert found.n[:, 6].tolist() == [2, 2, 2, 2]


def test_exact_p_is_the_share_of_orders():
    x, y = np.arange(6.0), np.array([2.0, 1.0, 3.0, 0.0, 5.0, 4.0])
    middle = 2.5
    products = [((x - middle) * (np.array(order) - middle)).sum() for order in permutations(range(6))]
    observed = ((x - middle) * (y - middle)).sum()
    expected = np.mean(np.abs(products) >= observed - 1e-9)
    assert correlate(x, y).p_value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([1.0, 2.0, np.nan], [1.0, 2.0, 3.0], "fewer than three"),
        ([2.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0], "equal"),
    ],
)
def test_what_cannot_be_correlated_is_nan_with_a_reason(x, y, words):
    found = correlate(x, y)
    assert np.isnan([found.value, found.p_value, found.ci_low]).all()
    assert words in (found.reason or "")


def test_infinite_values_and_other_patients_are_refused():
    with pytest.raises(TableError, match="TAB-59"):
        correlate([1.0, np.inf, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(TableError, match="TAB-51"):
        correlate([1.0, 2.0, 3.0], [1.0, 2.0])


@pytest.mark.parametrize("row", rows("trend_expected.csv"), ids=lambda row: row["case"])
def test_trends_equal_prop_trend_test_and_coin(row):
    table = counts(row)
    found = linear_by_linear(table)
    np.testing.assert_allclose(
        [found.statistic, found.p_value], row[["linear", "linear_p"]].to_numpy(float), rtol=1e-9
    )
    if table.shape[1] == 2:
        for scores, name in ((None, "armitage"), (np.arange(1.0, len(table) + 1) ** 2, "squares")):
            one = cochran_armitage(table, scores)
            np.testing.assert_allclose(
                [one.statistic, one.p_value], row[[name, f"{name}_p"]].to_numpy(float), rtol=1e-9
            )


def test_an_empty_level_keeps_its_place():
    assert cochran_armitage([[9, 3], [0, 0], [2, 8]]).statistic == pytest.approx(
        cochran_armitage([[9, 3], [2, 8]], [1.0, 3.0]).statistic
    )
    one_level = cochran_armitage([[9, 3], [0, 0]])
    assert np.isnan(one_level.p_value)
    assert "levels" in (one_level.reason or "")
    assert "groups" in (cochran_armitage([[9, 0], [4, 0]]).reason or "")
    with pytest.raises(TableError, match="TAB-59"):
        cochran_armitage([[9, 3, 1], [2, 2, 2]])
    with pytest.raises(TableError, match="score per level"):
        cochran_armitage([[9, 3], [2, 2]], [1.0])


@pytest.mark.parametrize("row", rows("jonckheere_expected.csv"), ids=lambda row: row["case"])
def test_jonckheere_equals_kendalls_test_with_the_group(row):
    groups = [[float(v) for v in part.split(";")] for part in row["values"].split("/")]
    found = jonckheere_terpstra(groups)
    np.testing.assert_allclose([found.statistic, found.p_value], [row["z"], row["p_value"]], rtol=1e-9)
    assert np.isnan(jonckheere_terpstra([[1.0, 1.0], [1.0], []]).p_value)
    assert np.isnan(jonckheere_terpstra([[1.0, 2.0, 5.0], []]).p_value)


@pytest.mark.parametrize("row", rows("association_size_expected.csv"), ids=lambda row: row["case"])
def test_sizes_equal_r(row):
    table = counts(next(r for r in rows("trend_expected.csv") if r["case"] == row["case"]))
    v = cramers_v(table)
    # R's root is where its own pchisq, good to about 1e-12, crosses
    np.testing.assert_allclose(
        [v.value, v.ci_low, v.ci_high], row[["v", "v_low", "v_high"]].to_numpy(float), rtol=1e-7
    )
    if table.shape == (2, 2):
        odds = odds_ratio(table)
        # fisher.test stops its root at 1e-4 of its tolerance
        np.testing.assert_allclose(
            [odds.value, odds.ci_low, odds.ci_high],
            row[["odds", "odds_low", "odds_high"]].to_numpy(float),
            rtol=1e-3,
        )


def test_no_association_has_an_interval_from_0():
    found = cramers_v([[10, 10], [10, 10]])
    assert (found.value, found.ci_low) == (0.0, 0.0)
    assert 0.0 < found.ci_high < 0.5
    assert "hold patients" in (cramers_v([[3, 4], [0, 0]]).reason or "")
    assert odds_ratio([[5, 0], [3, 4]]).ci_high == np.inf
    assert "hold patients" in (odds_ratio([[5, 0], [3, 0]]).reason or "")
    with pytest.raises(TableError, match="2 x 2"):
        odds_ratio([[5, 1, 2], [3, 4, 4]])
