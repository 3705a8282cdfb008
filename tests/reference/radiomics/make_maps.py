"""Write the inputs (``maps.npz``) and PyRadiomics' feature maps of them (``maps.csv``); see README.md.

All voxels are one batch (PyRadiomics' default), but for two features that are taken with ``voxelBatch`` 1: as soon
as one voxel of a batch lacks a direction, PyRadiomics gives no MCC at all, and no JointAverage of that voxel. That
nothing else depends on the batch is checked here, at every voxel. Written are every fifth voxel of an ROI and those
where PyRadiomics lacks a value (`is_kept`).
"""

from __future__ import annotations

import csv
import logging
import warnings
from pathlib import Path

import numpy as np
import radiomics
import SimpleITK as sitk
from maps_cases import CASES, TICK
from radiomics.featureextractor import RadiomicsFeatureExtractor
from scipy.ndimage import gaussian_filter

HERE = Path(__file__).parent
SEED = 20220922
SPACING_MM = (1.5, 0.9, 0.6)
STEP = 5
ONLY_ALONE = ("_glcm_MCC", "_glcm_JointAverage")
ONLY_TOGETHER = ("_glrlm_RunEntropy", "_glrlm_RunVariance")
"""Alone, weighted and without a run, they are empty sums: 0 instead of NaN."""


def ticks(rng, shape, sigma):
    field = gaussian_filter(rng.normal(size=shape), sigma)
    return np.round(field / field.std() * 200 + 100).astype(np.int16)


def lump():
    """A lump with a hole, a thin tail and a voxel that stands alone."""
    rng = np.random.default_rng([SEED, 3000])
    z, y, x = np.indices((10, 12, 11)) - np.array([4.5, 5.5, 5.0])[:, None, None, None]
    mask = (z / 2.2) ** 2 + (y / 2.6) ** 2 + (x / 2.4) ** 2 <= 1
    mask[5, 6, 5] = False
    mask[4, 6, 8:10] = True
    mask[8, 10, 2] = True
    mask[1, 1, 1:3] = True
    return ticks(rng, mask.shape, 0.8), mask


def corner():
    """A block in a corner of the image, so that kernels are cut by its borders."""
    rng = np.random.default_rng([SEED, 3001])
    mask = np.zeros((6, 7, 5), bool)
    mask[:3, :3, 2:] = rng.random((3, 3, 3)) < 0.9
    return ticks(rng, mask.shape, 0.6) + np.int16(2000), mask


def images(array, mask):
    volumes = [sitk.GetImageFromArray(array * TICK), sitk.GetImageFromArray(mask.astype(np.uint8))]
    for volume in volumes:
        volume.SetSpacing([float(s) for s in SPACING_MM[::-1]])
    return volumes


def maps(case, array, mask, batch):
    """Return PyRadiomics' values at the voxels of the ROI, by feature; NaN where it gives none."""
    extractor = RadiomicsFeatureExtractor(
        additionalInfo=False,
        kernelRadius=case.radius,
        maskedKernel=case.masked,
        initValue=np.nan,
        voxelBatch=batch,
        **case.settings,
    )
    extractor.disableAllImageTypes()
    extractor.enableImageTypeByName(case.image_type)
    extractor.disableAllFeatures()
    for family in case.families:
        extractor.enableFeatureClassByName(family)
    found = extractor.execute(*images(array, mask), voxelBased=True)
    corner_of = np.argwhere(mask).min(axis=0)
    start = corner_of - np.maximum(corner_of - case.radius, 0)
    where = tuple((np.argwhere(mask) - corner_of + start).T)
    return {name: sitk.GetArrayFromImage(image)[where] for name, image in found.items()}


def is_kept(k, values):
    """Tell whether the k-th voxel of an ROI is written: one of a few, or one without some value."""
    return k % STEP == 0 or any(np.isnan(v) for v in values)


def main():
    warnings.simplefilter("ignore")
    radiomics.logger.setLevel(logging.CRITICAL)
    volumes = {"lump": lump(), "corner": corner()}
    arrays = {}
    for name, (array, mask) in volumes.items():
        arrays |= {f"{name}.ticks": array, f"{name}.mask": mask, f"{name}.spacing_mm": np.array(SPACING_MM)}
    np.savez_compressed(HERE / "maps.npz", **arrays)
    rows, names = [], {}
    for case in CASES:
        array, mask = volumes[case.volume]
        alone, together = maps(case, array, mask, 1), maps(case, array, mask, -1)
        for name, values in together.items():
            if name.endswith(ONLY_ALONE):
                together[name] = alone[name]
            elif not name.endswith(ONLY_TOGETHER):
                np.testing.assert_allclose(
                    values, alone[name], rtol=1e-12, atol=1e-12, err_msg=f"{case.name} {name}"
                )
        names |= dict.fromkeys(together)
        for k, (z, y, x) in enumerate(np.argwhere(mask).tolist()):
            values = {n: v[k] for n, v in together.items()}
            if is_kept(k, values.values()):
                place = {"case": case.name, "z": z, "y": y, "x": x}
                rows.append(place | {n: f"{v:.13g}" for n, v in values.items()})
    with (HERE / "maps.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["case", "z", "y", "x", *names], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
