"""The table of contents of the room: a new figure is one file and one line here."""

from __future__ import annotations

from tilscope.figures.associations import ASSOCIATIONS
from tilscope.figures.base import Figure
from tilscope.figures.bias import BIAS
from tilscope.figures.bland_altman import BLAND_ALTMAN
from tilscope.figures.calibration import CALIBRATION
from tilscope.figures.chance import CHANCE
from tilscope.figures.checkerboard import CHECKERBOARD
from tilscope.figures.clusters import CLUSTERS
from tilscope.figures.consensus import CONSENSUS
from tilscope.figures.decision_curve import DECISION_CURVE
from tilscope.figures.deviance import DEVIANCE
from tilscope.figures.enhancement import ENHANCEMENT
from tilscope.figures.enrichment_bars import ENRICHMENT_BARS, OVER_REPRESENTATION_BARS
from tilscope.figures.flicker import FLICKER
from tilscope.figures.flow import FLOW
from tilscope.figures.heatmap import HEATMAP
from tilscope.figures.honesty import HONESTY
from tilscope.figures.immune_cells import IMMUNE_CELLS
from tilscope.figures.jacobian import JACOBIAN
from tilscope.figures.mean_variance import MEAN_VARIANCE
from tilscope.figures.molecules import MOLECULES
from tilscope.figures.phases import PHASES
from tilscope.figures.precision_recall import PRECISION_RECALL
from tilscope.figures.radiogenomic_map import RADIOGENOMIC_MAP
from tilscope.figures.reproducibility import REPRODUCIBILITY
from tilscope.figures.roc import ROC
from tilscope.figures.running_sums import RUNNING_SUMS
from tilscope.figures.scores import SCORES
from tilscope.figures.selection import SELECTION
from tilscope.figures.signatures import SIGNATURES
from tilscope.figures.sites import SITES
from tilscope.figures.subtraction import SUBTRACTION
from tilscope.figures.volcano import VOLCANO
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
    SCORES,
    ROC,
    CALIBRATION,
    DECISION_CURVE,
    PRECISION_RECALL,
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
    ASSOCIATIONS,
    RADIOGENOMIC_MAP,
    MOLECULES,
    CLUSTERS,
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
