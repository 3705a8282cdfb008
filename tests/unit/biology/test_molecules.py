"""Lists of molecules, cells by marker genes, and single molecules between two groups."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tilscope.biology import (
    CYTOLYTIC_ACTIVITY,
    IMMUNE_CELL_MARKERS,
    MOLECULE_LISTS,
    T_CELL_INFLAMED,
    MoleculeList,
    MoleculeSettings,
    compare_molecules,
    former_symbols,
)
from tilscope.biology.markers.molecule import molecule_list
from tilscope.vocabulary import ExpressionError

# genes of people that not everybody has, and one that the older and the newer annotation call differently
NOT_IN_EVERY_MATRIX = {
    "HLA-DRB3": "there in people with some haplotypes only, absent from the reference genome",
    "HLA-DRB4": "there in people with some haplotypes only, absent from the reference genome",
    "FAM30A": "KIAA0125 before 2018",
}
RETIRED = (
    "IL8 IL28A IL29 IL17 PDL1 PD1 VISTA C10orf54 TIM3 TNFSF5 TNFSF6 TNFSF7 PVRL2 CXCL4 CXCL7 CXCL15 CCL6 GITR"
)
SIZES = {
    "costimulators": 30,
    "coinhibitors": 19,
    "interleukins": 43,
    "colony_stimulating_factors": 3,
    "interferons": 22,  # 13 alpha, beta, epsilon, kappa, omega, gamma, 4 lambda
    "chemokines": 44,
    "transforming_growth_factors": 4,
    "tnf_superfamily": 18,
    "mhc_class_1": 7,
    "mhc_class_2": 15,
}


def by_name(name: str) -> MoleculeList:
    return next(listed for listed in MOLECULE_LISTS if listed.name == name)


def test_the_families_and_their_sizes():
    assert {listed.name: len(listed.genes) for listed in MOLECULE_LISTS} == SIZES
    chemokines = by_name("chemokines").genes
    starts = ("CCL", "CXCL", "XCL", "CX3CL", "PF4", "PPBP")
    # Zlotnik & Yoshie 2012: 16 human CXC chemokines with CXCL17 (no CXCL15), 2 XC, 1 CX3C
    assert sum(gene.startswith(("CXCL", "PF4", "PPBP")) for gene in chemokines) == 17  # and PF4V1
    assert sum(gene.startswith("CCL") for gene in chemokines) == 24
    assert all(gene.startswith(starts) for gene in chemokines)
    assert sum(gene.startswith("IFNA") for gene in by_name("interferons").genes) == 13


@pytest.mark.parametrize("listed", MOLECULE_LISTS, ids=lambda listed: listed.name)
def test_every_gene_is_spelled_as_hgnc_does_and_has_its_source(listed):
    assert len(set(listed.genes)) == len(listed.genes)
    for molecule in listed.molecules:
        assert re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)?", molecule.symbol)
        assert re.search(r"(18|19|20)\d\d, .+ \d+:\d+", molecule.source)
        assert molecule.family == listed.name
    assert not set(listed.genes) & set(RETIRED.split())


def test_a_former_symbol_has_one_meaning_and_is_no_current_one():
    listed = [
        (earlier, m.symbol) for one in MOLECULE_LISTS for m in one.molecules for earlier in m.former_symbols
    ]
    assert len(dict(listed)) == len(set(listed))
    assert not {earlier for earlier, _ in listed} & {gene for one in MOLECULE_LISTS for gene in one.genes}
    assert former_symbols()["IL8"] == "CXCL8"
    assert former_symbols()["C10orf54"] == "VSIR"
    assert former_symbols()["SCYA5"] == "CCL5"


def test_danaher_names_sixty_genes_of_fourteen_cells():
    genes = [gene for cells in IMMUNE_CELL_MARKERS for gene in cells.genes]
    assert (len(IMMUNE_CELL_MARKERS), len(genes), len(set(genes))) == (14, 60, 60)
    assert all("s40425-017-0215-8" in cells.source for cells in IMMUNE_CELL_MARKERS)


def test_every_gene_is_known_to_real_matrices(real_data):
    array = pd.read_csv(
        real_data / "expression-gse1992" / "expression.csv.gz", usecols=[0], keep_default_na=False
    )
    counts = pd.read_csv(
        real_data / "tcga-tnbc-tils" / "counts_23_cases.tsv.gz", sep="\t", usecols=[0], header=0, index_col=False,
        names=["gene"], keep_default_na=False,
    )  # fmt: skip
    sequenced, old = set(counts["gene"]), set(array.iloc[:, 0])
    lists = (*MOLECULE_LISTS, *IMMUNE_CELL_MARKERS, T_CELL_INFLAMED, CYTOLYTIC_ACTIVITY)
    absent = {gene for listed in lists for gene in listed.genes if gene not in sequenced}
    assert absent == set(NOT_IN_EVERY_MATRIX)
    assert {gene for gene in absent if gene not in old} == {"HLA-DRB3"}
    # the array of 2005 has earlier symbols: each is known, and stands for a gene that the array lacks
    renamed = {earlier: symbol for earlier, symbol in former_symbols().items() if earlier in old}
    assert {
        "IL8": "CXCL8",
        "IL29": "IFNL1",
        "C10orf54": "VSIR",
        "PVRL2": "NECTIN2",
    }.items() <= renamed.items()
    assert not set(renamed.values()) & old


@pytest.fixture
def cohort(rng):
    samples = [f"s{i:02d}" for i in range(24)]
    groups = pd.Series(["high"] * 11 + ["low"] * 13, index=samples)
    genes = ["IL2", "IL6", "IL10", "CD40LG", "CD28", "ACTB"]
    values = pd.DataFrame(rng.normal(6, 1, (6, 24)), index=genes, columns=samples)
    values.loc["CD40LG", groups.index[:11]] += 3
    values.loc["IL10"] = 0.0
    values.loc["IL6"] = rng.exponential(1.0, 24) ** 2
    return values, groups


def test_each_gene_is_tested_as_r_would_and_each_list_is_a_family(cohort):
    values, groups = cohort
    result = compare_molecules(values, groups, "high")
    table = result.table.set_index(["list", "gene"])
    assert sorted(table.index) == [
        ("costimulators", "CD28"), ("costimulators", "CD40LG"), ("interleukins", "IL10"), ("interleukins", "IL2"),
        ("interleukins", "IL6"), ("tnf_superfamily", "CD40LG"),
    ]  # fmt: skip
    high, low = values.loc[:, groups == "high"], values.loc[:, groups == "low"]
    welch = [stats.ttest_ind(high.loc[g], low.loc[g], equal_var=False) for g in ("CD28", "CD40LG")]
    costimulators = table.loc["costimulators"]
    assert set(costimulators["test"]) == {"Welch t"}
    assert costimulators.loc[["CD28", "CD40LG"], "p_value"].tolist() == pytest.approx(
        [t.pvalue for t in welch]
    )
    adjusted = stats.false_discovery_control([t.pvalue for t in welch])
    assert costimulators.loc[["CD28", "CD40LG"], "p_adjusted"].tolist() == pytest.approx(adjusted)
    interval = welch[1].confidence_interval()
    row = costimulators.loc["CD40LG"]
    assert (row["difference_ci_low"], row["difference_ci_high"]) == pytest.approx(
        (interval.low, interval.high)
    )
    # alone in its family there, so not adjusted
    assert table.loc[("tnf_superfamily", "CD40LG"), "p_adjusted"] == pytest.approx(welch[1].pvalue)
    assert table.loc[("interleukins", "IL6"), "test"] == "Wilcoxon rank-sum (exact)"
    flat = table.loc[("interleukins", "IL10")]
    assert np.isnan(flat["p_value"])
    assert flat["reason"]
    assert table.loc["interleukins", "n_tests"].tolist() == [2, 2, 2]
    u = stats.mannwhitneyu(high.loc["CD28"], low.loc["CD28"]).statistic
    assert costimulators.loc["CD28", "rank_biserial"] == pytest.approx(2 * u / (11 * 13) - 1)
    assert (row["n_high"], row["n_low"]) == (11, 13)
    assert result.lists.loc["interleukins", "n_present"] == 3
    assert "IL4" in result.lists.loc["interleukins", "missing"]


def test_all_lists_as_one_family_count_a_gene_of_two_lists_once(cohort):
    values, groups = cohort
    table = compare_molecules(values, groups, "high", MoleculeSettings(families="all")).table
    once = table.drop_duplicates("gene").dropna(subset=["p_value"])
    expected = stats.false_discovery_control(once["p_value"])
    assert once["p_adjusted"].tolist() == pytest.approx(expected)
    assert set(table["n_tests"]) == {4}
    assert table.groupby("gene")["p_adjusted"].nunique().max() == 1


def test_turning_the_groups_round_turns_every_sign(cohort):
    values, groups = cohort
    there = compare_molecules(values, groups, "high").table
    back = compare_molecules(values, groups, "low").table
    for name in ("difference", "effect_size", "rank_biserial"):
        np.testing.assert_allclose(there[name], -back[name])
    np.testing.assert_allclose(there["effect_ci_low"], -back["effect_ci_high"])


def test_a_fixed_method_is_used_for_all(cohort):
    table = compare_molecules(*cohort, "high", MoleculeSettings(method="wilcoxon")).table
    assert table["test"].str.startswith("Wilcoxon").all()


def test_no_molecule_in_the_matrix_is_refused(cohort):
    values, groups = cohort
    with pytest.raises(ExpressionError, match=r"TAB-58.*HGNC"):
        compare_molecules(values.rename(index=lambda gene: f"ENSG_{gene}"), groups, "high")
    with pytest.raises(ExpressionError, match="TAB-60"):
        compare_molecules(values, groups.iloc[10:], "high")


def test_a_list_without_a_gene_in_the_matrix_is_told(cohort):
    own = molecule_list("own", "Own molecules", {"Somebody 2020, J 1:1": "AAA BBB"})
    result = compare_molecules(*cohort, "high", lists=[by_name("interleukins"), own])
    assert result.lists.loc["own", "missing"] == ("AAA", "BBB")
    assert set(result.table["list"]) == {"interleukins"}
