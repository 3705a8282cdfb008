"""The checklists: numbers as published, answers that follow the results, METRICS by hand, authors' answers."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tilscope.report import read_content
from tilscope.report.checklists.answer import AuthorAnswer, State
from tilscope.report.checklists.answering import Answered, AnsweredChecklist, answered
from tilscope.report.checklists.authors import read_authors
from tilscope.report.checklists.clear import CLEAR
from tilscope.report.checklists.metrics import CONDITIONS, METRICS
from tilscope.report.checklists.numbers import NUMBERS
from tilscope.report.checklists.scoring import category, metrics_score
from tilscope.report.checklists.tripod_ai import TRIPOD_AI
from tilscope.report.checklists.writing import TEMPLATE, files, frame, markdown, template
from tilscope.report.content import Content
from tilscope.report.pages import PAGES
from tilscope.report.sections.checklists import EVIDENCE, view
from tilscope.report.steps import CohortStep
from tilscope.signature import published_signature
from tilscope.study import Study
from tilscope.vocabulary import SettingsError

# Table 1 of the METRICS paper (doi:10.1186/s13244-023-01572-w), items 1 to 30.
PUBLISHED_WEIGHTS = (
    0.0368, 0.0735, 0.0919,
    0.0438, 0.0292, 0.0438, 0.0292,
    0.0337, 0.0225, 0.0112,
    0.0622, 0.0311, 0.0415,
    0.0200, 0.0200, 0.0300, 0.0200,
    0.0599, 0.0300,
    0.0352, 0.0234, 0.0176, 0.0117, 0.0293, 0.0176,
    0.0375, 0.0749,
    0.0075, 0.0075, 0.0075,
)  # fmt: skip
WEIGHTS = {item.number: item.weight for item in METRICS.items}


@pytest.fixture(scope="module")
def content(study: Study) -> Content:
    return read_content(study.root)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Content:
    return read_content(tmp_path_factory.mktemp("empty"))


def _rows(content: Content, name: str) -> dict[str, Answered]:
    found = next(one for one in answered(content) if one.checklist.name == name)
    return {row.item.number: row for row in found.rows}


def _metrics(content: Content) -> AnsweredChecklist:
    return next(one for one in answered(content) if one.checklist.name == "metrics")


def test_items_are_those_of_the_publications() -> None:
    assert [len(listed.items) for listed in (CLEAR, METRICS, TRIPOD_AI)] == [58, 30, 52]
    for listed in (CLEAR, METRICS, TRIPOD_AI):
        assert tuple(item.number for item in listed.items) == NUMBERS[listed.name]
    main = {re.sub("[a-z]", "", number) for number in NUMBERS["tripod_ai"]}
    assert main == {str(n) for n in range(1, 28)}


def test_metrics_weights_and_categories_are_the_published_ones() -> None:
    assert tuple(WEIGHTS.values()) == PUBLISHED_WEIGHTS
    assert sum(WEIGHTS.values()) == pytest.approx(1, abs=1e-12)
    shares: dict[str, float] = {}
    for item in METRICS.items:
        shares[item.part] = shares.get(item.part, 0) + item.weight
    # The paper's nine categories, from its figure of the weights; items are rounded to four decimals.
    published = (0.2022, 0.1461, 0.0674, 0.1348, 0.0899, 0.0899, 0.1348, 0.1124, 0.0225)
    assert list(shares.values()) == pytest.approx(published, abs=2e-4)


def test_score_of_all_yes_is_100_and_of_all_no_0() -> None:
    everything: dict[str, State] = dict.fromkeys(WEIGHTS, "yes")
    assert metrics_score(everything, WEIGHTS).percent == pytest.approx(100)
    assert metrics_score(everything, WEIGHTS).category == "excellent"
    nothing: dict[str, State] = dict.fromkeys(WEIGHTS, "no")
    assert metrics_score(nothing, WEIGHTS).percent == 0
    unknown: dict[str, State] = dict.fromkeys(WEIGHTS, "not applicable")
    assert metrics_score(unknown, WEIGHTS).percent == 0


def test_score_by_hand() -> None:
    """Items 3, 18 and 27 yes; 9 and 17 do not apply; 1 and 6 are open.

    Yes: 0.0919 + 0.0599 + 0.0749 = 0.2267; all: 1 - 0.0225 - 0.0200 = 0.9575; 22.67 / 0.9575 = 23.676 %.
    With the open ones: 0.2267 + 0.0368 + 0.0438 = 0.3073; 30.73 / 0.9575 = 32.094 %.
    """
    states: dict[str, State] = dict.fromkeys(WEIGHTS, "no")
    states |= {"3": "yes", "18": "yes", "27": "yes", "9": "not applicable", "17": "not applicable"}
    states |= {"1": "for you", "6": "partly"}
    score = metrics_score(states, WEIGHTS)
    assert score.percent == pytest.approx(23.676, abs=1e-3)
    assert score.if_open_were_yes == pytest.approx(32.094, abs=1e-3)
    assert (score.n_open, score.n_applicable, score.category) == (2, 28, "low")


def test_excluded_items_leave_both_sums() -> None:
    """Without segmentation and hand-crafted features, all else yes: still 100 %, as in the published tool."""
    states: dict[str, State] = dict.fromkeys(WEIGHTS, "yes")
    for number in (*CONDITIONS[0].items, *CONDITIONS[2].items):
        states[number] = "not applicable"
    assert (CONDITIONS[0].items, CONDITIONS[2].items) == (("8", "9", "10"), ("12",))
    assert metrics_score(states, WEIGHTS).percent == pytest.approx(100)
    states["11"] = "no"  # 0.0622 of 1 - 0.0337 - 0.0225 - 0.0112 - 0.0311 = 0.9015: 93.100 %
    assert metrics_score(states, WEIGHTS).percent == pytest.approx(93.100, abs=1e-3)


@pytest.mark.parametrize(
    ("percent", "name"),
    [(0, "very low"), (19.9, "very low"), (20, "low"), (39.94, "low"), (39.96, "moderate"), (60, "good"),
     (79.9, "good"), (80, "excellent"), (100, "excellent")],
)  # fmt: skip
def test_categories_change_where_the_published_tool_changes_them(percent: float, name: str) -> None:
    assert category(percent) == name


def test_an_empty_study_answers_nothing_by_itself(empty: Content) -> None:
    for one in answered(empty):
        assert [row.item.number for row in one.rows if row.state == "yes"] == []
    assert _metrics(empty).score is not None
    assert _metrics(empty).score.percent == 0  # type: ignore[union-attr]


def test_the_made_up_study_is_answered_from_its_results(content: Content) -> None:
    clear, metrics = _rows(content, "clear"), _rows(content, "metrics")
    n = content.performance_of("validation")
    assert n is not None
    assert f"{n.n_positive + n.n_negative} validation patients" in metrics["26"].says
    assert "Internal testing only" in clear["38"].says
    assert (metrics["26"].state, metrics["27"].state) == ("yes", "no")
    assert (metrics["9"].state, metrics["17"].state) == ("not applicable", "not applicable")
    assert metrics["14"].state == "no"  # nobody was read twice
    assert metrics["23"].state == "no"  # four post-contrast phases
    assert clear["1"].state == clear["8"].state == "for you"


def _no_external(content: Content) -> Content:
    return content


def _external(content: Content) -> Content:
    row = content.performance_of("validation")
    assert row is not None
    return dataclasses.replace(content, performance=(dataclasses.replace(row, role="external"),))


def _uncalibrated(content: Content) -> Content:
    """Calibration of the training patients alone is no assessment."""
    rows = [
        r if r.role == "training" else dataclasses.replace(r, calibration=None) for r in content.performance
    ]
    return dataclasses.replace(content, performance=tuple(rows))


def _leaking(content: Content) -> Content:
    assert content.leak_proof is not None
    assert content.scores is not None
    outsider = content.scores.index[content.scores["role"] == "validation"][0]
    first, *others = content.leak_proof["fitted"]
    leak = first | {"participants": [*first["participants"], outsider]}
    return dataclasses.replace(content, leak_proof=content.leak_proof | {"fitted": [leak, *others]})


def _without(**fields: Any) -> Callable[[Content], Content]:
    return lambda content: dataclasses.replace(content, **fields)


def _published(content: Content) -> Content:
    return dataclasses.replace(content, signature=published_signature("su2022"))


def _set(room: str, **values: Any) -> Callable[[Content], Content]:
    def change(content: Content) -> Content:
        settings = content.provenance["settings"]
        changed = content.provenance | {"settings": settings | {room: settings[room] | values}}
        return dataclasses.replace(content, provenance=changed)

    return change


FILTERED: dict[str, Any] = {
    "form": "ICC(2,1)", "min_icc": 0.75, "judged_on": "estimate", "min_patients": 10, "filter": True, "stil": {},
    "agreement": [],
    "designs": [{"design": "between readers", "n_patients": 12, "n_training": 10, "is_used": True}],
}  # fmt: skip
HARMONISED: dict[str, Any] = {
    "settings": {"site": "site"}, "known": {"a": 10, "b": 9}, "counts": [{}, {}], "n_features": 500,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "checklist", "number", "before", "after"),
    [
        (_external, "metrics", "27", "no", "yes"),
        (_external, "metrics", "26", "yes", "no"),
        (_uncalibrated, "metrics", "22", "partly", "no"),
        (_leaking, "metrics", "18", "yes", "no"),
        (_leaking, "clear", "15", "yes", "no"),
        (_without(leak_proof=None), "metrics", "18", "yes", "partly"),
        (_without(honesty=None), "metrics", "24", "yes", "no"),
        (_without(honesty=None), "metrics", "25", "yes", "no"),
        (_without(honesty=None), "clear", "42", "yes", "no"),
        (_without(performance=()), "clear", "39", "partly", "no"),
        (_without(performance=()), "metrics", "20", "yes", "no"),
        (_without(performance=()), "tripod_ai", "23a", "partly", "no"),
        (_without(signature=None), "clear", "33", "yes", "no"),
        (_without(signature=None), "tripod_ai", "15", "yes", "no"),
        (_published, "tripod_ai", "12a", "yes", "not applicable"),
        (_published, "tripod_ai", "27b", "for you", "not applicable"),
        (_published, "metrics", "18", "yes", "for you"),
        (_without(n_features=None), "clear", "25", "yes", "no"),
        (_without(participants=None), "clear", "44", "yes", "no"),
        (_without(results={}), "clear", "36", "partly", "no"),
        (_without(harmonisation=HARMONISED), "metrics", "19", "partly", "yes"),
        (_set("radiomics", resampled_spacing_mm=[1.0, 1.0, 1.0]), "metrics", "11", "partly", "yes"),
        (_set("radiomics", slice_axis="z"), "metrics", "11", "partly", "yes"),
    ],
)  # fmt: skip
def test_another_result_is_another_answer(
    content: Content,
    change: Callable[[Content], Content],
    checklist: str,
    number: str,
    before: State,
    after: State,
) -> None:
    assert _rows(content, checklist)[number].state == before
    assert _rows(change(content), checklist)[number].state == after


def test_calibration_counts_where_it_is_defined_outside_the_fit(content: Content) -> None:
    training, validation = content.performance
    assert training.calibration is not None
    assert training.calibration.reason is None
    row = dataclasses.replace(validation, calibration=training.calibration)
    assert _rows(dataclasses.replace(content, performance=(training, row)), "metrics")["22"].state == "yes"


def test_the_filter_of_features_counts_only_where_it_was_used(content: Content) -> None:
    import pandas as pd

    judged = pd.DataFrame({"feature": ["a", "b", "c"], "filter": ["kept", "dropped", "kept"]})
    used = dataclasses.replace(content, agreement=FILTERED, reproducibility=judged)
    row = _rows(used, "metrics")["14"]
    assert (row.state, row.says[:9]) == ("yes", "1 of 3 fe")
    unused = FILTERED | {"designs": [FILTERED["designs"][0] | {"is_used": False}]}
    assert _rows(dataclasses.replace(used, agreement=unused), "metrics")["14"].state == "no"


def test_a_single_phase_is_one_kind_of_image(content: Content) -> None:
    short = {key: qc | {"phases": ["pre", "post1"]} for key, qc in content.qc.items()}
    assert _rows(dataclasses.replace(content, qc=short), "metrics")["23"].state == "yes"


def test_few_features_for_many_patients(content: Content) -> None:
    training = content.performance_of("training")
    assert training is not None
    many = dataclasses.replace(training, n_positive=30, n_negative=31)
    assert _rows(content, "metrics")["16"].state == "no"
    row = _rows(dataclasses.replace(content, performance=(many,)), "metrics")["16"]
    assert row.state == "yes"  # 30 patients, 3 features
    fewer = dataclasses.replace(training, n_positive=29, n_negative=31)
    assert _rows(dataclasses.replace(content, performance=(fewer,)), "metrics")["16"].state == "no"


@pytest.mark.parametrize(
    "change",
    [
        _no_external,
        _external,
        _leaking,
        _published,
        _without(signature=None, honesty=None, performance=(), scores=None),
        _without(harmonisation=None, agreement=None, qc_table=None),
        _without(patients={}, participants=None, qc={}, qc_table=None),
        _without(cohort=(CohortStep("signature", "failed"),), signature=None),
    ],
)
def test_every_link_leads_to_a_section_of_the_report(
    content: Content, change: Callable[[Content], Content]
) -> None:
    changed = change(content)
    there = {
        s.name for page in PAGES for s in page.sections if s.name in EVIDENCE and s.view(changed) is not None
    }
    linked = {row.evidence for one in answered(changed) for row in one.rows} - {""}
    assert linked - there == set()


def test_links_of_an_empty_study_lead_somewhere(empty: Content) -> None:
    there = {
        s.name for page in PAGES for s in page.sections if s.name in EVIDENCE and s.view(empty) is not None
    }
    assert {row.evidence for one in answered(empty) for row in one.rows} - {""} <= there


def _written(folder: Path, text: str) -> Path:
    file = folder / "checklists.toml"
    file.write_text(text)
    return file


def test_authors_answers_are_taken_over_and_stay(content: Content, tmp_path: Path) -> None:
    text = '[tripod_ai]\n18a = "A foundation."\n12f = {state = "not applicable", text = "Never."}\n'
    authors = read_authors(_written(tmp_path, text))
    assert authors["tripod_ai"]["12f"] == AuthorAnswer("Never.", "not applicable")
    rows = _rows(dataclasses.replace(content, authors=authors), "tripod_ai")
    assert (rows["18a"].state, rows["18a"].says) == ("yes", "Authors: A foundation.")
    assert rows["18b"].state == "for you"


def test_the_results_contradict_the_authors_in_the_open(content: Content) -> None:
    authors = {
        "metrics": {
            "27": AuthorAnswer("Another hospital."),
            "9": AuthorAnswer("Dice .9 against two readers."),
        }
    }
    changed = dataclasses.replace(content, authors=authors)
    rows = _rows(changed, "metrics")
    assert rows["27"].is_contradicted
    assert "The results of this study say no" in rows["27"].says
    assert rows["9"].state == "yes"  # an answered item counts: its condition is met after all
    assert not rows["9"].is_contradicted
    score, before = _metrics(changed).score, _metrics(content).score
    assert score is not None
    assert before is not None
    assert score.n_applicable == before.n_applicable + 1
    shown = next(one for one in view(changed)["checklists"] if one.title == "METRICS")
    assert shown.n_contradicted == 1


@pytest.mark.parametrize(
    ("text", "rule", "found", "expected"),
    [
        ("[clear\n", "SET-01", "", ""),
        ("[cleer]\n1 = 'x'\n", "SET-02", "'cleer'", "'clear'"),
        ("[tripod_ai]\n18g = 'x'\n", "SET-02", "'18g'", "'18e', '18f'"),
        ("[clear]\n59 = 'x'\n", "SET-02", "'59'", "'1' to '58'"),
        ("[tripod_ai]\n3 = 'x'\n", "SET-02", "'3'", "one of '3a', '3b', '3c'"),
        ("[clear]\n1 = {txt = 'x'}\n", "SET-02", "'txt'", "'text'"),
        ("[clear]\n1 = 3\n", "SET-03", "3", "a text of 1"),
        ("[clear]\n1 = ' '\n", "SET-03", "' '", "a text of 1"),
        ("[clear]\n1 = {state = 'maybe', text = 'x'}\n", "SET-03", "'maybe'", "one of yes"),
        ("[clear]\n1 = {state = 'for you', text = 'x'}\n", "SET-03", "'for you'", "one of yes"),
        ("clear = 3\n", "SET-03", "3", "a table [clear]"),
        (f"[clear]\n1 = '{'x' * 2001}'\n", "SET-03", "xxx...", "a text of 1"),
    ],
)
def test_wrong_answers_are_refused_by_name(
    tmp_path: Path, text: str, rule: str, found: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as error:
        read_authors(_written(tmp_path, text))
    assert error.value.rule == rule
    assert error.value.file == "checklists.toml"
    assert found in str(error.value.found)
    assert expected in str(error.value.expected)


def test_the_form_lists_what_is_open_and_is_read_back(content: Content, tmp_path: Path) -> None:
    found = answered(content)
    text = template(found)
    assert tomllib.loads(text) == {"clear": {}, "metrics": {}, "tripod_ai": {}}
    filled = re.sub(r'^# (\w+) = ""$', r'\1 = "Done."', text, flags=re.MULTILINE)
    authors = read_authors(_written(tmp_path, filled))
    assert sum(map(len, authors.values())) == sum(one.n_open for one in found)
    after = answered(dataclasses.replace(content, authors=authors))
    assert [one.n_open for one in after] == [0, 0, 0]


def test_files_for_the_supplement_hold_text_only(content: Content) -> None:
    evil = "=1+1 | <script>alert(1)</script> [x](y)"
    changed = dataclasses.replace(content, authors={"clear": {"1": AuthorAnswer(evil)}})
    found = answered(changed)
    assert set(files(found)) == {
        TEMPLATE, *(f"checklist_{name}.{ending}" for name in NUMBERS for ending in ("tsv", "md")),
    }  # fmt: skip
    page = markdown(found[0])
    assert "<script>" not in page
    assert "\\[x\\]" in page
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(lines) == 58 + 1
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {6}
    assert list(frame(found[1])["weight"]) == list(PUBLISHED_WEIGHTS)
    assert "Provisional METRICS score" in markdown(found[1])


def test_the_page_has_every_item(study: Study) -> None:
    page = (study.report_file.parent / "checklists.html").read_text(encoding="utf-8")
    assert "Provisional METRICS score" in page
    assert page.count("<tr>") == 58 + 30 + 52 + 3
    for name in NUMBERS:
        assert f"assets/tables/checklist_{name}.md" in page
    targets = re.findall(r'href="(assets/tables/[^"]+)"', page)
    assert all((study.report_file.parent / target).is_file() for target in targets)
