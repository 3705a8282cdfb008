"""Records of the figures on second readings."""

from __future__ import annotations

from typing import Any

import numpy as np

from tilscope.figures import AgreementPanel, AgreementPanels, ReproducibilityPanels
from tilscope.report.content import Content
from tilscope.vocabulary.features import TIME_MOMENTS

MOST_PANELS = 6


def reproducibility_panels(content: Content) -> ReproducibilityPanels | None:
    """Return the ICCs of all features by design and family."""
    table, record = content.reproducibility, content.agreement
    if table is None or record is None or table["icc"].isna().all():
        return None
    frame = table[["design", "n_patients", "icc", "ci_low", "ci_high"]].assign(
        family=table["feature"].map(family)
    )
    return ReproducibilityPanels(frame, record["form"], float(record["min_icc"]))


def family(feature: str) -> str:
    """Return the family of a feature as the figure names it; moments over time are families of their own."""
    first, *rest = feature.split("_")
    if first in TIME_MOMENTS:
        return f"{first} over time"
    return rest[-2] if len(rest) > 1 else first


def agreement_panels(content: Content) -> AgreementPanels | None:
    """Return a Bland-Altman plot of every pair of readings."""
    pairs = () if content.agreement is None else tuple(map(_panel, content.agreement["agreement"]))
    return AgreementPanels(pairs[:MOST_PANELS]) if pairs else None


def _panel(record: dict[str, Any]) -> AgreementPanel:
    points = np.asarray(record["points"], dtype=np.float64)
    bias, lower, upper = (
        (record[name]["value"], record[name]["ci_low"], record[name]["ci_high"])
        for name in ("bias", "lower", "upper")
    )
    return AgreementPanel(
        f"{record['what']}\n{record['design']}",
        record["unit"],
        points[:, 0],
        points[:, 1],
        bias,
        lower,
        upper,
        record["slope_p_value"],
    )
