"""The step clusters on a small study folder: what it writes, that it repeats, and when there is nothing to do."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tilscope.pipeline.biology import CLUSTERS
from tilscope.study import Study, encode_tsv

SETTINGS = "[clusters]\nresamples = 40\nnull_cohorts = 19\nmax_k = 3\nk = 2\n"


@pytest.fixture
def study(tmp_path):
    study = Study(tmp_path)
    rng = np.random.default_rng(2)
    n = 24
    patients = pd.Index([f"sub-{i:03d}" for i in range(n)], name="participant_id")
    hot = np.arange(n) >= n // 2
    scores = pd.DataFrame(
        rng.normal(0, 0.3, (4, n)) + np.where(hot, 1.0, -1.0), index=pd.Index(list("abcd"), name="gene_set")
    )
    scores.columns = patients
    groups = pd.DataFrame({"group": np.where(hot, "high", "low")}, index=patients)
    table = pd.DataFrame(
        {
            "role": ["training", "validation"] * (n // 2),
            "til_percent": np.where(hot, 40.0, 5.0) + rng.normal(0, 1, n),
            "til_level": groups["group"],
            "rad_tils_score": np.where(hot, 0.8, 0.2) + rng.normal(0, 0.05, n),
            "rad_tils_level": groups["group"],
        },
        index=patients,
    )
    (tmp_path / "study.toml").write_text(SETTINGS)
    study.biology_folder.mkdir(parents=True)
    study.signature_folder.mkdir(parents=True)
    (study.biology_folder / "ssgsea.tsv").write_bytes(encode_tsv(scores))
    (study.biology_folder / "groups.tsv").write_bytes(encode_tsv(groups))
    (study.signature_folder / "scores.tsv").write_bytes(encode_tsv(table))
    return study


def test_planted_halves_are_two_clusters_that_hold_one_group_each(study):
    files = {path.name: data for path, data in CLUSTERS.make(study, "").files.items()}
    record = json.loads(files["clusters.json"])
    assert (record["number"], record["n_patients"], record["n_sets"], record["n_training"]) == (2, 24, 4, 12)
    assert [(row["n_high"], row["n_low"]) for row in record["groups"]["table"]] == [(0, 12), (12, 0)]
    # by hand: two of the C(24, 12) tables are this extreme
    assert record["groups"]["p_value"] == pytest.approx(2 / 2704156)
    assert [row["variable"] for row in record["trends"]] == ["til_percent", "rad_tils_score"]
    assert all(row["statistic"] > 0 for row in record["trends"])
    lines = files["clusters.tsv"].decode().splitlines()
    assert lines[0] == "participant_id\tcluster\tconsensus\tmean_z"
    assert [line.split("\t")[1] for line in lines[1:]] == ["1"] * 12 + ["2"] * 12
    assert files["consensus.tsv"].count(b"\n") == 25


def test_the_same_study_gives_the_same_files(study):
    first, second = (CLUSTERS.make(study, "").files for _ in range(2))
    assert first == second


def test_a_small_study_is_left_out_not_failed(study):
    assert CLUSTERS.left_out(study) is None
    (study.root / "study.toml").write_text(SETTINGS + "min_patients = 25\n")
    assert (
        CLUSTERS.left_out(Study(study.root))
        == "24 patients with immune-cell scores, clusters.min_patients is 25"
    )
    (study.biology_folder / "ssgsea.tsv").unlink()
    assert CLUSTERS.left_out(study) == "no immune-cell scores"
