"""Functional tumour volume by hand (the vendor's own count is in tests/integration/test_segment_command.py)."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.preprocessing import FunctionalVolumeSettings, functional_tumour_volume
from tilscope.preprocessing.functional_volume import kinetic_maps
from tilscope.vocabulary import DceSeries, Grid, Roi, SeriesError, Volume

#            counts  PE 69  SER < 0  S0 = 0  S2 = S0  washes in  counts, outside the mask
PRE = [100, 100, 100, 0, 100, 50, 100]
EARLY = [170, 169, 180, 500, 190, 90, 300]
LATE = [160, 160, 90, 400, 100, 200, 200]
GRID = Grid((1, 1, 7), (2.0, 1.5, 1.0))


def series(*phases, n_pre=1):
    volumes = tuple(Volume(np.array(p, np.float32).reshape(GRID.shape), GRID) for p in phases)
    return DceSeries(volumes, None, "test", n_pre)


def roi():
    return Roi(np.array([True] * 6 + [False]).reshape(GRID.shape), GRID)


def test_maps_by_hand():
    maps = kinetic_maps(*(p.array for p in series(PRE, EARLY, LATE).phases))
    np.testing.assert_allclose(maps.percent_enhancement.ravel(), [70, 69, 80, np.nan, 90, 80, 200])
    np.testing.assert_allclose(
        maps.enhancement_ratio.ravel(), [70 / 60, 69 / 60, -8, 500 / 400, np.nan, 40 / 150, 2]
    )


def test_volume_by_hand():
    found = functional_tumour_volume(series(PRE, EARLY, LATE), roi())
    assert found.voxels == 2
    assert found.volume_ml == pytest.approx(2 * 3.0 / 1000)
    assert (found.early_phase, found.late_phase) == ("post1", "post2")


@pytest.mark.parametrize(
    ("changes", "n"),
    [
        ({"pe_threshold_percent": 69.0}, 3),
        ({"ser_threshold": 1.0}, 1),
        (
            {"background_percent": 60.0},
            1,
        ),  # 60 is 60 % of the mask's 95th percentile, 100: the voxel of 50 goes
    ],
)
def test_thresholds_are_settings(changes, n):
    found = functional_tumour_volume(series(PRE, EARLY, LATE), roi(), FunctionalVolumeSettings(**changes))
    assert found.voxels == n


def test_several_pre_phases_are_averaged_and_the_last_phase_is_late():
    low, high = [v - 10 for v in PRE], [v + 10 for v in PRE]
    found = functional_tumour_volume(series(low, high, EARLY, PRE, LATE, n_pre=2), roi())
    assert (found.voxels, found.late_phase) == (2, "post3")


@pytest.mark.parametrize("phases", [(PRE, EARLY), (PRE, LATE)])
def test_one_post_contrast_phase_is_refused(phases):
    with pytest.raises(SeriesError) as caught:
        functional_tumour_volume(series(*phases), roi())
    assert caught.value.rule == "IMG-03"
