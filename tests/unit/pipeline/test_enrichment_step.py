"""The step that tests pathways: its files, what it leaves out and says so."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import running_sum
from tilscope.pipeline.biology import ENRICHMENT
from tilscope.study import Study, encode_tsv

N = 300


@pytest.fixture
def study(tmp_path, rng):
    made = Study(tmp_path)
    (tmp_path / "study.toml").write_text("[enrichment]\nsmallest_p = 1e-8\n")
    genes = ["NA", *(f"G{i:03d}" for i in range(1, N))]  # a gene called NA is one
    t = np.linspace(6, -6, N)
    table = pd.DataFrame(
        {
            "log2_fc": t / 3,
            "t": t,
            "p_value": np.exp(-np.abs(t)),
            "p_adjusted": np.exp(-np.abs(t)),
            "direction": np.where(t > 4, "up", np.where(t < -5, "down", "none")),
        },
        index=pd.Index(genes, name="gene"),
    )
    table.loc["G150", ["t", "p_value"]] = np.nan
    made.biology_folder.mkdir(parents=True)
    (made.biology_folder / "differential_expression.tsv").write_bytes(encode_tsv(table))
    (made.biology_folder / "design.json").write_text('{"positive": "high", "negative": "low"}')
    made.gene_set_folder.mkdir(parents=True)
    write(
        made,
        "own.gmt",
        {"Interferon": genes[:15], "Cycle": genes[-20:], "Rest": genes[60:240:4], "Few": genes[:5]},
    )
    return made, table


def write(study, name, sets):
    lines = ["\t".join((label, "", *genes)) for label, genes in sets.items()]
    (study.gene_set_folder / name).write_text("\n".join(lines) + "\n")


def made_files(study):
    products = ENRICHMENT.make(study, "")
    for path, data in products.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder = study.biology_folder / "enrichment"
    tables = {f.stem: pd.read_csv(f, sep="\t", keep_default_na=False) for f in folder.glob("*.tsv")}
    return products, json.loads((folder / "enrichment.json").read_text()), tables


def test_every_collection_is_walked_and_counted(study):
    made, table = study
    _, record, tables = made_files(made)
    (own,) = record["collections"]
    assert (own["n_sets"], own["n_tested"], own["n_small"], own["n_large"]) == (4, 3, 1, 0)
    assert (own["n_up"], own["n_down"], own["left_out"]) == (1, 1, None)
    assert record["n_ranked"] == record["n_universe"] == N - 1
    assert record["n_genes"]["all"] == record["n_genes"]["up"] + record["n_genes"]["down"]
    ranking = tables["ranking"]
    assert ranking["gene"].iloc[0] == "NA"
    assert np.all(np.diff(ranking["metric"].astype(float)) <= 0)
    walked = tables["gsea"].set_index("gene_set")
    assert float(walked.loc["Interferon", "es"]) == pytest.approx(1)
    assert walked.loc["Interferon", "leading_edge"].split("/")[:2] == ["NA", "G001"]
    assert walked.loc["Cycle", "leading_edge"].split("/")[0] == f"G{N - 1}"
    over = tables["over_representation"].set_index(["genes", "gene_set"])
    assert int(over.loc[("up", "Interferon"), "n_hits"]) == 15
    assert int(over.loc[("down", "Cycle"), "n_hits"]) == 20
    curves = {curve["gene_set"]: curve for curve in record["curves"]}
    assert curves["Interferon"]["why"] == "up"
    expected = running_sum(
        pd.Series(ranking["metric"].astype(float).to_numpy(), ranking["gene"]), table.index[-20:]
    )
    np.testing.assert_allclose(curves["Cycle"]["values"], expected.values, atol=1e-6)


def test_a_strange_collection_is_left_out_with_its_reason_and_changes_no_other(study):
    made, _ = study
    _, record, tables = made_files(made)
    write(made, "another.gmt", {"Mouse": [f"Gm{i}" for i in range(40)]})
    products, with_strange, again = made_files(made)
    assert [c["name"] for c in with_strange["collections"]] == ["another", "own"]
    assert with_strange["collections"][0]["left_out"].startswith("TAB-58")
    assert any(note.startswith("TAB-58") and "another" in note for note in products.notes)
    assert with_strange["collections"][1] == record["collections"][0]
    pd.testing.assert_frame_equal(again["gsea"], tables["gsea"])


def test_without_pathways_the_step_is_left_out_with_the_command(study):
    made, _ = study
    assert ENRICHMENT.left_out(made) is None
    (made.gene_set_folder / "own.gmt").unlink()
    assert "tilscope genesets fetch reactome" in ENRICHMENT.left_out(made)
