"""One table on its way out: its frame, what it is, and what its columns mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tilscope.pipeline.exporting.dictionary import Meaning, meaning_of

if TYPE_CHECKING:
    import pandas as pd

TYPES = {"b": "boolean", "i": "integer", "u": "integer", "f": "number"}


@dataclass(frozen=True, slots=True, eq=False)
class ExportTable:
    """One table.

    Attributes
    ----------
    name : str
        Stem of its file, name of its sheet.
    title : str
        What its rows are.
    frame : DataFrame
        The first column names the rows; the index counts.
    cells : Meaning or None
        What every column but the first is, where they are alike (features of patients, say).
    meanings : mapping of str to Meaning
        Columns that are this study's own, such as clinical ones.
    """

    name: str
    title: str
    frame: pd.DataFrame
    cells: Meaning | None = None
    meanings: dict[str, Meaning] = field(default_factory=dict)

    def meaning(self, column: str) -> Meaning:
        """Return what a column means."""
        if column in self.meanings:
            return self.meanings[column]
        if self.cells is not None and column != str(self.frame.columns[0]):
            return self.cells
        return meaning_of(column) or Meaning(column)

    def as_record(self) -> dict[str, Any]:
        """Return the table's part of ``tables.json``."""
        shown = list(self.frame.columns[:1]) if self.cells is not None else list(self.frame.columns)
        record: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "n_rows": len(self.frame),
            "n_columns": len(self.frame.columns),
            "columns": [self._column(str(name)) for name in shown],
        }
        if self.cells is not None:
            number = TYPES.get(self.frame.dtypes.iloc[-1].kind, "string")
            record["other_columns"] = {
                "n": len(self.frame.columns) - 1,
                "description": self.cells.description,
                "unit": self.cells.unit,
                "type": number,
            }
        return record

    def _column(self, name: str) -> dict[str, str]:
        meaning = self.meaning(name)
        kind = TYPES.get(self.frame[name].dtype.kind, "string")
        return {"name": name, "description": meaning.description, "unit": meaning.unit, "type": kind}
