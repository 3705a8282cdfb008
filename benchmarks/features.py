"""Feature extraction beside PyRadiomics: CPU seconds, peak memory, compile time, and whether the values agree.

python benchmarks/features.py --pyradiomics PYTHON [--data FOLDER] [--rounds 5] [--cases "2 cm"]

``PYTHON`` is an interpreter with PyRadiomics, such as one with ``pip install pyradiomics-bhklab``. The two engines
run in turn, each in a process of its own on one thread; a first run in each process is not counted. One phase:
851 features (original and eight wavelet bands, seven families), default settings of PyRadiomics.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

WORKER = Path(__file__).with_name("features_worker.py")
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    ),
    "1",
)
SHAPE, SPACING_MM = (120, 360, 360), (1.1, 1.0, 1.0)
LESION_ROI = "UCSF-BR-06_ftvROI_largest.nrrd"


def synthetic(diameter_mm: float) -> dict[str, np.ndarray]:
    """Smoothed noise of standard deviation 100 with a brighter, slightly wavy ball; int16 as a scanner gives."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(20220922)
    image = gaussian_filter(rng.normal(size=SHAPE), 1.0)
    image *= 100.0 / image.std()
    waves = gaussian_filter(rng.normal(size=SHAPE), 6.0)
    grids = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    centre = (60, 180, 170)
    squared = sum(((g - c) * s) ** 2 for g, c, s in zip(grids, centre, SPACING_MM, strict=True))
    mask = squared <= (diameter_mm / 2 * (1 + 0.05 * waves / waves.std())) ** 2
    return {
        "image": np.round(image + 150.0 * mask).astype(np.int16),
        "mask": mask,
        "spacing_mm": np.array(SPACING_MM),
    }


def real(folder: Path) -> dict[str, np.ndarray]:
    """The first post-contrast phase of a real examination and its lesion."""
    from tilscope.reading import read_dicom_series, read_roi

    examination = folder / "dce-ucsf-br-06"
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(examination / "ucsf_breast_dce_BR-06.tgz") as archive:
            archive.extractall(scratch, filter="data")
        phase = read_dicom_series(Path(scratch)).phases[1]
    mask = read_roi(examination / LESION_ROI, phase)
    image = np.round(phase.array).astype(np.int16)
    return {"image": image, "mask": mask, "spacing_mm": np.array(phase.spacing_mm)}


def run(python: str, engine: str, file: Path, n_runs: int, *options: str, cache: str | None = None) -> dict:
    """Run one worker and return its record."""
    environment = os.environ | ONE_THREAD | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # later processes start as they do for a user
    command = [python, str(WORKER), engine, str(file), str(n_runs), *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{engine}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def compare(name: str, file: Path, pyradiomics: str, rounds: int) -> None:
    """Print one row for the engines side by side."""
    ours, crop, plain = [], [], []
    for _ in range(rounds):
        ours.append(run(sys.executable, "tilscope", file, 4))
        crop.append(run(pyradiomics, "pyradiomics", file, 2, "precrop"))
        plain.append(run(pyradiomics, "pyradiomics", file, 1))
    ours_s = [statistics.median(record["cpu_s"][1:]) for record in ours]
    crop_s, plain_s = [r["cpu_s"][-1] for r in crop], [r["cpu_s"][-1] for r in plain]
    ratio_crop = [theirs / own for theirs, own in zip(crop_s, ours_s, strict=True)]
    ratio_plain = [theirs / own for theirs, own in zip(plain_s, ours_s, strict=True)]
    memory = [max(record["peak_mib"] for record in records) for records in (ours, crop, plain)]
    n_voxels = int(np.load(file)["mask"].sum())
    print(
        f"| {name} ({n_voxels:,} voxels) | {spread(ours_s, 1e3)} ms | {spread(crop_s)} s | {spread(plain_s)} s "
        f"| {spread(ratio_crop, digits=1)} | {spread(ratio_plain, digits=1)} "
        f"| {memory[0]:.0f} / {memory[1]:.0f} / {memory[2]:.0f} "
        f"| {largest_difference(ours[0]['values'], plain[0]['values']):.0e} |",
        flush=True,
    )


def spread(numbers: list[float], factor: float = 1.0, digits: int = 2) -> str:
    """Return median (smallest-largest)."""
    low, middle, high = (f(numbers) * factor for f in (min, statistics.median, max))
    digits = 1 if factor > 1 else digits
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def largest_difference(ours: dict[str, float], theirs: dict[str, float]) -> float:
    """Return the largest relative difference of a feature."""
    if set(ours) != set(theirs):
        sys.exit(f"the engines give different features: {sorted(set(ours) ^ set(theirs))[:10]}")
    return max(abs(ours[name] - theirs[name]) / max(abs(theirs[name]), 1e-300) for name in ours)


def compilation(file: Path) -> None:
    """Print what the first and the second process on a machine spend before they are at full speed."""
    with tempfile.TemporaryDirectory() as cache:
        run(sys.executable, "tilscope", file, 1)  # so that Python's own byte code is there
        first, second = (run(sys.executable, "tilscope", file, 3, cache=cache) for _ in range(2))
    for name, record in (("first process on a machine", first), ("each later process", second)):
        extra_s = record["cpu_s"][0] - min(record["cpu_s"][1:])
        print(f"{name}: {extra_s:.2f} CPU s more for its first case, {record['start_s']:.2f} s imports")


def main() -> None:
    """Compare the engines on all cases."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pyradiomics", required=True, help="a Python interpreter with PyRadiomics")
    parser.add_argument("--data", type=Path, help="folder of real data (adds the real lesion)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", default="", help="only cases whose name holds this")
    arguments = parser.parse_args()
    makers = {"2 cm lesion": lambda: synthetic(20.0), "5 cm lesion": lambda: synthetic(50.0)}
    if arguments.data:
        makers["real lesion"] = lambda: real(arguments.data)
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for k, (name, make) in enumerate(makers.items()):
            if arguments.cases in name:
                files[name] = Path(folder) / f"{k}.npz"
                np.savez(files[name], **make())
        compilation(next(iter(files.values())))
        print("| case | tilscope | preCrop | defaults | x preCrop | x defaults | peak MiB | difference |")
        print("|---|---|---|---|---|---|---|---|")
        for name, file in files.items():
            compare(name, file, arguments.pyradiomics, arguments.rounds)


if __name__ == "__main__":
    main()
