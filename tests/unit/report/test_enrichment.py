"""The section on pathways: what was tested, what passed, in modest words, and what was left out."""

from __future__ import annotations

import re
from dataclasses import replace

from tilscope.report.content import read_content
from tilscope.report.pictures.enrichment import enrichment_bars, running_sums
from tilscope.report.results import Results
from tilscope.report.sections import enrichment as pathways
from tilscope.report.sections.enrichment import ENRICHMENT
from tilscope.report.sections.section import Missing


def words(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_the_planted_set_stands_first_with_its_genes(study):
    view = ENRICHMENT.view(read_content(study.root))
    (gsea,) = view["gsea"]
    first = words(gsea)[0]
    assert first[0] == "HALLMARK INTERFERON RESPONSE"
    assert first[-1].startswith("CXCL10, NKG7")
    (hallmark,) = words(view["collections"])
    assert hallmark[:2] == ["hallmark", "10"]
    assert hallmark[3:5] == ["9", "1 / 0"]  # a set of four genes is too small
    assert [c["name"] for c in view["left_out"]] == ["mouse"]


def test_the_page_is_modest_and_runs_no_name_of_a_set(page):
    section = re.search(r'<section[^>]*id="enrichment".*?</section>', page, re.DOTALL)
    assert section is not None
    text = section.group()
    assert "a pathway that passes says that its genes move together, not that it is the cause" in text
    assert "mouse was not tested" in text
    assert "<script>" not in text
    assert "used hallmark, each collection adjusted by Benjamini-Hochberg" in page


def test_pictures_draw_what_the_tables_say(study):
    content = read_content(study.root)
    table = content.results["enrichment"].tables["gsea"].set_index("gene_set")
    bars = enrichment_bars(content)
    curves = running_sums(content)
    assert bars is not None
    assert curves is not None
    first = curves.curves[0]
    peak = max(first.values, key=abs)
    assert abs(peak - table["es"].iloc[0]) < 1e-6  # corners are stored with six decimals


def test_nothing_passes_is_said_plainly(study):
    content = read_content(study.root)
    own = content.results["enrichment"]
    none = [c | {"n_up": 0, "n_down": 0} for c in own.record["collections"]]
    results = Results(own.record | {"collections": none}, own.tables)
    assert ENRICHMENT.view(replace(content, results={"enrichment": results}))["n_passed"] == 0


def test_without_pathways_the_command_is_told(study):
    content = replace(read_content(study.root), results={})
    missing = ENRICHMENT.view(content)
    assert isinstance(missing, Missing)
    assert "tilscope genesets fetch reactome" in missing.command
    assert pathways.tested_pathways(content) == ""
    assert enrichment_bars(content) is None
