"""Studies that change: phases, masks and settings come and go, and no stale number survives."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

FEATURES = "derivatives/features/features.parquet"
SIGNATURE = "derivatives/signature/signature.json"


def counts(tilscope, study):
    return json.loads(tilscope("status", study, "--json").out)["counts"]


def delete_phase(source, number):
    for file in source.rglob(f"phase-{number}.nii.gz"):
        file.unlink()


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_a_phase_that_is_gone_leaves_the_features(tilscope, study, source):
    tilscope("import", study, source, "--workers", 0)
    tilscope("run", study, "--workers", 0, "--until", "collect")
    assert any(c.startswith("phase3_") for c in pd.read_parquet(study / FEATURES))
    delete_phase(source, 3)
    assert tilscope("import", study, source, "--workers", 0).code == 0
    assert not list(study.glob("images/*/phase-3.nii.gz"))
    assert tilscope("run", study, "--workers", 0, "--until", "collect").code == 0
    table = pd.read_parquet(study / FEATURES)
    assert not any(c.startswith("phase3_") for c in table)
    assert table.shape[1] == 14 + 93 * (2 + 4)


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_a_failed_step_removes_the_results_of_other_settings(tilscope, study, source):
    tilscope("import", study, source, "--workers", 0)
    assert tilscope("run", study, "--workers", 0).code == 0
    assert (study / SIGNATURE).is_file()
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace("[split]", "[split]\ntil_threshold_percent = 50"))
    assert tilscope("run", study, "--workers", 0).code == 2
    assert not (study / SIGNATURE).exists()
    assert not (study / "derivatives/signature/performance.json").exists()
    status = json.loads((study / "derivatives/status.json").read_text())
    assert status["cohort"]["signature"]["rule"] == "TAB-60"
    assert "TAB-60" in (study / "report/index.html").read_text()


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_results_that_no_longer_fit_are_removed_by_a_partial_run(tilscope, study, source):
    tilscope("import", study, source, "--workers", 0)
    tilscope("run", study, "--workers", 0)
    tilscope("run", study, "--workers", 0, "--until", "extract")
    assert (study / SIGNATURE).is_file()  # nothing changed
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace("[radiomics]", "[radiomics]\nbin_width = 30.0"))
    tilscope("run", study, "--workers", 0, "--until", "extract")
    assert not (study / FEATURES).exists()
    assert not (study / SIGNATURE).exists()


def test_a_refused_image_stays_refused_until_it_is_mended(tilscope, study, source, key):
    tilscope("import", study, source, "--workers", 0)
    file = source / "003/phase-2.nii.gz"
    whole = file.read_bytes()
    file.write_bytes(whole[:-50])
    assert tilscope("import", study, source, "--workers", 0).code == 3
    masks = source.with_name("masks")
    masks.mkdir()
    for mask in source.rglob("*_lesion_*"):
        (masks / mask.name).write_bytes(mask.read_bytes())
    assert tilscope("import", study, masks, "--workers", 0).code == 3
    assert counts(tilscope, study)["quarantined"] == 1
    file.write_bytes(whole)
    assert tilscope("import", study, source, "--workers", 0).code == 0
    assert counts(tilscope, study)["quarantined"] == 0


def test_new_images_do_not_keep_a_mask_drawn_on_the_old_ones(tilscope, study, source, hospital):
    tilscope("import", study, source, "--workers", 0)
    delete_phase(source, 3)
    for mask in source.rglob("*_lesion_*"):
        mask.unlink()
    answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 3
    assert "no mask of these images" in answer.text


@pytest.mark.usefixtures("blank_pictures")
def test_the_remedy_of_a_collect_quarantine_works(tilscope, study, source, key):
    tilscope("import", study, source, "--workers", 0)
    (source / "003/phase-3.nii.gz").unlink()
    tilscope("import", study, source, "--workers", 0)
    assert tilscope("run", study, "--workers", 0, "--until", "collect").code == 3
    delete_phase(source, 3)
    assert tilscope("import", study, source, "--workers", 0).code == 0
    assert tilscope("run", study, "--workers", 0, "--until", "collect").code == 0
    assert counts(tilscope, study)["quarantined"] == 0
    assert len(pd.read_parquet(study / FEATURES)) == 12


def test_a_lesion_on_one_slice_is_set_apart_and_the_others_are_scored(tilscope, study, source, hospital, key):
    mask = np.zeros(hospital.SHAPE, np.uint8)
    mask[5:15, 5:15, 8] = 1
    hospital.save(mask, source / "003" / "003_lesion_post1.nii.gz")
    tilscope("import", study, source, "--workers", 0)
    answer = tilscope("run", study, "--workers", 0)
    assert answer.code == 0, answer.text
    scores = pd.read_csv(study / "derivatives/signature/scores.tsv", sep="\t", index_col=0, na_values="n/a")
    assert scores["rad_tils_score"].drop(key("003")).notna().all()
    features = pd.read_parquet(study / FEATURES)
    assert features.loc[key("003")].filter(like="shape_").isna().all()


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_the_split_does_not_depend_on_the_pseudonyms(tilscope, study, source, tmp_path):
    roles = []
    for folder in (study, tmp_path / "other"):
        if folder != study:
            tilscope("init", folder)  # draws its own secret
            (folder / "study.toml").write_bytes((study / "study.toml").read_bytes())
        tilscope("import", folder, source, "--workers", 0)
        assert tilscope("run", folder, "--workers", 0).code == 0
        linkage = pd.read_csv(
            folder / "sourcedata/linkage.tsv", sep="\t", dtype=str, index_col="participant_id"
        )
        scores = pd.read_csv(folder / "derivatives/signature/scores.tsv", sep="\t", index_col=0)
        roles.append(scores.rename(index=linkage["source_id"])[["role", "rad_tils_score"]].sort_index())
    assert list(roles[0].index) == list(roles[1].index)
    pd.testing.assert_frame_equal(roles[0], roles[1], check_names=False)


@pytest.mark.parametrize("setting", ["n_pre = 2", "phases = [0, 1]", 'roi_segment = "tumour"'])
def test_settings_of_the_import_cannot_change_behind_its_back(tilscope, study, source, setting):
    tilscope("import", study, source, "--workers", 0)
    toml = study / "study.toml"
    toml.write_text(toml.read_text() + f"[imaging]\n{setting}\n")
    answer = tilscope("run", study, "--workers", 0, "--until", "register")
    assert answer.code == 3
    assert "again, or set imaging." in answer.text
