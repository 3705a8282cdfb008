"""The table of selection frequencies: planted features lead it, and it says why there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tilscope.pipeline.stability_table import stability_table
from tilscope.signature import Preparation, SelectionSettings, fit_signature
from tilscope.vocabulary import FeatureTable

SETTINGS = SelectionSettings(n_lambda=30, n_folds=4, n_resamples=20)


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(3)
    index = pd.Index([f"s{i:02d}" for i in range(60)], name="participant_id")
    values = pd.DataFrame(rng.normal(size=(60, 50)), index=index, columns=[f"f{i}" for i in range(50)])
    values["flat"] = 1.0
    truth = 2.0 * values["f0"] - 2.0 * values["f1"] + rng.normal(scale=0.5, size=60)
    return FeatureTable(values, "abc"), pd.Series(np.where(truth > 0, "high", "low"), index=index)


def made(cohort, settings=SETTINGS, **changes):
    features, levels = cohort
    fit = fit_signature(features, levels, settings, np.random.default_rng(1))
    used = settings.model_copy(update=changes)
    return stability_table(fit, features, levels, used, Preparation(), np.random.default_rng(2)), fit


def test_planted_features_lead(cohort):
    table, fit = made(cohort)
    assert set(table.frame.index[:2]) == {"f0", "f1"}
    assert table.frame["first_frequency"].iloc[1] >= 0.9 > 0.7 > table.frame["first_frequency"].iloc[2]
    assert "flat" not in table.frame.index
    assert set(fit.signature.feature_names) == set(table.frame.index[table.frame["in_signature"] == "yes"])
    assert table.record["n_resamples"] == 20
    assert table.record["n_features"] == 50
    n_first = table.record["n_first"]
    assert table.record["most_false"] == pytest.approx(n_first**2 / (0.8 * 50))
    assert table.record["reason"] is None


def test_row_order_changes_nothing(cohort):
    features, levels = cohort
    turned = features.rows(features.values.index[::-1])
    pd.testing.assert_frame_equal(made(cohort)[0].frame, made((turned, levels))[0].frame)


@pytest.mark.parametrize(
    ("settings", "changes", "told"),
    [
        (SETTINGS, {"n_resamples": 0}, "n_resamples is 0"),
        (SETTINGS.model_copy(update={"alpha": 0.0}), {}, "no penalty that selects"),
    ],
)
def test_it_says_why_there_is_none(cohort, settings, changes, told):
    table, _ = made(cohort, settings, **changes)
    assert table.frame.empty
    assert told in table.record["reason"]
