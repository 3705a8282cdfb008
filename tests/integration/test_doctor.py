"""tilscope doctor: what it runs on, and how its features conform to IBSI."""

from __future__ import annotations

import json
import os
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from tilscope.pipeline import doctor
from tilscope.radiomics.ibsi import REASONS
from tilscope.radiomics.texture_kernels import count_zones

PYPROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]


def test_the_table_of_conformity(tilscope):
    answer = tilscope("doctor", "--ibsi")
    assert answer.code == 0, answer.text
    lines = answer.out.splitlines()
    assert lines[-1] == (
        "IBSI's digital phantom, 267 consensus values: 264 match, 3 documented, 0 differ (docs/ibsi.md)."
    )
    assert max(map(len, lines)) < 100
    values = [line for line in lines if re.search(r" (match|note \d|differs)$", line)]
    assert len(values) == 267
    assert "MeshVolume morph_volume 556 ± 4 556.3 556.3 match" in answer.text
    assert "Kurtosis stat_kurt -0.355 2.645 -0.3546 note 2" in answer.text
    assert f"note 2: {REASONS['firstorder_Kurtosis']}." in lines
    assert answer.err == ""


def test_conformity_for_programs(tilscope):
    answer = tilscope("doctor", "--ibsi", "--json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert (told["match"], told["documented"], told["differs"], len(told["values"])) == (264, 3, 0, 267)
    (kurtosis,) = (row for row in told["values"] if row["tag"] == "stat_kurt")
    assert kurtosis.pop("default") == pytest.approx(2.6453795, abs=1e-7)
    assert kurtosis.pop("ibsi") == pytest.approx(-0.3546205, abs=1e-7)
    assert kurtosis == {
        "tag": "stat_kurt",
        "feature": "firstorder_Kurtosis",
        "aggregation": "",
        "consensus": -0.355,
        "tolerance": 0.0,
        "verdict": "documented",
        "reason": REASONS["firstorder_Kurtosis"],
    }


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_difference_that_nobody_explains_ends_with_code_4(tilscope, monkeypatch, words):
    monkeypatch.delitem(REASONS, "firstorder_Kurtosis")
    answer = tilscope("doctor", "--ibsi", *words)
    assert answer.code == 4
    if not words:
        assert "Kurtosis stat_kurt -0.355 2.645 -0.3546 differs" in answer.text
        assert "264 match, 2 documented, 1 differ" in answer.text


def test_the_environment(tilscope):
    answer = tilscope("doctor")
    assert answer.code == 0, answer.text
    for name in ("tilscope", "numpy", "numba", "SimpleITK", "PyWavelets"):
        assert f"{name} {version(name)}" in answer.text
    assert re.search(r"kernels \d+ of \d+ are compiled", answer.text)
    assert "Optional part lbp: installed." in answer.text
    assert answer.out.splitlines()[-1] == "Next: tilscope doctor --ibsi"


def test_the_environment_for_programs(tilscope):
    answer = tilscope("doctor", "--json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert told["parts"]["numpy"] == version("numpy")
    assert 1 <= told["n_cores"] <= (os.cpu_count() or 1)
    assert 2**28 < told["memory_bytes"] < 2**50
    assert told["kernels"]["n_kernels"] > 40
    assert told["kernels"]["n_cached"] <= told["kernels"]["n_kernels"]


def test_all_parts_are_looked_for():
    def names(requirements):
        return {re.match(r"[\w.-]+", text).group() for text in requirements}

    assert set(doctor.PARTS) == names(PYPROJECT["dependencies"])
    assert {extra: set(parts) for extra, parts in doctor.EXTRAS.items()} == {
        extra: names(parts) for extra, parts in PYPROJECT["optional-dependencies"].items()
    }


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_missing_part_ends_with_code_4(tilscope, monkeypatch, words):
    monkeypatch.setattr(doctor, "PARTS", ("numpy", "no-such-part"))
    answer = tilscope("doctor", *words)
    assert answer.code == 4
    assert answer.err == "Not installed: no-such-part. Install tilscope again.\n"


def test_a_missing_extra_is_told_and_no_fault(tilscope, monkeypatch):
    monkeypatch.setattr(doctor, "EXTRAS", {"lbp": ("no-such-part",)})
    answer = tilscope("doctor")
    assert answer.code == 0
    assert "Optional part lbp: missing (no-such-part)." in answer.text


def test_a_kernel_counts_as_kept_only_if_it_is_newer_than_its_source(tilscope, tmp_path):
    assert tilscope("doctor", "--ibsi").code == 0  # whoever ran it has compiled it
    folder = Path(count_zones.stats.cache_path)
    assert doctor._is_cached(count_zones.py_func, folder)
    assert not doctor._is_cached(count_zones.py_func, tmp_path)
    line = count_zones.py_func.__code__.co_firstlineno
    (index,) = folder.glob(f"texture_kernels.count_zones-{line}.*.nbi")
    copy = tmp_path / index.name
    copy.write_bytes(b"")
    assert doctor._is_cached(count_zones.py_func, tmp_path)
    os.utime(copy, (1.0, 1.0))
    assert not doctor._is_cached(count_zones.py_func, tmp_path)
