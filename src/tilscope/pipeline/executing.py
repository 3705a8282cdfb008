"""Where steps run: in this process, on this machine's cores, or on a Dask cluster.

The results travel as files of the study; only small `Outcome` records come back. So a lost worker costs one step,
and the number of workers cannot change a result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tilscope.pipeline.outcome import Outcome
from tilscope.vocabulary import StudyError

# Native threads would change the order of floating-point sums, and fight with the workers for the cores.
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)

Task = Callable[[str, str, str, Any, Outcome | None], Outcome]
"""(study root, step name, subject, payload, outcome of the step before) -> outcome."""


class Job:
    """The steps of one subject, in order; the first failure ends it.

    ``is_of_study`` tells whether a failure is written into the study's quarantine; work outside a study has none.
    """

    def __init__(
        self, subject: str, calls: Sequence[tuple[Task, str, Any]], *, is_of_study: bool = True
    ) -> None:
        self.subject = subject
        self.calls = tuple(calls)
        self.is_of_study = is_of_study


class Executor(Protocol):
    """Anything that runs jobs and yields their outcomes as they end."""

    def outcomes(self, root: Path, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Run every job; yield one outcome per step that ended."""
        ...


class InProcess:
    """Runs one job after the other, here."""

    def outcomes(self, root: Path, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Run every job; yield one outcome per step that ended."""
        for job in jobs:
            before: Outcome | None = None
            for task, step, payload in job.calls:
                before = task(str(root), step, job.subject, payload, before)
                yield before
                if before.failed:
                    break


class OnDask:
    """Runs the steps of all jobs on a Dask cluster."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def outcomes(self, root: Path, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Run every job; yield one outcome per step that ended."""
        from distributed import as_completed

        root = root.resolve()  # a worker may have another working folder
        futures: dict[str, tuple[Job, str]] = {}
        pending = []
        for priority, job in enumerate(jobs):
            before: Any = None
            for task, step, payload in job.calls:
                before = self.client.submit(
                    task, str(root), step, job.subject, payload, before, pure=False, priority=-priority
                )
                futures[before.key] = (job, step)
                pending.append(before)
        told: set[str] = set()
        for future in as_completed(pending):
            job, step = futures[future.key]
            if job.subject in told:
                continue
            outcome = self._outcome(root, future, step, job)
            if outcome.failed and job.subject:
                told.add(job.subject)  # the steps after a failure only pass it on
            yield outcome

    def _outcome(self, root: Path, future: Any, step: str, job: Job) -> Outcome:
        error = future.exception()
        if error is None:
            outcome: Outcome = future.result()
            return outcome
        lost = StudyError(
            "RUN-78",
            "the worker died during this step",
            patient=(job.subject or None) if job.is_of_study else None,
            found=type(error).__name__,
            remedy="Most often the memory was used up: give fewer workers more memory with --workers.",
        )
        if not job.is_of_study:
            return Outcome(step, job.subject, "failed", error=lost.as_record())
        from tilscope.pipeline.step import quarantine
        from tilscope.study import Study

        record = quarantine(Study(root), step, job.subject, lost)
        return Outcome(step, job.subject, "failed", error=record)


def default_workers(n_jobs: int | None) -> int:
    """Return how many workers this machine and this many patients allow."""
    from dask.system import CPU_COUNT

    return max(1, CPU_COUNT if n_jobs is None else min(CPU_COUNT, n_jobs))


@contextmanager
def executor(workers: int | None, scheduler: str | None, n_jobs: int | None = None) -> Iterator[Executor]:
    """Open the place where steps run.

    Parameters
    ----------
    workers : int or None
        Processes on this machine; 0 runs everything in this process, None takes as many as there are cores.
    scheduler : str or None
        Address of a running Dask scheduler; it wins over ``workers``.
    n_jobs : int, optional
        Number of subjects, so that no worker starts in vain.
    """
    os.environ.update(ONE_THREAD)
    if scheduler is None and workers == 0:
        yield InProcess()
        return
    import dask
    from distributed import Client, LocalCluster

    calm = {
        "distributed.nanny.pre-spawn-environ": ONE_THREAD,
        "distributed.scheduler.allowed-failures": 1,
        "distributed.admin.large-graph-warning-threshold": "1GB",
    }
    with dask.config.set(calm):
        if scheduler is not None:
            with _connected(Client, scheduler) as client:
                yield OnDask(client)
            return
        n_workers = default_workers(n_jobs) if workers is None else workers
        with (
            LocalCluster(
                n_workers=n_workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                # the scheduler always opens a port, 8787 unless it is told another; ":0" would be open to the network
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                memory_limit=0,
                silence_logs=50,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield OnDask(client)


def _connected(client_class: Any, address: str) -> Any:
    try:
        return client_class(address, timeout="10s")
    except (OSError, TimeoutError, ValueError) as error:
        raise StudyError(
            "RUN-75",
            "no Dask scheduler answers at this address",
            found=address,
            remedy="Start one with 'dask scheduler', or leave out --scheduler.",
        ) from error
