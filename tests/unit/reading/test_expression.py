"""Expression matrices and gene sets: every doubtful value settled or refused."""

import gzip

import numpy as np
import pytest

from tilscope.reading import read_expression, read_gene_sets, table_kind
from tilscope.vocabulary import ExpressionError

GENES = ("ACTB", "CD8A", "GZMA", "NA", "ESR1")


@pytest.fixture
def matrix(tmp_path):
    def read(text, name="expression.csv"):
        file = tmp_path / name
        data = text.encode()
        file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return read_expression(file)

    return read


@pytest.fixture
def rule_of(matrix):
    def read(text, *needles):
        with pytest.raises(ExpressionError) as caught:
            matrix(text)
        for needle in needles:
            assert needle in str(caught.value)
        return caught.value.rule

    return read


def text_of(values, genes=GENES, samples=("S1", "002", "NA"), mark=",", corner="gene"):
    lines = [mark.join([corner, *samples])]
    lines += [mark.join([g, *(f"{v}" for v in row)]) for g, row in zip(genes, values, strict=True)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def log2(rng):
    return np.round(rng.uniform(0, 14, (5, 3)), 3)


@pytest.mark.parametrize("name", ["e.csv", "e.csv.gz", "e.tsv"])
def test_values_genes_and_samples(matrix, log2, name):
    found = matrix(text_of(log2, mark="\t" if "tsv" in name else ","), name)
    np.testing.assert_array_equal(found.values.to_numpy(), log2)
    assert list(found.values.index) == list(GENES)  # the gene called NA among them
    assert list(found.values.columns) == ["S1", "002", "NA"]
    assert (found.scale, found.warnings) == ("log2", ())


def test_header_as_r_writes_it(matrix, log2):
    text = text_of(log2, mark="\t").replace("gene\t", "", 1)
    assert list(matrix(text, "e.tsv").values.columns) == ["S1", "002", "NA"]


def test_quoted_names(matrix, log2):
    text = (
        "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in text_of(log2).splitlines()) + "\n"
    )
    np.testing.assert_array_equal(matrix(text).values.to_numpy(), log2)


@pytest.mark.parametrize(
    ("dated", "guess"),
    [
        ("1-Mar", "MARCHF1"),
        ("2-Sep", "SEPTIN2"),
        ("1-Dec", "DELEC1"),
        ("Sep-02", "SEPTIN2"),
        ("2023-03-01", "MARCHF1"),
        ("2023-09-07 00:00:00", "SEPTIN7"),
        ("43891", "MARCHF1"),  # 1 March 2020 as a spreadsheet's day number
        ("3/1/2023", "MARCH"),
    ],
)
def test_genes_turned_into_dates_are_refused_with_what_they_were(rule_of, log2, dated, guess):
    assert rule_of(text_of(log2, ("ACTB", dated, "GZMA", "CD8A", "ESR1")), dated, guess) == "TAB-53"


@pytest.mark.parametrize(
    "fine", ["DEC1", "MARCH1", "SEPT9", "MARCHF1", "SEPTIN2", "OCT4", "MAR-AS1", "NOV", "5S_rRNA"]
)
def test_symbols_that_only_resemble_dates_are_kept(matrix, log2, fine):
    assert fine in matrix(text_of(log2, ("ACTB", fine, "GZMA", "CD8A", "ESR1"))).values.index


def test_entrez_ids_are_no_dates(rule_of, log2):
    text = text_of(log2, ("43891", "7157", "925", "3001", "2099"))
    assert rule_of(text, "5 of 5 names look like Entrez ids", "tilscope genesets fetch hgnc") == "TAB-58"


def test_duplicate_genes_keep_the_highest_mean(matrix, log2):
    log2[1], log2[4] = (1, 1, 1), (5, 6, 7)
    found = matrix(text_of(log2, ("ACTB", "CD8A", "GZMA", "B2M", "CD8A")))
    assert list(found.values.index) == ["ACTB", "GZMA", "B2M", "CD8A"]
    assert found.values.loc["CD8A"].tolist() == [5, 6, 7]
    assert found.warnings[0].startswith("TAB-54")


def test_gene_with_a_gap_is_dropped_and_told(matrix, log2):
    genes = [f"G{i}" for i in range(10)]
    values = np.vstack([log2, log2]).astype(object)
    values[3, 1] = ""
    found = matrix(text_of(values, genes))
    assert found.dropped_genes == ("G3",)
    assert found.values.shape == (9, 3)
    assert found.warnings[0].startswith("TAB-55")


def test_empty_sample_is_set_aside_and_changes_no_other(matrix, log2):
    whole = matrix(text_of(log2)).values
    holes = log2.astype(object)
    holes[:, 1] = "NA"
    found = matrix(text_of(holes))
    assert found.dropped_samples == ("002",)
    assert found.dropped_genes == ()
    np.testing.assert_array_equal(found.values.to_numpy(), whole[["S1", "NA"]].to_numpy())


def test_negative_counts_and_infinite_values(rule_of):
    counts = np.arange(15).reshape(5, 3) * 100
    counts[2, 1] = -5
    assert rule_of(text_of(counts), "-5") == "TAB-56"
    values = counts.astype(object)
    values[2, 1] = "inf"
    assert rule_of(text_of(values)) == "TAB-56"


@pytest.mark.parametrize(
    ("values", "scale", "n_warnings"),
    [
        (np.arange(15).reshape(5, 3) * 100, "counts", 0),
        (np.arange(15).reshape(5, 3) * 10.37, "linear", 1),
        (np.arange(15).reshape(5, 3) - 7.5, "ratio", 0),
        (np.arange(15).reshape(5, 3) - 0.5, "log2", 0),
    ],
)
def test_scale(matrix, values, scale, n_warnings):
    found = matrix(text_of(values))
    assert found.scale == scale
    assert len(found.warnings) == n_warnings


def test_transposed_table(rule_of, log2):
    text = text_of(log2.T, ("S1", "S2", "S3"), ("ACTB", "CD8A", "GZMA", "ESR1", "XYZ"), corner="sample_id")
    assert rule_of(text, "ACTB") == "TAB-57"


def test_sample_twice(rule_of, log2):
    assert rule_of(text_of(log2, samples=("S1", "S2", "S1")), "'S1'") == "TAB-50"


def test_words_in_the_matrix_are_named_by_gene_and_sample(rule_of, log2):
    values = log2.astype(object)
    values[2, 1] = "high"
    assert rule_of(text_of(values), "'high'", "GZMA", "'002'") == "TAB-52"


@pytest.mark.parametrize(
    "change", [lambda t: t[:-3], lambda t: t + "G,1,2\n", lambda t: t + "G,1,2,3,4\n", lambda t: ""]
)
def test_cut_ragged_or_empty(rule_of, log2, change):
    assert rule_of(change(text_of(log2))) == "TAB-51"


def test_cut_gzip_and_missing_file(tmp_path, log2):
    file = tmp_path / "e.csv.gz"
    file.write_bytes(gzip.compress(text_of(log2).encode())[:-4])
    for path, rule in ((file, "TAB-51"), (tmp_path / "absent.csv", "TAB-00")):
        with pytest.raises(ExpressionError) as caught:
            read_expression(path)
        assert caught.value.rule == rule


def test_gene_sets(tmp_path):
    file = tmp_path / "sets.gmt"
    file.write_text("B_CELLS\thttp://x\tCD19\tMS4A1\tCD19\t\nEMPTY\tnone\nT CELLS\t\tCD3D\n\n")
    assert read_gene_sets(file) == {"B_CELLS": ("CD19", "MS4A1"), "T CELLS": ("CD3D",)}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("A\tx\tCD19\nA\tx\tCD3D\n", "TAB-54"),
        ("just words\n", "TAB-51"),
        ("", "TAB-51"),
        ("A\tx\t2-Sep\tCD19\n", "TAB-53"),
    ],
)
def test_gene_set_files_that_are_refused(tmp_path, text, rule):
    file = tmp_path / "sets.gmt"
    file.write_text(text)
    with pytest.raises(ExpressionError) as caught:
        read_gene_sets(file)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("patient_id,stils,CD8A,ACTB,GZMA\nP1,20,1,2,3\n", "participants"),
        ("PatientID;age;TIL_percent\nP1;44;12,5\n", "participants"),
        ("gene\tS1\tS2\nACTB\t1\t2\n", "expression"),
        (",S1,S2\nXYZ,1,2\n", "expression"),
        ("S1\tS2\nXYZ\t1\t2\n", "expression"),
        ("symbols here,S1\nACTB,1\nCD8A,2\nGZMA,3\n", "expression"),
        ("patient_id,age\nP1,50\n", "unknown"),
        ("a few words\nand more\n", "unknown"),
        ("", "unknown"),
        ("#1.2\n1\t1\nName\tDescription\tS1\nACTB\tna\t1\n", "expression"),
        ("# Program:featureCounts\nGeneid\tChr\tLength\tS1\nACTB\t7\t99\t1\n", "expression"),
    ],
)
def test_kind_of_table(tmp_path, text, kind):
    for name, data in (("t.txt", text.encode()), ("t.txt.gz", gzip.compress(text.encode()))):
        (tmp_path / name).write_bytes(data)
        assert table_kind(tmp_path / name) == kind
