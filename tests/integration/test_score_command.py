"""`tilscope score`: a frozen signature on other patients, and its external validation."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from tilscope.pipeline import read_outcome, score_features
from tilscope.signature import Signature
from tilscope.study import Linkage
from tilscope.vocabulary import TableError

PAGE_WORDS = ("External validation", "Positive class", "What these results do not show", "Calibration")


@pytest.fixture
def new(cohorts, tmp_path):
    """60 patients of another hospital."""
    return cohorts.make_cohort(tmp_path / "new", 60, seed=2)


@pytest.fixture
def frozen(cohorts, tmp_path):
    """The file of a frozen signature."""
    file = tmp_path / "signature.json"
    file.write_text(cohorts.signature().to_json())
    return file


def read(file_or_text):
    return pd.read_csv(file_or_text, sep="\t", dtype={"participant_id": str}, na_values="n/a").set_index(
        "participant_id"
    )


def text_table(cohort, file, **columns):
    """Write a cohort's features as `tilscope extract` does."""
    frame = cohort.values.reset_index(drop=True)
    for name, cells in reversed(columns.items()):
        frame.insert(0, name, cells)
    frame.insert(len(columns), "reason", "")
    frame.insert(len(columns) + 1, "warnings", "")
    frame.to_csv(file, index=False, na_rep="nan", sep="\t" if file.suffix == ".tsv" else ",")
    return file


def test_a_study_is_scored_as_by_hand(tilscope, cohorts, new, frozen, tmp_path):
    out = tmp_path / "scores.tsv"
    answer = tilscope("score", new.study, "--signature", frozen, "--out", out)
    assert answer.code == 0, answer.text
    assert "60 of 60" in answer.text
    found = read(out)
    expected = cohorts.scores_by_hand(new.values)
    np.testing.assert_allclose(found["rad_tils_score"], expected, rtol=1e-14)
    assert (found["rad_tils_level"] == np.where(expected >= 0.5, "high", "low")).all()
    assert found["flags"].isna().all()
    printed = tilscope("score", new.table, "--signature", frozen)
    assert printed.out == out.read_text()
    assert printed.err == ""


def test_a_table_of_extract_is_scored_where_its_settings_are_vouched_for(
    tilscope, cohorts, new, frozen, tmp_path
):
    ids = [f"{i:03d}" for i in range(57)] + ["NA", "1E5", "=1+1"]
    file = text_table(new, tmp_path / "features.csv", patient_id=ids, Image="a.nii", Mask="b.nii")
    refused = tilscope("score", file, "--signature", frozen)
    assert refused.code == 2
    assert "SIG-70" in refused.text
    assert "--accept-unknown-settings" in refused.text
    out = tmp_path / "out.tsv"
    answer = tilscope("score", file, "--signature", frozen, "--accept-unknown-settings", "--out", out)
    assert answer.code == 0, answer.text
    assert "SIG-70" in answer.err
    lines = out.read_text().splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == [*ids[:-1], "'=1+1"]
    scores = [float(line.split("\t")[1]) for line in lines[1:]]
    np.testing.assert_allclose(scores, cohorts.scores_by_hand(new.values), rtol=1e-12)


def test_cases_without_ids_are_numbered_and_a_failed_one_keeps_its_reason(tilscope, new, frozen, tmp_path):
    file = text_table(new, tmp_path / "features.tsv")
    lines = file.read_text().splitlines()
    n_features = new.values.shape[1]
    lines[2] = "\t".join(["IMG-22: the file is cut", "", *[""] * n_features])
    file.write_text("\n".join(lines) + "\n")
    answer = tilscope("score", file, "--signature", frozen, "--accept-unknown-settings")
    assert answer.code == 3
    assert "SIG-67 case 2" in answer.err
    assert "IMG-22: the file is cut" in answer.err
    assert answer.out.count("\n") == 61


def test_su2022_is_scored_with_its_warnings_and_not_validated(tilscope, cohorts, tmp_path):
    cohort = cohorts.make_cohort(tmp_path / "study")
    names = {cohorts.NAMES[2]: "skewness_original_glszm_LowGrayLevelZoneEmphasis"}
    cohort.write(cohort.values.rename(columns=names))
    answer = tilscope("score", cohort.study, "--signature", "su2022")
    assert answer.code == 0, answer.text
    assert "do not use on other images" in answer.err
    x1, x2, x3 = (cohort.values[name].iloc[0] for name in cohorts.NAMES)
    logit = 0.9123828 - 0.6522518 * x1 - 0.9434133 * x2 - 1.5792121 * x3
    first = answer.out.splitlines()[1].split("\t")
    assert float(first[1]) == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-12)
    assert first[2] == "n/a"
    refused = tilscope("score", cohort.study, "--signature", "su2022", "--outcome")
    assert refused.code == 2
    assert "no cut-off" in refused.text


