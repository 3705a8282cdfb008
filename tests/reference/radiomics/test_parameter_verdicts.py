"""Which files are accepted: never one that PyRadiomics refuses, and its own but for named reasons (README.md)."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tilscope.radiomics import Settings
from tilscope.vocabulary import SettingsError

HERE = Path(__file__).parent
SETTING = re.compile(r"(?:setting|voxelSetting): \{(?P<key>\w+): (?P<value>.*)\}")

VALUES = {
    "'25'": "text is not read as a number",
    "nan": "text is not read as a number",
    ".nan": "not a number",
    "~": "PyRadiomics fails later, or takes nothing for false where true is the default",
}
KEYS = {
    "geometryTolerance": "the grids of image and mask are compared where they are read",
    "label_channel": "the segment is chosen where the mask is read",
}
PAIRS = {
    ("correctMask", "true"): "the mask is brought onto the image's grid before",
    ("binCount", "1"): "one grey level has no texture",
    ("interpolator", "true"): "not a number, though Python takes it for 1",
    ("resampledPixelSpacing", "[]"): "PyRadiomics fails later",
    ("resampledPixelSpacing", "[1]"): "PyRadiomics fails later",
    ("resampledPixelSpacing", "[2, 1]"): "PyRadiomics fails later",
    ("resampledPixelSpacing", "[1.5]"): "PyRadiomics fails later",
    ("resegmentRange", "[]"): "PyRadiomics fails later",
    ("resegmentRange", "[2, 2, 0]"): "PyRadiomics fails later",
    ("distances", "[]"): "PyRadiomics fails later",
    ("sigma", "[]"): "no image would be made",
    ("wavelet", "mexh"): "a continuous wavelet: PyRadiomics fails later",
} | {
    (key, value): "above tilscope's limit"
    for key in ("level", "start_level", "lbp3DLevels", "lbp3DIcosphereSubdivision")
    for value in ("10", "11", "25")
}


def verdicts():
    with (HERE / "parameter_verdicts.csv").open(newline="") as file:
        return [(row["text"], row["verdict"] == "accepted") for row in csv.DictReader(file)]


def is_accepted(text, folder):
    file = folder / "parameters.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        Settings.from_pyradiomics(file)
    except SettingsError:
        return False
    return True


def has_a_reason(text):
    match = SETTING.fullmatch(text)
    key, value = match["key"], match["value"]
    return key in KEYS or value in VALUES or (key, value) in PAIRS


@pytest.mark.slow
def test_the_same_files_are_accepted(tmp_path):
    ours = {text: is_accepted(text, tmp_path) for text, _ in verdicts()}

    assert [text for text, theirs in verdicts() if ours[text] and not theirs] == []
    assert [text for text, theirs in verdicts() if theirs and not ours[text] and not has_a_reason(text)] == []
