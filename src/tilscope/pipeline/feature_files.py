"""The table of `tilscope extract` as bytes: CSV, TSV, JSON or text lines, like PyRadiomics'."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from tilscope.pipeline.case_tables import REASON, WARNINGS, ExtractedTable, cells_of
from tilscope.study import refuse_existing
from tilscope.vocabulary import SettingsError

Format = Literal["csv", "tsv", "json", "txt"]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def encode_features(table: ExtractedTable, form: Format) -> bytes:
    """Return the table in one of the formats; the same table gives the same bytes.

    ``csv`` and ``tsv``: one row per ROI; a missing number is ``nan``, a failed row has empty cells; vectors are
    ``(x, y, z)``. ``json``: a list of objects; a missing number is null. ``txt``: ``Case-1_name: value`` lines.
    Numbers are written with all their digits.
    """
    return WRITERS[form](table).encode()


def checked_output(file: Path | None, form: Format | None, *, force: bool) -> Format | None:
    """Return the format to write, before anything is computed.

    Parameters
    ----------
    file : Path or None
        None prints.
    form : str or None
        None goes by the file's ending.
    force : bool
        Whether an existing file is written over.

    Raises
    ------
    SettingsError
        SET-05: the ending tells no format.
    StudyError
        RUN-75: the file exists already, or is a folder.
    """
    if file is None:
        return form
    refuse_existing(file, force=force)
    told = next((known for known in WRITERS if file.suffix.lower() == f".{known}"), None)
    if form is None and told is None:
        raise SettingsError(
            "SET-05",
            "the file's ending tells no format",
            file=file,
            found=file.suffix or "no ending",
            expected=", ".join(f".{known}" for known in WRITERS),
            remedy="Give it one of these endings, or say --format.",
        )
    return form or told


def readable_lines(table: ExtractedTable) -> str:
    """Return one row as two columns of text, name and value, for people."""
    (cells,) = cells_of(table)
    lines = {name: _text(value) for name, value in cells.items() if name != WARNINGS}
    width = max(map(len, lines))
    return "".join(f"{name:<{width}}  {value}\n" for name, value in lines.items())


def _delimited(delimiter: str) -> Callable[[ExtractedTable], str]:
    def write(table: ExtractedTable) -> str:
        columns = (*table.header, REASON, WARNINGS, *table.names)
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        writer.writerow(_inert(column) for column in columns)
        for cells in cells_of(table):
            writer.writerow(_inert(_text(cells.get(column, ""))) for column in columns)
        return stream.getvalue()

    return write


def _json(table: ExtractedTable) -> str:
    rows = [{name: _strict(value) for name, value in cells.items()} for cells in cells_of(table)]
    return json.dumps(rows, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def _lines(table: ExtractedTable) -> str:
    return "".join(
        f"Case-{number}_{name}: {_text(value)}\n"
        for number, cells in enumerate(cells_of(table), start=1)
        for name, value in cells.items()
    )


WRITERS: dict[Format, Callable[[ExtractedTable], str]] = {
    "csv": _delimited(","),
    "tsv": _delimited("\t"),
    "json": _json,
    "txt": _lines,
}


def _text(value: Any) -> str:
    match value:
        case list():  # warnings
            return " | ".join(value)
        case dict():
            return json.dumps(value, sort_keys=True)
        case tuple():
            return f"({', '.join(repr(part) for part in value)})"
        case float():
            return repr(value)
    return str(value)


def _strict(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _inert(text: str) -> str:
    """Disarm text that a spreadsheet would run as a formula (PHI-89); numbers stay numbers."""
    if not text.startswith(FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
