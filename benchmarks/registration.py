"""Measure the registration engines on breast phantoms with a known motion.

    python benchmarks/registration.py [--engines none,affine,greedy,syn] [--phantoms chosen,held-out] [--whole-ants 2]

Prints, per engine and moving phase: distance between the true and the found place of the lesion's voxels, error of
the lesion's mean Jacobian against the truth, CPU seconds per phase. The phantoms ``chosen`` chose the settings of
the profile ``recommended``; the others did not. ``--whole-ants N`` also registers the first N whole (uncropped)
phantoms with ``ants.registration``'s own defaults, as most studies do. Phantoms are made once and kept in ``--cache``.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))

import numpy as np
from numpy.typing import NDArray

from tilscope.demo.phantom import Phantom, PhantomPlan, make_phantom
from tilscope.preprocessing import RegistrationSettings
from tilscope.preprocessing.displacement import DisplacementField
from tilscope.preprocessing.engines import engine
from tilscope.vocabulary import DceSeries, Grid, Roi, Volume

MOTIONS = (*("smooth", "rough", "sliding") * 2, *("rough", "sliding", "smooth") * 2)
FINE = (2, 5, 8)
FIRST_SEED = {"chosen": 100, "held-out": 300}
MOVING = ("pre", "post2")


@dataclass(frozen=True)
class Case:
    """Phases around one lesion, and the truth at the lesion's voxels."""

    plan: PhantomPlan
    series: DceSeries
    roi: Roi
    displacement_mm: NDArray[np.float64]
    jacobian: float


def plans(group: str) -> list[PhantomPlan]:
    """Return the twelve phantoms of a group: four of each motion, three of the fine size."""
    return [
        PhantomPlan(FIRST_SEED[group] + k, size="fine" if k in FINE else "standard", motion=motion)
        for k, motion in enumerate(MOTIONS)
    ]


def case_of(plan: PhantomPlan, cache: Path) -> Case:
    """Make the part of a phantom that registration sees, or take it from the cache."""
    file = cache / f"phantom-{plan.seed}.npz"
    if not file.is_file():
        settings = RegistrationSettings()
        phantom = make_phantom(plan, settings.margin_mm + settings.moving_margin_mm + 2.0)
        displacement, jacobian = truth(phantom)
        np.savez(
            file,
            phases=np.stack([v.array for v in phantom.series.phases]),
            mask=phantom.roi.mask,
            spacing=phantom.roi.grid.spacing_mm,
            displacement=displacement,
            jacobian=jacobian,
        )
    with np.load(file) as kept:
        mask = kept["mask"]
        grid = Grid(mask.shape, tuple(float(s) for s in kept["spacing"]))
        series = DceSeries(tuple(Volume(a, grid) for a in kept["phases"]), (-90.0, 0.0, 90.0), "phantom")
        return Case(plan, series, Roi(mask, grid), kept["displacement"], float(kept["jacobian"]))


def truth(phantom: Phantom) -> tuple[NDArray[np.float64], float]:
    points = phantom.positions_mm()[phantom.roi.mask]
    return phantom.motion.displacement(points), float(phantom.motion.jacobian(points).mean())


def measure(case: Case, phase: str, settings: RegistrationSettings) -> tuple[float, float, float]:
    """Return mean error over the lesion (mm), error of the mean Jacobian (fraction), CPU seconds."""
    start, stop = case.roi.box(settings.margin_mm)
    fixed = case.series.phase("post1").cropped(start, stop)
    moving = case.series.phase(phase)
    began = time.process_time()
    vectors = engine(settings.method).displace(fixed, moving, settings)
    seconds = time.process_time() - began
    inside = case.roi.mask[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    found = DisplacementField(vectors, fixed.grid, start).jacobian()[inside].mean()
    error = np.linalg.norm(vectors[inside][:, ::-1] - case.displacement_mm, axis=-1).mean()
    return float(error), float(found / case.jacobian - 1), seconds


def measure_whole(plan: PhantomPlan) -> dict[str, tuple[float, float, float]]:
    """Register whole phases by ANTs' own defaults (SyN, mutual information, 40x20x0)."""
    from tilscope.preprocessing.ants_room import from_ants, repeatable_ants, to_ants

    phantom = make_phantom(plan)
    displacement, jacobian = truth(phantom)
    fixed, found = phantom.series.phase("post1"), {}
    for phase in MOVING:
        began = time.process_time()
        with tempfile.TemporaryDirectory() as folder, repeatable_ants(1) as ants:
            images = [to_ants(ants, v) for v in (fixed, phantom.series.phase(phase))]
            moved = ants.registration(*images, "SyN", outprefix=f"{folder}/a_")
            all_of_it = ants.apply_transforms(*images, moved["fwdtransforms"], compose=f"{folder}/b_")
            vectors = from_ants(ants.image_read(all_of_it))
        seconds = time.process_time() - began
        field = DisplacementField(vectors, fixed.grid, (0, 0, 0))
        inside = phantom.roi.mask
        error = np.linalg.norm(vectors[inside][:, ::-1] - displacement, axis=-1).mean()
        found[phase] = (float(error), float(field.jacobian()[inside].mean() / jacobian - 1), seconds)
    return found


def show(name: str, group: str, phase: str, rows: list[tuple[float, float, float]]) -> None:
    error, growth, seconds = np.array(rows).T
    print(
        f"{name:22} {group:9} {phase:6} {len(rows):3} {error.mean():9.2f} {error.max():6.2f} "
        f"{growth.mean():+12.1%} {np.abs(growth).mean():8.1%} {np.abs(growth).max():7.1%} {seconds.mean():8.2f} "
        f"{seconds.max():6.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", default="none,affine,greedy,syn")
    parser.add_argument("--phantoms", default="chosen,held-out")
    parser.add_argument("--whole-ants", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "tilscope-phantoms")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    print(
        f"{'engine':22} {'phantoms':9} {'phase':6} {'n':>3} {'error mm':>9} {'worst':>6} {'Jacobian':>12} "
        f"{'mean |.|':>8} {'worst':>7} {'CPU s':>8} {'worst':>6}"
    )
    for group in arguments.phantoms.split(","):
        cases = [case_of(plan, arguments.cache) for plan in plans(group)]
        for name in arguments.engines.split(","):
            settings = RegistrationSettings(method=name)
            measure(cases[0], "pre", settings)  # imports and warms up
            for phase in MOVING:
                show(name, group, phase, [measure(case, phase, settings) for case in cases])
    whole = [measure_whole(plan) for plan in plans("held-out")[: arguments.whole_ants]]
    for phase in MOVING if whole else ():
        show("ANTs' defaults, whole", "held-out", phase, [found[phase] for found in whole])
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process {peak_mib:.0f} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()
