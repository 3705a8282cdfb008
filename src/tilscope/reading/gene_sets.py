"""Gene sets in GMT files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tilscope.reading.gene_symbols import refuse_dates
from tilscope.reading.text_tables import decoded_text, shown
from tilscope.vocabulary import ExpressionError


def read_gene_sets(file: Path | str) -> dict[str, tuple[str, ...]]:
    """Read a GMT file (plain or ``.gz``): per line a name, a description and genes, separated by tabs.

    Returns
    -------
    dict of name -> genes
        In the file's order; each gene once; sets without genes are left out.

    Raises
    ------
    ExpressionError
        TAB-00 missing, TAB-51 not GMT, TAB-52 encoding, TAB-53 genes turned into dates, TAB-54 a set twice.
    """
    path = Path(file)
    rows = [line.split("\t") for line in decoded_text(path, ExpressionError).splitlines() if line.strip()]
    for number, row in enumerate(rows, start=1):
        if len(row) < 2 or not row[0].strip():
            raise ExpressionError(
                "TAB-51",
                f"line {number} is not a gene set",
                file=path,
                found=f"{len(row)} tab-separated fields",
                expected="name, description, genes",
                remedy="Save the sets in GMT format.",
            )
    twice = [name for name, count in Counter(row[0].strip() for row in rows).items() if count > 1]
    if twice:
        raise ExpressionError(
            "TAB-54",
            "gene sets occur more than once",
            file=path,
            found=shown(twice),
            expected="each name once",
            remedy="Rename or remove the copies.",
        )
    sets = {
        row[0].strip(): tuple(dict.fromkeys(gene.strip() for gene in row[2:] if gene.strip())) for row in rows
    }
    refuse_dates(sorted({gene for genes in sets.values() for gene in genes}), path)
    return {name: genes for name, genes in sets.items() if genes}
