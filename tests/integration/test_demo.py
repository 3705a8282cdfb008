"""The demo: planted truth recovered, the same bytes whoever runs it, and nobody's name in it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tilscope.demo import CANARY, Truth, plan_hospital, write_patient
from tilscope.pipeline import ImportRequest, executor, import_source, plan_run, run_study
from tilscope.study import Linkage, create_study

RESULTS_FOLDER = "derivatives/features"
FEATURES = ("features/features.parquet", "features/features.json", "features/rereadings.parquet")
N_TWICE = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "demo"


@pytest.mark.slow
def test_sixty_patients_recover_the_planted_truth(tilscope, folder):
    answer = tilscope("demo", folder)
    assert answer.code == 0, answer.text
    assert "FAIL" not in answer.out
    assert str(folder / "study/report/index.html") in answer.text
    table = pd.read_csv(folder / "study/derivatives/truth.tsv", sep="\t")
    assert (table["verdict"] == "pass").all()
    assert len(table) == 15
    derivatives = folder / "study/derivatives"
    performance = json.loads((derivatives / "signature/performance.json").read_text())["validation"]
    assert performance["auc"] > 0.75
    truth = Truth.from_json((folder / "truth.json").read_text())
    genes = pd.read_csv(derivatives / "biology/differential_expression.tsv", sep="\t", index_col="gene")
    assert set(genes.index[:10]) <= set(truth.planted_genes)


@pytest.mark.slow
def test_no_name_leaves_the_hospital(folder):
    """Runs after the demo: no canary and no hospital id outside ``sourcedata``."""
    study = folder / "study"
    ids = [p.patient_id for p in Truth.from_json((folder / "truth.json").read_text()).patients]
    texts = {".json", ".tsv", ".html", ".css", ".js", ".svg", ".toml"}
    n_texts = 0
    for file in study.rglob("*"):
        if not file.is_file() or "sourcedata" in file.parts:
            continue
        data = file.read_bytes()
        assert CANARY.encode() not in data, file
        assert not any(i in file.name for i in ids), file
        if file.suffix in texts:
            n_texts += 1
            assert not [i for i in ids if i.encode() in data], file
    assert n_texts > 300


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_with_any_number_of_workers(tmp_path):
    """Hospital, registration and features; test_commands compares the rest of a run on a tinier hospital."""
    results = []
    for workers in (0, 2):
        folder = tmp_path / f"demo-{workers}"
        plan = plan_hospital(1, 20)
        for patient in [p for p in plan.patients if not p.fault][:N_TWICE]:
            write_patient(folder / "hospital", patient)
        study = create_study(folder / "study")
        Linkage(b"the same secret " * 2, {}).save(study.source_folder)
        with executor(workers, None) as place:
            import_source(study, ImportRequest(folder / "hospital"), place)
            report = run_study(study, plan_run(study, "collect"), place)
        assert report.cohort_error is None
        results.append({name: (study.derivatives / name).read_bytes() for name in FEATURES})
    assert results[0] == results[1]
    assert len(pd.read_parquet(study.feature_table_file)) == N_TWICE


@pytest.mark.slow
def test_the_papers_profile_walks_a_dicom_patient_to_features(tilscope, tmp_path):
    """SyN, N3 and per-phase z-scores of the whole image, as in Su 2022; the mask travels with its phase."""
    source, study = tmp_path / "hospital", tmp_path / "study"
    patient = next(p for p in plan_hospital(3).patients if p.mask_format == "seg" and not p.fault)
    truth = write_patient(source, patient)
    tilscope("init", study, "--profile", "paper-2022")
    assert tilscope("import", study, source, "--workers", 0).code == 0
    answer = tilscope("run", study, "--until", "collect", "--workers", 0)
    assert answer.code == 0, answer.text
    table = pd.read_parquet(study / RESULTS_FOLDER / "features.parquet")
    assert table.shape == (1, 14 + 93 * 9 * 8)
    assert table.notna().all(axis=None)
    record = json.loads(next(study.glob("derivatives/registered/*/registration.json")).read_text())
    assert record["drawn_on"] == truth.mask_phase
    assert 1000 * record["volume_ml"] == pytest.approx(truth.lesion_volume_mm3, rel=0.25)
