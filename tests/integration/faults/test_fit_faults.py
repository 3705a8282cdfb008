"""Faults 58 to 65 of gene sets, rankings, classes, features and fits: each ends as promised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tilscope.vocabulary import ExpressionError, TableError

from . import fits, gene_sets
from .records import rows

PAGE = Path(__file__).parents[3] / "docs" / "faults.md"
ROOMS = {fits: (TableError, "expected"), gene_sets: (ExpressionError, "remedy")}  # what a refusal must say


def named(room_or_case):
    return getattr(room_or_case, "__name__", str(room_or_case)).rpartition(".")[2]


def of(*ends):
    cases = [(room, case) for room in ROOMS for case in room.CASES if case.ends in ends]
    return pytest.mark.parametrize(("room", "case"), cases, ids=named)


@of("R")
def test_refused(room, case, tmp_path):
    error, told = ROOMS[room]
    with pytest.raises(error) as caught:
        case.act(tmp_path)
    assert caught.value.rule == case.rule
    assert getattr(caught.value, told)


@of("W")
def test_a_note_tells(room, case, tmp_path):
    assert any(note.startswith(case.rule) for note in case.act(tmp_path))


@of("ok")
def test_right_values(room, case, tmp_path):
    found, right = case.act(tmp_path)
    assert found == right


@pytest.mark.parametrize("room", ROOMS, ids=named)
def test_every_fault_has_a_case_and_the_page_is_the_table(room):
    assert sorted({c.number for c in room.CASES}) == sorted(room.FAULTS)
    page = PAGE.read_text(encoding="utf-8").splitlines()
    numbers = "|".join(map(str, room.FAULTS))
    assert [line for line in page if re.match(rf"\| ({numbers}) ", line)] == rows(room.FAULTS, room.CASES)
