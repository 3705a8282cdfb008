"""A radiologist at the keyboard, in Debian's Chromium."""

from __future__ import annotations

import csv
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOTS = os.environ.get("TILSCOPE_SCREENSHOTS")  # a folder, for the eye

pytestmark = pytest.mark.slow


def _load(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def small_study() -> ModuleType:
    return _load("small_study_for_browser", ROOT / "tests" / "unit" / "review" / "small_study.py")


@pytest.fixture
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        if os.environ.get("TILSCOPE_REQUIRE_ALL") == "1" or os.environ.get("CI") == "true":
            pytest.fail("required here, but no Chromium is installed")
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser.new_page(viewport={"width": 1440, "height": 900})
        finally:
            browser.close()


def _shoot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def test_two_patients_are_rated_from_the_keyboard(page: Any, small_study: ModuleType, tmp_path: Path) -> None:
    study = small_study.make_study(tmp_path)
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: problems.append(str(e)))
    page.on("dialog", lambda d: problems.append(d.message))
    page.on("request", lambda r: None if r.url.startswith("http://127.0.0.1:") else problems.append(r.url))
    with small_study.running(study) as server:
        page.goto(server.one_use_url())
        page.wait_for_selector("#continue:focus")
        assert "token" not in page.url
        _shoot(page, "overview")
        page.keyboard.press("Enter")
        page.wait_for_url("**/patients/sub-a1")
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**/patients/sub-b2")
        page.keyboard.press("ArrowLeft")
        page.wait_for_url("**/patients/sub-a1")

        page.keyboard.press("f")
        assert page.get_attribute(".flicker", "data-frame") == "1"
        page.click(".flicker-tools button:has-text('post2')")
        page.keyboard.press("f")
        assert page.get_attribute(".flicker", "data-frame") == "2"
        assert page.locator(".flicker img:visible").get_attribute("src").endswith("flicker-post2.png")
        page.keyboard.press("a")
        page.wait_for_url("**/patients/sub-b2")
        assert page.inner_text("#progress-text") == "1 of 4 rated"
        page.keyboard.press("r")
        page.wait_for_selector("#note:focus")
        assert page.inner_text("#progress-text") == "2 of 4 rated"
        page.keyboard.type("axe of rim <b>too</b> large")  # letters that are keys elsewhere
        _shoot(page, "patient")
        page.keyboard.press("Enter")
        page.wait_for_url("**/patients/sub-c3")
        assert page.evaluate("Array.from(document.images).every(i => i.complete && i.naturalWidth > 0)")

    with (study.derivatives / "review" / "ratings.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert [(r["participant_id"], r["rating"], r["note"]) for r in rows] == [
        ("sub-a1", "accept", ""),
        ("sub-b2", "redraw", "axe of rim <b>too</b> large"),
    ]
    assert abs((date.today() - date.fromisoformat(rows[0]["reviewed_on"])).days) <= 1
    assert problems == []


def test_it_can_be_switched_off_seen_in_the_dark_and_stopped(
    page: Any, small_study: ModuleType, tmp_path: Path
) -> None:
    study = small_study.make_study(tmp_path, ("sub-a1", "sub-b2"))
    with small_study.running(study) as server:
        page.emulate_media(color_scheme="dark")
        page.goto(server.url)
        page.wait_for_selector("#continue")
        page.goto(f"http://127.0.0.1:{server.port}/patients/sub-b2")
        _shoot(page, "patient-dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 29)"
        page.click("button.zoom >> nth=0")
        _shoot(page, "zoomed")
        page.uncheck("#shortcuts")
        page.keyboard.press("x")
        page.reload()
        assert not page.is_checked("#shortcuts")
        page.keyboard.press("ArrowLeft")
        page.goto(f"http://127.0.0.1:{server.port}/patients/{small_study.QUARANTINED}")
        _shoot(page, "quarantined-dark")
        page.goto(f"http://127.0.0.1:{server.port}/patients/sub-b2")
        page.set_viewport_size({"width": 420, "height": 850})
        _shoot(page, "narrow-dark")
        assert page.evaluate("document.documentElement.scrollWidth") <= 420
        assert page.inner_text("#progress-text") == "0 of 2 rated"
    page.click("button[data-rating=exclude]")
    page.wait_for_selector("#problem:has-text('server has stopped')")
    assert not (study.derivatives / "review" / "ratings.tsv").exists()
