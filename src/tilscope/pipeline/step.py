"""A step: what it reads, what it makes, and how one run of it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from tilscope.pipeline.outcome import Outcome, unexpected
from tilscope.study import (
    Request,
    Study,
    commit_json,
    commit_outputs,
    is_done,
    load_json,
    provenance_of,
    within,
)
from tilscope.vocabulary import TilscopeError


@dataclass(frozen=True)
class Products:
    """What a step made: whole files, what a human should know, and which patients cannot go on."""

    files: Mapping[Path, bytes]
    notes: tuple[str, ...] = ()
    faults: Mapping[str, TilscopeError] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step of the pipeline, of one patient (``subject`` is its key) or of the cohort (``subject`` is "").

    Attributes
    ----------
    name, version : str, int
        The version rises whenever the results change.
    doing : str
        What the progress bar says.
    settings : tuple of str
        Dotted keys of ``study.toml`` that the step reads; a change of any other key leaves its results valid.
    parts : tuple of str
        Libraries that shape the results.
    inputs : callable (study, subject) -> files
        What it reads.
    record : callable (study, subject) -> file
        Where its provenance lies.
    make : callable (study, subject) -> Products
        The work itself; it writes nothing.
    needs : tuple of str
        Cohort steps without whose success this one is left out.
    left_out : callable (study) -> str or None
        Why there is nothing to do for this step, if so.
    facts : callable (study) -> dict
        What else shapes the results, beside settings and inputs.
    is_cohort : bool
        Whether it runs once for all patients.
    batches : Batches or None
        Work of a cohort step that is done in parallel before ``make`` puts it together.
    """

    name: str
    version: int
    doing: str
    settings: tuple[str, ...]
    parts: tuple[str, ...]
    inputs: Callable[[Study, str], tuple[Path, ...]]
    record: Callable[[Study, str], Path]
    make: Callable[[Study, str], Products]
    needs: tuple[str, ...] = ()
    left_out: Callable[[Study], str | None] = lambda _study: None
    facts: Callable[[Study], dict[str, Any]] = lambda _study: {}
    is_cohort: bool = False
    batches: Batches | None = None


@dataclass(frozen=True)
class Batches:
    """Work of a cohort step that can be divided; each batch is a step of its own that is done once.

    Attributes
    ----------
    names : callable (study) -> tuple of str
        What there is to do, by the settings alone.
    step_of : callable (name) -> Step
        What does a batch; its subject is the batch's name, and it counts as a step of the cohort.
    n_units : callable (study, name) -> int
        How far the progress bar moves with it.
    """

    names: Callable[[Study], tuple[str, ...]]
    step_of: Callable[[str], Step]
    n_units: Callable[[Study, str], int]


def request_of(step: Step, study: Study, subject: str) -> Request:
    """Return what the step would do, for its content key."""
    settings = {key: _setting(study, key) for key in step.settings} | step.facts(study)
    return Request(
        step.name, step.version, step.parts, settings, within(study.root, step.inputs(study, subject))
    )


def _setting(study: Study, key: str) -> Any:
    value: Any = study.settings.model_dump(mode="json")
    for part in key.split("."):
        value = value[part]
    return value


def perform(step: Step, study: Study, subject: str) -> Outcome:
    """Run a step unless it is done already; a fault becomes an outcome, never an exception.

    This is the one catch-all of the house: whatever goes wrong in one patient must not stop the others.
    """
    started = time.perf_counter()
    try:
        request = request_of(step, study, subject)
        wanted = provenance_of(request)
        if is_done(study.root, step.record(study, subject), wanted):
            lift_quarantine(study, step.name, subject)
            return Outcome(step.name, subject, "up to date", time.perf_counter() - started)
        with threadpool_limits(1):  # sums in another order would be other numbers
            products = step.make(study, subject)
        commit_outputs(study.root, step.record(study, subject), request, wanted, products.files)
    except TilscopeError as error:
        return _failed(study, step, subject, error, started)
    except Exception as error:  # noqa: BLE001  (see above)
        return _failed(study, step, subject, unexpected(error), started)
    lift_quarantine(study, step.name, subject)
    _set_faults(study, step, products.faults)
    seconds = time.perf_counter() - started
    return Outcome(step.name, subject, "done", seconds, products.notes, None, peak_memory_mib())


def quarantine(study: Study, step: str, subject: str, error: TilscopeError) -> dict[str, str | None]:
    """Write down why a patient cannot go on, and return the record."""
    record = error.as_record() | {"patient": subject or None, "step": step}
    if record["file"] is not None:
        record["file"] = Path(record["file"]).name
    if subject:
        commit_json(study.quarantine_folder / f"{subject}.json", record)
    return record


def _failed(study: Study, step: Step, subject: str, error: TilscopeError, started: float) -> Outcome:
    record = quarantine(study, step.name, "" if step.is_cohort else subject, error)
    return Outcome(step.name, subject, "failed", time.perf_counter() - started, (), record)


def _set_faults(study: Study, step: Step, faults: Mapping[str, TilscopeError]) -> None:
    """Quarantine the patients that a cohort step named, and free those that it no longer names."""
    if not step.is_cohort:
        return
    for file in study.quarantine_folder.glob("sub-*.json"):
        if file.stem not in faults:
            lift_quarantine(study, step.name, file.stem)
    for patient, error in faults.items():
        quarantine(study, step.name, patient, error)


def lift_quarantine(study: Study, step: str, subject: str) -> None:
    """Forget an old fault of this very step, now that it went well."""
    file = study.quarantine_folder / f"{subject}.json"
    if subject and file.is_file() and load_json(file).get("step") == step:
        file.unlink()


def peak_memory_mib() -> float:
    """Return the largest resident memory of this process so far, in MiB."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
