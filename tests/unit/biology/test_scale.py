"""Expression scales brought to log2, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from tilscope.biology.expression.scale import log2_scale
from tilscope.vocabulary import ExpressionError


def test_counts_become_log2_of_counts_per_million_plus_one() -> None:
    counts = pd.DataFrame({"a": [1, 3], "b": [0, 8]}, index=["G1", "G2"], dtype=float)
    values, offset, notes = log2_scale(counts, "counts")
    # a: 250,000 and 750,000 per million; b: 0 and 1,000,000
    assert values.loc["G1", "a"] == pytest.approx(17.93157, abs=1e-5)
    assert values.loc["G1", "b"] == 0.0
    assert values.loc["G2", "b"] == pytest.approx(19.93157, abs=1e-5)
    assert offset == 1.0
    assert "counts per million" in notes[0]


def test_linear_values_and_log_values() -> None:
    linear = pd.DataFrame({"a": [0.0, 3.0]}, index=["G1", "G2"])
    assert log2_scale(linear, "linear")[0]["a"].tolist() == [0.0, 2.0]
    assert log2_scale(linear, "log2")[0].equals(linear)
    assert log2_scale(linear, "ratio")[1] == 0.0


def test_an_empty_sample_is_refused() -> None:
    counts = pd.DataFrame({"a": [1.0, 3.0], "b": [0.0, 0.0]}, index=["G1", "G2"])
    with pytest.raises(ExpressionError, match=r"TAB-56.*b"):
        log2_scale(counts, "counts")
