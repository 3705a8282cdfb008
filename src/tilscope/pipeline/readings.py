"""The cohort's further readings: one table, and the pairs of readings that it holds."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tilscope.pipeline.loading import read_feature_rows
from tilscope.pipeline.rereading import FIRST_SESSION, reread_files
from tilscope.signature import Rereading
from tilscope.study import Study, load_json

KEYS = ["participant_id", "reader", "session"]


def rereading_table_file(study: Study) -> Path:
    """Return where the table of further readings lies; the collect step writes it where there are some."""
    return study.feature_table_file.with_name("rereadings.parquet")


def collect_rereadings(study: Study, patients: Sequence[str]) -> tuple[dict[Path, bytes], tuple[str, ...]]:
    """Return the table of further readings as a file, and a note for each mask that gave no features."""
    rows, notes = [], []
    for patient in patients:
        for file in reread_files(study, (patient,)):
            record = load_json(file)
            key = {"participant_id": patient, "reader": record["reader"], "session": record["session"]}
            if record["features"] is None:
                notes.append(
                    f"SIG-75 {patient}: the mask of reader {record['reader']}, session {record['session']}, "
                    f"gave no features: {record['reason']}"
                )
                continue
            rows.append(key | record["features"])
    if not rows:
        return {}, tuple(notes)
    table = pd.DataFrame(rows).set_index(KEYS)
    content = io.BytesIO()
    table.astype(np.float64).to_parquet(content)
    return {rereading_table_file(study): content.getvalue()}, tuple(notes)


def load_rereadings(study: Study, own: pd.DataFrame) -> tuple[Rereading, ...]:
    """Return the designs of a study: other readers against the chosen one, and sessions of each reader.

    Parameters
    ----------
    own : DataFrame of float, participants x features
        The features of the chosen reader's first session.
    """
    file = rereading_table_file(study)
    if not file.is_file():
        return ()
    table = read_feature_rows(file)
    chosen = study.settings.imaging.roi_reader
    frames = {(chosen, FIRST_SESSION): own}
    for (reader, session), part in table.groupby(level=["reader", "session"], sort=True):
        frames[str(reader), str(session)] = part.droplevel(["reader", "session"])
    between = tuple(
        Rereading(f"between readers {chosen} and {reader}", own, frame)
        for (reader, session), frame in frames.items()
        if reader != chosen and session == FIRST_SESSION
    )
    within = tuple(
        Rereading(
            f"between sessions {FIRST_SESSION} and {session} of reader {reader}",
            frames[reader, FIRST_SESSION],
            frame,
        )
        for (reader, session), frame in frames.items()
        if session != FIRST_SESSION and (reader, FIRST_SESSION) in frames
    )
    return between + within
