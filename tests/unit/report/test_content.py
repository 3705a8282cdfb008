"""Reading results, and turning them into records and words."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.report import figure_records, read_content
from tilscope.report.content import Content, Performance
from tilscope.report.files import own_file_name, read_tsv, without_paths
from tilscope.report.pictures import MAKERS
from tilscope.report.pictures.cohort import flow
from tilscope.report.pictures.genes import strongest
from tilscope.report.sections.provenance import flat
from tilscope.report.sections.signature import equation
from tilscope.report.steps import MADE_FROM, read_steps, settings_used, without_results
from tilscope.report.tables import cell, table
from tilscope.report.wording import auc_in_words, interval, number, p_value, verdict
from tilscope.statistics.clinical_columns import shareable
from tilscope.study import Study


@pytest.fixture(scope="module")
def content(study: Study) -> Content:
    return read_content(study.root)


def role(**changes: object) -> Performance:
    row = Performance(
        "validation", "high", "low", 0.79, 0.638, 0.943, 23, 18, 20, 3, 5, 13, (0.0, 1.0), (0.0, 1.0)
    )
    return dataclasses.replace(row, **changes)  # type: ignore[arg-type]


def test_all_figures_of_a_whole_study_have_a_record(content: Content) -> None:
    # the made-up study has one site, no second readings, and three features with maps
    absent = {"sites", "reproducibility", "bland-altman", "feature-maps-4", "feature-maps-5"}
    assert set(MAKERS) - set(figure_records(content)) == absent


def test_an_empty_folder_has_no_record(tmp_path: Path) -> None:
    assert figure_records(read_content(tmp_path)) == {}


def test_flow_adds_up_whatever_happened(content: Content) -> None:
    diagram = flow(content)
    assert diagram is not None
    counts = [step.n for step in diagram.steps]
    left = [sum(n for _, n in step.excluded) for step in diagram.steps]
    assert counts[0] == len(content.patients) == 20
    for before, after, out in zip(counts, counts[1:], left[1:], strict=False):
        assert before - out == after
    assert sum(n for _, n in diagram.branches) == counts[-1] == 17


def test_a_patient_without_outcome_is_in_no_comparison(content: Content) -> None:
    extra = pd.DataFrame({"role": ["no outcome"], "rad_tils_score": [0.4]}, index=["sub-018"])
    changed = dataclasses.replace(content, scores=pd.concat([content.scores, extra]))
    assert changed.compared is not None
    assert "sub-018" not in changed.compared.index
    assert flow(changed) == flow(content)


def test_heatmap_is_standardised_by_training_patients_only(content: Content) -> None:
    z = figure_records(content)["heatmap"].zscores.T  # type: ignore[attr-defined]
    assert content.compared is not None
    training = z.loc[content.compared.index[content.compared["role"] == "training"]]
    np.testing.assert_allclose(training.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(training.std(ddof=1), 1)
    assert abs(z.mean()).max() > 1e-6


def test_strongest_genes_come_from_both_directions() -> None:
    genes = pd.DataFrame({"log2_fc": [1, 2, -1, 3.0], "p_value": [0.2, 0.1, 0.3, np.nan]}, index=list("ABCD"))
    assert strongest(genes, 1) == ("B", "C")


def test_the_most_significant_gene_is_named_even_if_the_study_does_not(content: Content) -> None:
    assert content.genes is not None
    named = figure_records(content)["volcano"].named  # type: ignore[attr-defined]
    assert named[0] == content.genes["p_value"].idxmin()
    assert set(content.biology.named_genes) <= set(named)


def test_ids_stay_text_and_n_a_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "t.tsv"
    file.write_text("participant_id\tage\tgene\n001\tn/a\tNA\n1E5\t4.5\t'-X\n")
    frame = read_tsv(file, index="participant_id")
    assert frame is not None
    assert list(frame.index) == ["001", "1E5"]
    assert np.isnan(frame.loc["001", "age"])
    assert frame["gene"].tolist() == ["NA", "-X"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/Anna Miller/x.nii.gz: cut", "x.nii.gz: cut"),
        (r"read C:\Users\Anna\x.nii today", "read x.nii today"),
        ("and/or 3/4 of 1 / 2", "and/or 3/4 of 1 / 2"),
        ("images/sub-1/phase-0.nii.gz", "images/sub-1/phase-0.nii.gz"),
        ("</script>", "</script>"),
    ],
)
def test_absolute_paths_lose_their_folders(text: str, expected: str) -> None:
    assert without_paths({"a": [text]}) == {"a": [expected]}


def test_only_names_that_tilscope_gave_are_shown() -> None:
    assert own_file_name("/x/phase-3.nii.gz") == "phase-3.nii.gz"
    assert own_file_name("MILLER^ANNA.nii.gz") is None
    assert own_file_name(None) is None


def test_free_text_columns_are_hidden(content: Content) -> None:
    frame, hidden = shareable(content.participants)
    assert hidden == ("remark",)
    assert {"stils", "age", "menopause", "t_stage"} <= set(frame.columns)


def test_verdict_follows_the_interval() -> None:
    assert verdict(role())[0] == "good"
    assert "uncertain" in verdict(role())[1]
    assert "uncertain" not in verdict(role(ci_low=0.72, ci_high=0.86))[1]
    assert verdict(role(ci_low=0.49))[0] == "unsure"
    assert verdict(role(auc=0.2, ci_low=0.1, ci_high=0.4))[0] == "bad"
    assert verdict(role(auc=None))[0] == "none"
    assert verdict(None)[0] == "none"


def test_numbers_read_as_in_a_journal() -> None:
    assert auc_in_words(role()) == "AUC 0.790 (95% CI 0.638–0.943)"
    assert (
        auc_in_words(role(auc=1.0, ci_low=None, ci_high=None, reason="no interval: too few"))
        == "AUC 1.000 (no interval: too few)"
    )
    assert auc_in_words(role(auc=None, reason="one class only")) == "AUC not defined (one class only)"
    assert interval(None, 0.3) == "no interval"
    assert [p_value(p) for p in (0.00099, 0.001, 0.0123, 1.0, float("nan"))] == [
        "< .001",
        ".001",
        ".012",
        "1",
        "—",
    ]
    assert [number(v) for v in (1.08e-7, -3.26e-5, -3.4, 1200, None)] == [
        "1.08 × 10⁻⁷",
        "−3.26 × 10⁻⁵",
        "−3.4",
        "1200",
        "—",
    ]


def test_equation_can_be_computed_again(content: Content) -> None:
    assert content.signature is not None
    told = equation(content.signature)
    assert told == "ln(p / (1 − p)) = 0.1234567 − 0.652 X1 − 0.943 X2 + 1.21 X3"


def test_missing_numbers_sort_last_and_align_with_their_column() -> None:
    made = table("t", ("a", "b"), [("x", 1.5), ("y", None), ("z", float("nan"))])
    assert [row[1].is_number for row in made.rows] == [True, True, True]
    assert [row[1].sort for row in made.rows] == [1.5, None, None]
    assert cell("text").is_number is False


def test_settings_are_those_that_the_steps_read() -> None:
    provenance = {
        "settings": {
            "bias": {"method": "n4"},
            "cohort": {"seed": 1, "name": "A"},
            "selection": {"alpha": 1.0},
        },
        "steps": {
            "bias": {"settings": {"bias": {"method": "n3"}}},
            "collect": {"settings": {"bias": {"method": "none"}}},
            "signature": {"settings": {"cohort.seed": 7}},
            "extract": {"version": 1},
        },
    }
    assert settings_used(provenance) == {
        "bias": {"method": "n3"},
        "cohort": {"seed": 7, "name": "A"},
        "selection": {"alpha": 1.0},
    }
    assert provenance["settings"]["cohort"]["seed"] == 1  # type: ignore[call-overload,index]
    assert settings_used({}) == {}


def test_steps_of_the_cohort_are_read_whatever_is_missing() -> None:
    status = {
        "cohort": {
            "signature": {"state": "failed", "rule": "TAB-60"},
            "collect": {"state": "done", "rule": None},
        }
    }
    collect, signature = read_steps(status)
    assert (collect.name, collect.is_missing) == ("collect", False)
    assert (signature.rule, signature.is_missing, signature.remedy) == ("TAB-60", True, None)
    assert read_steps({"cohort": None}) == read_steps({}) == ()


def test_nothing_made_from_a_missing_step_is_shown() -> None:
    def withheld(**states: str) -> set[str]:
        return set(without_results(read_steps({"cohort": {n: {"state": s} for n, s in states.items()}})))

    assert withheld(collect="done", signature="up to date", biology="done") == set()
    of_biology = withheld(biology="left out")
    assert {"biology", "clusters"} <= of_biology
    assert not of_biology & {"collect", "signature", "expression", "associations"}
    of_signature = set(MADE_FROM) - {"collect", "expression", "gene_sets"}
    assert withheld(collect="done", signature="failed") == of_signature
    assert withheld(collect="failed") == {"collect", *of_signature}


def test_nested_settings_are_flattened() -> None:
    found = list(flat({"a": {"b": {"c": 1, "d": None}}, "e": [1, 2], "f": []}))
    assert found == [("a.b.c", "1"), ("a.b.d", "not set"), ("e", "1, 2"), ("f", "none")]
