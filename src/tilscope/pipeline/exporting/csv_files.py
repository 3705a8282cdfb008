"""CSV as RFC 4180 says: commas, CRLF, quotes doubled; a missing value is empty; no text runs as a formula."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tilscope.pipeline.exporting.export_table import ExportTable
from tilscope.pipeline.exporting.gathering import Gathered
from tilscope.study.writing import encode_json, inert

if TYPE_CHECKING:
    import pandas as pd


def csv_files(gathered: Gathered) -> list[tuple[str, Callable[[], bytes]]]:
    """Return ``csv/<table>.csv`` of every table and, as in BIDS, ``csv/<table>.json`` on its columns."""
    tables = [(f"csv/{table.name}.csv", partial(encode_csv, table)) for table in gathered.tables]
    return [*tables, *((f"csv/{table.name}.json", partial(_sidecar, table)) for table in gathered.tables)]


def encode_csv(table: ExportTable) -> bytes:
    """Return a table as UTF-8 CSV; real numbers have all their digits, truth values are ``true`` and ``false``.

    Texts and headings that a spreadsheet would run as a formula get an apostrophe in front (PHI-89).
    """
    safe = table.frame.copy()
    for column in safe:
        if safe[column].dtype.kind == "b":
            safe[column] = _words(safe[column])
        elif safe[column].dtype.kind not in "iuf":
            safe[column] = safe[column].map(inert, na_action="ignore")
    safe.columns = [str(inert(str(column))) for column in safe]
    text: str = safe.to_csv(index=False, na_rep="", lineterminator="\r\n")
    return text.encode("utf-8")


def _sidecar(table: ExportTable) -> bytes:
    columns = [str(column) for column in table.frame]
    told = {column: table.meaning(column) for column in columns}
    return encode_json(
        {
            column: {"Description": meaning.description} | ({"Units": meaning.unit} if meaning.unit else {})
            for column, meaning in told.items()
        }
    )


def _words(column: pd.Series) -> pd.Series:
    return column.astype("object").map({True: "true", False: "false"})
