"""A gallery of broken inputs: each ends in its typed error, and nobody else is touched."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

BROKEN = "003"


N_PATIENTS = 5  # enough to see that the others are untouched


@pytest.fixture
def source(source, request):
    """Keep a few patients for the tests of one broken patient; all where a signature is fitted."""
    if "sound" in request.fixturenames:
        rows = (source / "clinical.csv").read_text().splitlines()
        (source / "clinical.csv").write_text("\n".join(rows[: N_PATIENTS + 1]) + "\n")
        for folder in sorted(p for p in source.iterdir() if p.is_dir())[N_PATIENTS:]:
            shutil.rmtree(folder)
    return source


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Features of the unbroken cohort, computed once, by hospital id."""
    return {}


def quarantined(study, key, patient=BROKEN):
    return json.loads((study / "derivatives/quarantine" / f"{key(patient)}.json").read_text())


def features_of(study, key):
    return {
        p: json.loads(f.read_text())["features"]
        for p in (f"{k:03d}" for k in range(1, 13))
        if (f := study / "derivatives/features" / f"{key(p)}.json").is_file()
    }


def truncate(source, hospital):
    file = source / BROKEN / "phase-2.nii.gz"
    data = gzip.decompress(file.read_bytes())
    file.write_bytes(gzip.compress(data[: len(data) // 2]))


def cut_gzip(source, hospital):
    file = source / BROKEN / "phase-2.nii.gz"
    file.write_bytes(file.read_bytes()[:-200])


def other_grid(source, hospital):
    shifted = hospital.AFFINE.copy()
    shifted[:3, 3] = 3.3
    hospital.save(
        hospital.lesion().astype(np.uint8), source / BROKEN / f"{BROKEN}_lesion_post1.nii.gz", shifted
    )


def empty_mask(source, hospital):
    hospital.save(np.zeros(hospital.SHAPE, np.uint8), source / BROKEN / f"{BROKEN}_lesion_post1.nii.gz")


def no_mask(source, hospital):
    (source / BROKEN / f"{BROKEN}_lesion_post1.nii.gz").unlink()


def two_masks(source, hospital):
    shutil.copy(
        source / BROKEN / f"{BROKEN}_lesion_post1.nii.gz", source / BROKEN / f"{BROKEN}_other_post1.nii.gz"
    )


def tiny_mask(source, hospital):
    mask = np.zeros(hospital.SHAPE, np.uint8)
    mask[8:10, 8:10, 8:10] = 1
    hospital.save(mask, source / BROKEN / f"{BROKEN}_lesion_post1.nii.gz")


def nan_voxel(source, hospital):
    image = np.full(hospital.SHAPE, 5, np.float32)
    image[3, 3, 3] = np.nan
    hospital.save(image, source / BROKEN / "phase-1.nii.gz")


def constant_image(source, hospital):
    hospital.save(np.full(hospital.SHAPE, 7, np.float32), source / BROKEN / "phase-1.nii.gz")


def phase_on_another_grid(source, hospital):
    affine = hospital.AFFINE.copy()
    affine[0, 0] = 0.8
    rng = np.random.default_rng(1)
    hospital.save(
        rng.normal(100, 5, hospital.SHAPE).astype(np.float32), source / BROKEN / "phase-3.nii.gz", affine
    )


def missing_images(source, hospital):
    for file in (source / BROKEN).glob("phase-*"):
        file.unlink()


def missing_phase(source, hospital):
    (source / BROKEN / "phase-3.nii.gz").unlink()


IMAGING = [
    (truncate, "IMG-22", "import"),
    (cut_gzip, "IMG-22", "import"),
    (nan_voxel, "IMG-26", "import"),
    (constant_image, "IMG-27", "import"),
    (missing_images, "IMG-03", "import"),
    (other_grid, "ROI-42", "mask"),
    (empty_mask, "ROI-33", "mask"),
    (no_mask, "ROI-33", "mask"),
    (two_masks, "ROI-37", "mask"),
    (tiny_mask, "ROI-34", "mask"),
    (phase_on_another_grid, "IMG-15", "register"),
    (missing_phase, "IMG-03", "collect"),
]


@pytest.mark.parametrize(("spoil", "rule", "step"), IMAGING, ids=lambda v: getattr(v, "__name__", v))
def test_one_broken_patient_is_quarantined_and_the_others_are_untouched(
    tilscope, study, source, hospital, key, sound, spoil, rule, step, request
):
    if step != "collect":  # the patient that fails there has its pictures drawn before
        request.getfixturevalue("blank_pictures")
    if not sound:
        twin = Path(shutil.copytree(study, study.with_name("sound")))
        tilscope("import", twin, source, "--workers", 0)
        tilscope("run", twin, "--workers", 0, "--until", "collect")
        sound.update(features_of(twin, key))
        assert len(sound) == N_PATIENTS
    spoil(source, hospital)
    imported = tilscope("import", study, source, "--workers", 0)
    assert imported.code == (3 if step in ("import", "mask") else 0), imported.text
    ran = tilscope("run", study, "--workers", 0, "--until", "collect")
    assert ran.code == 3, ran.text
    record = quarantined(study, key)
    assert (record["rule"], record["step"]) == (rule, step)
    assert record["message"]
    assert record["remedy"]
    assert f"{rule} {key(BROKEN)}" in imported.text + ran.text
    others = {p: f for p, f in features_of(study, key).items() if p != BROKEN}
    assert others == {p: f for p, f in sound.items() if p != BROKEN}
    table = pd.read_parquet(study / "derivatives/features/features.parquet")
    assert len(table) == N_PATIENTS - 1
    assert key(BROKEN) not in table.index
    counts = json.loads(tilscope("status", study, "--json").out)["counts"]
    assert (
        counts["known"]
        == N_PATIENTS
        == sum(counts[s] for s in ("done", "set aside", "waiting", "quarantined"))
    )
    assert counts["quarantined"] == 1


@pytest.mark.usefixtures("blank_pictures")
def test_a_mended_patient_leaves_quarantine(tilscope, study, source, hospital, key):
    whole = (source / BROKEN / "phase-2.nii.gz").read_bytes()
    truncate(source, hospital)
    assert tilscope("import", study, source, "--workers", 0).code == 3
    (source / BROKEN / "phase-2.nii.gz").write_bytes(whole)
    assert tilscope("import", study, source, "--workers", 0).code == 0
    assert tilscope("run", study, "--workers", 0, "--until", "collect").code == 0


TABLES = {
    "duplicate": ("patient_id,stils\n001,10\n002,20\n001 ,30\n", "TAB-50"),
    "ragged": ("patient_id,stils,age\n001,10\n002,20,50\n", "TAB-51"),
    "cut": ("patient_id,stils\n001,10\n002,2", "TAB-51"),
}


@pytest.mark.parametrize("fault", TABLES)
def test_an_unusable_table_is_refused_before_any_work(tilscope, study, source, fault):
    text, rule = TABLES[fault]
    (source / "clinical.csv").write_text(text)
    answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 2
    assert f"{rule}: " in answer.text
    assert "clinical.csv" in answer.text
    assert not (study / "images").exists()
    assert not (study / "participants.tsv").exists()


def test_missing_table_is_refused(tilscope, study, source):
    answer = tilscope("import", study, source, "--clinical", source / "nowhere.csv", "--workers", 0)
    assert answer.code == 2
    assert "TAB-00" in answer.text


def test_excel_dates_are_refused_with_the_genes(tilscope, study, source):
    rows = ["gene,001,002", "1-Mar,1.5,2.5", "2-Sep,2.5,3.5", "CD8A,3.5,1.5"]
    (source / "expression.csv").write_text("\n".join(rows) + "\n")
    answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 2
    assert "TAB-53" in answer.text
    assert "1-Mar" in answer.text


def test_ids_stay_text(tilscope, study, source, key):
    tilscope("import", study, source, "--workers", 0)
    table = pd.read_csv(study / "sourcedata/linkage.tsv", sep="\t", dtype=str)
    assert sorted(table["source_id"]) == [f"{k:03d}" for k in range(1, 13)]
    assert (study / "images" / key("001")).is_dir()


@pytest.mark.usefixtures("blank_pictures")
def test_a_patient_without_stil_keeps_the_features_but_trains_nothing(tilscope, study, source, key):
    clinical = source / "clinical.csv"
    clinical.write_text(clinical.read_text().replace("003,40", "003,>=20"))
    imported = tilscope("import", study, source, "--workers", 0)
    assert imported.code == 0
    assert f"TAB-59 {key('003')}" in imported.text
    assert tilscope("run", study, "--workers", 0).code == 0
    scores = pd.read_csv(study / "derivatives/signature/scores.tsv", sep="\t", index_col=0, na_values="n/a")
    assert scores.loc[key("003"), "role"] == "no outcome"
    assert np.isfinite(scores.loc[key("003"), "rad_tils_score"])
    assert (scores["role"] != "no outcome").sum() == 11


@pytest.mark.usefixtures("blank_pictures")
def test_a_class_of_one_is_refused_before_training(tilscope, study, source):
    rows = [f"{k:03d},{40 if k == 1 else 5}" for k in range(1, 13)]
    (source / "clinical.csv").write_text("patient_id,stils\n" + "\n".join(rows) + "\n")
    assert tilscope("import", study, source, "--workers", 0).code == 0
    checked = tilscope("check", study)
    assert "TAB-60" in checked.text
    assert "too few" in checked.text
    answer = tilscope("run", study, "--workers", 0)
    assert answer.code == 2
    assert "TAB-60" in answer.text
    assert (study / "derivatives/features/features.parquet").is_file()
    assert (study / "report/index.html").is_file()
    assert not (study / "derivatives/signature/signature.json").exists()


def test_columns_that_identify_people_never_enter_the_study(tilscope, study, source):
    rows = ["patient_id,patient_name,birth_date,stils"]
    rows += [f"{k:03d},ZQCANARY Anna,1970-01-0{k % 9 + 1},{k * 5}" for k in range(1, 13)]
    (source / "clinical.csv").write_text("\n".join(rows) + "\n")
    answer = tilscope("import", study, source, "--workers", 0)
    assert "PHI-88" in answer.text
    for file in study.rglob("*"):
        assert b"ZQCANARY" not in (file.read_bytes() if file.is_file() else b"")


def test_an_expression_matrix_of_strangers_is_refused_before_any_work(tilscope, study, source):
    rows = ["gene,X1,X2", *(f"{g},{k}.5,{k + 1}.5" for k, g in enumerate(("CD8A", "GZMA", "ESR1", "STAT1")))]
    (source / "expression.csv").write_text("\n".join(rows) + "\n")
    answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 2
    assert "TAB-57" in answer.text
    assert not (study / "participants.tsv").exists()
    assert not (study / "images").exists()
