"""The frozen signature: strict JSON in and out, scores, ranges, sites."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest

from tilscope.signature import (
    SelectionSettings,
    Signature,
    fit_signature,
    published_signature,
)
from tilscope.vocabulary import FeatureTable, SignatureError

QUICK = SelectionSettings(n_lambda=40, n_folds=5)


def fitted(cohort, **changes):
    return fit_signature(*cohort, QUICK.model_copy(update=changes), np.random.default_rng(1))


def test_json_round_trip_is_exact(cohort):
    signature = fitted(cohort).signature
    again = Signature.from_json(signature.to_json())
    assert again == signature
    assert again.to_json() == signature.to_json()
    assert Signature.from_json(signature.to_json().encode()) == signature


def tampered(text, **changes):
    return json.dumps(json.loads(text) | changes)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda t: pickle.dumps({"a": 1}), "SIG-66"),
        (lambda t: "!!python/object/apply:os.system ['true']", "SIG-66"),
        (lambda t: "[1, 2]", "SIG-66"),
        (lambda t: b"PK\x03\x04", "SIG-66"),
        (lambda t: t[: len(t) // 2], "SIG-68"),
        (lambda t: t.replace('"intercept":', '"intercept": 1.0, "intercept":', 1), "SIG-68"),
        (lambda t: t.replace('"cutoff": ', '"cutoff": NaN, "x": ', 1), "SIG-68"),
        (lambda t: t.replace('"cutoff": ', '"cutoff": 1e999, "x": ', 1), "SIG-68"),
        (lambda t: tampered(t, surprise=1), "SIG-68"),
        (lambda t: tampered(t, intercept="0.5"), "SIG-68"),
        (lambda t: tampered(t, cutoff=1.5), "SIG-68"),
        (lambda t: tampered(t, schema_version=3), "SIG-68"),
        (lambda t: tampered(t, warnings=["x" * 1_100_000]), "SIG-68"),
        (lambda t: '{"a":' * 5000 + "1" + "}" * 5000, "SIG-68"),
        (lambda t: tampered(t, intercept=0.123), "SIG-69"),
        (lambda t: tampered(t, sha256="0" * 64), "SIG-69"),
        (lambda t: tampered(t, features=json.loads(t)["features"] * 2), "SIG-67"),
    ],
)
def test_doubtful_signature_files_are_refused(cohort, change, rule):
    text = fitted(cohort, max_features=3).signature.to_json()
    with pytest.raises(SignatureError) as caught:
        Signature.from_json(change(text))
    assert caught.value.rule == rule


def test_scores_need_the_named_features_only(cohort):
    features, _ = cohort
    signature = fitted(cohort, max_features=3).signature
    scores = signature.score(features.values)
    turned = features.values[features.values.columns[::-1]].assign(extra="text")
    pd.testing.assert_series_equal(signature.score(turned), scores)
    first = signature.feature_names[0]
    x = features.values[list(signature.feature_names)].iloc[0]
    logit = signature.intercept + sum(f.coefficient * x[f.name] for f in signature.features)
    assert scores.iloc[0] == pytest.approx(1 / (1 + np.exp(-logit)))
    for bad in (
        features.values.drop(columns=first),
        pd.concat([features.values, features.values[[first]]], axis=1),
        features.values.mask(features.values[first] == features.values[first].iloc[0]),
    ):
        with pytest.raises(SignatureError) as caught:
            signature.score(bad)
        assert caught.value.rule == "SIG-67"


def test_check_refuses_other_settings_and_names_patients_out_of_range(cohort):
    features, _ = cohort
    signature = fitted(cohort, max_features=3).signature
    assert signature.check(features) == ()
    with pytest.raises(SignatureError) as caught:
        signature.check(FeatureTable(features.values, "other"))
    assert caught.value.rule == "SIG-70"
    far = features.values.copy()
    far.loc["sub-007", signature.feature_names[0]] = 99.0
    warnings = signature.check(FeatureTable(far, "abc"))
    assert len(warnings) == 1
    assert warnings[0].startswith("SIG-71 sub-007")
    assert signature.feature_names[0] in warnings[0]


def test_levels_by_the_frozen_cutoff(cohort):
    signature = fitted(cohort).signature
    scores = pd.Series([signature.cutoff, signature.cutoff - 1e-9, np.nan], index=list("abc"))
    found = signature.classify(scores)
    assert found.iloc[:2].tolist() == ["high", "low"]
    assert found.isna().tolist() == [False, False, True]


def test_su2022_is_an_example_with_warnings():
    signature = published_signature("su2022")
    assert Signature.from_json(signature.to_json()) == signature
    at_zero = pd.DataFrame(0.0, index=["sub-1"], columns=list(signature.feature_names))
    assert signature.score(at_zero).iloc[0] == pytest.approx(1 / (1 + np.exp(-0.9123828)))
    assert any("not" in warning for warning in signature.warnings)
    with pytest.raises(SignatureError, match="no cut-off"):
        signature.classify(pd.Series([0.5]))
    with pytest.raises(SignatureError, match="su2022"):
        published_signature("other")
