"""Measure the bias-field methods on breast phantoms with a known coil field.

    python benchmarks/bias.py [--seeds 101,102,103,104] [--fine 201] [--cache FOLDER] [--methods "n3 (tilscope),none"]

Every method sees the same post1 and, where it takes one, the same body mask; each fit runs in a process of its own
on one thread. Printed per method: what is left of the log field (sd of truth minus estimate) in the body, in the
breast and in the lesion; what is invented on the same phantom without a field; CPU seconds of the fit (body mask
and the import of ants or SimpleITK counted) and of the whole process; peak memory. Then: what a field per phase
does to the lesion's enhancement.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
)
os.environ.update(dict.fromkeys(THREADS, "1"))

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import Grid, Volume

SIGNAL = 600.0  # of fat without suppression, as the phantom's plan counts its noise
NOISE = 0.02
POST1 = 1
PHASES = ("pre", "post1", "post2")
Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """One phantom before coil and noise, and its coil."""

    seed: int
    clean: Array  # (phase, z, y, x)
    log_field: Array
    body: Array
    breast: Array
    lesion: Array
    moved_lesion: Array
    grid: Grid

    def measured(self, phase: int, shaded: bool) -> Volume:
        """Return a phase with noise, with or without the coil's field."""
        rng = np.random.default_rng([self.seed, phase, 1])
        signal = self.clean[phase] * (np.exp(self.log_field) if shaded else 1.0)
        noise = SIGNAL * NOISE * rng.standard_normal((2, *signal.shape), dtype=np.float32)
        return Volume(np.hypot(signal + noise[0], noise[1]).astype(np.float32), self.grid)


def make_truth(seed: int, size: str, cache: Path) -> Path:
    """Write the truth of a phantom, unless the cache holds it."""
    from tilscope.demo.phantom import SIZES, PhantomPlan, _positions, _Tissue, make_phantom

    file = cache / f"{size}-{seed}.npz"
    if file.is_file():
        return file
    phantom = make_phantom(PhantomPlan(seed, size=size, noise=0.0))  # type: ignore[arg-type]
    shape, spacing = SIZES[size]  # type: ignore[index]
    tissue = _Tissue(np.random.default_rng(seed), np.array(shape) * spacing)
    body, breast = np.empty(shape, dtype=bool), np.empty(shape, dtype=bool)
    for k in range(shape[0]):
        points = _positions([k, 0, 0], (1, *shape[1:]), spacing)[0]
        inside, depth = tissue.skin_mm(points) > 0, tissue.depth_mm(points)
        body[k], breast[k] = inside & (depth > -14.0), inside & (depth > 0)  # 14 mm of muscle, then lung
    shaded = np.stack([v.array for v in phantom.series.phases])
    np.savez(
        file,
        clean=shaded * np.exp(-phantom.log_field),
        log_field=phantom.log_field,
        body=body,
        breast=breast,
        roi=phantom.roi.mask,
        moved=phantom.moved_roi.mask,
        spacing=spacing,
    )
    return file


def load_truth(file: Path) -> Truth:
    with np.load(file) as kept:
        arrays = [kept[name] for name in ("clean", "log_field", "body", "breast", "roi", "moved")]
        spacing = tuple(float(s) for s in kept["spacing"])
    return Truth(int(file.stem.split("-")[1]), *arrays, Grid(arrays[2].shape, spacing))  # type: ignore[arg-type]


def own(method: str) -> Callable[[Volume], Array]:
    def fit(volume: Volume) -> Array:
        from tilscope.preprocessing import BiasSettings, estimate_bias

        return estimate_bias(volume, BiasSettings(method=method)).log_at(volume.grid)  # type: ignore[arg-type]

    return fit


def _ants_image(volume: Volume, array: Array) -> Any:
    import ants

    return ants.from_numpy(
        np.ascontiguousarray(array.transpose(2, 1, 0), dtype=np.float32), spacing=volume.spacing_mm[::-1]
    )


def _from_ants(image: Any) -> Array:
    return np.log(np.maximum(np.swapaxes(image.numpy(), 0, 2), 1e-6))


