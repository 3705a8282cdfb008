"""What the imports of images and of masks share: one patient's source, its record, its words kept out of messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tilscope.pipeline.outcome import Outcome, unexpected
from tilscope.pipeline.sources import PatientSource
from tilscope.pipeline.step import lift_quarantine, quarantine
from tilscope.study import Request, Study, commit_outputs, is_done, load_json, provenance_of, sha256
from tilscope.study.linkage import redacted
from tilscope.vocabulary import GeometryError, TilscopeError


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
    record = quarantine(study, request.step, patient, _redacted(fault, patient, payload.source.private_words))
    return Outcome(request.step, patient, "failed", perf_counter() - started, (), record)


def uid_hash(uid: str) -> str:
    """Return a short hash of a SOP instance UID, which itself could lead back to the patient."""
    return sha256(uid.encode())[:16]


def _redacted(error: TilscopeError, patient: str, private_words: tuple[str, ...]) -> TilscopeError:
    """Replace what may identify the patient by the participant's key, and paths by bare file names."""

    def clean(text: str | None) -> str | None:
        return None if text is None else redacted(text, private_words, patient)

    kind = type(error) if not isinstance(error, GeometryError) else GeometryError
    return kind(
        error.rule,
        clean(error.message) or "",
        patient=patient,
        file=clean(Path(error.file).name) if error.file else None,
        found=clean(error.found),
        expected=clean(error.expected),
        remedy=clean(error.remedy),
    )
