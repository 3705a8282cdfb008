"""``tilscope figure`` on an empty study and on the made-up one: files, refusals, the style."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from PIL import Image

from tilscope import figures
from tilscope.study import create_study

MAKER = Path(__file__).parents[1] / "unit" / "report" / "report_study.py"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("report_study_of_figures", MAKER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_study(tmp_path_factory.mktemp("figures"), n=20, pictures=1).root


def test_a_figure_is_laid_out_for_a_column_in_every_format(study, tmp_path, tilscope):
    for suffix, start in ((".pdf", b"%PDF"), (".svg", b"<?xml"), (".tiff", b"II*\0")):
        file = tmp_path / f"roc{suffix}"
        asked = ("roc", "--study", study, "--out", file, "--width", "one", "--dpi", "150")
        answer = tilscope("figure", *asked)
        assert answer.code == 0, answer.text
        first = file.read_bytes()
        assert first.startswith(start)
        assert tilscope("figure", *asked, "--force").code == 0
        assert file.read_bytes() == first
    with Image.open(tmp_path / "roc.tiff") as picture:
        assert picture.width == int(85 / 25.4 * 150)  # no wider than the column
        assert picture.info["compression"] == "tiff_lzw"


def test_what_cannot_be_made_says_why_and_leaves_no_file(study, tmp_path, tilscope):
    file = tmp_path / "f.pdf"
    for words, told in (
        (("rok",), "SET-41"),
        (("sites",), "SET-42"),  # one scanner
        (("phases",), "SET-42"),  # of a patient
        (("molecule-heatmap", "--width", "50"), "SET-40"),
    ):
        answer = tilscope("figure", *words, "--study", study, "--out", file)
        assert answer.code == 2, answer.text
        assert told in answer.text
        assert not file.exists()
    answer = tilscope("figure", "roc", "--study", study, "--out", tmp_path / "roc.docx")
    assert answer.code == 2
    assert "SET-43" in answer.text


def test_an_existing_file_stays_without_force(study, tmp_path, tilscope):
    file = tmp_path / "roc.pdf"
    file.write_bytes(b"mine")
    assert tilscope("figure", "roc", "--study", study, "--out", file).code == 2
    assert file.read_bytes() == b"mine"


def test_a_style_changes_the_colours_and_an_unknown_key_is_named(study, tmp_path, tilscope):
    style = tmp_path / "style.toml"
    assert tilscope("figure", "--write-style", style).code == 0
    plain, red = tmp_path / "plain.svg", tmp_path / "red.svg"
    assert tilscope("figure", "roc", "--study", study, "--out", plain, "--style", style).code == 0
    style.write_text('[colours]\nvalidation = "#ff0000"\n')
    assert tilscope("figure", "roc", "--study", study, "--out", red, "--style", style).code == 0
    assert b"#ff0000" in red.read_bytes()
    assert b"#ff0000" not in plain.read_bytes()
    style.write_text('[colours]\nvalidatoin = "#ff0000"\n')
    answer = tilscope("figure", "roc", "--study", study, "--out", red, "--style", style, "--force")
    assert answer.code == 2
    assert "colours.validation" in answer.text


def test_an_empty_study_lists_what_each_figure_needs(tmp_path, tilscope):
    create_study(tmp_path / "s")
    answer = tilscope("figure", "--study", tmp_path / "s")
    assert answer.code == 0
    assert "nomogram" in answer.text
    assert "missing" in answer.text
    assert "tilscope run" in answer.text


def test_all_figures_come_with_their_legends_and_one_that_is_too_wide_keeps_its_width(
    study, tmp_path, tilscope, monkeypatch
):
    chosen = [figures.figure_named(name) for name in ("roc", "molecule-heatmap")]
    monkeypatch.setattr(figures, "FIGURES", tuple(chosen))
    folder = tmp_path / "figures"
    answer = tilscope("figure", "--all", "--study", study, "--out", folder, "--width", "one")
    assert answer.code == 0, answer.text
    assert sorted(f.name for f in folder.iterdir()) == ["legends.md", "molecule-heatmap.pdf", "roc.pdf"]
    legends = (folder / "legends.md").read_text()
    assert "**Figure 1. ROC curves.**" in legends
    roc, heatmap = legends.split("**Figure 2. ")
    assert "Its own width" in heatmap
    assert "Its own width" not in roc