def _positive(volume: Volume, body: Array) -> Array:
    # a logarithm is taken, also of air
    return np.maximum(volume.array, 1e-3 * volume.array[body].mean())


def ants_n3(shrink: int) -> Callable[[Volume], Array]:
    def fit(volume: Volume) -> Array:
        import ants

        from tilscope.preprocessing import body_mask

        body = body_mask(volume)
        field = ants.n3_bias_field_correction2(
            _ants_image(volume, _positive(volume, body)),
            mask=_ants_image(volume, body),
            shrink_factor=shrink,
            return_bias_field=True,
        )
        return _from_ants(field)

    return fit


def ants_old_n3(volume: Volume) -> Array:
    import ants

    image = _ants_image(volume, np.maximum(volume.array, 1e-3 * volume.array.mean()))
    return _from_ants(image) - _from_ants(ants.n3_bias_field_correction(image))


def sitk_n4(volume: Volume) -> Array:
    """SimpleITK's defaults: four levels of at most 50 iterations; image and mask shrunk by 4."""
    import SimpleITK as sitk

    from tilscope.preprocessing import body_mask

    body = body_mask(volume)
    image, mask = (
        sitk.GetImageFromArray(_positive(volume, body)),
        sitk.GetImageFromArray(body.astype(np.uint8)),
    )
    for each in (image, mask):
        each.SetSpacing(volume.spacing_mm[::-1])
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.Execute(sitk.Shrink(image, [4] * 3), sitk.Shrink(mask, [4] * 3))
    return np.asarray(sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(image)), dtype=np.float64)


METHODS: dict[str, Callable[[Volume], Array]] = {
    "none": own("none"),
    "n3 (tilscope, default)": own("n3"),
    "n4 (tilscope, by setting)": own("n4"),
    "ANTs n3_bias_field_correction2, shrink 4": ants_n3(4),
    "ANTs n3_bias_field_correction2, shrink 8": ants_n3(8),
    "ANTs n3_bias_field_correction": ants_old_n3,
    "SimpleITK N4, shrink 4": sitk_n4,
}


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def fit_once(method: str, file: Path, target: Path) -> None:
    """Fit one image in this process, and keep field, CPU seconds and peak memory."""
    with np.load(file) as kept:
        volume = Volume(kept["image"], Grid(kept["image"].shape, tuple(float(s) for s in kept["spacing"])))  # type: ignore[arg-type]
    began = time.process_time()
    field = METHODS[method](volume)
    fit_s = time.process_time() - began
    peak = _peak_mib()
    np.savez(target, field=field.astype(np.float32), fit_s=fit_s, peak_mib=peak)


