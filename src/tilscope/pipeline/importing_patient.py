"""What the imports of images and of masks share: one patient's source, its record, its words kept out of messages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from tilscope.pipeline.outcome import Outcome, unexpected
from tilscope.pipeline.sources import PatientSource
from tilscope.pipeline.step import lift_quarantine, quarantine
from tilscope.study import Linkage, Request, Study, commit_outputs, is_done, load_json, provenance_of, sha256
from tilscope.vocabulary import GeometryError, TilscopeError

_COUNT = re.compile(r"\d{1,4}")


@dataclass(frozen=True)
class ImagePayload:
    """What a worker needs to know about one patient's source."""

    source: PatientSource


def as_before(study: Study, step: str, patient: str) -> Outcome:
    """Leave what an earlier import did: its files, or its refusal."""
    file = study.quarantine_folder / f"{patient}.json"
    record = load_json(file) if file.is_file() else {}
    if record.get("step") == step:
        return Outcome(step, patient, "failed", error=record)
    return Outcome(step, patient, "up to date")


def imported(
    study: Study,
    request: Request,
    record_file: Path,
    patient: str,
    payload: ImagePayload,
    make: Callable[[], dict[Path, bytes]],
) -> Outcome:
    """Do an import unless it is on record; a fault quarantines the patient."""
    started = perf_counter()
    try:
        wanted = provenance_of(request)
        fresh = not is_done(study.root, record_file, wanted)
        if fresh:
            commit_outputs(study.root, record_file, request, wanted, make())
    except TilscopeError as error:
        fault = error
    except Exception as error:  # noqa: BLE001  (one patient must not stop the others)
        fault = unexpected(error)
    else:
        lift_quarantine(study, request.step, patient)
        return Outcome(request.step, patient, "done" if fresh else "up to date", perf_counter() - started)
    record = quarantine(study, request.step, patient, _redacted(fault, study, patient, payload.source))
    return Outcome(request.step, patient, "failed", perf_counter() - started, (), record)


def uid_hash(uid: str) -> str:
    """Return a short hash of a SOP instance UID, which itself could lead back to the patient."""
    return sha256(uid.encode())[:16]


def cleaner(
    study: Study, patient: str, source: PatientSource, *, is_name: bool = False
) -> Callable[[str], str]:
    """Return what replaces, in a text, the words that may identify anybody.

    These are the patient's own words, and the ids of all patients of the study: a file may lie in the folder of one
    and name another. Another's id of a few digits is taken for a count in a sentence, and for an id in a file's name.
    """
    linkage = Linkage.load(study.source_folder)
    others = {word: key for word, key in linkage.keys.items() if is_name or not _COUNT.fullmatch(word)}
    known = dict.fromkeys(source.private_words, patient) | others

    def clean(text: str) -> str:
        # thousands of ids would make a slow pattern
        near = {word: key for word, key in known.items() if word.casefold() in text.casefold()}
        return replace(linkage, keys=near).redact(text)

    return clean


def _redacted(error: TilscopeError, study: Study, patient: str, source: PatientSource) -> TilscopeError:
    """Replace what may identify somebody by participant keys, and paths by bare file names; name no folder.

    Folders are called after patients, in words that no header holds.
    """
    clean = cleaner(study, patient, source)
    clean_name = cleaner(study, patient, source, is_name=True)

    def cleaned(text: str | None) -> str | None:
        return None if text is None else clean(text)

    kind = type(error) if not isinstance(error, GeometryError) else GeometryError
    is_file = error.file is not None and not Path(error.file).is_dir()
    return kind(
        error.rule,
        clean(error.message),
        patient=patient,
        file=clean_name(Path(str(error.file)).name) if is_file else None,
        found=cleaned(error.found),
        expected=cleaned(error.expected),
        remedy=cleaned(error.remedy),
    )
