"""The section on immune cells: effects with intervals, coverage, and scores that depend on the cohort."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tilscope.report.content import Biology, Content
from tilscope.report.sections.immune import IMMUNE


def compared(**changes):
    rows = {
        "variable": ["B cells", "T cells"],
        "test": "Wilcoxon rank-sum",
        "p_value": [0.2, 0.001],
        "p_adjusted": [0.2, 0.002],
        "effect": "rank-biserial r",
        "effect_size": [-0.1, 0.5],
        "effect_ci_low": [-0.4, 0.2],
        "effect_ci_high": [0.2, float("nan")],
        "median_high": [1.0, 2.0],
        "median_low": [1.1, 1.0],
        "n_high": [10, 10],
        "n_low": [12, 12],
        "family": "gene sets (ssGSEA)",
        "n_tests": 2,
        "n_present": [8, 3],
        "n_genes": [10, 10],
    }
    return pd.DataFrame(rows | changes).set_index("variable")


@pytest.fixture
def content():
    empty = {"patients": {}, "steps": {}, "provenance": {}, "qc": {}, "qc_pictures": {}}
    notes = (
        "TAB-55: 2 genes without any value were left out.",
        "TAB-58: Tregs has 3 of 7 genes and no score.",
    )
    return Content("s", "recommended", **empty, gene_set_tests=compared(), biology=Biology(notes=notes))


def test_effects_have_intervals_and_the_smallest_p_comes_first(content):
    view = IMMUNE.view(content)
    texts = [[cell.text for cell in row] for row in view["cells"].rows]
    assert texts == [
        ["T cells", "3 of 10", "2.000", "1.000", "0.50", ".001", ".002"],
        ["B cells", "8 of 10", "1.000", "1.100", "−0.10 (−0.40 to 0.20)", ".200", ".200"],
    ]
    assert "10 high and 12 low" in view["cells"].caption
    assert "family of 2 tests: gene sets (ssGSEA)" in view["cells"].caption


def test_numbers_of_patients_that_differ_have_columns(content):
    fewer = replace(content, gene_set_tests=compared(n_high=[10, 9]))
    assert "n, high" in IMMUNE.view(fewer)["cells"].columns


def test_coverage_and_unscored_sets_are_told(content):
    view = IMMUNE.view(content)
    assert view["coverage"] == "Of the sets' genes the matrix holds 55 %; least of T cells (3 of 10)."
    assert view["notes"] == ("Tregs has 3 of 7 genes and no score.",)


def test_gsva_scores_are_said_to_depend_on_the_cohort(content):
    view = IMMUNE.view(replace(content, biology=Biology(set_scores="gsva")))
    assert view["cells"].caption.startswith("GSVA scores")
    assert "changes all scores" in view["notes"][0]
