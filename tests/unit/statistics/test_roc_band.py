"""The exact band of a ROC curve: against R, against the truth, and where there is little."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from tilscope.statistics import RocBand, roc_band, roc_curve

HERE = Path(__file__).parents[2] / "reference" / "statistics"


def at(band: RocBand, fpr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    place = np.searchsorted(band.fpr, fpr, side="right") - 1
    return band.ci_low[place], band.ci_high[place]


@pytest.mark.parametrize("case", ["small", "usual", "ties"])
def test_the_band_is_that_of_binom_test_in_r(case):
    patients = pd.read_csv(HERE / "roc_band_input.csv").query("case == @case")
    expected = pd.read_csv(HERE / "roc_band_expected.csv").query("case == @case")
    band = roc_band(roc_curve(patients["high"].to_numpy(), patients["score"], True))
    low, high = at(band, expected["fpr"].to_numpy())
    np.testing.assert_allclose(low, expected["low"], atol=1e-12)
    np.testing.assert_allclose(high, expected["high"], atol=1e-12)
    if case != "ties":  # there pROC draws slanted lines between tied scores
        assert (high - low > expected["boot_high"] - expected["boot_low"] - 0.01).all()


def test_at_each_place_the_truth_lies_inside_in_at_least_95_of_100_studies():
    rng, places, shift = np.random.default_rng(1), np.array([0.05, 0.2, 0.5]), 1.2
    truth = norm.sf(norm.isf(places) - shift)  # sensitivity of two normal classes
    inside = np.zeros(3)
    for _ in range(400):
        score = np.concatenate([rng.normal(shift, 1, 15), rng.normal(0, 1, 20)])
        low, high = at(roc_band(roc_curve(["high"] * 15 + ["low"] * 20, score, "high")), places)
        inside += (low <= truth) & (truth <= high)
    assert (inside / 400 >= 0.95).all()


def test_nobody_missed_is_not_taken_for_certain():
    # 7 of 7: the exact lower limit of level sqrt(.95) solves p^7 = (1 - sqrt(.95)) / 2
    band = roc_band(roc_curve(["high"] * 7 + ["low"] * 11, np.arange(18)[::-1], "high"))
    low, high = at(band, np.array([0.999]))
    assert low[0] == pytest.approx(((1 - 0.95**0.5) / 2) ** (1 / 7))
    assert high[0] == 1.0
    assert (np.diff(band.ci_low) >= 0).all()
    assert (np.diff(band.ci_high) >= 0).all()
    assert band.fpr[[0, -1]].tolist() == [0.0, 1.0]


def test_one_class_has_no_band():
    assert roc_band(roc_curve(["low"] * 4, [1, 2, 3, 4], "high")).fpr.size == 0
