"""The frozen signature: strict JSON in and out, scores, sites, ranges."""

from __future__ import annotations

import hashlib
import json
import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tilscope.signature import (
    CohortSummary,
    SelectionSummary,
    Signature,
    SignatureFeature,
    published_signature,
)
from tilscope.vocabulary import FeatureTable, SignatureError

SITES = {"siteä": (0.5, 2.0), "site B": (0.0, 1.0)}


def signature(**changes):
    """Return a signature of two features; logit = 0.25 + 0.8 a - 1.5 b."""
    features = (
        SignatureFeature(
            name="phase1_original_firstorder_Mean",
            coefficient=0.8,
            training_min=-2.0,
            training_max=2.0,
            training_mean=0.0,
            training_sd=0.5,
        ),
        SignatureFeature(
            name="shape_MeshVolume",
            coefficient=-1.5,
            training_min=0.0,
            training_max=4.0,
            training_mean=1.0,
            training_sd=2.0,
        ),
    )
    content = {
        "name": "TILs µ",
        "features": features,
        "intercept": 0.25,
        "cutoff": 0.5,
        "cutoff_rule": "median",
        "origin": "logistic",
        "settings_hash": "abc",
        "settings": {"normalisation": {"scale": 100.0, "scope": "body"}, "n_post": 4},
        "cohort": CohortSummary(
            n_training=98, n_positive=56, n_negative=42, til_threshold_percent=20.0, seed=2022
        ),
        "selection": SelectionSummary(
            alpha=0.5, penalty=0.03, rule="lambda_1se", n_folds=10, n_candidates=6710, n_usable=6000
        ),
        "software": {"tilscope": "0.1"},
        "warnings": ('quotes " and \\ and </script>',),
    }
    return Signature(**(content | changes))


def with_sites(unknown_sites="refuse"):
    features = tuple(f.model_copy(update={"sites": SITES}) for f in signature().features)
    return signature(features=features, unknown_sites=unknown_sites)


def values(*rows, index=None):
    names = ["phase1_original_firstorder_Mean", "shape_MeshVolume"]
    return pd.DataFrame(list(rows), columns=names, index=index or [f"sub-{i}" for i in range(len(rows))])


def rule_of(call, *arguments, **named):
    with pytest.raises(SignatureError) as caught:
        call(*arguments, **named)
    return caught.value.rule


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
numbers = st.floats(allow_nan=False, allow_infinity=False)
plain = st.dictionaries(
    words,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | numbers | words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)


@st.composite
def signatures(draw):
    sites = draw(st.lists(words, unique=True, max_size=3))
    features = tuple(
        SignatureFeature(
            name=name,
            coefficient=draw(numbers),
            training_min=draw(st.none() | numbers),
            training_sd=draw(st.none() | st.floats(0, 1e300)),
            sites={site: (draw(numbers), draw(numbers)) for site in sites},
        )
        for name in draw(st.lists(words, unique=True, max_size=4))
    )
    return signature(
        name=draw(words),
        features=features,
        intercept=draw(numbers),
        cutoff=draw(st.none() | st.floats(0, 1)),
        settings=draw(plain),
        harmonisation=draw(st.none() | plain),
        warnings=tuple(draw(st.lists(words, max_size=2))),
    )


@settings(max_examples=60, deadline=None)
@given(signatures())
def test_what_is_written_is_read_to_the_last_bit(made):
    assume(all(_depth(c) <= 6 for c in (made.settings, made.harmonisation or {})))
    text = made.to_json()
    again = Signature.from_json(text.encode())
    assert again == made
    assert again.to_json() == text
    assert again.sha256 == made.sha256


