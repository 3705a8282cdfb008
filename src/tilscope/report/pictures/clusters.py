"""From the clusters of tumours to the records that their figures draw."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tilscope.figures import ClusterHeatmap, ConsensusPicture
from tilscope.report.content import Content
from tilscope.report.results import Results

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


def consensus_picture(content: Content) -> ConsensusPicture | None:
    """Return the consensus matrix in the order of the heat map, and the stability of every number."""
    results = content.results.get("clusters")
    if results is None:
        return None
    record, patients = results.record, ordered_patients(results)
    stability = pd.DataFrame(record["numbers"]).set_index("k")[["pac", "pac_null", "pac_null_low"]]
    matrix = None
    if (table := results.tables.get("consensus")) is not None:
        square = table.set_index("participant_id").loc[list(patients.index), list(patients.index)]
        matrix = square.to_numpy(np.float64)
    return ConsensusPicture(
        matrix,
        tuple(int(row["n"]) for row in record["clusters"]),
        int(record["number"] or record["best"]),
        stability.astype(float),
        int(record["resamples"]),
    )
