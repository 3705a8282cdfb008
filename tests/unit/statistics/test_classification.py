"""ROC curves and confusion matrices: hand calculations, degenerate input, invariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilscope.statistics import confusion_matrix, delong_test, roc_auc, roc_curve
from tilscope.vocabulary import TableError

LABELS = ["high", "high", "low", "low", "low"]


def test_hand_calculated_auc_with_a_tie():
    # pairs (high, low): .9 beats 3; .5 beats .1 and .2 and ties .5 -> (3 + 2.5) / 6
    found = roc_auc(LABELS, [0.9, 0.5, 0.5, 0.2, 0.1], "high")
    assert found.auc == pytest.approx(5.5 / 6)
    # placements of the highs: 1, 2.5/3 (variance 1/72); of the lows: .75, 1, 1 (variance 1/48)
    assert found.variance == pytest.approx((1 / 72) / 2 + (1 / 48) / 3)


def test_positive_class_decides_the_direction():
    score = [0.9, 0.4, 0.5, 0.2, 0.1]
    assert roc_auc(LABELS, score, "low").auc == pytest.approx(1 - roc_auc(LABELS, score, "high").auc)


def test_one_class_is_na_with_a_reason():
    found = roc_auc(["high"] * 4, [1, 2, 3, 4], "high")
    assert np.isnan([found.auc, found.variance, found.ci_low, found.ci_high]).all()
    assert "one class" in (found.reason or "")
    assert "one class" in (delong_test(["low"] * 3, [1, 2, 3], [3, 2, 1], "high").reason or "")


def test_no_interval_is_made_up_for_perfect_separation():
    found = roc_auc(LABELS, [5, 4, 3, 2, 1], "high")
    assert (found.auc, found.variance) == (1.0, 0.0)
    assert np.isnan([found.ci_low, found.ci_high]).all()
    assert "zero" in (found.reason or "")


def test_one_positive_has_an_auc_but_no_variance():
    found = roc_auc(["high", "low", "low"], [2, 1, 3], "high")
    assert found.auc == 0.5
    assert np.isnan(found.variance)
    assert "fewer than two" in (found.reason or "")


def test_identical_scores_have_no_delong_test():
    found = delong_test(LABELS, [0.9, 0.5, 0.5, 0.2, 0.1], [0.9, 0.5, 0.5, 0.2, 0.1], "high")
    assert np.isnan(found.p_value)
    assert found.difference == 0
    assert "no variance" in (found.reason or "")


def test_logit_interval_stays_inside_and_around():
    score = [0.9, 0.5, 0.5, 0.2, 0.1]
    logit = roc_auc(LABELS, score, "high", interval="logit")
    # hand: auc 11/12, variance 1/144 + 1/144, half width on the logit 1.959964 * se / (auc (1 - auc))
    half = 1.959963985 * (2 / 144) ** 0.5 / (11 / 144)
    assert logit.ci_low == pytest.approx(1 / (1 + np.exp(-(np.log(11) - half))), abs=1e-9)
    assert 0 < logit.ci_low < logit.auc < logit.ci_high < 1


@pytest.mark.parametrize(
    ("labels", "score"),
    [
        (["a", "b", "c"], [1, 2, 3]),
        (["a", "b", None], [1, 2, 3]),
        (["High", "low", "low"], [1, 2, 3]),
        (LABELS, [1, 2, np.nan, 3, 4]),
        (LABELS, [1, 2, np.inf, 3, 4]),
        (LABELS, [1, 2]),
    ],
    ids=["three labels", "missing label", "positive misspelt", "nan", "inf", "length"],
)
def test_unusable_input_is_refused(labels, score):
    with pytest.raises(TableError) as caught:
        roc_auc(labels, score, "high")
    assert caught.value.rule == "TAB-59"


def test_roc_curve_by_hand():
    found = roc_curve(LABELS, [0.9, 0.5, 0.5, 0.2, 0.1], "high")
    np.testing.assert_array_equal(found.thresholds, [np.inf, 0.9, 0.5, 0.2, 0.1])
    np.testing.assert_allclose(found.sensitivity, [0, 0.5, 1, 1, 1])
    np.testing.assert_allclose(1 - found.specificity, [0, 0, 1 / 3, 2 / 3, 1])


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_auc_is_blind_to_monotone_scales_and_to_order(data):
    n = data.draw(st.integers(6, 25))
    score = np.array(data.draw(st.lists(st.integers(-20, 20), min_size=n, max_size=n)), dtype=float)
    y = np.array([1, 1, 0, 0, *data.draw(st.lists(st.integers(0, 1), min_size=n - 4, max_size=n - 4))])
    order = np.array(data.draw(st.permutations(range(n))))
    plain = roc_auc(y, score, 1)
    for other in (roc_auc(y, np.exp(score / 7) * 3 - 1, 1), roc_auc(y[order], score[order], 1)):
        np.testing.assert_allclose([other.auc, other.variance], [plain.auc, plain.variance], atol=1e-12)
    curve = roc_curve(y, score, 1)
    area = np.trapezoid(curve.sensitivity, 1 - curve.specificity)
    assert area == pytest.approx(plain.auc)


def test_the_papers_validation_counts_fit_only_low_as_positive():
    # METHOD section 5: 23 high and 18 low; 16 of 18 low and 16 of 23 high called rightly
    truth = ["low"] * 18 + ["high"] * 23
    called = ["low"] * 16 + ["high"] * 2 + ["high"] * 16 + ["low"] * 7
    low = confusion_matrix(truth, called, "low")
    assert (low.tp, low.fn, low.fp, low.tn) == (16, 2, 7, 16)
    assert round(low.sensitivity.value, 2) == 0.89
    assert round(low.specificity.value, 2) == 0.70
    assert low.accuracy.value == pytest.approx(32 / 41)
    high = confusion_matrix(truth, called, "high")
    assert (high.tp, high.fn, high.fp, high.tn) == (16, 7, 2, 16)
    assert high.sensitivity.value == low.specificity.value
    assert (low.positive, low.negative) == ("low", "high")
    assert (low.ppv.numerator, low.ppv.denominator, low.npv.denominator) == (16, 23, 18)
    assert list(low.to_frame().index) == ["sensitivity", "specificity", "accuracy", "ppv", "npv"]


def test_empty_denominator_has_no_proportion():
    found = confusion_matrix(["low", "low"], ["low", "low"], "high")
    assert np.isnan([found.sensitivity.value, found.sensitivity.ci_low]).all()
    assert float(found.specificity) == 1.0
    assert np.isnan(found.balanced_accuracy)


def test_truth_and_decision_must_share_their_words():
    with pytest.raises(TableError):
        confusion_matrix(["high", "low"], ["high", "Low"], "high")
