"""`tilscope export`: what it writes, what it says is not there, how it ends."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import openpyxl
import pytest

MADE = Path(__file__).parents[1] / "unit" / "pipeline" / "export_study.py"


@pytest.fixture
def study(tmp_path):
    spec = importlib.util.spec_from_file_location("export_study", MADE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make(tmp_path / "study")


def test_chosen_formats_into_a_folder(tilscope, study, tmp_path):
    answer = tilscope("export", study.root, "--out", tmp_path / "out", "--format", "csv", "--format", "h5mu")
    assert answer.code == 0
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"csv", "study.h5mu", "tables.json"}
    assert "step enrichment: no gene sets" in answer.err
    assert "free text left out: remark" in answer.err
    assert f"tilscope run {study.root} makes what is not there" in answer.out
    again = tilscope("export", study.root, "--out", tmp_path / "out", "--format", "csv")
    assert (again.code, "RUN-75" in again.err) == (2, True)
    assert tilscope("export", study.root, "-o", tmp_path / "out", "--format", "csv", "--force").code == 0


def test_one_workbook_and_refusals(tilscope, study, tmp_path):
    assert tilscope("export", study.root, "--out", tmp_path / "t.xlsx").code == 0
    assert "participants" in openpyxl.load_workbook(tmp_path / "t.xlsx", read_only=True).sheetnames
    for words, rule in (
        (("--out", study.source_folder), "RUN-75"),
        (("--out", tmp_path / "x", "--format", "docx"), "SET-05"),
        (("--out", tmp_path / "x.csv"), "SET-05"),
    ):
        answer = tilscope("export", study.root, *words)
        assert (answer.code, rule in answer.err) == (2, True), answer.text
    assert sorted(file.name for file in study.source_folder.iterdir()) == ["linkage.tsv"]
