"""Settings, tuples of records and lazy imports."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pydantic
import pytest

from tilscope.preprocessing import (
    BIAS_METHODS,
    ENGINES,
    PAPER_2022,
    BiasSettings,
    GreedySettings,
    N3Settings,
    N4Settings,
    NormalisationSettings,
    RegistrationSettings,
    SynSettings,
)
from tilscope.preprocessing.settings import BiasName, MethodName

GROUPS = {"registration": RegistrationSettings, "bias": BiasSettings, "normalisation": NormalisationSettings}
ALL = (*GROUPS.values(), GreedySettings, SynSettings, N3Settings, N4Settings)


def test_the_names_in_the_settings_are_those_of_the_tuples():
    assert {e.name for e in ENGINES} == set(get_args(MethodName))
    assert {m.name for m in BIAS_METHODS} == set(get_args(BiasName))
    assert all(record.description and record.limits for record in (*ENGINES, *BIAS_METHODS))


@pytest.mark.parametrize("group", ALL)
def test_every_field_is_described(group):
    assert all(field.description for field in group.model_fields.values())


def test_the_profile_of_the_paper_is_valid():
    chosen = {name: group(**PAPER_2022[name]) for name, group in GROUPS.items()}
    assert chosen["registration"].method == "syn"
    assert (chosen["normalisation"].scope, chosen["normalisation"].statistics) == ("image", "per-phase")


def test_unknown_keys_and_bad_values_are_refused():
    for bad in ({"method": "bspline"}, {"marginmm": 25.0}, {"margin_mm": -1.0}, {"seed": 0}):
        with pytest.raises(pydantic.ValidationError):
            RegistrationSettings(**bad)


def test_heavy_packages_are_imported_late():
    code = (
        "import sys, tilscope.preprocessing; "
        "print({'ants', 'picsl_greedy', 'SimpleITK', 'matplotlib'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
