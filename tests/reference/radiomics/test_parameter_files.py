"""PyRadiomics' eight example files, read verbatim, give its values (README.md)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nrrd
import numpy as np
import pytest

from tilscope.radiomics import Settings, extract_image
from tilscope.vocabulary import Grid

HERE = Path(__file__).parent
FOLDER = HERE / "parameter_files"
CASES = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
RELATIVE = 1e-9


@pytest.fixture(scope="module")
def reference():
    with (HERE / "parameter_files.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    return {name: {row[0]: float(row[k]) for row in rows if row[k]} for k, name in enumerate(header) if k}


def read_case(folder, case):
    image, header = nrrd.read(str(folder / f"{case['image']}_image.nrrd"))
    label, _ = nrrd.read(str(folder / f"{case['image']}_label.nrrd"))
    steps = header["space directions"]
    spacing_xyz = np.linalg.norm(steps, axis=1)
    direction = tuple(tuple(row) for row in (steps / spacing_xyz[:, None]).T.tolist())
    origin = tuple(header["space origin"].tolist())
    mask = label.T.copy()
    if case["largest_slice"]:
        largest = mask.sum(axis=(1, 2)).argmax()
        mask[:largest] = mask[largest + 1 :] = 0
    return image.T, mask, Grid(mask.shape, tuple(spacing_xyz[::-1].tolist()), origin, direction)


@pytest.mark.parametrize("name", CASES)
def test_example_file(name, reference, real_data):
    image, mask, grid = read_case(real_data / "pyradiomics-baseline", CASES[name])
    settings = Settings.from_pyradiomics(FOLDER / f"{name}.yaml")

    values = extract_image(image, mask, grid.spacing_mm, settings, grid=grid).values

    assert set(values) == set(reference[name])
    wrong = {
        feature: (values[feature], number)
        for feature, number in reference[name].items()
        if not np.isclose(values[feature], number, rtol=RELATIVE, atol=0)
    }
    assert wrong == {}


def test_every_file_has_numbers(reference):
    assert {file.stem for file in FOLDER.glob("*.yaml")} == set(CASES) == set(reference)
