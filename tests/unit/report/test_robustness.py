"""The section that says what chance finds: numbers, modest words, and what was left out."""

from __future__ import annotations

import re
from dataclasses import replace

from tilscope.report.content import read_content
from tilscope.report.pictures.robustness import chance_panels
from tilscope.report.results import Results
from tilscope.report.sections.robustness import ROBUSTNESS, against_chance
from tilscope.report.sections.section import Missing


def section(page: str) -> str:
    found = re.search(r'<section[^>]*id="robustness".*?</section>', page, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<(?!strong|/strong)[^>]+>", " ", found.group()).split())


def test_genes_are_more_than_chance_and_sets_are_not(page):
    text = section(page)
    assert "dealt anew 200 times, 21.3 genes on average (at most 160)" in text
    assert "with the true labels 412 do (p = .005 ). That is more than chance." in text.replace(
        "(p = .005)", "(p = .005 )"
    )
    assert "3.1 on average with others (at most 8; p = .400" in text
    assert "no more than chance" in text
    assert "Discoveries with the group labels dealt anew 200 times" in text


def test_other_analyses_and_what_was_left_out(study, page):
    view = ROBUSTNESS.view(read_content(study.root))
    rows = [[cell.text for cell in row] for row in view["analyses"].rows]
    assert rows[0] == ["The score itself, no cut-off", "25", "1,031", "980", "902", "0.910"]
    assert rows[1][:3] == ["Groups, with purity in the model", "23", "12"]
    assert "TAB-67" in section(page)
    assert (
        "<script>"
        not in page[page.index('id="robustness"') : page.index("</section>", page.index('id="robustness"'))]
    )


def test_the_methods_say_how_often_the_labels_were_dealt(study):
    content = read_content(study.root)
    assert against_chance(content) == (
        " The comparison was repeated by regression on the score itself and with purity in the model; the numbers of "
        "genes and gene sets were held against 200 permutations of the group labels [@phipson2010]."
    )
    assert against_chance(replace(content, results={})) == ""


def test_without_permutations_there_is_no_figure(study):
    content = read_content(study.root)
    own = content.results["robustness"]
    none = replace(content, results={"robustness": Results(own.record | {"genes": None, "sets": None}, {})})
    assert chance_panels(none) is None
    view = ROBUSTNESS.view(none)
    assert (view["genes"], view["sets"], view["table"]) == (None, None, None)
    assert isinstance(ROBUSTNESS.view(replace(content, results={})), Missing)
    assert ROBUSTNESS.view(replace(content, results={}, genes=None)) is None
