"""Records of the figures on clinical associations and on the radiogenomic map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tilscope.figures import AssociationPanel, AssociationPanels, RadiogenomicPicture
from tilscope.report.content import Content
from tilscope.report.wording import p_value

MAX_PANELS = 12
MAX_SETS, MAX_FEATURES = 40, 14
REFERENCES = {"rad_tils_score": "Rad-TILs score", "til_percent": "sTIL (pathologists)"}


def association_panels(content: Content) -> AssociationPanels | None:
    """Return the variables against the groups, the smallest p first; outcomes before all others."""
    results, scores = content.results.get("associations"), content.scores
    if results is None or content.participants is None or scores is None:
        return None
    tests = results.tables["associations"]
    tests = tests[(tests["against"] == "groups") & tests["variable"].isin(content.participants.columns)]
    is_outcome = tests["is_outcome"] == "yes"
    main = tests[is_outcome | (tests["patients"] == results.record["patients"])]
    ordered = main.assign(first=main["is_outcome"] != "yes").sort_values(["first", "p_value"], kind="stable")
    if ordered.empty:
        return None
    positive, negative = results.record["positive"], results.record["negative"]
    groups = (positive, negative)
    panels = [_panel(row, content, groups) for row in ordered.head(MAX_PANELS).to_dict("records")]
    return AssociationPanels(tuple(panels), positive, negative, max(0, len(ordered) - MAX_PANELS))


def _panel(row: dict[str, Any], content: Content, groups: tuple[str, str]) -> AssociationPanel:
    name, told = str(row["variable"]), _told(row)
    if row["kind"] == "number":
        return AssociationPanel(name, told, values=_values(row, content, groups))
    levels = content.results["associations"].tables["levels"]
    own = levels[levels["variable"].astype(str) == name]
    counts = own.set_index(own["level"].map(_in_words))[list(groups)].astype(int)
    return AssociationPanel(name, told, counts=counts, is_ordered=row["kind"] == "ordered")


def _told(row: dict[str, Any]) -> str:
    if pd.isna(row["p_value"]):
        return "not tested"
    p = p_value(float(row["p_value"]))
    text = f"p {p}" if p.startswith("<") else f"p = {p}"
    if row["is_outcome"] == "yes":
        return f"{text}, {row['patients']}"
    return text if pd.isna(row["p_adjusted"]) else f"{text}, adjusted {p_value(float(row['p_adjusted']))}"


def _values(row: dict[str, Any], content: Content, groups: tuple[str, str]) -> dict[str, np.ndarray]:
    scores, participants = content.scores, content.participants
    if scores is None or participants is None:
        return {}
    known = scores.dropna(subset=["rad_tils_score"])
    if row["patients"] == "outside training":
        known = known[known["role"] != "training"]
    # words for "missing", which the step understands, stay words in the table
    column = pd.to_numeric(participants[row["variable"]].reindex(known.index), errors="coerce")
    return {g: column[known["rad_tils_level"] == g].dropna().to_numpy(dtype=np.float64) for g in groups}


def _in_words(level: object) -> str:
    return f"{level:g}" if isinstance(level, int | float) and not isinstance(level, bool) else str(level)


def radiogenomic_picture(content: Content) -> RadiogenomicPicture | None:
    """Return the matrix of gene sets and columns: the score, sTIL, then the features, alike ones side by side."""
    results = content.results.get("radiogenomics")
    if results is None or results.tables["feature_sets"].empty:
        return None
    table = results.tables["feature_sets"]
    rho, adjusted = (
        table.pivot_table(index="gene_set", columns="feature", values=name, sort=False, dropna=False)
        for name in ("rho", "p_adjusted")
    )
    references = [name for name in REFERENCES if name in rho.columns]
    features = [
        name for name in results.record["feature_order"] if name in rho.columns and name not in REFERENCES
    ]
    columns = [*references, *_strongest(rho[features].T, MAX_FEATURES)]
    rows = _strongest(rho.loc[[name for name in results.record["set_order"] if name in rho.index]], MAX_SETS)
    if not rows or not columns:
        return None
    shown = [
        table.reindex(index=rows, columns=columns).rename(columns=REFERENCES) for table in (rho, adjusted)
    ]
    return RadiogenomicPicture(shown[0], shown[1], len(references), results.record["n_samples"])


def _strongest(matrix: pd.DataFrame, n: int) -> list[str]:
    """Return the rows with the largest correlations in their order."""
    largest = matrix.abs().max(axis=1).sort_values(ascending=False, kind="stable").index[:n]
    return [str(name) for name in matrix.index if name in set(largest)]
