"""Records of the figures of clinical variables: classes as stacked bars, numbers as boxes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tilscope.figures import AssociationPanel, AssociationPanels, StackedBar, StackedBars
from tilscope.report.content import Content
from tilscope.report.wording import p_value

MAX_PANELS = 12
FEW_VALUES = 6  # a number with at most so many different whole values, such as a grade, is drawn as classes


def clinical_bars(content: Content) -> StackedBars | None:
    """Return the classes, and the numbers of few values, in both groups, the smallest p first."""
    rows = [row for row in _rows(content) if _has_classes(row, content) and row["is_outcome"] != "yes"]
    if not rows:
        return None
    record = content.results["associations"].record
    panels = tuple(_bar(row, content) for row in rows[:MAX_PANELS])
    whom = " (all of them outside training)" if record["patients"] == "outside training" else ""
    told = (
        f"Clinical and pathological classes in {record['n_negative']} patients with {record['negative']} and "
        f"{record['n_positive']} with {record['positive']} Rad-TILs{whom}. Above each panel: the test, two-sided, its "
        "p, and p adjusted over all clinical variables (Benjamini-Hochberg)."
    )
    return StackedBars(panels, told, max(0, len(rows) - MAX_PANELS))


def association_panels(content: Content) -> AssociationPanels | None:
    """Return the numbers in both groups, the smallest p first; outcomes before all others."""
    rows = [
        row
        for row in _rows(content)
        if row["kind"] == "number" and (row["is_outcome"] == "yes" or not _has_classes(row, content))
    ]
    if not rows:
        return None
    record = content.results["associations"].record
    groups = (record["positive"], record["negative"])
    panels = tuple(
        AssociationPanel(str(row["variable"]), _told(row), values=_values(row, content, groups))
        for row in rows[:MAX_PANELS]
    )
    return AssociationPanels(panels, *groups, max(0, len(rows) - MAX_PANELS))


def _rows(content: Content) -> list[dict[Any, Any]]:
    """Return the tests against the groups of all patients, and those of outcomes, which were made outside training."""
    results = content.results.get("associations")
    if results is None or content.participants is None or content.scores is None:
        return []
    tests = results.tables["associations"]
    tests = tests[(tests["against"] == "groups") & tests["variable"].isin(content.participants.columns)]
    is_outcome = tests["is_outcome"] == "yes"
    main = tests[is_outcome | (tests["patients"] == results.record["patients"])]
    ordered = main.assign(first=main["is_outcome"] != "yes").sort_values(["first", "p_value"], kind="stable")
    return ordered.to_dict("records")


def _has_classes(row: dict[Any, Any], content: Content) -> bool:
    if row["kind"] != "number" or content.participants is None:
        return True
    values = pd.to_numeric(content.participants[row["variable"]], errors="coerce").dropna().unique()
    return len(values) <= FEW_VALUES and all(float(value).is_integer() for value in values)


def _bar(row: dict[Any, Any], content: Content) -> StackedBar:
    record = content.results["associations"].record
    name, groups = str(row["variable"]), [record["negative"], record["positive"]]
    if row["kind"] == "number":
        values = _values(row, content, (groups[1], groups[0]))
        counts = pd.DataFrame({g: pd.Series(values[g]).value_counts() for g in groups}).fillna(0).sort_index()
    else:
        levels = content.results["associations"].tables["levels"]
        counts = levels[levels["variable"].astype(str) == name].set_index("level")[groups]
    counts.index = counts.index.map(_in_words)
    missing = f"{row['n_missing']} without a value" if row["n_missing"] else ""
    test = "" if pd.isna(row["p_value"]) else str(row["test"])
    return StackedBar(
        name,
        (test, _told(row), missing),
        counts.astype(int),
        is_ordered=row["kind"] != "class",
    )


def _told(row: dict[Any, Any]) -> str:
    if pd.isna(row["p_value"]):
        return "not tested"
    p = p_value(float(row["p_value"]))
    text = f"p {p}" if p.startswith("<") else f"p = {p}"
    if row["is_outcome"] == "yes":
        return f"{text}, {row['patients']}"
    return text if pd.isna(row["p_adjusted"]) else f"{text}, adjusted {p_value(float(row['p_adjusted']))}"


def _values(row: dict[Any, Any], content: Content, groups: tuple[str, str]) -> dict[str, np.ndarray]:
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
