"""Delimited text, read strictly: encoding, delimiter, equal field counts, a whole last row."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tilscope.reading.doors import existing_file, whole_bytes
from tilscope.vocabulary import InputError, TableError

DELIMITERS = {"\t": "tab", ",": "comma", ";": "semicolon"}
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", ".", "missing"})


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of text cells; every row has as many cells as the header."""

    path: Path
    delimiter: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def decoded_text(path: Path, kind: type[InputError] = TableError) -> str:
    """Return a file's text (``.gz`` unpacked; UTF-8, or UTF-16 with a byte order mark).

    Raises
    ------
    InputError
        TAB-00 missing, TAB-51 empty or damaged, TAB-52 another encoding: it is named, not guessed.
    """
    return decoded(whole_bytes(existing_file(path, "TAB-00", kind), "TAB-51", kind), path, kind)


def decoded(data: bytes, path: Path, kind: type[InputError] = TableError) -> str:
    """Return the text of unpacked bytes; ``path`` is for messages (faults as `decoded_text`)."""
    bom, encoding = next(((bom, name) for bom, name in BOMS if data.startswith(bom)), (b"", "utf-8"))
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise kind(
            "TAB-52",
            "the text is not UTF-8 (it looks like Latin-1 or Windows-1252)",
            file=path,
            found=f"byte 0x{data[len(bom) + fault.start]:02x} in line {line}",
            expected="UTF-8, or UTF-16 with a byte order mark",
            remedy="Save it as UTF-8 (Excel: CSV UTF-8).",
        ) from fault
    if "\0" in text:
        raise kind(
            "TAB-52",
            "the text has zero bytes (UTF-16 without a byte order mark, or a spreadsheet)",
            file=path,
            expected="UTF-8 text",
            remedy="Save it as CSV UTF-8.",
        )
    if not text.strip():
        raise kind("TAB-51", "the file is empty", file=path, expected="a header and rows")
    return text


def require_final_newline(text: str, path: Path, kind: type[InputError] = TableError) -> None:
    """Refuse a text whose last row may be cut (TAB-51)."""
    if not text.endswith(("\n", "\r")):
        last = text.rsplit("\n", 1)[-1]
        raise kind(
            "TAB-51",
            "the last row does not end with a line break, so it may be cut",
            file=path,
            found=f"a last row of {len(last)} characters",
            expected="a line break after every row",
            remedy="Compare the last row with its source, and save the file with a final line break.",
        )


def read_text_table(file: Path | str, kind: type[InputError] = TableError) -> TextTable:
    """Read a CSV or TSV file; the delimiter is told by the header.

    Raises
    ------
    InputError
        TAB-00 missing, TAB-51 ragged or cut, TAB-52 encoding.
    """
    path = Path(file)
    text = decoded_text(path, kind)
    require_final_newline(text, path, kind)
    delimiter = delimiter_of(text, path, kind)
    numbered = _parsed(text, delimiter, path, kind)
    header = tuple(cell.strip() for cell in numbered[0][1])
    refuse_repeated(header, path, kind, "column")
    for line, row in numbered[1:]:
        if len(row) != len(header):
            raise ragged(path, line, len(row), len(header), delimiter, kind)
    return TextTable(path, delimiter, header, tuple(row for _, row in numbered[1:]))


def delimiter_of(text: str, path: Path, kind: type[InputError] = TableError) -> str:
    """Return the delimiter that the header line uses."""
    first = text.lstrip("\r\n").splitlines()[0]
    counts = {mark: len(next(csv.reader([first], delimiter=mark))) - 1 for mark in DELIMITERS}
    best = max(counts, key=lambda mark: counts[mark])
    if counts[best] == 0:
        raise kind(
            "TAB-51",
            "the header has one column only",
            file=path,
            found=repr(first[:60]),
            expected="columns separated by comma, tab or semicolon",
            remedy="Save the table as CSV or TSV.",
        )
    return best


def _parsed(
    text: str, delimiter: str, path: Path, kind: type[InputError]
) -> list[tuple[int, tuple[str, ...]]]:
    """Return (line number, cells) of every row that is not blank."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num, tuple(row)) for row in reader if row]
    except csv.Error as fault:
        raise kind(
            "TAB-51",
            "quotes in the table do not match",
            file=path,
            found=f"{fault} in line {reader.line_num}",
            expected="cells with matching quotes",
            remedy="Open the file, mend that line, and save it again.",
        ) from fault


def ragged(
    path: Path, line: int, found: int, expected: int, delimiter: str, kind: type[InputError]
) -> InputError:
    """Return the error for a row with too few or too many cells."""
    hint = " A decimal comma in a comma-separated file splits a number in two." if delimiter == "," else ""
    return kind(
        "TAB-51",
        f"line {line} has another number of cells than the header",
        file=path,
        found=f"{found} cells",
        expected=f"{expected} ({DELIMITERS[delimiter]}-separated)",
        remedy=f"Mend that line; columns are never shifted silently.{hint}",
    )


def refuse_repeated(
    names: tuple[str, ...], path: Path, kind: type[InputError], what: str, rule: str = "TAB-51"
) -> None:
    """Refuse names that occur twice."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise kind(
            rule,
            f"{what} names occur more than once",
            file=path,
            found=shown(twice),
            expected="each name once",
            remedy=f"Rename or remove the copies of the {what}.",
        )


def shown(names: list[str] | tuple[str, ...], most: int = 12) -> str:
    """Return names for a message, the first few of many."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + rest


def is_missing(cell: str) -> bool:
    """Tell whether a cell says that the value is not known."""
    return cell.strip().lower() in MISSING
