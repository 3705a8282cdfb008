"""How much of a result is luck: splits, nested cross-validation, permuted labels, simple models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tilscope.signature import (
    SelectionSettings,
    WholeFit,
    baseline_scores,
    clinical_columns,
    fit_signature,
    nested_validation,
    permutation_test,
    prove_no_leak,
    repeated_splits,
    stratified_split,
)
from tilscope.signature.nested import (
    NestedRepeat,
    OutOfFold,
    deal_folds,
    gather_nested,
    nested_repeat,
    within_fold_auc,
)
from tilscope.signature.permutation import gather_permutations, permutation_folds, permuted_auc
from tilscope.signature.repeated_splits import one_split
from tilscope.vocabulary import FeatureTable, SettingsError, SignatureError

QUICK = SelectionSettings(n_lambda=40, n_folds=5)


@pytest.fixture
def planted(cohort):
    """The cohort of conftest without its noise: f0 and f1 tell the classes apart."""
    features, _ = cohort
    truth = features.values["f0"] - features.values["f1"]
    levels = pd.Series(np.where(truth > 0, "high", "low"), index=truth.index, dtype="str")
    return WholeFit(features, levels, QUICK)


def noise(rng, n=70, p=150):
    values = pd.DataFrame(rng.normal(size=(n, p)), index=[f"sub-{i:02d}" for i in range(n)])
    levels = pd.Series(["high"] * (n // 2) + ["low"] * (n - n // 2), index=values.index)
    return WholeFit(FeatureTable(values.rename(columns="f{}".format), "abc"), levels, QUICK)


def test_noise_gives_chance_on_average(rng):
    found = repeated_splits(noise(rng), rng, n_splits=20)
    # 20 splits of 20 patients (sd about .13 each, correlated): chance, while selection on all patients
    # before the split would be above .8 here
    assert 0.35 < found.summary()["mean"] < 0.65
    assert (found.selection_frequency <= 1).all()


def test_signal_is_seen_by_every_part(planted):
    found = repeated_splits(planted, np.random.default_rng(1), n_splits=5)
    assert found.summary()["median"] > 0.75
    assert set(found.selection_frequency.index[:2]) == {"f0", "f1"}
    nested = nested_validation(planted, np.random.default_rng(1), n_repeats=2, n_folds=4)
    assert nested.auc > 0.75
    assert nested.ci_low > 0.5
    permuted = permutation_test(planted, np.random.default_rng(1), n_permutations=19, n_folds=2)
    assert permuted.p_value == 1 / 20


def test_each_unit_depends_on_its_own_generator_only(planted):
    children = np.random.default_rng(1).spawn(3)
    alone = one_split(planted, children[2])
    together = repeated_splits(planted, np.random.default_rng(1), n_splits=3)
    assert (alone.training_auc, alone.validation_auc) == (
        together.training_auc[2],
        together.validation_auc[2],
    )


def test_nothing_depends_on_the_order_of_rows(planted, rng):
    order = rng.permutation(80)
    turned = planted.with_features(planted.features.rows(planted.features.values.index[order]))
    for part in (
        one_split,
        lambda fit, own: nested_repeat(fit, own, n_folds=3),
        lambda fit, own: permuted_auc(fit, permutation_folds(fit, 2, own), own),
    ):
        assert part(turned, np.random.default_rng(3)) == part(planted, np.random.default_rng(3))


def test_patients_without_a_class_take_no_part(planted):
    without = planted.levels.copy()
    without.iloc[:5] = None
    smaller = replace(planted, features=planted.features.rows(planted.features.values.index[5:]))
    assert one_split(planted.with_levels(without), np.random.default_rng(3)) == one_split(
        smaller, np.random.default_rng(3)
    )


def test_within_fold_auc_counts_pairs_of_one_fold_only():
    # fold 0: high .9 .4, low .5 .1 -> 3 of 4 pairs; fold 1: high .2, low .8 .2 -> half of 2 pairs
    index = list("abcdefg")
    scores = pd.Series([0.9, 0.4, 0.5, 0.1, 0.2, 0.8, 0.2], index=index)
    levels = pd.Series(["high", "high", "low", "low", "high", "low", "low"], index=index)
    folds = pd.Series([0, 0, 0, 0, 1, 1, 1], index=index)
    auc, variance = within_fold_auc(OutOfFold(scores, folds, ((), ())), levels)
    assert auc == pytest.approx(3.5 / 6)
    assert np.isnan(variance)  # one high patient in fold 1
    # fold 0 alone: placements of high (1, .5), of low (.5, 1); variance .125 / 2 + .125 / 2
    first = OutOfFold(scores[:4], folds[:4], ((),))
    assert within_fold_auc(first, levels) == (pytest.approx(0.75), pytest.approx(0.125))
    nobody = OutOfFold(scores[:2], folds[:2], ((),))
    assert np.isnan(within_fold_auc(nobody, levels)[0])


def test_nested_interval_is_that_of_the_logit():
    # logit(.8) = 1.38629; se .05 / (.8 x .2) = .3125; 1.38629 -+ 1.95996 x .3125 -> .6843, .8807
    found = gather_nested([NestedRepeat(auc, 0.0025, 0.0, 0.0, 0.0, 0) for auc in (0.78, 0.82)])
    assert (found.auc, found.spread) == (pytest.approx(0.8), pytest.approx(0.04 / np.sqrt(2)))
    assert (found.ci_low, found.ci_high) == (pytest.approx(0.6843, abs=1e-4), pytest.approx(0.8807, abs=1e-4))
    perfect = gather_nested([NestedRepeat(1.0, 0.0, 1.0, np.nan, np.nan, 0)])
    assert np.isnan([perfect.ci_low, perfect.ci_high, perfect.spread]).all()


def test_permutations_keep_each_fold_s_classes(planted, monkeypatch):
    folds = deal_folds(planted.known_levels, 3, np.random.default_rng(1))
    counts = pd.crosstab(folds, planted.known_levels)
    assert (counts.max() - counts.min() <= 1).all()
    seen = []
    monkeypatch.setattr(
        "tilscope.signature.permutation.out_of_fold",
        lambda fit, folds, rng: seen.append(fit.levels) or OutOfFold(pd.Series(dtype=float), folds[:0], ()),
    )
    for is_permuted in (True, False):
        assert permuted_auc(planted, folds, np.random.default_rng(2), is_permuted=is_permuted) == 0.5
    pd.testing.assert_frame_equal(pd.crosstab(folds, seen[0].loc[folds.index]), counts, check_names=False)
    assert (seen[0] != planted.known_levels.loc[seen[0].index]).any()
    assert (seen[1] == planted.known_levels.loc[seen[1].index]).all()


def test_p_value_counts_ties_and_the_observed():
    assert gather_permutations(0.7, [0.5, 0.7, 0.8, 0.6]).p_value == 3 / 5
    assert gather_permutations(0.9, [0.5] * 199).p_value == 1 / 200


def test_patients_that_lack_a_selected_feature_are_not_scored(planted):
    first = one_split(planted, np.random.default_rng(3))
    roles = stratified_split(planted.levels, 0.7, np.random.default_rng(3).spawn(3)[0])
    outside = roles.index[(roles == "validation").to_numpy()]
    holes = planted.features.values.copy()
    holes.loc[outside[0], "f0"] = np.nan
    found = one_split(planted.with_features(FeatureTable(holes, "abc")), np.random.default_rng(3))
    assert "f0" in first.feature_names
    assert found.feature_names == first.feature_names
    assert found.n_validation == first.n_validation - 1


CLINICAL = pd.DataFrame(
    {
        "age": [50.0, 60.0, np.nan, 40.0, 70.0, 55.0] * 10,
        "menopause": ["pre", "post", "post", None, "post", "post"] * 10,
        "stil_reader_b": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0] * 10,
        "centre": ["one"] * 60,
        "note": [f"text {k}" for k in range(60)],
        "ki67": [np.nan] * 30 + list(range(30)),
        "tilt": [1.0, 2.0] * 30,
    },
    index=[f"sub-{k:02d}" for k in range(60)],
)


def test_clinical_columns_say_why_a_column_is_left_out():
    found = clinical_columns(CLINICAL)
    assert list(found.frame) == ["age", "menopause", "tilt"]
    assert found.left_out == {
        "stil_reader_b": "looks like an outcome",
        "centre": "has one value",
        "note": "is text of 60 values",
        "ki67": "missing for 50% of the patients",
    }
    assert list(clinical_columns(CLINICAL, ["age"]).frame) == ["age"]
    with pytest.raises(SettingsError, match=r"note: is text.*weight: is not in the table"):
        clinical_columns(CLINICAL, ["note", "weight"])


IS_TRAINING = np.tile([True, False, True, True], 15)


def baseline_case(columns, is_high):
    levels = pd.Series(np.where(is_high, "high", "low"), index=columns.index)
    roles = pd.Series(np.where(IS_TRAINING, "training", "validation"), index=columns.index)
    return baseline_scores(columns, levels, roles, np.random.default_rng(1))


def test_one_predictor_is_weighed_by_plain_logistic_regression(rng):
    # x = 0 or 1: the fitted probabilities are the shares of high in training, group by group
    x = pd.DataFrame({"shape_MeshVolume": np.tile([0.0, 1.0, 1.0, 0.0, 0.0, 1.0], 10)}, index=CLINICAL.index)
    is_high = rng.random(60) < 0.3 + 0.4 * x["shape_MeshVolume"]
    found = baseline_case(x, is_high)
    shares = [is_high[IS_TRAINING & (x["shape_MeshVolume"] == v).to_numpy()].mean() for v in (0.0, 1.0)]
    expected = [shares[int(v)] for v in x.loc[found.scores.index, "shape_MeshVolume"]]
    assert found.how == "logistic regression"
    np.testing.assert_allclose(found.scores, expected, atol=1e-9)


def test_several_predictors_and_separation_go_to_ridge():
    is_high = (CLINICAL["menopause"] == "post").to_numpy()  # separates
    found = baseline_case(CLINICAL[["age", "menopause"]], is_high)
    assert found.how == "ridge"
    assert found.terms == ("age", "menopause = pre", "menopause = unknown")
    outside = is_high[~IS_TRAINING]
    assert found.scores[outside].min() > found.scores[~outside].max()
    alone = baseline_case(pd.DataFrame({"v": is_high.astype(float)}, index=CLINICAL.index), is_high)
    assert alone.how == "ridge"
    nothing = baseline_case(pd.DataFrame({"v": np.ones(60)}, index=CLINICAL.index), is_high)
    assert nothing.how == "no predictor"
    assert nothing.scores.nunique() == 1


def test_baselines_are_validated_on_the_same_splits(planted):
    volume = pd.DataFrame({"v": planted.features.values["f0"]})
    found = repeated_splits(planted, np.random.default_rng(1), 3, baselines={"volume": volume})
    assert found.baseline_auc["volume"].shape == (3,)
    assert 0.6 < found.baseline_auc["volume"].mean() < 0.98


def simulated(seed, *, effect=0.0, n=139, p=300):
    """139 patients as in the paper (79 high, 60 low), independent features, three of which may matter."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    truth = effect * (x[:, 0] - x[:, 1] + x[:, 2]) + rng.normal(size=n)
    index = [f"sub-{i:03d}" for i in range(n)]
    is_high = truth > np.quantile(truth, 60 / 139)
    values = pd.DataFrame(x, index=index, columns=[f"f{i}" for i in range(p)])
    levels = pd.Series(np.where(is_high, "high", "low"), index=index)
    return WholeFit(FeatureTable(values, "abc"), levels, QUICK)


