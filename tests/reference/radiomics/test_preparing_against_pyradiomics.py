"""Normalised, resampled, cut and resegmented images have PyRadiomics' features (README.md)."""

from __future__ import annotations

import csv
import json
import runpy
from pathlib import Path

import nrrd
import numpy as np
import pytest

from tilscope.radiomics import FAMILIES, Settings, extract_image
from tilscope.vocabulary import Grid

HERE = Path(__file__).parent
RELATIVE = 1e-9
TICK = 1 / 16
CASES = {name: case for name, *case in runpy.run_path(str(HERE / "preparing_cases.py"))["cases"]()}


@pytest.fixture(scope="module")
def reference():
    with (HERE / "preparing.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    return {
        case: {feature: float(value) for feature, value in zip(header[1:], values, strict=True) if value}
        for case, *values in rows
    }


def synthetic(name):
    data = np.load(HERE / "tilted.npz")
    image = data["ticks"] * TICK
    if name == "tilted_int":
        image = np.rint(image).astype(np.int16)
    mask = data["tilted" if name.startswith("tilted") else name]
    direction = tuple(tuple(row) for row in data["direction"].tolist())
    spacing = tuple(data["spacing_xyz"][::-1].tolist())
    return image, mask, Grid(mask.shape, spacing, tuple(data["origin_xyz"].tolist()), direction)


def real(folder, name):
    image, header = nrrd.read(str(folder / f"{name}_image.nrrd"))
    label, _ = nrrd.read(str(folder / f"{name}_label.nrrd"))
    steps = header["space directions"]
    assert header["space"] == "left-posterior-superior"
    spacing_xyz = np.linalg.norm(steps, axis=1)
    direction = tuple(tuple(row) for row in (steps / spacing_xyz[:, None]).T.tolist())
    origin = tuple(header["space origin"].tolist())
    shape = image.shape[::-1]
    return image.T, label.T, Grid(shape, tuple(spacing_xyz[::-1].tolist()), origin, direction)


def measured(tmp_path, image, mask, grid, parameters):
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps(parameters), encoding="utf-8")
    settings = Settings.from_pyradiomics(file)
    return extract_image(image, mask, grid.spacing_mm, settings, grid=grid).values


def assert_equal(values, expected, *, but=()):
    families = {family.name for family in FAMILIES} - set(but)
    expected = {name: number for name, number in expected.items() if name.split("_")[-2] in families}
    values = {name: number for name, number in values.items() if name.split("_")[-2] in families}
    assert set(values) == set(expected)
    wrong = {
        name: (values[name], number)
        for name, number in expected.items()
        if not np.isclose(values[name], number, rtol=RELATIVE, atol=0)
    }
    assert wrong == {}


@pytest.mark.parametrize("case", [name for name, (image, _) in CASES.items() if "1" not in image])
def test_synthetic(case, reference, tmp_path):
    name, parameters = CASES[case]

    values = measured(tmp_path, *synthetic(name), parameters)

    assert_equal(values, reference[case], but=["shape"] if name == "slice" else [])


@pytest.mark.parametrize("case", [name for name, (image, _) in CASES.items() if "1" in image])
def test_real(case, reference, tmp_path, real_data):
    name, parameters = CASES[case]

    values = measured(tmp_path, *real(real_data / "pyradiomics-baseline", name), parameters)

    assert_equal(values, reference[case])


def test_every_case_has_numbers(reference):
    assert list(reference) == list(CASES)
    assert all(len(numbers) >= 100 for numbers in reference.values())
