"""Agreement of readers: awkward ICCs and Bland-Altman against R, missing readings, speed."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tilscope.statistics import ICC_FORMS, bland_altman, icc, icc_value
from tilscope.vocabulary import TableError

HERE = Path(__file__).parents[2] / "reference" / "statistics"
AWKWARD = pd.read_csv(HERE / "icc_awkward_expected.csv")
PAIRS = pd.read_csv(HERE / "bland_altman_input.csv")
LIMITS = pd.read_csv(HERE / "bland_altman_expected.csv").to_dict("records")


@pytest.mark.parametrize("feature", AWKWARD["feature"].unique())
def test_awkward_iccs_equal_psych(feature):
    table = pd.read_csv(HERE / "icc_awkward_input.csv").query("feature == @feature")
    ratings = table.pivot(index="target", columns="rater", values="rating").to_numpy()
    expected = AWKWARD.query("feature == @feature").set_index("form").loc[list(ICC_FORMS)]
    found = icc(ratings).to_frame().set_index("form")
    # readings near 1e6 differ by 1: ten digits are left of them
    rtol = 1e-8 if feature != "far_from_zero" else 1e-7
    for ours, theirs in {"icc": "icc", "ci_low": "low", "ci_high": "high", "f_statistic": "f"}.items():
        np.testing.assert_allclose(found[ours], expected[theirs], rtol=rtol, atol=1e-9, err_msg=ours)
    np.testing.assert_allclose(found["p_value"], expected["p_value"], rtol=1e-6, atol=1e-300)
    for form in ICC_FORMS:
        assert icc_value(ratings[np.newaxis], form)[0] == icc(ratings).form(form).value


def test_a_feature_without_icc_says_why():
    stack = np.array([[[1.0, 1.1], [2.0, 2.1], [3.0, 2.9]]] * 4)
    stack[1, 0, 0] = np.nan
    stack[2] = 7.0
    stack[3] = 7.0 * (1.0 + 1e-15 * np.arange(6).reshape(3, 2))  # rounding only
    found = icc(stack)
    assert found.reasons == (
        "",
        "missing or infinite rating",
        "one value throughout",
        "one value throughout",
    )
    assert np.isfinite(icc_value(stack)).tolist() == [True, False, False, False]
    assert np.isnan(np.asarray(found.form("ICC(3,k)").ci_low)[1:]).all()


def test_thousands_of_features_take_less_than_a_second(rng):
    truth = rng.normal(size=(6710, 60, 1))
    stack = truth + 0.4 * rng.normal(size=(6710, 60, 2))
    icc(stack[:2])  # scipy's import is not measured
    started = time.process_time()
    found = icc(stack)
    assert time.process_time() - started < 1.0  # .06 s on an idle core
    # 1 / (1 + .4^2): the expected agreement
    assert np.mean(found.form("ICC(2,1)").value) == pytest.approx(1 / 1.16, abs=0.005)
    low, high = (np.asarray(getattr(found.form("ICC(2,1)"), side)) for side in ("ci_low", "ci_high"))
    assert np.mean((low <= 1 / 1.16) & (high >= 1 / 1.16)) == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize("row", LIMITS, ids=lambda r: f"{r['case']}-{r['confidence']}")
def test_bland_altman_equals_r(row):
    pairs = PAIRS[PAIRS["case"] == row["case"]]
    exact = bland_altman(pairs["first"], pairs["second"], confidence=row["confidence"])
    found = {
        "n": exact.n,
        "bias": exact.bias.value,
        "bias_low": exact.bias.ci_low,
        "bias_high": exact.bias.ci_high,
        "bias_p": exact.bias_p_value,
        "sd": exact.sd,
        "lower": exact.lower.value,
        "upper": exact.upper.value,
        "lower_low": exact.lower.ci_low,
        "lower_high": exact.lower.ci_high,
        "upper_low": exact.upper.ci_low,
        "upper_high": exact.upper.ci_high,
        "slope": exact.slope.value,
        "slope_low": exact.slope.ci_low,
        "slope_high": exact.slope.ci_high,
        "slope_p": exact.slope_p_value,
    }
    assert found == pytest.approx({name: row[name] for name in found}, rel=1e-9)
    approximate = bland_altman(
        pairs["first"], pairs["second"], confidence=row["confidence"], interval="approximate"
    )
    half = (approximate.upper.ci_high - approximate.upper.ci_low) / 2
    assert half == pytest.approx(row["approximate_half"], rel=1e-9)
    assert approximate.upper.value == exact.upper.value


def test_the_published_example_of_1986():
    pairs = PAIRS[PAIRS["case"] == "peak_flow"]
    found = bland_altman(pairs["first"], pairs["second"])  # mini meter, large meter
    assert (round(found.bias.value, 1), round(found.sd, 1)) == (-2.1, 38.8)
    # the paper adds two standard deviations: -79.7 and 75.5
    assert found.bias.value - 2 * found.sd == pytest.approx(-79.7, abs=0.1)
    assert (round(found.bias.ci_low, 1), round(found.bias.ci_high, 1)) == (-22.0, 17.8)  # -22.1 to 17.8 there


def test_statistics_of_shift_and_slope_are_scipys():
    pairs = PAIRS[PAIRS["case"] == "peak_flow"]
    found = bland_altman(pairs["first"], pairs["second"])
    assert found.bias_t == pytest.approx(
        stats.ttest_rel(pairs["second"], pairs["first"]).statistic, rel=1e-12
    )
    line = stats.linregress((pairs["first"] + pairs["second"]) / 2, pairs["second"] - pairs["first"])
    assert found.slope_t == pytest.approx(line.slope / line.stderr, rel=1e-9)
    alike = bland_altman([1.0, 2.0, 4.0], [0.0, 1.0, 3.0])  # no spread: certain
    assert (alike.bias_t, alike.bias_p_value) == (-np.inf, 0.0)


def test_missing_readings_are_left_out_and_counted():
    found = bland_altman([1.0, 2.0, np.nan, 4.0, 5.0], [1.5, 2.0, 3.0, np.inf, 5.5])
    assert (found.n, found.n_left_out) == (3, 2)
    assert found.difference.tolist() == [0.5, 0.0, 0.5]
    with pytest.raises(TableError, match="TAB-60"):
        bland_altman([1.0, 2.0, np.nan], [1.0, 2.0, 3.0])
    with pytest.raises(TableError, match="TAB-60"):
        bland_altman([1.0, 2.0, 3.0], [1.0, 2.0])


def test_equal_readings_have_limits_at_zero():
    found = bland_altman([1.0, 2.0, 4.0], [1.0, 2.0, 4.0])
    assert (found.lower.value, found.bias.value, found.upper.value) == (0.0, 0.0, 0.0)
    assert (found.bias_p_value, found.slope_p_value) == (1.0, 1.0)
