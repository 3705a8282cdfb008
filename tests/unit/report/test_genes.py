"""The section on genes: what it says of the model, of who was left out, and of nothing found."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from tilscope.report.content import Biology, read_content
from tilscope.report.pictures.genes import mean_variance
from tilscope.report.rendering import environment
from tilscope.report.results import Results
from tilscope.report.sections.genes import GENES, model_in_methods
from tilscope.report.wording import number

GENE = {"log2_fc": 1.5, "ci_low": 0.5, "ci_high": 2.5, "mean_expression": 6.0, "t": 3.0, "b": 0.2}


def table(*p_adjusted):
    rows = [GENE | {"p_value": p / 10, "p_adjusted": p} for p in p_adjusted]
    return pd.DataFrame(rows, index=[f"GENE{i}" for i in range(len(rows))])


@pytest.fixture
def content(tmp_path, report_study):
    (tmp_path / "study.toml").write_text("")
    found = read_content(tmp_path)
    return replace(found, genes=table(0.01, 0.7), biology=Biology(**report_study.DESIGN))


def text(content):
    pages = environment("tilscope.report")
    pages.filters |= {"number": number}
    template = pages.get_template("genes.html.j2")
    return " ".join(template.render(view=GENES.view(content), pictures={}).split())


def test_model_counts_and_those_left_out_are_told(content):
    page = text(content)
    assert "high (n = 13) against low (n = 12) Rad-TILs: 1 has an adjusted p below 0.05; of these 1" in page
    assert "log2 expression = mean of low + difference high minus low + age (per unit);" in page
    assert "robust against genes of outlying variance. Residual degrees of freedom 22, lent by" in page
    assert "lent by the other genes 3.91." in page
    assert "patients left out of the genes for want of a value: 2 (age: 2)" in page
    assert "Counts: 15,731 of 20,124 genes have enough of them (at least 10 in" in page
    assert "Libraries of 35.9 to 94.0 million counts, TMM factors 0.64 to 1.31." in page
    assert "95 % from" in page
    methods = model_in_methods(content)
    assert "library sizes scaled by TMM [@robinson], and counts" in methods
    assert "modelled with voom's precision weights [@law]." in methods
    assert "adjusted for age." in methods


def test_no_gene_is_said_plainly_and_not_over_claimed(content):
    page = text(replace(content, genes=table(0.6994, 0.8)))
    assert "none has an adjusted p below 0.05; the smallest is .699." in page
    assert "which does not show that none differs" in page
    assert "log2 units higher" not in page


def test_results_of_an_earlier_version_have_no_model(content):
    old = table(0.01).drop(columns=["ci_low", "ci_high"])
    page = text(replace(content, genes=old, biology=Biology()))
    assert "Model:" not in page
    assert "95 %" not in page
    assert model_in_methods(replace(content, biology=Biology())) == ""


def test_one_variance_for_all_genes_and_complete_covariates(content):
    model = content.biology.model | {"prior_df": None, "missing": {}, "counts": None, "robust": False}
    page = text(replace(content, biology=replace(content.biology, model=model)))
    assert "infinite: all genes share one variance" in page
    assert "Held equal between the groups: age; no patient lacks a value." in page
    assert "Counts:" not in page
    assert "robust" not in page


@pytest.mark.parametrize(("method", "is_shown"), [("voom", True), ("trend", False)])
def test_voom_s_trend_of_an_earlier_run_is_not_shown(tmp_path, method, is_shown):
    (tmp_path / "study.toml").write_text("")
    folder = tmp_path / "derivatives" / "biology"
    folder.mkdir(parents=True)
    (folder / "mean_variance.tsv").write_text("gene\tlog2_count\tsqrt_sd\ttrend\nG1\t5\t1\t1\n")
    (folder / "design.json").write_text(json.dumps({"model": {"counts": {"method": method}}}))
    assert (mean_variance(read_content(tmp_path)) is not None) is is_shown


def test_notes_that_other_sections_tell_are_not_told_twice(content):
    notes = ("TAB-58 12 earlier names", "TAB-58: B_cells has no score.", "TAB-61: 3 samples are alike.")
    read = Results({"notes": ["TAB-58 12 earlier names"]}, {})
    biology = replace(content.biology, notes=notes)
    found = replace(content, biology=biology, results={"expression": read})
    assert GENES.view(found)["notes"] == ("TAB-61: 3 samples are alike.",)
    assert len(GENES.view(replace(found, results={}))["notes"]) == 2
