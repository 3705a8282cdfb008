"""What genes are called: evidence, mapping, earlier names, duplicates that arise."""

import numpy as np
import pytest

from tilscope.reading import read_expression, read_hgnc, shipped_gene_names
from tilscope.vocabulary import ExpressionError

HEADER = "hgnc_id\tsymbol\tname\tlocus_group\tstatus\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id\n"
ROWS = (
    "HGNC:1\tCXCL8\tx\tprotein\tApproved\t\"K60|NAP-1\"\tIL8\t3576\tENSG00000169429\n"
    "HGNC:2\tCD274\tx\tprotein\tApproved\t\"B7-H|PD-L1\"\t\"PDCD1L1|PDCD1LG1\"\t29126\tENSG00000120217\n"
    "HGNC:3\tSNCA\tx\tprotein\tApproved\tPD1\tPARK1\t6622\tENSG00000145335\n"
    "HGNC:4\tPDCD1\tx\tprotein\tApproved\t\"CD279|PD1\"\t\t5133\tENSG00000188389\n"
    "HGNC:5\tCLC\tx\tprotein\tApproved\tLGALS10\t\t1178\tENSG00000105205\n"
    "HGNC:6\tCLCF1\tx\tprotein\tApproved\tCLC\t\t23529\tENSG00000175505\n"
    "HGNC:7\tOLD1\tx\tprotein\tEntry Withdrawn\tIL8\t\t9\t\n"
)  # fmt: skip


@pytest.fixture
def hgnc(tmp_path):
    file = tmp_path / "hgnc_complete_set.txt"
    file.write_text(HEADER + ROWS)
    return read_hgnc(file)


@pytest.fixture
def matrix(tmp_path):
    def read(genes, rows=None, **more):
        rows = np.arange(len(genes) * 2).reshape(-1, 2) + 0.5 if rows is None else rows
        file = tmp_path / "e.tsv"
        body = "".join(f"{g}\t{a}\t{b}\n" for g, (a, b) in zip(genes, rows, strict=True))
        file.write_text("gene\tS1\tS2\n" + body)
        return read_expression(file, **more)

    return read


def test_earlier_names_are_replaced_and_told(matrix):
    found = matrix(["IL8", "PDCD1L1", "C10orf54", "CD3Z", "NA", "B7H4"])
    assert list(found.values.index) == ["CXCL8", "CD274", "VSIR", "CD247", "NA", "VTCN1"]
    assert found.renamed["CD3Z"] == "CD247"
    assert found.warnings[0].startswith("TAB-58 5 earlier names")
    assert found.decisions["identifiers"] == "6 of 6 names look like HGNC symbols"


def test_a_name_is_left_alone_where_it_may_mean_two(matrix, hgnc):
    found = matrix(["CXCL8", "IL8", "PD1", "CLC", "CD3E"], names=hgnc)
    # IL8: the approved symbol is there itself; PD1: two genes; CLC: an approved symbol, and an alias of CLCF1
    assert list(found.values.index) == ["CXCL8", "IL8", "PD1", "CLC", "CD3E"]
    assert found.renamed == {}
    assert "1 earlier names were left alone" in found.warnings[0]
    assert "2 are approved ones" in found.decisions["identifiers"]


@pytest.mark.parametrize(
    ("genes", "kind"),
    [
        (["ENSG00000169429.11", "ENSG00000120217", "ENSG00000999999.1"], "Ensembl"),
        (["3576", "29126", "999999"], "Entrez"),
    ],
)
def test_ids_are_mapped_by_hgnc(matrix, hgnc, genes, kind):
    found = matrix(genes, names=hgnc)
    assert list(found.values.index) == ["CXCL8", "CD274", genes[2]]
    assert (found.counted["mapped"], found.counted["unmapped"]) == (2, 1)
    assert f"3 of 3 names look like {kind}" in found.decisions["identifiers"]
    assert "HGNC's complete set" in found.warnings[0]


def test_duplicates_that_arise_from_mapping_follow_the_rule(matrix, hgnc):
    genes = ["ENSG00000169429.1", "ENSG00000169429.1_PAR_Y", "ENSG00000120217"]
    rows = [(100, 300), (7, 8), (60, 70)]
    found = matrix(genes, rows, names=hgnc, duplicates="sum", scale="counts")
    assert found.values.loc["CXCL8"].tolist() == [107, 308]
    assert found.values.loc["CD274"].tolist() == [60, 70]
    assert found.counted["merged"] == 1


def test_symbols_beside_entrez_ids(matrix):
    found = matrix(["CD8A|925", "IL8|3576", "ESR1|2099", "?|100130426"])
    assert list(found.values.index) == ["CD8A", "CXCL8", "ESR1"]


def test_names_as_they_are(matrix):
    found = matrix(["925", "IL8", "x y"], identifiers="as-is")
    assert list(found.values.index) == ["925", "IL8", "x y"]


def test_a_cut_table_of_names_is_refused(tmp_path):
    file = tmp_path / "hgnc_complete_set.txt"
    for text in (HEADER + ROWS[:-30], "symbol\tname\nA\tb\n", HEADER):
        file.write_text(text)
        with pytest.raises(ExpressionError, match=r"TAB-51.*HGNC"):
            read_hgnc(file)


def test_every_gene_of_the_shipped_lists_is_in_the_table_and_no_name_means_two():
    from tilscope.biology import GENE_LISTS
    from tilscope.biology.markers.immune_cells import IMMUNE_CELL_MARKERS
    from tilscope.biology.markers.molecules import MOLECULE_LISTS

    table = shipped_gene_names()
    lists = (*GENE_LISTS, *MOLECULE_LISTS, *IMMUNE_CELL_MARKERS)
    listed = {gene for genes in lists for gene in genes.genes}
    assert sorted(listed - table.symbols) == []
    assert not set(table.other_names) & table.symbols
    assert set(table.by_entrez.values()) <= table.symbols
    assert table.by_ensembl["ENSG00000120217"] == "CD274"
    assert table.by_entrez["925"] == "CD8A"
