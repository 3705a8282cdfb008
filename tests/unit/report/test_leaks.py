"""The section on what each fitted number saw believes scores.tsv, not the fit."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import pytest

from tilscope.report import read_content
from tilscope.report.content import Content
from tilscope.report.sections.leaks import LEAKS, view
from tilscope.report.sections.summary import view as summary
from tilscope.study import Study


@pytest.fixture(scope="module")
def content(study: Study) -> Content:
    return read_content(study.root)


def test_a_clean_fit_is_told_with_its_patients(content: Content) -> None:
    shown = view(content)
    assert shown is not None
    assert shown["is_clean"]
    assert shown["n_entries"] == 3
    assert content.scores is not None
    n = int((content.scores["role"] == "training").sum())
    assert [row[3].text for row in shown["table"].rows] == [f"{n} training"] * 3
    assert [row[2].text for row in shown["table"].rows][1] == "features and classes"


def test_a_validation_patient_in_the_ledger_is_a_leak(content: Content) -> None:
    assert content.scores is not None
    ledger = copy.deepcopy(content.leak_proof)
    assert ledger is not None
    outsider = content.scores.index[content.scores["role"] == "validation"][0]
    ledger["fitted"][1]["participants"].append(outsider)
    shown = view(dataclasses.replace(content, leak_proof=ledger))
    assert shown is not None
    assert not shown["is_clean"]
    assert [bool(row[3].mark) for row in shown["table"].rows] == [False, True, False]
    assert shown["table"].rows[1][3].text.endswith("1 validation")


def test_a_patient_that_nobody_knows_is_a_leak_too(content: Content) -> None:
    ledger = copy.deepcopy(content.leak_proof)
    assert ledger is not None
    ledger["fitted"][0]["participants"].append("sub-nobody")
    shown = view(dataclasses.replace(content, leak_proof=ledger))
    assert shown is not None
    assert not shown["is_clean"]


def test_older_studies_have_no_such_section(tmp_path: Path) -> None:
    assert LEAKS.present(read_content(tmp_path)) == ()


def test_the_page_says_it(page: str) -> None:
    assert "Proof by replacement" in page
    assert "What each number saw" in page


def test_the_summary_tells_how_many_were_read_twice(content: Content) -> None:
    def told(n: int | None) -> str:
        entries = (
            [] if n is None else [{"what": "ICC filter", "participants": [f"sub-{i}" for i in range(n)]}]
        )
        proof = {"fitted": entries}
        return " ".join(summary(dataclasses.replace(content, leak_proof=proof))["limits"])

    assert "not filtered by their reproducibility" in told(None)
    assert "rests on 17 patients that were read twice" in told(17)
    assert "reproducib" not in told(60)