def measure(method: str, truth: Truth, shaded: bool, folder: Path, phase: int = POST1) -> dict[str, Any]:
    """Fit in a process of its own; its start and imports are counted in ``process_s``."""
    import resource

    image, target = folder / "image.npz", folder / "field.npz"
    np.savez(image, image=truth.measured(phase, shaded).array, spacing=truth.grid.spacing_mm)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, __file__, "--one", method, str(image), str(target)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode:
        sys.exit(ended.stderr)
    with np.load(target) as kept:
        row: dict[str, Any] = {name: kept[name] for name in kept.files}
    row["process_s"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return row


def residuals(truth: Truth, field: Array, shaded: bool) -> list[float]:
    left = (truth.log_field if shaded else 0.0) - field
    return [float(left[where].std()) for where in (truth.body, truth.breast, truth.lesion)]


def compare(truths: list[Path], methods: list[str], folder: Path) -> None:
    """Print one row per method: means over the phantoms, the worst body in brackets."""
    head = (
        "left in body",
        "(worst)",
        "in breast",
        "in lesion",
        "invented",
        "fit CPU s",
        "process CPU s",
        "peak MiB",
    )
    print(f"{'method':42}" + "".join(f"{h:>15}" for h in head), flush=True)
    for method in methods:
        rows = []
        for file in truths:
            truth = load_truth(file)
            row = measure(method, truth, True, folder)
            even = measure(method, truth, False, folder)
            rows.append(
                [
                    *residuals(truth, row["field"], True),
                    residuals(truth, even["field"], False)[0],
                    float(row["fit_s"]),
                    row["process_s"],
                    float(row["peak_mib"]),
                ]
            )
        table = np.array(rows)
        body, breast, lesion, invented, fit_s, process_s, peak = table.mean(axis=0)
        told = [f"{v:.3f}" for v in (body, table[:, 0].max(), breast, lesion, invented)]
        told += [f"{fit_s:.1f}", f"{process_s:.1f}", f"{peak:.0f}"]
        print(f"{method:42}" + "".join(f"{t:>15}" for t in told), flush=True)


def enhancement_errors(truth: Truth, method: str, folder: Path) -> list[tuple[float, float, float]]:
    """Return errors in per cent of the lesion's PE: uncorrected, one field, a field per phase, for post1 and post2.

    The lesion is where it truly lies in each phase, so that no registration takes part.
    """
    lesions = (truth.moved_lesion, truth.lesion, truth.moved_lesion)
    images = [truth.measured(k, True).array for k in range(len(PHASES))]
    fields = [measure(method, truth, True, folder, phase=k)["field"] for k in range(len(PHASES))]
    corrections = ([np.zeros_like(fields[0])] * 3, [fields[POST1]] * 3, fields)
    clean = [truth.clean[k][lesion].mean() for k, lesion in enumerate(lesions)]
    rows = []
    for post in (1, 2):
        true_ratio = clean[post] / clean[0]
        errors = []
        for correction in corrections:
            means = [(images[k] * np.exp(-correction[k]))[lesions[k]].mean() for k in (0, post)]
            errors.append(float(100 * (means[1] / means[0] / true_ratio - 1)))
        rows.append((errors[0], errors[1], errors[2]))
    return rows


def compare_enhancement(truths: list[Path], folder: Path) -> None:
    print("\nlesion's ratio to pre, error in % of the true ratio (mean of |error|, worst):")
    for method in ("n3 (tilscope, default)", "n4 (tilscope, by setting)"):
        every = np.array([enhancement_errors(load_truth(file), method, folder) for file in truths])
        for index, post in enumerate(("post1", "post2")):
            size = np.abs(every[:, index])
            told = [
                f"{name} {size[:, k].mean():.2f} ({size[:, k].max():.2f})"
                for k, name in enumerate(("uncorrected", "one field", "a field per phase"))
            ]
            print(f"  {method}, {post}: " + ", ".join(told), flush=True)


def compare_body(truths: list[Path]) -> None:
    from tilscope.preprocessing import body_mask

    print("\nbody mask on post1 (with field and noise):")
    for file in truths:
        truth = load_truth(file)
        began = time.process_time()
        found = body_mask(truth.measured(POST1, True))
        seconds = time.process_time() - began
        overlap = np.count_nonzero(found & truth.body)
        dice = 2 * overlap / (np.count_nonzero(found) + np.count_nonzero(truth.body))
        missed = 1 - np.count_nonzero(found & truth.breast) / np.count_nonzero(truth.breast)
        print(f"  {file.stem}: Dice {dice:.4f}, breast missed {missed:.2%}, {seconds:.2f} CPU s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="101,102,103,104", help="phantoms of the size standard")
    parser.add_argument("--fine", default="", help="phantoms of the size fine")
    parser.add_argument("--methods", default=";".join(METHODS), help="separated by ;")
    parser.add_argument("--cache", type=Path, help="where phantoms are kept from run to run")
    parser.add_argument("--no-enhancement", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("METHOD", "IMAGE", "TARGET"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        method, image, target = arguments.one
        fit_once(method, Path(image), Path(target))
        return
    with tempfile.TemporaryDirectory() as scratch:
        cache = arguments.cache or Path(scratch)
        sizes = {"standard": arguments.seeds, "fine": arguments.fine}
        for size, seeds in sizes.items():
            truths = [make_truth(int(seed), size, cache) for seed in seeds.split(",") if seed]
            if not truths:
                continue
            print(f"\n{size}: {', '.join(file.stem for file in truths)}")
            compare(truths, arguments.methods.split(";"), Path(scratch))
            compare_body(truths)
            if not arguments.no_enhancement:
                compare_enhancement(truths, Path(scratch))


if __name__ == "__main__":
    main()
