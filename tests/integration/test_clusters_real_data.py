"""Clusters of real breast tumours: GEO GSE1992 by Bindea's cells, TCGA's triple-negative ones by published measures.

Both landscapes run from cold to hot without a gap, so that the honest number of clusters is none; three that are asked
for follow what pathologists and receptors say, modestly.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from tilscope.biology import ClusterSettings, cluster_tumours, compare_clusters, score_gene_sets
from tilscope.biology.landscape.cluster_groups import trends_over_clusters

QUICK = {"resamples": 40, "null_cohorts": 19, "max_k": 3}


def clusters(scores, **settings):
    return cluster_tumours(scores, ClusterSettings(**(QUICK | settings)), np.random.default_rng(1))


@pytest.fixture(scope="module")
def gse1992(real_data):
    expression = pd.read_csv(
        real_data / "expression-gse1992" / "expression.csv.gz", index_col=0, keep_default_na=False
    )
    lines = (real_data / "genesets" / "bindea2013.gmt").read_text(encoding="utf-8").splitlines()
    sets = {f[0]: tuple(gene for gene in f[2:] if gene) for f in (line.split("\t") for line in lines)}
    return score_gene_sets(expression, sets).scores


@pytest.fixture(scope="module")
def tcga(real_data):
    return pd.read_csv(real_data / "tcga-tnbc-tils" / "tcga_tnbc_stils_immune.csv", index_col=0)


def test_real_landscapes_are_a_continuum(gse1992, tcga):
    cells = clusters(gse1992)
    assert cells.number == 0
    assert cells.numbers.p_structure > 0.2
    assert cells.zscores.shape == (21, 122)
    assert set(cells.left_out.values()) == {"the set has no score"}
    fractions = clusters(tcga.loc[:, "B Cells Memory":"Neutrophils"].T)
    assert fractions.number == 0
    assert fractions.left_out == {"TCGA-AR-A0U1": "the patient lacks scores"}


def test_er_positive_tumours_gather_in_one_of_three_clusters(real_data, gse1992):
    phenotype = pd.read_csv(real_data / "expression-gse1992" / "phenotype.csv", dtype={"pid": str})
    status = phenotype.set_index("pid")["fac_er_positive"].map({1: "positive", 0: "negative"})
    found = clusters(gse1992, method="kmeans", k=3)
    groups = compare_clusters(found.cluster, status, "positive")
    assert groups.table[["n_positive", "n_negative"]].to_numpy().sum() == 122
    assert groups.association.p_value < 0.001
    # the hottest cluster is not the one with the most ER-positive tumours: receptors and immune cells part there
    assert groups.table["share"].idxmax() < 3
    assert groups.table.loc[3, "share"] < 72 / 122


def test_hot_clusters_of_the_inflamed_genes_have_more_digital_stils_modestly(tcga):
    genes = tcga.loc[:, "TIGIT":"HLA-E"].T
    found = clusters(genes, method="kmeans", k=3)
    assert len(found.cluster) == 102
    stils = tcga["digi_stils"]
    trend = trends_over_clusters(found.cluster, {"stils": stils}).iloc[0]
    assert trend["p_value"] < 0.001
    assert trend["median_1"] < trend["median_2"] < trend["median_3"] < 0.25
    # the published correlation of this table is .35; three steps cannot say more
    assert spearmanr(found.cluster, stils[found.cluster.index]).statistic == pytest.approx(0.35, abs=0.12)
