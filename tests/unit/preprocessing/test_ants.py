"""The parts that need ANTs, whose import alone takes seconds."""

from __future__ import annotations

import os
import tempfile

import numpy as np
import pytest

from tilscope.preprocessing import BiasSettings, RegistrationSettings, body_mask, estimate_bias, register

pytestmark = [
    pytest.mark.slow,
    # ANTs and what it imports warn on import
    pytest.mark.filterwarnings("ignore"),
]


def test_syn_finds_most_of_the_motion_and_leaves_nothing_behind(small_pair, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("ANTS_RANDOM_SEED", "99")
    monkeypatch.delenv("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", raising=False)
    pair = small_pair("sagittal")
    found = register(pair.series, pair.roi, RegistrationSettings(method="syn", margin_mm=20.0))
    points = pair.positions(found.roi.grid)[found.roi.mask]
    truth = np.linalg.norm(pair.deformation.displacement(points), axis=1).mean()
    assert found.phases[2].displacement_mm == pytest.approx(truth, abs=0.7)
    assert found.phases[2].similarity_after > 0.8
    assert list(tmp_path.iterdir()) == []
    assert os.environ["ANTS_RANDOM_SEED"] == "99"
    assert "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS" not in os.environ
    assert capfd.readouterr().out == ""


def test_n4_removes_a_part_of_the_field(small_pair):
    even, shaded = small_pair().series.phase("post1"), small_pair(bias=0.3).series.phase("post1")
    body = body_mask(shaded)
    truth = np.log(shaded.array / even.array)[body]
    field = estimate_bias(shaded, BiasSettings(method="n4"))
    assert np.corrcoef(field.log_at(shaded.grid)[body], truth)[0, 1] > 0.8
