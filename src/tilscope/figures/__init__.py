"""One file per figure: each draws a frozen record and computes nothing.

``FIGURES`` is the table of contents; ``render(figure, record, format)`` gives the bytes of a PNG, SVG or PDF.
matplotlib is imported with the first name that is asked for, not with the room.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilscope.figures.base import Figure, render
    from tilscope.figures.contents import FIGURES, figure_named
    from tilscope.figures.deviance import DEVIANCE, DeviancePath
    from tilscope.figures.enhancement import ENHANCEMENT, EnhancementPicture
    from tilscope.figures.flow import FLOW, FlowStep, PatientFlow
    from tilscope.figures.grouped import GroupedBoxes
    from tilscope.figures.heatmap import HEATMAP, FeatureHeatmap
    from tilscope.figures.immune_cells import IMMUNE_CELLS
    from tilscope.figures.phases import PHASES, PhasePictures, phase_pictures
    from tilscope.figures.registration import REGISTRATION, RegistrationPictures, registration_pictures
    from tilscope.figures.roc import ROC, RocCurvePicture, RocPanels
    from tilscope.figures.scores import SCORES, ScorePanels
    from tilscope.figures.signatures import SIGNATURES
    from tilscope.figures.volcano import VOLCANO, Volcano

_HOME = {
    "base": ("Figure", "render"),
    "contents": ("FIGURES", "figure_named"),
    "deviance": ("DEVIANCE", "DeviancePath"),
    "enhancement": ("ENHANCEMENT", "EnhancementPicture"),
    "flow": ("FLOW", "FlowStep", "PatientFlow"),
    "grouped": ("GroupedBoxes",),
    "heatmap": ("HEATMAP", "FeatureHeatmap"),
    "immune_cells": ("IMMUNE_CELLS",),
    "phases": ("PHASES", "PhasePictures", "phase_pictures"),
    "registration": ("REGISTRATION", "RegistrationPictures", "registration_pictures"),
    "roc": ("ROC", "RocCurvePicture", "RocPanels"),
    "scores": ("SCORES", "ScorePanels"),
    "signatures": ("SIGNATURES",),
    "volcano": ("VOLCANO", "Volcano"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "DEVIANCE",
    "ENHANCEMENT",
    "FIGURES",
    "FLOW",
    "HEATMAP",
    "IMMUNE_CELLS",
    "PHASES",
    "REGISTRATION",
    "ROC",
    "SCORES",
    "SIGNATURES",
    "VOLCANO",
    "DeviancePath",
    "EnhancementPicture",
    "FeatureHeatmap",
    "Figure",
    "FlowStep",
    "GroupedBoxes",
    "PatientFlow",
    "PhasePictures",
    "RegistrationPictures",
    "RocCurvePicture",
    "RocPanels",
    "ScorePanels",
    "Volcano",
    "figure_named",
    "phase_pictures",
    "registration_pictures",
    "render",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
