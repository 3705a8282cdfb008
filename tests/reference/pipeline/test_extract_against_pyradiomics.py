"""`tilscope extract` on files and parameter files gives PyRadiomics' numbers and diagnostics."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tilscope.pipeline import encode_features, executor, extract_cases, extraction_request, one_case

HERE = Path(__file__).parent
RELATIVE = 1e-9  # the promise of the radiomics engine
ABSOLUTE = 1e-12  # for numbers that are zero but for rounding
CASES = {
    "breast1": ("breast1_image.nrrd", "breast1_label.nrrd", "plain.yaml", "1"),
    "breast1_normalised": ("breast1_image.nrrd", "breast1_label.nrrd", "normalised.yaml", "1"),
    "brain1_resampled": ("brain1_image.nrrd", "brain1_label.nrrd", "resampled.yaml", "1"),
    "prostate_label_7": (
        "prostate_phantom_subvolume.nrrd",
        "prostate_phantom_subvolume-label.nrrd",
        "plain.yaml",
        "7",
    ),
    "tilted": ("tilted.nii.gz", "tilted_mask.nii.gz", "plain.yaml", "1"),
    "tilted_resampled": ("tilted.nii.gz", "tilted_mask.nii.gz", "resampled.yaml", "1"),
    "tilted_scaled": ("tilted_scaled.nii", "tilted_mask.nii.gz", "original.yaml", "1"),
    "tilted_scaled_resampled": (
        "tilted_scaled.nii",
        "tilted_mask.nii.gz",
        "original_resampled.yaml",
        "1",
    ),
}


def expected(case):
    with (HERE / "pyradiomics.csv").open(newline="") as file:
        return {row["name"]: json.loads(row["value"]) for row in csv.DictReader(file) if row["case"] == case}


def extracted(image, mask, settings, label):
    request = extraction_request(HERE / settings)
    with executor(0, None) as place:
        table = extract_cases(one_case([str(image)], str(mask), label), request, place)
    assert table.n_failed == 0, table.rows[0].region.error
    return json.loads(encode_features(table, "json"))[0]


def assert_equal(found, wanted, name):
    if isinstance(wanted, list):
        assert len(found) == len(wanted), name
        for ours, theirs in zip(found, wanted, strict=True):
            assert_equal(ours, theirs, name)
    elif isinstance(wanted, str):
        assert found == wanted, name
    else:
        assert found == pytest.approx(wanted, rel=RELATIVE, abs=ABSOLUTE), name


def test_the_recipe_made_every_case():
    with (HERE / "pyradiomics.csv").open(newline="") as file:
        assert {row["case"] for row in csv.DictReader(file)} == set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_values_and_diagnostics(case, request):
    image, mask, settings, label = CASES[case]
    is_small = (HERE / image).is_file()
    folder = HERE if is_small else request.getfixturevalue("real_data") / "pyradiomics-baseline"

    found = extracted(folder / image, folder / mask, settings, label)

    wanted = expected(case)
    ours = {n for n in found if not n.startswith(("diagnostics_Versions", "diagnostics_Configuration"))}
    assert ours - {"Image", "Mask", "warnings"} == set(wanted)
    for name, value in wanted.items():
        assert_equal(found[name], value, name)
