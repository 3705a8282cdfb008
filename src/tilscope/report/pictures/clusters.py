"""From the clusters of tumours to the records that their figures draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tilscope.figures import ClusterHeatmap, ConsensusPicture, StackedBar, StackedBars, cluster_colours
from tilscope.report.content import Content
from tilscope.report.results import Results
from tilscope.report.wording import p_value

MAX_SETS = 40


def ordered_patients(results: Results) -> pd.DataFrame:
    """Return the clustered patients from the coldest cluster to the hottest, by mean score within."""
    table = results.tables["clusters"].set_index("participant_id")
    return table.sort_values(["cluster", "mean_z"], kind="stable")


def cluster_heatmap(content: Content) -> ClusterHeatmap | None:
    """Return the standardised scores; at most `MAX_SETS` sets, those that follow the mean score most."""
    results = content.results.get("clusters")
    if results is None:
        return None
    patients = ordered_patients(results)
    zscores = results.tables["zscores"].set_index("gene_set")[list(patients.index)]
    along = zscores.T.corrwith(patients["mean_z"])
    kept = along.abs().sort_values(ascending=False, kind="stable").index[:MAX_SETS]
    order = along[kept].sort_values(ascending=False, kind="stable").index
    groups = pd.Series(index=patients.index, dtype=object) if content.groups is None else content.groups
    scores = content.scores
    stils = pd.Series(index=patients.index, dtype=float) if scores is None else scores["til_percent"]
    has_clusters = results.record["number"] > 0
    return ClusterHeatmap(
        zscores.loc[order],
        patients["cluster"].astype(int) if has_clusters else None,
        groups.reindex(patients.index),
        content.biology.positive,
        stils.reindex(patients.index),
        content.biology.group_name,
    )


def cluster_bars(content: Content) -> StackedBars | None:
    """Return the clusters in each Rad-TILs group and in each class of sTIL; None without clusters."""
    results = content.results.get("clusters")
    if results is None or not results.record["number"]:
        return None
    record = results.record
    cluster = results.tables["clusters"].set_index("participant_id")["cluster"].astype(int)
    panels = []
    if record["groups"] and content.groups is not None:
        told = (record["groups"]["test"], _p(record["groups"]["p_value"]))
        panels.append(_bar(content.biology.group_name, told, cluster, content.groups, record))
    if content.scores is not None and content.scores["til_level"].notna().any():
        trends = {row["variable"]: row for row in record["trends"]}
        told = ("", "")
        if "til_percent" in trends:
            told = ("trend of the percentage,", f"Jonckheere-Terpstra {_p(trends['til_percent']['p_value'])}")
        panels.append(_bar("sTIL (pathologists)", told, cluster, content.scores["til_level"], record))
    if not panels:
        return None
    n = int(record["number"])
    return StackedBars(
        tuple(panels),
        f"{n} clusters of {record['n_patients']} tumours by their immune cells (1 is the coldest, {n} the hottest) "
        "in the groups of the score and of the pathologists' percentage of TILs. Above: two-sided tests, not adjusted "
        "for their number; the patients who fitted the signature are among them.",
    )


def _bar(
    name: str, told: tuple[str, str], cluster: pd.Series, groups: pd.Series, record: dict[str, Any]
) -> StackedBar:
    positive = (record["groups"] or {}).get("positive", "high")
    known = groups.reindex(cluster.index).dropna()
    order = sorted(known.unique(), key=lambda group: group == positive)
    numbers = range(1, int(record["number"]) + 1)
    counts = pd.crosstab(cluster[known.index], known).reindex(index=numbers, columns=order, fill_value=0)
    counts.index = pd.Index([f"cluster {number}" for number in numbers])
    n_without = len(cluster) - len(known)
    lines = (*told, f"{n_without} without a class" if n_without else "")
    return StackedBar(name, lines, counts, is_ordered=True, colours=tuple(cluster_colours(len(numbers))))


def _together(matrix: np.ndarray) -> np.ndarray:
    """Return an order in which patients who are often in one cluster stand together (average linkage)."""
    from scipy.cluster.hierarchy import average, leaves_list
    from scipy.spatial.distance import squareform

    if len(matrix) < 3:
        return np.arange(len(matrix))
    apart = 1.0 - (matrix + matrix.T) / 2.0
    np.fill_diagonal(apart, 0.0)
    order: np.ndarray = leaves_list(average(squareform(np.maximum(apart, 0.0), checks=False)))
    return order


def _p(value: float | None) -> str:
    told = p_value(value)
    return f"p {told}" if told.startswith("<") else f"p = {told}"


def consensus_picture(content: Content) -> ConsensusPicture | None:
    """Return the consensus matrix and the stability of every number.

    Patients stand in the order of the heat map; without clusters those who are often together are neighbours.
    """
    results = content.results.get("clusters")
    if results is None:
        return None
    record, patients = results.record, ordered_patients(results)
    stability = pd.DataFrame(record["numbers"]).set_index("k")[["pac", "pac_null", "pac_null_low"]]
    matrix = None
    if (table := results.tables.get("consensus")) is not None:
        square = table.set_index("participant_id").loc[list(patients.index), list(patients.index)]
        matrix = square.to_numpy(np.float64)
        if not record["number"]:
            order = _together(matrix)
            matrix = matrix[np.ix_(order, order)]
    return ConsensusPicture(
        matrix,
        tuple(int(row["n"]) for row in record["clusters"]),
        int(record["number"] or record["best"]),
        stability.astype(float),
        int(record["resamples"]),
    )
