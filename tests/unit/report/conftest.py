"""One whole study with its report, made once."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tilscope import figures
from tilscope.report import build
from tilscope.report.pages import PAGES
from tilscope.study import Study


def read_pages(first: Path) -> str:
    """Return all pages of a report, one after the other in the order of the list of pages."""
    files = [first.with_name(f"{page.name}.html") for page in PAGES]
    return "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())


@pytest.fixture(scope="session")
def whole() -> Callable[[Path], str]:
    return read_pages


@pytest.fixture(scope="session")
def report_study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("report_study", Path(__file__).with_name("report_study.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def study(report_study: ModuleType, made_once: Callable[[str, Callable[[Path], object]], Path]) -> Study:
    def fill(folder: Path) -> None:
        folder.mkdir()
        build(report_study.make_study(folder, n=20, pictures=1))

    return Study(made_once("report", fill))


@pytest.fixture(scope="session")
def page(study: Study) -> str:
    return read_pages(study.report_file)


@pytest.fixture
def blank_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the cohort figures empty: drawing them is nine tenths of the time of a report, and `study` has them."""
    monkeypatch.setattr(
        figures, "render_formats", lambda _f, _r, formats, **_more: dict.fromkeys(formats, b"")
    )