def _depth(content):
    if isinstance(content, dict | list):
        inner = content.values() if isinstance(content, dict) else content
        return 1 + max(map(_depth, inner), default=0)
    return 0


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_keys_and_white_space_do_not_matter(random):
    def shuffled(content):
        if isinstance(content, list):
            return [shuffled(item) for item in content]
        if not isinstance(content, dict):
            return content
        keys = list(content)
        random.shuffle(keys)
        return {key: shuffled(content[key]) for key in keys}

    made = with_sites()
    content = shuffled(json.loads(made.to_json()))
    text = json.dumps(content, indent=random.choice([None, 1, 7]), ensure_ascii=random.random() < 0.5)
    assert Signature.from_json(text) == made


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_altered_byte_changes_what_is_read(data):
    made = with_sites()
    raw = bytearray(made.to_json().encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255))
    assume(raw[place] != byte)
    raw[place] = byte
    try:
        found = Signature.from_json(bytes(raw))
    except SignatureError:
        return
    assert found == made  # white space, or another spelling of the same number


@pytest.mark.parametrize("place", range(0, 3000, 61))
def test_no_cut_file_is_read(place):
    raw = with_sites().to_json().rstrip("\n").encode()
    assert rule_of(Signature.from_json, raw[: place % len(raw)]) in {"SIG-66", "SIG-68"}


def tampered(text, **changes):
    return json.dumps(json.loads(text) | changes)


def rehashed(text, change):
    """Return the text of somebody who alters a file and its hash."""
    content = json.loads(text)
    change(content)
    del content["sha256"]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return json.dumps(content | {"sha256": hashlib.sha256(canonical.encode()).hexdigest()})


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda t: pickle.dumps({"a": 1}), "SIG-66"),
        (lambda t: "!!python/object/apply:os.system ['true']", "SIG-66"),
        (lambda t: "[1, 2]", "SIG-66"),
        (lambda t: b"PK\x03\x04", "SIG-66"),
        (lambda t: t.encode("utf-16"), "SIG-66"),
        (lambda t: t.encode("utf-16-le"), "SIG-66"),
        (lambda t: t.encode("utf-8-sig"), "SIG-68"),
        (lambda t: t.replace("TILs", "\\ud800"), "SIG-68"),
        (lambda t: t + "{}", "SIG-68"),
        (lambda t: t.replace('"intercept":', '"intercept": 1.0, "intercept":', 1), "SIG-68"),
        (lambda t: t.replace('"cutoff": ', '"cutoff": NaN, "x": ', 1), "SIG-68"),
        (lambda t: t.replace('"cutoff": ', '"cutoff": 1e999, "x": ', 1), "SIG-68"),
        (lambda t: t.replace('"intercept": 0.25', f'"intercept": {"9" * 400}'), "SIG-68"),
        (lambda t: t.replace('"intercept": 0.25', f'"intercept": {"9" * 5000}'), "SIG-68"),
        (lambda t: tampered(t, surprise=1), "SIG-68"),
        (lambda t: tampered(t, intercept="0.5"), "SIG-68"),
        (lambda t: tampered(t, intercept=None), "SIG-68"),
        (lambda t: tampered(t, cutoff=1.5), "SIG-68"),
        (lambda t: tampered(t, schema_version=3), "SIG-68"),
        (lambda t: tampered(t, warnings=["x" * 1_100_000]), "SIG-68"),
        (lambda t: '{"a":' * 5000 + "1" + "}" * 5000, "SIG-68"),
        (lambda t: tampered(t, intercept=0.123), "SIG-69"),
        (lambda t: tampered(t, sha256="0" * 64), "SIG-69"),
        (lambda t: tampered(t, sha256=None), "SIG-69"),
        (lambda t: tampered(t, unknown_sites="unchanged"), "SIG-69"),
        (lambda t: tampered(t, features=json.loads(t)["features"][::-1]), "SIG-69"),
        (lambda t: tampered(t, features=json.loads(t)["features"] * 2), "SIG-67"),
        (lambda t: rehashed(t, lambda c: c.pop("warnings")), "SIG-68"),
        (lambda t: rehashed(t, lambda c: c.update(intercept=1)), "SIG-68"),
        (lambda t: rehashed(t, lambda c: c.update(schema_version=1)), "SIG-68"),
    ],
)
def test_doubtful_files_are_refused(change, rule):
    assert rule_of(Signature.from_json, change(signature().to_json())) == rule


