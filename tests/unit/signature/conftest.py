"""Problems that R and Python both make, and a small cohort with a planted truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tilscope.vocabulary import FeatureTable


def uniforms(n: int, seed: int) -> np.ndarray:
    """Park and Miller's generator; the recipe in tests/reference/signature makes the same numbers."""
    values, state = np.empty(n), seed
    for i in range(n):
        state = (16807 * state) % 2147483647
        values[i] = state / 2147483647
    return values


def make_problem(n, p, n_folds, seed, bias):
    u = uniforms(n * p + 6 * n, seed)
    factors = u[: 5 * n].reshape(5, n).T
    x = u[6 * n :].reshape(p, n).T.copy()
    for j in range(p):
        x[:, j] += factors[:, j % 5] * 0.75
    if p > 3:
        x[:, 2] *= 1000
    if p > 4:
        x[:, 3] = 2.5
    y = (factors[:, 0] - factors[:, 1] + u[5 * n : 6 * n] * 0.5 > bias).astype(float)
    return x, y, np.arange(n) % n_folds


@pytest.fixture
def problem():
    return make_problem


@pytest.fixture
def cohort(rng):
    """80 participants, 60 features, of which f0 (up) and f1 (down) tell high from low TILs."""
    index = pd.Index([f"sub-{i:03d}" for i in range(80)], name="participant_id")
    values = pd.DataFrame(rng.normal(size=(80, 60)), index=index, columns=[f"f{i}" for i in range(60)])
    truth = values["f0"] - values["f1"] + rng.normal(scale=0.8, size=80)
    levels = pd.Series(np.where(truth > 0, "high", "low"), index=index, dtype="str")
    return FeatureTable(values, settings_hash="abc"), levels
