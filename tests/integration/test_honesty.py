"""The honesty panel of a study: batches in parallel, resumed after a kill, told in words."""

from __future__ import annotations

import json
import shutil
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from feature_study import noise, planted, run_cohort, write_controls, write_study

from tilscope.pipeline.executing import InProcess, executor
from tilscope.pipeline.honesty_batches import batch_file, batch_names
from tilscope.pipeline.progress import Bars
from tilscope.pipeline.run import plan_run
from tilscope.study import Study
from tilscope.vocabulary import TableError

SMALL = """
[selection]
n_folds = 3
n_lambda = 20
[honesty]
n_splits = 12
n_nested_folds = 3
n_nested_repeats = 1
n_permutations = 20
n_permutation_folds = 2
n_control_splits = 4
"""


@pytest.fixture(scope="module")
def _done(tmp_path_factory):
    root = tmp_path_factory.mktemp("honesty") / "study"
    values, stils = planted(50, 12, 1, effect=4.0)
    study = write_study(root, values, stils, SMALL, age=np.arange(50) % 30 + 40)
    write_controls(study, values + noise(50, 12, 9)[0], noise(50, 12, 5)[0].iloc[:45])
    assert run_cohort(study, InProcess()).cohort_error is None
    return root


@pytest.fixture
def study(_done, tmp_path):
    """A fresh copy of a study whose panel is done."""
    return Study.open(Path(shutil.copytree(_done, tmp_path / "study")))


def panel(study):
    return json.loads((study.signature_folder / "honesty.json").read_text())


def stamps(study):
    return {f.name: f.stat().st_mtime_ns for f in (study.signature_folder / "honesty").glob("*.json")}


def test_everything_stands_side_by_side(study):
    found = panel(study)
    assert found["splits"]["validation"]["n"] == 12
    assert found["nested"]["auc"] > 0.7
    assert found["permutation"]["p_value"] == pytest.approx(1 / 21)
    assert found["verdict"]["light"] in ("good", "unsure")
    assert set(found["baselines"]) == {"volume", "clinical"}
    assert found["baselines"]["clinical"]["columns"] == ["age"]
    assert found["controls"]["moved"]["n_without"] == 5
    assert found["controls"]["moved"]["splits"]["mean"] < found["controls"]["moved"]["signature"]["mean"]
    own = {row["feature"] for row in found["selection"] if row["is_in_signature"]}
    fitted = json.loads((study.signature_folder / "signature.json").read_text())["features"]
    assert own == {feature["name"] for feature in fitted}
    table = pd.read_csv(study.signature_folder / "honesty.tsv", sep="\t", na_values="n/a")
    assert table["kind"].value_counts().to_dict() == {
        "splits": 12, "permutations": 21, "shuffled": 4, "moved": 4, "nested": 1,
    }  # fmt: skip
    splits = table[table["kind"] == "splits"]
    assert splits["auc"].mean() == pytest.approx(found["splits"]["validation"]["mean"])


def test_no_patient_key_or_alias_is_in_the_results(study):
    for file in (study.signature_folder / "honesty").glob("*.json"):
        if "provenance" not in file.name:
            assert "sub-" not in file.read_text()
    assert "sub-" not in (study.signature_folder / "honesty.json").read_text()


def test_a_batch_that_is_done_is_not_done_again(study):
    before, result = stamps(study), (study.signature_folder / "honesty.json").read_bytes()
    lost = batch_file(study, "splits-0-10")
    lost.unlink()  # as a kill would leave it
    run_cohort(study, InProcess())
    after = stamps(study)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"splits-0-10.json", "splits-0-10.provenance.json"}
    assert (study.signature_folder / "honesty.json").read_bytes() == result


