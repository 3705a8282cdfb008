"""A reviewer's questions: the lights follow the numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tilscope.report import Content, read_content
from tilscope.report.lights import calibrated
from tilscope.report.wording import interval
from tilscope.study import Study


@pytest.fixture(scope="module")
def content(study: Study) -> Content:
    return read_content(study.root)


@pytest.mark.parametrize(
    ("slope", "intercept", "joint_p_value", "light"),
    [
        ((0.2, 3.0), (-1.0, 1.0), 0.40, "unsure"),
        ((0.2, 3.0), (-1.0, 1.0), 0.008, "bad"),  # each interval by itself holds no deviation
        ((1.2, 3.0), (-1.0, 1.0), 0.40, "bad"),
        ((0.2, 3.0), (0.1, 1.0), 0.40, "bad"),
    ],
)
def test_calibration_deviates_by_one_measure_or_by_both_together(
    content: Content,
    slope: tuple[float, float],
    intercept: tuple[float, float],
    joint_p_value: float,
    light: str,
) -> None:
    row = content.performance_of("validation")
    assert row is not None
    assert row.calibration is not None
    told = replace(
        row.calibration,
        slope=replace(row.calibration.slope, ci_low=slope[0], ci_high=slope[1]),
        intercept=replace(row.calibration.intercept, ci_low=intercept[0], ci_high=intercept[1]),
        joint_p_value=joint_p_value,
    )
    rows = tuple(replace(r, calibration=told) if r.role == "validation" else r for r in content.performance)
    found = calibrated(replace(content, performance=rows))
    assert found.light == light
    assert f"both together p = {joint_p_value:.3f}".replace("0.", ".") in found.sentence


def test_a_dash_never_meets_a_minus() -> None:
    assert interval(0.5, 0.75, 2) == "0.50–0.75"
    assert interval(-0.5, 0.75, 2) == "\N{MINUS SIGN}0.50 to 0.75"
    assert interval(None, 0.75) == "no interval"
