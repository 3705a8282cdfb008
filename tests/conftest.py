"""Shared fixtures: a fixed random generator and the door to the real data."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

REQUIRE_ALL = os.environ.get("TILSCOPE_REQUIRE_ALL") == "1" or os.environ.get("CI") == "true"
DATA = Path(os.environ.get("TILSCOPE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))

# Files that take minutes start first, so that at the end no worker is left alone with one.
LONGEST = ("test_demo.py", "test_commands.py", "test_rereading.py", "test_reruns.py", "test_honesty.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order within a file stays."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def skip_or_fail(reason: str) -> None:
    """Skip on a user's machine; fail where everything is required (CI)."""
    if REQUIRE_ALL:
        pytest.fail(f"required here, but {reason}")
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Where everything is required, a test that was skipped has failed."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where everything is required: {item.nodeid}: {report.longrepr}"
    return report


@pytest.fixture
def rng() -> np.random.Generator:
    """The only source of randomness in tests."""
    return np.random.default_rng(20220922)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Return a maker of folders that costs once, however many workers ask for it: each gets a copy of its own."""

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        root = tmp_path_factory.getbasetemp()
        common = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / f"once-{name}"
        made, failed = common / "made", common / "failed"
        try:
            common.mkdir()
        except FileExistsError:
            while not made.exists():
                assert not failed.exists(), f"{name} could not be made by another worker"
                time.sleep(0.2)
        else:
            try:
                fill(common / "folder")
            except BaseException:
                failed.touch()
                raise
            made.touch()
        return Path(shutil.copytree(common / "folder", tmp_path_factory.mktemp(name) / f"folder-of-{name}"))

    return make


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data that is not in the repository (see CONTRIBUTING)."""
    if not DATA.is_dir():
        skip_or_fail(f"the folder of real data is missing ({DATA.name}); set TILSCOPE_TEST_DATA")
    return DATA
