"""The F law on log scales and the root finder, against R (tests/reference/biology)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.biology.differential.f_distribution import log_density, log_tail, quantile_of_log
from tilscope.biology.differential.root import find_root

REFERENCE = Path(__file__).parents[2] / "reference" / "biology"
FUNCTIONS = {
    "cosine": (lambda x: np.cos(x) - x, 0.0, 1.0),
    "cubic": (lambda x: x**3 - 2 * x - 5, 2.0, 3.0),
    "flat": (lambda x: (x - 0.3) ** 9, 0.0, 1.0),
}


@pytest.fixture(scope="module")
def grid():
    return pd.read_csv(REFERENCE / "f_expected.csv")


def test_log_tails_and_density_equal_r(grid):
    # tails reach e-60000, far below the smallest double
    for (df1, df2), rows in grid.groupby(["df1", "df2"]):
        x = rows["x"].to_numpy()
        found = log_density(x, df1, df2), log_tail(x, df1, df2, "upper"), log_tail(x, df1, df2, "lower")
        for values, column in zip(found, ("log_density", "log_upper", "log_lower"), strict=True):
            known = np.isfinite(rows[column].to_numpy())  # R itself returns -inf for some
            np.testing.assert_allclose(
                values[known],
                rows[column][known],
                rtol=1e-11,
                atol=0 if "log_u" in column else 1e-13,
                err_msg=f"{df1} {df2} {column}",
            )


@pytest.mark.parametrize("tail", ["upper", "lower"])
def test_quantiles_invert_the_tails_of_r(grid, tail):
    logs = grid[f"log_{tail}"]
    # close to 0 the log tail does not tell x any more; beyond e-10000 x leaves the range of variances
    for (df1, df2), rows in grid[(logs < -1e-3) & (logs > -1e4)].groupby(["df1", "df2"]):
        found = quantile_of_log(rows[f"log_{tail}"].to_numpy(), df1, df2, tail)
        np.testing.assert_allclose(found, rows["x"], rtol=1e-9, err_msg=f"{df1} {df2}")


@pytest.mark.parametrize("case", FUNCTIONS)
def test_root_is_the_one_where_uniroot_stops(case):
    expected = pd.read_csv(REFERENCE / "uniroot_expected.csv", index_col="case").loc[case]
    function, low, high = FUNCTIONS[case]
    root = find_root(function, (low, function(low)), (high, function(high)), expected["tolerance"])
    assert root == pytest.approx(expected["root"], rel=1e-13)


def test_a_root_at_an_end_is_found():
    assert find_root(lambda x: x, (0.0, 0.0), (1.0, 1.0), 1e-8) == 0
    assert find_root(lambda x: x - 1, (0.0, -1.0), (1.0, 0.0), 1e-8) == 1
