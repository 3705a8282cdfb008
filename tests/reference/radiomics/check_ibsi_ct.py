"""Compare our features of IBSI's CT phantom with the consensus values of configurations A to E.

    python check_ibsi_ct.py DATA_SETS MANUAL/docs/03_Image_features.rst SHARED/ibsi-digital-phantom/reference_values.csv

DATA_SETS and MANUAL are checkouts of github.com/theibsi/data_sets and github.com/theibsi/ibsi-doc. The CT image is
CC BY-NC 3.0 and therefore no part of our tests. Configuration A needs no resampling; for the others image and mask
are resampled here by IBSI's rules (grids share their centre, tri- or bilinear or cubic, whole intensities, mask
linear from 0.5 on), since tilscope resamples as PyRadiomics does. Aggregation "2D" has no counterpart of ours.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage

from tilscope.radiomics import FAMILIES, Settings, extract
from tilscope.radiomics.ibsi.consensus import consensus_values

PREFIX_OF_ANCHOR = {
    "feat_morph_": "morph",
    "feat_stat_": "stat",
    "feat_cm_": "cm",
    "feat_rlm_": "rlm",
    "feat_szm_": "szm",
    "feat_ngtdm_": "ngt",
    "feat_ngldm_": "ngl",
}
SUFFIX_OF_METHOD = {
    "": "",
    "2.5D, direction-merged": "_2_5D_avg",
    "2.5D, merged": "_2_5D_comb",
    "3D, averaged": "_3D_avg",
    "3D, merged": "_3D_comb",
    "2.5D": "_2_5D",
    "3D": "_3D",
}
WITHOUT_ANCHOR = "Small zone emphasis\n"  # the manual forgot one


def number(cell: str) -> float | None:
    """Return the number of a cell such as ``:math:`-` 2.47`` or ``:math:`1.44 \\times 10^{4}```."""
    text = cell.replace(":math:`-`\\ ", "-")
    power = re.match(r":math:`([-\d.]+) *\\times 10\^\{(-?\d+)\}`", text)
    if power:
        return float(f"{power[1]}e{power[2]}")
    plain = re.fullmatch(r"(?::math:`)?(-?[\d.]+)`?", text.strip())
    return float(plain[1]) if plain else None


def published(manual: Path, reference: Path) -> dict[tuple[str, str], tuple[float, float]]:
    """Return value and tolerance by configuration (or ``phantom``) and tag, from the manual's tables.

    The features of a family stand in the manual in the order of the tags in the file of the digital phantom.
    """
    with reference.open(newline="") as file:
        tags = [
            re.sub(r"_(2D|2_5D|3D)(_avg|_comb)?$", "", r["tag"]) for r in csv.DictReader(file, delimiter=";")
        ]
    text = manual.read_text(encoding="utf-8")
    text = text.replace(WITHOUT_ANCHOR, f".. _feat_szm_small_zone_emphasis:\n\n{WITHOUT_ANCHOR}", 1)
    parts = re.split(r"^\.\. _(feat_\w+):$", text, flags=re.MULTILINE)
    found = {}
    for anchor, prefix in PREFIX_OF_ANCHOR.items():
        bodies = [
            body for name, body in zip(parts[1::2], parts[2::2], strict=True) if name.startswith(anchor)
        ]
        names = list(dict.fromkeys(tag for tag in tags if tag.startswith(f"{prefix}_")))
        for tag, body in zip(names, bodies, strict=True):
            for line in body.splitlines():
                cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
                is_row = re.match(r"(config\.|dig\.) (\w+)", cells[0]) if len(cells) in (4, 5) else None
                suffix = SUFFIX_OF_METHOD.get(cells[1] if len(cells) == 5 else "")
                if is_row and suffix is not None and (value := number(cells[-3])) is not None:
                    found[is_row[2], tag + suffix] = value, number(cells[-2]) or 0.0
    return found


def resampled(image, mask, spacing_mm, new_mm, order):
    """Return image and mask around the ROI on IBSI's grid."""
    shape, old, new = np.array(image.shape), np.array(spacing_mm), np.array(new_mm)
    size = np.ceil(shape * old / new).astype(int)
    first = 0.5 * (shape - 1 - (size - 1) * new / old)
    inside = np.argwhere(mask)
    axes = []
    for axis in range(3):
        places = first[axis] + np.arange(size[axis]) * new[axis] / old[axis]
        near = (places > inside[:, axis].min() - 3) & (places < inside[:, axis].max() + 3)
        axes.append(places[near])
    grid = np.meshgrid(*axes, indexing="ij")
    weight = ndimage.map_coordinates(mask.astype(float), grid, order=1)
    values = ndimage.map_coordinates(image, grid, order=order, mode="nearest")
    return np.rint(values), weight >= 0.5 - 1e-9


