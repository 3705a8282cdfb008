"""Legends ready to paste: one for every figure on the pages, in words that the pages show, too."""

from __future__ import annotations

import re

from tilscope.report import Content, Legend, legends_page, read_content
from tilscope.report.sections.legends import LEGENDS
from tilscope.report.sections.section import Missing
from tilscope.study import Study


def test_every_figure_of_the_report_has_its_legend_and_its_file(study: Study) -> None:
    text = (study.report_file.parent / "assets/tables/legends.md").read_text(encoding="utf-8")
    drawn = {file.name for file in (study.report_file.parent / "assets/figures").glob("*.pdf")}
    assert set(re.findall(r"^File: `(.+)`$", text, re.MULTILINE)) == drawn
    numbers = [int(n) for n in re.findall(r"^\*\*Figure (\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(drawn) + 1))


def test_a_legend_on_its_page_is_the_one_in_the_list(study: Study, page: str) -> None:
    roc = next(
        legend for legend in LEGENDS.view(read_content(study.root))["legends"] if legend.file == "roc.pdf"
    )
    assert roc.title == "ROC curves"
    assert page.count(roc.text.replace("'", "&#39;")) == 2


def test_sentences_of_legends_are_whole(study: Study) -> None:
    for legend in LEGENDS.view(read_content(study.root))["legends"]:
        assert re.search(r"[.)]$", legend.text), legend
        assert not re.search(r"  | [.,;](?!\d)|\bNone\b(?! of)|\bnan\b|\.\.", legend.text), legend


def test_the_file_is_markdown_that_numbers_the_figures() -> None:
    page = legends_page([Legend("a.pdf", "One", "First."), Legend("b.svg", "Two", "Second.")])
    assert page.decode() == (
        "## Figure legends\n\n"
        "**Figure 1. One.** First.\n\nFile: `a.pdf`\n\n"
        "**Figure 2. Two.** Second.\n\nFile: `b.svg`\n"
    )


def test_without_figures_the_section_says_what_to_run() -> None:
    empty = Content("s", "recommended", {}, {}, {}, {}, {})
    assert isinstance(LEGENDS.view(empty), Missing)
    assert LEGENDS.files(empty) == {}
