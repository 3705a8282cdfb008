"""Phantoms shared by the tests of this room."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from breast_pair import AXIAL, OBLIQUE, SAGITTAL, make_pair

SMALL: dict[str, Any] = {"shape": (38, 56, 56), "spacing_mm": (2.0, 1.8, 1.8), "diameter_mm": 18.0}
DIRECTIONS = {"axial": AXIAL, "sagittal": SAGITTAL, "oblique": OBLIQUE}


@pytest.fixture(scope="session")
def small_pair() -> Callable[..., Any]:
    """``small_pair(direction="axial", **kwargs)``: a phantom small enough for tests, made once."""

    @cache
    def make(direction: str = "axial", **kwargs: Any) -> Any:
        return make_pair(3, direction=DIRECTIONS[direction], **{**SMALL, **kwargs})

    return make
