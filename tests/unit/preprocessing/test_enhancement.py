"""Enhancement curves by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.preprocessing import enhancement_curve, peak_phase
from tilscope.vocabulary import DceSeries, GeometryError, Grid, Roi, RoiError, SeriesError, Volume

GRID = Grid((1, 2, 2), (1.0, 1.0, 1.0))
ROI = Roi(np.array([[[True, True], [False, False]]]), GRID)


def phase(a, b):
    return Volume(np.array([[[a, b], [999, -999]]], dtype=np.float32), GRID)


def test_percentages_over_the_mean_of_two_pre_phases():
    curve = enhancement_curve(
        [phase(90, 110), phase(110, 130), phase(220, 220), phase(270, 280)], ROI, n_pre=2
    )
    assert curve.phase_names == ("pre1", "pre2", "post1", "post2")
    assert curve.mean_signal == (100.0, 120.0, 220.0, 275.0)
    assert curve.percent_enhancement == pytest.approx((-100 / 11, 100 / 11, 100.0, 150.0))
    assert curve.peak_phase == "post2"
    assert curve.notes == ()


def test_an_roi_that_does_not_enhance_is_reported():
    curve = enhancement_curve([phase(100, 100), phase(99, 100), phase(150, 150)], ROI)
    assert curve.percent_enhancement[1] == pytest.approx(-0.5)
    assert curve.notes[0].startswith("ROI-45")


def test_peak_phase_takes_the_earliest_of_equals_and_never_a_pre_phase():
    phases = (phase(900, 900), phase(5, 5), phase(7, 9), phase(8, 8))
    assert peak_phase(DceSeries(phases, None, "test"), ROI) == "post2"


def test_refusals():
    with pytest.raises(SeriesError) as caught:
        enhancement_curve([phase(1, 1)], ROI)
    assert caught.value.rule == "IMG-03"
    with pytest.raises(RoiError) as caught:
        enhancement_curve([phase(-1, 1), phase(2, 2)], ROI)
    assert caught.value.rule == "ROI-45"
    other = Volume(np.ones((2, 2, 2), dtype=np.float32), Grid((2, 2, 2), (1.0, 1.0, 1.0)))
    with pytest.raises(GeometryError) as caught:
        enhancement_curve([other, other], ROI)
    assert caught.value.rule == "ROI-42"
