"""Sites of a study: from the scanner or a column, listed by `check`, carried into the signature."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tilscope.pipeline.checking import check_study
from tilscope.pipeline.importing_images import scanner_record
from tilscope.pipeline.signature_step import SIGNATURE
from tilscope.pipeline.sites import (
    SiteCount,
    confounding,
    count_sites,
    load_sites,
    site_findings,
    site_inputs,
)
from tilscope.study import Study, encode_tsv
from tilscope.vocabulary import Scanner, SignatureError

AVANTO = {"manufacturer": "Siemens", "model": "Avanto", "field_strength_t": 1.5}
SIGNA = {"manufacturer": "GE", "model": "SIGNA HDxt", "field_strength_t": 3.0}
KEYS = [f"sub-{i:03d}" for i in range(60)]


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.fixture
def make_study(tmp_path):
    """A study of 60 patients with features: two scanners 3 sd apart, and a feature that tells the class."""

    def make(
        toml="", *, at_signa=lambda i: i % 2 == 1, stils=lambda i: 40.0 if i % 4 < 2 else 5.0, **columns
    ):
        study = Study(tmp_path)
        study.settings_file.write_text(f'profile = "recommended"\n[selection]\nn_folds = 5\n{toml}')
        rng = np.random.default_rng(11)
        tils = pd.Series([stils(i) for i in range(60)], index=KEYS)
        values = pd.DataFrame(
            rng.standard_normal((60, 12)), index=KEYS, columns=[f"f{k:02d}" for k in range(12)]
        )
        values["f00"] += 2.0 * (tils >= 20)
        values += 3.0 * np.array([[float(at_signa(i))] for i in range(60)])
        for i, key in enumerate(KEYS):
            scanner = SIGNA if at_signa(i) else AVANTO
            record = {"phase_names": ["pre", "post1"], "n_pre": 1, "phase_key": "x", "scanner": scanner}
            write(study.image_folder(key) / "dce.json", record)
            write(study.feature_file(key), {"features": {}})
        study.feature_table_file.parent.mkdir(parents=True, exist_ok=True)
        values.rename_axis("participant_id").to_parquet(study.feature_table_file)
        write(study.feature_table_file.with_suffix(".json"), {"settings_hash": "h"})
        table = pd.DataFrame({"stils": tils, **columns}, index=pd.Index(KEYS, name="participant_id"))
        study.participants_file.write_bytes(encode_tsv(table))
        return Study(tmp_path)

    return make


def harmonised(site, more=""):
    return f'[harmonisation]\nsite = "{site}"\n{more}'


def signature_files(study):
    made = SIGNATURE.make(study, "")
    return {file.name: data for file, data in made.files.items()}, made.notes


def levels(study):
    stils = pd.read_csv(study.participants_file, sep="\t", index_col=0)["stils"]
    return pd.Series(np.where(stils >= 20, "high", "low"), index=stils.index)


def test_scanners_are_sites(make_study):
    study = make_study(harmonised("scanner"))
    sites = load_sites(study, KEYS[:3])
    assert sites.to_dict() == {
        "sub-000": "Siemens AVANTO 1.5 T",
        "sub-001": "GE SIGNA HDXT 3 T",
        "sub-002": "Siemens AVANTO 1.5 T",
    }
    assert site_inputs(study, KEYS[:1]) == (study.image_folder(KEYS[0]) / "dce.json",)


def test_nothing_is_a_site_by_default(make_study):
    study = make_study()
    assert load_sites(study, KEYS) is None
    assert site_inputs(study, KEYS) == ()


def test_an_import_of_an_earlier_version_tells_no_scanner(make_study):
    study = make_study(harmonised("scanner"))
    for key in KEYS[:2]:
        write(study.image_folder(key) / "dce.json", {"phase_names": [], "n_pre": 1, "phase_key": "x"})
    assert load_sites(study, KEYS).isna().sum() == 2
    told = [text for _, text in site_findings(study, KEYS, levels(study))]
    assert any(text.startswith("2 patient(s) without a site (NIfTI and NRRD") for text in told)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2", ""], {"sub-000": "1", "sub-001": "2", "sub-002": None}),
        (["Mitte ", "Nord", "n/a"], {"sub-000": "Mitte", "sub-001": "Nord", "sub-002": None}),
    ],
)
def test_a_column_names_the_sites(make_study, cells, expected):
    study = make_study(harmonised("centre"), centre=[cells[i % 3] for i in range(60)])
    assert load_sites(study, KEYS[:3]).to_dict() == expected


def test_a_column_that_is_not_there_is_refused(make_study):
    study = make_study(harmonised("center"), centre="A", age=50)
    with pytest.raises(SignatureError) as told:
        load_sites(study, KEYS)
    assert (told.value.rule, told.value.found, told.value.expected) == ("SIG-74", "centre, age", "center")
    findings = [f for f in check_study(study).findings if f.rule == "SIG-74"]
    assert [f.light for f in findings] == ["refused"]


@pytest.mark.parametrize("column", ["stils", "age"])
def test_measures_are_no_sites(make_study, column):
    study = make_study(harmonised(column), age=[20.5 + i for i in range(60)])
    with pytest.raises(SignatureError, match="SIG-74"):
        load_sites(study, KEYS)


def test_check_lists_the_sites_and_their_classes(make_study):
    findings = [f for f in check_study(make_study(harmonised("scanner"))).findings if f.rule == "SIG-74"]
    assert [(f.light, f.text) for f in findings] == [
        ("ok", "GE SIGNA HDXT 3 T: 30 patient(s) (15 high, 15 low)"),
        ("ok", "Siemens AVANTO 1.5 T: 30 patient(s) (15 high, 15 low)"),
    ]


def test_check_warns_of_scanners_that_nobody_harmonises(make_study):
    (finding,) = [f for f in check_study(make_study()).findings if f.rule == "SIG-74"]
    assert finding.light == "warning"
    assert finding.text.startswith('2 scanners, not harmonised (harmonisation.site = "none"): GE SIGNA')


def test_check_warns_where_sites_and_classes_go_together(make_study):
    study = make_study(harmonised("scanner"), stils=lambda i: 40.0 if i % 2 else 5.0)
    warnings = [f.text for f in check_study(study).findings if f.rule == "SIG-74" and f.light == "warning"]
    assert len(warnings) == 1
    assert "one class only at GE SIGNA HDXT 3 T, Siemens AVANTO 1.5 T" in warnings[0]


def test_fisher_by_hand():
    """Lady tasting tea: 3 and 1 of 4 and 4; p = 34 / 70."""
    counts = [SiteCount("a", 4, 3, 1), SiteCount("b", 4, 1, 3)]
    assert confounding(counts) == pytest.approx(34 / 70)
    assert confounding(counts[:1]) is None
    assert confounding([SiteCount("a", 4, 4, 0), SiteCount("b", 4, 4, 0)]) is None


def test_check_warns_of_small_sites_and_twins(make_study):
    where = ["Nord", "NORD "] * 27 + ["Sued"] * 6
    study = make_study(harmonised("centre"), centre=where)
    told = {text: light for light, text in site_findings(study, KEYS, levels(study))}
    assert told["sites that differ only in capitals or blanks: NORD / Nord"] == "warning"
    small = next(text for text in told if text.startswith("Sued"))
    assert small.endswith("5 training patients are needed for shifts of its own, about 7 with a TIL class")


def test_counts_leave_out_whom_nobody_placed():
    sites = pd.Series(["A", None, "B", "A"], index=list("wxyz"), dtype=object)
    known = pd.Series(["high", "high", "low"], index=list("wxy"))
    assert count_sites(sites, known) == (SiteCount("A", 2, 1, 0), SiteCount("B", 1, 0, 1))


# --- the step -------------------------------------------------------------------------------------------


def test_the_signature_carries_the_shifts(make_study):
    study = make_study(harmonised("scanner"))
    files, _ = signature_files(study)
    signature = json.loads(files["signature.json"])
    assert set(signature["features"][0]["sites"]) == {"GE SIGNA HDXT 3 T", "Siemens AVANTO 1.5 T"}
    assert signature["harmonisation"]["site"] == "scanner"
    record = json.loads(files["harmonisation.json"])
    assert record["n_unchanged"] == 0
    assert sum(record["known"].values()) == 42
    training, validation = record["share"]
    assert (training["n_patients"], validation["n_patients"]) == (42, 18)
    assert training["before"] > 0.5
    assert validation["before"] > 0.5  # sites are 3 sd apart: 9 / 13 of the variance
    assert training["after"] < 0.02  # less than the 1 / 41 of chance: the shifts were fitted here
    assert validation["after"] < 0.15  # chance gives 1 / 17
    assert len(record["components"]["before"]["points"]) == 60
    assert "sub-" not in files["harmonisation.json"].decode()


def test_without_sites_there_is_no_record(make_study):
    files, _ = signature_files(make_study())
    assert "harmonisation.json" not in files
    assert json.loads(files["signature.json"])["harmonisation"] is None


def test_a_validation_patient_of_another_site_is_not_scored(make_study):
    study = make_study(harmonised("scanner"))
    role = pd.read_csv(_scores(study), sep="\t", index_col=0)["role"]
    strange = str(role.index[role == "validation"][0])
    write(
        study.image_folder(strange) / "dce.json",
        {"phase_names": ["pre", "post1"], "n_pre": 1, "phase_key": "x", "scanner": None},
    )
    files, notes = signature_files(study)
    (study.root / "again.tsv").write_bytes(files["scores.tsv"])
    again = pd.read_csv(study.root / "again.tsv", sep="\t", index_col=0, na_values=["n/a"])
    assert again.loc[strange, "role"] == "not scored"
    assert np.isnan(again.loc[strange, "rad_tils_score"])
    assert again["rad_tils_score"].notna().sum() == 59
    assert any(note.startswith(f"SIG-74 {strange}: ") for note in notes)


def test_a_training_patient_of_another_site_stops_the_fit_unless_left(make_study):
    study = make_study(harmonised("scanner"))
    role = pd.read_csv(_scores(study), sep="\t", index_col=0)["role"]
    strange = str(role.index[role == "training"][0])
    record = {"phase_names": ["pre", "post1"], "n_pre": 1, "phase_key": "x", "scanner": None}
    write(study.image_folder(strange) / "dce.json", record)
    with pytest.raises(SignatureError) as told:
        signature_files(study)
    assert (told.value.rule, told.value.found) == ("SIG-74", "1 of no site")
    lenient = make_study(harmonised("scanner", 'unknown_sites = "unchanged"\n'))
    write(lenient.image_folder(strange) / "dce.json", record)
    files, notes = signature_files(lenient)
    assert any(note.startswith(f"SIG-74 {strange}: ") for note in notes)
    assert json.loads(files["harmonisation.json"])["n_unchanged"] == 1


def _scores(study):
    files, _ = signature_files(study)
    path = study.root / "scores.tsv"
    path.write_bytes(files["scores.tsv"])
    return path


def test_a_model_that_names_the_patient_is_not_kept():
    scanner = Scanner("Siemens", "Skyra Miller", 3.0)
    assert scanner_record(scanner, ("MILLER", "3")) == {
        "manufacturer": "Siemens",
        "model": None,
        "field_strength_t": 3.0,
    }
    assert scanner_record(scanner, ("Sky",))["model"] == "Skyra Miller"
    assert scanner_record(Scanner(model="Miller"), ("Miller",)) is None
    assert scanner_record(None, ()) is None
