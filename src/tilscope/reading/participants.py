"""The table of participants: ids stay text, sTIL is a percentage or missing, nothing is merged silently."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tilscope.reading.text_tables import TextTable, is_missing, read_text_table, shown
from tilscope.vocabulary import TableError

if TYPE_CHECKING:
    import pandas as pd

# accepted names, compared without case, blanks, dots and underscores; earlier ones win
ID_COLUMNS = (
    "participant_id", "participant", "patient_id", "patient", "pid", "subject_id", "subject",
    "case_id", "case", "sample_id", "sample", "id",
)  # fmt: skip
TIL_COLUMNS = (
    "stils", "stil", "stils_percent", "stil_percent", "til_percent", "tils_percent", "percent_tils",
    "percent_stils", "tils", "til", "stils_pct", "til_pct", "stromal_tils",
)  # fmt: skip
# a second reading: stils_1, stils_2; stils_a, stils_b; til_percent_reader_1; stil_pathologist_X (also rater, observer)
TIL_READING = re.compile(
    r"s?tils?(?:percent|pct)?(?:(?:reader|pathologist|rater|observer)(?P<named>[a-z0-9]{1,12})|(?P<short>[0-9]{1,2}|[ab]))"
)
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")
MISSING = "is missing"
LEADING_ZERO = re.compile(r"[+-]?0\d")


@dataclass(frozen=True, slots=True, eq=False)
class ParticipantTable:
    """Participants and what is known of them.

    Attributes
    ----------
    frame : DataFrame
        Index ``participant_id`` (text, as in the file without outer blanks); column ``stils`` (percent,
        0 to 100, NaN where unusable); columns of single pathologists (``stil_reading_columns``) likewise; the
        other columns as they are, numeric where every value is a number.
    warnings : tuple of str
        Rule id first; participants whose sTIL cannot be used are named with the reason.
    """

    frame: pd.DataFrame
    warnings: tuple[str, ...]


def read_participants(file: Path | str) -> ParticipantTable:
    """Read a CSV or TSV table of participants.

    Parameters
    ----------
    file : path
        One row per participant. The id column has one of the names in ``ID_COLUMNS``, the sTIL column one of
        ``TIL_COLUMNS`` (any case); a table without sTIL is read, with a warning.

    Raises
    ------
    TableError
        TAB-00 missing file, TAB-49 no id column, TAB-50 duplicate or empty ids, TAB-51 ragged or cut,
        TAB-52 encoding or mixed decimal marks.
    """
    table = read_text_table(file)
    id_name = find_column(table.header, ID_COLUMNS)
    if id_name is None:
        raise TableError(
            "TAB-49",
            "no column names the participants",
            file=table.path,
            found=shown(table.header),
            expected=f"one of {', '.join(ID_COLUMNS)}",
            remedy="Rename the id column to participant_id.",
        )
    columns = dict(zip(table.header, zip(*table.rows, strict=True) if table.rows else (), strict=False))
    if not columns:
        raise TableError(
            "TAB-51", "the table has a header and no rows", file=table.path, expected="participants"
        )
    ids, warnings = _ids(columns.pop(id_name), table.path)
    til_name = find_column(tuple(columns), TIL_COLUMNS)
    import pandas as pd

    frame = pd.DataFrame(index=pd.Index(ids, name="participant_id", dtype=object))
    stils, til_warnings = _stils(columns.pop(til_name, None) if til_name else None, ids, table)
    frame["stils"] = stils
    readings = stil_reading_columns(columns).values()
    for name, cells in columns.items():
        if name in readings:
            frame[name], told = _stil_reading(cells, ids, table, name)
            til_warnings += told
        else:
            frame[name] = _column(cells, name, table)
    return ParticipantTable(frame, (*warnings, *til_warnings))


def stil_reading_columns(names: Iterable[str]) -> dict[str, str]:
    """Return the columns that hold single pathologists' sTIL percentages, by pathologist, in their order.

    Their names are those of the sTIL column followed by ``reader``, ``pathologist``, ``rater`` or ``observer`` and
    a name, or by a number, ``a`` or ``b`` alone: ``stils_1``, ``til_percent_reader_2``, ``stils_pathologist_X``. One
    such column alone is no second reading.
    """
    found: dict[str, str] = {}
    for name in names:
        match = TIL_READING.fullmatch(_plain(name))
        if match:
            found.setdefault((match["named"] or match["short"]).upper(), name)
    return found if len(found) > 1 else {}


def find_column(header: Sequence[str], accepted: Sequence[str]) -> str | None:
    """Return the column with the earliest accepted name, compared without case, blanks and dots."""
    plain = {_plain(name): name for name in reversed(header)}
    keys = (re.sub(r"[^a-z0-9]", "", name) for name in accepted)
    return next((plain[key] for key in keys if key in plain), None)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9%]", "", name.lower()).replace("%", "percent")


def _ids(cells: Sequence[str], path: Path) -> tuple[list[str], tuple[str, ...]]:
    ids = [cell.strip() for cell in cells]
    if "" in ids:
        raise TableError(
            "TAB-50",
            "a row has no participant id",
            file=path,
            found=f"row {ids.index('') + 1} of {len(ids)}",
            remedy="Give every row its id, or remove the row.",
        )
    groups = defaultdict(list)
    for cell in cells:
        groups[cell.strip().casefold()].append(cell)
    twice = [cell for group in groups.values() if len(group) > 1 for cell in group]
    if twice:
        raise TableError(
            "TAB-50",
            "participant ids occur more than once (compared without case and outer blanks)",
            file=path,
            found=shown(twice),
            expected="one row per participant",
            remedy="Remove or rename the copies; rows are never merged.",
        )
    padded = [cell for cell in cells if cell != cell.strip()]
    note = (f"TAB-50 outer blanks were removed from ids: {shown(padded)}",) if padded else ()
    return ids, note


def _stils(
    cells: Sequence[str] | None, ids: Sequence[str], table: TextTable
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], tuple[str, ...]]:
    values = np.full(len(ids), np.nan)
    if cells is None:
        return values, (f"TAB-59 there is no sTIL column (accepted: {', '.join(TIL_COLUMNS)})",)
    warnings = []
    for row, (participant, cell) in enumerate(zip(ids, _points(cells, "sTIL", table), strict=True)):
        number, reason = _percent(cell)
        values[row] = number
        if reason:
            warnings.append(f"TAB-59 {participant}: sTIL {reason}; this participant has no usable sTIL")
    known = values[np.isfinite(values)]
    if known.size > 1 and 0 < known.max() <= 1:
        warnings.append("TAB-59 all sTIL values are at most 1: are they fractions rather than percent?")
    return values, tuple(warnings)


def _stil_reading(
    cells: Sequence[str], ids: Sequence[str], table: TextTable, name: str
) -> tuple[list[float], tuple[str, ...]]:
    """Return one pathologist's percentages; what is no percentage is NaN and told, what is missing is not."""
    read = [_percent(cell) for cell in _points(cells, name, table)]
    warnings = tuple(
        f"TAB-59 {participant}: {name} {reason}; not used"
        for participant, (_, reason) in zip(ids, read, strict=True)
        if reason and reason != MISSING
    )
    return [number for number, _ in read], warnings


