"""One engine, one case, one process: prints CPU seconds of each run, peak memory and the values as JSON.

Runs in tilscope's interpreter or, with ``pyradiomics``, in one that has PyRadiomics and not tilscope.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np


def tilscope_engine(case, options):
    from tilscope.radiomics import extract

    image, mask, spacing_mm = case["image"], case["mask"], tuple(map(float, case["spacing_mm"]))
    return lambda: extract(image, mask, spacing_mm)


def pyradiomics_engine(case, options):
    import logging

    import SimpleITK as sitk
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    logging.getLogger("radiomics").setLevel(logging.ERROR)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    image, mask = sitk.GetImageFromArray(case["image"]), sitk.GetImageFromArray(case["mask"].astype(np.uint8))
    for volume in (image, mask):
        volume.SetSpacing(tuple(map(float, case["spacing_mm"][::-1])))
    extractor = RadiomicsFeatureExtractor(preCrop="precrop" in options, additionalInfo=False)
    extractor.enableImageTypeByName("Wavelet")
    return lambda: extractor.execute(image, mask)


def peak_mib():
    """Peak memory of this program alone; ``ru_maxrss`` would count that of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


ENGINES = {"tilscope": tilscope_engine, "pyradiomics": pyradiomics_engine}


def main(engine, file, n_runs, *options):
    start_s = time.process_time()
    run = ENGINES[engine](np.load(file), options)
    seconds = []
    for _ in range(int(n_runs)):
        begin_s = time.process_time()
        values = run()
        seconds.append(time.process_time() - begin_s)
    record = {
        "cpu_s": seconds,
        "start_s": time.process_time() - start_s - sum(seconds),
        "peak_mib": peak_mib(),
        "values": {name: float(value) for name, value in values.items()},
    }
    json.dump(record, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
