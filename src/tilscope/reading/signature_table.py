"""The table of a study's own gene signatures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tilscope.reading.gene_symbols import refuse_dates
from tilscope.reading.text_tables import TextTable, is_missing, read_text_table, shown
from tilscope.vocabulary import ExpressionError

if TYPE_CHECKING:
    import pandas as pd

REQUIRED, OPTIONAL = ("signature", "gene"), ("weight", "method")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read_signature_table(file: Path | str) -> pd.DataFrame:
    """Read a CSV or TSV table of signatures: one row per signature and gene.

    Parameters
    ----------
    file : path
        Columns ``signature``, ``gene`` and, if wanted, ``weight`` (a number) and ``method``; other columns are
        ignored.

    Returns
    -------
    DataFrame
        ``signature, gene, weight, method`` in the file's order; weight NaN and method empty where none is given.

    Raises
    ------
    ExpressionError
        TAB-00 missing file, TAB-49 a column is missing, TAB-51 ragged, cut or without rows, TAB-52 encoding or a
        weight that is no number, TAB-53 genes turned into dates, TAB-54 a gene twice in one signature.
    """
    import pandas as pd

    table = read_text_table(file, ExpressionError)
    if not set(REQUIRED) <= set(table.header) or not table.rows:
        raise ExpressionError(
            "TAB-49" if table.rows else "TAB-51",
            "the table of signatures lacks a column" if table.rows else "the table of signatures has no rows",
            file=table.path,
            found=shown(table.header),
            expected="signature, gene and, if wanted, weight and method",
            remedy="Write one row per signature and gene.",
        )
    columns = {name: _column(table, name) for name in (*REQUIRED, *OPTIONAL)}
    for line, (signature, gene) in enumerate(
        zip(columns["signature"], columns["gene"], strict=True), start=2
    ):
        if not signature or not gene:
            raise _of_row(
                table, line, "TAB-51", "has no signature or no gene", "both", repr(signature or gene)
            )
    frame = pd.DataFrame(columns).assign(weight=_weights(table, columns["weight"]))
    twice = frame[frame.duplicated(["signature", "gene"])]
    if len(twice):
        raise ExpressionError(
            "TAB-54",
            "genes occur more than once in one signature",
            file=table.path,
            found=shown([f"{row.gene} in {row.signature}" for row in twice.itertuples()]),
            expected="each gene once per signature",
            remedy="Remove the copies.",
        )
    refuse_dates(sorted(set(frame["gene"])), table.path)
    return frame


def _column(table: TextTable, name: str) -> list[str]:
    if name not in table.header:
        return [""] * len(table.rows)
    place = table.header.index(name)
    cells = [row[place].strip() for row in table.rows]
    # a gene may be called NA, so that only the optional columns have words for "missing"
    return cells if name in REQUIRED else ["" if is_missing(cell) else cell for cell in cells]


def _weights(table: TextTable, cells: list[str]) -> list[float]:
    for line, cell in enumerate(cells, start=2):
        if cell and not _NUMBER.fullmatch(cell):
            raise _of_row(
                table, line, "TAB-52", "has a weight that is no number", "such as -0.35", repr(cell)
            )
    return [float(cell) if cell else float("nan") for cell in cells]


def _of_row(
    table: TextTable, line: int, rule: str, problem: str, expected: str, found: str
) -> ExpressionError:
    return ExpressionError(
        rule,
        f"row {line} of the table of signatures {problem}",
        file=table.path,
        found=found,
        expected=expected,
        remedy="Mend that row.",
    )
