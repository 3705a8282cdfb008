"""The step that compares genes: counts and log2 values, covariates, and what design.json says of them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import (
    adjusted_design,
    effective_library_sizes,
    genes_with_counts,
    log2_counts_per_million,
    moderated_t,
    voom,
)
from tilscope.biology.expression.scale import log2_scale
from tilscope.pipeline.biology import BIOLOGY
from tilscope.study import Study, encode_tsv
from tilscope.vocabulary import ExpressionError

N_HIGH, N_LOW, N_GENES = 8, 7, 300
KEYS = [f"sub-{i:02d}" for i in range(N_HIGH + N_LOW)]


@pytest.fixture
def counts(rng):
    level = np.exp2(rng.uniform(2, 10, N_GENES))
    mean = np.outer(level, rng.uniform(0.6, 1.6, len(KEYS)))
    mean[:20, :N_HIGH] *= 8
    mean[-30:] = 0.2  # too few counts
    genes = [f"GENE{i:03d}" for i in range(N_GENES - 2)] + ["GZMA", "PRF1"]
    values = pd.DataFrame(rng.negative_binomial(8, 8 / (8 + mean)), genes, KEYS)
    return values.astype(float)


def study_of(folder, counts, settings=""):
    """Write what the steps before leave; ``counts`` as counts."""
    folder.mkdir(exist_ok=True)
    study = Study(folder)
    (folder / "study.toml").write_text(settings)
    log2, offset, notes = log2_scale(counts, "counts")
    made = study.biology_folder / "expression"
    made.mkdir(parents=True)
    log2.to_parquet(made / "expression.parquet")
    counts.to_parquet(made / "counts.parquet")
    record = {"scale": "counts", "offset": offset, "notes": list(notes)}
    (made / "expression.json").write_text(json.dumps(record))
    levels = ["high"] * N_HIGH + ["low"] * N_LOW
    score = np.linspace(0.9, 0.1, len(KEYS))
    scores = pd.DataFrame({"rad_tils_score": score, "rad_tils_level": levels}, index=KEYS)
    clinical = pd.DataFrame(
        {"stils": 20.0, "age": np.arange(40.0, 55.0)[::-1], "site": list("aabbc") * 3}, KEYS
    )
    clinical["copy"] = levels
    clinical["remark"] = [f"Dr. {key}" for key in KEYS]
    clinical.loc[KEYS[3], "age"] = np.nan
    study.signature_folder.mkdir(parents=True)
    for file, table in ((study.signature_folder / "scores.tsv", scores), (study.participants_file, clinical)):
        file.write_bytes(encode_tsv(table.rename_axis("participant_id")))
    return study


def run(study):
    files = {path.name: data for path, data in BIOLOGY.make(study, "").files.items()}
    path = study.biology_folder / "genes.tsv"
    path.write_bytes(files["differential_expression.tsv"])
    table = pd.read_csv(path, sep="\t", index_col="gene", na_values="n/a")
    return table, json.loads(files["design.json"]), files


def groups_of(keys):
    return pd.Series({key: "high" if key in KEYS[:N_HIGH] else "low" for key in keys})


def test_counts_go_through_filter_tmm_and_voom(tmp_path, counts):
    table, design, files = run(study_of(tmp_path, counts))
    groups = groups_of(KEYS)
    kept = counts[genes_with_counts(counts, groups)]
    assert len(table) == len(kept) < N_GENES - 25
    model = adjusted_design(groups, "high")
    ready = voom(kept, model.design, effective_library_sizes(kept))
    expected = moderated_t(ready.log2, model.design, model.contrast, weights=ready.weights)
    pd.testing.assert_frame_equal(
        table.drop(columns="direction").loc[expected.index], expected, check_names=False
    )
    assert (table["ci_low"] < table["log2_fc"]).all()
    assert (table["log2_fc"] < table["ci_high"]).all()
    found = table.index[table["direction"] == "up"]
    assert len(set(found) & set(counts.index[:20])) >= 18
    assert (design["n_positive"], design["n_negative"]) == (N_HIGH, N_LOW)
    told = design["model"]
    assert told["formula"] == "one mean per group (high, low)"
    assert (told["residual_df"], told["n_left_out"], told["covariates"]) == (13, 0, [])
    assert told["prior_df"] == pytest.approx(expected.attrs["prior_df"])
    assert (told["counts"]["n_genes"], told["counts"]["n_kept"]) == (N_GENES, len(kept))
    assert told["counts"]["method"] == "voom"
    assert told["counts"]["tmm_factor"][0] < 1 < told["counts"]["tmm_factor"][1]
    assert files["mean_variance.tsv"].count(b"\n") == len(kept) + 1


def test_limma_trend_by_setting(tmp_path, counts):
    table, design, files = run(study_of(tmp_path, counts, '[biology]\ncounts = "trend"\nrobust = true\n'))
    groups = groups_of(KEYS)
    kept = counts[genes_with_counts(counts, groups)]
    model = adjusted_design(groups, "high")
    log2 = log2_counts_per_million(kept, effective_library_sizes(kept))
    expected = moderated_t(log2, model.design, model.contrast, trend=True, robust=True)
    np.testing.assert_allclose(table.loc[expected.index, "p_value"], expected["p_value"], rtol=1e-12)
    assert (design["model"]["counts"]["method"], design["model"]["robust"]) == ("trend", True)
    assert "mean_variance.tsv" not in files


def test_covariates_are_held_equal_and_patients_without_one_left_out(tmp_path, counts):
    table, design, files = run(study_of(tmp_path, counts, '[biology]\ncovariates = ["age", "site"]\n'))
    plain, _, _ = run(study_of(tmp_path / "plain", counts))
    told = design["model"]
    assert told["formula"] == (
        "mean of low + difference high minus low + age (per unit) + site (b, c against a)"
    )
    assert (told["missing"], told["n_left_out"], told["residual_df"]) == ({"age": 1}, 1, 14 - 5)
    assert (design["n_positive"], design["n_negative"]) == (N_HIGH - 1, N_LOW)
    assert files["groups.tsv"].count(b"sub-") == len(KEYS)  # scores of samples keep them all
    both = table.index.intersection(plain.index)
    assert not np.allclose(table.loc[both, "log2_fc"], plain.loc[both, "log2_fc"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sites", "no covariate sites.*Did you mean site"),
        ("copy", "covariate copy.*follows from the groups"),
        ("remark", "covariate remark is free text, found 15 values"),
    ],
)
def test_an_impossible_covariate_is_refused_by_name(tmp_path, counts, name, message):
    study = study_of(tmp_path, counts, f'[biology]\ncovariates = ["{name}"]\n')
    with pytest.raises(ExpressionError, match=rf"TAB-67.*{message}"):
        run(study)


def test_the_clinical_table_is_read_for_covariates_only(tmp_path, counts):
    study = study_of(tmp_path, counts)
    assert study.participants_file not in BIOLOGY.inputs(study, "")
    study = study_of(tmp_path / "adjusted", counts, '[biology]\ncovariates = ["age"]\n')
    assert study.participants_file in BIOLOGY.inputs(study, "")


def test_a_matrix_without_enough_counts_is_refused(tmp_path, counts):
    with pytest.raises(ExpressionError, match=r"TAB-60.*hardly any gene"):
        run(study_of(tmp_path, (counts > 0) * 1.0))
