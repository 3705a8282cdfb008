"""GMT files: what is read is what was written, whatever the names, line ends and encodings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilscope.reading import GeneSetFile, encode_gene_sets, gene_set_text, parse_gene_sets, read_gene_sets
from tilscope.vocabulary import ExpressionError

HERE = Path("sets.gmt")
# any text that a cell of a GMT file can hold, also line separators of other alphabets
CELL = st.text(
    st.characters(exclude_characters="\t\n\r\0\ufeff", exclude_categories=("Cs",)), min_size=1, max_size=8
)
NAME = CELL.map(str.strip).filter(bool)
GENE = st.from_regex(r"[A-Z][A-Z0-9]{1,6}", fullmatch=True)
SETS = st.dictionaries(
    NAME,
    st.tuples(CELL.map(str.strip), st.lists(GENE, min_size=1, max_size=4, unique=True)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=50)
@given(SETS, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_round_trip(sets, line_end, encoding):
    file = GeneSetFile(
        {name: tuple(genes) for name, (_, genes) in sets.items()},
        {name: described for name, (described, _) in sets.items()},
    )
    text = encode_gene_sets(file).decode().replace("\n", line_end)
    assert parse_gene_sets(gene_set_text(text.encode(encoding), HERE), HERE) == file


def test_descriptions_and_genes():
    file = parse_gene_sets("A\tR-HSA-1\tCD8A\tCD8A\nB\t\tNA\tGZMA\n", HERE)
    assert file.descriptions == {"A": "R-HSA-1", "B": ""}
    assert file.genes == {"CD8A", "GZMA", "NA"}


def test_reactome_as_published(real_data):
    """Counted by ``wc -l`` and ``cut -f3- | tr '\\t' '\\n' | sort -u | wc -l``."""
    sets = read_gene_sets(real_data / "genesets" / "ReactomePathways_2024-09-18.gmt")
    assert len(sets) == 2694
    assert len({gene for genes in sets.values() for gene in genes}) == 11_668


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gene\tP1\tP2\nCD8A\t1.5\t2.5\nGZMA\t-3.25\t4e-3\n", "table of numbers"),
        ("A\tx\nB\ty\n", "no set of the file has genes"),
        ("\tx\tCD8A\n", "line 1 is not a gene set"),
    ],
)
def test_what_only_looks_like_gmt(text, says):
    with pytest.raises(ExpressionError, match="TAB-51") as caught:
        parse_gene_sets(text, HERE)
    assert says in str(caught.value)


def test_entrez_numbers_are_no_measured_values():
    assert parse_gene_sets("A\tx\t925\t3001\t5551\n", HERE).sets == {"A": ("925", "3001", "5551")}
