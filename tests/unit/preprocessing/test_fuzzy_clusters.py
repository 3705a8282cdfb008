"""Fuzzy c-means against scipy's minimiser of the reduced objective, and against a case solved by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from tilscope.preprocessing import fuzzy_c_means


def reduced_objective(centres, values, m):
    """The objective with the memberships eliminated (Hathaway and Bezdek 1995, equation 6)."""
    squared = ((values[:, None, :] - centres.reshape(2, -1)) ** 2).sum(axis=-1)
    return float((np.sum(squared ** (1 / (1 - m)), axis=1) ** (1 - m)).sum())


@pytest.mark.parametrize("m", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("n_features", [1, 3])
def test_centres_minimise_the_objective(rng, m, n_features):
    values = np.concatenate([rng.normal(0, 1, (60, n_features)), rng.normal(6, 2, (25, n_features))])
    found = fuzzy_c_means(values, fuzziness=m, tolerance=1e-9)
    start = np.percentile(values, [11.3, 88.7], axis=0).ravel()
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20000, "maxfev": 20000}
    best = minimize(reduced_objective, start, (values, m), method="Nelder-Mead", options=options)
    np.testing.assert_allclose(found.centres.ravel(), best.x, atol=1e-5)
    assert found.objective == pytest.approx(best.fun, rel=1e-9)
    assert found.is_converged
    np.testing.assert_allclose(found.memberships.sum(axis=1), 1.0)


def test_four_values_by_hand():
    """-3, -1, 1, 3 with m = 2: by symmetry the centres are -c and c."""
    found = fuzzy_c_means(np.array([[-3.0], [-1.0], [1.0], [3.0]]), tolerance=1e-12)
    c = float(found.centres[1, 0])
    assert found.centres[0, 0] == pytest.approx(-c)
    # stationarity, written out for each value x: u = (x + c)^2 / (2 (x^2 + c^2)), then c = sum u^2 x / sum u^2
    u = {x: (x + c) ** 2 / (2 * (x**2 + c**2)) for x in (-3, -1, 1, 3)}
    assert c == pytest.approx(sum(u[x] ** 2 * x for x in u) / sum(u[x] ** 2 for x in u), abs=1e-10)
    np.testing.assert_allclose(found.memberships[:, 1], [u[x] for x in (-3, -1, 1, 3)])


def test_a_value_on_a_centre_belongs_to_it_alone():
    found = fuzzy_c_means(np.array([[0.0], [0.0], [8.0], [8.0]]))
    np.testing.assert_array_equal(found.centres[:, 0], [0.0, 8.0])
    np.testing.assert_array_equal(found.memberships, [[1, 0], [1, 0], [0, 1], [0, 1]])


def test_order_and_scale_do_not_matter(rng):
    values = np.concatenate([rng.normal(0, 1, (50, 1)), rng.normal(9, 1, (5, 1))])
    shuffled = rng.permutation(55)
    first, second = fuzzy_c_means(values), fuzzy_c_means(1000.0 * values[shuffled] + 7.0)
    np.testing.assert_allclose(1000.0 * first.centres + 7.0, second.centres, rtol=1e-9)
    np.testing.assert_allclose(first.memberships[shuffled], second.memberships, atol=1e-9)


def test_equal_values_cannot_be_divided():
    with pytest.raises(ValueError, match="cannot be divided"):
        fuzzy_c_means(np.ones((5, 1)))


def test_a_limit_of_iterations_is_told(rng):
    found = fuzzy_c_means(rng.normal(size=(50, 1)), max_iterations=1)
    assert not found.is_converged
    assert found.n_iterations == 1
