"""The table that says which examination of each patient counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tilscope.reading.text_tables import read_text_table, shown
from tilscope.vocabulary import TableError

COLUMNS = ("patient_id", "study_uid")
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
MAX_UID_LENGTH = 64  # DICOM PS3.5, value representation UI


@dataclass(frozen=True, slots=True)
class ChosenExamination:
    """One row: the StudyInstanceUID that counts for a patient, and its row, from 1, for messages without ids."""

    study_uid: str
    row: int


def read_examinations(file: Path | str) -> dict[str, ChosenExamination]:
    """Read a CSV or TSV table of two columns, ``patient_id`` and ``study_uid``.

    Parameters
    ----------
    file : path
        One row per patient: PatientID as in the DICOM files, and the StudyInstanceUID of the examination to use.

    Returns
    -------
    dict of PatientID to ChosenExamination

    Raises
    ------
    TableError
        TAB-00 missing file, TAB-49 other columns, TAB-50 a patient without id or in two rows, TAB-51 ragged, cut,
        or a cell that is no UID, TAB-52 encoding.
    """
    table = read_text_table(file)
    if tuple(sorted(table.header)) != COLUMNS:
        raise TableError(
            "TAB-49",
            "the table of examinations has other columns",
            file=table.path,
            found=shown(table.header),
            expected=" and ".join(COLUMNS),
            remedy="Write one row per patient: PatientID and the StudyInstanceUID of the examination to use.",
        )
    id_place, uid_place = (table.header.index(name) for name in COLUMNS)
    chosen: dict[str, ChosenExamination] = {}
    for number, row in enumerate(table.rows, start=1):
        patient_id, uid = row[id_place].strip(), row[uid_place].strip()
        if not patient_id or patient_id in chosen:
            raise TableError(
                "TAB-50",
                "a row of the table of examinations has no patient of its own",
                file=table.path,
                found=f"row {number}: {'an id that stands above, too' if patient_id else 'no id'}",
                expected="one row per patient",
                remedy="Name the one examination of each patient that counts.",
            )
        if not _UID.fullmatch(uid) or len(uid) > MAX_UID_LENGTH:
            raise TableError(
                "TAB-51",
                "a row of the table of examinations has no StudyInstanceUID",
                file=table.path,
                found=f"row {number}: a text of {len(uid)} characters",
                expected="numbers with dots between them",
                remedy="Copy the StudyInstanceUID (0020,000D) from the examination's files.",
            )
        chosen[patient_id] = ChosenExamination(uid, number)
    return chosen