def prepared(configuration, image, mask, spacing_mm):
    """Return image, mask, spacing and settings of a configuration."""
    in_slices = configuration in "AB"
    if configuration != "A":
        new = (spacing_mm[0], 2.0, 2.0) if in_slices else (2.0, 2.0, 2.0)
        image, mask = resampled(image, mask, spacing_mm, new, 3 if configuration == "E" else 1)
        spacing_mm = new
    own = {"bin_width": 25.0} if configuration in "AC" else {"n_bins": 32}
    own["slice_axis"] = "z" if in_slices else None
    low, high = (-500.0, 400.0) if in_slices else (-1000.0, 400.0)
    if configuration == "D":
        return image, mask, spacing_mm, own | {"resegment_range": (-3.0, 3.0), "resegment_mode": "sigma"}
    if configuration == "E":
        values = image[mask]
        low, high = (
            max(low, values.mean() - 3 * values.std()),
            min(high, values.mean() + 3 * values.std()),
        )
    return image, mask, spacing_mm, own | {"resegment_range": (low, high)}


def main() -> None:
    data, manual, reference = map(Path, sys.argv[1:])
    folder = data / "ibsi_1_ct_radiomics_phantom" / "nifti"
    file = nibabel.load(folder / "image" / "phantom.nii.gz")
    image = np.rint(np.asarray(file.dataobj, dtype=np.float32)).T.astype(float)
    mask = np.asarray(nibabel.load(folder / "mask" / "mask.nii.gz").dataobj).T > 0
    spacing_mm = tuple(float(s) for s in file.header.get_zooms()[::-1])
    expected = published(manual, reference)
    for entry in consensus_values():  # the manual was read as it was meant
        assert expected.get(("phantom", entry.tag), (entry.value,))[0] == entry.value, entry.tag
    chosen = {f.name: f.all_names for f in FAMILIES if f.name != "shape2D"}
    for configuration in "ABCDE":
        *case, own = prepared(configuration, image, mask, spacing_mm)
        for ibsi in (True, False):
            n = n_match = 0
            for norm in (None, "no_weighting"):
                settings = Settings(
                    image_types=("original",), features=chosen, weighting_norm=norm, ibsi=ibsi, **own
                )
                found = extract(*case, settings)
                for entry in consensus_values():
                    how = entry.aggregation
                    of_this = how.weighting_norm == norm and how.slice_axis == own["slice_axis"]
                    if (configuration, entry.tag) not in expected or not (
                        of_this if how.suffix else norm is None
                    ):
                        continue
                    value, tolerance = expected[configuration, entry.tag]
                    ours = float(f"{found[f'original_{entry.feature}']:.3g}")
                    n += 1
                    n_match += abs(ours - value) <= tolerance + 1e-9 * abs(value)
                    if abs(ours - value) > tolerance + 1e-9 * abs(value) and ibsi:
                        print(f"  {entry.tag}: {ours}, consensus {value} +- {tolerance}")
            print(f"{configuration}, ibsi = {str(ibsi).lower()}: {n_match} of {n}")


if __name__ == "__main__":
    main()
