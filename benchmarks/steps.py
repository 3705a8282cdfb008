"""Seconds and peak memory of every step: one patient of clinical size, the demo cohort, and a projection.

Run with ``make bench`` (or ``python benchmarks/steps.py [--patients 60] [--workers 2]``; ``--patients 0`` leaves
the demo out). One thread per process. The projection takes the CPU seconds per patient, import counted, at the size
that it names; a cohort of n patients on k cores takes n / k times that, rounded up to whole patients per core, since
patients are independent. The disk, the network and other users of the cores are not modelled.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
)
os.environ.update(dict.fromkeys(THREADS, "1"))

CLINICAL_SHAPE = (160, 512, 512)
CLINICAL_SPACING_MM = (1.1, 0.7, 0.7)
N_PHASES = 5
LESION_RADIUS_MM = 12.0
COHORTS = (139, 10_000)
CORES = (2, 64, 1024)


@dataclass(frozen=True)
class Row:
    step: str
    wall_s: float
    cpu_s: float
    peak_mib: float


def make_patient(study_root: Path, shape: tuple[int, int, int]) -> str:
    """Write one synthetic patient into a study, as import would leave it."""
    import numpy as np

    from tilscope.reading import encode_nifti, encode_nifti_mask
    from tilscope.study import Study, commit, commit_json
    from tilscope.vocabulary import Grid, Roi, Volume

    study, patient, rng = Study(study_root), "sub-bench", np.random.default_rng(1)
    grid = Grid(shape, CLINICAL_SPACING_MM)
    axes = [np.arange(n) * s for n, s in zip(shape, CLINICAL_SPACING_MM, strict=True)]
    centre = [a[len(a) // 2] for a in axes]
    r2 = sum(
        ((a - c) ** 2).reshape([-1 if k == i else 1 for k in range(3)])
        for i, (a, c) in enumerate(zip(axes, centre, strict=True))
    )
    lesion = r2 <= LESION_RADIUS_MM**2
    body = r2 <= (0.45 * min(a[-1] for a in axes)) ** 2
    tissue = np.where(body, 300.0, 5.0).astype(np.float32)
    smooth = (
        60 * np.sin(axes[0] / 9)[:, None, None] * np.sin(axes[1] / 11)[None, :, None] * np.sin(axes[2] / 13)
    ).astype(np.float32)
    for k in range(N_PHASES):
        shift = np.roll(smooth, k, axis=2)
        image = (
            tissue
            + body * shift
            + (lesion * (250.0 if k else 0.0))
            + rng.normal(0, 12, shape).astype(np.float32)
        )
        commit(
            study.image_folder(patient) / f"phase-{k}.nii.gz",
            encode_nifti(Volume(image.astype(np.float32), grid)),
        )
    names = ["pre", *(f"post{k}" for k in range(1, N_PHASES))]
    commit_json(
        study.image_folder(patient) / "dce.json",
        {
            "phase_names": names,
            "times_s": [-90.0, 0.0, 90.0, 180.0, 270.0],
            "phase_key": "made",
            "n_pre": 1,
            "notes": [],
            "shape": list(shape),
            "spacing_mm": list(CLINICAL_SPACING_MM),
            "slice_hashes": [],
        },
    )
    commit(study.roi_folder(patient) / "reader-A.nii.gz", encode_nifti_mask(Roi(lesion, grid)))
    commit_json(
        study.roi_folder(patient) / "reader-A.json",
        {"phase": "post1", "reader": "A", "session": "1", "label": "lesion", "segment": None, "notes": []},
    )
    return patient


def run_one_step(study_root: str, step: str, patient: str) -> None:
    """Run one step in this process and print its wall and CPU seconds and peak memory."""
    from tilscope.pipeline import STEPS
    from tilscope.pipeline.step import perform
    from tilscope.study import Study

    started, cpu = time.perf_counter(), time.process_time()
    outcome = perform(STEPS[step], Study(Path(study_root)), patient)
    if outcome.failed:
        raise SystemExit(f"{step}: {outcome.error}")
    status = Path("/proc/self/status").read_text()  # ru_maxrss would count the process that started this one
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
    print(time.perf_counter() - started, time.process_time() - cpu, peak)


def one_patient(folder: Path) -> list[Row]:
    from tilscope.pipeline.patient_steps import PATIENT_STEPS
    from tilscope.study import create_study

    study = create_study(folder / "clinical")
    started = time.perf_counter()
    patient = make_patient(study.root, CLINICAL_SHAPE)
    print(f"wrote {N_PHASES} phases of {CLINICAL_SHAPE} in {time.perf_counter() - started:.0f} s", flush=True)
    rows = []
    for step in PATIENT_STEPS:
        command = [sys.executable, __file__, "--step", step.name, str(study.root), patient]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            sys.exit(ended.stderr)
        told = ended.stdout.split()
        rows.append(Row(step.name, *map(float, told)))
        row = rows[-1]
        told_times = f"{row.wall_s:7.1f} s wall {row.cpu_s:7.1f} s CPU {row.peak_mib:7.0f} MiB"
        print(f"  {row.step:<10} {told_times}", flush=True)
    return rows


def one_import(folder: Path) -> Row:
    """Import 5 phases of this size as single DICOM slices, as ``importing.py`` measures it."""
    import importing

    importing.make_hospital(folder, CLINICAL_SHAPE[0])
    cpu, wall, peak = importing.run_case("tilscope import, single slices", folder)
    print(f"  {'import':<10} {wall:7.1f} s wall {cpu:7.1f} s CPU {peak:7.0f} MiB", flush=True)
    return Row("import", wall, cpu, peak)


def print_projection(cpu_s: float) -> None:
    """Print hours of cohorts on cores: a projection, not a run."""
    print(f"projection from {cpu_s:.0f} CPU s per patient (hours; patients independent, disk not modelled)")
    for patients in COHORTS:
        hours = [f"{math.ceil(patients / cores) * cpu_s / 3600:.2f} h on {cores:,} cores" for cores in CORES]
        print(f"  {patients:6,} patients: " + ", ".join(hours))


def demo_cohort(folder: Path, patients: int, workers: int) -> None:
    import json

    target = folder / "demo"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "tilscope.cli",
        "demo",
        str(target),
        "--patients",
        str(patients),
        "--workers",
        str(workers),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"demo of {patients} patients, {workers} workers: {wall:.0f} s wall, {cpu:.0f} s CPU, exit {ended.returncode}"
    )
    steps = json.loads((target / "study/derivatives/status.json").read_text())["steps"]
    for name, row in steps.items():
        n = max(row["done"], 1)
        each = row["seconds"] / n
        print(
            f"  {name:<10} {row['seconds']:7.1f} s in all, {each:6.2f} s each, peak {row['peak_mib']:.0f} MiB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--step", nargs=3, metavar=("STEP", "STUDY", "PATIENT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        step, study, patient = arguments.step
        run_one_step(study, step, patient)
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = one_patient(Path(folder))
        rows.append(one_import(Path(folder) / "hospital"))
        cpu = sum(row.cpu_s for row in rows)
        peak = max(row.peak_mib for row in rows)
        print(f"one patient of {CLINICAL_SHAPE} x {N_PHASES}: {cpu:.0f} s CPU, peak {peak:.0f} MiB")
        print_projection(cpu)
        if arguments.patients:
            demo_cohort(Path(folder), arguments.patients, arguments.workers)


if __name__ == "__main__":
    main()
