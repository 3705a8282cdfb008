"""Fault 58: it ends as promised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tilscope.vocabulary import ExpressionError

from .gene_sets import CASES, FAULTS
from .records import rows

PAGE = Path(__file__).parents[3] / "docs" / "faults.md"


def of(end):
    return pytest.mark.parametrize("case", [c for c in CASES if c.ends == end], ids=str)


@of("R")
def test_refused(case, tmp_path):
    with pytest.raises(ExpressionError) as caught:
        case.act(tmp_path)
    assert caught.value.rule == case.rule
    assert caught.value.remedy


@of("W")
def test_a_note_tells(case, tmp_path):
    assert any(note.startswith(case.rule) for note in case.act(tmp_path))


@of("ok")
def test_right_values(case, tmp_path):
    found, right = case.act(tmp_path)
    assert found == right


def test_every_fault_has_a_case_and_the_page_is_the_table():
    assert sorted({c.number for c in CASES}) == sorted(FAULTS)
    page = PAGE.read_text(encoding="utf-8").splitlines()
    numbers = "|".join(map(str, FAULTS))
    assert [line for line in page if re.match(rf"\| ({numbers}) ", line)] == rows(FAULTS, CASES)
