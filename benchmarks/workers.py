"""What the benchmarks share: a process of its own for each measurement, and the words for its numbers."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One process: CPU seconds of the computation as it printed them, of all and wall seconds, peak MiB, its file."""

    cpu_s: float
    process_s: float
    wall_s: float
    peak_mib: float
    file: Path


def measure(command: list[str], result: Path, *, may_fail: bool = False) -> Run | None:
    """Run one process that prints ``CPU <seconds>`` last; None, or the end, where it fails."""
    silent = subprocess.DEVNULL if may_fail else None
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=silent, text=True)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        told = f"{command[0]} ended with {process.returncode}"
        if not may_fail:
            sys.exit(told)
        print(f"  {told}")
        return None
    whole = usage.ru_utime + usage.ru_stime
    return Run(float(printed.split("CPU")[1]), whole, wall_s, usage.ru_maxrss / 1024, result)


def spread(values: list[float], digits: int = 2) -> str:
    """Return median (smallest-largest)."""
    low, middle, high = (f"{f(values):.{digits}f}" for f in (min, statistics.median, max))
    return f"{middle} ({low}-{high})"


def r_has(package: str) -> bool:
    """Tell whether R is here with a package."""
    if shutil.which("Rscript") is None:
        return False
    asked = subprocess.run(["Rscript", "-e", f"library({package})"], capture_output=True, check=False)
    return asked.returncode == 0
