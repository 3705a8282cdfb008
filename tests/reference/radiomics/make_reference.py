"""Write the inputs (``*.npz``), what each case is (``cases.json``) and PyRadiomics' values (CSV); see README.md."""

from __future__ import annotations

import csv
import json
import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from cases_awkward import TICK, awkward
from cases_random import random_rois
from cases_settings import (
    ONE_SLICE,
    ONLY_SMALL_BOX,
    SETTINGS,
    checkered_slice,
    far_apart,
    plane,
    small_box,
    three_labels,
)
from radiomics.featureextractor import RadiomicsFeatureExtractor

HERE = Path(__file__).parent
FAMILIES = ("shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
TEXTURE = FAMILIES[1:]
BOTH = {"Original": {}, "Wavelet": {}}
ORIGINAL = {"Original": {}}
LABELS = (1, 7, 8, 9)  # of the prostate phantom
REAL_SETTINGS = {"": {}, "_bins_32": {"binCount": 32}, "_width_10": {"binWidth": 10}}


def on_grid(image, mask, spacing):
    """Return SimpleITK images; whole numbers stay int16, all others are in double precision."""
    volumes = [sitk.GetImageFromArray(image), sitk.GetImageFromArray(mask.astype(np.uint8))]
    for volume in volumes:
        volume.SetSpacing([float(s) for s in spacing[::-1]])
    return volumes


def execute(image, mask, settings, image_types=BOTH, families=FAMILIES):
    """Return PyRadiomics' values; NaN where it gives none."""
    extractor = RadiomicsFeatureExtractor(**{"additionalInfo": False} | settings)
    extractor.disableAllImageTypes()
    for name, own in image_types.items():
        extractor.enableImageTypeByName(name, customArgs=own)
    extractor.disableAllFeatures()
    for family in families:
        extractor.enableFeatureClassByName(family)
    return {name: float(np.real(value)) for name, value in extractor.execute(image, mask).items()}


class Table:
    """The columns of one CSV file, and what each of them is."""

    def __init__(self, name, cases):
        self.file, self.columns = HERE / f"{name}.csv", {}
        cases[name] = self.about = {}

    def add(self, column, image, mask, **how):
        self.columns[column] = execute(image, mask, **how)
        self.about[column] = {key: value for key, value in how.items() if key != "families"}

    def add_array(self, column, source, key, ticks, tick, mask, spacing, **how):
        self.add(column, *on_grid(ticks if tick is None else ticks * tick, mask, spacing), **how)
        self.about[column] |= {"file": source, "key": key, "tick": tick}

    def write(self):
        columns = self.columns.values()
        with self.file.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["feature", *self.columns])
            for feature in dict.fromkeys(name for values in columns for name in values):
                writer.writerow(
                    [feature, *(repr(values[feature]) if feature in values else "" for values in columns)]
                )


def awkward_table(cases):
    table = Table("pyradiomics", cases)
    for name, ticks, mask, spacing, settings in awkward():
        np.savez_compressed(HERE / f"{name}.npz", ticks=ticks, mask=mask, spacing_mm=np.array(spacing))
        table.add_array(name, f"{name}.npz", "", ticks, TICK, mask, spacing, settings=settings)
    return table


def random_table(cases):
    table = Table("random_rois", cases)
    arrays = {}
    for name, ticks, tick, mask, spacing, settings in random_rois():
        arrays |= {f"{name}.ticks": ticks, f"{name}.mask": mask, f"{name}.spacing_mm": np.array(spacing)}
        table.add_array(name, "random_rois.npz", f"{name}.", ticks, tick, mask, spacing, settings=settings)
    np.savez_compressed(HERE / "random_rois.npz", **arrays)
    return table


def small_inputs():
    """Write the inputs that are not shared with another table, and return them."""
    made = {
        "small_box": small_box(),
        "three_labels": three_labels(),
        "far_apart": far_apart(),
        "checkered_slice": checkered_slice(),
    }
    arrays = {}
    for name, (ticks, mask, spacing) in made.items():
        arrays |= {f"{name}.ticks": ticks, f"{name}.mask": mask, f"{name}.spacing_mm": np.array(spacing)}
    np.savez_compressed(HERE / "small_inputs.npz", **arrays)
    return {
        name: ("small_inputs.npz", f"{name}.", ticks, TICK, *rest) for name, (ticks, *rest) in made.items()
    }


def all_inputs():
    """Return, by name: file, key, ticks, tick, mask, spacing."""
    inputs = small_inputs()
    for name, ticks, mask, spacing, _ in awkward():
        inputs[name] = (f"{name}.npz", "", ticks, TICK, mask, spacing)
    for name, ticks, tick, mask, spacing, _ in random_rois():
        inputs[name] = ("random_rois.npz", f"{name}.", ticks, tick, mask, spacing)
    return inputs


def shape_2d_table(cases, inputs):
    table = Table("shape_2d", cases)
    for name, axis in ONE_SLICE.items():
        how = {"settings": plane(axis), "image_types": ORIGINAL, "families": ("shape2D",)}
        table.add_array(f"{name}-2d", *inputs[name], **how)
    return table


def settings_table(cases, inputs):
    table = Table("texture_settings", cases)

    def add(column, name, settings, image_types=ORIGINAL):
        how = {"settings": settings, "image_types": image_types, "families": TEXTURE}
        table.add_array(column, *inputs[name], **how)

    for name in ("hole_and_two_parts", "ragged", "small_box"):
        for words, settings in SETTINGS.items():
            add(f"{name}-{words}", name, settings)
    for words, settings in ONLY_SMALL_BOX.items():
        add(f"small_box-{words}", "small_box", settings)
    for label in (1, 2, 3):
        add(f"three_labels-{label}", "three_labels", {"label": label})
    own = {"Original": {"binWidth": 10}, "Wavelet": {"binCount": 12, "gldm_a": 1}}
    add("small_box-settings_per_image", "small_box", {"distances": [1, 2]}, own)
    add("far_apart-euclidean", "far_apart", {"weightingNorm": "euclidean"})
    return table


def real_table(cases, data, ucsf):
    table = Table("real_images", cases)
    folder = data / "pyradiomics-baseline"
    for name in ("breast1", "brain1", "brain2"):
        image, mask = (sitk.ReadImage(str(folder / f"{name}_{part}.nrrd")) for part in ("image", "label"))
        for words, settings in REAL_SETTINGS.items():
            table.add(f"{name}{words}", image, mask, settings=settings)
    image = sitk.ReadImage(str(folder / "prostate_phantom_subvolume.nrrd"))
    mask = sitk.ReadImage(str(folder / "prostate_phantom_subvolume-label.nrrd"))
    for label in LABELS:
        table.add(f"prostate_{label}", image, mask, settings={"label": label})
    arrays = np.load(ucsf)
    for phase in (name for name in arrays.files if name not in ("mask", "spacing_mm")):
        volumes = on_grid(arrays[phase].astype(np.float64), arrays["mask"], arrays["spacing_mm"])
        table.add(f"ucsf_{phase}", *volumes, settings={})
    return table


def main(data, ucsf):
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    cases, inputs = {}, all_inputs()
    for table in (
        awkward_table(cases),
        random_table(cases),
        settings_table(cases, inputs),
        shape_2d_table(cases, inputs),
        real_table(cases, data, ucsf),
    ):
        table.write()
        print(table.file.name, len(table.columns), "columns")
    (HERE / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
