"""Tables of the study with their types: texts that look like numbers stay texts, whole numbers stay whole.

A column is numbers only if every value is written as one, so that a code ``007``, a patient ``1E5`` among letters, or
a gene called ``1-Mar`` is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tilscope.vocabulary import StudyError

if TYPE_CHECKING:
    import pandas as pd

MISSING = ("n/a", "")
TEXT_COLUMNS = frozenset(
    ("participant_id", "gene", "gene_set", "signature", "variable", "feature", "name", "symbol", "collection", "list")
)  # fmt: skip
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_REAL = re.compile(r"[-+]?(?!0\d)(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|-?inf(?:inity)?", re.IGNORECASE)
_AS: dict[str, Callable[[str], object]] = {"Int64": int, "float64": float, "str": str}
_DISARMED = re.compile(r"'(?=[=+\-@\t\r])")


def read_typed(file: Path, *, first_is_text: bool = True) -> pd.DataFrame | None:
    """Return a table that tilscope wrote, or None where there is no such file.

    Parameters
    ----------
    file : Path
        Tab-separated, ``n/a`` or nothing for a missing value.
    first_is_text : bool
        Whether the first column names the rows, so that it stays text whatever stands in it.

    Returns
    -------
    DataFrame
        Columns of ``Int64``, ``float64`` or text (``str``), without an index of its own.

    Raises
    ------
    StudyError
        RUN-76 for a table that cannot be read.
    """
    import pandas as pd

    if not file.is_file():
        return None
    try:
        table = pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8")
    except (ValueError, UnicodeDecodeError) as error:
        raise StudyError(
            "RUN-76",
            "this file of the study cannot be read",
            file=file.name,
            found=type(error).__name__,
            remedy="Delete it and run again: it will be made anew.",
        ) from error
    names = {str(table.columns[0])} if first_is_text and len(table.columns) else set()
    return pd.DataFrame({str(c): typed(table[c], is_text=c in names | TEXT_COLUMNS) for c in table})


def typed(column: pd.Series, *, is_text: bool = False) -> pd.Series:
    """Return a column of texts as whole numbers, real numbers or texts; see `read_typed`."""
    import pandas as pd

    cells = [None if cell in MISSING else _DISARMED.sub("", cell, count=1) for cell in column]
    present = [cell for cell in cells if cell is not None]
    kind = "str" if is_text or not present else _kind(present)
    values = [None if cell is None else _AS[kind](cell) for cell in cells]
    return pd.Series(values, index=column.index, dtype=kind, name=column.name)


def _kind(cells: list[str]) -> str:
    if all(_WHOLE.fullmatch(cell) for cell in cells):
        return "Int64"
    return "float64" if all(_REAL.fullmatch(cell) for cell in cells) else "str"