def preselected(whole_fit, n_features=20):
    """The leak of many papers: the features that differ most, among all patients, before the split."""
    values, is_high = whole_fit.features.values, (whole_fit.levels == "high").to_numpy()
    gap = (values[is_high].mean() - values[~is_high].mean()).abs() / values.std()
    return FeatureTable(values[gap.nlargest(n_features).index], "abc")


def test_a_null_cohort_is_called_one():
    nested = [nested_validation(simulated(s), np.random.default_rng(s), n_repeats=1).auc for s in range(4)]
    # sd of one AUC on noise with 79 and 60 patients: .05 (Mann-Whitney), of the mean of four .025
    assert np.mean(nested) == pytest.approx(0.5, abs=0.06)
    assert max(abs(auc - 0.5) for auc in nested) < 0.15
    permuted = permutation_test(simulated(1), np.random.default_rng(1), 19, n_folds=3)
    assert permuted.p_value > 0.05
    assert permuted.permuted.mean() == pytest.approx(0.5, abs=0.03)


def test_a_planted_signal_is_found():
    planted = simulated(1, effect=0.6)
    nested = nested_validation(planted, np.random.default_rng(1), n_repeats=1)
    assert nested.ci_low > 0.5
    assert permutation_test(planted, np.random.default_rng(1), 19, n_folds=3).p_value == 1 / 20


