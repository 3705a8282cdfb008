"""Room: signature. Split, elastic net, logistic score, evaluation, frozen signatures.

``ElasticNetSelector`` and ``RadTilsClassifier`` are scikit-learn estimators; scikit-learn is imported when
one of them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tilscope.signature.alpha_grid import CvElasticNetGrid, cv_elastic_net_grid
from tilscope.signature.baselines import BaselineFit, ClinicalColumns, baseline_scores, clinical_columns
from tilscope.signature.cross_validation import CvElasticNet, assign_folds, cv_elastic_net
from tilscope.signature.elastic_net import ElasticNetPath, elastic_net_path
from tilscope.signature.evaluation_settings import PAPER_2022_EVALUATION, EvaluationSettings
from tilscope.signature.fit import SignatureFit, fit_signature
from tilscope.signature.harmonisation import (
    Harmonisation,
    HarmonisationSettings,
    fit_harmonisation,
    without_unknown_sites,
)
from tilscope.signature.honesty import HonestySettings
from tilscope.signature.leaks import LeakProof, prove_no_leak
from tilscope.signature.levels import stratified_split, til_level
from tilscope.signature.logistic import LogisticFit, fit_logistic
from tilscope.signature.nested import NestedValidation, nested_validation
from tilscope.signature.other_cohort import FeatureShift, feature_shifts, holds_training_patients
from tilscope.signature.parts import Background, CohortSummary, SelectionSummary, SignatureFeature
from tilscope.signature.performance import Performance, evaluate
from tilscope.signature.permutation import PermutationResult, permutation_test
from tilscope.signature.preparing import Preparation, Prepared, prepare
from tilscope.signature.published import PUBLISHED, published_signature
from tilscope.signature.record import UNKNOWN_SETTINGS, Signature
from tilscope.signature.repeated_splits import RepeatedSplits, repeated_splits
from tilscope.signature.reproducibility import (
    Irreproducible,
    Rereading,
    find_irreproducible,
    reproducibility_table,
)
from tilscope.signature.reproducibility_settings import ReproducibilitySettings
from tilscope.signature.roles import Fitted, fitted, refuse_other_roles
from tilscope.signature.screening import screen_features
from tilscope.signature.settings import SelectionSettings, SplitSettings
from tilscope.signature.stability import StabilitySelection, draw_resamples, stability_selection
from tilscope.signature.whole_fit import WholeFit

if TYPE_CHECKING:
    from tilscope.signature.estimators import ElasticNetSelector, RadTilsClassifier

__all__ = [
    "PAPER_2022_EVALUATION",
    "PUBLISHED",
    "UNKNOWN_SETTINGS",
    "Background",
    "BaselineFit",
    "ClinicalColumns",
    "CohortSummary",
    "CvElasticNet",
    "CvElasticNetGrid",
    "ElasticNetPath",
    "ElasticNetSelector",
    "EvaluationSettings",
    "FeatureShift",
    "Fitted",
    "Harmonisation",
    "HarmonisationSettings",
    "HonestySettings",
    "Irreproducible",
    "LeakProof",
    "LogisticFit",
    "NestedValidation",
    "Performance",
    "PermutationResult",
    "Preparation",
    "Prepared",
    "RadTilsClassifier",
    "RepeatedSplits",
    "ReproducibilitySettings",
    "Rereading",
    "SelectionSettings",
    "SelectionSummary",
    "Signature",
    "SignatureFeature",
    "SignatureFit",
    "SplitSettings",
    "StabilitySelection",
    "WholeFit",
    "assign_folds",
    "baseline_scores",
    "clinical_columns",
    "cv_elastic_net",
    "cv_elastic_net_grid",
    "draw_resamples",
    "elastic_net_path",
    "evaluate",
    "feature_shifts",
    "find_irreproducible",
    "fit_harmonisation",
    "fit_logistic",
    "fit_signature",
    "fitted",
    "holds_training_patients",
    "nested_validation",
    "permutation_test",
    "prepare",
    "prove_no_leak",
    "published_signature",
    "refuse_other_roles",
    "repeated_splits",
    "reproducibility_table",
    "screen_features",
    "stability_selection",
    "stratified_split",
    "til_level",
    "without_unknown_sites",
]


def __getattr__(name: str) -> Any:
    if name in ("ElasticNetSelector", "RadTilsClassifier"):
        from tilscope.signature import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
