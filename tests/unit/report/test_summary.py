"""The first page: failed steps by themselves, many steps that were left out in one notice."""

from __future__ import annotations

from tilscope.report import Content
from tilscope.report.sections.summary import SUMMARY
from tilscope.report.steps import CohortStep


def notices(*steps: CohortStep) -> list[tuple[str, str, str]]:
    content = Content("s", "recommended", {}, {}, {}, {}, {}, cohort=steps)
    return [(step.light, step.title, step.why) for step in SUMMARY.view(content)["steps"]]


def left_out(name: str, reason: str) -> CohortStep:
    return CohortStep(name, "left out", reason=reason)


def test_many_steps_that_were_left_out_are_one_notice_and_failures_stay_apart() -> None:
    few = [left_out("signature", "no clinical table"), left_out("expression", "no expression matrix")]
    assert [title for _, title, _ in notices(*few)] == [
        "The step signature was left out",
        "The step expression was left out",
    ]
    more = [*few, left_out("biology", "it needs expression"), left_out("voxels", "it needs signature")]
    broken = CohortStep("honesty", "failed", "TAB-60", "a class is empty")
    failed, rest = notices(*more[:2], broken, *more[2:])
    assert failed[:2] == ("bad", "The step honesty failed")
    assert rest == (
        "unsure",
        "4 steps were left out",
        "signature: no clinical table; expression: no expression matrix; biology: it needs expression; "
        "voxels: it needs signature.",
    )