def test_selection_before_the_split_finds_signals_in_noise_and_is_refused():
    honest, leaky = [], []
    for seed in range(4):
        cohort = simulated(seed)
        for k in range(3):
            honest.append(one_split(cohort, np.random.default_rng([seed, k])).validation_auc)
            shortened = cohort.with_features(preselected(cohort))
            leaky.append(one_split(shortened, np.random.default_rng([seed, k])).validation_auc)
    assert np.mean(honest) == pytest.approx(0.5, abs=0.08)
    assert np.mean(leaky) > 0.65  # about .74 on average, on noise

    cohort = simulated(0)
    roles = stratified_split(cohort.levels, 0.7, np.random.default_rng(1))
    table = replace(cohort.features, roles=roles)

    def preselecting(features, levels):
        short = preselected(WholeFit(features, levels, QUICK))
        fit = WholeFit(short, levels, QUICK)(features.roles, np.random.default_rng(2))
        return fit.fit.signature

    with pytest.raises(SignatureError) as caught:
        prove_no_leak(preselecting, table, cohort.levels, np.random.default_rng(3))
    assert caught.value.rule == "SIG-73"
    proof = prove_no_leak(
        lambda f, lv: WholeFit(f, lv, QUICK)(f.roles, np.random.default_rng(2)).fit.signature,
        table,
        cohort.levels,
        np.random.default_rng(3),
    )
    assert (proof.n_training, proof.n_replaced) == (98, 41)
    with pytest.raises(SignatureError) as caught:
        fit_signature(table, cohort.levels, QUICK, np.random.default_rng(2))
    assert caught.value.rule == "SIG-72"
