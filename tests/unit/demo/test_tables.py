"""The tables: what is planted can be found, and only that."""

from __future__ import annotations

import gzip
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tilscope.demo import plan_hospital
from tilscope.demo.genes import IMMUNE_SETS, NULL_SETS, all_genes, module_genes, planted_genes
from tilscope.demo.tables import clinical_table, expression_table


def test_clinical_table_has_a_row_per_patient_and_one_without_stils(hospital: Any) -> None:
    table = pd.read_csv(hospital.folder / "clinical.csv", dtype=str, keep_default_na=False)
    known = ["patient_id", "age", "menopause", "T", "N", "ki67", "stils", "subtype"]
    assert list(table.columns) == [*known, "stils_reader_1", "stils_reader_2"]
    assert list(table["stils_reader_1"]) == list(table["stils"])
    assert list(table["patient_id"]) == [p.patient_id for p in hospital.plan.patients]
    assert list(table.loc[table["stils"] == "", "patient_id"]) == list(hospital.truth.with_fault("no-stils"))


def test_subtype_im_goes_with_the_score() -> None:
    table = pd.concat([clinical_table(plan_hospital(seed)) for seed in range(4)])
    latent = np.array([p.latent_til for seed in range(4) for p in plan_hospital(seed).patients])
    is_im = (table["subtype"] == "IM").to_numpy()
    assert latent[is_im].mean() > latent[~is_im].mean() + 0.5


def test_expression_file_is_the_table(hospital: Any) -> None:
    packed = (hospital.folder / "expression.tsv.gz").read_bytes()
    assert packed[4:8] == b"\0\0\0\0"  # no time stamp
    table = pd.read_csv(io.BytesIO(gzip.decompress(packed)), sep="\t", index_col=0)
    assert table.shape == (2400, 8)  # 9 patients x 116 / 139 = 7.5
    assert table.index.is_unique
    assert 0 <= table.to_numpy().min() < table.to_numpy().max() <= 20


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_genes_lead_the_t_test_of_high_against_low(seed: int) -> None:
    plan = plan_hospital(seed)
    table = expression_table(plan)
    stils = {p.patient_id: p.stils for p in plan.patients}
    high = np.array([stils[key] >= 20 for key in table.columns])
    p = stats.ttest_ind(table.loc[:, high], table.loc[:, ~high], axis=1).pvalue
    n = len(planted_genes())
    top = table.index[np.argsort(p)[:n]]
    assert len(set(top) & set(planted_genes())) / n > 0.8
    others = ~table.index.isin(planted_genes())
    assert np.mean(p[others] < 0.05) < 0.12  # correlated modules widen the 5 % a little


def test_null_sets_move_together_but_not_with_the_score() -> None:
    plan = plan_hospital(4)
    table = expression_table(plan)
    inside = np.corrcoef(table.loc[list(NULL_SETS["Fibroblasts"])])
    assert 0.1 < np.mean(inside[np.triu_indices_from(inside, 1)]) < 0.7


def test_no_gene_is_both_planted_and_null() -> None:
    assert not set(planted_genes()) & set(module_genes())
    genes = all_genes(2400)
    assert len(genes) == len(set(genes)) == 2400
    for name in ("CXCL9", "CXCL10", "CXCL11", "CXCL13", "IDO1", "GZMA", "GZMB", "PRF1", "CD8A", "HLA-E"):
        assert name in planted_genes()


def test_gene_sets_are_of_a_usable_size(hospital: Any) -> None:
    lines = [line.split("\t") for line in (hospital.folder / "immune-cells.gmt").read_text().splitlines()]
    sets = {name: genes for name, _, *genes in lines}
    assert set(sets) == set(IMMUNE_SETS) | set(NULL_SETS)
    assert all(8 <= len(genes) == len(set(genes)) <= 20 for genes in sets.values())
