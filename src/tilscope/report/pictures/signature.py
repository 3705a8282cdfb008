"""The records of scores, their ROC curves, the fitted path and the features behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tilscope.figures import (
    DeviancePath,
    FeatureHeatmap,
    RocCurvePicture,
    RocPanels,
    ScorePanels,
    SitePanels,
    SitePlaces,
)
from tilscope.report.content import Content
from tilscope.report.performances import Performance
from tilscope.signature import Signature

MOST_FEATURES = 60  # of the heatmap


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
        band=()
        if row.band is None
        else tuple(zip(row.band.fpr, row.band.ci_low, row.band.ci_high, strict=True)),
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
    shown = _heaviest(content.signature, list(z.columns))
    if not len(scores):
        return None
    return FeatureHeatmap(z[shown].T, scores["til_level"], scores["role"], z.shape[1] - len(shown))


def _heaviest(signature: Signature | None, names: list[str]) -> list[str]:
    """Return the features that have room on a page: of too many, those that move the score most."""
    if signature is None or len(names) <= MOST_FEATURES:
        return names
    weight = {f.name: abs(f.standardised_coefficient or f.coefficient) for f in signature.features}
    chosen = set(sorted(names, key=lambda name: -weight.get(name, 0.0))[:MOST_FEATURES])
    return [name for name in names if name in chosen]


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
