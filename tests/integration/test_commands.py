"""The commands from an empty folder to a report, resumed, locked and refused."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.study import encode_json, locked, sha256


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


RESULTS = (
    "derivatives/features/features.parquet",
    "derivatives/signature/signature.json",
    "derivatives/signature/scores.tsv",
)
UNTIL = ("--until", "signature")  # no pictures and no report, which take most of the time


def test_from_a_hospital_folder_to_a_report(tilscope, study, source, key):
    imported = tilscope("import", study, source, "--workers", 0)
    assert imported.code == 0, imported.text
    assert "12 of 12 patient(s) imported" in imported.text
    assert f"Next: tilscope run {study}" in " ".join(imported.out.split())
    checked = tilscope("check", study, "--json")
    assert checked.code == 0
    assert json.loads(checked.out)["counts"]["waiting"] == 12
    ran = tilscope("run", study, "--workers", 0)
    assert ran.code == 0, ran.text
    features = pd.read_parquet(study / RESULTS[0])
    # 14 shape + (18 first-order + 24 GLCM) x (3 phases + 4 moments)
    assert features.shape == (12, 14 + 93 * 7)
    assert np.isfinite(features).all(axis=None)
    assert sorted(features.index) == sorted(key(f"{k:03d}") for k in range(1, 13))
    performance = json.loads((study / "derivatives/signature/performance.json").read_text())
    assert performance["validation"]["positive"] == "high"
    counts = [performance[r][c] for r in ("training", "validation") for c in ("tp", "fn", "fp", "tn")]
    assert sum(counts) == 12
    page = (study / "report/index.html").read_text()
    assert "Content-Security-Policy" in page
    told = tilscope("status", study, "--json")
    assert json.loads(told.out)["counts"] == {
        "known": 12,
        "done": 12,
        "set aside": 0,
        "waiting": 0,
        "quarantined": 0,
    }


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_second_run_changes_nothing(tilscope, study, source):
    tilscope("import", study, source, "--workers", 0)
    tilscope("run", study, "--workers", 0)
    before = {n: (study / n).stat().st_mtime_ns for n in RESULTS}
    assert tilscope("import", study, source, "--workers", 0).code == 0
    assert tilscope("run", study, "--workers", 0).code == 0
    steps = json.loads((study / "derivatives/status.json").read_text())["steps"]
    assert {name: row["done"] for name, row in steps.items()} == dict.fromkeys(steps, 0)
    assert {n: (study / n).stat().st_mtime_ns for n in RESULTS} == before


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_a_changed_setting_redoes_only_what_depends_on_it(tilscope, study, source):
    tilscope("import", study, source, "--workers", 0)
    tilscope("run", study, "--workers", 0)
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace("[radiomics]", "[radiomics]\nbin_width = 30.0"))
    assert tilscope("run", study, "--workers", 0, "--until", "collect").code == 0
    steps = json.loads((study / "derivatives/status.json").read_text())["steps"]
    assert {n: steps[n]["done"] for n in ("register", "bias", "normalise", "extract", "collect")} == {
        "register": 0,
        "bias": 0,
        "normalise": 0,
        "extract": 12,
        "collect": 1,
    }


@pytest.fixture
def scheduler():
    """Address of a Dask scheduler with one worker, both processes of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    port = address.rsplit(":", 1)[1]
    with (
        subprocess.Popen(
            [*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"], **quiet
        ) as head,
        subprocess.Popen(
            [*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"], **quiet
        ) as hand,
    ):
        yield address
        hand.kill()
        head.kill()


@pytest.mark.slow
def test_workers_and_scheduler_give_the_same_bytes(tilscope, study, source, tmp_path, scheduler):
    tilscope("import", study, source, "--workers", 0)
    tilscope("run", study, "--workers", 0, *UNTIL)
    alone = {n: (study / n).read_bytes() for n in RESULTS}
    for name, options in (("two", ("--workers", "2")), ("cluster", ("--scheduler", scheduler))):
        other = tmp_path / name
        tilscope("init", other)
        (other / "study.toml").write_bytes((study / "study.toml").read_bytes())
        (other / "sourcedata").mkdir()
        (other / "sourcedata/linkage.key").write_bytes((study / "sourcedata/linkage.key").read_bytes())
        for words in (("import", str(other), str(source)), ("run", str(other), *UNTIL)):
            command = [sys.executable, "-m", "tilscope.cli", *words, *options]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            assert ended.returncode == 0, ended.stderr
        assert {n: (other / n).read_bytes() for n in RESULTS} == alone


@pytest.mark.slow
def test_killed_run_resumes_to_the_same_bytes(tilscope, study, source, tmp_path):
    tilscope("import", study, source, "--workers", 0)
    command = [sys.executable, "-m", "tilscope.cli", "run", str(study), "--workers", "0", *UNTIL]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 120
        while (
            len(list((study / "derivatives/features").glob("sub-*.json"))) < 3 and time.monotonic() < deadline
        ):
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
    assert len(list((study / "derivatives/features").glob("sub-*.json"))) >= 3
    assert not (study / RESULTS[0]).exists()
    assert tilscope("run", study, "--workers", 0, *UNTIL).code == 0
    resumed = {n: (study / n).read_bytes() for n in RESULTS}
    twin = tmp_path / "twin"
    tilscope("init", twin)
    (twin / "study.toml").write_bytes((study / "study.toml").read_bytes())
    (twin / "sourcedata").mkdir()
    (twin / "sourcedata/linkage.key").write_bytes((study / "sourcedata/linkage.key").read_bytes())
    tilscope("import", twin, source, "--workers", 0)
    tilscope("run", twin, "--workers", 0, *UNTIL)
    assert {n: (twin / n).read_bytes() for n in RESULTS} == resumed
    assert not list(study.rglob("*.part"))


# A job that a shell starts in the background ignores interrupts; this one hears them wherever the tests run.
INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from tilscope.cli import main
main()
"""


@pytest.mark.usefixtures("blank_pictures")
def test_interrupt_ends_with_130_and_resumes(tilscope, study, source):
    tilscope("import", study, source, "--workers", 0)
    command = [sys.executable, "-c", INTERRUPTIBLE, "run", str(study), "--workers", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        deadline = time.monotonic() + 120
        while (
            not list((study / "derivatives").glob("registered/sub-*/*.json")) and time.monotonic() < deadline
        ):
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "goes on from here" in said
    assert "Traceback" not in said
    assert tilscope("run", study, "--workers", 0, "--until", "collect").code == 0


def test_locked_study_is_75(tilscope, study, source):
    with locked(study / ".tilscope/lock"):
        answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 75
    assert "RUN-74" in answer.text


def test_unknown_key_is_refused_with_the_nearest_name(tilscope, study):
    (study / "study.toml").write_text("[registration]\nmetod = 'syn'\n")
    answer = tilscope("check", study)
    assert answer.code == 2
    assert (
        "SET-02: study.toml: unknown key, found 'registration.metod', expected 'registration.method'"
        in answer.text
    )


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("run", "{study}", "--until", "extarct"), "SET-04"),
        (("run", "{study}", "--patients", "sub-nobody"), "SET-04"),
        (("run", "{study}"), "SET-04"),
        (("status", "{study}/nowhere"), "RUN-75"),
        (("import", "{study}", "{study}/nowhere"), "IMG-00"),
        (("init", "{study}"), "RUN-75"),
    ],
)
def test_bad_requests_are_refused_before_any_work(tilscope, study, words, rule):
    answer = tilscope(*(w.format(study=study) for w in words))
    assert answer.code == 2
    assert rule in answer.text
    assert "Traceback" not in answer.text


def test_unknown_option_is_exit_2(tilscope):
    assert tilscope("run", "--nonsense").code == 2


def test_help_starts_quickly_and_names_every_command(tilscope):
    answer = tilscope("--help")
    assert answer.code == 0
    for verb in ("init", "import", "check", "run", "status", "report", "demo", "review"):
        assert f" {verb} " in answer.out
    heavy = "import sys, tilscope.cli; print(sorted({'ants', 'numba', 'scipy', 'pandas', 'dask'} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", heavy], capture_output=True, text=True, check=True, env=os.environ
    )
    assert loaded.stdout.strip() == "[]"


def test_a_study_that_cannot_be_written_to_is_refused(tilscope, study, source):
    (study / "images").write_text("a file where a folder should be")
    answer = tilscope("import", study, source, "--workers", 0)
    assert answer.code == 3
    assert "RUN-7" in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.usefixtures("blank_pictures")
def test_results_are_private(tilscope, study, source):
    tilscope("import", study, source, "--workers", 0)
    tilscope("run", study, "--workers", 0, "--until", "extract")
    for path in study.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_a_signature_scores_the_same_patients_the_same_and_refuses_other_settings(
    tilscope, study, source, tmp_path
):
    tilscope("import", study, source, "--workers", 0)
    tilscope("run", study, "--workers", 0)
    signature = tmp_path / "signature.json"  # the study's own goes when its settings change
    signature.write_bytes((study / "derivatives/signature/signature.json").read_bytes())
    told = json.loads(signature.read_text())
    assert sha256(encode_json(told["settings"])) == told["settings_hash"]  # what others need to repeat it
    assert told["cohort"]["roles"]["training"] == told["cohort"]["n_training"]
    assert told["cohort"]["til_threshold_percent"] == 20.0
    assert told["selection"]["n_candidates"] > 0
    out = tmp_path / "scores.tsv"
    assert tilscope("score", study, "--signature", signature, "--out", out).code == 0
    again = pd.read_csv(out, sep="\t", index_col=0)["rad_tils_score"]
    first = pd.read_csv(study / RESULTS[2], sep="\t", index_col=0)["rad_tils_score"]
    pd.testing.assert_series_equal(again, first)
    pickled = tmp_path / "model.json"
    pickled.write_bytes(b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins\x94.")
    assert "SIG-66" in tilscope("score", study, "--signature", pickled).text
    altered = tmp_path / "altered.json"
    altered.write_text(signature.read_text().replace('"cutoff": 0', '"cutoff": 0.0'))
    assert tilscope("score", study, "--signature", altered).code == 2
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace("[radiomics]", "[radiomics]\nbin_width = 30.0"))
    tilscope("run", study, "--workers", 0, "--until", "collect")
    refused = tilscope("score", study, "--signature", signature)
    assert refused.code == 2
    assert "SIG-70" in refused.text
    assert "found radiomics.bin_width = 30.0" in refused.text
    assert (
        tilscope("score", study, "--signature", "su2022").code == 2
    )  # its texture family is not extracted here


def test_masks_may_come_after_the_images(tilscope, study, source, key):
    masks = source.with_name("masks")
    masks.mkdir()
    for file in source.rglob("*_lesion_*"):
        file.rename(masks / file.name)
    assert tilscope("import", study, source, "--workers", 0).code == 3  # no masks yet
    later = tilscope("import", study, masks, "--workers", 0)
    assert later.code == 0, later.text
    assert len(list((study / "rois").glob("*/reader-A.nii.gz"))) == 12
    assert not list((study / "derivatives/quarantine").glob("*"))


def test_a_single_table_is_a_source(tilscope, study, source):
    answer = tilscope("import", study, source / "clinical.csv", "--workers", 0)
    assert answer.code == 0, answer.text
    assert len((study / "participants.tsv").read_text().splitlines()) == 13


def test_the_clinical_template_is_a_table_that_import_reads(tilscope, study, source):
    template = (study / "clinical-template.tsv").read_text()
    filled = source / "filled.tsv"
    filled.write_text(template + "001\t40\t50\tpost\tT1\tN0\n")
    assert tilscope("import", study, filled, "--workers", 0).code == 0


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_a_patient_excluded_on_the_review_page_takes_no_part(tilscope, study, source, key):
    tilscope("import", study, source, "--workers", 0)
    ratings = study / "derivatives/review/ratings.tsv"
    ratings.parent.mkdir(parents=True)
    ratings.write_text(f"participant_id\trating\tnote\treviewed_on\n{key('005')}\texclude\tn/a\t2026-01-01\n")
    answer = tilscope("run", study, "--workers", 0)
    assert answer.code == 0, answer.text
    assert "12 patient(s): 11 done, 1 set aside." in answer.text
    scores = pd.read_csv(study / RESULTS[2], sep="\t", index_col=0)
    assert key("005") not in scores.index
