"""Sections and figures of the clinical associations and of the radiogenomic map."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tilscope.report import figure_records, read_content
from tilscope.report.content import Content
from tilscope.report.pictures.associations import association_panels, clinical_bars
from tilscope.report.pictures.radiogenomics import radiogenomic_picture
from tilscope.report.results import Results
from tilscope.report.sections.associations import associated_in_methods
from tilscope.report.sections.associations import view as associations
from tilscope.report.sections.radiogenomics import mapped_in_methods, rho_in_words
from tilscope.report.sections.radiogenomics import view as radiogenomics
from tilscope.report.sections.section import Missing
from tilscope.study import Study


@pytest.fixture(scope="module")
def content(study: Study) -> Content:
    return read_content(study.root)


def texts(table: object) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]  # type: ignore[attr-defined]


def test_clinical_variables_are_told_with_what_was_left_out(content: Content) -> None:
    view = associations(content)
    assert not isinstance(view, Missing)
    assert view is not None
    assert view["outcomes"] == ["stils"]
    assert {row["variable"]: row["rule"] for row in view["record"]["excluded"]} == {"remark": "TAB-61"}
    groups, score = (texts(table) for table in view["tables"])
    assert groups[0][:2] == ["stils (outcome)", "outside training"]
    assert groups[0][6] == "—"  # in no family of tests
    assert score[0][7].startswith("Spearman's rho ")
    of_age = next(row for row in groups if row[0] == "age" and row[1] == "all")
    assert of_age[3] == "1"  # one age is missing
    menopause = next(row[7] for row in groups if row[0] == "menopause")
    assert menopause.startswith("odds ratio ")
    assert menopause.endswith("with pre, against post")


def test_the_figure_of_associations_has_the_outcome_first_and_every_patient_once(content: Content) -> None:
    picture = association_panels(content)
    assert picture is not None
    first = picture.panels[0]
    assert (first.name, first.told.split(", ")[1]) == ("stils", "outside training")
    scores, values = content.scores, first.values
    assert scores is not None
    assert sum(map(len, values.values())) == int((scores["role"] == "validation").sum())


def test_the_bars_have_the_classes_and_every_patient_once(content: Content) -> None:
    bars = clinical_bars(content)
    assert bars is not None
    found = {panel.name: panel for panel in bars.panels}
    assert set(found) == {"menopause", "t_stage", "site"}
    stages, scores = found["t_stage"].counts, content.scores
    assert scores is not None
    assert stages.columns.tolist() == ["low", "high"]
    assert stages.index.tolist() == ["T1", "T2", "T3"]
    assert int(stages.to_numpy().sum()) == len(scores)
    assert stages["high"].sum() == (scores["rad_tils_level"] == "high").sum()
    test = content.results["associations"].tables["associations"].query("variable == 't_stage'").iloc[0]
    assert found["t_stage"].told[0] == test["test"]
    assert found["t_stage"].told[1].startswith("p ")
    assert "adjusted" in found["t_stage"].told[1]


def test_a_number_of_few_whole_values_is_drawn_as_classes(content: Content) -> None:
    participants, scores = content.participants, content.scores
    assert participants is not None
    assert scores is not None
    grades = pd.Series(np.arange(len(participants)) % 3 + 1.0, participants.index)
    graded = dataclasses.replace(content, participants=participants.assign(age=grades))
    bars, boxes = clinical_bars(graded), association_panels(graded)
    assert bars is not None
    assert boxes is not None
    grade = next(panel for panel in bars.panels if panel.name == "age")
    assert grade.is_ordered
    expected = pd.crosstab(grades[scores.index].astype(int).astype(str), scores["rad_tils_level"])
    np.testing.assert_array_equal(grade.counts.to_numpy(), expected[["low", "high"]].to_numpy())
    assert [panel.name for panel in boxes.panels] == ["stils"]


def test_the_map_says_modest_things_with_intervals(content: Content) -> None:
    view = radiogenomics(content)
    assert not isinstance(view, Missing)
    assert view is not None
    assert view["gene"]["name"] in ("CCL5", "CD8A", "HLA-DRA")  # planted
    assert texts(view["features"])[0][0] == "Rad-TILs score"
    assert texts(view["features"])[0][3] == view["gene"]["name"]
    assert len(texts(view["genes"])) == 30
    assert rho_in_words(0.342, 0.1527, 0.5074) == "0.34 (0.15 to 0.51)"
    assert rho_in_words(float("nan"), float("nan"), float("nan")) == "—"
    assert {"associations", "clinical-bars", "radiogenomic-map"} <= set(figure_records(content))


def test_a_modest_correlation_is_never_called_more(content: Content) -> None:
    results = content.results["radiogenomics"]
    sets = results.tables["feature_sets"].assign(rho=0.342, ci_low=0.15, ci_high=0.51)
    modest = Results(results.record, {**results.tables, "feature_sets": sets})
    view = radiogenomics(_with(content, modest))
    assert not isinstance(view, Missing)
    assert view is not None
    assert view["set"]["size"] == view["stil"]["size"] == "modest"


def test_a_map_of_many_sets_keeps_the_strongest_in_their_order(content: Content) -> None:
    names = [f"S{k:02d}" for k in range(60)]
    rho = np.where(np.arange(60) % 2 == 0, 0.4, 0.01)
    table = pd.DataFrame({"feature": "rad_tils_score", "gene_set": names, "rho": rho, "p_adjusted": 0.2})
    record = {"feature_order": [], "set_order": names[::-1], "n_samples": 50}
    picture = radiogenomic_picture(_with(content, Results(record, {"feature_sets": table})))
    assert picture is not None
    shown = [str(name) for name in picture.rho.index]
    assert len(shown) == 40
    assert shown == sorted(shown, reverse=True)
    assert set(names[::2]) <= set(shown)


def test_without_results_the_page_says_how_to_make_them(content: Content) -> None:
    empty = _with(content, None)
    for view in (associations(empty), radiogenomics(empty)):
        assert isinstance(view, Missing)
    assert association_panels(empty) is None
    assert clinical_bars(empty) is None
    assert radiogenomic_picture(empty) is None


def _with(content: Content, results: Results | None) -> Content:
    from dataclasses import replace

    return replace(content, results={} if results is None else {"radiogenomics": results})


def test_the_methods_text_names_the_tests_that_were_done(content: Content) -> None:
    text = associated_in_methods(content)
    assert "Spearman" in text
    assert "The outcome (stils), on which the score was trained, took part outside training only." in text
    assert "8 gene sets and signatures" in mapped_in_methods(content)
    assert associated_in_methods(_with(content, None)) == mapped_in_methods(_with(content, None)) == ""
