"""Room: preprocessing. Registration, bias field, z-score and enhancement, as pure functions over records."""

from tilscope.preprocessing.bias import BiasField, estimate_bias
from tilscope.preprocessing.bias_methods import BIAS_METHODS, BiasMethod
from tilscope.preprocessing.body import body_mask
from tilscope.preprocessing.engines import ENGINES, Engine
from tilscope.preprocessing.enhancement import EnhancementCurve, enhancement_curve, peak_phase
from tilscope.preprocessing.normalisation import Scaling, measure_scaling
from tilscope.preprocessing.registration import PhaseRegistration, Registration, register
from tilscope.preprocessing.settings import (
    PAPER_2022,
    BiasSettings,
    GreedySettings,
    N3Settings,
    N4Settings,
    NormalisationSettings,
    RegistrationSettings,
    SynSettings,
)

__all__ = [
    "BIAS_METHODS",
    "ENGINES",
    "PAPER_2022",
    "BiasField",
    "BiasMethod",
    "BiasSettings",
    "Engine",
    "EnhancementCurve",
    "GreedySettings",
    "N3Settings",
    "N4Settings",
    "NormalisationSettings",
    "PhaseRegistration",
    "Registration",
    "RegistrationSettings",
    "Scaling",
    "SynSettings",
    "body_mask",
    "enhancement_curve",
    "estimate_bias",
    "measure_scaling",
    "peak_phase",
    "register",
]
