"""Which notes ask for a look, what is measured, and the cohort's table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.pipeline.qc_measures import (
    FLAGS,
    bias_measures,
    lesion_measures,
    registration_measures,
    sorted_notes,
)
from tilscope.pipeline.qc_table import data_dictionary, qc_table
from tilscope.study import Study, commit_json, encode_tsv
from tilscope.vocabulary import Grid, Roi


def roi(*boxes: tuple[slice, slice, slice], shape: tuple[int, int, int] = (6, 8, 8)) -> Roi:
    mask = np.zeros(shape, bool)
    for box in boxes:
        mask[box] = True
    return Roi(mask, Grid(shape, (2.0, 0.5, 0.5)))


ONE = (slice(1, 4), slice(2, 5), slice(2, 5))


def test_flags_are_told_apart_from_notes_and_come_in_the_tables_order() -> None:
    notes = [
        "IMG-08 times come from ContentTime",
        "REG-02 post2: the lesion's volume changes by +7%",
        "ROI-45 the ROI does not enhance (-3.0 % in post1)",
        "REG-02 post3: the lesion's volume changes by -8%",
        "ROI-36: phase2: few grey levels",
    ]
    flags, others = sorted_notes(notes, roi(ONE))
    assert flags == [notes[2], notes[1], notes[3]]
    assert others == [notes[0], notes[4]]


def test_the_registered_lesion_is_looked_at_too_and_a_mask_is_flagged_once_per_rule() -> None:
    two = roi(ONE, (slice(1, 2), slice(7, 8), slice(7, 8)))
    flags, others = sorted_notes(["ROI-43 the lesion touches the border of the image crop"], two)
    assert [flag[:6] for flag in flags] == ["ROI-43", "ROI-47"]
    assert flags[0].endswith("image crop")
    assert others == []
    assert [f[:6] for f in sorted_notes([], roi((slice(2, 3), slice(2, 5), slice(2, 5))))[0]] == ["ROI-35"]


def test_size_and_build_of_a_lesion() -> None:
    diagonal = (slice(4, 5), slice(5, 6), slice(5, 6))  # touches ONE at a corner: one part
    assert lesion_measures(roi(ONE, diagonal)) == {
        "roi_voxels": 28,
        "roi_volume_ml": pytest.approx(28 * 0.5 / 1000),
        "roi_components": 1,
        "roi_slices": 4,
    }
    assert lesion_measures(roi(ONE, (slice(5, 6), slice(7, 8), slice(7, 8))))["roi_components"] == 2


def test_the_worst_of_all_moving_phases_counts_and_the_reference_does_not() -> None:
    names = ("pre", "post1", "post2")
    numbers = ((2.5, 1.04, 0.7), (0.0, 1.0, 1.0), (1.0, 0.94, 0.8))
    rows = [
        {"phase": n, "displacement_mm": d, "jacobian": j, "similarity_after": s}
        for n, (d, j, s) in zip(names, numbers, strict=True)
    ]
    assert registration_measures(rows, "post1", {"pre": 0.3, "post2": -0.1}) == {
        "largest_displacement_mm": 2.5,
        "extreme_jacobian": 0.94,
        "smallest_local_jacobian": -0.1,
        "lowest_similarity": 0.7,
    }
    assert registration_measures(rows[1:2], "post1", {}) == {}


def test_the_range_of_the_field() -> None:
    assert bias_measures(np.array([0.8, 1.0, 1.3]), 0.1) == {
        "bias_lowest_factor": 0.8,
        "bias_highest_factor": 1.3,
        "bias_log_sd": 0.1,
    }


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = Study(tmp_path)
    (tmp_path / "study.toml").write_text("")
    study.participants_file.write_text("participant_id\tstils\nsub-a\t10\nsub-b\tn/a\nsub-c\t20\n")
    for key in ("sub-a", "sub-b", "sub-c"):
        commit_json(study.image_folder(key) / "dce.json", {"n_pre": 1})
    for key, flags in (
        ("sub-a", ["REG-02 post2: +7%", "REG-02 post3: -8%", "ROI-47 2 parts"]),
        ("sub-b", []),
    ):
        commit_json(study.feature_file(key), {})
        commit_json(
            study.qc_folder(key) / "qc.json", {"flags": flags, "roi_volume_ml": 2.5, "roi_components": 2}
        )
    fault = dict.fromkeys(("found", "expected", "remedy", "file"))
    commit_json(
        study.quarantine_folder / "sub-c.json",
        fault | {"rule": "IMG-15", "message": "phases differ in grid", "step": "register"},
    )
    return study


def test_every_patient_has_a_row_and_a_quarantined_one_its_reason(study: Study) -> None:
    table = qc_table(study)
    assert table["state"].to_dict() == {"sub-a": "done", "sub-b": "set aside", "sub-c": "quarantined"}
    assert table.loc["sub-c", ["rule", "reason"]].tolist() == ["IMG-15", "phases differ in grid"]
    assert table.loc["sub-c", [f.name for f in FLAGS]].isna().all()
    raised = {f.name for f in FLAGS if table.loc["sub-a", f.name] == "yes"}
    assert raised == {"several_components", "volume_changed"}
    assert table.loc["sub-a", "n_flags"] == 2
    assert table.loc["sub-a", "flags"] == "REG-02 post2: +7%; REG-02 post3: -8%; ROI-47 2 parts"
    assert table.loc["sub-b", "n_flags"] == 0
    text = encode_tsv(table).decode().splitlines()
    assert "2.5\tn/a\t2\t" not in text[0]
    assert text[1].split("\t")[text[0].split("\t").index("roi_components")] == "2"  # a count, not 2.0


def test_the_dictionary_explains_every_column(study: Study) -> None:
    told = data_dictionary()
    assert set(told) == {"participant_id", *qc_table(study).columns}
    assert all(entry["Description"].endswith((".", "?")) for entry in told.values())
    json.dumps(told, allow_nan=False)


def test_a_study_without_patients_has_an_empty_table(tmp_path: Path) -> None:
    table = qc_table(Study(tmp_path))
    assert isinstance(table, pd.DataFrame)
    assert table.empty
    assert "n_flags" in table
