"""The table of contents of the room: a new figure is one file and one line here."""

from __future__ import annotations

from tilscope.figures.biology.chance import CHANCE
from tilscope.figures.biology.clusters import CLUSTERS
from tilscope.figures.biology.consensus import CONSENSUS
from tilscope.figures.biology.enrichment_bars import ENRICHMENT_BARS, OVER_REPRESENTATION_BARS
from tilscope.figures.biology.immune_cells import IMMUNE_CELLS
from tilscope.figures.biology.mean_variance import MEAN_VARIANCE
from tilscope.figures.biology.molecule_boxes import CYTOKINE_BOXES, MOLECULE_BOXES
from tilscope.figures.biology.molecule_heatmap import MOLECULE_HEATMAP
from tilscope.figures.biology.molecules import MOLECULES
from tilscope.figures.biology.radiogenomic_map import RADIOGENOMIC_MAP
from tilscope.figures.biology.running_sums import RUNNING_SUMS
from tilscope.figures.biology.signatures import SIGNATURES
from tilscope.figures.biology.stacked_bars import CLINICAL_BARS, CLUSTER_BARS
from tilscope.figures.biology.volcano import VOLCANO
from tilscope.figures.cohort.associations import ASSOCIATIONS
from tilscope.figures.cohort.enhancement_by_class import ENHANCEMENT_BY_CLASS
from tilscope.figures.cohort.flow import FLOW
from tilscope.figures.figure import Figure
from tilscope.figures.patients.bias import BIAS
from tilscope.figures.patients.checkerboard import CHECKERBOARD
from tilscope.figures.patients.enhancement import ENHANCEMENT
from tilscope.figures.patients.feature_maps import FEATURE_MAPS
from tilscope.figures.patients.flicker import FLICKER
from tilscope.figures.patients.jacobian import JACOBIAN
from tilscope.figures.patients.phases import PHASES
from tilscope.figures.patients.subtraction import SUBTRACTION
from tilscope.figures.signature.bland_altman import BLAND_ALTMAN
from tilscope.figures.signature.calibration import CALIBRATION
from tilscope.figures.signature.decision_curve import DECISION_CURVE
from tilscope.figures.signature.deviance import DEVIANCE
from tilscope.figures.signature.heatmap import HEATMAP
from tilscope.figures.signature.honesty import HONESTY
from tilscope.figures.signature.nomogram import NOMOGRAM
from tilscope.figures.signature.precision_recall import PRECISION_RECALL
from tilscope.figures.signature.reproducibility import REPRODUCIBILITY
from tilscope.figures.signature.roc import ROC
from tilscope.figures.signature.scores import SCORES
from tilscope.figures.signature.selection import SELECTION
from tilscope.figures.signature.sites import SITES
from tilscope.vocabulary import SettingsError

FIGURES: tuple[Figure, ...] = (
    FLOW,
    PHASES,
    FLICKER,
    CHECKERBOARD,
    SUBTRACTION,
    JACOBIAN,
    BIAS,
    ENHANCEMENT,
    ENHANCEMENT_BY_CLASS,
    SCORES,
    ROC,
    CALIBRATION,
    DECISION_CURVE,
    PRECISION_RECALL,
    NOMOGRAM,
    DEVIANCE,
    HEATMAP,
    REPRODUCIBILITY,
    BLAND_ALTMAN,
    SITES,
    HONESTY,
    SELECTION,
    VOLCANO,
    ENRICHMENT_BARS,
    RUNNING_SUMS,
    OVER_REPRESENTATION_BARS,
    MEAN_VARIANCE,
    IMMUNE_CELLS,
    SIGNATURES,
    CLINICAL_BARS,
    ASSOCIATIONS,
    RADIOGENOMIC_MAP,
    *FEATURE_MAPS,
    MOLECULES,
    MOLECULE_HEATMAP,
    MOLECULE_BOXES,
    CYTOKINE_BOXES,
    CLUSTERS,
    CLUSTER_BARS,
    CONSENSUS,
    CHANCE,
)


def figure_named(name: str) -> Figure:
    """Return the figure of this name; an unknown one is a SettingsError that lists the known ones."""
    for figure in FIGURES:
        if figure.name == name:
            return figure
    raise SettingsError(
        "SET-00",
        "there is no figure of this name",
        found=name,
        expected="one of " + ", ".join(figure.name for figure in FIGURES),
    )
