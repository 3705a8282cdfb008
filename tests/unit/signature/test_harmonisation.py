"""ComBat equals R's sva; sites are known or refused; the frozen signature scores raw features."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilscope.signature import SelectionSettings, Signature, fit_signature, prove_no_leak, stratified_split
from tilscope.signature.harmonisation import (
    HarmonisationSettings,
    fit_harmonisation,
    without_unknown_sites,
)
from tilscope.signature.nested import nested_repeat
from tilscope.signature.preparing import Preparation, prepare
from tilscope.signature.repeated_splits import one_split
from tilscope.signature.whole_fit import WholeFit
from tilscope.statistics import roc_auc
from tilscope.vocabulary import FeatureTable, SignatureError

REFERENCE = Path(__file__).parents[2] / "reference" / "signature"
SMALL = SelectionSettings(n_lambda=40, n_folds=5)
BY_CENTRE = HarmonisationSettings(site="centre")
CASES = {
    "all": {},
    "two_sites": {},
    "reference": {"reference": "B"},
    "location_only": {"location_only": True},
    "location_reference": {"location_only": True, "reference": "A"},
}


def by_centre(**changes):
    return HarmonisationSettings(site="centre", **changes)


@pytest.fixture(scope="module")
def against_r():
    values = pd.read_csv(REFERENCE / "combat_input.csv", index_col="patient")
    sites = values.pop("site")
    expected = pd.read_csv(REFERENCE / "combat_expected.csv", index_col=["case", "patient"])
    return values, sites, expected


def worst(found, expected, values):
    return float(((found - expected).abs() / values.std()).to_numpy().max())


@pytest.mark.parametrize("case", CASES)
def test_equal_to_sva(against_r, case):
    values, sites, expected = against_r
    wanted = expected.loc[case]
    rows = values.loc[wanted.index]
    made = fit_harmonisation(rows, sites, by_centre(**CASES[case]))
    assert worst(made.transform(rows, sites), wanted, rows) < 1e-12
    constant_at_c = {"f07": "constant at C, cannot be harmonised"}
    assert made.unfit == ({} if case == "two_sites" else constant_at_c)


def test_sva_as_shipped_stops_early(against_r):
    """It ends at relative changes of 1e-4, and so lies that near."""
    values, sites, expected = against_r
    wanted = expected.loc["shipped"]
    rows = values.loc[wanted.index]
    found = fit_harmonisation(rows, sites, BY_CENTRE).transform(rows, sites)
    assert 1e-8 < worst(found, wanted, rows) < 1e-5


def test_every_case_of_the_recipe_is_tested(against_r):
    told = set(against_r[2].index.get_level_values("case"))
    assert told == {*CASES, "shipped", "location_shipped"}


def test_a_single_feature_by_hand():
    """Means 2 and 12 meet at 7; with one feature there is nothing to draw towards."""
    values = pd.DataFrame({"f": [1.0, 3.0, 11.0, 13.0]}, index=list("abcd"))
    sites = pd.Series(["x", "x", "y", "y"], index=values.index)
    made = fit_harmonisation(values, sites, by_centre(location_only=True, min_per_site=2))
    assert made.transform(values, sites)["f"].tolist() == [6.0, 8.0, 6.0, 8.0]
    assert made.shifts("f") == {"x": (5.0, 1.0), "y": (-5.0, 1.0)}
    to_x = fit_harmonisation(values, sites, by_centre(reference="x", min_per_site=2))
    # y has variance 2 (n - 1) where x has 1 (n)
    assert to_x.transform(values, sites)["f"].tolist() == pytest.approx([1, 3, 2 - 0.5**0.5, 2 + 0.5**0.5])


def test_features_that_are_equal_share_everything():
    """All variances equal: the prior has no width, and the common variance is taken."""
    column = [1.0, 3.0, 11.0, 15.0]
    values = pd.DataFrame({"f": column, "g": column}, index=list("abcd"))
    sites = pd.Series(["x", "x", "y", "y"], index=values.index)
    made = fit_harmonisation(values, sites, by_centre(min_per_site=2)).transform(values, sites)
    assert made["f"].tolist() == pytest.approx(made["g"].tolist())
    assert made["f"].groupby(sites).mean().tolist() == pytest.approx([7.5, 7.5])
    assert made["f"].groupby(sites).std().tolist() == pytest.approx([made["f"].iloc[:2].std()] * 2)


# --- sites that are not known --------------------------------------------------------------------------


@pytest.fixture
def three_sites(rng):
    """Twenty patients at A, twenty at B, three at C, one nowhere."""
    keys = [f"p{i:02d}" for i in range(44)]
    sites = pd.Series(["A"] * 20 + ["B"] * 20 + ["C"] * 3 + [None], index=keys, dtype=object)
    shift = sites.map({"A": 0.0, "B": 4.0, "C": -6.0}).astype(float).fillna(0.0).to_numpy()
    values = pd.DataFrame(rng.standard_normal((44, 6)), index=keys, columns=[f"f{i}" for i in range(6)])
    return values.add(shift, axis=0), sites


def test_small_and_absent_sites_are_refused(three_sites):
    with pytest.raises(SignatureError) as told:
        fit_harmonisation(*three_sites, BY_CENTRE)
    assert told.value.rule == "SIG-74"
    assert told.value.found == "3 of C, 1 of no site"
    assert told.value.expected == "A, B with 5 training patients each"


def test_or_left_as_they_are_with_a_note_for_each(three_sites):
    values, sites = three_sites
    made = fit_harmonisation(values, sites, by_centre(unknown_sites="unchanged"))
    assert made.sites == {"A": 20, "B": 20}
    assert [note[:10] for note in made.notes] == ["SIG-74 p40", "SIG-74 p41", "SIG-74 p42", "SIG-74 p43"]
    after = made.transform(values, sites)
    pd.testing.assert_frame_equal(after.iloc[40:], values.iloc[40:])
    without = fit_harmonisation(values.iloc[:40], sites, BY_CENTRE).transform(values.iloc[:40], sites)
    pd.testing.assert_frame_equal(after.iloc[:40], without)


def test_a_new_site_is_refused_or_left(three_sites):
    values, sites = (part.iloc[:40] for part in three_sites)
    new = values.iloc[:2].set_axis(["n0", "n1"])
    where = pd.Series(["A", "Z"], index=new.index)
    with pytest.raises(SignatureError, match="1 of Z") as told:
        fit_harmonisation(values, sites, BY_CENTRE).transform(new, where)
    assert told.value.rule == "SIG-74"
    made = fit_harmonisation(values, sites, by_centre(unknown_sites="unchanged"))
    moved = made.transform(new, where)
    assert (moved.loc["n0"] != new.loc["n0"]).all()
    assert (moved.loc["n1"] == new.loc["n1"]).all()


def test_one_site_only_is_said(three_sites):
    values, sites = (part.iloc[:20] for part in three_sites)
    made = fit_harmonisation(values, sites, BY_CENTRE)
    assert made.notes == ("SIG-74: one site only (A); nothing was harmonised",)
    pd.testing.assert_frame_equal(made.transform(values, sites), values)
    assert made.shifts("f0") == {"A": (0.0, 1.0)}  # so that a signature still knows where it is from


def test_an_unknown_reference_is_refused(three_sites):
    values, sites = (part.iloc[:40] for part in three_sites)
    with pytest.raises(SignatureError, match="reference site"):
        fit_harmonisation(values, sites, by_centre(reference="C"))


def test_nobody_has_a_site(three_sites):
    table = FeatureTable(three_sites[0], "h")
    with pytest.raises(SignatureError, match="nobody has one"):
        prepare(table, Preparation(harmonisation=BY_CENTRE))


def test_what_cannot_be_harmonised_is_dropped_and_gaps_are_left_to_the_screening(three_sites):
    values, sites = (part.iloc[:40].copy() for part in three_sites)
    values["gap"] = values["f0"]
    values.loc["p05", "gap"] = np.nan
    values["flat at B"] = values["f1"].where(sites == "A", 2.5)
    values["flat"] = 7.0
    table = FeatureTable(values, "h", sites=sites)
    prepared = prepare(table, Preparation(harmonisation=BY_CENTRE))
    assert prepared.dropped == {
        "gap": "missing or infinite",
        "flat at B": "constant at B, cannot be harmonised",
        "flat": "constant",
    }
    assert [entry.what for entry in prepared.ledger] == ["harmonisation", "screening"]
    assert not prepared.ledger[0].uses_outcome
    assert prepared.ledger[0].participants == tuple(values.index)
    means = prepared.values.groupby(sites).mean()
    assert float((means.loc["A"] - means.loc["B"]).abs().max()) < 0.5  # they were 4 apart


def test_a_split_leaves_out_whom_it_cannot_harmonise(three_sites):
    values, sites = three_sites
    roles = pd.Series(["training", "validation"] * 22, index=values.index)
    table = FeatureTable(values, "h", roles=roles, sites=sites)
    kept, left_out = without_unknown_sites(table, BY_CENTRE)
    assert left_out == ("p40", "p41", "p42", "p43")
    assert list(kept.values.index) == list(values.index[:40])
    assert kept.roles.tolist() == roles.tolist()[:40]
    for other in (None, HarmonisationSettings(), by_centre(unknown_sites="unchanged")):
        assert without_unknown_sites(table, other) == (table, ())


def test_repeated_splits_go_on_when_a_site_lacks_training_patients(rng):
    """Six patients at C: most splits leave fewer than 5 of them for training."""
    table, levels = with_signal(rng)
    sites = table.sites.copy()
    sites.iloc[:6] = "C"
    whole = WholeFit(
        replace(table, sites=sites, roles=None), levels, SMALL, Preparation(harmonisation=BY_CENTRE)
    )
    seen = set()
    for child in rng.spawn(3):
        roles = stratified_split(levels, 0.7, child)
        done = whole(roles, child)
        at_c = roles.loc[sites.index[:6]]
        has_enough = int((at_c == "training").sum()) >= 5
        assert set(done.left_out) == (set() if has_enough else set(at_c.index))
        n_validation = int((roles == "validation").sum()) - sum(
            roles[key] == "validation" for key in done.left_out
        )
        assert len(done.scores) == n_validation
        assert ("C" in done.fit.signature.cohort.sites) == has_enough
        seen.add(has_enough)
    assert False in seen
    told = [one_split(whole, child).n_left_out for child in rng.spawn(6)]
    assert set(told) <= {0, 6}
    assert 6 in told
    # with half of the patients for training no fold ever has 5 of C: none of the six gets a score
    nested = nested_repeat(whole, rng, n_folds=2)
    assert nested.n_left_out == 6
    lenient = replace(whole, preparation=Preparation(harmonisation=by_centre(unknown_sites="unchanged")))
    roles = stratified_split(levels, 0.7, rng)
    done = lenient(roles, rng)
    assert (done.left_out, len(done.scores)) == ((), int((roles == "validation").sum()))


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(40)))
def test_the_order_of_patients_does_not_matter(order):
    rng = np.random.default_rng(5)
    keys = [f"p{i:02d}" for i in range(40)]
    values = pd.DataFrame(rng.gamma(2.0, size=(40, 4)), index=keys, columns=list("wxyz"))
    sites = pd.Series(rng.choice(["A", "B", "C"], 40), index=keys)
    one = fit_harmonisation(values, sites, BY_CENTRE).transform(values, sites)
    other = fit_harmonisation(values.iloc[order], sites, BY_CENTRE).transform(values, sites)
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


# --- a planted site effect -----------------------------------------------------------------------------


def planted(rng, n=240, n_features=60, *, confounded=False):
    """Noise with an effect of two sites; the class depends on the site only where confounded."""
    keys = [f"p{i:03d}" for i in range(n)]
    sites = pd.Series(np.where(np.arange(n) % 2 == 0, "A", "B"), index=keys)
    is_high = rng.random(n) < (np.where(sites == "A", 0.85, 0.15) if confounded else 0.5)
    values = rng.standard_normal((n, n_features))
    at_b = (sites == "B").to_numpy()
    values[at_b] = 1.7 * values[at_b] + rng.normal(1.5, 0.5, n_features)
    frame = pd.DataFrame(values * 3.0 + 10.0, index=keys, columns=[f"f{i:02d}" for i in range(n_features)])
    levels = pd.Series(np.where(is_high, "high", "low"), index=keys)
    roles = stratified_split(levels, 0.6, rng)
    return FeatureTable(frame, "h", roles=roles, sites=sites), levels


def separation(values, sites):
    """AUC of the first principal component as a marker of the site, whichever way it points."""
    x = (values - values.mean()) / values.std()
    first = np.linalg.svd(x.to_numpy(), full_matrices=False)[0][:, 0]
    auc = roc_auc(sites.loc[values.index].to_numpy(dtype=object), first, "A").auc
    return max(auc, 1.0 - auc)


def test_shifts_of_training_patients_take_the_sites_off_validation_patients(rng):
    table, _ = planted(rng)
    training, validation = table.part("training"), table.part("validation")
    made = fit_harmonisation(training.values, training.sites, BY_CENTRE)
    after = made.transform(validation.values, validation.sites)
    assert separation(validation.values, table.sites) > 0.95
    assert separation(after, table.sites) < 0.65
    gap = after.groupby(table.sites).mean()
    sd = after.groupby(table.sites).std()
    assert float(((gap.loc["A"] - gap.loc["B"]).abs() / after.std()).mean()) < 0.3  # it was 1.2
    assert float((sd.loc["B"] / sd.loc["A"]).mean()) == pytest.approx(1.0, abs=0.1)  # it was 1.7


def test_a_score_that_knows_sites_only_fails_elsewhere_unless_harmonised(rng):
    """Classes confounded with sites: a good validation here, none where every site has both classes."""
    table, levels = planted(rng, confounded=True)
    elsewhere, truth = planted(rng, confounded=False)
    training, validation = table.part("training"), table.part("validation")
    raw = fit_signature(
        training, levels.loc[training.values.index], SMALL, np.random.default_rng(1)
    ).signature
    auc = auc_of(raw.score(validation.values), levels)
    assert auc > 0.75  # looks like a signature
    assert abs(auc_of(raw.score(elsewhere.values), truth) - 0.5) < 0.15
    made = fit_signature(
        training,
        levels.loc[training.values.index],
        SMALL,
        np.random.default_rng(1),
        preparation=Preparation(harmonisation=BY_CENTRE),
    ).signature
    assert abs(auc_of(made.score(validation.values, validation.sites), levels) - 0.5) < 0.15


def auc_of(scores, levels):
    return roc_auc(levels.loc[scores.index].to_numpy(dtype=object), scores.to_numpy(), "high").auc


# --- the frozen signature ------------------------------------------------------------------------------


def with_signal(rng):
    table, levels = planted(rng)
    values = table.values.copy()
    values["f03"] += 4.0 * (levels == "high")
    values["f11"] -= 4.0 * (levels == "high")
    return replace(table, values=values), levels


def harmonised_fit(table, levels, **changes):
    training = table.part("training")
    return fit_signature(
        training,
        levels.loc[training.values.index],
        SMALL,
        np.random.default_rng(3),
        preparation=Preparation(harmonisation=by_centre(**changes)),
    )


def test_raw_features_and_sites_give_the_training_scores(rng):
    table, levels = with_signal(rng)
    fit = harmonised_fit(table, levels)
    assert {"f03", "f11"} <= set(fit.signature.feature_names)
    training = table.part("training")
    read = Signature.from_json(fit.signature.to_json())
    again = read.score(training.values, training.sites).reindex(fit.training_scores.index)
    np.testing.assert_allclose(again, fit.training_scores, rtol=0, atol=1e-12)
    made = fit_harmonisation(training.values, training.sites, by_centre())
    validation = table.part("validation")
    by_hand = read.score_harmonised(made.transform(validation.values, validation.sites))
    np.testing.assert_allclose(read.score(validation.values, validation.sites), by_hand, rtol=0, atol=1e-12)
    assert read.harmonisation["site"] == "centre"
    assert read.cohort.sites == training.sites.value_counts().to_dict()


def test_the_signature_keeps_the_rule_for_new_sites(rng):
    table, levels = with_signal(rng)
    new = table.values.iloc[:1]
    where = pd.Series(["Z"], index=new.index)
    with pytest.raises(SignatureError) as told:
        harmonised_fit(table, levels).signature.score(new, where)
    assert told.value.rule == "SIG-74"
    lenient = harmonised_fit(table, levels, unknown_sites="unchanged").signature
    assert lenient.score(new, where).notna().all()


def test_no_leak_with_harmonisation(rng):
    table, levels = with_signal(rng)
    proof = prove_no_leak(lambda f, y: harmonised_fit(f, y).signature, table, levels, rng)
    assert (proof.n_training, proof.n_replaced) == (
        len(table.part("training").values),
        240 - proof.n_training,
    )


def test_shifts_of_all_patients_are_found_out(rng):
    """ComBat on everybody before the split: the usual leak."""
    table, levels = with_signal(rng)

    def leaky(features, classes):
        made = fit_harmonisation(features.values, features.sites, by_centre())
        everybody = replace(features, values=made.transform(features.values, features.sites))
        training = everybody.part("training")
        return fit_signature(
            training, classes.loc[training.values.index], SMALL, np.random.default_rng(3)
        ).signature

    with pytest.raises(SignatureError) as told:
        prove_no_leak(leaky, table, levels, rng)
    assert told.value.rule == "SIG-73"


def test_validation_rows_are_refused(rng):
    table, _ = planted(rng)
    with pytest.raises(SignatureError, match="not for training"):
        prepare(table, Preparation(harmonisation=BY_CENTRE))
