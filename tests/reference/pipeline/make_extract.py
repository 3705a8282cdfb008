"""Write the small NIfTI files, and PyRadiomics' output for files and parameter files; see README.md."""

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
SEED = 20220922
# name: (image, mask, parameter file, label); names without a folder are files of this folder
CASES = {
    "breast1": ("data/breast1_image.nrrd", "data/breast1_label.nrrd", "plain.yaml", 1),
    "breast1_normalised": ("data/breast1_image.nrrd", "data/breast1_label.nrrd", "normalised.yaml", 1),
    "brain1_resampled": ("data/brain1_image.nrrd", "data/brain1_label.nrrd", "resampled.yaml", 1),
    "prostate_label_7": (
        "data/prostate_phantom_subvolume.nrrd",
        "data/prostate_phantom_subvolume-label.nrrd",
        "plain.yaml",
        7,
    ),
    "tilted": ("tilted.nii.gz", "tilted_mask.nii.gz", "plain.yaml", 1),
    "tilted_resampled": ("tilted.nii.gz", "tilted_mask.nii.gz", "resampled.yaml", 1),
    "tilted_scaled": ("tilted_scaled.nii", "tilted_mask.nii.gz", "original.yaml", 1),
    "tilted_scaled_resampled": ("tilted_scaled.nii", "tilted_mask.nii.gz", "original_resampled.yaml", 1),
}
SLOPE, INTERCEPT = 112, 116  # places of the two float32 numbers in a NIfTI-1 header


def write_nifti():
    """An oblique int16 image, the same with a scaling in its header, and a mask of two labels."""
    rng = np.random.default_rng(SEED)
    shape = (12, 16, 14)
    image = np.round(rng.normal(300, 60, shape)).astype(np.int16)
    image = np.round((image + np.roll(image, 1, 0) + np.roll(image, 1, 1) + np.roll(image, 1, 2)) / 4)
    z, y, x = np.ogrid[:12, :16, :14]
    mask = ((1.8 * (z - 5)) ** 2 + (y - 8) ** 2 + (x - 6) ** 2 <= 25).astype(np.uint8)
    mask[10, 2:5, 2:5] = 2
    for name, array in (("tilted", image.astype(np.int16)), ("tilted_mask", mask)):
        volume = sitk.GetImageFromArray(array)
        volume.SetSpacing((0.7031, 0.7123, 2.2))
        volume.SetOrigin((-31.5, 12.25, 40.75))
        c, s = np.cos(0.3), np.sin(0.3)
        volume.SetDirection((c, -s, 0, s, c, 0, 0, 0, 1))
        sitk.WriteImage(volume, str(HERE / f"{name}.nii.gz"), useCompression=True)
    sitk.WriteImage(sitk.ReadImage(str(HERE / "tilted.nii.gz")), str(HERE / "tilted_scaled.nii"))
    data = bytearray((HERE / "tilted_scaled.nii").read_bytes())
    data[SLOPE : SLOPE + 4] = np.float32(0.37).tobytes()
    data[INTERCEPT : INTERCEPT + 4] = np.float32(-3.3).tobytes()
    (HERE / "tilted_scaled.nii").write_bytes(data)


def plain(value):
    """Numbers, texts and lists of PyRadiomics' values."""
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.item()
    return float(value.real) if isinstance(value, complex) else value


def is_ours(name):
    """Versions and settings are each program's own."""
    return not name.startswith(("diagnostics_Versions", "diagnostics_Configuration"))


def main(data):
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    write_nifti()
    rows = []
    for case, (image, mask, params, label) in CASES.items():
        files = [str(data / f[5:] if f.startswith("data/") else HERE / f) for f in (image, mask)]
        values = RadiomicsFeatureExtractor(str(HERE / params)).execute(*files, label=label)
        rows += [(case, name, json.dumps(plain(value))) for name, value in values.items() if is_ours(name)]
    with (HERE / "pyradiomics.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("case", "name", "value"), *rows])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
