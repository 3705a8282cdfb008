"""Second readers and second sessions: the features that their masks give, the filter, and what fails."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from tilscope.statistics import icc

READINGS = "derivatives/features/rereadings.parquet"
PATIENTS = [f"{k + 1:03d}" for k in range(12)]
SECOND = PATIENTS[:6]  # read by B, too
TWICE = PATIENTS[6:9]  # read by A again
FAILS = "010"  # B's mask of this patient cannot be used


def second_reading(hospital, seed):
    """Return the ball with a part of its surface moved by a voxel."""
    rng = np.random.default_rng(seed)
    x, y, z = np.meshgrid(*(np.arange(n) - n / 2 for n in hospital.SHAPE), indexing="ij")
    dx, dy = rng.uniform(-0.8, 0.8, 2)
    return ((x - dx) ** 2 + (y - dy) ** 2 + z**2 <= rng.uniform(13, 19)).astype(np.uint8)


@pytest.fixture
def read_twice(source, hospital):
    """The tiny hospital with second readings of nine patients, and one that cannot be used."""
    for k, patient in enumerate(SECOND):
        hospital.save(
            second_reading(hospital, k), source / patient / f"{patient}_lesion_post1_reader-B.nii.gz"
        )
    for k, patient in enumerate(TWICE):
        hospital.save(
            second_reading(hospital, 20 + k), source / patient / f"{patient}_post1_session-2.nii.gz"
        )
    hospital.save(second_reading(hospital, 9), source / FAILS / f"{FAILS}_post1_reader-B.nii.gz")
    return source


def configure(study, text=""):
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace("[honesty]", "[honesty]\ncontrols = false") + text)


def spoil(description):
    """Say that the mask was drawn on a phase that does not exist."""
    record = json.loads(description.read_text())
    description.write_text(json.dumps(record | {"phase": "post9"}))


def features(study, key):
    return json.loads((study / f"derivatives/features/{key}.json").read_text())["features"]


@pytest.mark.slow
def test_second_masks_give_the_features_of_a_study_with_that_reader(tilscope, study, read_twice, key):
    configure(study, "[reproducibility]\nmin_patients = 3\n")
    assert tilscope("import", study, read_twice, "--workers", 0).code == 0
    assert (study / "rois" / key(TWICE[0]) / "reader-A_session-2.nii.gz").is_file()
    spoil(study / "rois" / key(FAILS) / "reader-B.json")
    answer = tilscope("run", study, "--workers", 0, "--until", "reproducibility")
    assert answer.code == 0, answer.text
    table = pd.read_parquet(study / READINGS)
    assert sorted(set(table.index)) == sorted(
        [(key(p), "B", "1") for p in SECOND] + [(key(p), "A", "2") for p in TWICE]
    )
    assert set(table.columns) == set(pd.read_parquet(study / "derivatives/features/features.parquet").columns)
    notes = json.loads((study / "derivatives/signature/notes.json").read_text())
    told = [note for note in notes["notes"] if note.startswith("SIG-75")]
    assert any("between readers A and B" in note for note in told)
    failed = json.loads((study / f"derivatives/features/{key(FAILS)}_reader-B.json").read_text())
    assert failed["features"] is None
    assert failed["reason"].startswith("ROI-46")
    assert json.loads(tilscope("status", study, "--json").out)["counts"]["quarantined"] == 0

    agreement = pd.read_csv(study / "derivatives/signature/reproducibility.tsv", sep="\t")
    own = pd.read_parquet(study / "derivatives/features/features.parquet")
    other = table.xs(("B", "1"), level=("reader", "session"))["shape_MeshVolume"]
    expected = icc(np.column_stack([own.loc[other.index, "shape_MeshVolume"], other])).form()
    row = agreement[agreement["feature"] == "shape_MeshVolume"].iloc[0]
    assert (row["design"], row["n_patients"]) == ("between readers A and B", 6)
    assert [row["icc"], row["ci_low"]] == pytest.approx([expected.value, expected.ci_low], rel=1e-12)
    told = (study / "derivatives/signature/reproducibility.json").read_text()
    assert '"Lesion volume"' in told
    assert "sub-" not in told
    assert 'id="reproducibility"' in (study / "report/reproducibility.html").read_text()

    second = shutil.copytree(study, study.parent / "with-reader-B")
    toml = second / "study.toml"
    toml.write_text(toml.read_text() + '[imaging]\nroi_reader = "B"\n')
    assert tilscope("run", second, "--workers", 0, "--until", "extract").code == 3
    for patient in SECOND:
        assert features(second, key(patient)) == features(study, f"{key(patient)}_reader-B")
        assert features(second, key(patient)) != features(study, key(patient))


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_readings_are_made_once_and_leave_with_their_masks(tilscope, study, read_twice, key):
    configure(study)
    tilscope("import", study, read_twice, "--workers", 0)
    tilscope("run", study, "--workers", 0, "--until", "collect")
    before = {f: f.stat().st_mtime_ns for f in (study / "derivatives").rglob("*reader-*.json")}
    assert len(before) == 10
    assert tilscope("run", study, "--workers", 0, "--until", "collect").code == 0
    assert {f: f.stat().st_mtime_ns for f in before} == before
    for file in (study / "rois" / key(SECOND[0])).glob("reader-B*"):
        file.unlink()
    assert tilscope("run", study, "--workers", 0, "--until", "collect").code == 0
    assert not (study / f"derivatives/features/{key(SECOND[0])}_reader-B.json").exists()
    assert len(pd.read_parquet(study / READINGS)) == 9


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_a_study_without_second_masks_has_no_trace_of_them(tilscope, study, source):
    configure(study)
    tilscope("import", study, source, "--workers", 0)
    assert tilscope("run", study, "--workers", 0, "--until", "collect").code == 0
    assert not (study / READINGS).exists()
    assert not list((study / "derivatives").rglob("*reread*"))


def test_a_second_mask_that_cannot_be_used_is_a_note_at_import(tilscope, study, source, hospital, key):
    small = np.zeros(hospital.SHAPE, np.uint8)
    small[9:11, 9:11, 7:10] = 1
    hospital.save(small, source / "010" / "010_post1_reader-B.nii.gz")
    answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 0, answer.text
    assert f"{key('010')}: SIG-75: the mask of reader B, session 1, was left out: ROI-34" in answer.text, (
        answer.text
    )
    assert sorted(f.name for f in (study / "rois" / key("010")).glob("reader-*.nii.gz")) == [
        "reader-A.nii.gz"
    ]
    hospital.save(small, source / "011" / "011_lesion_post1.nii.gz")  # the first reading
    assert tilscope("import", study, source, "--workers", 0).code == 3
