"""The table of a study's own signatures."""

import math

import pytest

from tilscope.reading import read_signature_table
from tilscope.vocabulary import ExpressionError

GOOD = "signature\tgene\tweight\tmethod\nmine\tCCL5\t-0.5\tweighted_sum\nmine\tNA\t1e-2\t\nother\tCD8A\tn/a\tmean_z\n"


def write(folder, text):
    file = folder / "signatures.tsv"
    file.write_text(text)
    return file


def test_rows_weights_and_a_gene_called_na(tmp_path):
    frame = read_signature_table(write(tmp_path, GOOD))
    assert frame["gene"].tolist() == ["CCL5", "NA", "CD8A"]
    assert frame["weight"].tolist()[:2] == [-0.5, 0.01]
    assert math.isnan(frame["weight"].iloc[2])
    assert frame["method"].tolist() == ["weighted_sum", "", "mean_z"]


def test_two_columns_are_enough(tmp_path):
    frame = read_signature_table(write(tmp_path, "gene,signature\nCCL5,a\nCCL5,b\n"))
    assert frame["signature"].tolist() == ["a", "b"]
    assert frame["weight"].isna().all()
    assert set(frame["method"]) == {""}


@pytest.mark.parametrize(
    ("text", "rule", "told"),
    [
        ("signature\tsymbol\na\tCCL5\n", "TAB-49", "symbol"),
        ("signature\tgene\n", "TAB-51", "no rows"),
        ("signature\tgene\na\t\n", "TAB-51", "row 2"),
        ("signature\tgene\tweight\na\tCCL5\t0,5\n", "TAB-52", "0,5"),
        ("signature\tgene\tweight\na\tCCL5\tinf\n", "TAB-52", "inf"),
        ("signature\tgene\na\tCCL5\na\tCCL5\n", "TAB-54", "CCL5 in a"),
        ("signature\tgene\na\t2-Mar\n", "TAB-53", "MARCHF2"),
        ("signature\tgene\na\tCCL5\tx\n", "TAB-51", "cells"),
    ],
)
def test_faults_are_refused(tmp_path, text, rule, told):
    with pytest.raises(ExpressionError, match=f"{rule}.*{told}"):
        read_signature_table(write(tmp_path, text))
