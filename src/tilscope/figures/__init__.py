"""One file per figure: each draws a frozen record and computes nothing.

``FIGURES`` is the table of contents; ``render(figure, record, format)`` gives the bytes of a PNG, SVG or PDF.
matplotlib is imported with the first name that is asked for, not with the room.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilscope.figures.associations import ASSOCIATIONS, AssociationPanel, AssociationPanels
    from tilscope.figures.base import Figure, render, render_small
    from tilscope.figures.bias import BIAS, BiasPictures, bias_pictures
    from tilscope.figures.bland_altman import BLAND_ALTMAN, AgreementPanel, AgreementPanels
    from tilscope.figures.calibration import (
        CALIBRATION,
        CalibrationGroupPicture,
        CalibrationPanels,
        CalibrationPicture,
    )
    from tilscope.figures.chance import CHANCE, ChancePanel, ChancePanels
    from tilscope.figures.checkerboard import CHECKERBOARD, Checkerboards, checkerboards
    from tilscope.figures.clusters import CLUSTERS, ClusterHeatmap
    from tilscope.figures.consensus import CONSENSUS, ConsensusPicture
    from tilscope.figures.contents import FIGURES, figure_named
    from tilscope.figures.decision_curve import DECISION_CURVE, DecisionPanels, DecisionPicture
    from tilscope.figures.deviance import DEVIANCE, DeviancePath
    from tilscope.figures.enhancement import ENHANCEMENT, EnhancementPicture, enhancement_picture
    from tilscope.figures.enrichment_bars import (
        ENRICHMENT_BARS,
        OVER_REPRESENTATION_BARS,
        SetBar,
        SetBars,
    )
    from tilscope.figures.flicker import FLICKER, FlickerPictures, flicker_pictures
    from tilscope.figures.flow import FLOW, FlowStep, PatientFlow
    from tilscope.figures.grouped import GroupedBoxes
    from tilscope.figures.heatmap import HEATMAP, FeatureHeatmap
    from tilscope.figures.honesty import HONESTY, AucRange, HonestyPanels
    from tilscope.figures.immune_cells import IMMUNE_CELLS
    from tilscope.figures.jacobian import JACOBIAN, JacobianPictures, jacobian_pictures
    from tilscope.figures.mean_variance import MEAN_VARIANCE, MeanVariance
    from tilscope.figures.molecules import MOLECULES, MoleculeForest
    from tilscope.figures.phases import PHASES, PhasePictures, phase_pictures
    from tilscope.figures.precision_recall import (
        PRECISION_RECALL,
        PrecisionRecallPanels,
        PrecisionRecallPicture,
    )
    from tilscope.figures.radiogenomic_map import RADIOGENOMIC_MAP, RadiogenomicPicture
    from tilscope.figures.reproducibility import REPRODUCIBILITY, ReproducibilityPanels
    from tilscope.figures.roc import ROC, RocCurvePicture, RocPanels
    from tilscope.figures.running_sums import RUNNING_SUMS, RunningSumCurve, RunningSums
    from tilscope.figures.scores import SCORES, ScorePanels
    from tilscope.figures.selection import SELECTION, SelectionFrequency
    from tilscope.figures.signatures import SIGNATURES
    from tilscope.figures.sites import SITES, SitePanels, SitePlaces
    from tilscope.figures.subtraction import SUBTRACTION, SubtractionPictures, subtraction_pictures
    from tilscope.figures.views import View
    from tilscope.figures.volcano import VOLCANO, Volcano

_HOME = {
    "associations": ("ASSOCIATIONS", "AssociationPanel", "AssociationPanels"),
    "base": ("Figure", "render", "render_small"),
    "bias": ("BIAS", "BiasPictures", "bias_pictures"),
    "calibration": ("CALIBRATION", "CalibrationGroupPicture", "CalibrationPanels", "CalibrationPicture"),
    "chance": ("CHANCE", "ChancePanel", "ChancePanels"),
    "bland_altman": ("BLAND_ALTMAN", "AgreementPanel", "AgreementPanels"),
    "checkerboard": ("CHECKERBOARD", "Checkerboards", "checkerboards"),
    "clusters": ("CLUSTERS", "ClusterHeatmap"),
    "consensus": ("CONSENSUS", "ConsensusPicture"),
    "contents": ("FIGURES", "figure_named"),
    "decision_curve": ("DECISION_CURVE", "DecisionPanels", "DecisionPicture"),
    "deviance": ("DEVIANCE", "DeviancePath"),
    "enhancement": ("ENHANCEMENT", "EnhancementPicture", "enhancement_picture"),
    "enrichment_bars": ("ENRICHMENT_BARS", "OVER_REPRESENTATION_BARS", "SetBar", "SetBars"),
    "flicker": ("FLICKER", "FlickerPictures", "flicker_pictures"),
    "flow": ("FLOW", "FlowStep", "PatientFlow"),
    "grouped": ("GroupedBoxes",),
    "heatmap": ("HEATMAP", "FeatureHeatmap"),
    "honesty": ("HONESTY", "AucRange", "HonestyPanels"),
    "immune_cells": ("IMMUNE_CELLS",),
    "jacobian": ("JACOBIAN", "JacobianPictures", "jacobian_pictures"),
    "mean_variance": ("MEAN_VARIANCE", "MeanVariance"),
    "molecules": ("MOLECULES", "MoleculeForest"),
    "phases": ("PHASES", "PhasePictures", "phase_pictures"),
    "precision_recall": ("PRECISION_RECALL", "PrecisionRecallPanels", "PrecisionRecallPicture"),
    "radiogenomic_map": ("RADIOGENOMIC_MAP", "RadiogenomicPicture"),
    "reproducibility": ("REPRODUCIBILITY", "ReproducibilityPanels"),
    "roc": ("ROC", "RocCurvePicture", "RocPanels"),
    "running_sums": ("RUNNING_SUMS", "RunningSumCurve", "RunningSums"),
    "scores": ("SCORES", "ScorePanels"),
    "selection": ("SELECTION", "SelectionFrequency"),
    "signatures": ("SIGNATURES",),
    "sites": ("SITES", "SitePanels", "SitePlaces"),
    "subtraction": ("SUBTRACTION", "SubtractionPictures", "subtraction_pictures"),
    "views": ("View",),
    "volcano": ("VOLCANO", "Volcano"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "ASSOCIATIONS",
    "BIAS",
    "BLAND_ALTMAN",
    "CALIBRATION",
    "CHANCE",
    "CHECKERBOARD",
    "CLUSTERS",
    "CONSENSUS",
    "DECISION_CURVE",
    "DEVIANCE",
    "ENHANCEMENT",
    "ENRICHMENT_BARS",
    "FIGURES",
    "FLICKER",
    "FLOW",
    "HEATMAP",
    "HONESTY",
    "IMMUNE_CELLS",
    "JACOBIAN",
    "MEAN_VARIANCE",
    "MOLECULES",
    "OVER_REPRESENTATION_BARS",
    "PHASES",
    "PRECISION_RECALL",
    "RADIOGENOMIC_MAP",
    "REPRODUCIBILITY",
    "ROC",
    "RUNNING_SUMS",
    "SCORES",
    "SELECTION",
    "SIGNATURES",
    "SITES",
    "SUBTRACTION",
    "VOLCANO",
    "AgreementPanel",
    "AgreementPanels",
    "AssociationPanel",
    "AssociationPanels",
    "AucRange",
    "BiasPictures",
    "CalibrationGroupPicture",
    "CalibrationPanels",
    "CalibrationPicture",
    "ChancePanel",
    "ChancePanels",
    "Checkerboards",
    "ClusterHeatmap",
    "ConsensusPicture",
    "DecisionPanels",
    "DecisionPicture",
    "DeviancePath",
    "EnhancementPicture",
    "FeatureHeatmap",
    "Figure",
    "FlickerPictures",
    "FlowStep",
    "GroupedBoxes",
    "HonestyPanels",
    "JacobianPictures",
    "MeanVariance",
    "MoleculeForest",
    "PatientFlow",
    "PhasePictures",
    "PrecisionRecallPanels",
    "PrecisionRecallPicture",
    "RadiogenomicPicture",
    "ReproducibilityPanels",
    "RocCurvePicture",
    "RocPanels",
    "RunningSumCurve",
    "RunningSums",
    "ScorePanels",
    "SelectionFrequency",
    "SetBar",
    "SetBars",
    "SitePanels",
    "SitePlaces",
    "SubtractionPictures",
    "View",
    "Volcano",
    "bias_pictures",
    "checkerboards",
    "enhancement_picture",
    "figure_named",
    "flicker_pictures",
    "jacobian_pictures",
    "phase_pictures",
    "render",
    "render_small",
    "subtraction_pictures",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
