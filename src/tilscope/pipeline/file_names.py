"""What a file's name tells: whose it is, which phase, which reader; nothing that it does not say plainly."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

ARRAY_SUFFIXES = (".nii", ".nii.gz", ".nrrd")
AFTER_ID = "_. "
_PHASE_IMAGE = re.compile(r"phase[_\-]?(\d{1,2})", re.IGNORECASE)
# a phase is told by the last word, or by the word before reader-B and session-2
_PHASE_TOKEN = re.compile(
    r"(?:^|[_\-. ])(pre|post[1-9]\d?|peak)(?=$|[_\-. ](?:reader|session)[_\-]?[A-Za-z0-9])", re.IGNORECASE
)
_READER_TOKEN = re.compile(r"(?:^|[_\-. ])reader[_\-]?([A-Za-z0-9]+)", re.IGNORECASE)
_SESSION_TOKEN = re.compile(r"(?:^|[_\-. ])session[_\-]?([A-Za-z0-9]+)", re.IGNORECASE)


def owner(relative: Path, ids: Iterable[str]) -> str | None:
    """Return the patient whose id is a folder of the path or starts the file's name.

    After the id in the name comes ``_``, ``.`` or a blank, so that ``H-1-2_lesion`` is not of patient ``H-1``.
    The longest id wins; of two equally long ones, the one in the name.
    """
    fitting = [i for i in ids if i in relative.parts[:-1] or _starts(relative.name, i)]
    return max(fitting, key=lambda i: (len(i), _starts(relative.name, i)), default=None)


def phase_number(file: Path, patient_id: str) -> int | None:
    """Return N of ``phase-N`` or ``<id>_phase-N`` (``phase_N`` and ``phaseN`` too); None if it is no phase image."""
    match = _PHASE_IMAGE.fullmatch(_own_words(file, patient_id))
    return None if match is None else int(match.group(1))


def mask_words(file: Path, patient_id: str) -> tuple[str | None, str, str]:
    """Return phase, reader and session of a mask; a phase that is not told plainly is None."""
    words = _own_words(file, patient_id)
    phase, reader, session = (p.search(words) for p in (_PHASE_TOKEN, _READER_TOKEN, _SESSION_TOKEN))
    return (
        phase.group(1).lower() if phase else None,
        reader.group(1) if reader else "A",
        session.group(1) if session else "1",
    )


def _starts(name: str, patient_id: str) -> bool:
    return name.startswith(patient_id) and name[len(patient_id) : len(patient_id) + 1] in ("", *AFTER_ID)


def _own_words(file: Path, patient_id: str) -> str:
    """Return the name without its suffix and without the patient's id before it."""
    stem = _stem(file)
    return stem[len(patient_id) :].lstrip(AFTER_ID) if _starts(stem, patient_id) else stem


def _stem(file: Path) -> str:
    for suffix in (".seg.nrrd", *ARRAY_SUFFIXES):
        if file.name.lower().endswith(suffix):
            return file.name[: -len(suffix)]
    return file.stem
