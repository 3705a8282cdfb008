"""Clinical variables against the groups and the score: which test, what is left out, what is an outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tilscope.biology.landscape.associations import ALL, ASSOCIATION_COLUMNS, OUTSIDE, associate
from tilscope.vocabulary import TableError

N = 40
PATIENTS = [f"sub-{k:02d}" for k in range(N)]


@pytest.fixture
def scores():
    score = np.linspace(0.05, 0.95, N)
    role = np.where(np.arange(N) % 4 == 0, "validation", "training")
    group = np.where(score >= 0.5, "high", "low")
    return pd.DataFrame({"score": score, "group": group, "role": role}, index=PATIENTS)


def columns(**values):
    return pd.DataFrame(values, index=PATIENTS)


def row(found, variable, against, patients=ALL):
    table = found.table.set_index(["variable", "against", "patients"])
    return table.loc[(variable, against, patients)]


def test_every_kind_has_its_test(scores):
    k = np.arange(N)
    clinical = columns(
        t_stage=np.array(["T1", "T2", "T3"])[k * 3 // N],
        subtype=np.array(["BLIS", "IM", "LAR"])[k % 3],
        menopause=np.where(k % 5 < 2, "pre", "post"),
        age=40.0 + k,
    )
    found = associate(clinical, scores, ordered_levels={"t_stage": ("T1", "T2", "T3")})
    assert list(found.table.columns) == list(ASSOCIATION_COLUMNS)
    tests = found.table[found.table["patients"] == ALL].set_index(["variable", "against"])["test"]
    assert tests.to_dict() == {
        ("t_stage", "groups"): "Cochran-Armitage",
        ("t_stage", "score"): "Jonckheere-Terpstra",
        ("subtype", "groups"): "Pearson chi-square",
        ("subtype", "score"): "Kruskal-Wallis",
        ("menopause", "groups"): "Pearson chi-square (Yates)",
        ("menopause", "score"): tests["menopause", "score"],
        ("age", "groups"): "Welch t",
        ("age", "score"): "Spearman",
    }
    assert tests["menopause", "score"] in ("Welch t", "Wilcoxon rank-sum (exact)")
    assert row(found, "age", "score")["effect_size"] == pytest.approx(1.0)
    assert row(found, "t_stage", "score")["effect_size"] > 0.9
    assert row(found, "menopause", "groups")["contrast"] == "odds of high with pre, against post"
    counted = found.levels.set_index(["variable", "level"])
    assert counted.loc["menopause"].sum().to_dict() == {"high": 20, "low": 20}
    assert counted.loc[("t_stage", "T1")].to_dict() == {"high": 0, "low": 14}


def test_an_outcome_is_shown_outside_training_only_and_in_no_family(scores, rng):
    clinical = columns(stils=100 * scores["score"].to_numpy(), age=rng.normal(size=N))
    found = associate(clinical, scores, outcomes=("stils",))
    of_outcome = found.table[found.table["variable"] == "stils"]
    assert set(of_outcome["patients"]) == {OUTSIDE}
    assert (of_outcome["n"] == 10).all()
    assert of_outcome["p_adjusted"].isna().all()
    assert (of_outcome["family"] == "").all()
    # the only member of its family: its q is its p
    assert row(found, "age", "score")["p_adjusted"] == row(found, "age", "score")["p_value"]
    all_trained = associate(clinical, scores.assign(role="training"), outcomes=("stils",))
    assert set(all_trained.table["variable"]) == {"age"}
    assert ("stils", "TAB-60") in {(e.variable, e.rule) for e in all_trained.excluded}


def test_what_cannot_be_compared_is_named_with_a_rule(scores):
    few = np.full(N, np.nan)
    few[:2] = 1.0, 2.0
    levels = np.where(np.arange(N) % 3 == 0, "low", "high").astype(object)
    levels[7] = "unclear"
    clinical = columns(
        one_class="IDC",
        constant=3.0,
        empty=np.nan,
        two_patients=few,
        fibrosis=levels,
        remark=[f"note {k}" for k in range(N)],
    )
    found = associate(clinical, scores, ordered_levels={"fibrosis": ("low", "high")})
    assert {e.variable: (e.rule, e.reason) for e in found.excluded} == {
        "remark": ("TAB-61", "free text, which may identify patients"),
        "fibrosis": ("TAB-61", "not compared as ordered: unclear is not among its declared levels."),
        "one_class": ("TAB-61", "all 40 values are equal"),
        "constant": ("TAB-61", "all 40 values are equal"),
        "empty": ("TAB-61", "no patient with a score has a value"),
        "two_patients": ("TAB-60", "only 2 patients with a score have a value"),
    }
    assert set(found.table["variable"]) == {"fibrosis"}
    assert set(found.table["kind"]) == {"class"}


def test_missing_values_leave_their_patient_out_of_that_variable(scores, rng):
    age = rng.normal(size=N)
    clinical = columns(age=age, size=rng.normal(size=N))
    clinical.loc[PATIENTS[:7], "age"] = np.nan
    found = associate(clinical, scores)
    assert row(found, "age", "score")[["n", "n_missing"]].tolist() == [33, 7]
    without = associate(clinical.iloc[7:], scores)
    for against in ("groups", "score"):
        numbers = ["statistic", "p_value", "effect_size", "ci_low", "ci_high"]
        assert row(found, "age", against)[numbers].tolist() == row(without, "age", against)[numbers].tolist()
    assert row(found, "size", "score")["n_missing"] == 0


def test_a_score_that_is_the_same_for_all_or_no_groups_is_told(scores, rng):
    clinical = columns(
        age=rng.normal(size=N),
        subtype=np.array(["a", "b", "c"])[np.arange(N) % 3],
        grade=1 + np.arange(N) % 3,
    )
    found = associate(
        clinical, scores.assign(score=0.5, group=None), ordered_levels={"grade": ("1", "2", "3")}
    ).table
    assert found["p_value"].isna().all()
    assert found["p_adjusted"].isna().all()
    assert (found["reason"] != "").all()
    with pytest.raises(TableError, match="TAB-60"):
        associate(clinical, scores.head(2))


def test_a_class_that_has_one_level_outside_training_is_told_there(scores):
    centre = np.where(scores["role"] == "training", np.array(["A", "B"])[np.arange(N) % 2], "A")
    ordered = np.where(scores["role"] == "training", np.array(["1", "2"])[np.arange(N) // 20], "1")
    found = associate(columns(centre=centre, nodes=ordered), scores, ordered_levels={"nodes": ("1", "2")})
    assert np.isfinite(row(found, "centre", "score")["p_value"])
    for variable in ("centre", "nodes"):
        for against in ("groups", "score"):
            outside = row(found, variable, against, OUTSIDE)
            assert np.isnan(outside["p_value"])
            assert outside["reason"] != ""
