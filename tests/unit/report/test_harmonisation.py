"""The section on scanners and centres."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tilscope.report.content import read_content
from tilscope.report.pictures.signature import site_panels
from tilscope.report.sections.harmonisation import HARMONISATION
from tilscope.report.sections.methods.fitting import harmonised

NAMES = ("GE SIGNA HDXT 3 T", "Siemens AVANTO 1.5 T")


def record(**changes):
    points = [
        {
            "site": NAMES[i % 2],
            "role": "training" if i < 6 else "validation",
            "first": float(i),
            "second": 0.5,
        }
        for i in range(8)
    ]
    part = {"explained": [0.4, 0.1], "points": points}
    return {
        "settings": {"site": "scanner", "unknown_sites": "refuse"},
        "told": "ComBat, location and scale of 2 sites, without the outcome",
        "known": dict.fromkeys(NAMES, 20),
        "counts": [{"site": name, "n_patients": 30, "n_high": 15, "n_low": 15} for name in NAMES],
        "p_confounding": 1.0,
        "n_unchanged": 0,
        "n_features": 6710,
        "unfit": {},
        "share": [
            {"role": "training", "n_patients": 42, "before": 0.6931, "after": 0.0111, "by_chance": 1 / 41},
            {"role": "validation", "n_patients": 18, "before": 0.71, "after": 0.05, "by_chance": 1 / 17},
        ],
        "components": {"before": part, "after": part},
        "features": [{"name": "f00", "sites": {name: {"offset": 1.5, "scale": 0.98} for name in NAMES}}],
    } | changes


@pytest.fixture
def content(tmp_path):
    (tmp_path / "study.toml").write_text("")
    return read_content(tmp_path)


def viewed(content, **changes):
    return HARMONISATION.view(replace(content, harmonisation=record(**changes)))


def test_no_section_where_nothing_was_asked_for(content):
    assert HARMONISATION.view(content) is None
    assert site_panels(content) is None


def test_the_record_is_read_from_its_file(tmp_path):
    folder = tmp_path / "derivatives" / "signature"
    folder.mkdir(parents=True)
    (folder / "harmonisation.json").write_text(json.dumps(record()))
    assert read_content(tmp_path).harmonisation["told"].startswith("ComBat")


def test_sites_shares_and_shifts_are_listed(content):
    view = viewed(content)
    assert view["is_harmonised"]
    assert [[c.text for c in row] for row in view["sites"].rows] == [
        ["GE SIGNA HDXT 3 T", "30", "15", "15", "20"],
        ["Siemens AVANTO 1.5 T", "30", "15", "15", "20"],
    ]
    assert [c.text for c in view["shares"].rows[0]] == ["Training", "42", "69.3 %", "1.1 %", "2.4 %"]
    assert len(view["shifts"].rows) == 2
    assert view["warning"] is None


def test_sites_that_go_with_classes_are_told_in_words(content):
    skewed = [
        {"site": name, "n_patients": 30, "n_high": n, "n_low": 30 - n}
        for name, n in zip(NAMES, (22, 8), strict=True)
    ]
    assert "p = .021)" in viewed(content, counts=skewed, p_confounding=0.0214)["warning"]
    whole = [
        {"site": name, "n_patients": 30, "n_high": n, "n_low": 30 - n}
        for name, n in zip(NAMES, (30, 8), strict=True)
    ]
    assert "one class only: GE SIGNA HDXT 3 T" in viewed(content, counts=whole, p_confounding=1e-9)["warning"]


def test_the_methods_text_says_what_was_done(content):
    told = harmonised(replace(content, harmonisation=record()))
    assert told.startswith(
        "The means and variances of 6,710 features were harmonised between 2 sites, told by the scanner"
    )
    only = record(settings={"site": "centre", "unknown_sites": "refuse", "location_only": True})
    assert "The means of 6,710" in harmonised(replace(content, harmonisation=only))
    assert "told by the column centre" in harmonised(replace(content, harmonisation=only))
    assert harmonised(content) == harmonised(replace(content, harmonisation=record(known={"A": 9}))) == ""


def test_a_site_without_shifts_is_marked(content):
    view = viewed(content, known={NAMES[0]: 20})
    assert not view["is_harmonised"]
    assert view["sites"].rows[1][-1].mark == "not harmonised"


def test_the_picture_holds_every_patient_of_both_panels(content):
    panels = site_panels(replace(content, harmonisation=record()))
    assert (len(panels.before.frame), len(panels.after.frame)) == (8, 8)
    assert panels.before.explained == (0.4, 0.1)
    assert site_panels(replace(content, harmonisation=record(components=None))) is None
