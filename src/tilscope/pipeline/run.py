"""The whole run: every patient through the patient steps, then the cohort through its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tilscope.pipeline.batches import batch_jobs, batch_sizes, discard_other_batches
from tilscope.pipeline.cohort_steps import COHORT_STEPS
from tilscope.pipeline.executing import Executor, Job
from tilscope.pipeline.outcome import Outcome
from tilscope.pipeline.patient_steps import PATIENT_STEPS
from tilscope.pipeline.status import (
    PatientStatus,
    counts,
    patient_states,
    quarantine_step,
    write_provenance,
    write_status,
)
from tilscope.pipeline.step import Step, perform, request_of
from tilscope.study import Study, describe_derivatives, discard, is_done, provenance_of, read_provenance
from tilscope.vocabulary import SettingsError, TilscopeError

IMPORT_STEPS = ("import", "mask")
STEPS = {step.name: step for step in (*PATIENT_STEPS, *COHORT_STEPS)}


@dataclass(frozen=True)
class RunReport:
    """How a run ended.

    Attributes
    ----------
    outcomes : tuple of Outcome
        Every step of every subject that was tried.
    states : dict
        How every patient of the study stands now, by key.
    cohort_error : dict or None
        Why a cohort step stopped, if one did.
    """

    outcomes: tuple[Outcome, ...]
    states: dict[str, PatientStatus]
    cohort_error: dict[str, str | None] | None

    @property
    def n_quarantined(self) -> int:
        """Number of patients that cannot go on."""
        return counts(self.states)["quarantined"]


@dataclass(frozen=True)
class RunPlan:
    """What will run: how often each step, so that a progress bar knows its length.

    ``batches`` tells, for a step of the cohort that is divided, how much each batch counts.
    """

    patients: tuple[str, ...]
    patient_steps: tuple[str, ...]
    cohort_steps: tuple[str, ...]
    batches: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def plan_run(study: Study, until: str | None = None, patients: tuple[str, ...] = ()) -> RunPlan:
    """Decide what to run.

    Raises
    ------
    SettingsError
        SET-04 for a step or a patient that does not exist.
    """
    names = list(STEPS)
    if until is not None and until not in names:
        raise SettingsError(
            "SET-04",
            "there is no such step",
            found=f"'{until}'",
            expected=", ".join(names),
            remedy="Name one of these after --until.",
        )
    chosen = names if until is None else names[: names.index(until) + 1]
    unknown = sorted(set(patients) - set(study.patients))
    if unknown:
        raise SettingsError(
            "SET-04",
            "there is no such patient",
            found=", ".join(unknown),
            remedy="tilscope status lists the patients of the study.",
        )
    if not study.patients:
        raise SettingsError(
            "SET-04",
            "the study has no patient with images",
            expected="imported images",
            remedy=f"Import some: tilscope import {study.root} SOURCE",
        )
    cohort = tuple(s.name for s in COHORT_STEPS if s.name in chosen)
    return RunPlan(
        tuple(p for p in patients or study.patients if not _is_import_fault(study, p)),
        tuple(s.name for s in PATIENT_STEPS if s.name in chosen and s.left_out(study) is None),
        () if patients else cohort,
        {} if patients else {s.name: batch_sizes(s, study) for s in COHORT_STEPS if s.name in cohort},
    )


def _is_import_fault(study: Study, patient: str) -> bool:
    """Tell whether only a new import can free the patient from quarantine."""
    return quarantine_step(study, patient) in IMPORT_STEPS


def run_study(
    study: Study, plan: RunPlan, executor: Executor, *, on_outcome: Callable[[Outcome], None] | None = None
) -> RunReport:
    """Run a plan; a failing patient is set aside by name and reason, the others go on."""
    outcomes: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if on_outcome is not None:
            on_outcome(outcome)

    def collect(jobs: list[Job]) -> None:
        for outcome in executor.outcomes(study.root, jobs):
            tell(outcome)

    collect([Job(p, [(run_step, name, None) for name in plan.patient_steps]) for p in plan.patients])
    write_status(study, outcomes)
    failed: dict[str, dict[str, str | None] | None] = {}
    for step in COHORT_STEPS:
        reason = step.left_out(study) or _missing_need(step, failed)
        if step.name in plan.cohort_steps and reason is None:
            first = len(outcomes)
            collect(batch_jobs(step, study, run_batch))
            lost = next((o for o in outcomes[first:] if o.failed), None)
            if lost is None:
                collect([Job("", [(run_step, step.name, None)])])
                discard_other_batches(step, study)
            else:
                tell(replace(lost, subject="", seconds=0.0))
            ended = outcomes[-1]
        else:
            ended = _skipped(study, step, reason, is_planned=step.name in plan.cohort_steps)
            if ended.notes:
                tell(ended)
        if ended.state in ("failed", "left out"):
            failed[step.name] = ended.error
            discard(study.root, step.record(study, ""))
    write_status(study, outcomes)
    write_provenance(study, tuple(STEPS.values()))
    describe_derivatives(study.derivatives, study.settings.cohort.name)
    error = next((e for e in failed.values() if e is not None), None)
    return RunReport(tuple(outcomes), patient_states(study), error)


def _skipped(study: Study, step: Step, reason: str | None, *, is_planned: bool) -> Outcome:
    """Say what becomes of a step that does not run: results that no longer fit must not pass for current ones."""
    if is_planned:
        return Outcome(step.name, "", "left out", notes=(reason or "",))
    if reason is None and _is_current(step, study):
        return Outcome(step.name, "", "up to date")
    has_results = read_provenance(step.record(study, "")) is not None
    notes = ("its old results no longer fit and were removed",) if has_results else ()
    return Outcome(step.name, "", "left out", notes=notes)


def _is_current(step: Step, study: Study) -> bool:
    """Tell whether the results of a cohort step are those that it would make now."""
    try:
        return is_done(study.root, step.record(study, ""), provenance_of(request_of(step, study, "")))
    except TilscopeError:
        return False


def _missing_need(step: Step, failed: Mapping[str, object]) -> str | None:
    missing = [name for name in step.needs if name in failed]
    return f"it needs {', '.join(missing)}" if missing else None


def run_step(root: str, step: str, subject: str, payload: Any, before: Outcome | None) -> Outcome:
    """Run one step on a worker, unless the one before has failed."""
    if before is not None and before.failed:
        return replace(before, step=step)
    return perform(STEPS[step], Study(Path(root)), subject)


def run_batch(root: str, step: str, subject: str, payload: Any, before: Outcome | None) -> Outcome:
    """Run one batch of a step of the cohort on a worker."""
    batches = STEPS[step].batches
    if batches is None:
        raise ValueError(f"the step {step} is not divided")
    return perform(batches.step_of(subject), Study(Path(root)), subject)
