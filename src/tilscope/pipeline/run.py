"""The whole run: every patient through the patient steps, then the cohort through its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tilscope.pipeline.cohort_steps import COHORT_STEPS
from tilscope.pipeline.executing import Executor, Job
from tilscope.pipeline.patient_steps import PATIENT_STEPS
from tilscope.pipeline.status import patient_states, write_provenance, write_status
from tilscope.pipeline.step import Outcome, perform
from tilscope.study import Study
from tilscope.vocabulary import SettingsError

STEPS = {step.name: step for step in (*PATIENT_STEPS, *COHORT_STEPS)}


@dataclass(frozen=True)
class RunReport:
    """How a run ended.

    Attributes
    ----------
    outcomes : tuple of Outcome
        Every step of every subject that was tried.
    n_done, n_quarantined : int
        Patients; together they are all patients of the study.
    cohort_error : dict or None
        Why a cohort step stopped, if one did.
    """

    outcomes: tuple[Outcome, ...]
    n_done: int
    n_quarantined: int
    cohort_error: dict[str, str | None] | None


@dataclass(frozen=True)
class RunPlan:
    """What will run: how often each step, so that a progress bar knows its length."""

    patients: tuple[str, ...]
    patient_steps: tuple[str, ...]
    cohort_steps: tuple[str, ...]


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
        patients or study.patients,
        tuple(s.name for s in PATIENT_STEPS if s.name in chosen),
        () if patients else cohort,
    )


def run_study(
    study: Study, plan: RunPlan, executor: Executor, *, on_outcome: Callable[[Outcome], None] | None = None
) -> RunReport:
    """Run a plan; a failing patient is set aside by name and reason, the others go on."""
    outcomes: list[Outcome] = []

    def collect(jobs: list[Job]) -> bool:
        for outcome in executor.outcomes(study.root, jobs):
            outcomes.append(outcome)
            if on_outcome is not None:
                on_outcome(outcome)
        return not any(o.failed for o in outcomes if o.subject == "")

    collect([Job(p, [(run_step, name, None) for name in plan.patient_steps]) for p in plan.patients])
    write_status(study, outcomes)
    for name in plan.cohort_steps:
        if not collect([Job("", [(run_step, name, None)])]):
            break
        write_status(study, outcomes)
        write_provenance(study, tuple(STEPS.values()))
    states = patient_states(study)
    n_quarantined = sum(state.state == "quarantined" for state in states.values())
    error = next((o.error for o in outcomes if o.failed and o.subject == ""), None)
    return RunReport(tuple(outcomes), len(states) - n_quarantined, n_quarantined, error)


def run_step(root: str, step: str, subject: str, payload: Any, before: Outcome | None) -> Outcome:
    """Run one step on a worker, unless the one before has failed."""
    if before is not None and before.failed:
        return replace(before, step=step)
    return perform(STEPS[step], Study(Path(root)), subject)
