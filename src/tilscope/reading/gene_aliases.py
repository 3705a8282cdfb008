"""What genes are called: approved symbols, earlier and other names, Ensembl and Entrez ids."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from tilscope.reading.text_tables import decoded_text
from tilscope.vocabulary import ExpressionError

SHIPPED = "gene_names.tsv"
SHIPPED_SOURCE = "tilscope's own table of the genes of its lists"
HGNC_SOURCE = "HGNC's complete set"
HGNC_NAMES = ("alias_symbol", "prev_symbol")
HGNC_COLUMNS = ("symbol", *HGNC_NAMES, "ensembl_gene_id", "entrez_id")


@dataclass(frozen=True, slots=True, eq=False)
class GeneNames:
    """A table of genes.

    Attributes
    ----------
    symbols : frozenset of str
        Approved symbols.
    other_names : mapping of str to str
        Earlier and other names that mean one gene only and are no approved symbol, to the symbol.
    by_ensembl, by_entrez : mapping of str to str
        Ids (Ensembl without version) that mean one gene only, to its symbol.
    source : str
        Where the table comes from, in words.
    is_complete : bool
        Whether it holds all human genes, or only those of the shipped lists.
    """

    symbols: frozenset[str]
    other_names: Mapping[str, str]
    by_ensembl: Mapping[str, str]
    by_entrez: Mapping[str, str]
    source: str
    is_complete: bool


@cache
def shipped_gene_names() -> GeneNames:
    """Return the table that comes with the package: the genes of the shipped lists and families."""
    text = (files("tilscope.reading") / SHIPPED).read_text(encoding="utf-8")
    rows = [
        (row["symbol"], row["other_names"], row["ensembl_gene_id"], row["entrez_id"])
        for row in csv.DictReader(text.splitlines(), delimiter="\t")
    ]
    return _gene_names(rows, SHIPPED_SOURCE, is_complete=False)


def read_hgnc(file: Path | str) -> GeneNames:
    """Read HGNC's complete set (``hgnc_complete_set.txt``: tab-separated, lists within a cell by ``|``).

    Raises
    ------
    ExpressionError
        TAB-00 missing, TAB-51 without the columns symbol, alias_symbol, prev_symbol, ensembl_gene_id, entrez_id,
        or with a cut row; TAB-52 encoding.
    """
    path = Path(file)
    text = decoded_text(path, ExpressionError)
    reader = csv.DictReader(text.splitlines(), delimiter="\t")
    header = reader.fieldnames or ()
    missing = [name for name in HGNC_COLUMNS if name not in header]
    approved = [row for row in reader if (row.get("status") or "Approved") == "Approved"]
    if missing or not approved or any(row[name] is None for row in approved for name in HGNC_COLUMNS):
        raise ExpressionError(
            "TAB-51",
            "this is not HGNC's complete set, or it is cut",
            file=path,
            found=f"no column {', '.join(missing)}" if missing else f"{len(approved)} whole rows",
            expected=f"a row per gene with {', '.join(HGNC_COLUMNS)}",
            remedy="Fetch it again with tilscope genesets fetch hgnc.",
        )
    rows = [
        (
            row["symbol"].strip(),
            "|".join(row[name].strip().strip('"') for name in HGNC_NAMES if row[name].strip()),
            row["ensembl_gene_id"],
            row["entrez_id"],
        )
        for row in approved
    ]
    return _gene_names(rows, HGNC_SOURCE, is_complete=True)


def _gene_names(rows: Iterable[tuple[str, str, str, str]], source: str, *, is_complete: bool) -> GeneNames:
    """Turn rows of symbol, other names, Ensembl ids and Entrez id into look-ups of what means one gene only."""
    other: dict[str, set[str]] = defaultdict(set)
    ensembl: dict[str, set[str]] = defaultdict(set)
    entrez: dict[str, set[str]] = defaultdict(set)
    symbols = set()
    for symbol, names, ensembl_ids, entrez_ids in rows:
        symbols.add(symbol)
        for cell, found in ((names, other), (ensembl_ids, ensembl), (entrez_ids, entrez)):
            for name in cell.split("|"):
                if name.strip():
                    found[name.strip()].add(symbol)
    return GeneNames(
        frozenset(symbols),
        {name: symbol for name, symbol in _single(other).items() if name not in symbols},
        _single(ensembl),
        _single(entrez),
        source,
        is_complete,
    )


def _single(found: Mapping[str, set[str]]) -> dict[str, str]:
    return {name: next(iter(genes)) for name, genes in found.items() if len(genes) == 1}
