"""Features to be scored, from a study, from its table, or from a table of `tilscope extract`; and the signature."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tilscope.study import Study, load_json
from tilscope.vocabulary import FeatureTable, InputError, SignatureError, StudyError, TableError

if TYPE_CHECKING:
    from tilscope.reading.text_tables import TextTable
    from tilscope.signature import Signature

MAX_SIGNATURE_BYTES = 1 << 20
TABLE_ENDINGS = (".csv", ".tsv")
REASON = "reason"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf|nan", re.IGNORECASE)
DISARMED = re.compile(r"^'(?=[=+\-@\t\r])")


@dataclass(frozen=True, eq=False)
class ScoringTable:
    """Patients to be scored.

    Attributes
    ----------
    features : FeatureTable
        ``settings_hash`` is ``unknown`` where the table does not tell it.
    settings : dict
        What that hash was made of, where it is known.
    study : Study or None
        Where they come from.
    reasons : dict
        Participant -> why the extraction gave no features, where it says so.
    """

    features: FeatureTable
    settings: dict[str, Any] = field(default_factory=dict)
    study: Study | None = None
    reasons: dict[str, str] = field(default_factory=dict)


def read_scoring_table(path: Path, wanted: Sequence[str]) -> ScoringTable:
    """Read the features of patients.

    Parameters
    ----------
    path : Path
        A study folder; a ``features.parquet`` with its ``features.json`` beside it; or a CSV or TSV file as
        ``tilscope extract`` writes it, whose settings are unknown.
    wanted : sequence of str
        Features that must be numbers where they are there; the others of a CSV file are not looked at.

    Raises
    ------
    InputError
        TAB-00 when there are no features, TAB-50 for an id that stands twice, TAB-51 and TAB-52 for a table that
        cannot be read rightly.
    StudyError
        RUN-76 for a damaged table of a study.
    """
    if path.is_file() and path.suffix.lower() in TABLE_ENDINGS:
        return _of_text(path, wanted)
    is_study = (path / "study.toml").is_file()
    file = path / "derivatives" / "features" / "features.parquet" if path.is_dir() else path
    return _of_parquet(file, Study.open(path) if is_study else None)


def _of_parquet(file: Path, study: Study | None) -> ScoringTable:
    from tilscope.signature import UNKNOWN_SETTINGS

    record = file.with_suffix(".json")
    if file.suffix != ".parquet" or not (file.is_file() and record.is_file()):
        raise InputError(
            "TAB-00",
            "there are no features here",
            file=file.name,
            expected="a study folder, its features.parquet with features.json beside it, or a .csv or .tsv of extract",
            remedy="Run the study first: tilscope run STUDY --until collect",
        )
    told = load_json(record)
    try:
        values = pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise StudyError(
            "RUN-76",
            "this file of the study cannot be read",
            file=file.name,
            found=type(error).__name__,
            remedy="Delete it and run again: it will be made anew.",
        ) from error
    values.index = pd.Index(values.index.astype(str), name="participant_id")
    _refuse_twice(list(values.index), file)
    table = FeatureTable(values, str(told.get("settings_hash", UNKNOWN_SETTINGS)))
    return ScoringTable(table, told.get("settings", {}), study)


def _of_text(file: Path, wanted: Sequence[str]) -> ScoringTable:
    from tilscope.reading.participants import ID_COLUMNS, find_column
    from tilscope.reading.text_tables import read_text_table
    from tilscope.signature import UNKNOWN_SETTINGS

    table = read_text_table(file)
    if not table.rows:
        raise TableError("TAB-51", "the table has no rows", file=file.name, expected="one row per patient")
    columns = dict(zip(table.header, zip(*table.rows, strict=True), strict=True))
    id_name = find_column(table.header, ID_COLUMNS)
    ids = (
        [f"case {k}" for k in range(1, len(table.rows) + 1)]
        if id_name is None
        else [DISARMED.sub("", cell.strip()) for cell in columns[id_name]]
    )
    _refuse_twice(ids, file)
    index = pd.Index(ids, name="participant_id", dtype="str")
    present = [name for name in wanted if name in columns]
    values = pd.DataFrame({name: _numbers(columns[name], name, table) for name in present}, index=index)
    reasons = {i: cell.strip() for i, cell in zip(ids, columns.get(REASON, ()), strict=False) if cell.strip()}
    return ScoringTable(
        FeatureTable(values, UNKNOWN_SETTINGS, sites=_site_column(columns, ids)), {}, None, reasons
    )


def _site_column(columns: dict[str, tuple[str, ...]], ids: list[str]) -> pd.Series | None:
    cells = columns.get("site")
    if cells is None:
        return None
    return pd.Series([cell.strip() or None for cell in cells], index=ids, dtype=object)


def _numbers(cells: Sequence[str], name: str, table: TextTable) -> list[float]:
    numbers = []
    for row, cell in enumerate(cells, start=1):
        text = cell.strip()
        if text and not NUMBER.fullmatch(text):
            raise TableError(
                "TAB-52",
                "a feature is no number",
                file=table.path.name,
                found=f"other text in row {row} of {name}",
                expected="a number with a decimal point, nan, or an empty cell",
                remedy="Score the table as tilscope extract wrote it.",
            )
        numbers.append(float(text) if text else float("nan"))
    return numbers


def _refuse_twice(ids: list[str], file: Path) -> None:
    count = Counter(ids)
    row = next((k for k, i in enumerate(ids, start=1) if not i or count[i] > 1), None)
    if row is not None:
        raise TableError(
            "TAB-50",
            "a participant stands twice" if ids[row - 1] else "a row has no participant id",
            file=file.name,
            found=f"row {row} of {len(ids)}",
            expected="one row per participant, each with an id",
            remedy="Keep one lesion per patient, and one row for it.",
        )


def read_signature(name: str) -> Signature:
    """Return a published signature by its name, or the frozen one of a file.

    Raises
    ------
    SignatureError
        SIG-66 to SIG-69 as `tilscope.signature.Signature.from_json`; SIG-66 where there is no such file.
    """
    from tilscope.signature import PUBLISHED, Signature

    published = {signature.name: signature for signature in PUBLISHED}
    if name in published:
        return published[name]
    file = Path(name)
    if not file.is_file():
        raise SignatureError(
            "SIG-66",
            "there is no such signature",
            file=file.name,
            expected=f"a file, or one of {', '.join(published)}",
            remedy="Check the path.",
        )
    with file.open("rb") as stream:
        return Signature.from_json(stream.read(MAX_SIGNATURE_BYTES + 1))
