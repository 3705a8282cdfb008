"""The honesty panel on the page: the same numbers, the verdict, and what is missing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tilscope.report.content import read_content
from tilscope.report.pictures.honesty import honesty_panels, selection_frequency
from tilscope.report.sections import Missing
from tilscope.report.sections.honesty import HONESTY
from tilscope.report.sections.summary import view as summary
from tilscope.study import Study


def text_of(html: str, name: str) -> str:
    start = html.index(f'id="{name}"')
    return " ".join(re.sub(r"<[^>]+>", " ", html[start : html.index("</section>", start)]).split())


def rewritten(study: Study, tmp_path: Path, **changes: object) -> Study:
    copy = Study(Path(shutil.copytree(study.root, tmp_path / "copy")))
    file = copy.signature_folder / "honesty.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return copy


def test_numbers_of_the_panel_are_on_the_page(page: str) -> None:
    shown = text_of(page, "honesty")
    for words in (
        "There is a signal.",
        "This study&#39;s own split 0.750 0.500–0.900 95% CI of the validation AUC; 70% of the random splits are lower",
        "Random splits 0.710 0.600–0.810",
        "Nested cross-validation 0.720 0.620–0.800",
        "Permuted classes 0.500 sd 0.050 true classes 0.730, p = .030 3 x 5 folds",
        "Control: the region moved 0.520 0.400–0.630 20 0.710",
        "Volume alone logistic regression shape_MeshVolume 0.550 (0.310–0.770) 0.200 (−0.100 to 0.500) .190",
        "In 3 of 20 splits no feature was selected",
        "2 of 30 patients have no features with the region moved",
        "splits patients were left out (at most 2)",
        "1 of the splits could not be done: TAB-60: too few.",
        "note (is text of 30 values)",
        "Rule of the verdict: A rule.",
    ):
        assert words in shown


def test_the_methods_say_what_was_repeated(page: str) -> None:
    shown = text_of(page, "methods")
    assert (
        "The whole fit was repeated in 20 random splits, in 2 times 10-fold nested cross-validation, in 5-fold "
        "cross-validation under 3 permutations of the classes"
    ) in shown
    assert "features were taken with the region moved and with voxels shuffled." in shown


def test_the_summary_takes_the_panel_s_verdict(study: Study, tmp_path: Path) -> None:
    verdict = {"light": "bad", "headline": "There is no signal.", "sentences": ["Luck."], "rules": []}
    found = summary(read_content(rewritten(study, tmp_path, verdict=verdict).root))
    assert (found["light"], found["verdict"]) == ("bad", "There is no signal. Luck.")
    assert any("How much is luck" in limit for limit in found["limits"])


def test_parts_that_were_not_done_leave_no_trace(study: Study, tmp_path: Path) -> None:
    changed = rewritten(
        study, tmp_path, nested=None, permutation=None, controls={}, baselines={}, clinical_left_out={}
    )
    content = read_content(changed.root)
    view = HONESTY.view(content)
    assert [row[0].text for row in view["side_by_side"].rows] == ["This study's own split", "Random splits"]
    assert view["compared"] is None
    panels = honesty_panels(content)
    assert panels.permuted_auc.size == 0
    assert [row.label for row in panels.ranges] == ["Signature"]
    assert panels.split_auc.tolist() == [0.58, 0.7, 0.84]  # one split was not defined
    assert selection_frequency(content).shares[0] == 0.9


def test_without_the_panel_the_page_says_so(study: Study, tmp_path: Path) -> None:
    changed = rewritten(study, tmp_path)
    (changed.signature_folder / "honesty.json").unlink()
    content = read_content(changed.root)
    missing = HONESTY.view(content)
    assert isinstance(missing, Missing)
    assert missing.command == "tilscope run STUDY"
    assert honesty_panels(content) is None
    assert any("are not part of this report" in limit for limit in summary(content)["limits"])


def test_old_results_of_a_step_that_was_left_out_are_not_shown(study: Study, tmp_path: Path) -> None:
    changed = rewritten(study, tmp_path)
    status = json.loads(changed.status_file.read_text())
    status["cohort"] = {
        "honesty": {"state": "left out", "reason": "it is switched off (honesty.n_splits = 0)"}
    }
    changed.status_file.write_text(json.dumps(status))
    content = read_content(changed.root)
    assert content.honesty is None
    assert "switched off" in HONESTY.view(content).why