def test_the_settings_that_differ_are_named(tilscope, cohorts, new, frozen):
    new.write_record(cohorts.SETTINGS | {"normalisation": {"scale": 1.0, "scope": "body"}})
    refused = tilscope("score", new.study, "--signature", frozen)
    assert refused.code == 2
    assert "SIG-70" in refused.text
    assert "found normalisation.scale = 1.0, expected normalisation.scale = 100.0" in refused.text


def test_sites_come_from_where_the_signatures_came_from(tilscope, cohorts, new, tmp_path):
    features = tuple(
        f.model_copy(update={"sites": {"A": (0.0, 1.0), "B": (1.0, 2.0)}})
        for f in cohorts.signature().features
    )
    file = tmp_path / "signature.json"
    file.write_text(cohorts.signature(features=features, harmonisation={"site": "centre"}).to_json())
    missing = tilscope("score", new.study, "--signature", file)
    assert missing.code == 2
    assert "SIG-74" in missing.text
    table = new.study / "participants.tsv"
    lines = table.read_text().splitlines()
    centres = ["centre", *["A"] * 30, *["B"] * 29, "C"]
    table.write_text("".join(f"{line}\t{c}\n" for line, c in zip(lines, centres, strict=True)))
    answer = tilscope("score", new.study, "--signature", file)
    assert answer.code == 3, answer.text
    last = new.values.index[-1]
    assert f"SIG-74 {last}" in answer.err
    moved = new.values.copy()
    moved.iloc[30:] = 1.0 + 2.0 * moved.iloc[30:]
    scores = [line.split("\t")[1] for line in answer.out.splitlines()[1:]]
    assert scores[-1] == "n/a"
    np.testing.assert_allclose(
        [float(s) for s in scores[:-1]], cohorts.scores_by_hand(moved)[:-1], rtol=1e-12
    )


def test_an_external_validation_is_written_and_told(tilscope, new, frozen):
    far = new.values.copy()
    far.iloc[0, far.columns.get_loc("shape_MeshVolume")] = 4.5
    new.write(far)
    answer = tilscope("score", new.study, "--signature", frozen, "--outcome")
    assert answer.code == 0, answer.text
    (folder,) = (new.study / "derivatives/external").iterdir()
    assert re.fullmatch(r"planted-[0-9a-f]{8}", folder.name)
    scores = read(folder / "scores.tsv")
    assert set(scores["role"]) == {"external"}
    truth = (new.stils >= 20).to_numpy()
    called = scores["rad_tils_score"].to_numpy() >= 0.5
    performance = json.loads((folder / "performance.json").read_text())["external"]
    assert performance["positive"] == "high"
    counted = [performance[k] for k in ("tp", "fn", "fp", "tn")]
    assert counted == [
        int((truth & called).sum()),
        int((truth & ~called).sum()),
        int((~truth & called).sum()),
        int((~truth & ~called).sum()),
    ]
    high, low = scores["rad_tils_score"][truth], scores["rad_tils_score"][~truth]
    wins = [(h > x) + 0.5 * (h == x) for h in high for x in low]  # Mann-Whitney
    assert performance["auc"] == pytest.approx(np.mean(wins), abs=1e-12)
    assert performance["interval"] == "logit"
    assert f"AUC {np.mean(wins):.3f}" in answer.out
    assert Signature.from_json((folder / "signature.json").read_bytes()).name == "planted"
    record = json.loads((folder / "external.json").read_text())
    assert record["counts"]["outside"] == 1
    (flagged,) = record["flagged"]
    assert (flagged["patient"], flagged["farthest_sd"]) == (new.values.index[0], 1.5)  # 4.5 - 3, sd 1
    page = (folder / "index.html").read_text()
    assert [words for words in PAGE_WORDS if words not in page] == []
    assert "Content-Security-Policy" in page
    assert "AUD-94" not in page  # the audit of our own pages
    assert new.values.index[0] in page
    for name in ("roc", "scores", "calibration"):
        assert (folder / f"assets/figures/{name}.svg").is_file()
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert not any(f.suffix == ".part" for f in new.study.rglob("*"))


