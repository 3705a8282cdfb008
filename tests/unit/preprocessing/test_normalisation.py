"""The z-score by hand, over every scope and statistic."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.preprocessing import NormalisationSettings, body_mask, measure_scaling
from tilscope.vocabulary import GeometryError, Grid, Roi, SeriesError, Volume

GRID = Grid((1, 2, 2), (1.0, 1.0, 1.0))
ROI = Roi(np.array([[[True, True], [False, False]]]), GRID)


def volume(*values):
    return Volume(np.array(values, dtype=np.float32).reshape(GRID.shape), GRID)


# population sd of (1, 3, 5, 7) is sqrt(5), of (10, 30, 50, 70) ten times that
PHASES = (volume(1, 3, 5, 7), volume(10, 30, 50, 70))


def measure(scope, statistics, **kwargs):
    settings = NormalisationSettings(scope=scope, statistics=statistics, **kwargs)
    return measure_scaling(PHASES, PHASES, ROI, settings)


def test_per_phase_over_the_image():
    scaling = measure("image", "per-phase")
    assert scaling.means == (4.0, 40.0)
    assert scaling.sds == pytest.approx((5**0.5, 500**0.5))
    assert scaling.n_voxels == (4, 4)
    z = scaling.apply(1, PHASES[1]).array.ravel()
    assert z == pytest.approx(100 * np.array([-30, -10, 10, 30]) / 500**0.5)


def test_reference_phase_keeps_the_enhancement():
    scaling = measure("image", "reference-phase", scale=1.0)
    assert scaling.means == (40.0, 40.0)
    first, second = (scaling.apply(i, PHASES[i]).array for i in (0, 1))
    assert (second - first).ravel() == pytest.approx(np.array([9, 27, 45, 63]) / 500**0.5)


def test_pooled():
    scaling = measure("image", "pooled")
    values = [1, 3, 5, 7, 10, 30, 50, 70]
    mean = sum(values) / 8
    assert scaling.means == pytest.approx((mean, mean))
    assert scaling.sds[0] == pytest.approx((sum((v - mean) ** 2 for v in values) / 8) ** 0.5)
    assert scaling.n_voxels == (8, 8)


def test_roi():
    scaling = measure("roi", "per-phase")
    assert (scaling.means, scaling.sds) == ((2.0, 20.0), (1.0, 10.0))


def test_body_is_that_of_the_reference_phase(small_pair):
    pair = small_pair()
    phases = pair.series.phases
    scaling = measure_scaling(phases, phases, pair.roi, NormalisationSettings(statistics="per-phase"))
    mask = body_mask(phases[1])
    assert scaling.n_voxels == (np.count_nonzero(mask),) * 3
    assert scaling.means[0] == pytest.approx(phases[0].array[mask].mean(dtype=float))
    scaled = scaling.apply(0, phases[0]).array[mask]
    assert scaled.mean(dtype=float) == pytest.approx(0.0, abs=1e-3)
    assert scaled.std(dtype=float) == pytest.approx(100.0, rel=1e-5)


@pytest.mark.parametrize("scope", ["image", "body", "roi"])
def test_no_variance_is_an_error(scope):
    flat = volume(5, 5, 5, 5)
    settings = NormalisationSettings(scope=scope, statistics="per-phase")
    with pytest.raises(SeriesError) as caught:
        measure_scaling((flat, flat), (flat, flat), ROI, settings)
    assert caught.value.rule == "IMG-27"


def test_a_crop_of_another_shape_is_an_error():
    other = Volume(np.ones((2, 2, 2), dtype=np.float32), Grid((2, 2, 2), (1.0, 1.0, 1.0)))
    with pytest.raises(GeometryError) as caught:
        measure_scaling(PHASES, (other, other), ROI, NormalisationSettings(scope="roi"))
    assert caught.value.rule == "ROI-42"


class Asked(list):
    """Phases that remember which of them were looked at."""

    def __init__(self, phases):
        super().__init__(phases)
        self.indices = []

    def __getitem__(self, index):
        self.indices.append(index)
        return super().__getitem__(index)


@pytest.mark.parametrize(
    ("scope", "statistics", "wanted"),
    [
        ("image", "reference-phase", {1}),
        ("body", "reference-phase", {1}),
        ("roi", "per-phase", set()),
        ("body", "per-phase", {0, 1, 2}),
    ],
)
def test_only_the_phases_that_count_are_asked_for(small_pair, scope, statistics, wanted):
    pair = small_pair()
    whole = Asked(pair.series.phases)
    settings = NormalisationSettings(scope=scope, statistics=statistics)
    lazy = measure_scaling(whole, pair.series.phases, pair.roi, settings)
    assert set(whole.indices) == wanted & set(range(len(pair.series.phases)))
    assert len(lazy.means) == len(pair.series.phases)
