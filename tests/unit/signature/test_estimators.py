"""The scikit-learn faces of the room."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tilscope.signature import ElasticNetSelector, RadTilsClassifier, SelectionSettings, fit_signature

QUICK = SelectionSettings(n_lambda=40, n_folds=5, max_features=5)


def test_selector_selects_what_the_signature_uses(cohort):
    features, levels = cohort
    selector = ElasticNetSelector(QUICK).fit(features.values, (levels == "high").to_numpy())
    names = list(selector.get_feature_names_out())
    used = set(fit_signature(*cohort, QUICK).signature.feature_names)
    assert names == [name for name in features.values if name in used]
    assert selector.transform(features.values).shape == (80, len(names))
    assert selector.get_support().sum() == len(names)


def test_classifier_is_the_signature(cohort):
    features, levels = cohort
    model = clone(RadTilsClassifier(QUICK, random_state=3)).fit(features.values, levels)
    p = model.predict_proba(features.values)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(p[:, 0], model.fit_.training_scores)
    assert model.classes_.tolist() == ["high", "low"]
    assert set(model.predict(features.values)) == {"high", "low"}
    assert model.score(features.values, levels) > 0.7


def test_classifier_works_in_a_pipeline_on_arrays(cohort):
    features, levels = cohort
    y = (levels == "high").to_numpy(dtype=int)
    model = make_pipeline(StandardScaler(), RadTilsClassifier(QUICK)).fit(features.values.to_numpy(), y)
    assert model[-1].classes_.tolist() == [0, 1]
    assert model.score(features.values.to_numpy(), y) > 0.7
    with pytest.raises(ValueError, match="two classes"):
        RadTilsClassifier(QUICK).fit(features.values, np.zeros(80))


def test_heavy_packages_are_not_imported_before_they_are_needed():
    code = "import sys, tilscope.signature, tilscope.statistics; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"sklearn", "numba", "scipy", "statsmodels"} & set(found)
