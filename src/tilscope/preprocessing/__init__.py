"""Room: preprocessing. Registration, bias field, z-score and enhancement, as pure functions over records."""

from tilscope.preprocessing.bias import BiasField, estimate_bias
from tilscope.preprocessing.bias_methods import BIAS_METHODS, BiasMethod
from tilscope.preprocessing.body import body_mask
from tilscope.preprocessing.engines import ENGINES, Engine
from tilscope.preprocessing.enhancement import EnhancementCurve, enhancement_curve, peak_phase
from tilscope.preprocessing.functional_volume import (
    FunctionalVolume,
    FunctionalVolumeSettings,
    functional_tumour_volume,
)
from tilscope.preprocessing.fuzzy_clusters import FuzzyClusters, fuzzy_c_means
from tilscope.preprocessing.index_box import IndexBox, box_of_corners, voxel_of_point
from tilscope.preprocessing.negative_controls import MovedRoi, moved_roi, shuffled_phases
from tilscope.preprocessing.normalisation import Scaling, measure_scaling
from tilscope.preprocessing.outlining import SegmentationSettings
from tilscope.preprocessing.registration import PhaseRegistration, Registration, register
from tilscope.preprocessing.segmentation import Segmentation, segment_from_seeds, segment_in_box
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
    "FunctionalVolume",
    "FunctionalVolumeSettings",
    "FuzzyClusters",
    "GreedySettings",
    "IndexBox",
    "MovedRoi",
    "N3Settings",
    "N4Settings",
    "NormalisationSettings",
    "PhaseRegistration",
    "Registration",
    "RegistrationSettings",
    "Scaling",
    "Segmentation",
    "SegmentationSettings",
    "SynSettings",
    "body_mask",
    "box_of_corners",
    "enhancement_curve",
    "estimate_bias",
    "functional_tumour_volume",
    "fuzzy_c_means",
    "measure_scaling",
    "moved_roi",
    "peak_phase",
    "register",
    "segment_from_seeds",
    "segment_in_box",
    "shuffled_phases",
    "voxel_of_point",
]
