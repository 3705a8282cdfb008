"""Counts against R: filterByExpr, TMM and cpm of edgeR, voom of limma (recipe_counts.R among the references)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology import moderated_t
from tilscope.biology.expression.filtering import FilterRules, genes_with_counts
from tilscope.biology.expression.normalisation import (
    TmmRules,
    counts_per_million,
    effective_library_sizes,
    library_sizes,
    log2_counts_per_million,
    tmm_factors,
)
from tilscope.biology.expression.voom import voom
from tilscope.vocabulary import ExpressionError

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"
RTOL = 1e-12  # closed formulas of the same numbers; the largest difference seen is 1e-15
VOOM_RTOL = 1e-10  # a regression and a robust trend between; the largest difference seen is 2e-13


def read(name):
    return pd.read_csv(REFERENCE / f"counts_{name}.csv")


def matrix(case):
    rows = INPUT.loc[INPUT["case"] == case].set_index("gene").drop(columns="case")
    return rows.dropna(axis=1)


INPUT, SAMPLES = read("input"), read("samples").set_index("sample")
TMM, FILTERED = read("tmm_expected"), read("filter_expected")
GROUP = SAMPLES["group"]
MEANS = pd.DataFrame({level: (level == GROUP).astype(float) for level in ("high", "low")})
ADJUSTED = pd.DataFrame(
    {
        "intercept": 1.0,
        "high": MEANS["high"],
        "age": SAMPLES["age"],
        "site b": (SAMPLES["site"] == "b").astype(float),
        "site c": (SAMPLES["site"] == "c").astype(float),
    }
)


@pytest.mark.parametrize("case", INPUT["case"].unique())
def test_tmm_factors_equal_edger(case):
    counts, expected = matrix(case), TMM[TMM["case"] == case].set_index("sample")
    found = {
        "tmm": tmm_factors(counts),
        "unweighted": tmm_factors(counts, rules=TmmRules(is_weighted=False)),
        "trimmed": tmm_factors(counts, rules=TmmRules(trim_ratio=0.1, trim_abundance=0.2, min_abundance=-12)),
        "last_reference": tmm_factors(counts, counts.columns[-1]),
    }
    for name, factors in found.items():
        np.testing.assert_allclose(factors, expected[name].loc[counts.columns], rtol=RTOL, err_msg=name)


FILTERS = {
    "group": ("plain", {"groups": GROUP}),
    "design": ("plain", {"design": MEANS}),
    "adjusted": ("plain", {"design": ADJUSTED}),
    "none": ("plain", {}),
    "strict": ("plain", {"groups": GROUP, "rules": FilterRules(min_count=60, min_total_count=2000)}),
    "large": ("plain", {"rules": FilterRules(large_n=3, min_fraction=0.5)}),
    "even": ("even", {}),
    "even_pass": ("even_pass", {}),
}


def test_every_filter_of_the_reference_is_tested():
    assert set(FILTERED["case"]) == set(FILTERS)


@pytest.mark.parametrize("case", FILTERS)
def test_filter_equals_edger(case):
    name, arguments = FILTERS[case]
    expected = FILTERED[FILTERED["case"] == case].set_index("gene")["kept"].astype(bool)
    assert expected.any()
    pd.testing.assert_series_equal(genes_with_counts(matrix(name), **arguments), expected, check_names=False)


def test_counts_per_million_equal_edger():
    counts, expected = matrix("plain"), read("cpm_expected").set_index(["case", "gene"]).sort_index()
    sizes = effective_library_sizes(counts)
    found = {
        "cpm": counts_per_million(counts),
        "cpm-tmm": counts_per_million(counts, sizes),
        "log": log2_counts_per_million(counts),
        "log-tmm-2": log2_counts_per_million(counts, sizes),
        "log-tmm-.25": log2_counts_per_million(counts, sizes, 0.25),
    }
    assert set(expected.index.levels[0]) == set(found)
    for case, values in found.items():
        wanted = expected.loc[case]
        np.testing.assert_allclose(values.loc[wanted.index], wanted, rtol=RTOL, atol=1e-13, err_msg=case)


@pytest.mark.parametrize("case", ["means", "adjusted", "means-all", "adjusted-all"])
def test_voom_equals_limma(case):
    counts = matrix("plain")
    sizes = library_sizes(counts)
    if not case.endswith("-all"):
        counts = counts[genes_with_counts(counts, GROUP)]
        sizes = effective_library_sizes(counts)
    result = voom(counts, ADJUSTED if case.startswith("adjusted") else MEANS, sizes)
    expected = read("voom_expected").set_index(["case", "value", "gene"]).sort_index()
    for value in ("log2", "weights"):
        wanted = expected.loc[case, value]
        found = getattr(result, value).loc[wanted.index]
        np.testing.assert_allclose(found, wanted, rtol=VOOM_RTOL, atol=1e-12, err_msg=value)
    assert len(result.trend) == (counts.sum(axis=1) > 0).sum()


def test_factors_of_two_samples_by_hand():
    # two of the 20 genes take up reads of sample b only; every other gene has the same count
    counts = pd.DataFrame({"a": [100.0] * 20, "b": [1000.0] * 2 + [100.0] * 18})
    counts.index = [f"G{k}" for k in range(20)]
    sizes = effective_library_sizes(counts)
    assert library_sizes(counts).tolist() == [2000, 3800]
    assert sizes["a"] == pytest.approx(sizes["b"])  # the equal genes are equal per effective read
    assert tmm_factors(counts).prod() == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [(0.0, "S04"), (-1.0, "missing or negative"), (np.nan, "missing or negative"), (np.inf, "infinite")],
)
def test_impossible_counts_are_refused(change, message):
    counts = matrix("plain").astype(float)
    counts["S04"] = change
    for function in (tmm_factors, genes_with_counts, counts_per_million, lambda c: voom(c, MEANS)):
        with pytest.raises(ExpressionError, match=rf"TAB-56.*{message}"):
            function(counts)


def test_copied_samples_are_refused_and_get_no_infinite_weights():
    counts = pd.DataFrame([[5.0] * 6, [80.0] * 6, [900.0] * 6], ["A", "B", "C"], GROUP.index[:6])
    with pytest.raises(ExpressionError, match=r"TAB-61.*3 of 3 genes"):
        voom(counts, np.repeat(np.eye(2), 3, axis=0))


def test_voom_without_replicates_is_refused():
    counts = matrix("plain").iloc[:, [0, 10]]
    with pytest.raises(ExpressionError, match=r"TAB-60.*2 samples for 2"):
        voom(counts, np.eye(2))


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("case", ["means", "adjusted"])
def test_genes_of_counts_equal_limma(case, trend, robust):
    counts = matrix("plain")
    counts = counts[genes_with_counts(counts, GROUP)]
    design, contrast = {"means": (MEANS, [1, -1]), "adjusted": (ADJUSTED, [0, 1, 0, 0, 0])}[case]
    ready = voom(counts, design, effective_library_sizes(counts))
    table = moderated_t(ready.log2, design, contrast, trend, robust, weights=ready.weights)
    expected = read("table_expected").set_index(["case", "trend", "robust", "gene"]).sort_index()
    expected = expected.loc[case, int(trend), int(robust)]
    for column in expected.columns:
        is_p = column.startswith("p_")
        found = table.loc[expected.index, column]
        np.testing.assert_allclose(
            found, expected[column], rtol=1e-9, atol=0 if is_p else 1e-11, err_msg=column
        )