def test_a_file_of_version_1_is_read_and_written_as_it_is():
    content = {
        "name": "old",
        "features": [{"name": "f", "coefficient": 2.0, "training_min": 0.0, "training_max": 1.0}],
        "intercept": -1.0,
        "cutoff": 0.5,
        "positive": "high",
        "negative": "low",
        "origin": "logistic",
        "settings_hash": None,
        "cohort": {"n_training": 10, "n_positive": 6, "n_negative": 4, "description": ""},
        "software": {},
        "warnings": [],
        "schema_version": 1,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    text = json.dumps(content | {"sha256": hashlib.sha256(canonical.encode()).hexdigest()})
    read = Signature.from_json(text)
    assert read.features[0].training_sd is None
    assert read.cutoff_rule is None
    assert json.loads(read.to_json()) == json.loads(text)


@pytest.mark.parametrize(
    "content",
    [
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}},
        {"a": "x" * 300_000},
        {"a": [math.nan]},
        {"a": math.inf},
        {"a": {1, 2}},
    ],
)
def test_settings_that_a_file_cannot_hold_are_refused(content):
    with pytest.raises(ValueError, match="settings"):
        signature(settings=content)


def test_a_signature_too_large_for_its_own_file_says_so():
    many = tuple(SignatureFeature(name=f"feature-{i:06d}", coefficient=0.1) for i in range(8000))
    assert rule_of(signature(features=many).to_json) == "SIG-68"


def test_features_harmonised_over_different_sites_are_refused():
    first, second = signature().features
    with pytest.raises(ValueError, match="same sites"):
        signature(features=(first.model_copy(update={"sites": SITES}), second))


def test_scores_by_hand_whatever_the_order_of_columns():
    table = values([1.0, 0.0], [-1.0, 2.0])
    turned = table[table.columns[::-1]].assign(extra="text")
    # 0.25 + 0.8 = 1.05; 0.25 - 0.8 - 3.0 = -3.55
    expected = [1 / (1 + math.exp(-1.05)), 1 / (1 + math.exp(3.55))]
    np.testing.assert_allclose(signature().score(turned), expected, rtol=1e-15)
    assert signature().classify(signature().score(table)).tolist() == ["high", "low"]
    assert signature().features[1].standardised_coefficient == -3.0


def test_columns_that_are_absent_or_stand_twice_are_named():
    table = values([1.0, 0.0])
    for bad in (
        table.drop(columns="shape_MeshVolume"),
        pd.concat([table, table[["shape_MeshVolume"]]], axis=1),
    ):
        with pytest.raises(SignatureError, match="shape_MeshVolume") as caught:
            signature().score(bad)
        assert caught.value.rule == "SIG-67"


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_a_patient_without_a_value_is_named_and_the_others_can_be_scored(missing):
    table = values([1.0, 0.0], [missing, 2.0], [0.0, 0.0])
    faults = signature().unscorable(table)
    assert list(faults) == ["sub-1"]
    assert str(faults["sub-1"]).startswith("SIG-67 sub-1: ")
    assert "phase1_original_firstorder_Mean" in str(faults["sub-1"])
    assert rule_of(signature().score, table) == "SIG-67"
    assert signature().score(table.drop(index="sub-1")).notna().all()


