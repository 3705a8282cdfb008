"""From results to the records that figures draw: ordering and choosing, no statistics beyond a z-score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd

from tilscope.figures import (
    DeviancePath,
    FeatureHeatmap,
    FlowStep,
    GroupedBoxes,
    PatientFlow,
    RocCurvePicture,
    RocPanels,
    ScorePanels,
    SitePanels,
    SitePlaces,
    Volcano,
)
from tilscope.report.cluster_pictures import cluster_heatmap, consensus_picture
from tilscope.report.content import ROLES, Content
from tilscope.report.enrichment_pictures import enrichment_bars, over_representation_bars, running_sums
from tilscope.report.evaluation_pictures import calibration_panels, decision_panels, precision_recall_panels
from tilscope.report.gene_pictures import mean_variance
from tilscope.report.honesty_pictures import honesty_panels, selection_frequency
from tilscope.report.molecule_pictures import molecule_forest
from tilscope.report.performances import Performance
from tilscope.report.radiogenomic_pictures import association_panels, radiogenomic_picture
from tilscope.report.reproducibility_pictures import agreement_panels, reproducibility_panels
from tilscope.report.robustness_pictures import chance_panels
from tilscope.report.wording import SET_SCORE_NAMES

TOP_GENES = 8  # of each direction, named on the volcano where the study names none
MAX_NAMED = 24
MAX_SETS = 30


def figure_records(content: Content) -> dict[str, object]:
    """Return the record of every cohort figure that the results allow, by the figure's name."""
    made = {name: make(content) for name, make in MAKERS.items()}
    return {name: record for name, record in made.items() if record is not None}


def flow(content: Content) -> PatientFlow | None:
    """Say who came in, who left and why, who was analysed; the numbers always add up."""
    if not content.patients:
        return None
    counts = content.counts
    with_features = counts["done"] + counts["set aside"]
    steps = [
        FlowStep("Patients in the study", sum(counts.values())),
        FlowStep("Images, lesion and features", with_features, _reasons(content, "quarantined", "waiting")),
        FlowStep("With a usable sTIL percentage", counts["done"], _reasons(content, "set aside")),
    ]
    compared = content.compared
    if compared is None:
        return PatientFlow(tuple(steps))
    n_scored = len(compared)
    if n_scored < counts["done"]:
        left = (("no part in the signature", counts["done"] - n_scored),)
        steps.append(FlowStep("In the signature", n_scored, left))
    roles = compared["role"].value_counts()
    branches = tuple((role.capitalize(), int(roles[role])) for role in ROLES if role in roles)
    return PatientFlow(tuple(steps), branches)


def _reasons(content: Content, *states: str) -> tuple[tuple[str, int], ...]:
    reasons: Counter[str] = Counter()
    for patient in content.patients.values():
        if patient.state in states:
            reason = "not run yet" if patient.state == "waiting" else patient.message or "no reason given"
            reasons[f"{patient.rule}: {reason}" if patient.rule else reason] += 1
    return tuple(reasons.most_common())


def score_panels(content: Content) -> ScorePanels | None:
    """Return scores by class, with the tests of high against low TILs."""
    compared = content.compared
    if compared is None or content.signature is None or content.signature.cutoff is None:
        return None
    p_values = {row.role: row.p_value for row in content.performance if row.p_value is not None}
    columns = compared[["role", "til_level", "rad_tils_score"]]
    return ScorePanels(columns, content.signature.cutoff, p_values) if len(columns) else None


def roc_panels(content: Content) -> RocPanels | None:
    """Return the curves of every role that has both classes."""
    curves = tuple(_curve(row) for row in content.performance if row.fpr)
    return RocPanels(curves) if curves else None


def _curve(row: Performance) -> RocCurvePicture:
    point = None
    if row.tp + row.fn and row.fp + row.tn:
        point = (row.fp / (row.fp + row.tn), row.tp / (row.tp + row.fn))
    return RocCurvePicture(
        role=row.role,
        fpr=row.fpr,
        tpr=row.tpr,
        auc=row.auc,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        positive=row.positive,
        n_positive=row.n_positive,
        n_negative=row.n_negative,
        negative=row.negative,
        operating_point=point,
        confidence=row.confidence,
        interval=row.interval,
    )


def deviance_path(content: Content) -> DeviancePath | None:
    """Return the cross-validated path."""
    if content.path is None:
        return None
    path = content.path
    return DeviancePath(
        lambdas=np.asarray(path["lambdas"], dtype=float),
        mean_deviance=np.asarray(path["mean_deviance"], dtype=float),
        sd_deviance=np.asarray(path["sd_deviance"], dtype=float),
        n_selected=np.asarray(path["n_selected"], dtype=int),
        lambda_min=float(path["lambda_min"]),
        lambda_1se=float(path["lambda_1se"]),
        alpha=path.get("alpha"),
    )