def test_a_validation_of_a_table_names_rows_only_and_needs_a_folder(tilscope, cohorts, frozen, tmp_path):
    cohort = cohorts.make_cohort(tmp_path / "study", 30, seed=4, shift=1.5)
    names = [f"Doe^Jane{i}" for i in range(30)]
    file = text_table(cohort, tmp_path / "features.csv", patient_id=names)
    clinical = tmp_path / "clinical.csv"
    percents = [*(f"{v:g}" for v in cohort.stils[:28]), "120", ""]
    clinical.write_text(
        "id,til_percent\n" + "".join(f"{n},{p}\n" for n, p in zip(names, percents, strict=True))
    )
    words = ("score", file, "--signature", frozen, "--accept-unknown-settings", "--clinical", clinical)
    nowhere = tilscope(*words)
    assert nowhere.code == 2
    assert "SET-05" in nowhere.text
    folder = tmp_path / "validation"
    answer = tilscope(*words, "--report", folder)
    assert answer.code == 0, answer.text
    assert "28 of 30" in answer.out
    page = (folder / "index.html").read_text()
    assert "row 1" in page
    assert "Doe" not in page
    assert "Doe" not in (folder / "external.json").read_text()
    assert "could not be checked" in page
    assert read(folder / "scores.tsv").index.tolist() == names
    first = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert tilscope(*words, "--report", folder).code == 0  # over an earlier validation
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == first
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/assets").write_text("my own")
    refused = tilscope(*words, "--report", tmp_path / "mine")
    assert refused.code == 2
    assert "RUN-75" in refused.text
    assert (tmp_path / "mine/assets").read_text() == "my own"


@pytest.mark.parametrize(
    ("n", "stils", "words"),
    [
        (12, None, "fewer than 20"),
        (8, 50, "All patients are of one class"),
    ],
)
def test_what_few_patients_do_not_show_is_said(tilscope, cohorts, frozen, tmp_path, n, stils, words):
    cohort = cohorts.make_cohort(tmp_path / "study", n, seed=3)
    if stils is not None:
        rows = "".join(f"{key}\t{stils}\n" for key in cohort.values.index)
        (cohort.study / "participants.tsv").write_text("participant_id\tstils\n" + rows)
    answer = tilscope("score", cohort.study, "--signature", frozen, "--outcome")
    assert answer.code == 0, answer.text
    (page,) = cohort.study.rglob("index.html")
    assert words in page.read_text()
    if stils is not None:
        assert "AUC not defined" in answer.out
        performance = json.loads(page.with_name("performance.json").read_text())["external"]
        assert performance["auc"] is performance["ci_low"] is None


def test_patients_that_the_signature_was_fitted_on_are_refused(tilscope, cohorts, new, tmp_path):
    """Its extremes stand in the table, or the study holds the signature itself."""
    features = tuple(
        f.model_copy(
            update={
                "training_min": float(new.values[f.name][5:50].min()),
                "training_max": float(new.values[f.name][5:50].max()),
            }
        )
        for f in cohorts.signature().features
    )
    file = tmp_path / "signature.json"
    file.write_text(cohorts.signature(features=features).to_json())
    refused = tilscope("score", new.study, "--signature", file, "--outcome")
    assert refused.code == 2
    assert "SIG-76" in refused.text
    assert tilscope("score", new.study, "--signature", file).code == 0
    other = cohorts.make_cohort(tmp_path / "other", 20, seed=7)
    (other.study / "derivatives/signature").mkdir()
    shutil.copy(file, other.study / "derivatives/signature/signature.json")
    own = tilscope("score", other.study, "--signature", file, "--outcome")
    assert own.code == 2
    assert "SIG-76" in own.text


def test_a_study_without_percentages_is_not_validated(tilscope, new, frozen):
    (new.study / "participants.tsv").unlink()
    refused = tilscope("score", new.study, "--signature", frozen, "--outcome")
    assert refused.code == 2
    assert "TAB-59" in refused.text
    assert "--clinical" in refused.text
    assert not (new.study / "derivatives/external").exists()


@pytest.mark.parametrize("named_by", ["id", "key"])
def test_a_clinical_table_may_name_patients_by_the_hospitals_ids(cohorts, frozen, tmp_path, named_by):
    """Those of the study's linkage; a patient named twice is refused."""
    cohort = cohorts.make_cohort(tmp_path / "study")
    keys = list(cohort.values.index)
    Linkage(b"s" * 32, {f"H-{i}": key for i, key in enumerate(keys)}).save(cohort.study / "sourcedata")
    scored = score_features(cohort.study, str(frozen))
    names = keys if named_by == "key" else [f"H-{i}" for i in range(len(keys))]
    clinical = tmp_path / "clinical.csv"
    rows = [f"{name},{10 * i}" for i, name in enumerate(names)]
    clinical.write_text("\n".join(["patient_id,stils", *rows, "H-99,50"]) + "\n")
    found = read_outcome(scored, clinical)
    assert found.stils.to_dict() == {key: 10.0 * i for i, key in enumerate(keys)}
    assert found.n_without_features == 1
    assert (found.threshold_percent, found.threshold_from) == (20.0, "the signature's")
    clinical.write_text(
        "\n".join(["patient_id,stils", *rows, f"{keys[0] if named_by == 'id' else 'H-0'},5"]) + "\n"
    )
    with pytest.raises(TableError) as caught:
        read_outcome(scored, clinical)
    assert caught.value.rule == "TAB-50"
