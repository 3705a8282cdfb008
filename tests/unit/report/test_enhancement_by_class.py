"""Enhancement curves by TIL class: quartiles by hand, phases that differ, patients that are not there."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tilscope.figures import ENHANCEMENT_BY_CLASS, render
from tilscope.report.content import Content
from tilscope.report.pictures.enhancement_by_class import enhancement_by_class

PHASES = ["pre", "post1", "post2"]


def content(qc: dict[str, dict[str, Any]], levels: dict[str, str | None]) -> Content:
    scores = pd.DataFrame({"til_level": pd.Series(levels, dtype=object)})
    return Content("t", "recommended", {}, {}, {}, qc, {}, scores=scores)


def lesion(
    *percent: float | None, times: tuple[float, ...] | None = (-90, 0, 90), phases: Any = PHASES
) -> dict[str, Any]:
    return {"phases": list(phases), "times_s": times and list(times), "enhancement_percent": list(percent)}


def test_medians_and_quartiles_by_hand() -> None:
    peaks = {"a": 10.0, "b": 20.0, "c": 30.0, "d": 40.0, "e": 100.0}
    qc = {key: lesion(0.0, peak, 2 * peak) for key, peak in peaks.items()} | {"f": lesion(0.0, 7.0, 9.0)}
    found = enhancement_by_class(content(qc, dict.fromkeys("abcde", "high") | {"f": "low"}))
    assert found is not None
    low, high = found.classes
    assert [(p.place, p.lower, p.median, p.upper, p.n) for p in high.phases] == [
        (-90.0, 0.0, 0.0, 0.0, 5),
        (0.0, 20.0, 30.0, 40.0, 5),
        (90.0, 40.0, 60.0, 80.0, 5),
    ]
    assert low.curves == (((-90.0, 0.0), (0.0, 7.0), (90.0, 9.0)),)
    assert low.phases == ()  # one lesion has no median
    assert "fewer than three" in ENHANCEMENT_BY_CLASS.legend(found)
    assert found.names is None
    assert "differently" not in ENHANCEMENT_BY_CLASS.legend(found)


def test_other_times_and_fewer_phases_are_told() -> None:
    qc = {key: lesion(0.0, 50.0, 60.0) for key in "abc"}
    qc |= {key: lesion(0.0, 40.0, times=(-60, 30), phases=PHASES[:2]) for key in "de"}
    found = enhancement_by_class(content(qc, dict.fromkeys("abcde", "high")))
    assert found is not None
    assert found.spread_s == 30.0
    assert [(p.place, p.n) for p in found.classes[0].phases] == [(-90.0, 5), (0.0, 5), (90.0, 3)]
    assert "up to 30 s" in ENHANCEMENT_BY_CLASS.legend(found)
    assert render(ENHANCEMENT_BY_CLASS, found, "svg", dpi=60).startswith(b"<?xml")


def test_without_times_phases_stand_side_by_side_and_the_missing_are_counted() -> None:
    qc = {"a": lesion(0.0, 50.0, 60.0, times=None), "b": lesion(0.0, 40.0, 50.0)}
    qc |= {"c": lesion(0.0, None, 5.0), "d": lesion(0.0, 9.0, 9.0), "e": {}}
    found = enhancement_by_class(content(qc, {"a": "high", "b": "low", "c": "low", "d": None}))
    assert found is not None
    assert found.names == ("pre", "post1", "post2")
    assert found.n_without == 3
    assert found.classes[0].curves == (((0.0, 0.0), (1.0, 40.0), (2.0, 50.0)),)
    assert "Times are not known" in ENHANCEMENT_BY_CLASS.legend(found)


@pytest.mark.parametrize("levels", [{}, {"a": None}])
def test_nobody_with_a_class_has_no_figure(levels: dict[str, str | None]) -> None:
    assert enhancement_by_class(content({"a": lesion(0.0, 5.0, 6.0)}, levels)) is None
