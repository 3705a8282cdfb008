"""The step that asks what is chance: its files, its words, and what it leaves out."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import moderated_t, two_group_design
from tilscope.pipeline.biology import ROBUSTNESS
from tilscope.study import Study, encode_tsv

N = 24
N_GENES = 120


@pytest.fixture
def study(tmp_path, rng):
    """24 patients, 120 genes, 30 of which follow the groups; a purity for 22, a set of the 30 genes."""
    made = Study(tmp_path)
    (tmp_path / "study.toml").write_text(
        '[robustness]\nn_permutations = 49\ncovariates = ["purity", "Stroma", "site", "nothing", "grade"]\n'
    )
    keys = [f"sub-{i:03d}" for i in range(N)]
    genes = [f"G{i:03d}" for i in range(N_GENES)]
    values = pd.DataFrame(rng.normal(7, 1, (N_GENES, N)), index=pd.Index(genes, name="gene"), columns=keys)
    values.iloc[:30, : N // 2] += 3
    folder = made.biology_folder / "expression"
    folder.mkdir(parents=True)
    values.to_parquet(folder / "expression.parquet")
    (folder / "expression.json").write_text(json.dumps({"scale": "log2", "offset": 1.0, "notes": []}))
    index = pd.Index(keys, name="participant_id")
    groups = pd.Series(["high"] * (N // 2) + ["low"] * (N // 2), index=index)
    scores = pd.DataFrame(
        {
            "role": "training",
            "til_percent": 20.0,
            "til_level": "high",
            "rad_tils_score": np.linspace(0.9, 0.1, N),
            "rad_tils_level": groups,
        },
        index=index,
    )
    made.signature_folder.mkdir(parents=True)
    (made.signature_folder / "scores.tsv").write_bytes(encode_tsv(scores))
    purity = pd.Series(rng.normal(size=N), index=index).where(np.arange(N) > 1)
    clinical = pd.DataFrame(
        {
            "stils": 20.0,
            "purity": purity,
            "site": ["A", "B"] * (N // 2),
            "grade": groups.map({"high": 3, "low": 2}),
        },
        index=index,
    )
    (tmp_path / "participants.tsv").write_bytes(encode_tsv(clinical))
    main = moderated_t(values, *two_group_design(groups.rename_axis(None), "high"))
    made.biology_folder.joinpath("differential_expression.tsv").write_bytes(
        encode_tsv(main.rename_axis("gene"))
    )
    stroma = pd.DataFrame([rng.normal(size=N)], index=pd.Index(["Stroma"], name="gene_set"), columns=keys)
    (made.biology_folder / "ssgsea.tsv").write_bytes(encode_tsv(stroma))
    sets = made.root / "genesets"
    sets.mkdir()
    planted, other = "\t".join(genes[:30]), "\t".join(genes[60:90])
    (sets / "own.gmt").write_text(f"planted\t-\t{planted}\nother\t-\t{other}\n")
    return made


def run(study):
    products = ROBUSTNESS.make(study, "")
    found = {path.name: data for path, data in products.files.items()}
    record = json.loads(found["robustness.json"])
    tables = {
        name: pd.read_csv(io.BytesIO(found[name]), sep="\t", index_col=0, na_values="n/a")
        for name in ("genes.tsv", "sets.tsv")
        if name in found
    }
    return products, record, tables


def test_the_planted_genes_are_no_chance(study):
    products, record, tables = run(study)
    genes, sets = record["genes"], record["sets"]
    assert len(genes["by_chance"]) == 49
    assert genes["observed"] >= 28
    assert genes["p_value"] == pytest.approx(1 / 50)
    assert (sets["observed"], sets["p_value"] <= 0.5) == (1, True)
    assert tables["sets.tsv"].loc["planted", "p_value"] < 0.06 < tables["sets.tsv"].loc["other", "p_value"]
    assert record["score"]["n"] == N
    assert record["score"]["n_shared"] >= 25
    table = tables["genes.tsv"]
    assert {"t_score", "t_purity", "t_Stroma", "t_site"} <= set(table)
    assert table.index[0] == "G000"
    assert run(study)[0].files == products.files


def test_covariates_are_used_or_told(study):
    products, record, _ = run(study)
    used = {row["name"]: row for row in record["covariates"]}
    assert set(used) == {"purity", "Stroma", "site"}
    assert (used["purity"]["n"], used["site"]["n"]) == (N - 2, N)
    assert all(row["n_shared"] >= 25 for row in used.values())
    assert set(record["left_out"]) == {"nothing", "grade"}
    assert all("TAB-67" in why for why in record["left_out"].values())
    assert len(products.notes) == 2


def test_no_permutations_and_no_sets_are_said(study):
    (study.root / "study.toml").write_text("[robustness]\nn_permutations = 0\n")
    _, record, tables = run(Study(study.root))
    assert (record["genes"], record["sets"], list(tables)) == (None, None, ["genes.tsv"])
    (study.root / "study.toml").write_text("[robustness]\nn_permutations = 9\n")
    (study.root / "genesets" / "own.gmt").unlink()
    _, record, _ = run(Study(study.root))
    assert record["sets"] is None
    assert len(record["genes"]["by_chance"]) == 9
