"""study.toml: templates, profiles, and one clear line for every mistake."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tilscope.study import PROFILES, StudySettings, create_study, load_settings, parse_settings, template
from tilscope.vocabulary import SettingsError, StudyError


@pytest.mark.parametrize("profile", PROFILES)
def test_template_is_valid_and_says_nothing_but_the_defaults(profile: str) -> None:
    text = template(profile, 'A "quoted" study')
    assert parse_settings(tomllib.loads(text)) == parse_settings(
        {"profile": profile, "cohort": {"name": 'A "quoted" study'}}
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_every_commented_value_is_the_one_in_force(profile: str) -> None:
    text = template(profile)
    lines = [line for line in text.splitlines() if "(unset)" not in line]
    opened = re.sub(r"^# (?=[a-z_]+ = )", "", "\n".join(lines), flags=re.M)
    assert parse_settings(tomllib.loads(opened)) == parse_settings(tomllib.loads(text))


def test_every_setting_is_described() -> None:
    for table, field in StudySettings.model_fields.items():
        model = field.annotation
        for name, inner in getattr(model, "model_fields", {}).items():
            assert inner.description, f"{table}.{name} has no description"


def test_profiles_differ_where_the_paper_does() -> None:
    paper, today = parse_settings({"profile": "paper-2022"}), parse_settings({})
    assert (paper.registration.method, today.registration.method) == ("syn", "greedy")
    assert paper.normalisation.scope == "image"
    assert paper.normalisation.statistics == "per-phase"


def test_a_given_key_wins_over_the_profile() -> None:
    given = {"profile": "paper-2022", "registration": {"method": "none"}}
    assert parse_settings(given).registration.method == "none"


@pytest.mark.parametrize(
    ("given", "rule", "told"),
    [
        ({"registraton": {}}, "SET-02", "'registration'"),
        ({"registration": {"metod": "syn"}}, "SET-02", "'registration.method'"),
        ({"radiomics": {"bin_width": -1}}, "SET-03", "greater than 0"),
        ({"radiomics": {"bin_width": "wide"}}, "SET-03", "a valid number"),
        ({"selection": {"alpha": "lasso"}}, "SET-03", "'selection.alpha', found 'lasso'"),
        ({"profile": "paper-2023"}, "SET-03", "'recommended' or 'paper-2022'"),
        ({"split": {"til_threshold_percent": 120}}, "SET-03", "less than or equal to 100"),
    ],
)
def test_mistakes_name_key_and_expectation(given: dict[str, object], rule: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(given)
    assert caught.value.rule == rule
    assert told in str(caught.value)
    assert "study.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_toml_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text("profile = recommended\n")
    with pytest.raises(SettingsError, match=r"SET-01: study\.toml: .*line 1"):
        load_settings(file)


def test_a_new_study_never_overwrites(tmp_path: Path) -> None:
    create_study(tmp_path / "study")
    with pytest.raises(StudyError, match="RUN-75"):
        create_study(tmp_path / "study")
