"""The nomogram: against rms, against the score itself, and where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tilscope.signature import CohortSummary, Signature, SignatureFeature
from tilscope.signature.nomogram import nomogram, round_values, why_no_nomogram

HERE = Path(__file__).parents[2] / "reference" / "signature"


def signature(features: list[SignatureFeature], **others: Any) -> Signature:
    given: dict[str, Any] = {"intercept": 0.0, "cutoff": 0.5, "origin": "logistic"} | others
    cohort = CohortSummary(n_training=80, n_positive=40, n_negative=40)
    return Signature(name="test", features=tuple(features), cohort=cohort, **given)


def feature(name: str, coefficient: float, low: float | None, high: float | None) -> SignatureFeature:
    return SignatureFeature(name=name, coefficient=coefficient, training_min=low, training_max=high)


def test_points_and_scores_are_those_of_rms():
    given = pd.read_csv(HERE / "nomogram_input.csv", skipinitialspace=True).set_index("term")
    expected = pd.read_csv(HERE / "nomogram_expected.csv", skipinitialspace=True)
    terms = given.drop(index="Intercept")
    made = signature(
        [feature(str(t), r["coefficient"], r["low"], r["high"]) for t, r in terms.iterrows()],
        intercept=given.loc["Intercept", "coefficient"],
    )
    found = nomogram(made)
    assert found is not None
    assert [axis.name for axis in found.axes] == ["a", "b", "c"]  # 100, 61 and 18 points
    for axis in found.axes:
        rows = expected[expected["axis"] == axis.name]
        x, y = zip(*sorted((axis.low, axis.high)), strict=True)
        np.testing.assert_allclose(np.interp(rows["value"], x, y), rows["points"], atol=1e-9)
        for value, points in axis.ticks:
            assert np.interp(value, x, y) == pytest.approx(points)
    places = dict(found.scores)
    for row in expected[expected["axis"] == "score"].itertuples():
        assert places[row.value] == pytest.approx(row.points, abs=1e-3)  # rms looks the score up in a grid
    assert found.cutoff == pytest.approx((0.5, places[0.5]))


def test_reading_the_axes_gives_the_signatures_score():
    rng = np.random.default_rng(4)
    names = [f"f{k}" for k in range(7)]
    values = pd.DataFrame(rng.normal(5, [1, 3, 0.2, 40, 1e-4, 2, 9], (30, 7)), columns=names)
    weights = rng.normal(0, 1, 7) / values.std().to_numpy()
    made = signature(
        [
            feature(n, w, float(values[n].min()), float(values[n].max()))
            for n, w in zip(names, weights, strict=True)
        ],
        intercept=-float(weights @ values.mean()),
    )
    found = nomogram(made)
    assert found is not None
    points = sum(
        np.interp(values[axis.name], *zip(*sorted((axis.low, axis.high)), strict=True)) for axis in found.axes
    )
    (p1, at1), (p2, at2) = found.scores[0], found.scores[-1]
    logit = np.interp(points, [at1, at2], np.log([p1 / (1 - p1), p2 / (1 - p2)]), left=np.nan, right=np.nan)
    read = 1 / (1 + np.exp(-logit))
    inside = np.isfinite(read)
    assert inside.sum() > 20
    np.testing.assert_allclose(read[inside], made.score(values)[inside], atol=1e-10)
    assert found.total >= points.max()
    assert points.min() >= 0


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ([], "no feature"),
        ([feature(f"f{k}", 0.1, 0, 1) for k in range(40)], "40 axes"),
        ([feature("a", 1.0, 0, 1), feature("b", 1.0, None, None)], "training range of b is not known"),
        ([feature("a", 1.0, 3, 3)], "no feature of the signature varies"),
    ],
)
def test_where_there_is_none_it_is_said_why(features, words):
    made = signature(features, origin="empty" if not features else "logistic")
    assert nomogram(made) is None
    assert words in (why_no_nomogram(made) or "")


def test_one_feature_beside_one_that_is_constant_and_a_cutoff_out_of_reach():
    found = nomogram(signature([feature("a", -2.0, 0, 1), feature("b", 1.0, 4, 4)], cutoff=0.9, intercept=-4))
    assert found is not None
    assert why_no_nomogram(signature([feature("a", -2.0, 0, 1)])) is None
    assert [(axis.low[1], axis.high[1]) for axis in found.axes] == [(100.0, 0.0), (0.0, 0.0)]
    assert found.cutoff is None
    # -4 + 4 - 2 and -4 + 4 - 0
    assert found.score_low == pytest.approx(1 / (1 + np.exp(2)))
    assert found.score_high == pytest.approx(0.5)


def test_round_values_are_round():
    assert round_values(-1.1, 1.1) == (-1.0, -0.5, 0.0, 0.5, 1.0)
    assert round_values(0.021, 0.083) == pytest.approx((0.04, 0.06, 0.08))
    assert round_values(1204, 38250) == (10000, 20000, 30000)
    assert round_values(2, 2) == ()