def test_more_splits_leave_the_rest_as_it_is_and_fewer_are_removed(study):
    before, first = stamps(study), panel(study)["splits"]["areas"]
    settings = study.settings_file.read_text()
    study.settings_file.write_text(settings.replace("n_splits = 12", "n_splits = 20"))
    again = Study.open(study.root)
    run_cohort(again, InProcess())
    assert panel(again)["splits"]["areas"][:12] == first
    after = stamps(again)
    assert {name for name in before if after.get(name) == before[name]} == {
        name for name in before if not name.startswith("splits-10-12")
    }
    assert not batch_file(again, "splits-10-12").exists()  # removed: it is of other settings
    assert batch_file(again, "splits-10-20").exists()


def test_a_column_that_cannot_be_used_is_refused_once(study):
    settings = study.settings_file.read_text()
    study.settings_file.write_text(settings + 'clinical_columns = ["weight"]\n')
    report = run_cohort(Study.open(study.root), InProcess())
    assert report.cohort_error["rule"] == "SET-03"
    assert "weight" in report.cohort_error["found"]


@pytest.mark.slow
def test_workers_and_their_number_change_nothing(study):
    alone = (study.signature_folder / "honesty.json").read_bytes()
    for name in batch_names(study):
        if name.startswith(("splits", "nested")):
            batch_file(study, name).unlink()
    with executor(2, None) as place:
        run_cohort(study, place)
    assert (study.signature_folder / "honesty.json").read_bytes() == alone


def test_a_failing_batch_fails_the_step_and_quarantines_nobody(study, monkeypatch):
    def broken(self):
        raise RuntimeError("out of luck")

    batch_file(study, "nested-0-1").unlink()
    monkeypatch.setattr("tilscope.pipeline.honesty_batches.Panel.whole_fit", property(broken))
    report = run_cohort(study, InProcess())
    assert report.cohort_error["rule"] == "RUN-78"
    assert not list(study.quarantine_folder.glob("*.json"))
    assert not (study.signature_folder / "honesty.json").exists()
    assert (study.signature_folder / "signature.json").exists()
    assert report.n_quarantined == 0


def test_switched_off_is_left_out_with_its_reason(study):
    settings = study.settings_file.read_text()
    study.settings_file.write_text(settings.replace("n_splits = 12", "n_splits = 0"))
    report = run_cohort(Study.open(study.root), InProcess())
    (ended,) = (o for o in report.outcomes if o.step == "honesty")
    assert (ended.state, ended.notes) == (
        "left out",
        ("the honesty panel is switched off (honesty.n_splits = 0)",),
    )
    assert not (study.signature_folder / "honesty.json").exists()
    assert report.cohort_error is None


def test_the_bar_counts_fits(study):
    from rich.console import Console

    plan = plan_run(study)
    # 12 splits, 3 nested folds, 21 x 2 folds, 2 x 4 on controls
    assert sum(plan.batches["honesty"].values()) == 12 + 3 + 42 + 8
    with Bars(Console(quiet=True)) as bars:
        bars.plan_run(plan)
        run_cohort(study, InProcess(), on_outcome=bars.outcome)
        assert bars._counts["honesty"] == bars._totals["honesty"] == 66


def test_repetitions_that_cannot_be_done_are_counted(study, monkeypatch):
    """A random split may leave a site too few patients, say; that must not end the panel."""
    module = import_module("tilscope.signature.repeated_splits")
    true = module.one_split
    calls = []

    def sometimes(*words, **named):
        calls.append(1)
        if len(calls) % 4 == 0:
            raise TableError("TAB-60", "a class is too small to train on")
        return true(*words, **named)

    monkeypatch.setattr(module, "one_split", sometimes)
    for name in batch_names(study):
        if name.startswith("splits"):
            batch_file(study, name).unlink()
    assert run_cohort(study, InProcess()).cohort_error is None
    assert panel(study)["splits"]["validation"]["n"] == 9
    assert panel(study)["failures"] == [
        {"kind": "splits", "reason": "TAB-60: a class is too small to train on", "n": 3}
    ]
