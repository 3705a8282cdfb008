"""Room: signature. Split, elastic net, logistic score, evaluation, frozen signatures."""

from tilscope.signature.cross_validation import CvElasticNet, assign_folds, cv_elastic_net
from tilscope.signature.elastic_net import ElasticNetPath, elastic_net_path
from tilscope.signature.fit import SignatureFit, fit_signature
from tilscope.signature.levels import stratified_split, til_level
from tilscope.signature.logistic import LogisticFit, fit_logistic
from tilscope.signature.performance import Performance, evaluate
from tilscope.signature.record import CohortSummary, Signature, SignatureFeature
from tilscope.signature.screening import screen_features
from tilscope.signature.settings import SelectionSettings, SplitSettings

__all__ = [
    "CohortSummary",
    "CvElasticNet",
    "ElasticNetPath",
    "LogisticFit",
    "Performance",
    "SelectionSettings",
    "Signature",
    "SignatureFeature",
    "SignatureFit",
    "SplitSettings",
    "assign_folds",
    "cv_elastic_net",
    "elastic_net_path",
    "evaluate",
    "fit_logistic",
    "fit_signature",
    "screen_features",
    "stratified_split",
    "til_level",
]
