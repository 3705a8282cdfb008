"""Fixtures of the review room; the helpers are a plain file beside this one."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tilscope.study import Study


def _helpers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("small_study", Path(__file__).with_name("small_study.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


HELPERS = _helpers()


@pytest.fixture(scope="session")
def small_study() -> ModuleType:
    """Constants and makers of the small study."""
    return HELPERS


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small study of this module's tests."""
    return HELPERS.make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture
def study(drawn: Study) -> Iterator[Study]:
    """The small study without ratings."""
    yield drawn
    (drawn.derivatives / "review" / "ratings.tsv").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def server(drawn: Study) -> Iterator[Any]:
    """A server of the small study."""
    with HELPERS.running(drawn, body_seconds=0.5) as running:
        yield running


@pytest.fixture
def visitor(server: Any, study: Study) -> Any:
    """A visitor who has entered; no ratings yet."""
    return HELPERS.Visitor(server).enter()


@pytest.fixture
def stranger(server: Any) -> Any:
    """A visitor who has not."""
    return HELPERS.Visitor(server)
