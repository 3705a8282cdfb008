"""Faults 49 to 57 of expression matrices: each ends as promised at the import, and the step makes the right values."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.pipeline.biology import EXPRESSION
from tilscope.study import Linkage, Study

from .expression import CASES, FAULTS, IDS, truth
from .records import rows

PAGE = Path(__file__).parents[3] / "docs" / "faults.md"


def of(*ends):
    return pytest.mark.parametrize("case", [c for c in CASES if c.ends in ends], ids=str)


@pytest.fixture
def handed_over(tilscope, study, tmp_path):
    """Give the import a clinical table and the matrix of a case."""

    def give(case):
        (study / "study.toml").write_text(f"[expression]\n{case.settings}\n")
        clinical = tmp_path / "clinical.csv"
        clinical.write_text("patient_id,stils\n" + "".join(f"{i},{k * 10}\n" for k, i in enumerate(IDS)))
        folder = tmp_path / "handed"
        folder.mkdir()
        words = ("--clinical", clinical, "--expression", case.write(folder), "--workers", 0)
        return tilscope("import", study, folder, *words)

    return give


def made(study):
    """What the step makes of the imported matrix, by the hospital's ids, and its record."""
    opened = Study.open(study)
    files = EXPRESSION.make(opened, "").files
    by_name = {path.name: data for path, data in files.items()}
    frame = pd.read_parquet(io.BytesIO(by_name["expression.parquet"]))
    ids = {key: i for i, key in Linkage.load(opened.source_folder).keys.items()}
    return frame.rename(columns=ids), json.loads(by_name["expression.json"])


@of("R")
def test_refused_before_any_work(handed_over, study, case):
    answer = handed_over(case)
    assert answer.code == 2, answer.text
    assert answer.err.startswith(f"{case.rule}: "), answer.text
    assert [w for w in case.words if w not in answer.text] == []
    assert not (study / "expression.tsv.gz").exists()
    assert not (study / "participants.tsv").exists()


@of("W", "ok")
def test_right_values_and_what_was_done_is_told(handed_over, study, case):
    answer = handed_over(case)
    assert answer.code == 0, answer.text
    found, record = made(study)
    right = case.expected(truth())
    assert sorted(found.index) == sorted(right.index)
    assert sorted(found.columns) == sorted(right.columns)
    np.testing.assert_allclose(found.loc[right.index, right.columns], right, rtol=0, atol=1e-12)
    told = answer.text + " ".join(record["notes"])
    assert [w for w in case.words if w not in told] == []
    if case.ends == "ok":
        assert record["notes"] == []
    else:
        assert case.rule in told
    assert record["counted"]["genes"] == len(right)


def test_no_id_of_the_hospital_is_told(handed_over, study):
    (case,) = (c for c in CASES if c.how == "dots instead of dashes")
    answer = handed_over(case)
    assert "TC-9" not in answer.text + (study / "derivatives" / "import.json").read_text()
    assert "TC.9" not in answer.text


def test_every_fault_has_a_case_and_the_page_is_the_table():
    assert sorted({c.number for c in CASES}) == sorted(FAULTS)
    page = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in page if line.split(" | ")[0].removeprefix("| ") in FAULTS] == rows(FAULTS, CASES)
