"""Write PyRadiomics' values of the files in ``parameter_files`` (``parameter_files.csv``); see README.md."""

from __future__ import annotations

import csv
import json
import logging
import sys
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

HERE = Path(__file__).parent
FOLDER = HERE / "parameter_files"


def largest_slice(mask):
    """The mask without all slices but the largest."""
    inside = sitk.GetArrayFromImage(mask)
    largest = inside.sum(axis=(1, 2)).argmax()
    inside[:largest] = inside[largest + 1 :] = 0
    slice_only = sitk.GetImageFromArray(inside)
    slice_only.CopyInformation(mask)
    return slice_only


def values(name, case, data):
    image, mask = (sitk.ReadImage(str(data / f"{case['image']}_{part}.nrrd")) for part in ("image", "label"))
    if case["largest_slice"]:
        mask = largest_slice(mask)
    extractor = RadiomicsFeatureExtractor(str(FOLDER / f"{name}.yaml"))
    found = extractor.execute(image, mask).items()
    return {feature: float(np.real(value)) for feature, value in found if "diagnostics" not in feature}


def main(data):
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    cases = json.loads((FOLDER / "cases.json").read_text())
    columns = {name: values(name, case, data) for name, case in cases.items()}
    features = dict.fromkeys(feature for column in columns.values() for feature in column)
    with (HERE / "parameter_files.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["feature", *columns])
        for feature in features:
            writer.writerow([feature, *(repr(c[feature]) if feature in c else "" for c in columns.values())])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
