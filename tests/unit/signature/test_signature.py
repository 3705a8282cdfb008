"""From patients to a frozen signature and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from tilscope.signature import (
    SelectionSettings,
    evaluate,
    fit_signature,
    screen_features,
    stratified_split,
    til_level,
)
from tilscope.vocabulary import FeatureTable, TableError

QUICK = SelectionSettings(n_lambda=40, n_folds=5)


def fitted(cohort, **changes):
    return fit_signature(*cohort, QUICK.model_copy(update=changes), np.random.default_rng(1))


def test_til_level_cuts_at_the_threshold_and_keeps_the_unknown():
    found = til_level(pd.Series([0, 19.9, 20, 100, np.nan], index=list("abcde")))
    assert found.iloc[:4].tolist() == ["low", "low", "high", "high"]
    assert found.isna().tolist() == [False] * 4 + [True]
    with pytest.raises(TableError, match=r"0\.\.100"):
        til_level(pd.Series([101.0], index=["sub-1"]))


def test_split_has_the_papers_numbers_and_ignores_row_order():
    levels = pd.Series(["high"] * 79 + ["low"] * 60, index=[f"sub-{i:03d}" for i in range(139)])
    roles = stratified_split(levels, 0.7, np.random.default_rng(5))
    assert pd.crosstab(levels, roles).to_numpy().tolist() == [[56, 23], [42, 18]]
    reversed_roles = stratified_split(levels.iloc[::-1], 0.7, np.random.default_rng(5))
    pd.testing.assert_series_equal(reversed_roles.sort_index(), roles)
    assert not stratified_split(levels, 0.7, np.random.default_rng(6)).equals(roles)


@pytest.mark.parametrize("n_low", [0, 3])
def test_split_of_a_tiny_class_is_refused(n_low, rng):
    levels = pd.Series(["high"] * 20 + ["low"] * n_low, index=[f"sub-{i}" for i in range(20 + n_low)])
    with pytest.raises(TableError) as caught:
        stratified_split(levels, 0.7, rng)
    assert caught.value.rule == "TAB-60"


def test_screening_drops_and_tells():
    values = pd.DataFrame(
        {
            "good": np.arange(40.0),
            "constant": 2.0,
            "near": [1.0] * 39 + [5.0],
            "missing": [np.nan, *range(39)],
            "infinite": [np.inf, *range(39)],
            "copy": np.arange(40.0),
            "often": [0.0] * 38 + [1.0, 2.0],
        }
    )
    kept, dropped = screen_features(values)
    assert list(kept) == ["good", "often"]
    assert dropped == {
        "constant": "constant",
        "near": "near constant",
        "missing": "missing or infinite",
        "infinite": "missing or infinite",
        "copy": "equal to good",
    }


def test_fit_finds_the_planted_features_with_their_signs(cohort):
    fit = fitted(cohort, max_features=4)
    weights = {f.name: f.coefficient for f in fit.signature.features}
    assert weights["f0"] > 0 > weights["f1"]
    assert len(weights) <= 4
    assert fit.signature.cutoff == float(np.median(fit.training_scores))
    assert any(note.startswith("max_features") for note in fit.notes)
    assert fit.signature.origin == "logistic"
    assert (fit.signature.cohort.n_training, fit.signature.settings_hash) == (80, "abc")


def test_fit_does_not_depend_on_row_order(cohort, rng):
    features, levels = cohort
    order = rng.permutation(80)
    shuffled = FeatureTable(features.values.iloc[order], "abc"), levels.iloc[rng.permutation(80)]
    assert fitted(shuffled).signature == fitted(cohort).signature


def test_logistic_refit_is_the_maximum_of_the_likelihood(cohort):
    fit = fitted(cohort, max_features=3)
    features, levels = cohort
    y = (levels == "high").to_numpy(dtype=float)
    names = list(fit.signature.feature_names)
    residual = y - fit.training_scores.to_numpy()
    assert abs(residual.sum()) < 1e-7
    assert np.abs(features.values[names].to_numpy().T @ residual).max() < 1e-6


def test_separation_is_told_and_falls_back_on_the_elastic_net(cohort):
    features, levels = cohort
    values = features.values.assign(f0=np.where(levels == "high", 1.0, -1.0) + features.values["f2"] / 100)
    fit = fitted((FeatureTable(values, "abc"), levels))
    assert fit.signature.origin == "elastic_net"
    assert any(note.startswith("TAB-65") and "separated" in note for note in fit.notes)
    assert any(note.startswith("TAB-65") for note in fit.signature.warnings)
    assert np.isfinite([f.coefficient for f in fit.signature.features]).all()


def test_no_usable_feature_is_a_valid_outcome(cohort):
    features, levels = cohort
    fit = fitted((FeatureTable(features.values * 0 + 1, "abc"), levels))
    prevalence = (levels == "high").mean()
    assert fit.signature.origin == "empty"
    assert fit.signature.features == ()
    np.testing.assert_allclose(fit.signature.score(features.values), prevalence)
    assert len(fit.dropped) == 60
    assert any("no feature was selected" in note for note in fit.notes)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda f, lv: (f, lv.iloc[1:]), "TAB-59"),
        (lambda f, lv: (f, lv.where(lv != "low")), "TAB-59"),
        (lambda f, lv: (f, lv.replace("low", "high")), "TAB-60"),
        (lambda f, lv: (FeatureTable(pd.concat([f.values, f.values]), "abc"), lv), "TAB-50"),
    ],
)
def test_unusable_training_sets_are_refused(cohort, change, rule):
    with pytest.raises(TableError) as caught:
        fit_signature(*change(*cohort), QUICK)
    assert caught.value.rule == rule


def test_evaluate_names_its_positive_class():
    levels = pd.Series(["high", "high", "low", "low"], index=list("abcd"))
    scores = pd.Series([0.2, 0.9, 0.6, 0.1], index=list("dabc"))
    found = evaluate(levels, scores, 0.5, role="validation")
    # a .9 high, b .6 high, c .1 low, d .2 low: all right
    assert (found.confusion.tp, found.confusion.tn, found.auc.auc) == (2, 2, 1.0)
    assert (found.role, found.positive, found.n) == ("validation", "high", 4)
    assert found.brier == pytest.approx((0.01 + 0.16 + 0.01 + 0.04) / 4)
    one = evaluate(levels[:2], scores[["a", "b"]], 0.5)
    assert np.isnan(one.auc.auc)
    assert one.confusion.negative == "low"
    with pytest.raises(TableError):
        evaluate(levels, scores.iloc[:3], 0.5)


def test_youdens_cutoff_on_request_is_the_best_on_the_training_scores(cohort):
    _, levels = cohort
    median, youden = fitted(cohort), fitted(cohort, cutoff="youden")
    assert (median.signature.cutoff_rule, youden.signature.cutoff_rule) == ("median", "youden")
    scores, high = youden.training_scores, (levels.sort_index() == "high").to_numpy()

    def index(cutoff):
        called = (scores >= cutoff).to_numpy()
        return (called & high).sum() / high.sum() + (~called & ~high).sum() / (~high).sum() - 1.0

    assert index(youden.signature.cutoff) == max(index(c) for c in scores)
    assert index(youden.signature.cutoff) >= index(median.signature.cutoff)
    assert {e.what for e in youden.ledger if e.uses_outcome} >= {"cut-off"}
    assert next(e for e in median.ledger if e.what == "cut-off").uses_outcome is False


def test_without_any_feature_youden_has_no_cutoff(cohort):
    features, levels = cohort
    fit = fitted((FeatureTable(features.values * 0 + 1, "abc"), levels), cutoff="youden")
    assert fit.signature.cutoff_rule == "median"
    assert any(note.startswith("TAB-65") and "median" in note for note in fit.notes)


def test_several_alphas_give_the_one_with_the_smallest_deviance(cohort):
    single = {a: fitted(cohort, alpha=a) for a in (0.2, 1.0)}
    several = fitted(cohort, alpha=(1.0, 0.2))
    deviances = {a: fit.path.mean_deviance.min() for a, fit in single.items()}
    best = min(deviances, key=deviances.get)
    assert several.path.alpha == several.signature.selection.alpha == best
    assert several.signature.features == single[best].signature.features
    assert "alpha" in {e.what for e in several.ledger if e.uses_outcome}
    assert "alpha" not in {e.what for e in single[best].ledger}


@pytest.mark.parametrize("alpha", [(), (0.5, 0.5), (0.5, 1.2), 1.2, "lasso"])
def test_impossible_alphas_are_refused(alpha):
    with pytest.raises(ValidationError):
        SelectionSettings(alpha=alpha)
