"""Steps of the cohort that are divided: jobs for their batches, and what becomes of old ones."""

from __future__ import annotations

from tilscope.pipeline.executing import Job, Task
from tilscope.pipeline.step import Step
from tilscope.study import Study, discard

RECORD = ".provenance.json"


def batch_sizes(step: Step, study: Study) -> dict[str, int]:
    """Return how much each batch counts on the progress bar; nothing for a step that is not divided."""
    if step.batches is None or step.left_out(study) is not None:
        return {}
    return {name: step.batches.n_units(study, name) for name in step.batches.names(study)}


def batch_jobs(step: Step, study: Study, task: Task) -> list[Job]:
    """Return one job per batch, to be done by ``task``; no patient is quarantined where it fails."""
    return [Job(name, [(task, step.name, None)], is_of_study=False) for name in batch_sizes(step, study)]


def discard_other_batches(step: Step, study: Study) -> None:
    """Remove what batches made that belong to other settings."""
    names = batch_sizes(step, study)
    if step.batches is None or not names:
        return
    folder = step.batches.step_of(next(iter(names))).record(study, next(iter(names))).parent
    for record in folder.glob(f"*{RECORD}"):
        if record.name.removesuffix(RECORD) not in names:
            discard(study.root, record)
