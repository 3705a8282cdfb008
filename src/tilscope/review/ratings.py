"""What the radiologist decided: ``derivatives/review/ratings.tsv``, one row per rated patient."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Literal, get_args

from tilscope.study import Study, commit, encode_tsv
from tilscope.vocabulary import StudyError

RatingWord = Literal["accept", "redraw", "exclude"]
RATINGS: tuple[RatingWord, ...] = get_args(RatingWord)
MAX_NOTE_LENGTH = 500
FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Rating:
    """One patient's rating.

    Attributes
    ----------
    participant_id : str
        The patient's key (``sub-...``).
    rating : str
        ``accept``, ``redraw`` (the ROI) or ``exclude``.
    note : str
        Short free text on one line; may be empty.
    reviewed_on : str
        Local date, ``YYYY-MM-DD``.
    qc_sha256 : str
        SHA-256 of the ``qc.json`` that was looked at, so that a rating of older pictures is told apart; empty in a
        table that was written by hand.
    """

    participant_id: str
    rating: RatingWord
    note: str
    reviewed_on: str
    qc_sha256: str = ""


COLUMNS = tuple(field.name for field in fields(Rating))


def one_line(text: str) -> str:
    """Return a note without line breaks and invisible characters, blanks collapsed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


class RatingBook:
    """The study's table of ratings; several threads of one server may use it.

    Parameters
    ----------
    study : Study
        The table lies in its ``derivatives/review/ratings.tsv``.
    """

    def __init__(self, study: Study) -> None:
        self.file: Path = study.derivatives / "review" / "ratings.tsv"
        self._lock = Lock()

    def read(self) -> dict[str, Rating]:
        """Return all ratings by patient, sorted; empty where nobody has rated yet.

        Raises
        ------
        StudyError
            RUN-76 when the table is damaged. It holds human work, so nothing ever replaces it silently.
        """
        return _read(self.file) if self.file.is_file() else {}

    def take_in(self, file: Path, known: Collection[str]) -> tuple[int, int]:
        """Add the ratings of a table that the report's page of patients made; the later of two ratings counts.

        Parameters
        ----------
        file : Path
            A table with the columns of `Rating`.
        known : collection of str
            The study's patients.

        Returns
        -------
        taken, kept : int
            Ratings that were new or later, and those of the study that were as late or later.

        Raises
        ------
        StudyError
            RUN-76 for a table that cannot be read or that names a patient who is not in the study: nothing is taken.
        """
        with self._lock:
            own, new = self.read(), _read(file)
            strangers = sorted(set(new) - set(known))
            if strangers:
                raise _unreadable(file, f"{strangers[0]}, who is not a patient of this study", strangers[0])
            later = {
                key: rating
                for key, rating in new.items()
                if key not in own or rating.reviewed_on > own[key].reviewed_on
            }
            if later:
                commit(self.file, _encode(dict(sorted((own | later).items())).values()))
        return len(later), len(new) - len(later)

    def save(self, rating: Rating) -> dict[str, Rating]:
        """Add or replace one patient's rating and return all of them.

        Raises
        ------
        StudyError
            RUN-73 or RUN-75 as `tilscope.study.commit`; RUN-76 as `read`.
        """
        with self._lock:
            ratings = self.read() | {rating.participant_id: rating}
            ratings = dict(sorted(ratings.items()))
            commit(self.file, _encode(ratings.values()))
        return ratings


def _read(file: Path) -> dict[str, Rating]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
        return _parse(csv.DictReader(io.StringIO(text), delimiter="\t", strict=True))
    except (OSError, ValueError, csv.Error) as error:
        found = str(error) if type(error) is ValueError else type(error).__name__
        raise _unreadable(file, found) from error


def _unreadable(file: Path, found: str, patient: str | None = None) -> StudyError:
    return StudyError(
        "RUN-76",
        "the table of ratings cannot be read",
        patient=patient,
        file=file.name,
        found=found,
        expected=f"a tab-separated table with {', '.join(COLUMNS[:4])}",
        remedy="Mend it by hand or move it aside; it holds your ratings and is never overwritten damaged.",
    )


def _parse(rows: csv.DictReader[str]) -> dict[str, Rating]:
    missing = [c for c in COLUMNS[:4] if c not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"no column {missing[0]}")
    ratings = [_rating(row, rows.line_num) for row in rows]
    by_patient = {r.participant_id: r for r in ratings}
    if len(by_patient) < len(ratings):
        raise ValueError("a patient twice")
    return dict(sorted(by_patient.items()))


def _rating(row: dict[str, str], line: int) -> Rating:
    if None in row or None in row.values():
        raise ValueError(f"line {line} with too many or too few fields")
    word = next((w for w in RATINGS if w == row["rating"]), None)
    if word is None:
        raise ValueError(f"line {line} without a known rating")
    try:
        reviewed_on = date.fromisoformat(row["reviewed_on"]).isoformat()
    except ValueError:
        raise ValueError(f"line {line} without a date as YYYY-MM-DD") from None
    note, digest = _without_guard(row["note"]), row.get("qc_sha256", "")
    return Rating(row["participant_id"], word, note, reviewed_on, digest)


def _without_guard(note: str) -> str:
    """Undo the apostrophe that keeps a spreadsheet from running the note as a formula (PHI-89)."""
    return note[1:] if note[:1] == "'" and note[1:2] in FORMULA_STARTS else note


def _encode(ratings: Iterable[Rating]) -> bytes:
    import pandas as pd

    return encode_tsv(pd.DataFrame([asdict(r) for r in ratings], columns=list(COLUMNS)), index=False)
