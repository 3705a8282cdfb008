"""An Excel workbook whose cells keep their types: SEPT2, MARCH1 and DEC1 stay genes, 007 stays a code.

Every text is a string in a cell of the number format ``@`` (text), so that editing does not turn it into a date;
nothing is a formula or a link. Real numbers have all their digits. Equal tables give equal bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tilscope import __version__
from tilscope.pipeline.exporting.export_table import ExportTable
from tilscope.pipeline.exporting.gathering import Gathered

if TYPE_CHECKING:
    import pandas as pd

MOST_COLUMNS, MOST_ROWS = 16_384, 1_048_576  # of Excel, the heading counts
MOST_CELLS = 2_000_000
"""Larger tables are left to Parquet and CSV: Excel takes minutes to open them."""
MOST_CHARACTERS = 32_767  # of Excel's cells
MOST_DIGITS = 2**53
"""Whole numbers beyond it are no numbers of Excel's; they are written as text."""
CREATED = datetime(2000, 1, 1)  # fixed: equal tables, equal bytes
ABOUT, COLUMNS = "about", "columns"
NARROWEST, WIDEST, ROWS_LOOKED_AT = 8, 48, 200


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """One table as it stands in the workbook; without a frame it does not, for the reason in the remark."""

    table: ExportTable
    frame: pd.DataFrame | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class _Looks:
    """Formats of the workbook."""

    heading: Any
    text: Any


def excel_files(gathered: Gathered) -> list[tuple[str, Callable[[], bytes]]]:
    """Return ``tables.xlsx`` with what makes its bytes."""
    return [("tables.xlsx", lambda: encode_workbook(gathered))]


def encode_workbook(gathered: Gathered) -> bytes:
    """Return the workbook: a sheet that explains the others, one per table, and one on their columns.

    A table with more columns than Excel has is turned (rows are columns); one that is too large for Excel even so, or
    has more than `MOST_CELLS` cells, is left to Parquet and CSV. The first sheet says so.
    """
    import xlsxwriter

    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, {"in_memory": True})
    book.set_properties({"created": CREATED, "comments": f"tilscope {__version__}"})
    looks = _Looks(
        book.add_format({"bold": True, "num_format": "@", "bottom": 1}), book.add_format({"num_format": "@"})
    )
    make = _exact_worksheet()
    about = book.add_worksheet(ABOUT, make)
    sheets = []
    for sheet in (_fitted(table) for table in gathered.tables):
        cut = 0
        if sheet.frame is not None:
            cut = _fill(book.add_worksheet(sheet.table.name, make), sheet.frame, looks)
        told = f"{cut} text(s) cut to {MOST_CHARACTERS:,} characters, whole in Parquet and CSV" if cut else ""
        sheets.append(replace(sheet, remark="; ".join(filter(None, (sheet.remark, told)))))
    _fill(about, _about(gathered, sheets), looks)
    _fill(book.add_worksheet(COLUMNS, make), _columns(gathered), looks)
    book.close()
    return memory.getvalue()


def _fitted(table: ExportTable) -> _Sheet:
    """Return the table as it fits into Excel."""
    frame = table.frame
    n_rows, n_columns = frame.shape
    if n_rows * n_columns > MOST_CELLS:
        return _Sheet(
            table, None, f"not in this workbook: {n_rows:,} x {n_columns:,} cells; in Parquet and CSV"
        )
    if n_columns > MOST_COLUMNS and table.cells is not None and n_rows < MOST_COLUMNS:
        key = str(frame.columns[0])
        turned = frame.set_index(key).T.rename_axis(columns=None)
        return _Sheet(table, turned.rename_axis("name").reset_index(), f"turned: one column per {key}")
    if n_columns > MOST_COLUMNS or n_rows + 1 > MOST_ROWS:
        return _Sheet(
            table, None, f"not in this workbook: more than Excel's {MOST_COLUMNS:,} columns or its rows"
        )
    return _Sheet(table, frame)


def _about(gathered: Gathered, sheets: list[_Sheet]) -> pd.DataFrame:
    """Return the first sheet: what the workbook is, and what each sheet holds."""
    import pandas as pd

    facts = gathered.facts
    rows: list[tuple[str, str, int | None, int | None, str]] = [
        ("study", str(facts["study"]), None, None, f"tilscope {__version__}, profile {facts['profile']}"),
        *(
            (s.table.name, s.table.title, len(s.table.frame), len(s.table.frame.columns), s.remark)
            for s in sheets
        ),
        *(("", text, None, None, "") for text in (*gathered.missing, *gathered.notes)),
        (COLUMNS, "What every column is", None, None, "the last sheet"),
        ("", "An empty cell is a missing value.", None, None, ""),
    ]
    frame = pd.DataFrame(rows, columns=["sheet", "what it holds", "rows", "columns", "remark"])
    return frame.astype({"rows": "Int64", "columns": "Int64"})


def _columns(gathered: Gathered) -> pd.DataFrame:
    """Return the last sheet: what every column is."""
    import pandas as pd

    rows = []
    for table in gathered.tables:
        told = table.as_record()
        rest = told.get("other_columns")
        rows += [(table.name, c["name"], c["description"], c["unit"], c["type"]) for c in told["columns"]]
        if rest is not None:
            rows.append((table.name, "(every other)", rest["description"], rest["unit"], rest["type"]))
    return pd.DataFrame(rows, columns=["sheet", "column", "description", "unit", "type"], dtype="str")


def _fill(sheet: Any, frame: pd.DataFrame, looks: _Looks) -> int:
    """Write a table into a sheet; return how many texts were too long for Excel and were cut."""
    cut = 0
    for k, name in enumerate(frame.columns):
        sheet.write_string(0, k, str(name)[:MOST_CHARACTERS], looks.heading)
        column = frame.iloc[:, k]
        cut += _write_column(sheet, k, column, looks)
        sheet.set_column(k, k, _width(str(name), column))
    sheet.freeze_panes(1, 1)
    if len(frame.columns):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    return cut


def _write_column(sheet: Any, k: int, column: pd.Series, looks: _Looks) -> int:
    kind = column.dtype.kind
    cut = 0
    is_missing = column.isna().to_numpy()
    for row, value in enumerate(column, start=1):
        if is_missing[row - 1]:
            continue
        if kind == "b":
            sheet.write_boolean(row, k, bool(value))
        elif kind in "iuf" and _is_excels(value):
            sheet.write_number(row, k, value)
        else:
            text = str(value)
            cut += len(text) > MOST_CHARACTERS
            sheet.write_string(row, k, text[:MOST_CHARACTERS], looks.text)
    return cut


def _is_excels(value: Any) -> bool:
    return math.isfinite(value) and (isinstance(value, float) or abs(value) <= MOST_DIGITS)


def _width(name: str, column: pd.Series) -> int:
    """Return a width in characters that shows most cells."""
    shown = [len(str(cell)) for cell in column.head(ROWS_LOOKED_AT).dropna()]
    if column.dtype.kind == "f":
        shown = [min(n, 12) for n in shown]
    return min(max([NARROWEST, len(name) + 3, *shown]), WIDEST)


def _exact_worksheet() -> type:
    """Return a worksheet that writes real numbers with 17 digits where it needs them; the library's has 16."""
    from xlsxwriter.worksheet import Worksheet

    class ExactWorksheet(Worksheet):
        """Writes the shortest text that reads back as the same number."""

        def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
            told = "".join(f' {key}="{value}"' for key, value in attributes)
            text = repr(float(number)) if isinstance(number, float) else str(int(number))
            self.fh.write(f"<c{told}><v>{text}</v></c>")

    return ExactWorksheet
