"""Faults 49, 50 and 66 to 71: `tilscope score` ends as promised on what is spoiled, and nothing is unpickled."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from .records import rows
from .signatures import CASES, FAULTS, Given, Trap

PAGE = Path(__file__).parents[3] / "docs" / "faults.md"
N_PATIENTS = 8


def of(*ends):
    return pytest.mark.parametrize("case", [c for c in CASES if c.ends in ends], ids=str)


@pytest.fixture
def given(tmp_path, cohorts):
    """A sound study of features and a sound signature."""
    cohort = cohorts.make_cohort(tmp_path / "study", N_PATIENTS)
    file = tmp_path / "signature.json"
    file.write_text(cohorts.signature().to_json())
    return Given(cohort, cohorts, file, tmp_path / "unpickled", cohort.study)


@pytest.fixture
def score(tilscope, given):
    """Give the command what a case has spoiled; the rows that it prints, without ids."""

    def do(case=None):
        if case is not None:
            case.spoil(given)
        answer = tilscope("score", given.features, "--signature", given.signature, *given.options)
        assert not given.canary.exists(), "something was unpickled"
        assert "Traceback" not in answer.text
        lines = answer.out.splitlines()[1:]
        return answer, [line.split("\t", 1)[0] for line in lines], [line.split("\t", 1)[1] for line in lines]

    return do


def test_the_trap_works(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "unpickled")))
    assert (tmp_path / "unpickled").exists()


@of("R")
def test_refused_and_nothing_is_scored(score, case):
    answer, _, lines = score(case)
    assert answer.code == 2, answer.text
    assert answer.err.startswith(f"{case.rule}: "), answer.text
    assert [w for w in case.words if w not in answer.text] == []
    assert lines == []


@of("Q")
def test_that_patient_is_named_and_the_others_are_scored(score, given, case):
    _, keys, sound = score()
    answer, after, lines = score(case)
    assert answer.code == 3, answer.text
    assert after == keys
    for row in range(N_PATIENTS):
        if row in case.patients:
            assert f"{case.rule} {keys[row]}: " in answer.err
            assert lines[row].startswith("n/a\tn/a\t")
            assert [w for w in case.words if w not in lines[row]] == []
        else:
            assert lines[row] == sound[row]


@of("W", "ok")
def test_work_goes_on_with_right_values(score, given, case):
    _, _, sound = score()
    answer, keys, lines = score(case)
    assert answer.code == 0, answer.text
    assert len(lines) == N_PATIENTS
    assert [row for row in range(N_PATIENTS) if lines[row] != sound[row] and row not in case.patients] == []
    if case.ends == "ok":
        told = answer.err.splitlines()  # of a table that is vouched for, only that
        assert [line for line in told if not (given.options and line.startswith("SIG-70"))] == []
    else:
        assert case.rule in answer.err
        assert [w for w in case.words if w not in answer.err] == []
        for row in case.patients:
            assert f"{case.rule} {keys[row]}: " in answer.err
            assert f"\t{case.rule}\t" in lines[row]


def test_ids_stay_as_they_are(score):
    (case,) = (c for c in CASES if c.number == 49)
    _, keys, _ = score(case)
    assert keys == ["001", "NA", "1E5", "1e5", "TRUE", "0x10", "nan", "'-7"]


def test_every_fault_has_a_case_and_the_page_is_the_table():
    assert sorted({c.number for c in CASES}) == sorted(FAULTS)
    page = PAGE.read_text(encoding="utf-8").splitlines()
    numbers = "|".join(map(str, FAULTS))
    assert [line for line in page if re.match(rf"\| ({numbers}) ", line)] == rows(FAULTS, CASES)
