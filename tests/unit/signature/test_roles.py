"""Roles travel with rows, fits refuse other rows, and leaks are found out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilscope.signature import (
    SelectionSettings,
    fit_signature,
    prepare,
    prove_no_leak,
    stratified_split,
)
from tilscope.vocabulary import SignatureError, TableError

QUICK = SelectionSettings(n_lambda=40, n_folds=5)


@pytest.fixture
def divided(cohort, rng):
    """The cohort with its roles."""
    features, levels = cohort
    return replace(features, roles=stratified_split(levels, 0.7, rng)), levels


def honest(features, levels):
    training = features.part("training")
    return fit_signature(
        training, levels.loc[training.values.index], QUICK, np.random.default_rng(4)
    ).signature


def test_rows_keep_their_roles_sites_and_notes(cohort):
    features, _ = cohort
    keys = features.values.index
    full = replace(
        features,
        notes={keys[3]: ("ROI-35 flat",), keys[9]: ("ROI-47 parts",)},
        roles=pd.Series(["training", "external"] * 40, index=keys),
        sites=pd.Series([f"site {i}" for i in range(80)], index=keys),
    )
    part = full.rows([keys[9], keys[2]])
    assert list(part.values.index) == [keys[9], keys[2]]
    assert part.roles.tolist() == ["external", "training"]
    assert part.sites.tolist() == ["site 9", "site 2"]
    assert part.notes == {keys[9]: ("ROI-47 parts",)}
    assert list(full.part("external").values.index) == list(keys[1::2])
    assert full.part("validation").values.empty
    assert features.part("training").values.empty  # nobody has a role


@pytest.mark.parametrize("fit", [fit_signature, lambda f, _levels, *_: prepare(f)])
def test_a_fit_refuses_validation_rows(divided, fit):
    features, levels = divided
    with pytest.raises(SignatureError) as caught:
        fit(features, levels, QUICK)
    assert caught.value.rule == "SIG-72"
    n = int((features.roles == "validation").sum())
    assert caught.value.found == f"{n} of validation"
    training = features.part("training")
    fit(training, levels.loc[training.values.index], QUICK)


def test_a_row_without_a_role_is_refused_too(divided):
    features, _ = divided
    unknown = replace(features.part("training"), roles=features.roles.iloc[:0])
    with pytest.raises(SignatureError, match="no role"):
        prepare(unknown)


def test_the_ledger_names_training_rows_only(divided):
    features, levels = divided
    training = features.part("training")
    fit = fit_signature(training, levels.loc[training.values.index], QUICK, np.random.default_rng(4))
    expected = tuple(sorted(training.values.index))
    assert {entry.what for entry in fit.ledger} >= {"screening", "penalty", "coefficients", "cut-off"}
    assert all(entry.participants == expected for entry in fit.ledger)
    assert len({entry.sha256 for entry in fit.ledger}) == 1
    assert {e.what for e in fit.ledger if not e.uses_outcome} == {"screening", "scaler", "cut-off", "ranges"}


def test_an_honest_fit_is_proven(divided, rng):
    features, levels = divided
    proof = prove_no_leak(honest, features, levels, rng)
    assert (proof.n_training, proof.n_replaced) == (
        int((features.roles == "training").sum()),
        int((features.roles == "validation").sum()),
    )
    assert proof.sha256 == honest(features, levels).sha256


def scaled_on_all(features, levels):
    values = (features.values - features.values.mean()) / features.values.std()
    return honest(replace(features, values=values), levels)


def preselected_on_all(features, levels):
    high = levels.reindex(features.values.index) == "high"
    gap = (features.values[high.to_numpy()].mean() - features.values[~high.to_numpy()].mean()).abs()
    best = gap.sort_values(ascending=False).index[:20]
    return honest(replace(features, values=features.values[sorted(best)]), levels)


def roles_forgotten(features, levels):
    return fit_signature(replace(features, roles=None), levels, QUICK, np.random.default_rng(4)).signature


def cut_at_the_median_of_all(features, levels):
    signature = honest(features, levels)
    return signature.model_copy(update={"cutoff": float(signature.score(features.values).median())})


@pytest.mark.parametrize(
    "leaky", [scaled_on_all, preselected_on_all, roles_forgotten, cut_at_the_median_of_all]
)
def test_a_leaky_pipeline_is_refused(divided, rng, leaky):
    features, levels = divided
    with pytest.raises(SignatureError) as caught:
        prove_no_leak(leaky, features, levels, rng)
    assert caught.value.rule == "SIG-73"


def test_nothing_is_proven_without_roles(cohort, rng):
    with pytest.raises(SignatureError) as caught:
        prove_no_leak(honest, *cohort, rng)
    assert caught.value.rule == "SIG-72"


@given(
    sizes=st.lists(st.integers(1, 4), min_size=20, max_size=30),
    turned=st.sets(st.integers(0, 29), max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_all_rows_of_a_patient_get_one_role(sizes, turned, seed):
    rows = [(f"p{i}", f"p{i}-{k}") for i, n in enumerate(sizes) for k in range(n)]
    patient = pd.Series([p for p, _ in rows], index=[r for _, r in rows])
    level = pd.Series(["high" if int(p[1:]) % 2 else "low" for p in patient], index=patient.index)
    for i in turned:  # a patient with lesions of both classes
        if i < len(sizes) and sizes[i] > 1:
            level.loc[f"p{i}-0"] = "low" if i % 2 else "high"
    roles = stratified_split(level, 0.7, np.random.default_rng(seed), groups=patient)
    assert list(roles.index) == list(level.index)
    assert (roles.groupby(patient).nunique() == 1).all()
    pure = {p: own.iloc[0] for p, own in level.groupby(patient) if own.nunique() == 1}
    of_patient = roles.groupby(patient).first()
    for name in ("high", "low"):
        members = [p for p, own in pure.items() if own == name]
        assert (of_patient.loc[members] == "training").sum() == -(-7 * len(members) // 10)
    again = stratified_split(level.iloc[::-1], 0.7, np.random.default_rng(seed), groups=patient)
    pd.testing.assert_series_equal(again.sort_index(), roles.sort_index())


def test_one_row_per_patient_needs_no_groups():
    level = pd.Series(["high"] * 12 + ["low"] * 9, index=[f"s{i:02d}" for i in range(21)])
    own = pd.Series(level.index, index=level.index)
    a, b = (stratified_split(level, 0.6, np.random.default_rng(2), groups=g) for g in (None, own))
    pd.testing.assert_series_equal(a, b)


def test_a_row_of_nobody_is_refused(rng):
    level = pd.Series(["high"] * 6 + ["low"] * 6, index=[f"s{i:02d}" for i in range(12)])
    with pytest.raises(TableError, match="s11"):
        stratified_split(level, 0.5, rng, groups=pd.Series("p", index=level.index[:11]))
