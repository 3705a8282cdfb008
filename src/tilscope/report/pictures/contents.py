"""Which maker serves which figure: a new cohort figure is one maker in its topic's file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tilscope.figures import FEATURE_MAPS
from tilscope.report.content import Content
from tilscope.report.pictures.associations import association_panels, clinical_bars
from tilscope.report.pictures.clusters import cluster_bars, cluster_heatmap, consensus_picture
from tilscope.report.pictures.cohort import flow
from tilscope.report.pictures.enhancement_by_class import enhancement_by_class
from tilscope.report.pictures.enrichment import enrichment_bars, over_representation_bars, running_sums
from tilscope.report.pictures.evaluation import calibration_panels, decision_panels, precision_recall_panels
from tilscope.report.pictures.genes import mean_variance, volcano
from tilscope.report.pictures.honesty import honesty_panels, selection_frequency
from tilscope.report.pictures.immune import immune_cells, signatures
from tilscope.report.pictures.molecules import (
    cytokine_boxes,
    molecule_boxes,
    molecule_forest,
    molecule_heatmap,
)
from tilscope.report.pictures.nomogram import nomogram_picture
from tilscope.report.pictures.radiogenomics import radiogenomic_picture
from tilscope.report.pictures.reproducibility import agreement_panels, reproducibility_panels
from tilscope.report.pictures.robustness import chance_panels
from tilscope.report.pictures.signature import (
    deviance_path,
    feature_heatmap,
    roc_panels,
    score_panels,
    site_panels,
)
from tilscope.report.pictures.voxels import feature_maps

MAKERS: dict[str, Callable[[Content], object | None]] = {
    "flow": flow,
    "enhancement-by-class": enhancement_by_class,
    "scores": score_panels,
    "roc": roc_panels,
    "calibration": calibration_panels,
    "decision-curve": decision_panels,
    "precision-recall": precision_recall_panels,
    "nomogram": nomogram_picture,
    "deviance": deviance_path,
    "heatmap": feature_heatmap,
    "reproducibility": reproducibility_panels,
    "bland-altman": agreement_panels,
    "honesty": honesty_panels,
    "selection": selection_frequency,
    "sites": site_panels,
    "volcano": volcano,
    "mean-variance": mean_variance,
    "enrichment": enrichment_bars,
    "running-sums": running_sums,
    "over-representation": over_representation_bars,
    "immune-cells": immune_cells,
    "signatures": signatures,
    "molecules": molecule_forest,
    "molecule-heatmap": molecule_heatmap,
    "molecule-boxes": molecule_boxes,
    "cytokine-boxes": cytokine_boxes,
    "clusters": cluster_heatmap,
    "cluster-bars": cluster_bars,
    "consensus": consensus_picture,
    "clinical-bars": clinical_bars,
    "associations": association_panels,
    "radiogenomic-map": radiogenomic_picture,
    "chance": chance_panels,
    **{figure.name: partial(feature_maps, number=k) for k, figure in enumerate(FEATURE_MAPS, start=1)},
}


def figure_records(content: Content) -> dict[str, object]:
    """Return the record of every cohort figure that the results allow, by the figure's name."""
    made = {name: make(content) for name, make in MAKERS.items()}
    return {name: record for name, record in made.items() if record is not None}
