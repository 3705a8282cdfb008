"""The filter for features that a second reading does not reproduce: training rows only, and told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tilscope.signature import (
    Preparation,
    ReproducibilitySettings,
    Rereading,
    SelectionSettings,
    find_irreproducible,
    fit_signature,
    prepare,
    prove_no_leak,
    reproducibility_table,
    stratified_split,
)
from tilscope.statistics import icc
from tilscope.vocabulary import SignatureError

QUICK = SelectionSettings(n_lambda=40, n_folds=5)
INTER, INTRA = "between readers A and B", "between sessions 1 and 2 of reader A"


@pytest.fixture
def reread(cohort, rng):
    """40 of 80 patients read twice; f0 and f7 are not reproduced, f3 is missing once."""
    features, levels = cohort
    patients = features.values.index[::2]
    second = features.values.loc[patients] + 0.1 * rng.normal(size=(40, 60))
    second["f0"] = rng.normal(size=40)
    second["f7"] = rng.normal(size=40)
    second.loc[patients[0], "f3"] = np.nan
    roles = stratified_split(levels, 0.7, rng)
    return replace(features, roles=roles), levels, Rereading(INTER, features.values, second)


def test_irreproducible_features_are_dropped_with_their_icc(reread):
    features, _, reading = reread
    training = features.part("training")
    prepared = prepare(training, Preparation(rereadings=(reading,)))
    patients = reading.patients(training.values.index)
    values = {f: icc(reading.ratings(patients, pd.Index([f]))[0]).form().value for f in ("f0", "f7")}
    assert prepared.dropped == {
        "f0": f"ICC(2,1) {values['f0']:.2f} {INTER}",
        "f7": f"ICC(2,1) {values['f7']:.2f} {INTER}",
    } | ({"f3": f"no ICC {INTER}"} if features.values.index[0] in patients else {})
    assert set(prepared.values.columns) == set(features.values.columns) - set(prepared.dropped)
    assert f"({len(patients)} training patients)" in prepared.notes[0]
    assert prepared.notes[0].startswith(f"SIG-75: {len(prepared.dropped)} of 60 features dropped")
    entry = prepared.ledger[0]
    assert (entry.what, entry.uses_outcome) == ("ICC filter", False)
    assert entry.participants == tuple(patients)
    assert set(features.roles[list(entry.participants)]) == {"training"}


def test_readings_of_other_patients_decide_nothing(reread):
    features, _, reading = reread
    training = features.part("training")
    others = reading.second.index.difference(training.values.index)
    assert len(others) > 5
    spoilt = reading.second.copy()
    spoilt.loc[others] = 1e6
    before = find_irreproducible(training, (reading,), ReproducibilitySettings())
    after = find_irreproducible(training, (replace(reading, second=spoilt),), ReproducibilitySettings())
    assert before.dropped == after.dropped
    assert before.ledger == after.ledger
    with pytest.raises(SignatureError, match="SIG-72"):
        find_irreproducible(features, (reading,), ReproducibilitySettings())


def test_the_fit_with_a_filter_is_proven_not_to_leak(reread):
    features, levels, reading = reread

    def fit(table, classes):
        training = table.part("training")
        second = reading.second.copy()
        if table is not features:  # in the repeated fit the readings of the others are replaced, too
            second.loc[~second.index.isin(training.values.index)] = 7.0
        used = replace(reading, second=second)
        return fit_signature(
            training,
            classes.loc[training.values.index],
            QUICK,
            np.random.default_rng(4),
            preparation=Preparation(rereadings=(used,)),
        ).signature

    proof = prove_no_leak(fit, features, levels, np.random.default_rng(5))
    assert proof.n_replaced == 80 - proof.n_training
    assert "f0" not in fit(features, levels).feature_names


def test_too_few_readings_or_a_filter_switched_off_are_told(reread):
    features, _, reading = reread
    training = features.part("training")
    few = reading.patients(training.values.index)[:9]
    small = replace(reading, design=INTRA, second=reading.second.loc[few])
    found = find_irreproducible(training, (small,), ReproducibilitySettings())
    assert (found.dropped, found.ledger) == ({}, ())
    assert found.notes == (
        f"SIG-75: no feature was judged {INTRA}: only 9 training patients were read twice, at least 10 are "
        "wanted (reproducibility.min_patients)",
    )
    off = find_irreproducible(training, (reading,), ReproducibilitySettings(filter=False))
    assert (off.dropped, off.notes) == ({}, ("SIG-75: the ICC filter is off (reproducibility.filter)",))
    assert find_irreproducible(training, (), ReproducibilitySettings()).notes == ()


def test_a_feature_must_pass_in_every_design(reread, rng):
    features, _, reading = reread
    training = features.part("training")
    second = features.values + 0.1 * rng.normal(size=(80, 60))
    second["f9"] = rng.normal(size=80)
    again = Rereading(INTRA, features.values, second)
    found = find_irreproducible(training, (reading, again), ReproducibilitySettings())
    assert {"f0", "f7", "f9"} <= set(found.dropped)
    assert found.dropped["f9"].endswith(INTRA)
    assert [len(entry.participants) for entry in found.ledger] == [
        len(reading.patients(training.values.index)),
        len(training.values),
    ]


def test_the_lower_bound_is_stricter(reread):
    features, _, reading = reread
    training = features.part("training")
    noisy = features.values + np.random.default_rng(3).normal(scale=0.5, size=(80, 60))
    reading = replace(reading, second=noisy)  # expected ICC 1 / 1.125 = .89, lower bound about .8
    counts = {
        judged: len(
            find_irreproducible(
                training, (reading,), ReproducibilitySettings(judged_on=judged, min_icc=0.85)
            ).dropped
        )
        for judged in ("estimate", "lower")
    }
    assert counts["estimate"] < 20
    assert counts["lower"] > 40
    table = reproducibility_table((reading,), ReproducibilitySettings(), among=training.values.index)
    assert int((table["ci_low"] < 0.85).sum()) == counts["lower"]
    assert int((table["icc"] < 0.85).sum()) == counts["estimate"]


def test_a_feature_that_was_not_read_again_has_no_icc(reread):
    features, _, reading = reread
    training = features.part("training")
    short = replace(reading, second=reading.second.drop(columns=["f5"]))
    found = find_irreproducible(training, (short,), ReproducibilitySettings())
    assert found.dropped["f5"] == f"no ICC {INTER}"
    table = reproducibility_table((short,), ReproducibilitySettings()).set_index("feature")
    assert table.loc["f5", "reason"] == "missing or infinite rating"
    assert table.loc["f1", "reason"] == ""
    assert (table["n_patients"] == 40).all()
    assert reproducibility_table((), ReproducibilitySettings()).empty
