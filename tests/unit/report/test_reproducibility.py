"""The section on second readings: designs, the signature's features, pathologists, and what the filter did."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tilscope.report.content import read_content
from tilscope.report.pictures.reproducibility import agreement_panels, family, reproducibility_panels
from tilscope.report.sections.reproducibility import REPRODUCIBILITY, reread
from tilscope.study import encode_tsv

A_B, SESSIONS = "between readers A and B", "between sessions 1 and 2 of reader A"


def table():
    common = {"n_patients": 20, "ci_low": -0.1, "ci_high": 0.95, "reason": None, "n_patients_training": 14}
    rows = [
        {"feature": "shape_MeshVolume", "design": A_B, "icc": 0.95, "icc_training": 0.97, "filter": "kept"},
        {
            "feature": "phase1_original_glcm_Idm",
            "design": A_B,
            "icc": 0.5,
            "icc_training": 0.4,
            "filter": "dropped",
        },
        {"feature": "phase2_original_glcm_Idm", "design": A_B, "icc": np.nan, "filter": "dropped"},
        {"feature": "shape_MeshVolume", "design": SESSIONS, "icc": 0.99, "filter": "not judged"},
    ]
    return pd.DataFrame([common | {"icc_training": np.nan} | row for row in rows])


def record(**changes):
    ends = {"ci_low": -1.0, "ci_high": 2.0}
    return {
        "form": "ICC(2,1)",
        "min_icc": 0.75,
        "judged_on": "estimate",
        "min_patients": 10,
        "filter": True,
        "designs": [
            {"design": A_B, "n_patients": 20, "n_training": 14, "is_used": True},
            {"design": SESSIONS, "n_patients": 8, "n_training": 6, "is_used": False},
        ],
        "agreement": [
            {
                "what": "sTIL",
                "unit": "%",
                "design": "between pathologists 1 and 2",
                "points": [[10.0, 1.0], [20.0, -2.0], [30.0, 0.0]],
                "n": 3,
                "bias": {"value": 0.5} | ends,
                "lower": {"value": -4.0} | ends,
                "upper": {"value": 5.0} | ends,
                "slope_p_value": 0.04,
            }
        ],
        "stil": {
            "readers": ["1", "2"],
            "n_patients": 3,
            "forms": [{"form": "ICC(2,1)", "icc": 0.8123, "ci_low": -0.05, "ci_high": 0.9}],
            "reason": "",
        },
    } | changes


@pytest.fixture
def content(tmp_path):
    (tmp_path / "study.toml").write_text("")
    folder = tmp_path / "derivatives" / "signature"
    folder.mkdir(parents=True)
    (folder / "reproducibility.tsv").write_bytes(encode_tsv(table(), index=False))
    (folder / "reproducibility.json").write_text(json.dumps(record()))
    return read_content(tmp_path)


def texts(shown):
    return [[c.text for c in row] for row in shown.rows]


def test_designs_and_what_the_filter_dropped(content):
    view = REPRODUCIBILITY.view(content)
    assert view["is_filtered"]
    assert texts(view["designs"]) == [
        [A_B, "20", "0.72", "1 of 3", "14", "2 of 3"],  # the median of .95 and .5
        [SESSIONS, "8", "0.99", "1 of 1", "6", "not judged"],
    ]
    assert texts(view["stil"]) == [["ICC(2,1)", "0.81", "−0.05 to 0.90"]]
    assert texts(view["limits"])[0][-1] == ".040"
    assert REPRODUCIBILITY.badge(content) == "20 re-read"
    assert "2 of 3 features whose ICC(2,1) (the estimate) was below 0.75 were left out" in reread(content)
    assert "(14 patients)" in reread(content)


def test_a_filter_that_judged_nothing_is_said(content):
    unused = [design | {"is_used": False} for design in record()["designs"]]
    view = REPRODUCIBILITY.view(replace(content, agreement=record(designs=unused)))
    assert not view["is_filtered"]
    assert "In no design were 10 training patients read twice" in view["why_not"]
    off = replace(content, agreement=record(designs=unused, filter=False))
    assert "switched off" in REPRODUCIBILITY.view(off)["why_not"]
    assert reread(off) == ""


def test_no_section_without_second_readings(content, tmp_path):
    empty = replace(content, agreement=None, reproducibility=None)
    assert REPRODUCIBILITY.view(empty) is None
    assert (reproducibility_panels(empty), agreement_panels(empty), reread(empty)) == (None, None, "")


def test_figures_get_families_and_pairs(content):
    panels = reproducibility_panels(content)
    assert list(panels.frame["family"]) == ["shape", "glcm", "glcm", "shape"]
    assert family("skewness_wavelet-LLL_glcm_Idmn") == "skewness over time"
    assert family("phase3_log-sigma-2-0-mm-3D_firstorder_Mean") == "firstorder"
    (pair,) = agreement_panels(content).pairs
    assert pair.difference.tolist() == [1.0, -2.0, 0.0]
    assert (pair.bias, pair.slope_p_value) == ((0.5, -1.0, 2.0), 0.04)
