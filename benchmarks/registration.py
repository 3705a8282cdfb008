"""Measure the registration engines on phantoms with a known deformation.

    python benchmarks/registration.py [--engines greedy,syn] [--seeds 6] [--fine]

Prints, per engine and moving phase: error of the displacement over the lesion's voxels, error of the mean
Jacobian, similarity after, CPU seconds per phase. ``--fine`` uses 0.7 x 0.7 x 1.1 mm voxels instead of
1.5 x 1.5 x 2.0 mm.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "preprocessing"))

from breast_pair import Pair, make_pair

from tilscope.preprocessing import RegistrationSettings, register
from tilscope.preprocessing.displacement import DisplacementField
from tilscope.preprocessing.engines import engine
from tilscope.preprocessing.registration import _crop_with_margin

FINE = {"shape": (80, 160, 160), "spacing_mm": (1.1, 0.7, 0.7)}


def lesion_errors(pair: Pair, phase: str, settings: RegistrationSettings) -> tuple[float, float, float]:
    """Return mean error over the lesion (mm), error of the mean Jacobian (fraction), CPU seconds."""
    start, stop = pair.roi.box(settings.margin_mm)
    fixed = pair.series.phase("post1").cropped(start, stop)
    moving = _crop_with_margin(pair.series.phase(phase), start, stop, settings.moving_margin_mm)
    began = time.process_time()
    vectors = engine(settings.method).displace(fixed, moving, settings)
    seconds = time.process_time() - began
    inside = pair.roi.mask[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    points = pair.positions(fixed.grid)[inside]
    local = vectors @ np.asarray(fixed.direction)
    error = local[inside][:, ::-1] - pair.deformation.true_displacement(points)
    found = DisplacementField(vectors, fixed.grid, start).jacobian()[inside].mean()
    truth = pair.deformation.true_jacobian(points).mean()
    return float(np.linalg.norm(error, axis=1).mean()), float(found / truth - 1), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", default="none,affine,syn,greedy")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--fine", action="store_true")
    arguments = parser.parse_args()
    pairs = [make_pair(seed, **(FINE if arguments.fine else {})) for seed in range(1, arguments.seeds + 1)]
    print(
        f"{'engine':8} {'phase':6} {'error mm: mean':>14} {'max':>6} {'Jacobian: mean':>15} {'worst':>7} {'CPU s':>7}"
    )
    for name in arguments.engines.split(","):
        settings = RegistrationSettings(method=name)
        register(pairs[0].series, pairs[0].roi, settings)  # imports and warms up
        for phase in ("pre", "post2"):
            rows = np.array([lesion_errors(pair, phase, settings) for pair in pairs])
            worst = rows[np.argmax(np.abs(rows[:, 1])), 1]
            print(
                f"{name:8} {phase:6} {rows[:, 0].mean():14.2f} {rows[:, 0].max():6.2f} {rows[:, 1].mean():+15.1%} "
                f"{worst:+7.1%} {rows[:, 2].mean():7.2f}"
            )


if __name__ == "__main__":
    main()
