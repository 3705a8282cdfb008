"""Write the input ``tilted.npz`` and PyRadiomics' values ``preparing.csv``; see README.md."""

from __future__ import annotations

import csv
import logging
import sys
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from preparing_cases import cases
from radiomics.featureextractor import RadiomicsFeatureExtractor
from scipy.ndimage import gaussian_filter

HERE = Path(__file__).parent
SEED = 20220922
TICK = 1 / 16  # intensities are whole numbers of ticks, so that the small input file is exact
SHAPE = (12, 16, 26)  # (z, y, x)
SPACING_XYZ = (1.0, 2.0, 3.0)
ORIGIN_XYZ = (-37.3, 12.9, 101.7)


def rotation():
    """A rotation about all three axes, by 20, -35 and 50 degrees."""
    matrix = np.eye(3)
    for (i, j), angle in zip(((1, 2), (0, 2), (0, 1)), np.deg2rad((20, -35, 50)), strict=True):
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    return matrix


def write_inputs():
    rng = np.random.default_rng(SEED)
    image = gaussian_filter(rng.normal(size=SHAPE), 1.0, mode="wrap")
    image = (image - image.mean()) / image.std() * 100
    z, y, x = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    ball = ((z - 6) * 3) ** 2 + ((y - 8) * 2) ** 2 + (x - 13) ** 2 <= 9.5**2
    mask = ball & (rng.random(SHAPE) < 0.9)
    border = ((z - 1) * 3) ** 2 + ((y - 14) * 2) ** 2 + (x - 3) ** 2 <= 8.5**2
    one_slice = mask.copy()
    one_slice[:6] = one_slice[7:] = False
    two_labels = np.where(border & ~mask, 1, 2 * mask).astype(np.uint8)
    np.savez_compressed(
        HERE / "tilted.npz",
        ticks=np.round(image / TICK).astype(np.int16),
        tilted=mask,
        border=border,
        slice=one_slice,
        two_labels=two_labels,
        spacing_xyz=np.array(SPACING_XYZ),
        origin_xyz=np.array(ORIGIN_XYZ),
        direction=rotation(),
    )


def synthetic(name):
    data = np.load(HERE / "tilted.npz")
    image = data["ticks"] * TICK
    if name == "tilted_int":
        image = np.rint(image).astype(np.int16)
    mask = data["tilted" if name.startswith("tilted") else name].astype(np.uint8)
    volumes = [sitk.GetImageFromArray(image), sitk.GetImageFromArray(mask)]
    for volume in volumes:
        volume.SetSpacing(data["spacing_xyz"].tolist())
        volume.SetOrigin(data["origin_xyz"].tolist())
        volume.SetDirection(data["direction"].ravel().tolist())
    return volumes


def values(name, parameters, data):
    if name in ("breast1", "brain1"):
        volumes = [sitk.ReadImage(str(data / f"{name}_{part}.nrrd")) for part in ("image", "label")]
    else:
        volumes = synthetic(name)
    setting = parameters["setting"] | {"additionalInfo": False}
    extractor = RadiomicsFeatureExtractor(parameters | {"setting": setting})
    return {name: float(np.real(value)) for name, value in extractor.execute(*volumes).items()}


def main(data):
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    write_inputs()
    columns = {case: values(image, parameters, data) for case, image, parameters in cases()}
    features = max(columns.values(), key=len)
    with (HERE / "preparing.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["case", *features])
        for case, column in columns.items():
            writer.writerow([case, *(repr(column[f]) if f in column else "" for f in features)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
