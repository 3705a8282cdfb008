"""Which columns of the clinical table the report may print, and Table 1."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from tilscope.report import read_content
from tilscope.report.content import Content, PatientState
from tilscope.report.sections.cohort import COHORT, files
from tilscope.statistics.clinical_columns import shareable, with_levels
from tilscope.study import Study


@pytest.mark.parametrize(
    ("cells", "is_hidden"),
    [
        (["a", "b", "c", "d"] * 2, False),
        (["a", "b", "c", "d", "e", "a", "b", "c"], True),
        (["Anna", "Berta", *[None] * 6], True),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], False),
    ],
)
def test_text_with_more_values_than_half_of_the_patients_is_hidden(
    cells: list[object], is_hidden: bool
) -> None:
    frame, hidden = shareable(pd.DataFrame({"remark": cells}))
    assert hidden == (("remark",) if is_hidden else ())
    assert list(frame) == ([] if is_hidden else ["remark"])


def test_more_than_twelve_values_are_free_text() -> None:
    cells = [f"level {k % 13}" for k in range(100)]
    assert shareable(pd.DataFrame({"remark": cells}))[1] == ("remark",)
    assert shareable(pd.DataFrame({"remark": cells[:12] * 8}))[1] == ()


def test_numbers_that_are_codes_become_classes_and_declared_levels_an_order() -> None:
    clinical = pd.DataFrame(
        {
            "her2_low": [0.0, 1.0, np.nan, 1.0],
            "age": [40.0, 50.0, 60.5, np.nan],
            "nodes": [2.0, 0.0, np.nan, 1.0],
            "t_stage": ["T1", "T3", "T2", None],
        }
    )
    frame, notes = with_levels(clinical, {"nodes": ("0", "1", "2", "3"), "t_stage": ("T1", "T2")})
    assert frame["her2_low"].tolist()[:2] == ["0", "1"]
    assert frame["her2_low"].isna().sum() == 1
    assert frame["age"].equals(clinical["age"])
    assert frame["nodes"].cat.ordered
    assert frame["nodes"].cat.codes.tolist() == [2, 0, -1, 1]
    assert frame["t_stage"].tolist()[:3] == ["T1", "T3", "T2"]  # nobody's stage is lost
    assert not isinstance(frame["t_stage"].dtype, pd.CategoricalDtype)
    assert len(notes) == 1
    assert "T3 is not among" in notes[0]


def test_table_one_compares_the_roles_and_names_its_rules(study: Study, page: str) -> None:
    file = study.report_file.parent / "assets" / "tables" / "table_one.tsv"
    found = pd.read_csv(file, sep="\t", na_values=["n/a"], keep_default_na=False)
    participants = pd.read_csv(study.participants_file, sep="\t", index_col=0, na_values=["n/a"])
    scores = pd.read_csv(study.signature_folder / "scores.tsv", sep="\t", index_col=0)
    ages = participants.loc[scores.index[scores["role"] == "validation"], "age"].dropna()
    age = found[(found["variable"] == "age") & (found["row"] == "number")].iloc[0]
    if age["level"] == "mean (sd)":
        assert age["validation"] == f"{ages.mean():.2f} ({ages.std():.2f})"
    else:
        assert age["validation"].startswith(f"{ages.median():.2f} [")
    assert "remark" not in set(found["variable"])  # free text
    section = page[page.index('id="cohort"') : page.index('id="qc"')]
    assert "Rules of the profile recommended" in section
    assert ">SMD<" in section
    assert 'href="assets/tables/table_one.tsv"' in section
    assert f"Validation (n\u00a0=\u00a0{(scores['role'] == 'validation').sum()})" in section


def test_one_role_makes_no_table_one_and_the_reason_is_told(study: Study) -> None:
    content = read_content(study.root)
    assert content.scores is not None
    alone = dataclasses.replace(content, scores=content.scores.assign(role="training"))
    assert files(alone) == {}
    shown = COHORT.view(alone)
    assert isinstance(shown, Mapping)
    assert shown["table_one"] is None
    assert "TAB-60" in shown["table_one_notes"][0]


def test_missing_values_are_counted_by_class() -> None:
    clinical = pd.DataFrame(
        {"age": [50.0, np.nan, np.nan, 40.0, np.nan], "stils": [5.0, 30.0, 40.0, 9.0, np.nan]},
        index=[f"sub-{k}" for k in range(5)],
    )
    levels = pd.DataFrame(
        {"role": "training", "til_level": ["low", "high", "high", "low", None]}, index=clinical.index
    )
    patients = dict.fromkeys(clinical.index, PatientState("done"))
    made = Content("t", "recommended", patients, {}, {}, {}, {}, participants=clinical, scores=levels)
    shown = COHORT.view(dataclasses.replace(made, scores=levels.assign(rad_tils_score=np.nan)))
    assert isinstance(shown, Mapping)
    table = shown["missing_values"]
    assert table.columns[3:] == (
        "Share missing", "Missing, high TILs", "Missing, low TILs", "Missing, TILs unknown"
    )  # fmt: skip
    rows = {row[0].text: [c.text for c in row[1:]] for row in table.rows}
    assert rows == {
        "Age (years)": ["2", "3", "60 %", "2 of 2", "0 of 2", "1 of 1"],
        "sTIL (%)": ["4", "1", "20 %", "0 of 2", "0 of 2", "1 of 1"],
    }
    assert "2 of 2 columns have gaps, 2 of 5 patients have none" in table.caption
