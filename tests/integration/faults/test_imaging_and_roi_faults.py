"""Faults 1 to 48: one spoiled patient among others ends as promised, and nobody else is touched."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from . import imaging, roi
from .patients import CANARY, PHASE_S, TO_RAS, Patient
from .records import rows

FAULTS = imaging.FAULTS | roi.FAULTS
CASES = (*imaging.CASES, *roi.CASES)
PAGE = Path(__file__).parents[3] / "docs" / "faults.md"
SPOILED, SOUND = "ZQ-017", "ZQ-002"
QUICK = {
    "registration": {"method": "none", "margin_mm": 5.0},
    "bias": {"method": "none"},
    "normalisation": {"scope": "image"},
    "radiomics": {"image_types": ["original"]},
}


def of(*ends):
    return pytest.mark.parametrize("case", [c for c in CASES if c.ends in ends], ids=str)


@pytest.fixture
def given(tmp_path, study, tilscope, key):
    """Deliver a spoiled and a sound patient, import them, and run as far as the case needs."""

    def do(case):
        patient = Patient(SPOILED, tmp_path / "source" / SPOILED, **case.made)
        sound = Patient(SOUND, tmp_path / "source" / SOUND, seed=2)
        (study / "study.toml").write_text(toml(case.settings))
        case.spoil(patient)
        for each in (patient, sound):
            each.write()
        case.damage(patient)
        table = "patient_id,stils\n" + "".join(f"{p.id},{20 * p.seed}\n" for p in (patient, sound))
        (tmp_path / "source" / "clinical.csv").write_text(case.table or table)
        options = [word.format(source=tmp_path / "source") for word in case.options]
        answer = tilscope("import", study, tmp_path / "source", "--workers", 0, *options)
        text = answer.text
        if case.until:
            assert answer.code == 0, text
            answer = tilscope("run", study, "--workers", 0, "--until", case.until)
            text += answer.text
        no_trace(study, text)
        return patient, sound, answer.code, text

    return do


def toml(more):
    tables = {t: QUICK.get(t, {}) | dict(more.get(t, {})) for t in QUICK | dict(more)}
    return "".join(
        f"[{t}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in keys.items())
        for t, keys in tables.items()
    )


def no_trace(study, text):
    """No id and no name of a patient in what was said or written, but for the linkage table."""
    private = re.compile(f"{SPOILED}|{SOUND}|{CANARY}|ZQOTHER")
    assert not private.search(text), text
    for file in study.rglob("*"):
        if file.is_file() and "sourcedata" not in file.parts:
            assert not private.search(file.name + file.read_bytes().decode("latin-1")), file


def image_is_right(study, key, p, error=0.0):
    """The imported phases are the formula's, where the header says, at their times."""
    folder = study / "images" / key(p.id)
    record = json.loads((folder / "dce.json").read_text())
    assert len(record["phase_names"]) == len(p.truth)
    for k, truth in enumerate(p.truth):
        image = nib.load(folder / f"phase-{k}.nii.gz")
        np.testing.assert_allclose(np.asarray(image.dataobj).T, truth, rtol=0, atol=error)
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in p.shape], [1])).reshape(4, -1)
        expected = p.affine @ corners
        in_header = TO_RAS @ image.affine @ corners[[2, 1, 0, 3]]
        np.testing.assert_allclose(in_header, expected, rtol=0, atol=1e-4)  # float32
        np.testing.assert_allclose(exact(image) @ corners, expected, rtol=0, atol=1e-6)


def exact(image):
    """Index (z, y, x) to LPS, from the header's comment in full precision."""
    (comment,) = [e for e in image.header.extensions if b"grid_lps" in e.get_content()]
    ((_, grid),) = json.loads(comment.get_content().rstrip(b"\0")).items()
    affine = np.eye(4)
    affine[:3, :3] = (np.array(grid["direction"]) * grid["spacing_mm"][::-1])[:, ::-1]
    affine[:3, 3] = grid["origin_mm"]
    return affine


def sound_is_untouched(study, key, sound, until):
    image_is_right(study, key, sound)
    roi.mask_is_true(study, key, sound)
    assert not (study / "derivatives/quarantine" / f"{key(sound.id)}.json").exists()
    record = json.loads((study / "images" / key(sound.id) / "dce.json").read_text())
    assert record["notes"] == []
    assert record["times_s"] == [-PHASE_S, 0.0, PHASE_S]
    if until == "extract":
        assert (study / "derivatives/features" / f"{key(sound.id)}.json").is_file()


def notes_of(study, key, p):
    """Every note of a patient, and what was counted."""
    files = [study / "images" / key(p.id) / "dce.json", *(study / "rois" / key(p.id)).glob("reader-*.json")]
    files += (study / "derivatives").rglob("*.json")
    texts = []
    for file in files:
        if key(p.id) in str(file):
            texts += [t for t in strings(json.loads(file.read_text())) if re.match(r"[A-Z]{3}-\d\d", t)]
    return texts


def strings(value):
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in strings(item)]


@of("Q")
def test_that_patient_is_quarantined_and_the_others_go_on(given, study, key, case):
    spoiled, sound, code, text = given(case)
    assert code == 3, text
    record = json.loads((study / "derivatives/quarantine" / f"{key(spoiled.id)}.json").read_text())
    assert record["rule"] == case.rule, text
    assert record["patient"] == key(spoiled.id)
    assert record["message"]
    assert record["remedy"]
    assert record["found"] or record["expected"]
    assert f"{case.rule} {key(spoiled.id)}" in text
    told = " ".join(str(v) for v in record.values())
    assert [w for w in case.words if w not in told] == []
    if case.rule.startswith("IMG") and not case.until:
        assert not (study / "images" / key(spoiled.id)).exists()
    case.check(study, key, spoiled)
    sound_is_untouched(study, key, sound, case.until)


@of("R")
def test_refused_before_any_work(given, study, case):
    *_, code, text = given(case)
    assert code == 2, text
    assert case.rule in text
    assert [w for w in case.words if w not in text] == []
    assert not (study / "images").exists()
    assert not (study / "rois").exists()
    assert not (study / "participants.tsv").exists()


@of("W", "ok")
def test_work_goes_on_with_right_values(given, study, key, case):
    spoiled, sound, code, text = given(case)
    assert code == 0, text
    if case.error is not None:
        image_is_right(study, key, spoiled, case.error)
    notes = notes_of(study, key, spoiled)
    counted = (study / "derivatives/import.json").read_text()
    if case.ends == "W":
        told = [n for n in notes if n.startswith(case.rule)]
        if case.words and not told:  # what never reached the patient is counted for the whole source
            told = [counted]
        assert any(all(w in note for w in case.words) for note in told), notes
    else:
        assert [n for n in notes if n.startswith(("IMG", "ROI")) and n[:6] not in ("IMG-07", "IMG-08")] == []
    case.check(study, key, spoiled)
    sound_is_untouched(study, key, sound, case.until)


def test_every_fault_has_a_case():
    assert sorted({c.number for c in CASES}) == sorted(FAULTS) == list(range(1, 49))


def test_the_page_is_the_table():
    page = PAGE.read_text(encoding="utf-8").splitlines()
    numbers = "|".join(map(str, FAULTS))
    assert [line for line in page if re.match(rf"\| ({numbers}) ", line)] == rows(FAULTS, CASES)