def test_sites_are_shifted_as_in_training():
    table, sites = values([1.0, 1.0], [1.0, 1.0]), pd.Series({"sub-1": "siteä", "sub-0": "site B"})
    moved = with_sites().on_training_scale(table, sites)
    assert moved.to_numpy().tolist() == [[1.0, 1.0], [2.5, 2.5]]  # 0.5 + 2 x 1
    logits = [0.25 + 0.8 - 1.5, 0.25 + 0.8 * 2.5 - 1.5 * 2.5]
    np.testing.assert_allclose(with_sites().score(table, sites), [1 / (1 + math.exp(-x)) for x in logits])
    assert table.to_numpy().tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("site", ["elsewhere", None, np.nan])
def test_an_unknown_site_is_refused_or_left_with_a_warning(site):
    table = values([1.0, 1.0], [1.0, 1.0])
    sites = pd.Series(["site B", site], index=table.index, dtype=object)
    assert list(with_sites().unscorable(table, sites)) == ["sub-1"]
    assert rule_of(with_sites().score, table, sites) == "SIG-74"
    assert rule_of(with_sites().score, table) == "SIG-74"
    left = with_sites("unchanged")
    assert left.unscorable(table, sites) == {}
    assert left.on_training_scale(table, sites).loc["sub-1"].tolist() == [1.0, 1.0]
    warnings = left.check(FeatureTable(table, "abc", sites=sites))
    assert [w[:13] for w in warnings] == ["SIG-74 sub-1:"]


def test_sites_do_not_matter_without_harmonisation():
    table = values([1.0, 0.0])
    sites = pd.Series(["anywhere"], index=table.index)
    assert signature().score(table, sites).equals(signature().score(table))


def test_patients_outside_the_range_are_named_with_their_distance_in_training_sd():
    table = values([2.0, 0.0], [3.0, 4.0], [0.0, -1.0])
    assert signature().out_of_range(table) == {
        "sub-1": {"phase1_original_firstorder_Mean": 2.0},  # (3 - 2) / 0.5
        "sub-2": {"shape_MeshVolume": -0.5},  # (-1 - 0) / 2
    }
    warnings = signature().check(FeatureTable(table, "abc"))
    assert [w[:12] for w in warnings] == ["SIG-71 sub-1", "SIG-71 sub-2"]
    assert "2 sd above" in warnings[0]
    old = signature(features=tuple(f.model_copy(update={"training_sd": None}) for f in signature().features))
    assert old.out_of_range(table)["sub-2"] == {"shape_MeshVolume": -math.inf}
    assert "(below)" in old.check(FeatureTable(table, "abc"))[1]


def test_other_or_unknown_settings_are_refused():
    table = values([1.0, 1.0])
    assert signature().check(FeatureTable(table, "abc")) == ()
    assert rule_of(signature().check, FeatureTable(table, "other"), accepts_unknown=True) == "SIG-70"
    assert rule_of(signature().check, FeatureTable(table, "unknown")) == "SIG-70"
    (note,) = signature().check(FeatureTable(table, "unknown"), accepts_unknown=True)
    assert note.startswith("SIG-70")
    (note,) = signature(settings_hash=None).check(FeatureTable(table, "any"))
    assert note.startswith("SIG-70")


def test_levels_by_the_frozen_cutoff():
    scores = pd.Series([0.5, 0.5 - 1e-9, np.nan], index=list("abc"))
    found = signature().classify(scores)
    assert found.iloc[:2].tolist() == ["high", "low"]
    assert found.isna().tolist() == [False, False, True]


def test_su2022_is_an_example_with_warnings():
    su2022 = published_signature("su2022")
    assert Signature.from_json(su2022.to_json()) == su2022
    at_zero = pd.DataFrame(0.0, index=["sub-1"], columns=list(su2022.feature_names))
    assert su2022.score(at_zero).iloc[0] == pytest.approx(1 / (1 + np.exp(-0.9123828)))
    assert any("not" in warning for warning in su2022.warnings)
    with pytest.raises(SignatureError, match="no cut-off"):
        su2022.classify(pd.Series([0.5]))
    with pytest.raises(SignatureError, match="su2022"):
        published_signature("other")
