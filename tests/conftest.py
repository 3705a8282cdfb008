"""Shared fixtures: a fixed random generator and the door to the real data."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

REQUIRE_ALL = os.environ.get("TILSCOPE_REQUIRE_ALL") == "1" or os.environ.get("CI") == "true"
DATA = Path(os.environ.get("TILSCOPE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def skip_or_fail(reason: str) -> None:
    """Skip on a user's machine; fail where everything is required (CI)."""
    if REQUIRE_ALL:
        pytest.fail(f"required here, but {reason}")
    pytest.skip(reason)


@pytest.fixture
def rng() -> np.random.Generator:
    """The only source of randomness in tests."""
    return np.random.default_rng(20220922)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data that is not in the repository (see CONTRIBUTING)."""
    if not DATA.is_dir():
        skip_or_fail(f"the folder of real data is missing ({DATA.name}); set TILSCOPE_TEST_DATA")
    return DATA
