"""The scanner as DICOM headers tell it: one name per maker, the field strength in tesla."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tilscope.reading.dicom_headers import SliceHeader
from tilscope.vocabulary import Scanner

# start of the text in small letters -> name; makers changed theirs, and write them in many ways
MAKERS = (
    ("siemens", "Siemens"),
    ("ge ", "GE"),
    ("ge-", "GE"),
    ("gems", "GE"),
    ("general electric", "GE"),
    ("philips", "Philips"),
    ("canon", "Canon"),
    ("toshiba", "Canon"),
    ("hitachi", "Hitachi"),
    ("fujifilm", "Fujifilm"),
    ("uih", "United Imaging"),
    ("united imaging", "United Imaging"),
    ("esaote", "Esaote"),
)
NOMINAL_T = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.55, 0.6, 0.7, 1.0, 1.2, 1.5, 3.0, 7.0)
NEAR = 0.05  # Siemens writes 1.494 and 2.894 for its 1.5 and 3 T
GAUSS, MILLITESLA = 1e-4, 1e-3
LONGEST = 64  # characters of a DICOM LO


def scanner_of(headers: Iterable[SliceHeader]) -> tuple[Scanner | None, tuple[str, ...]]:
    """Return the scanner of an examination's images, and what a human should know.

    Returns
    -------
    scanner : Scanner or None
        None where the files tell nothing, or tell of several scanners.
    notes : tuple of str
    """
    told = list(headers)
    makers = _distinct(maker(text) for text in dict.fromkeys(h.manufacturer for h in told))
    models = _distinct(_clean(text) for text in dict.fromkeys(h.model for h in told))
    strengths = [tesla(value) for value in dict.fromkeys(h.field_strength for h in told)]
    notes = tuple(note for _, note in strengths if note)
    fields = sorted({field_t for field_t, _ in strengths if field_t is not None})
    if max(len(makers), len(models), len(fields)) > 1:
        found = ", ".join([*makers, *models, *(f"{field_t:g} T" for field_t in fields)])
        return None, (*notes, f"IMG-34 the images tell of several scanners ({found}); none is noted")
    scanner = Scanner(next(iter(makers), None), next(iter(models), None), next(iter(fields), None))
    return (None if scanner == Scanner() else scanner), notes


def _distinct(texts: Iterable[str | None]) -> list[str]:
    """Return the texts that are told, those equal but for capitals once."""
    return list({text.upper(): text for text in sorted(t for t in texts if t)}.values())


def maker(text: str) -> str | None:
    """Return one name for a maker; others' as they are written."""
    small = re.sub(r"[\s_]+", " ", text).strip().casefold()
    if small == "ge":
        return "GE"
    return next((name for start, name in MAKERS if small.startswith(start)), None) or _clean(text)


def tesla(strength: float | None) -> tuple[float | None, str]:
    """Return the field strength in tesla, and a note where it was written otherwise.

    Parameters
    ----------
    strength : float or None
        As written. Above 25 it cannot be tesla: 15000 is 1.5 T in gauss,
        1500 in millitesla.
    """
    if strength is None or strength <= 0.0:
        return None, ""
    if strength <= 25.0:
        return _nominal(strength), ""
    unit, factor = ("gauss", GAUSS) if strength >= 5000.0 else ("millitesla", MILLITESLA)
    field_t = _nominal(strength * factor)
    if field_t not in NOMINAL_T:
        return None, f"IMG-34 a MagneticFieldStrength of {strength:g} is no field strength; it is left out"
    return field_t, f"IMG-34 MagneticFieldStrength {strength:g} was read as {field_t:g} T (written in {unit})"


def _nominal(field_t: float) -> float:
    """Return the strength that scanners are sold as, where one is near."""
    near = min(NOMINAL_T, key=lambda nominal: abs(nominal - field_t))
    return near if abs(near - field_t) <= NEAR * near else round(field_t, 2)


def _clean(text: str) -> str | None:
    """Return a text of plain letters, digits and a few marks, one blank between words."""
    plain = re.sub(r"[^A-Za-z0-9 .+/()_-]", "", text)
    return re.sub(r"\s+", " ", plain).strip()[:LONGEST] or None
