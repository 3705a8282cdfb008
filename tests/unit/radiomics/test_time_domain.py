"""Moments of a feature over the phases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tilscope.radiomics import time_moments
from tilscope.vocabulary import SettingsError

NUMBERS = st.floats(-1e6, 1e6, allow_subnormal=False)


def moments(series):
    return {key.split("_")[0]: value for key, value in time_moments([{"f": v} for v in series]).items()}


def test_by_hand():
    assert moments([0.0, 0.0, 0.0, 4.0]) == pytest.approx(
        {"mean": 1.0, "variance": 3.0, "kurtosis": 7 / 3, "skewness": 2 / np.sqrt(3)}
    )


def test_equal_to_scipy(rng):
    series = rng.normal(50.0, 3.0, size=4)
    assert moments(series) == pytest.approx(
        {
            "mean": series.mean(),
            "variance": series.var(),
            "kurtosis": stats.kurtosis(series, fisher=False, bias=True),
            "skewness": stats.skew(series, bias=True),
        },
        rel=1e-12,
    )


@pytest.mark.parametrize("series", [[5.0] * 4, [0.1] * 3, [0.0, 0.0], [7.0], [1.0, 1.0 + 1e-15, 1.0, 1.0]])
def test_a_constant_series_has_no_higher_moments(series):
    result = moments(series)
    assert result["mean"] == pytest.approx(series[0])
    assert (result["variance"], result["kurtosis"], result["skewness"]) == (0.0, 0.0, 0.0)


@given(st.lists(NUMBERS, min_size=4, max_size=4))
def test_bounds_of_four_numbers(series):
    result = moments(series)
    assert abs(result["skewness"]) <= 2 / np.sqrt(3) + 1e-9
    assert result["kurtosis"] == 0.0 or 1 - 1e-9 <= result["kurtosis"] <= 7 / 3 + 1e-9


@given(st.lists(st.integers(-1000, 1000), min_size=4, max_size=4), st.integers(1, 100))
def test_scale_and_mirror(series, factor):
    one, other = moments(map(float, series)), moments([-float(factor * v) for v in series])
    assert other["skewness"] == pytest.approx(-one["skewness"], abs=1e-9)
    assert other["kurtosis"] == pytest.approx(one["kurtosis"], abs=1e-9)
    assert other["variance"] == pytest.approx(one["variance"] * factor**2, rel=1e-9)


def test_sample_moments_are_those_of_scipy_without_bias(rng):
    series = rng.normal(50.0, 3.0, size=5)
    result = time_moments([{"f": v} for v in series], moments="sample")
    assert result == pytest.approx(
        {
            "mean_f": series.mean(),
            "variance_f": series.var(ddof=1),
            "kurtosis_f": stats.kurtosis(series, fisher=False, bias=False),
            "skewness_f": stats.skew(series, bias=False),
        },
        rel=1e-12,
    )


def test_sample_moments_need_four_phases():
    with pytest.raises(SettingsError, match=r"SET-28.*3 post-contrast phases"):
        time_moments([{"f": v} for v in (1.0, 2.0, 4.0)], moments="sample")


@pytest.mark.parametrize("kind", ["population", "sample"])
def test_constant_features_can_be_missing_instead_of_zero(kind):
    phases = [{"flat": 3.0, "rising": float(k)} for k in range(4)]
    zero = time_moments(phases, moments=kind)
    missing = time_moments(phases, moments=kind, constant="missing")
    assert [zero[f"{m}_flat"] for m in ("mean", "variance", "kurtosis", "skewness")] == [3.0, 0.0, 0.0, 0.0]
    assert missing["variance_flat"] == 0.0
    assert np.isnan(missing["kurtosis_flat"])
    assert np.isnan(missing["skewness_flat"])
    assert all(missing[name] == zero[name] for name in zero if name.endswith("rising"))


def test_order_and_shape_features():
    phases = [{"original_shape_MeshVolume": 1.0, "a": k, "b": -k} for k in (1.0, 2.0)]
    assert list(time_moments(phases)) == [
        f"{moment}_{name}" for moment in ("mean", "variance", "kurtosis", "skewness") for name in ("a", "b")
    ]


def test_phases_must_agree():
    with pytest.raises(ValueError, match="different features"):
        time_moments([{"a": 1.0}, {"b": 1.0}])
    with pytest.raises(ValueError, match="no phase"):
        time_moments([])
