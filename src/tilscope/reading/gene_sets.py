"""Gene sets in GMT files."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tilscope.reading.doors import unpacked
from tilscope.reading.gene_symbols import refuse_dates
from tilscope.reading.text_tables import decoded, decoded_text, shown
from tilscope.vocabulary import ExpressionError

DECIMAL = re.compile(r"[-+]?\d*[.,]\d+([eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+")
MOSTLY = 0.5  # share of decimal numbers from which the file is a table of values


@dataclass(frozen=True, slots=True)
class GeneSetFile:
    """What a GMT file says.

    Attributes
    ----------
    sets : dict of name to genes
        In the file's order; each gene once; sets without genes are left out.
    descriptions : dict of name to str
        The second column: an identifier such as ``R-HSA-202403``, an address, or nothing.
    """

    sets: dict[str, tuple[str, ...]]
    descriptions: dict[str, str]

    @property
    def genes(self) -> frozenset[str]:
        """All genes of the sets."""
        return frozenset(gene for genes in self.sets.values() for gene in genes)


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
    return parse_gene_sets(decoded_text(path, ExpressionError), path).sets


def gene_set_text(data: bytes, path: Path) -> str:
    """Return the text in the bytes of a GMT file, plain or gzip (faults as `read_gene_sets`)."""
    return decoded(unpacked(data, path, "TAB-51", ExpressionError), path, ExpressionError)


def encode_gene_sets(file: GeneSetFile) -> bytes:
    """Return the bytes of a GMT file: UTF-8, one line per set, in the order of the sets."""
    lines = ("\t".join((name, file.descriptions[name], *genes)) for name, genes in file.sets.items())
    return "".join(f"{line}\n" for line in lines).encode()


def parse_gene_sets(text: str, path: Path) -> GeneSetFile:
    """Parse the text of a GMT file; ``path`` is for messages (faults as `read_gene_sets`)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = [_row(number, line, path) for number, line in enumerate(lines, start=1) if line.strip()]
    twice = [name for name, count in Counter(row[0] for row in rows).items() if count > 1]
    if twice:
        raise ExpressionError(
            "TAB-54",
            "gene sets occur more than once",
            file=path,
            found=shown(twice),
            expected="each name once",
            remedy="Rename or remove the copies.",
        )
    sets = {row[0]: tuple(dict.fromkeys(gene for gene in row[2:] if gene)) for row in rows}
    genes = sorted({gene for genes in sets.values() for gene in genes})
    _refuse_numbers(genes, path)
    refuse_dates(genes, path)
    known = {name: genes for name, genes in sets.items() if genes}
    if not known:
        raise ExpressionError(
            "TAB-51",
            "no set of the file has genes",
            file=path,
            found=f"{len(sets)} lines",
            expected="name, description, genes, separated by tabs",
            remedy="Save the sets in GMT format.",
        )
    return GeneSetFile(known, {row[0]: row[1] for row in rows if row[0] in known})


def _refuse_numbers(genes: list[str], path: Path) -> None:
    """Refuse a table of measured values, which looks like GMT but for its "genes"."""
    n_values = sum(DECIMAL.fullmatch(gene) is not None for gene in genes)
    if n_values > MOSTLY * len(genes):
        raise ExpressionError(
            "TAB-51",
            "this is a table of numbers, not of gene sets",
            file=path,
            found=f"{n_values} of {len(genes)} genes are decimal numbers, such as {genes[0]}",
            expected="name, description, genes",
            remedy="Name the GMT file; an expression matrix is imported with tilscope import.",
        )


def _row(number: int, line: str, path: Path) -> list[str]:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) < 2 or not cells[0]:
        raise ExpressionError(
            "TAB-51",
            f"line {number} is not a gene set",
            file=path,
            found=f"{len(cells)} tab-separated field{'s' if len(cells) > 1 else ''}",
            expected="name, description, genes",
            remedy="Save the sets in GMT format.",
        )
    return cells
