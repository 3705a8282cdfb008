"""Single values of a DICOM header as text, numbers and seconds; None where nothing usable is written."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Protocol

DAY_S = 86400.0


class Values(Protocol):
    """Anything that gives a value for a DICOM keyword: a dataset, or a dict of values."""

    def get(self, key: str, /) -> Any:
        """Return the value, or None."""


def text_of(values: Values, key: str) -> str:
    """Return a value as text; empty where it is absent."""
    value = values.get(key)
    return "" if value is None else str(value).strip(" \0")


def texts_of(values: Values, key: str) -> tuple[str, ...]:
    """Return the parts of a value of several texts."""
    value = values.get(key)
    if value is None or value == "":
        return ()
    parts = [value] if isinstance(value, str) else list(value)
    return tuple(str(part).strip() for part in parts)


def number_of(values: Values, key: str) -> float | None:
    """Return a finite number."""
    try:
        number = float(values.get(key))
    except (TypeError, ValueError):
        return None
    return number if abs(number) < float("inf") else None


def numbers_of(values: Values, key: str, count: int) -> tuple[float, ...] | None:
    """Return exactly ``count`` finite numbers."""
    try:
        numbers = tuple(float(part) for part in values.get(key) or ())
    except (TypeError, ValueError):
        return None
    is_usable = len(numbers) == count and all(abs(number) < float("inf") for number in numbers)
    return numbers if is_usable else None


def factor_of(values: Values, key: str, default: float) -> float:
    """Return a rescale value; absent means the default, unreadable means NaN."""
    value = values.get(key)
    if value is None or value == "":
        return default
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def acquisition_seconds(values: Values) -> float | None:
    """Return when an image was acquired, in seconds from an arbitrary day."""
    moment = moment_seconds(text_of(values, "AcquisitionDateTime"))
    if moment is not None:
        return moment
    return seconds_of(text_of(values, "AcquisitionDate"), text_of(values, "AcquisitionTime"))


def moment_seconds(moment: str) -> float | None:
    """Return seconds for a DICOM DT text (``YYYYMMDDHHMMSS.ffffff+ZZZZ``; the zone is the same for all)."""
    if len(moment) < 14:
        return None
    return seconds_of(moment[:8], re.split(r"[+-]", moment[8:])[0])


def seconds_of(day: str, time: str) -> float | None:
    """Return seconds for DICOM DA and TM texts (``HHMMSS.ffffff``; old files write ``HH:MM:SS``)."""
    digits = time.replace(":", "")
    if not re.fullmatch(r"\d{6}(\.\d*)?", digits):
        return None
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + float(digits[4:])
    if re.fullmatch(r"\d{8}", day):
        try:
            seconds += date(int(day[:4]), int(day[4:6]), int(day[6:])).toordinal() * DAY_S
        except ValueError:
            return None
    return seconds
