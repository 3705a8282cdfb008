"""One file per figure: each draws a frozen record and computes nothing.

``FIGURES`` is the table of contents; ``render(figure, record, format)`` gives the bytes of a PNG, SVG or PDF.
matplotlib is imported with the first name that is asked for, not with the room.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilscope.figures.biology.chance import CHANCE, ChancePanel, ChancePanels
    from tilscope.figures.biology.clusters import CLUSTERS, ClusterHeatmap, cluster_colours
    from tilscope.figures.biology.consensus import CONSENSUS, ConsensusPicture
    from tilscope.figures.biology.enrichment_bars import (
        ENRICHMENT_BARS,
        OVER_REPRESENTATION_BARS,
        SetBar,
        SetBars,
    )
    from tilscope.figures.biology.immune_cells import IMMUNE_CELLS
    from tilscope.figures.biology.mean_variance import MEAN_VARIANCE, MeanVariance
    from tilscope.figures.biology.molecule_boxes import CYTOKINE_BOXES, MOLECULE_BOXES, MoleculeBoxes
    from tilscope.figures.biology.molecule_heatmap import MOLECULE_HEATMAP, MoleculeHeatmap
    from tilscope.figures.biology.molecules import MOLECULES, MoleculeForest
    from tilscope.figures.biology.radiogenomic_map import RADIOGENOMIC_MAP, RadiogenomicPicture
    from tilscope.figures.biology.running_sums import RUNNING_SUMS, RunningSumCurve, RunningSums
    from tilscope.figures.biology.signatures import SIGNATURES
    from tilscope.figures.biology.stacked_bars import CLINICAL_BARS, CLUSTER_BARS, StackedBar, StackedBars
    from tilscope.figures.biology.volcano import VOLCANO, Volcano
    from tilscope.figures.cohort.associations import ASSOCIATIONS, AssociationPanel, AssociationPanels
    from tilscope.figures.cohort.enhancement_by_class import (
        ENHANCEMENT_BY_CLASS,
        EnhancementByClass,
        EnhancementClass,
        PhaseSummary,
    )
    from tilscope.figures.cohort.flow import FLOW, FlowStep, PatientFlow
    from tilscope.figures.contents import FIGURES, figure_named
    from tilscope.figures.figure import Figure, render, render_formats, render_small
    from tilscope.figures.grouped import GroupedBoxes
    from tilscope.figures.patients.bias import BIAS, BiasPictures, bias_pictures
    from tilscope.figures.patients.checkerboard import CHECKERBOARD, Checkerboards, checkerboards
    from tilscope.figures.patients.enhancement import ENHANCEMENT, EnhancementPicture, enhancement_picture
    from tilscope.figures.patients.feature_maps import FEATURE_MAPS
    from tilscope.figures.patients.flicker import FLICKER, FlickerPictures, flicker_pictures
    from tilscope.figures.patients.jacobian import JACOBIAN, JacobianPictures, jacobian_pictures
    from tilscope.figures.patients.mapped_lesions import FeatureMaps, MappedLesion
    from tilscope.figures.patients.phases import PHASES, PhasePictures, phase_pictures
    from tilscope.figures.patients.subtraction import SUBTRACTION, SubtractionPictures, subtraction_pictures
    from tilscope.figures.patients.views import Turn, View
    from tilscope.figures.signature.bland_altman import BLAND_ALTMAN, AgreementPanel, AgreementPanels
    from tilscope.figures.signature.calibration import (
        CALIBRATION,
        CalibrationGroupPicture,
        CalibrationPanels,
        CalibrationPicture,
    )
    from tilscope.figures.signature.decision_curve import DECISION_CURVE, DecisionPanels, DecisionPicture
    from tilscope.figures.signature.deviance import DEVIANCE, DeviancePath
    from tilscope.figures.signature.heatmap import HEATMAP, FeatureHeatmap
    from tilscope.figures.signature.honesty import HONESTY, AucRange, HonestyPanels
    from tilscope.figures.signature.nomogram import NOMOGRAM, NomogramAxis, NomogramPicture
    from tilscope.figures.signature.precision_recall import (
        PRECISION_RECALL,
        PrecisionRecallPanels,
        PrecisionRecallPicture,
    )
    from tilscope.figures.signature.reproducibility import REPRODUCIBILITY, ReproducibilityPanels
    from tilscope.figures.signature.roc import ROC, RocCurvePicture, RocPanels
    from tilscope.figures.signature.scores import SCORES, ScorePanels
    from tilscope.figures.signature.selection import SELECTION, SelectionFrequency
    from tilscope.figures.signature.sites import SITES, SitePanels, SitePlaces
    from tilscope.figures.style import FigureStyle, load_style, style_in

_HOME = {
    "cohort.associations": ("ASSOCIATIONS", "AssociationPanel", "AssociationPanels"),
    "figure": ("Figure", "render", "render_formats", "render_small"),
    "style": ("FigureStyle", "load_style", "style_in"),
    "patients.bias": ("BIAS", "BiasPictures", "bias_pictures"),
    "signature.calibration": (
        "CALIBRATION",
        "CalibrationGroupPicture",
        "CalibrationPanels",
        "CalibrationPicture",
    ),
    "biology.chance": ("CHANCE", "ChancePanel", "ChancePanels"),
    "signature.bland_altman": ("BLAND_ALTMAN", "AgreementPanel", "AgreementPanels"),
    "patients.checkerboard": ("CHECKERBOARD", "Checkerboards", "checkerboards"),
    "biology.clusters": ("CLUSTERS", "ClusterHeatmap", "cluster_colours"),
    "biology.consensus": ("CONSENSUS", "ConsensusPicture"),
    "contents": ("FIGURES", "figure_named"),
    "signature.decision_curve": ("DECISION_CURVE", "DecisionPanels", "DecisionPicture"),
    "signature.deviance": ("DEVIANCE", "DeviancePath"),
    "patients.enhancement": ("ENHANCEMENT", "EnhancementPicture", "enhancement_picture"),
    "biology.enrichment_bars": ("ENRICHMENT_BARS", "OVER_REPRESENTATION_BARS", "SetBar", "SetBars"),
    "patients.feature_maps": ("FEATURE_MAPS",),
    "patients.flicker": ("FLICKER", "FlickerPictures", "flicker_pictures"),
    "cohort.enhancement_by_class": (
        "ENHANCEMENT_BY_CLASS",
        "EnhancementByClass",
        "EnhancementClass",
        "PhaseSummary",
    ),
    "cohort.flow": ("FLOW", "FlowStep", "PatientFlow"),
    "grouped": ("GroupedBoxes",),
    "signature.heatmap": ("HEATMAP", "FeatureHeatmap"),
    "signature.honesty": ("HONESTY", "AucRange", "HonestyPanels"),
    "biology.immune_cells": ("IMMUNE_CELLS",),
    "patients.jacobian": ("JACOBIAN", "JacobianPictures", "jacobian_pictures"),
    "biology.mean_variance": ("MEAN_VARIANCE", "MeanVariance"),
    "biology.molecule_boxes": ("CYTOKINE_BOXES", "MOLECULE_BOXES", "MoleculeBoxes"),
    "biology.molecule_heatmap": ("MOLECULE_HEATMAP", "MoleculeHeatmap"),
    "biology.molecules": ("MOLECULES", "MoleculeForest"),
    "signature.nomogram": ("NOMOGRAM", "NomogramAxis", "NomogramPicture"),
    "patients.mapped_lesions": ("FeatureMaps", "MappedLesion"),
    "patients.phases": ("PHASES", "PhasePictures", "phase_pictures"),
    "signature.precision_recall": ("PRECISION_RECALL", "PrecisionRecallPanels", "PrecisionRecallPicture"),
    "biology.radiogenomic_map": ("RADIOGENOMIC_MAP", "RadiogenomicPicture"),
    "signature.reproducibility": ("REPRODUCIBILITY", "ReproducibilityPanels"),
    "signature.roc": ("ROC", "RocCurvePicture", "RocPanels"),
    "biology.running_sums": ("RUNNING_SUMS", "RunningSumCurve", "RunningSums"),
    "signature.scores": ("SCORES", "ScorePanels"),
    "signature.selection": ("SELECTION", "SelectionFrequency"),
    "biology.signatures": ("SIGNATURES",),
    "signature.sites": ("SITES", "SitePanels", "SitePlaces"),
    "biology.stacked_bars": ("CLINICAL_BARS", "CLUSTER_BARS", "StackedBar", "StackedBars"),
    "patients.subtraction": ("SUBTRACTION", "SubtractionPictures", "subtraction_pictures"),
    "patients.views": ("Turn", "View"),
    "biology.volcano": ("VOLCANO", "Volcano"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "ASSOCIATIONS",
    "BIAS",
    "BLAND_ALTMAN",
    "CALIBRATION",
    "CHANCE",
    "CHECKERBOARD",
    "CLINICAL_BARS",
    "CLUSTERS",
    "CLUSTER_BARS",
    "CONSENSUS",
    "CYTOKINE_BOXES",
    "DECISION_CURVE",
    "DEVIANCE",
    "ENHANCEMENT",
    "ENHANCEMENT_BY_CLASS",
    "ENRICHMENT_BARS",
    "FEATURE_MAPS",
    "FIGURES",
    "FLICKER",
    "FLOW",
    "HEATMAP",
    "HONESTY",
    "IMMUNE_CELLS",
    "JACOBIAN",
    "MEAN_VARIANCE",
    "MOLECULES",
    "MOLECULE_BOXES",
    "MOLECULE_HEATMAP",
    "NOMOGRAM",
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
    "EnhancementByClass",
    "EnhancementClass",
    "EnhancementPicture",
    "FeatureHeatmap",
    "FeatureMaps",
    "Figure",
    "FigureStyle",
    "FlickerPictures",
    "FlowStep",
    "GroupedBoxes",
    "HonestyPanels",
    "JacobianPictures",
    "MappedLesion",
    "MeanVariance",
    "MoleculeBoxes",
    "MoleculeForest",
    "MoleculeHeatmap",
    "NomogramAxis",
    "NomogramPicture",
    "PatientFlow",
    "PhasePictures",
    "PhaseSummary",
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
    "StackedBar",
    "StackedBars",
    "SubtractionPictures",
    "Turn",
    "View",
    "Volcano",
    "bias_pictures",
    "checkerboards",
    "cluster_colours",
    "enhancement_picture",
    "figure_named",
    "flicker_pictures",
    "jacobian_pictures",
    "load_style",
    "phase_pictures",
    "render",
    "render_formats",
    "render_small",
    "style_in",
    "subtraction_pictures",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
