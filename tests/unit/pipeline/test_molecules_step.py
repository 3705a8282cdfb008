"""The step that compares molecules: its files, and what it says of lists, signatures and faults."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tilscope.biology import IMMUNE_CELL_MARKERS, MOLECULE_LISTS
from tilscope.pipeline.biology import MOLECULES
from tilscope.study import Study, encode_tsv, parse_settings
from tilscope.vocabulary import ExpressionError

N_HIGH, N_LOW = 12, 10


@pytest.fixture
def study(tmp_path, rng):
    made = Study(tmp_path)
    (tmp_path / "study.toml").write_text('[molecules]\nmethod = "wilcoxon"\n')
    keys = [f"sub-{i:03d}" for i in range(N_HIGH + N_LOW)]
    genes = [
        *dict.fromkeys(
            gene
            for listed in (*MOLECULE_LISTS, *IMMUNE_CELL_MARKERS)
            for gene in listed.genes
            if gene != "IL6"
        )
    ]
    values = pd.DataFrame(rng.normal(5, 1, (len(genes), len(keys))), index=genes, columns=keys)
    values.loc[["CD8A", "CD8B", "CXCL9"], keys[:N_HIGH]] += 4
    folder = made.biology_folder / "expression"
    folder.mkdir(parents=True)
    values.to_parquet(folder / "expression.parquet")
    (folder / "expression.json").write_text(json.dumps({"scale": "log2", "offset": 0.0, "notes": []}))
    scores = pd.DataFrame(
        {
            "role": "training",
            "til_percent": 20.0,
            "til_level": "high",
            "rad_tils_score": np.linspace(0.9, 0.1, len(keys)),
            "rad_tils_level": ["high"] * N_HIGH + ["low"] * N_LOW,
        },
        index=pd.Index(keys, name="participant_id"),
    )
    made.signature_folder.mkdir(parents=True)
    (made.signature_folder / "scores.tsv").write_bytes(encode_tsv(scores))
    return made, values


def made_files(study):
    products = MOLECULES.make(study, "")
    for path, data in products.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return products


def read(study, name):
    return pd.read_csv(study.biology_folder / "molecules" / f"{name}.tsv", sep="\t", na_values="n/a")


def test_every_list_is_told_with_what_is_missing(study):
    made, values = study
    made_files(made)
    record = json.loads((made.biology_folder / "molecules" / "molecules.json").read_text())
    assert (record["positive"], record["n_positive"], record["n_negative"]) == ("high", N_HIGH, N_LOW)
    assert (record["method"], record["families"]) == ("wilcoxon", "list")
    lists = {one["name"]: one for one in record["lists"]}
    assert lists["interleukins"]["missing"] == ["IL6"]
    assert lists["interleukins"]["n_present"] == 42
    assert lists["chemokines"]["n_higher"] >= 1
    table = read(made, "molecules").set_index(["list", "gene"])
    assert len(table) == sum(one["n_present"] for one in lists.values())
    kept = read(made, "expression").set_index("gene")
    pd.testing.assert_frame_equal(kept, values.loc[kept.index], check_names=False)
    assert sorted(kept.index) == sorted(set(table.index.get_level_values("gene")))
    row = table.loc[("chemokines", "CXCL9")]
    high, low = values.loc["CXCL9"].iloc[:N_HIGH], values.loc["CXCL9"].iloc[N_HIGH:]
    assert row["p_value"] == pytest.approx(stats.mannwhitneyu(high, low, method="exact").pvalue)
    assert row["median_high"] == pytest.approx(high.median())
    assert (row["n_high"], row["n_low"], row["family"]) == (N_HIGH, N_LOW, "Chemokines")
    assert "Zlotnik" in row["source"]
    assert lists["chemokines"]["n_higher"] == int(
        ((table.loc["chemokines", "p_adjusted"] < 0.05) & (table.loc["chemokines", "effect_size"] > 0)).sum()
    )


def test_cells_and_own_signatures_are_scored_and_tested_in_families_of_their_own(study):
    made, values = study
    made.signatures_file.write_text(
        "signature\tgene\tweight\nmine\tCD8A\t2\nmine\tIL4\t-1\nlost\tIL6\t1\nlost\tIL4\t1\n"
    )
    products = made_files(made)
    scores = read(made, "scores").set_index("signature")
    np.testing.assert_allclose(scores.loc["mine"], 2 * values.loc["CD8A"] - values.loc["IL4"])
    assert scores.loc["lost"].isna().all()
    np.testing.assert_allclose(scores.loc["danaher_cd8_t_cells"], values.loc[["CD8A", "CD8B"]].mean())
    tests = read(made, "score_tests").set_index("variable")
    assert tests.loc["mine", ["family", "n_tests"]].tolist() == ["signatures of the study", 1]
    assert tests.loc["mine", "p_adjusted"] == tests.loc["mine", "p_value"]
    assert tests.loc["danaher_cd8_t_cells", "n_tests"] == 14
    assert tests.loc["danaher_cd8_t_cells", "p_adjusted"] < 0.01
    assert "lost" not in tests.index
    assert "TAB-58: lost has no score." in products.notes
    assert made.signatures_file in MOLECULES.inputs(made, "")


def test_without_own_signatures_cells_alone_are_scored(study):
    made, _ = study
    products = made_files(made)
    assert set(read(made, "score_tests")["family"]) == {"immune cells by marker genes"}
    assert products.notes == ()
    assert made.signatures_file not in MOLECULES.inputs(made, "")


def test_a_matrix_of_other_identifiers_is_refused(study):
    made, values = study
    ids = values.set_axis([f"ENSG{i:011d}" for i in range(len(values))])
    ids.to_parquet(made.biology_folder / "expression" / "expression.parquet")
    with pytest.raises(ExpressionError, match="TAB-58"):
        MOLECULES.make(made, "")


def test_the_papers_profile_takes_students_t():
    assert parse_settings({"profile": "paper-2022"}).molecules.method == "auto-student"
    assert parse_settings({}).molecules.method == "auto"
