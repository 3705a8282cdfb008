"""The first page: failed steps by themselves, many steps that were left out in one notice."""

from __future__ import annotations

from dataclasses import replace

from tilscope.report import Content, read_content
from tilscope.report.performances import Performance
from tilscope.report.sections.summary import SUMMARY
from tilscope.report.steps import CohortStep
from tilscope.study import Study


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


def verdict_with(panel: str, low: float, high: float) -> tuple[str, str]:
    own = Performance("validation", "high", "low", 0.7, low, high, 9, 9, 6, 3, 3, 6, (0.0, 1.0), (0.0, 1.0))
    honesty = {"verdict": {"light": panel, "headline": "There is a signal.", "sentences": []}}
    found = SUMMARY.view(Content("s", "recommended", {}, {}, {}, {}, {}, performance=(own,), honesty=honesty))
    return found["light"], found["verdict"]


def test_a_good_panel_beside_a_validation_that_includes_chance_is_unsure_and_says_why() -> None:
    assert verdict_with("good", 0.55, 0.80) == ("good", "There is a signal.")
    light, said = verdict_with("good", 0.40, 0.90)
    assert light == "unsure"
    assert said.startswith("There is a signal. ")
    assert said.endswith("the interval includes .5.")
    assert verdict_with("bad", 0.40, 0.90)[0] == "bad"


def test_a_report_without_a_signature_names_gene_expression_only_where_there_is_some(study: Study) -> None:
    with_genes = replace(read_content(study.root), performance=())
    assert with_genes.genes is not None
    assert SUMMARY.view(with_genes)["verdict"].endswith("shows images, quality control and gene expression.")
    without = replace(with_genes, genes=None)
    assert SUMMARY.view(without)["verdict"].endswith("shows images and quality control.")
