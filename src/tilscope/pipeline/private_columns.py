"""Which columns of a clinical table may tell who a patient is, by their names and by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

OPEN_NAMES = ("gene_name", "site_name", "subtype_name")
MIN_ROWS = 5
MIN_TEXTS = 3
UNIQUE_SHARE = 0.9

_SUBJECT = r"(?:participant|patient|subject|case|person|sample|specimen|biopsy|block|slide)"
_REGISTER = (
    rf"(?:{_SUBJECT}|record|chart|file|folder|hospital|hosp|clinic|medical|pathology|path|registry|registration"
    r"|admission|episode|visit|study|trial|exam|examination|image|imaging|mri?|scan|insurance|health|nhs|protocol)"
)
# looked for in the name in small letters, its words parted by blanks
_PRIVATE_NAME = re.compile(
    r"name|birth|address|street|phone|e ?mail|insurance|postcode|contact|initials|passport|accession|barcode"
    r"|identifier|physician|doctor|surgeon|photo"
    r"|\b(?:dob|dod|doe|dos|ssn|nhs|mrn|zip|city|fax|url|pid|emr|ehr|ids?|uids?|uuid|guid)\b"
    rf"|\bdate|(?<!candi)(?<!up)(?<!vali)dates?\b|{_REGISTER} ?ids?\b"
    rf"|\b{_REGISTER} ?(?:no|nr|num|numbers?|codes?|keys?)\b|\A(?:patient|participant|subject|case|sample)\Z"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    r"(?<!\d)\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)(?!\d)"
    rf"|(?<!\d){_YEAR}[-/](?:0?[1-9]|1[0-2])(?!\d)|(?<!\d)(?:0?[1-9]|1[0-2])[-/]{_YEAR}(?!\d)"
    rf"|(?<!\d){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
    rf"|\b\d{{1,2}}[-. ]*{_MONTH}[-., ]*\d{{2,4}}\b|\b{_MONTH}[-. ]*(?:\d{{1,2}}[., ]+)?{_YEAR}\b|\d年",
    re.IGNORECASE,
)
# a measured value, perhaps censored (">=20", "12,5 %"); codes with leading zeros are none
_MEASURE = re.compile(r"[<>≤≥=~ ]*(?!0\d)\d+(?:[.,]\d+)?\s*(?:%|mm|cm|ml|y|yrs?|years?)?")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def private_columns(frame: pd.DataFrame, known_ids: Iterable[str]) -> list[str]:
    """Return the columns that may tell who a patient is; ``stils`` never is one.

    Parameters
    ----------
    frame : DataFrame
        Indexed by the ids as handed over.
    known_ids : iterable of str
        Every hospital id known to the study.

    Returns
    -------
    list of str
        Columns whose names speak of names, dates, addresses or ids; columns with a date or a known id in any
        cell; text that differs in nearly every row of a table of at least 5; numbers that repeat the row's id.
    """
    ids = _pattern_of(known_ids)
    return [str(c) for c in frame if c != "stils" and (_is_private_name(str(c)) or _tells(frame[c], ids))]


def _is_private_name(column: str) -> bool:
    if column.lower() in OPEN_NAMES:
        return False
    words = re.sub(r"[\W_]+", " ", _CAMEL.sub(" ", column)).strip().lower()
    return _PRIVATE_NAME.search(words) is not None


def _tells(column: pd.Series, ids: re.Pattern[str] | None) -> bool:
    known = column.dropna()
    if _repeats_index(known):
        return True
    if pd.api.types.is_numeric_dtype(known):
        return len(known) > 0 and all(_is_day(v) for v in known)
    texts = known.astype(str)
    values = texts.unique()
    if any(_DATE.search(v) or (ids is not None and ids.search(v)) for v in values):
        return True
    n_measures = sum(_MEASURE.fullmatch(v) is not None for v in texts)
    if len(column) < MIN_ROWS or len(texts) < MIN_TEXTS or n_measures > len(texts) / 2:
        return False
    return len(values) >= UNIQUE_SHARE * len(texts)


def _repeats_index(known: pd.Series) -> bool:
    """Tell whether most cells are the id of their own row, as text or as a number."""
    same = sum(_plain(cell) == _plain(row_id) for row_id, cell in known.items())
    return len(known) >= MIN_TEXTS and same > len(known) / 2


def _plain(value: object) -> str:
    text = f"{value:.15g}" if isinstance(value, (float, np.floating)) else str(value).strip().casefold()
    return text.lstrip("0")


def _is_day(value: float) -> bool:
    """Tell whether a number is a day written as 20190514."""
    return float(value).is_integer() and len(f"{value:.0f}") == 8 and bool(_DATE.fullmatch(f"{value:.0f}"))


def _pattern_of(known_ids: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds a known id in a text; ids such as ``7`` or ``T1`` would be found in stages and grades."""
    telling = sorted(
        (i for i in known_ids if len(i) > 3 or (len(i) == 3 and _is_code(i))), key=len, reverse=True
    )
    if not telling:
        return None
    words = "|".join(re.escape(i) for i in telling)
    return re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE)


def _is_code(text: str) -> bool:
    return text.startswith("0") or not text.isalnum()
