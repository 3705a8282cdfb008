"""Calibration, decision curve, precision-recall, Youden, likelihood ratios, and the AUC's interval."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import average_precision_score, precision_recall_curve

from tilscope.statistics import (
    calibration,
    confusion_matrix,
    decision_curve,
    delong_test,
    precision_recall,
    roc_auc,
    youden_cutoff,
)
from tilscope.vocabulary import TableError

HERE = Path(__file__).parents[2] / "reference" / "statistics"
LABELS = ["high", "high", "low", "low", "low"]
SCORES = [0.9, 0.5, 0.5, 0.2, 0.1]


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / name)


def each(name: str):
    rows = read(name).to_dict("records")
    return pytest.mark.parametrize("row", rows, ids=lambda r: str(next(iter(r.values()))))


def case(name: str) -> pd.DataFrame:
    table = read("calibration_input.csv")
    return table[table.case == name]


# --- AUC


@each("auc_logit_expected.csv")
def test_the_interval_by_default_is_the_one_on_the_logit(row):
    data = read("roc_input.csv")
    at95, at90 = (roc_auc(data["y"], data[row["score"]], 1, confidence=c) for c in (0.95, 0.90))
    assert at95.interval == "logit"
    found = [at95.ci_low, at95.ci_high, at90.ci_low, at90.ci_high]
    np.testing.assert_allclose(found, [row[k] for k in ("low95", "high95", "low90", "high90")], rtol=1e-12)


@pytest.mark.parametrize("row", read("asah_delong_expected.csv").to_dict("records"))
def test_asah_paired_test_equals_proc_to_nine_digits(row, real_data):
    data = pd.read_csv(real_data / "statistics" / "aSAH.csv")
    found = delong_test(data["outcome"], data[row["a"]], data[row["b"]], "Poor")
    assert found.z == pytest.approx(row["z"], rel=1e-9)
    assert found.p_value == pytest.approx(row["p_value"], rel=1e-9)


@pytest.mark.parametrize("true_auc", [0.8, 0.868, 0.9])
def test_with_23_and_18_patients_the_logit_interval_covers_as_often_as_it_says(true_auc):
    # two normal classes, so that the true AUC is Phi(shift / sqrt 2)
    rng = np.random.default_rng([2022, round(1000 * true_auc)])
    shift = norm.ppf(true_auc) * 2**0.5
    y = np.repeat([1, 0], [23, 18])
    hits = {"delong": 0, "logit": 0}
    for _ in range(800):
        score = rng.normal(size=41) + shift * y
        for interval in hits:
            found = roc_auc(y, score, 1, interval=interval)  # type: ignore[arg-type]
            hits[interval] += found.ci_low <= true_auc <= found.ci_high
    plain, logit = hits["delong"] / 800, hits["logit"] / 800
    assert abs(logit - 0.95) < abs(plain - 0.95)
    assert 0.93 <= logit <= 0.98
    assert plain < 0.94


@pytest.mark.parametrize("interval", ["delong", "logit"])
@pytest.mark.parametrize(("score", "auc"), [([5, 4, 3, 2, 1], 1.0), ([1, 2, 3, 4, 5], 0.0), ([1] * 5, 0.5)])
def test_without_a_variance_there_is_no_interval(interval, score, auc):
    found = roc_auc(LABELS, score, "high", interval=interval)
    assert found.auc == auc
    assert np.isnan([found.ci_low, found.ci_high]).all()
    assert found.reason == f"no interval: DeLong's variance is zero at an AUC of {auc:g}"


# --- calibration


@each("calibration_expected.csv")
def test_calibration_equals_r(row):
    data = case(row["case"])
    found = calibration(data["y"], data["p"], 1)
    for name in ("intercept", "slope"):
        ours = getattr(found, name)
        numbers = [ours.value, ours.standard_error, ours.ci_low, ours.ci_high]
        expected = [row[name + end] for end in ("", "_se", "_low", "_high")]
        np.testing.assert_allclose(numbers, expected, rtol=1e-7, err_msg=name)
        assert ours.p_value == pytest.approx(row[name + "_p"], rel=1e-6)
    np.testing.assert_allclose(
        [found.joint_chi2, found.joint_p_value], [row["chi2"], row["p_value"]], rtol=1e-6, atol=1e-15
    )
    assert found.brier == pytest.approx(row["brier"], rel=1e-12)
    assert found.scaled_brier == pytest.approx(1 - row["brier"] / row["brier_null"], rel=1e-9)
    ratio = found.expected_observed
    np.testing.assert_allclose(
        [ratio.value, ratio.ci_low, ratio.ci_high], [row["eo"], row["eo_low"], row["eo_high"]], rtol=1e-9
    )
    assert found.reason is None


@pytest.mark.parametrize("name", ["good", "few", "tied"])
def test_groups_and_curve_equal_r(name):
    data = case(name)
    found = calibration(data["y"], data["p"], 1)
    groups = read("calibration_groups_expected.csv").query("case == @name")
    assert [g.observed.denominator for g in found.groups] == list(groups["n"])
    assert [g.observed.numerator for g in found.groups] == list(groups["n_positive"])
    np.testing.assert_allclose([g.mean_score for g in found.groups], groups["mean_score"], rtol=1e-12)
    curve = read("calibration_curve_expected.csv").query("case == @name")
    scores = np.array(found.curve.score)
    assert (np.diff(scores) >= 0).all()
    assert (scores[0], scores[-1]) == pytest.approx((data["p"].min(), data["p"].max()))
    assert np.diff(scores).max() <= np.ptp(scores) / 49 + 1e-12  # no coarse stretch
    at = [int(np.abs(scores - score).argmin()) for score in curve["score"]]
    for ours, theirs in (
        ("score", "score"),
        ("observed", "observed"),
        ("ci_low", "low"),
        ("ci_high", "high"),
    ):
        np.testing.assert_allclose(
            np.array(getattr(found.curve, ours))[at], curve[theirs], rtol=1e-7, err_msg=ours
        )


def test_brier_by_hand():
    found = calibration(["high", "low", "low"], [0.8, 0.4, 0.3], "high", n_groups=1)
    assert found.brier == pytest.approx((0.04 + 0.16 + 0.09) / 3)
    assert found.scaled_brier == pytest.approx(1 - (0.29 / 3) / (2 / 9))
    assert found.mean_score == pytest.approx(0.5)
    assert found.expected_observed.value == pytest.approx(1.5)


def test_the_other_class_mirrors_the_calibration():
    data = case("few")
    found, other = calibration(data["y"], data["p"], 1), calibration(data["y"], 1 - data["p"], 0)
    assert other.intercept.value == pytest.approx(-found.intercept.value, rel=1e-9)
    assert other.slope.value == pytest.approx(found.slope.value, rel=1e-9)
    assert (other.brier, other.positive) == (pytest.approx(found.brier), "0")


@pytest.mark.parametrize(
    ("labels", "scores", "told", "intercept_too"),
    [
        (LABELS, [0.9, 0.5, 0.5, 0.2, 0.0], "exactly 0 or 1 have no logit (1 of 5)", True),
        (LABELS, [0.9, 1.0, 0.5, 0.2, 0.1], "exactly 0 or 1 have no logit (1 of 5)", True),
        (["high"] * 5, SCORES, "one class only", True),
        (LABELS, [0.4] * 5, "all scores are equal", False),
        (LABELS, [0.9, 0.8, 0.5, 0.2, 0.1], "separates the classes", False),
        (LABELS, SCORES, "separates the classes", False),  # but for one tie: no finite slope either
        (LABELS, [0.1, 0.2, 0.5, 0.6, 0.7], "separates the classes", False),
    ],
    ids=["zero", "one", "one class", "constant", "separated", "nearly separated", "wrong way round"],
)
def test_nothing_is_made_up_where_a_model_has_no_fit(labels, scores, told, intercept_too):
    found = calibration(labels, scores, "high")
    assert told in (found.reason or "")
    assert np.isnan([found.slope.value, found.slope.ci_low, found.slope.p_value, found.joint_p_value]).all()
    assert np.isnan(found.intercept.value) == intercept_too
    assert np.isfinite(found.brier)
    assert found.curve.score == ()
    assert sum(g.observed.denominator for g in found.groups) == 5


def test_scores_that_are_no_probabilities_are_refused():
    for wrong in ([1.2, 0.5, 0.5, 0.2, 0.1], [-0.1, 0.5, 0.5, 0.2, 0.1]):
        with pytest.raises(TableError) as caught:
            calibration(LABELS, wrong, "high")
        assert caught.value.rule == "TAB-59"


# --- decision curve


def test_net_benefit_by_hand():
    # 2 high, 3 low; at .5: both high and one low called -> 2/5 - 1/5 x 1; at .25 the same calls, odds 1/3
    found = decision_curve(LABELS, SCORES, "high", thresholds=[0.15, 0.25, 0.5, 0.6, 0.95])
    np.testing.assert_allclose(
        found.model,
        [2 / 5 - 2 / 5 * (0.15 / 0.85), 2 / 5 - 1 / 15, 1 / 5, 1 / 5, 0],
        atol=1e-15,
    )
    np.testing.assert_allclose(
        found.treat_all, [2 / 5 - 3 / 5 * t / (1 - t) for t in (0.15, 0.25, 0.5, 0.6, 0.95)]
    )
    # one low fewer is treated at .15 without losing a high one: 1 of 5 patients, 20 of 100
    assert found.avoided_per_100[0] == pytest.approx(20)
    assert (found.positive, found.n_positive, found.n_negative) == ("high", 2, 3)


def test_acting_on_everybody_is_worth_nothing_at_the_prevalence():
    found = decision_curve(LABELS, SCORES, "high", thresholds=[0.4])
    assert found.treat_all[0] == pytest.approx(0, abs=1e-15)


def test_a_constant_score_is_everybody_then_nobody():
    found = decision_curve(LABELS, [0.4] * 5, "high")
    assert found.thresholds.size == 99
    below = found.thresholds <= 0.4
    np.testing.assert_allclose(found.model[below], found.treat_all[below])
    np.testing.assert_array_equal(found.model[~below], 0)


def test_one_class_has_no_net_benefit_and_thresholds_are_probabilities():
    found = decision_curve(["low"] * 5, SCORES, "high")
    assert np.isnan(found.model).all()
    assert "one class" in (found.reason or "")
    for wrong in ([0.0, 0.5], [0.5, 1.0], []):
        with pytest.raises(TableError):
            decision_curve(LABELS, SCORES, "high", thresholds=wrong)


# --- precision and recall


def test_precision_recall_by_hand():
    found = precision_recall(LABELS, SCORES, "high")
    np.testing.assert_allclose(found.thresholds, [0.9, 0.5, 0.2, 0.1])
    np.testing.assert_allclose(found.precision, [1, 2 / 3, 2 / 4, 2 / 5])
    np.testing.assert_allclose(found.recall, [0.5, 1, 1, 1])
    assert found.average_precision == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert found.baseline == pytest.approx(0.4)


@pytest.mark.parametrize("name", ["smooth", "tied", "wrong", "rough"])
def test_precision_recall_equals_scikit_learn(name):
    data = read("roc_input.csv")
    found = precision_recall(data["y"], data[name], 1)
    expected = average_precision_score(data["y"], data[name])
    assert found.average_precision == pytest.approx(expected, abs=1e-12)
    precision, recall, thresholds = precision_recall_curve(data["y"], data[name])
    np.testing.assert_allclose(found.thresholds, thresholds[::-1])
    np.testing.assert_allclose(found.precision, precision[:-1][::-1])
    np.testing.assert_allclose(found.recall, recall[:-1][::-1])


def test_precision_recall_of_one_class_has_a_reason():
    for only in ("high", "low"):
        found = precision_recall([only] * 3, [1, 2, 3], "high")
        assert np.isnan(found.average_precision)
        assert "one class" in (found.reason or "")


# --- Youden's cut-off


@pytest.mark.parametrize("name", ["smooth", "tied", "rough"])
def test_youden_equals_proc(name):
    data = read("roc_input.csv")
    found = youden_cutoff(data["y"], data[name], 1)
    (row,) = read("youden_expected.csv").query("score == @name").to_dict("records")
    np.testing.assert_allclose(
        [found.cutoff, found.sensitivity, found.specificity],
        [row["threshold"], row["sensitivity"], row["specificity"]],
        rtol=1e-12,
    )
    assert found.index == pytest.approx(row["sensitivity"] + row["specificity"] - 1)
    assert found.n_equal == 1


def test_a_score_that_points_the_wrong_way_has_no_cutoff():
    # pROC finds its best at -Inf and Inf: everybody or nobody
    data = read("roc_input.csv")
    found = youden_cutoff(data["y"], data["wrong"], 1)
    assert not np.isfinite(read("youden_expected.csv").query("score == 'wrong'")["threshold"]).any()
    assert np.isnan(found.cutoff)
    assert "better than chance" in (found.reason or "")
    assert "better than chance" in (youden_cutoff(LABELS, [0.4] * 5, "high").reason or "")
    assert "one class" in (youden_cutoff(["low"] * 5, SCORES, "high").reason or "")


def test_of_equal_cutoffs_the_balanced_one_wins_then_the_lower():
    # by hand, 3 + 3 patients; J of the cuts between the scores 1..6: low low high low high high
    y = ["low", "low", "high", "low", "high", "high"]
    found = youden_cutoff(y, [1, 2, 3, 4, 5, 6], "high")
    # cut 2.5: 3/3 and 2/3, cut 4.5: 2/3 and 3/3 -> the same J and the same imbalance: the lower
    assert (found.cutoff, found.n_equal) == (2.5, 2)
    assert (found.sensitivity, found.specificity) == (1.0, pytest.approx(2 / 3))
    y = ["low", "high", "low", "high", "low", "high"]
    found = youden_cutoff(y, [1, 2, 3, 4, 5, 6], "high")
    # cuts 1.5 (3/3, 1/3), 3.5 (2/3, 2/3), 5.5 (1/3, 3/3): the middle one is balanced
    assert (found.cutoff, found.n_equal, found.index) == (3.5, 3, pytest.approx(1 / 3))


def test_a_cutoff_between_neighbouring_floats_still_divides_them():
    low = 0.5
    high = float(np.nextafter(low, 1.0))
    assert youden_cutoff(["low", "high"], [low, high], "high").cutoff == high


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_youden_is_the_largest_over_all_cutoffs(data):
    n = data.draw(st.integers(4, 20))
    score = np.array(data.draw(st.lists(st.integers(0, 8), min_size=n, max_size=n)), dtype=float)
    y = np.array([1, 0, *data.draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))])
    index = [(score[y == 1] >= c).mean() + (score[y == 0] < c).mean() - 1 for c in np.unique(score)]
    found = youden_cutoff(y, score, 1)
    if max(index) > 1e-12:
        assert found.index == pytest.approx(max(index))
        called = score >= found.cutoff
        assert called[y == 1].mean() == pytest.approx(found.sensitivity)
        assert (~called)[y == 0].mean() == pytest.approx(found.specificity)
    else:
        assert np.isnan(found.cutoff)


# --- likelihood ratios


@pytest.mark.parametrize("row", read("likelihood_ratios_expected.csv").to_dict("records"))
def test_likelihood_ratios_equal_epir(row):
    truth = ["high"] * (row["tp"] + row["fn"]) + ["low"] * (row["fp"] + row["tn"])
    called = [
        word
        for word, n in zip(("high", "low") * 2, [row[k] for k in ("tp", "fn", "fp", "tn")], strict=True)
        for _ in range(n)
    ]
    matrix = confusion_matrix(truth, called, "high")
    names = {"lr.pos": "positive_likelihood_ratio", "lr.neg": "negative_likelihood_ratio"}
    found = getattr(matrix, names[row["measure"]])
    np.testing.assert_allclose(
        [found.value, found.ci_low, found.ci_high], [row["value"], row["low"], row["high"]], rtol=1e-9
    )
    assert (matrix.prevalence.numerator, matrix.prevalence.denominator) == (row["tp"] + row["fn"], matrix.n)


def test_likelihood_ratios_of_empty_cells_have_reasons():
    perfect = confusion_matrix(LABELS, LABELS, "high")
    assert np.isnan(perfect.positive_likelihood_ratio.value)
    assert "denominator" in (perfect.positive_likelihood_ratio.reason or "")
    assert perfect.negative_likelihood_ratio.value == 0
    assert np.isnan(perfect.negative_likelihood_ratio.ci_high)
    everybody = confusion_matrix(LABELS, ["high"] * 5, "high")
    assert everybody.positive_likelihood_ratio.value == 1
    assert "alike" in (everybody.positive_likelihood_ratio.reason or "")
    one = confusion_matrix(["low"] * 3, ["low"] * 3, "high")
    assert "one class" in (one.negative_likelihood_ratio.reason or "")
