"""The gallery of lifelike records, loaded once."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def gallery() -> ModuleType:
    spec = importlib.util.spec_from_file_location("figure_gallery", Path(__file__).with_name("gallery.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def examples(gallery: ModuleType) -> dict[str, object]:
    return gallery.examples()
