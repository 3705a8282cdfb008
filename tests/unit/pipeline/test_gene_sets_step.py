"""The step that compares the collections of gene sets with the matrix."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tilscope.pipeline.biology.expression_step import EXPRESSION
from tilscope.pipeline.biology.gene_sets_step import GENE_SETS
from tilscope.pipeline.biology.inputs import load_collections
from tilscope.pipeline.gene_sets.adding import AddRequest, add
from tilscope.pipeline.gene_sets.covering import study_genes
from tilscope.pipeline.step import perform
from tilscope.study import Study, create_study
from tilscope.vocabulary import ExpressionError

GENES = ["CD3D", "CD3E", "CD2", "CD3G", "CD28", "CD19", "ACTB"]


@pytest.fixture
def study(tmp_path):
    create_study(tmp_path / "study")
    made = Study(tmp_path / "study")
    patients = [f"sub-{k}" for k in range(3)]
    index = pd.Index(patients, name="participant_id")
    pd.DataFrame({"stils": [5, 30, 60]}, index=index).to_csv(made.participants_file, sep="\t")
    values = pd.DataFrame(
        {p: [2.5 + i + k / 8 for i in range(len(GENES))] for k, p in enumerate(patients)}, GENES
    )
    values.rename_axis("gene").to_csv(made.expression_file, sep="\t")
    (tmp_path / "cells.gmt").write_text("T\tx\tCD3D\tCD3E\tCD2\tCD3G\tCD28\nB\tx\tCD19\tMS4A1\n")
    add(made, AddRequest(tmp_path / "cells.gmt", "CC0", "a paper"))
    (made.gene_set_folder / "mouse.gmt").write_text(
        "=M\tx\t" + "\t".join(f"Gene{k}a" for k in range(14)) + "\n"
    )
    return made


def test_one_row_per_set_and_one_record_per_collection(study):
    assert perform(EXPRESSION, study, "").state == "done"
    outcome = perform(GENE_SETS, study, "")
    assert outcome.state == "done"
    folder = study.biology_folder / "gene_sets"
    table = pd.read_csv(folder / "coverage.tsv", sep="\t")
    assert table.drop(columns="missing").to_numpy().tolist() == [
        ["cells", "T", 5, 5, 1.0],
        ["cells", "B", 2, 1, 0.5],
        ["mouse", "'=M", 14, 0, 0.0],
    ]
    assert table["missing"].tolist()[1:] == [
        "MS4A1",
        ", ".join(f"Gene{k}a" for k in range(10)) + " and 4 more",
    ]
    record = json.loads((folder / "gene_sets.json").read_text())
    cells, mouse = record["collections"]
    assert (cells["licence"], cells["source"], cells["uses"]) == ("CC0", "a paper", ["cells", "pathways"])
    assert (cells["n_present"], cells["n_genes"], cells["n_scorable"], cells["mismatch"]) == (6, 7, 1, None)
    assert (mouse["licence"], mouse["n_present"]) == ("", 0)
    assert "symbols of mouse or rat" in mouse["mismatch"]
    assert outcome.notes == tuple(record["notes"])
    assert outcome.notes[0].startswith("TAB-58 mouse: the expression matrix has 0 of the 14 genes")
    assert perform(GENE_SETS, study, "").state == "up to date"


def test_the_matrix_is_the_same_before_and_after_the_step_expression(study):
    before = study_genes(study)
    assert before is not None
    assert before.genes == set(GENES)
    assert not study.biology_folder.exists()
    perform(EXPRESSION, study, "")
    after = study_genes(study)
    assert after is not None
    assert after.genes == before.genes
    study.expression_file.unlink()
    assert study_genes(study) is None


def test_a_collection_that_was_altered_stops_the_step_and_not_the_others(study):
    perform(EXPRESSION, study, "")
    with (study.gene_set_folder / "cells.gmt").open("a") as file:
        file.write("NK\tx\tNCR1\n")
    outcome = perform(GENE_SETS, study, "")
    assert outcome.state == "failed"
    assert (outcome.error or {})["rule"] == "TAB-72"
    with pytest.raises(ExpressionError, match="TAB-72"):
        load_collections(study)


@pytest.mark.parametrize(("identifiers", "n_present"), [("auto", 2), ("as-is", 1)])
def test_earlier_names_count_under_the_symbols_of_the_matrix(study, identifiers, n_present):
    """INDO has been IDO1 since 2008: the matrix is renamed when it is read, and the sets with it."""
    study.settings_file.write_text(f'[expression]\nidentifiers = "{identifiers}"\n')
    (study.gene_set_folder / "mouse.gmt").write_text("aDC\tx\tINDO\tCD3D\n")
    table = pd.read_csv(study.expression_file, sep="\t", index_col=0).rename(index={"ACTB": "IDO1"})
    table.to_csv(study.expression_file, sep="\t")
    fresh = Study(study.root)
    assert perform(EXPRESSION, fresh, "").state == "done"
    outcome = perform(GENE_SETS, fresh, "")
    record = json.loads((study.biology_folder / "gene_sets" / "gene_sets.json").read_text())
    assert record["collections"][1]["n_present"] == n_present
    assert any("INDO -> IDO1" in note for note in outcome.notes) == (n_present == 2)


def test_left_out_without_gene_sets(study):
    for file in study.gene_set_folder.iterdir():
        file.unlink()
    assert GENE_SETS.left_out(study) == "no gene sets"
