"""CPU seconds and peak memory of feature maps, side by side with PyRadiomics' voxel-based extraction.

``python benchmarks/maps.py --pyradiomics ORACLE/bin/python [--repeats 3]``: both programs get the same volume, each
request in a process of its own, one thread, in turns. What is timed is the extraction alone: reading, imports
and compiling are outside (compiling is told apart). PyRadiomics runs with its default batch (all voxels at once)
and with batches of 1000, which suit its memory better; the ratio is to the faster of the two.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HANDFUL = (
    "original_firstorder_Entropy",
    "original_glcm_Contrast",
    "original_glcm_JointEntropy",
    "original_glrlm_RunEntropy",
    "original_glszm_ZonePercentage",
)
REQUESTS = {
    "JointEntropy": HANDFUL[2:3],
    "a handful": HANDFUL,
    "first-order 18": "firstorder",
    "GLCM 24": "glcm",
    "GLDM 14": "gldm",
    "GLRLM 16": "glrlm",
    "GLSZM 16": "glszm",
    "NGTDM 5": "ngtdm",
    "all 93": "all",
}
FAMILIES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)

OURS = """
import json, resource, sys, time
import numpy as np
from tilscope.radiomics import FAMILIES, MapSettings, Settings, feature_maps
from tilscope.radiomics.mappers import MAPPERS
told = json.loads(sys.argv[1])
a = np.load(told["file"])
wanted = told["features"]
if isinstance(wanted, str):
    families = [f for f in FAMILIES if f.name in (MAPPERS if wanted == "all" else (wanted,))]
    wanted = [f"original_{f.name}_{n}" for f in families for n in f.feature_names]
settings = Settings(n_bins=told["n_bins"])
moving = MapSettings(kernel_radius=told["radius"])
start = time.perf_counter()
small = np.zeros_like(a["mask"]); small[tuple(slice(k - 2, k + 3) for k in np.array(small.shape) // 2)] = True
feature_maps(a["image"], small, (1, 1, 1), wanted, settings, map_settings=moving)
warm = time.perf_counter() - start
start = time.process_time()
feature_maps(a["image"], a["mask"], (1, 1, 1), wanted, settings, map_settings=moving)
print(json.dumps([time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, warm]))
"""

THEIRS = """
import json, logging, resource, sys, time, warnings
import numpy as np
import radiomics
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor
warnings.simplefilter("ignore")
radiomics.logger.setLevel(logging.CRITICAL)
told = json.loads(sys.argv[1])
a = np.load(told["file"])
image, mask = sitk.GetImageFromArray(a["image"]), sitk.GetImageFromArray(a["mask"].astype(np.uint8))
extractor = RadiomicsFeatureExtractor(
    binCount=told["n_bins"], binWidth=25, kernelRadius=told["radius"], voxelBatch=told["batch"], additionalInfo=False
)
extractor.disableAllFeatures()
wanted = told["features"]
if isinstance(wanted, str):
    for family in told["families"] if wanted == "all" else (wanted,):
        extractor.enableFeatureClassByName(family)
else:
    chosen = {}
    for name in wanted:
        chosen.setdefault(name.split("_")[1], []).append(name.split("_")[2])
    extractor.enableFeaturesByName(**chosen)
start = time.process_time()
extractor.execute(image, mask, voxelBased=True)
print(json.dumps([time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0.0]))
"""


def lesion(file: Path, diameter_mm: int) -> int:
    """Write smooth noise of sd 100 and a ball in voxels of 1 mm; return its number of voxels."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(1)
    shape = tuple(diameter_mm + margin for margin in (10, 12, 14))
    image = gaussian_filter(rng.normal(size=shape), 1.0)
    offsets = np.indices(shape) - np.array([n / 2 for n in shape])[:, None, None, None]
    mask = (offsets**2).sum(axis=0) <= (diameter_mm / 2) ** 2
    np.savez(file, image=image / image.std() * 100.0, mask=mask)
    return int(mask.sum())


def run(python: str, program: str, told: dict[str, object]) -> list[float]:
    """Run one request in a process of its own: CPU seconds, peak MiB, seconds of compiling or loading."""
    done = subprocess.run(
        [python, "-c", program, json.dumps(told)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | ONE_THREAD,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pyradiomics", required=True, help="Python that has PyRadiomics")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--diameter", type=int, default=20, help="of the lesion, mm")
    parser.add_argument("--bins", type=int, default=0, help="number of grey levels; 0: bin width 25")
    parser.add_argument("--requests", default=",".join(REQUESTS))
    parser.add_argument("--radii", default="1,2")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lesion.npz"
        n_voxels = lesion(file, wanted.diameter)
        print(f"{n_voxels} voxels; fastest of {wanted.repeats} (CPU s, peak MiB)")
        print("| radius | features | PyRadiomics, one batch | batches of 1000 | tilscope | ratio |")
        print("|---|---|---|---|---|---|")
        for radius in map(int, wanted.radii.split(",")):
            for name in wanted.requests.split(","):
                told = {"file": str(file), "features": REQUESTS[name], "radius": radius, "families": FAMILIES}
                told["n_bins"] = wanted.bins or None
                runs: dict[str, list[list[float]]] = {"-1": [], "1000": [], "ours": []}
                for _ in range(wanted.repeats):
                    runs["-1"].append(run(wanted.pyradiomics, THEIRS, told | {"batch": -1}))
                    runs["1000"].append(run(wanted.pyradiomics, THEIRS, told | {"batch": 1000}))
                    runs["ours"].append(run(sys.executable, OURS, told))
                best = {who: min(found) for who, found in runs.items()}
                cells = " | ".join(f"{cpu:.3g} s, {mib:.0f} MiB" for cpu, mib, _ in best.values())
                ratio = min(best["-1"][0], best["1000"][0]) / best["ours"][0]
                print(f"| {radius} | {name} | {cells} | {ratio:.0f} |", flush=True)


if __name__ == "__main__":
    main()
