"""Whether sets and matrix speak of the same genes."""

from __future__ import annotations

import pytest

from tilscope.biology.gene_sets.approved_names import with_names_of_matrix
from tilscope.biology.gene_sets.collection_fit import fit_collection, identifier_kind

SETS = {"T": ("CD3D", "CD3E", "CD2"), "B": ("CD19", "MS4A1"), "both": ("CD2", "CD19")}


def test_counts_by_hand():
    fit = fit_collection(["CD3D", "CD3E", "CD19", "ACTB"], SETS)
    assert (fit.n_genes, fit.n_present, fit.fraction) == (5, 3, 0.6)
    assert fit.table["n_present"].to_dict() == {"T": 2, "B": 1, "both": 1}
    assert fit.table.loc["T", "missing"] == ("CD2",)
    assert [fit.n_scorable(n) for n in (1, 2, 3)] == [3, 1, 0]
    assert fit.mismatch is None


def test_exactly_half_is_enough():
    assert fit_collection(["A"], {"x": ("A", "B")}, 0.5).mismatch is None
    assert fit_collection(["A"], {"x": ("A", "B")}, 0.51).mismatch is not None


@pytest.mark.parametrize(
    ("genes", "kind"),
    [
        (["ENSG00000153563", "ENSG00000145649.8"], "human Ensembl genes"),
        (["ENSMUSG00000053977", "ENSRNOG00000007178"], "Ensembl genes of another species"),
        (["ENST00000283635"], "Ensembl transcripts"),
        (["925", "3001"], "Entrez numbers"),
        (["NM_001768"], "RefSeq transcripts"),
        (["205758_at", "1007_s_at"], "Affymetrix probes"),
        (["ILMN_1768482"], "Illumina probes"),
        (["Cd8a", "Gzma", "Nkx2-1"], "symbols of mouse or rat"),
        (["CD8A", "HLA-DRA", "C1orf112", "NA", "RP11-34P13.7"], "human symbols"),
        (["CD8A", "925"], "identifiers of several kinds"),
    ],
)
def test_kinds_of_identifiers(genes, kind):
    assert identifier_kind(genes) == kind


def test_words_for_another_kind_and_for_another_part_of_the_genome():
    ensembl = fit_collection(["ENSG00000153563", "ENSG00000145649"], SETS)
    assert ensembl.mismatch == (
        "the expression matrix has 0 of the 5 genes of the sets, less than 50%: the sets name human symbols "
        "(CD19, CD2, CD3D), the matrix human Ensembl genes (ENSG00000145649, ENSG00000153563)"
    )
    others = fit_collection(["ACTB", "GAPDH"], SETS)
    assert "both name human symbols, but others; missing are for example CD19, CD2, CD3D" in (
        others.mismatch or ""
    )


def test_only_names_that_the_matrix_lacks_are_replaced_and_only_by_symbols_that_it_has():
    other_names = {"INDO": "IDO1", "CD158B1": "KIR2DL2", "OLD": "NEW", "CD20": "MS4A1"}
    sets = {"aDC": ("INDO", "IDO1", "CD83"), "B": ("CD20", "CD19"), "x": ("OLD", "CD158B1")}
    found, renamed = with_names_of_matrix(sets, {"IDO1", "CD20", "MS4A1", "CD19", "OLD"}, other_names)
    assert found == {"aDC": ("IDO1", "CD83"), "B": ("CD20", "CD19"), "x": ("OLD", "CD158B1")}
    assert renamed == {"INDO": "IDO1"}
