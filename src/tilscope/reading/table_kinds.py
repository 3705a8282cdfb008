"""What a table is, told by its first lines, so that a folder of tables can be sorted."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tilscope.reading.doors import GZIP_MAGIC, existing_file
from tilscope.reading.gene_symbols import WELL_KNOWN
from tilscope.reading.participants import ID_COLUMNS, TIL_COLUMNS, find_column
from tilscope.reading.text_tables import BOMS, DELIMITERS, is_missing
from tilscope.vocabulary import TableError

FIRST_BYTES = 200_000
GENE_COLUMNS = ("gene", "genes", "symbol", "gene_symbol", "gene_name", "hugo_symbol", "gene_id", "ensembl_id")
GENES_THAT_TELL = 3

TableKind = Literal["participants", "expression"]


def table_kind(file: Path | str) -> TableKind | None:
    """Tell whether a CSV or TSV file looks like participants or like an expression matrix.

    Only the first lines are looked at, and nothing is checked: a damaged table still counts as what it was
    meant to be, so that its reader can say what is wrong with it.

    Returns
    -------
    ``"participants"``, ``"expression"``, or None for anything else.

    Raises
    ------
    TableError
        TAB-00 when there is no such file.
    """
    lines = _first_lines(existing_file(file, "TAB-00", TableError))
    if len(lines) < 2:
        return None
    delimiter = max(DELIMITERS, key=lines[0].count)
    if delimiter not in lines[0]:
        return None
    header, *rows = ([cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter))
    if _is_expression(header, rows):
        return "expression"
    has_ids = find_column(header, ID_COLUMNS) is not None
    return "participants" if has_ids else None


def _is_expression(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether rows are genes: they are called so, or known; or a table whose columns are genes only."""
    body = [row for row in rows if row]
    are_numbers = all(_is_number(cell) for row in body for cell in row[1:])
    if not are_numbers or find_column(header, TIL_COLUMNS) is not None:
        return False
    is_called_so = find_column(header[:1], GENE_COLUMNS) is not None
    known_rows = sum(row[0].upper() in WELL_KNOWN for row in body)
    known_columns = sum(name.upper() in WELL_KNOWN for name in header)
    has_corner = len(body[0]) == len(header) and header[0] != ""
    is_known = max(known_rows, known_columns) >= GENES_THAT_TELL
    return is_called_so or is_known or (not has_corner and len(header) > 1)


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
