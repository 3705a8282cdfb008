"""What one step of the biology left in its folder: its record, tables and arrays, as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from tilscope.report.files import read_arrays, read_json, read_tsv


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """The results of one step in ``derivatives/biology/<step>/``.

    Attributes
    ----------
    record : dict
        ``<step>.json``.
    tables : mapping of str to DataFrame
        Every ``*.tsv`` by its stem, as `read_tsv` reads it, without an index column.
    arrays : mapping of str to ndarray
        Of every ``*.npz``, by their names in it.
    """

    record: dict[str, Any]
    tables: Mapping[str, pd.DataFrame]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def read_results(folder: Path) -> Results | None:
    """Read a step's results; None where its record is not there.

    Raises
    ------
    StudyError
        RUN-76 for a file that is there and cannot be read.
    """
    record = read_json(folder / f"{folder.name}.json")
    if record is None:
        return None
    tables = {file.stem: read_tsv(file) for file in sorted(folder.glob("*.tsv"))}
    arrays = {
        name: array for file in sorted(folder.glob("*.npz")) for name, array in read_arrays(file).items()
    }
    return Results(record, {name: table for name, table in tables.items() if table is not None}, arrays)
