"""Whether clusters of tumours hold more of one group, or of what a pathologist saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tilscope.statistics import (
    ContingencyResult,
    Ratio,
    TrendResult,
    cochran_armitage,
    contingency_test,
    cramers_v,
    jonckheere_terpstra,
    proportion,
)
from tilscope.vocabulary import ExpressionError


@dataclass(frozen=True, slots=True, eq=False)
class ClusterGroups:
    """Clusters against two groups of patients.

    Attributes
    ----------
    table : DataFrame, indexed by cluster
        ``n_<positive>``, ``n_<other>``, ``share`` of the positive group with its exact interval (``share_low``,
        ``share_high``).
    association : ContingencyResult
        Fisher's exact test.
    size : Ratio
        Cramer's V with its interval.
    trend : TrendResult
        Cochran-Armitage over the ordered clusters.
    n_without : int
        Clustered patients without a group.
    """

    table: pd.DataFrame
    association: ContingencyResult
    size: Ratio
    trend: TrendResult
    n_without: int


def compare_clusters(cluster: pd.Series, groups: pd.Series, positive: str) -> ClusterGroups:
    """Compare the clusters between two groups.

    Parameters
    ----------
    cluster : Series of int, per patient
        1 is the lowest; order counts for the trend.
    groups : Series of str, per patient
    positive : str
        The group whose share is told.

    Raises
    ------
    ExpressionError
        TAB-60 where the clustered patients are not of two groups.
    """
    known = groups.reindex(cluster.index).dropna()
    others = sorted(set(known) - {positive})
    if len(others) != 1 or positive not in set(known):
        raise ExpressionError(
            "TAB-60",
            "clusters can be compared between two groups only",
            found=", ".join(sorted(set(known))) or "no group",
            expected=f"{positive} and one other among the clustered patients",
        )
    levels = sorted(cluster.unique())
    counts = pd.crosstab(cluster[known.index], known).reindex(
        index=levels, columns=[positive, others[0]], fill_value=0
    )
    shares = [proportion(int(row[positive]), int(row.sum())) for _, row in counts.iterrows()]
    table = counts.rename(columns=lambda name: f"n_{name}").rename_axis(index="cluster", columns=None)
    table["share"] = [share.value for share in shares]
    table["share_low"] = [share.ci_low for share in shares]
    table["share_high"] = [share.ci_high for share in shares]
    return ClusterGroups(
        table,
        contingency_test(counts, "fisher"),
        cramers_v(counts),
        cochran_armitage(counts),
        len(cluster) - len(known),
    )


def trends_over_clusters(cluster: pd.Series, numbers: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Test whether numbers rise or fall from the coldest to the hottest cluster (Jonckheere-Terpstra).

    Parameters
    ----------
    cluster : Series of int, per patient
    numbers : mapping of name to Series of float, per patient
        Patients without a number are left out.

    Returns
    -------
    DataFrame, one row per name
        ``variable, n, median_1, median_2, ..., statistic, p_value, reason``; a positive statistic rises.
    """
    rows = []
    levels = sorted(cluster.unique())
    for name, values in numbers.items():
        known = values.reindex(cluster.index)
        parts = [known[cluster == level].to_numpy(dtype=np.float64) for level in levels]
        found = jonckheere_terpstra(parts)
        medians = [float(np.median(p)) if (p := part[np.isfinite(part)]).size else np.nan for part in parts]
        rows.append(
            {
                "variable": name,
                "n": found.n,
                **{f"median_{level}": median for level, median in zip(levels, medians, strict=True)},
                "statistic": found.statistic,
                "p_value": found.p_value,
                "reason": found.reason,
            }
        )
    return pd.DataFrame(rows)
