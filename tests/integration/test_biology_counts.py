"""Raw counts of 23 real tumours (TCGA) from the filter to the table of genes, against edgeR and limma."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import DIFFERENTIAL_COLUMNS, moderated_t, two_group_design
from tilscope.biology.expression.filtering import genes_with_counts
from tilscope.biology.expression.normalisation import (
    effective_library_sizes,
    log2_counts_per_million,
    tmm_factors,
)
from tilscope.biology.expression.voom import voom

REFERENCE = Path(__file__).parents[1] / "reference" / "biology"


@pytest.fixture(scope="module")
def tumours(real_data):
    counts = pd.read_csv(real_data / "tcga-tnbc-tils" / "counts_23_cases.tsv.gz", sep="\t", index_col=0)
    expected = pd.read_csv(REFERENCE / "tcga_factors_expected.csv").set_index("case")
    return counts, expected.loc[counts.columns]


def test_factors_and_filter_equal_edger(tumours):
    counts, expected = tumours
    kept = genes_with_counts(counts, expected["group"])
    assert kept.sum() == 15731  # of 20,124
    np.testing.assert_allclose(tmm_factors(counts[kept]), expected["factor"], rtol=1e-12)
    np.testing.assert_allclose(tmm_factors(counts), expected["factor_all"], rtol=1e-12)


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("method", ["voom", "trend"])
def test_genes_equal_limma(tumours, method, robust):
    counts, samples = tumours
    counts = counts[genes_with_counts(counts, samples["group"])]
    design, contrast = two_group_design(samples["group"], "high")
    sizes = effective_library_sizes(counts)
    if method == "voom":
        ready = voom(counts, design, sizes)
        table = moderated_t(ready.log2, design, contrast, robust=robust, weights=ready.weights)
    else:
        table = moderated_t(log2_counts_per_million(counts, sizes), design, contrast, True, robust)
    expected = pd.read_csv(REFERENCE / "tcga_table_expected.csv")
    expected = expected[(expected["method"] == method) & (expected["robust"] == robust)].set_index("gene")
    assert len(expected) > 40
    for column in DIFFERENTIAL_COLUMNS:
        is_p = column.startswith("p_")
        np.testing.assert_allclose(
            table.loc[expected.index, column],
            expected[column],
            rtol=1e-9,
            atol=0 if is_p else 1e-9,
            err_msg=column,
        )
    assert (
        table["p_adjusted"] > 0.3
    ).all()  # 12 against 11 tumours tell no gene apart, and nothing says they do
