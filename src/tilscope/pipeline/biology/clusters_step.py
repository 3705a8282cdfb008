"""Clusters of tumours by their immune-cell scores, and whether the Rad-TILs groups differ between them.

``derivatives/biology/clusters/``

``clusters.json``
    ``method, k`` (as set), ``number`` (0: none found), ``best, p_structure, is_structured, n_null, resamples, fraction,
    n_patients, n_sets``; ``numbers``: one row per number of clusters; ``agreement`` (adjusted Rand between resamples);
    ``clusters``: ``{cluster, n, mean_z, consensus}``; ``groups`` (or null): table, tests, effect size;
    ``trends``; ``left_out``: patient or set -> why; ``notes``.
``clusters.tsv``
    ``participant_id, cluster, consensus, mean_z``; every clustered patient.
``zscores.tsv``
    ``gene_set`` and one column per patient.
``consensus.tsv``
    Patients x patients, where they are at most 500.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilscope.pipeline.biology.inputs import load_scores, scores_file
from tilscope.pipeline.performance_record import storable
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv

if TYPE_CHECKING:
    from tilscope.biology.landscape.cluster_groups import ClusterGroups
    from tilscope.biology.landscape.clusters import TumourClusters

CLUSTER_STREAM = 8
MAX_CONSENSUS = 500


def _clusters(study: Study, _: str) -> Products:
    from tilscope.biology.landscape.cluster_groups import compare_clusters, trends_over_clusters
    from tilscope.biology.landscape.clusters import cluster_tumours

    settings, folder = study.settings.clusters, study.biology_folder / "clusters"
    rng = np.random.default_rng([study.settings.cohort.seed, CLUSTER_STREAM])
    found = cluster_tumours(_cell_scores(study), settings, rng)
    groups, trends = None, pd.DataFrame()
    known = load_scores(study, list(found.zscores.columns))
    if len(set(found.cluster)) > 1:
        groups = compare_clusters(found.cluster, _groups(study), study.settings.biology.positive)
        trends = trends_over_clusters(found.cluster, {name: known[name] for name in _NUMBERS})
    record = _record(study, found, groups, trends)
    record["n_training"] = int((known["role"] == "training").sum())
    files: dict[Path, bytes] = {
        folder / "clusters.json": encode_json(_plain(record)),
        folder / "clusters.tsv": encode_tsv(_patients(found)),
        folder / "zscores.tsv": encode_tsv(found.zscores.rename_axis("gene_set")),
    }
    if len(found.matrix) <= MAX_CONSENSUS:
        files[folder / "consensus.tsv"] = encode_tsv(found.matrix.rename_axis("participant_id"))
    return Products(files, found.notes)


_NUMBERS = ("til_percent", "rad_tils_score")


def _plain(value: Any) -> Any:
    """Return nested dicts and lists of what JSON holds."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else storable(value)


def _scores_table(study: Study) -> Path:
    return study.biology_folder / "ssgsea.tsv"


def _groups_table(study: Study) -> Path:
    return study.biology_folder / "groups.tsv"


def _cell_scores(study: Study) -> pd.DataFrame:
    """Return the immune-cell scores, sets x participants, as the step biology wrote them."""
    return pd.read_csv(_scores_table(study), sep="\t", index_col="gene_set", na_values=["n/a"])


def _groups(study: Study) -> pd.Series:
    return pd.read_csv(_groups_table(study), sep="\t", index_col="participant_id")["group"]


def _patients(found: TumourClusters) -> pd.DataFrame:
    names = found.zscores.columns
    table = pd.DataFrame(
        {
            "cluster": found.cluster.reindex(names).astype("Int64"),
            "consensus": found.consensus.reindex(names),
            "mean_z": found.zscores.mean(),
        },
        index=names,
    )
    return table.rename_axis("participant_id")


def _record(
    study: Study, found: TumourClusters, groups: ClusterGroups | None, trends: pd.DataFrame
) -> dict[str, Any]:
    settings, looked = study.settings.clusters, found.numbers
    mean, low, high = found.resample_agreement
    return {
        "method": settings.method,
        "k": settings.k,
        "number": found.number,
        "best": looked.best,
        "p_structure": looked.p_structure,
        "is_structured": looked.is_structured,
        "n_null": looked.n_null,
        "resamples": settings.resamples,
        "fraction": settings.fraction,
        "n_patients": found.zscores.shape[1],
        "n_sets": len(found.zscores),
        "numbers": looked.table.reset_index().to_dict("records"),
        "agreement": {"mean": mean, "low": low, "high": high},
        "clusters": found.summary.reset_index().to_dict("records") if found.number else [],
        "groups": None if groups is None else _group_record(study, groups),
        "trends": trends.to_dict("records"),
        "left_out": found.left_out,
        "notes": list(found.notes),
    }


def _group_record(study: Study, groups: ClusterGroups) -> dict[str, Any]:
    positive = study.settings.biology.positive
    other = next(str(name)[2:] for name in groups.table if name not in {f"n_{positive}"})
    return {
        "positive": positive,
        "negative": other,
        "table": groups.table.reset_index().to_dict("records"),
        "test": groups.association.test,
        "p_value": groups.association.p_value,
        "reason": groups.association.reason,
        "cramers_v": {"value": groups.size.value, "low": groups.size.ci_low, "high": groups.size.ci_high},
        "trend": {name: getattr(groups.trend, name) for name in ("test", "statistic", "p_value", "reason")},
        "n_without": groups.n_without,
    }


def _left_out(study: Study) -> str | None:
    """Say why there is nothing to cluster; a small study is told so, it has not failed."""
    file = _scores_table(study)
    if not file.is_file():
        return "no immune-cell scores"
    with file.open(encoding="utf-8") as text:
        n_patients = text.readline().count("\t")
    least = study.settings.clusters.min_patients
    if n_patients < least:
        return f"{n_patients} patients with immune-cell scores, clusters.min_patients is {least}"
    return None


CLUSTERS = Step(
    "clusters",
    2,
    "cluster tumours by immune cells",
    ("clusters", "cohort.seed", "biology.positive"),
    ("numpy", "scipy", "pandas", "scikit-learn"),
    lambda study, _: (scores_file(study), _scores_table(study), _groups_table(study)),
    lambda study, _: study.biology_folder / "clusters" / "provenance.json",
    _clusters,
    needs=("biology",),
    is_cohort=True,
    left_out=_left_out,
)