def _percent(cell: str) -> tuple[float, str]:
    text = cell.strip().removesuffix("%").strip()
    if is_missing(text):
        return np.nan, MISSING
    if not PLAIN_NUMBER.fullmatch(text):
        return np.nan, f"{cell.strip()!r} is not a number"
    value = float(text)
    if not 0 <= value <= 100:
        return np.nan, f"{cell.strip()!r} is outside 0 to 100 percent"
    return value, ""


def _points(cells: Sequence[str], name: str, table: TextTable) -> list[str]:
    """Return number texts with decimal points; refuse a column that mixes comma and point (TAB-52)."""
    with_comma = [cell for cell in cells if COMMA_NUMBER.fullmatch(cell.strip())]
    if not with_comma:
        return list(cells)
    with_point = [cell for cell in cells if PLAIN_NUMBER.fullmatch(cell.strip()) and "." in cell]
    if with_point:
        raise TableError(
            "TAB-52",
            f"column {name} mixes decimal commas and points",
            file=table.path,
            found=f"{with_comma[0]!r} and {with_point[0]!r}",
            expected="one decimal mark",
            remedy="Use the point everywhere.",
        )
    return [cell.replace(",", ".") if COMMA_NUMBER.fullmatch(cell.strip()) else cell for cell in cells]


def _column(cells: Sequence[str], name: str, table: TextTable) -> pd.Series | list[str | None]:
    """Return numbers where every known cell is one (codes such as '01' stay text), else text."""
    known = [cell.strip() for cell in cells if not is_missing(cell)]
    are_numbers = all(PLAIN_NUMBER.fullmatch(cell) or COMMA_NUMBER.fullmatch(cell) for cell in known)
    if not known or not are_numbers or any(LEADING_ZERO.match(cell) for cell in known):
        return [None if is_missing(cell) else cell.strip() for cell in cells]
    points = _points(cells, name, table)
    numbers = [np.nan if is_missing(cell) else float(cell) for cell in points]
    import pandas as pd

    return pd.array(numbers, dtype="float64")  # type: ignore[return-value]
