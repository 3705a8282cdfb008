"""Reading the study's own results: strict, and free of the names of folders."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.study import load_json
from tilscope.vocabulary import StudyError

# An absolute path: two or more names behind slashes (they may hold blanks), or a Windows drive. Its last name stays.
_PATH = re.compile(
    r"""(?<![\w.:/<])/(?=\S)(?:[^/'",;:<>\n]+/)+"""  # /home/Anna Miller/
    r"""|\b[A-Za-z]:\\(?:[^\\'",;:<>\n]+\\)*"""  # C:\Users\Anna Miller\
)
# Names that tilscope gave itself; the name of a hospital's file may be a patient's name and is never shown.
_OWN_FILE = re.compile(
    r"(phase-\d+\.nii\.gz|reader-[A-Za-z0-9]+\.(nii\.gz|json)|roi\.nii\.gz|dce\.json|participants\.(tsv|json)|"
    r"expression\.tsv\.gz|study\.toml|[a-z]+\.(json|parquet))"
)
_DISARMED = re.compile(r"^'(?=[=+\-@\t\r])")


def read_json(file: Path) -> dict[str, Any] | None:
    """Return a JSON file's content without absolute paths, or None where there is no such file."""
    return without_paths(load_json(file)) if file.is_file() else None


def without_paths(value: Any) -> Any:
    """Return the same structure with every absolute path cut down to its last name."""
    match value:
        case str():
            return _PATH.sub("", value)
        case list():
            return [without_paths(item) for item in value]
        case dict():
            return {key: without_paths(item) for key, item in value.items()}
    return value


def own_file_name(file: str | None) -> str | None:
    """Return the name of a file if tilscope itself gave it, else None (it may identify a patient)."""
    name = re.split(r"[/\\]", file)[-1] if file else ""
    return name if _OWN_FILE.fullmatch(name) else None


def read_tsv(file: Path, *, index: str | int | None = None) -> pd.DataFrame | None:
    """Return a table that tilscope wrote, or None where there is no such file.

    The index column stays text; every other column becomes numbers where all its values are numbers or ``n/a``.

    Raises
    ------
    StudyError
        RUN-76 for a table that cannot be read, or lacks its index column.
    """
    if not file.is_file():
        return None
    try:
        table = pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8")
    except (ValueError, UnicodeDecodeError) as error:
        raise _damaged(file, type(error).__name__) from error
    table = table.apply(lambda column: column.str.replace(_DISARMED, "", regex=True))
    if index is None:
        return table.apply(_typed)
    name = table.columns[index] if isinstance(index, int) else index
    if name not in table:
        raise _damaged(file, f"no column {name}")
    return table.set_index(name).apply(_typed)


def read_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of an NPZ file by their names; nothing in it is unpickled.

    Raises
    ------
    StudyError
        RUN-76 for a file that cannot be read.
    """
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _damaged(file, type(error).__name__) from error


def _typed(column: pd.Series) -> pd.Series:
    present = column.mask(column.isin(["n/a", ""]))
    try:
        return pd.to_numeric(present)
    except ValueError:
        return present


def _damaged(file: Path, found: str) -> StudyError:
    return StudyError(
        "RUN-76",
        "this file of the study cannot be read",
        file=file.name,
        found=found,
        remedy="Delete it and run again: it will be made anew.",
    )
