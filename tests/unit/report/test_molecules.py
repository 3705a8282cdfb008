"""How the report tells molecules: nothing claimed where nothing differs, families and what is missing named."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tilscope.figures import MoleculeForest
from tilscope.report import read_content
from tilscope.report.content import Content
from tilscope.report.pictures.molecules import (
    cytokine_boxes,
    molecule_boxes,
    molecule_forest,
    molecule_heatmap,
)
from tilscope.report.results import Results
from tilscope.report.sections import Missing
from tilscope.report.sections.molecules import compared_molecules, view
from tilscope.study import Study


@pytest.fixture(scope="module")
def content(study: Study) -> Content:
    return read_content(study.root)


def changed(content: Content, **columns: object) -> Content:
    found = content.results["molecules"]
    tests = found.tables["molecules"].assign(**columns)
    record = dict(found.record)
    if "p_adjusted" in columns:
        record["lists"] = [one | {"n_higher": 0, "n_lower": 0} for one in record["lists"]]
    results = Results(record, {**found.tables, "molecules": tests})
    return dataclasses.replace(content, results=content.results | {"molecules": results})


def test_every_family_has_a_sentence_with_its_numbers(content: Content) -> None:
    shown = view(content)
    assert isinstance(shown, dict)
    sentences = dict(shown["sentences"])
    assert len(sentences) == 10
    mhc = "1 of 6 differs (1 higher in high); most: HLA-DRA, r 1.00 (no interval: the groups do not overlap), large."
    assert sentences["MHC class II"] == mhc
    assert sentences["Interleukins"].startswith(
        "none of 5 differs (smallest adjusted p "
    )  # IL18 does not vary


def test_the_strongest_is_told_with_its_interval(content: Content) -> None:
    shown = view(changed(content, p_adjusted=0.01))
    assert isinstance(shown, dict)
    tests = content.results["molecules"].tables["molecules"]
    own = tests[(tests["list"] == "interferons")]
    row = own.loc[own["rank_biserial"].abs().idxmax()]
    numbers = [
        f"{row[name]:.2f}".replace("-", "\N{MINUS SIGN}")
        for name in ("rank_biserial", "rank_biserial_ci_low", "rank_biserial_ci_high")
    ]
    told = dict(shown["sentences"])["Interferons"]
    assert f"most: {row['gene']}, r {numbers[0]} (95 % CI {numbers[1]} to {numbers[2]}), " in told


def test_the_tables_name_what_was_not_tested_and_what_is_missing(content: Content) -> None:
    shown = view(content)
    assert isinstance(shown, dict)
    rows = {row[0].text: [c.text for c in row] for row in shown["molecules"].rows}
    assert any(text.startswith("no test: all values are equal") for text in rows["IL18"])
    assert shown["molecules"].rows[-1][0].text == "IL18"  # the smallest p first, none last
    (interleukins,) = (text for text in shown["missing"] if text.startswith("Interleukins: "))
    assert len(interleukins.split(", ")) == 43 - 6
    assert "IL1A," not in interleukins
    cells, own = shown["scores"]
    assert cells.caption.startswith(
        "Immune cells by marker genes (mean_log2), high (n = 7) against low (n = 10) "
    )
    assert own.caption.startswith("Signatures of the study (weighted_sum)")
    assert [c.text for c in own.rows[0]][:2] == ["my score", "2 of 2"]


def test_where_nothing_differs_nothing_is_claimed(content: Content) -> None:
    shown = view(changed(content, p_adjusted=0.2))
    assert isinstance(shown, dict)
    assert not shown["is_anything"]
    assert {sentence.split(" (")[0].split(" of ")[0] for _, sentence in shown["sentences"]} == {"none"}
    text = " ".join(sentence for _, sentence in shown["sentences"])
    assert not any(word in text for word in ("higher", "lower", "large", "most"))


def test_the_figure_has_every_tested_molecule(content: Content) -> None:
    record = molecule_forest(content)
    assert isinstance(record, MoleculeForest)
    tests = content.results["molecules"].tables["molecules"]
    assert sum(len(rows) for _, rows in record.families) == tests["rank_biserial"].notna().sum()
    assert all(np.all(np.diff(rows["r"]) <= 0) for _, rows in record.families)
    assert molecule_forest(changed(content, rank_biserial=np.nan)) is None


def test_the_heatmap_orders_patients_by_group_and_score_and_scales_each_gene(content: Content) -> None:
    record = molecule_heatmap(content)
    assert record is not None
    scores = content.scores
    assert scores is not None
    expected = scores.assign(high=scores["rad_tils_level"] == "high").sort_values(["high", "rad_tils_score"])
    for _, table in record.families:
        assert table.columns.tolist() == expected.index.tolist()
        np.testing.assert_allclose(table.mean(axis=1), 0.0, atol=1e-12)
        np.testing.assert_allclose(table.std(axis=1), 1.0)
    genes = {gene for _, table in record.families for gene in table.index}
    assert "IL18" not in genes  # varies in nobody
    assert record.n_left_out == 1
    own = dict(record.families)["MHC class II"]
    assert own.index[0] == "HLA-DRA"  # the planted one is the strongest
    assert own.loc["HLA-DRA", expected.index[-1]] > own.loc["HLA-DRA", expected.index[0]]


def test_surface_molecules_and_cytokines_share_out_the_families(content: Content) -> None:
    surface, cytokines = molecule_boxes(content), cytokine_boxes(content)
    assert surface is not None
    assert cytokines is not None
    assert [title for title, _ in surface.families] == [
        "Co-stimulators",
        "Co-inhibitors",
        "MHC class I",
        "MHC class II",
    ]
    assert len(cytokines.families) == 6
    tests = content.results["molecules"].tables["molecules"].dropna(subset=["p_value"])
    drawn = [
        p
        for record in (surface, cytokines)
        for _, boxes in record.families
        for p in boxes.p_adjusted.values()
    ]
    assert len(drawn) == len(tests)
    assert sorted(drawn) == sorted(tests["p_adjusted"])
    assert cytokines.n_left_out == 1
    without = {k: v for k, v in content.results["molecules"].tables.items() if k != "expression"}
    older = Results(content.results["molecules"].record, without)
    old = dataclasses.replace(content, results=content.results | {"molecules": older})
    assert molecule_heatmap(old) is molecule_boxes(old) is None


def test_without_the_step_the_command_is_told(content: Content) -> None:
    shown = view(dataclasses.replace(content, results={}))
    assert isinstance(shown, Missing)
    assert "tilscope run" in shown.command
    assert compared_molecules(dataclasses.replace(content, results={})) == ""


def test_the_methods_name_test_and_families(content: Content, page: str) -> None:
    n = content.results["molecules"].tables["molecules"]["gene"].nunique()
    assert isinstance(content.results["molecules"].tables["molecules"], pd.DataFrame)
    told = compared_molecules(content)
    assert f"{n} molecules of 10 families" in told
    assert "Benjamini-Hochberg adjustment over each family" in told
    assert 'id="molecules"' in page
    assert 'id="figure-molecules"' in page
