"""What a table is, told by its first lines, so that a folder of tables can be sorted."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tilscope.reading.doors import GZIP_MAGIC, existing_file
from tilscope.reading.expression_tables import GCT
from tilscope.reading.gene_symbols import WELL_KNOWN
from tilscope.reading.h5ad_files import is_h5ad
from tilscope.reading.participants import ID_COLUMNS, TIL_COLUMNS, find_column
from tilscope.reading.text_tables import BOMS, DELIMITERS, is_missing
from tilscope.vocabulary import TableError

FIRST_BYTES = 200_000
GENE_COLUMNS = (
    "gene", "genes", "symbol", "gene_symbol", "gene_name", "gene_id", "hugo_symbol", "hgnc_symbol", "ensembl_id",
)  # fmt: skip
GENES_THAT_TELL = 3
TRANSPOSED_COLUMNS = 500  # participants may carry a few genes; a transposed matrix has them all

TableKind = Literal["participants", "expression", "unknown"]


def table_kind(file: Path | str) -> TableKind:
    """Tell whether a CSV or TSV file looks like the clinical table or like an expression matrix.

    Only the first lines are looked at, and nothing is checked: a damaged table still counts as what it was
    meant to be, so that its reader can say what is wrong with it.

    Returns
    -------
    ``"participants"`` (an id and an sTIL column), ``"expression"`` (an HDF5 or GCT file, or numbers with
    genes in the rows, or in the columns of a wide table), or ``"unknown"``.

    Raises
    ------
    TableError
        TAB-00 when there is no such file.
    """
    path = existing_file(file, "TAB-00", TableError)
    if is_h5ad(path):
        return "expression"
    lines = _first_lines(path)
    if lines and GCT.match(lines[0]):
        return "expression"
    lines = [line for line in lines if not line.startswith("#")]
    if not lines:
        return "unknown"
    delimiter = max(DELIMITERS, key=lines[0].count)
    if delimiter not in lines[0]:
        return "unknown"
    header, *rows = ([cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter))
    if find_column(header, TIL_COLUMNS) is not None and find_column(header, ID_COLUMNS) is not None:
        return "participants"
    return "expression" if _is_expression(header, [row for row in rows if row]) else "unknown"


def _is_expression(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    if find_column(header[:1], GENE_COLUMNS) is not None:
        return True
    if not rows or not all(_is_number(cell) for row in rows for cell in row[1:]):
        return False
    is_wide = len(header) >= TRANSPOSED_COLUMNS
    n_known = max(_n_known([row[0] for row in rows]), _n_known(header) if is_wide else 0)
    # R writes matrices without a corner; both R and pandas may leave it empty
    has_no_corner = len(rows[0]) == len(header) + 1 or header[0] == ""
    return n_known >= GENES_THAT_TELL or has_no_corner


def _n_known(names: Sequence[str]) -> int:
    return sum(name.upper() in WELL_KNOWN for name in names)


def _is_number(cell: str) -> bool:
    if is_missing(cell):
        return True
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _first_lines(path: Path) -> list[str]:
    """Return the whole lines among the first bytes."""
    with path.open("rb") as stream:
        is_gzip = stream.read(2) == GZIP_MAGIC
    try:
        with gzip.open(path) if is_gzip else path.open("rb") as stream:
            data = stream.read(FIRST_BYTES)
    except (OSError, EOFError, zlib.error):
        return []
    bom, encoding = next(((bom, name) for bom, name in BOMS if data.startswith(bom)), (b"", "utf-8"))
    lines = data[len(bom) :].decode(encoding, errors="replace").replace("\0", "").splitlines()
    complete = lines[:-1] if len(data) == FIRST_BYTES and len(lines) > 1 else lines
    return [line for line in complete if line.strip()]
