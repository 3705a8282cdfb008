"""Expression scales brought to log2, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tilscope.biology.expression.scale import log2_scale
from tilscope.vocabulary import ExpressionError


def test_counts_become_log2_of_effective_counts_per_million_plus_one() -> None:
    # two genes take up reads of sample b; the other 18 have 100 in both samples
    counts = pd.DataFrame({"a": [100.0] * 19 + [0.0], "b": [1000.0] * 2 + [100.0] * 17 + [0.0]})
    counts.index = [f"G{k}" for k in range(20)]
    values, offset, notes = log2_scale(counts, "counts")
    # libraries of 1,900 and 3,700, whose effective sizes are both their geometric mean 2651.415
    shared = values.loc["G2":"G18"]
    np.testing.assert_allclose(shared, np.log2(100e6 / 2651.415 + 1), rtol=1e-7)
    assert values.loc["G0", "b"] - values.loc["G0", "a"] == pytest.approx(np.log2(10), abs=1e-4)
    assert values.loc["G19"].tolist() == [0.0, 0.0]
    assert offset == 1.0
    assert "counts per million" in notes[0]
    assert "not divided by the genes' lengths" in notes[0]


def test_linear_values_and_log_values() -> None:
    linear = pd.DataFrame({"a": [0.0, 3.0]}, index=["G1", "G2"])
    assert log2_scale(linear, "linear")[0]["a"].tolist() == [0.0, 2.0]
    assert log2_scale(linear, "log2")[0].equals(linear)
    assert log2_scale(linear, "ratio")[1] == 0.0


def test_an_empty_sample_is_refused() -> None:
    counts = pd.DataFrame({"a": [1.0, 3.0], "b": [0.0, 0.0]}, index=["G1", "G2"])
    with pytest.raises(ExpressionError, match=r"TAB-56.*b"):
        log2_scale(counts, "counts")
