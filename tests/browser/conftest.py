"""A report made once, and a headless Chromium that must not reach any network."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

REQUIRE_ALL = os.environ.get("TILSCOPE_REQUIRE_ALL") == "1" or os.environ.get("CI") == "true"
CHROMIUM = os.environ.get("TILSCOPE_CHROMIUM") or next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)


def skip_or_fail(reason: str) -> None:
    if REQUIRE_ALL:
        pytest.fail(f"required here, but {reason}")
    pytest.skip(reason)


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def report(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    from tilscope.report import build

    def fill(folder: Path) -> None:
        maker = load(Path(__file__).parents[1] / "unit" / "report" / "report_study.py")
        folder.mkdir()
        build(maker.make_study(folder, n=30, pictures=2))

    return made_once("browser", fill) / "report" / "index.html"


@pytest.fixture(
    scope="module"
)  # not longer: one thread can hold one Playwright, and other files start their own
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        skip_or_fail("playwright is not installed")
    if CHROMIUM is None:
        skip_or_fail("Chromium is missing (set TILSCOPE_CHROMIUM)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """One opened page, and everything that went wrong or left it."""

    page: Any
    folder: Path
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, name: str) -> Any:
        """Go to a page of the report and return the browser's page."""
        self.page.goto((self.folder / f"{name}.html").as_uri())
        return self.page


@pytest.fixture
def visit(browser: Any, report: Path) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    opened = Visit(page, report.parent)
    page.on("console", lambda message: opened.errors.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: opened.errors.append(str(error)))
    page.on("requestfailed", lambda request: opened.errors.append(f"failed: {request.url}"))
    page.on("request", lambda request: opened.requests.append(request.url))
    yield opened
    context.close()
