"""The section on gene sets: licence, hash and coverage of every collection; what does not fit is said."""

from __future__ import annotations

import re
from dataclasses import replace

from tilscope.report.content import read_content
from tilscope.report.sections.gene_sets import GENE_SETS, told_in_methods
from tilscope.report.sections.section import Missing
from tilscope.report.steps import CohortStep


def words(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_collections_with_licence_version_hash_and_coverage(study):
    view = GENE_SETS.view(read_content(study.root))
    cells, mouse = words(view["collections"])
    assert cells[:5] == ["cells", "cells", "2", "1", "6 of 7 (86 %)"]
    assert cells[5].startswith("CC BY 4.0")
    assert cells[6:] == ["2013", "abababababab", "Bindea 2013"]
    assert mouse[4:] == ["0 of 4 (0 %)", "not known", "—", "abababababab", "—"]
    assert view["collections"].rows[1][4].mark == "less than half of the genes"
    assert view["unknown"] == ["mouse"]
    assert view["renamed"] == [("cells", "1 earlier name: INDO (IDO1)")]
    assert [name for name, _ in view["mismatches"]] == ["mouse"]


def test_sets_that_lack_genes_are_shown_and_whole_ones_are_not(study):
    rows = words(GENE_SETS.view(read_content(study.root))["sets"])
    assert [row[0] for row in rows] == ["B cells", "T cells of the mouse"]
    assert rows[0][2:] == ["2", "1", "50 %", "MS4A1"]


def test_the_page_has_the_section_and_no_script_of_a_licence(page):
    section = re.search(r'<section[^>]*id="gene_sets".*?</section>', page, re.DOTALL)
    assert section is not None
    text = section.group()
    assert "Nobody has told the licence of mouse" in text
    assert "the sets name symbols of mouse or rat" in text
    assert "<script>" not in text
    assert "Gene sets: cells (Bindea 2013, 2013, CC BY 4.0" in page
    assert "mouse (licence not known)." in page


def test_without_gene_sets(study):
    content = replace(read_content(study.root), results={})
    assert GENE_SETS.view(content) is None
    assert GENE_SETS.badge(content) is None
    assert told_in_methods(content) == ""
    left_out = CohortStep("gene_sets", "left out", reason="no gene sets")
    missing = GENE_SETS.view(replace(content, cohort=(left_out,)))
    assert isinstance(missing, Missing)
    assert "no gene sets" in (missing.why or "")
    assert "tilscope genesets add" in missing.command
