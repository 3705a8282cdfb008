"""A new cohort beside the training patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tilscope.signature import (
    CohortSummary,
    Signature,
    SignatureFeature,
    feature_shifts,
    holds_training_patients,
)


def signature(training, **changes):
    """Return a signature whose ranges are those of some training values."""
    features = tuple(
        SignatureFeature(
            name=name,
            coefficient=1.0,
            training_min=float(training[name].min()),
            training_max=float(training[name].max()),
            training_mean=float(training[name].mean()),
            training_sd=float(training[name].std(ddof=0)),
        )
        for name in training
    )
    cohort = CohortSummary(n_training=len(training), n_positive=1, n_negative=len(training) - 1)
    return Signature(
        **(
            {"name": "s", "features": features, "intercept": 0.0, "origin": "logistic", "cohort": cohort}
            | changes
        )
    )


@pytest.fixture
def training(rng):
    return pd.DataFrame(rng.normal(size=(40, 2)), columns=["a", "b"])


def test_shifts_by_hand():
    training = pd.DataFrame({"a": [0.0, 2.0, 4.0, 2.0], "b": [1.0, 1.0, 1.0, 1.0]})  # sd of a: sqrt(2)
    new = pd.DataFrame({"a": [-1.0, 5.0, 4.0, 8.0], "b": [1.0, 1.0, 1.0, 2.0]})
    a, b = feature_shifts(signature(training), new)
    assert (a.n_below, a.n_above, a.mean, a.min, a.max) == (1, 2, 4.0, -1.0, 8.0)
    assert a.shift_sd == pytest.approx(2.0 / np.sqrt(2.0))
    assert (b.n_below, b.n_above, b.shift_sd) == (0, 1, None)


def test_a_copied_cohort_is_found_and_another_one_is_not(training, rng):
    made = signature(training)
    more = pd.concat([pd.DataFrame(rng.normal(size=(20, 2)), columns=["a", "b"]), training.sample(frac=1)])
    assert holds_training_patients(made, more)
    without = training.drop(index=training["a"].idxmax())
    assert not holds_training_patients(made, without)
    assert not holds_training_patients(made, training + 1e-6)
    assert not holds_training_patients(made, pd.DataFrame(rng.normal(size=(5000, 2)), columns=["a", "b"]))


def test_one_feature_cannot_tell(training):
    assert not holds_training_patients(signature(training[["a"]]), training)


def test_harmonised_patients_are_found_on_the_training_scale(training):
    """Training values at site X were 2 x - 1 of what was extracted."""
    made = signature(training)
    features = tuple(f.model_copy(update={"sites": {"X": (-1.0, 2.0)}}) for f in made.features)
    harmonised = signature(training, features=features)
    extracted = (training + 1.0) / 2.0
    sites = pd.Series("X", index=training.index)
    assert holds_training_patients(harmonised, extracted, sites)
    assert not holds_training_patients(harmonised, training, sites)
