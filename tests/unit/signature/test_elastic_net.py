"""The elastic net: against R glmnet, against its own optimality conditions, invariances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tilscope.signature import assign_folds, cv_elastic_net, elastic_net_path, fit_logistic
from tilscope.vocabulary import TableError

HERE = Path(__file__).parents[2] / "reference" / "signature"
PROBLEMS = pd.read_csv(HERE / "problems.csv").to_dict("records")
COEFFICIENT = 1e-6  # found: 1e-7, where glmnet at thresh 1e-20 stops itself


@pytest.mark.parametrize("q", PROBLEMS, ids=lambda q: q["name"])
def test_path_and_cross_validation_equal_glmnet(q, problem):
    x, y, folds = problem(q["n"], q["p"], q["n_folds"], q["seed"], q["bias"])
    found = cv_elastic_net(x, y, q["alpha"], folds)
    path = pd.read_csv(HERE / f"{q['name']}_path.csv")
    assert found.lambdas.size == len(path)
    np.testing.assert_allclose(found.lambdas, path["lambda"], rtol=1e-10)
    first = 1 if q["alpha"] == 0 else 0  # ridge: glmnet's first model is of 1e-37, ours is empty
    np.testing.assert_array_equal(found.n_selected[first:], path["n_selected"][first:])
    np.testing.assert_allclose(found.intercepts, path["intercept"], rtol=COEFFICIENT, atol=COEFFICIENT)
    np.testing.assert_allclose(found.explained_deviance, path["explained"], atol=COEFFICIENT)
    np.testing.assert_allclose(found.mean_deviance, path["cvm"], atol=COEFFICIENT)
    np.testing.assert_allclose(found.sd_deviance, path["cvsd"], atol=COEFFICIENT)
    assert found.index_min == int(path["is_min"].argmax())
    assert found.index_1se == int(path["is_1se"].argmax())
    expected = pd.read_csv(HERE / f"{q['name']}_coefficients.csv")
    dense = np.zeros_like(found.coefficients)
    dense[expected["position"], expected["feature"]] = expected["coefficient"]
    rows = np.arange(0, len(path), q["every"])
    dense[np.abs(dense) < 1e-30] = 0.0
    np.testing.assert_array_equal(found.coefficients[rows] != 0, dense[rows] != 0)
    np.testing.assert_allclose(found.coefficients[rows], dense[rows], rtol=COEFFICIENT, atol=COEFFICIENT)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_every_model_of_the_path_is_optimal(alpha, problem):
    x, y, _ = problem(50, 70, 5, 99, 0.3)
    path = elastic_net_path(x, y, alpha, 40)
    assert path.has_converged
    scale = np.where(x.std(axis=0) > 0, x.std(axis=0), 1)
    z = (x - x.mean(axis=0)) / scale
    for lam, b0, b in list(zip(path.lambdas, path.intercepts, path.coefficients, strict=True))[1:]:
        residual = y - 1 / (1 + np.exp(-(b0 + x @ b)))
        gradient = z.T @ residual / y.size - lam * (1 - alpha) * b * scale
        inside = b != 0
        assert abs(residual.mean()) < 1e-8
        np.testing.assert_allclose(gradient[inside], lam * alpha * np.sign(b[inside]), atol=1e-7)
        assert (np.abs(gradient[~inside]) <= lam * alpha + 1e-8).all()


def test_order_of_patients_and_scale_of_features_do_not_matter(problem, rng):
    x, y, folds = problem(60, 40, 6, 7, 0.3)
    plain = cv_elastic_net(x, y, 0.5, folds)
    order = rng.permutation(60)
    shuffled = cv_elastic_net(x[order], y[order], 0.5, folds[order])
    np.testing.assert_allclose(shuffled.coefficients, plain.coefficients, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(shuffled.mean_deviance, plain.mean_deviance, atol=1e-9)
    factor = np.exp(rng.normal(size=40))
    scaled = elastic_net_path(x * factor + 5, y, 0.5)
    np.testing.assert_allclose(scaled.coefficients * factor, plain.coefficients, rtol=1e-6, atol=1e-9)
    turned = elastic_net_path(x, 1 - y, 0.5)
    np.testing.assert_allclose(turned.coefficients, -plain.coefficients, rtol=1e-6, atol=1e-9)


def test_copies_of_a_feature_share_with_a_ridge_part_and_stay_out_of_the_lasso(problem):
    x, y, _ = problem(40, 12, 5, 21, 0.3)
    alone = elastic_net_path(x, y, 1.0)
    twice = elastic_net_path(np.column_stack([x, x[:, 0], -x[:, 0]]), y, 1.0)
    assert (alone.coefficients[:, 0] != 0).any()
    assert (twice.coefficients[:, 12:] == 0).all()
    np.testing.assert_allclose(twice.coefficients[:, :12], alone.coefficients, rtol=1e-6, atol=1e-8)
    shared = elastic_net_path(np.column_stack([x, x[:, 0]]), y, 0.5)
    np.testing.assert_allclose(shared.coefficients[:, 0], shared.coefficients[:, 12], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_large_jumps_of_the_penalty_end_at_the_optimum(alpha, seed):
    """Few patients, separated or collinear: Newton steps alone go too far, and coordinate descent takes over."""
    rng = np.random.default_rng(seed)
    x = np.round(2 * rng.normal(size=(18, 11)) ** 3) / 2
    x[:, 4] = x[:, 2] + x[:, 3]
    y = (x[:, 0] + 0.1 * rng.normal(size=18) > 0).astype(float)
    path = elastic_net_path(x, y, alpha, lambdas=[1.0, 0.03, 0.001])
    assert path.has_converged
    sd = x.std(axis=0)
    z = (x - x.mean(axis=0)) / sd
    for lam, b0, b in zip(path.lambdas, path.intercepts, path.coefficients, strict=True):
        residual = y - 1 / (1 + np.exp(-(b0 + x @ b)))
        gradient = z.T @ residual / y.size - lam * (1 - alpha) * b * sd
        assert abs(residual.mean()) < 1e-8
        np.testing.assert_allclose(gradient[b != 0], lam * alpha * np.sign(b[b != 0]), atol=1e-7)
        assert (np.abs(gradient) <= lam * alpha + 1e-7).all()


def test_given_penalties_are_fitted_as_they_are(problem):
    x, y, _ = problem(60, 20, 6, 8, 0.3)
    path = elastic_net_path(x, y, 0.5)
    some = elastic_net_path(x, y, 0.5, lambdas=path.lambdas[[30, 10, 20]])
    np.testing.assert_allclose(some.coefficients, path.coefficients[[10, 20, 30]], atol=1e-7)


def test_nothing_varies_gives_one_empty_model():
    path = elastic_net_path(np.full((10, 3), 2.5), np.arange(10) % 2)
    assert path.lambdas.tolist() == [0.0]
    assert path.n_selected.tolist() == [0]
    assert path.intercepts[0] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("x", "y", "rule"),
    [
        ([[1.0, np.nan], [2.0, 3.0]], [0, 1], "TAB-55"),
        ([[1.0], [2.0]], [1, 1], "TAB-60"),
        ([[1.0], [2.0]], [1, 2], "TAB-60"),
        ([[1.0], [2.0]], [0, 1, 1], "TAB-60"),
    ],
)
def test_unusable_problems_are_refused(x, y, rule):
    with pytest.raises(TableError) as caught:
        elastic_net_path(x, y)
    assert caught.value.rule == rule


def test_folds_that_leave_one_class_are_refused(problem):
    x, y, _ = problem(30, 5, 3, 3, 0.3)
    y = np.zeros(30)
    y[:3] = 1
    folds = np.repeat([0, 1, 2], 10)
    with pytest.raises(TableError, match="both classes"):
        cv_elastic_net(x, y, fold_ids=folds)
    with pytest.raises(TableError, match="at least 3"):
        cv_elastic_net(x, y, fold_ids=np.arange(30) % 2)


def test_folds_spread_each_class(rng):
    y = np.array([1] * 23 + [0] * 17)
    folds = assign_folds(y, 5, rng)
    assert np.bincount(folds).tolist() == [8] * 5
    assert set(np.bincount(folds[y == 1])) <= {4, 5}
    assert (
        assign_folds(y, 5, np.random.default_rng(1)) == assign_folds(y, 5, np.random.default_rng(1))
    ).all()


def test_logistic_regression_equals_glm(problem):
    x, y, _ = problem(98, 3, 10, 41, 0.3)
    fit = fit_logistic(x, y)
    expected = pd.read_csv(HERE / "logistic_expected.csv")["coefficient"]
    np.testing.assert_allclose([fit.intercept, *fit.coefficients], expected, rtol=1e-7)


@pytest.mark.parametrize(
    ("x", "y", "problem_name"),
    [
        ([[1.0], [2.0], [3.0], [4.0]], [0, 0, 1, 1], "separated"),
        ([[1.0], [2.0], [2.0], [3.0]], [0, 0, 1, 1], "separated"),  # quasi: two patients share the border
        ([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]], [0, 1, 0, 1], "collinear"),
        ([[1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1], None),
    ],
)
def test_separation_and_collinearity_are_seen(x, y, problem_name):
    assert fit_logistic(np.array(x), np.array(y, dtype=float)).problem == problem_name
