"""Progress for people: one bar per step with the time left; plain lines where there is no terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from tilscope.pipeline.outcome import Outcome

if TYPE_CHECKING:
    from tilscope.pipeline.run import RunPlan

PLAIN_EVERY_S = 5.0


class Bars:
    """Shows how far each step is; give its methods to whatever reports progress."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.progress = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._totals: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._started: dict[str, float] = {}
        self._patient_steps: tuple[str, ...] = ()
        self._sizes: dict[str, dict[str, int]] = {}
        self._last_line = 0.0
        self._timers: list[threading.Timer] = []
        self._quiet_s: dict[str, float] = {}

    def __enter__(self) -> Bars:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for timer in self._timers:
            timer.cancel()
        self.progress.stop()

    def add(self, name: str, total: int, *, after_s: float = 0.0) -> None:
        """Announce something that will take ``total`` steps; nothing is shown in the first ``after_s`` seconds."""
        self._quiet_s[name] = after_s
        task = self._tasks[name] = self.progress.add_task(name, total=total, visible=after_s <= 0)
        if after_s > 0:
            timer = threading.Timer(after_s, lambda: self.progress.update(task, visible=True))
            timer.daemon = True
            timer.start()
            self._timers.append(timer)
        self._totals[name], self._counts[name], self._started[name] = total, 0, time.monotonic()

    def to(self, name: str, count: int, total: int) -> None:
        """Say that ``count`` of ``total`` are done."""
        if name not in self._tasks:
            self.add(name, total)
        self._counts[name], self._totals[name] = count, total
        self.progress.update(self._tasks[name], completed=count, total=total)
        if self.progress.disable:
            self._plain(name)

    def follow(self, name: str) -> Callable[[int, int], None]:
        """Return what moves the bar of something announced; nothing moves where nothing was announced."""

        def move(count: int, total: int) -> None:
            if name in self._tasks:
                self.to(name, count, total)

        return move

    def scan(self, count: int, total: int) -> None:
        """Follow the scan of a source folder."""
        self.to("look through the files", count, total)

    def plan_import(self, n_patients: int) -> None:
        """Announce the import of so many patients."""
        self._patient_steps = ("import", "mask")
        for name in self._patient_steps:
            self.add(name, n_patients)

    def plan_run(self, plan: RunPlan) -> None:
        """Announce the steps of a run."""
        self._patient_steps = plan.patient_steps
        for name in plan.patient_steps:
            self.add(name, len(plan.patients))
        for name in plan.cohort_steps:
            self._sizes[name] = dict(plan.batches.get(name, {}))
            self.add(name, 1 + sum(self._sizes[name].values()))

    def outcome(self, outcome: Outcome) -> None:
        """Move the bar of the step that ended; a failure counts for every step it skips."""
        if outcome.step not in self._totals:
            return
        ended = [outcome.step]
        if outcome.failed and outcome.step in self._patient_steps:
            ended = list(self._patient_steps[self._patient_steps.index(outcome.step) :])
        size = self._sizes.get(outcome.step, {}).get(outcome.subject, 1)
        for name in ended:
            self.to(name, self._counts[name] + size, self._totals[name])
        if outcome.failed and outcome.error:
            self.console.print(
                f"  {outcome.error['rule']} {outcome.subject}: {outcome.error['message']}", markup=False
            )

    def _plain(self, name: str) -> None:
        now, count, total = time.monotonic(), self._counts[name], self._totals[name]
        if now - self._started[name] < self._quiet_s[name]:
            return
        if count < total and now - self._last_line < PLAIN_EVERY_S:
            return
        self._last_line = now
        left = (now - self._started[name]) / max(count, 1) * (total - count)
        tail = f", about {left:.0f} s left" if count < total else ""
        self.console.print(f"{name}: {count}/{total}{tail}", markup=False)