def feature_heatmap(content: Content) -> FeatureHeatmap | None:
    """Return the signature's features, standardised by the training patients and ordered by class and score."""
    scores = content.compared
    if content.features is None or scores is None or content.features.empty:
        return None
    scores = scores[scores.index.isin(content.features.index)]
    scores = scores.sort_values(["til_level", "rad_tils_score"], kind="stable")
    training = content.features.loc[scores.index[scores["role"] == "training"]]
    spread = training.std(ddof=1).replace(0.0, np.nan)
    z = ((content.features.loc[scores.index] - training.mean()) / spread).fillna(0.0)
    return FeatureHeatmap(z.T, scores["til_level"], scores["role"]) if len(scores) else None


def volcano(content: Content) -> Volcano | None:
    """Return the table of genes; the most significant and the named ones are written out, else the strongest."""
    if content.genes is None:
        return None
    design = content.biology
    genes = content.genes
    passed = genes.index[genes["p_adjusted"] < design.max_p_adjusted]
    first = genes.loc[passed, "p_value"].sort_values(kind="stable").index[:TOP_GENES]
    wanted = [gene for gene in design.named_genes if gene in genes.index]
    present = (
        genes["p_value"].reindex(list(dict.fromkeys([*first, *wanted]))) if wanted else genes["p_value"][:0]
    )
    named = tuple(present.sort_values(kind="stable").index[:MAX_NAMED])
    return Volcano(
        content.genes,
        named or strongest(content.genes),
        design.max_p_adjusted,
        design.min_abs_log2_fc,
        design.positive,
        design.negative,
    )


def strongest(genes: pd.DataFrame, n: int = TOP_GENES) -> tuple[str, ...]:
    """Return the genes with the smallest p values, ``n`` of each direction, the smallest first."""
    ordered = genes.dropna(subset=["p_value"]).sort_values("p_value", kind="stable")
    up, down = ordered[ordered["log2_fc"] > 0].head(n), ordered[ordered["log2_fc"] < 0].head(n)
    return tuple(pd.concat([up, down]).sort_values("p_value", kind="stable").index)


def immune_cells(content: Content) -> GroupedBoxes | None:
    """Return the gene-set scores of the tested sets."""
    unit = f"{SET_SCORE_NAMES.get(content.biology.set_scores, content.biology.set_scores)} score"
    return _boxes(content, content.gene_set_scores, content.gene_set_tests, unit)


def signatures(content: Content) -> GroupedBoxes | None:
    """Return the signatures' scores."""
    return _boxes(content, content.signature_scores, content.signature_tests, "Score")


def _boxes(
    content: Content, scores: pd.DataFrame | None, tests: pd.DataFrame | None, unit: str
) -> GroupedBoxes | None:
    if scores is None or content.groups is None:
        return None
    p_adjusted = {} if tests is None else {str(name): float(p) for name, p in tests["p_adjusted"].items()}
    shown = [name for name in scores.index if not p_adjusted or name in p_adjusted]
    shown = sorted(shown, key=lambda name: p_adjusted.get(name, 1.0))[:MAX_SETS]
    samples = [sample for sample in scores.columns if sample in content.groups.index]
    if not shown or not samples:
        return None
    design = content.biology
    table = scores.loc[shown, samples].T
    return GroupedBoxes(
        table,
        content.groups.loc[samples],
        design.positive,
        design.negative,
        {name: p_adjusted[name] for name in shown if name in p_adjusted},
        unit,
        design.group_name,
    )


def site_panels(content: Content) -> SitePanels | None:
    """Return the places of the patients before and after harmonisation."""
    record = content.harmonisation
    if record is None or record.get("components") is None:
        return None
    before, after = (
        SitePlaces(pd.DataFrame(part["points"]), tuple(part["explained"]))
        for part in (record["components"]["before"], record["components"]["after"])
    )
    return SitePanels(before, after, int(record["n_features"]))


MAKERS: dict[str, Callable[[Content], object | None]] = {
    "flow": flow,
    "scores": score_panels,
    "roc": roc_panels,
    "calibration": calibration_panels,
    "decision-curve": decision_panels,
    "precision-recall": precision_recall_panels,
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
    "clusters": cluster_heatmap,
    "consensus": consensus_picture,
    "associations": association_panels,
    "radiogenomic-map": radiogenomic_picture,
    "chance": chance_panels,
}
