"""Clusters of tumours by their immune cells: whether there are any, how stable, and the groups in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Table, cell, table
from tilscope.report.wording import fixed, p_value, percent

METHODS = {"consensus": "consensus clustering", "kmeans": "k-means"}
_WORDS = {"til_percent": "sTIL (%)", "rad_tils_score": "Rad-TILs score"}


def view(content: Content) -> Mapping[str, Any] | Missing | None:
    """Return what was found, how stable it is, the groups in the clusters, and what not to conclude."""
    results = content.results.get("clusters")
    if results is None:
        return _missing(content)
    record = results.record
    return {
        "headline": _headline(record),
        "light": "good" if record["is_structured"] else "unsure",
        "stability": _stability(record),
        "clusters": _clusters(record),
        "tests": _tests(record),
        "numbers": _numbers(record),
        "cautions": tuple(_cautions(record)),
        "left_out": sorted(record["left_out"].items()),
    }


def _missing(content: Content) -> Missing | None:
    if content.gene_set_scores is None and content.missing_step("clusters") is None:
        return None
    return missing_result(
        content, "clusters", "Tumours have not been clustered by their immune cells.", "tilscope run STUDY"
    )


def _headline(record: Mapping[str, Any]) -> str:
    n, random = record["number"], f"{record['n_null']} random cohorts"
    p = f"p = {p_value(record['p_structure'])}".replace("p = <", "p <")
    if n == 0:
        looked = [row["k"] for row in record["numbers"]]
        return (
            f"No clusters: for none of {looked[0]} to {looked[-1]} clusters are these {record['n_patients']} tumours "
            f"grouped more stably than {random} that have the same correlations and no clusters ({p})."
        )
    how = METHODS.get(record["method"], record["method"])
    if record["k"] == "auto":
        return (
            f"{n} clusters of {record['n_patients']} tumours by {how}: more stable than in {random} without "
            f"clusters ({p})."
        )
    told = "more stable than" if record["is_structured"] else "no more stable than"
    return (
        f"{n} clusters of {record['n_patients']} tumours by {how}, a number that the settings give: {told} in {random} "
        f"without clusters ({p})."
    )


def _stability(record: Mapping[str, Any]) -> str:
    found, n = record["agreement"], record["number"] or record["best"]
    return (
        f"Cut into {n}, random parts of the cohort ({percent(record['fraction'])} each) agree on their common patients "
        f"with an adjusted Rand index of {fixed(found['mean'], 2)} (95 % of pairs of parts: "
        f"{fixed(found['low'], 2)} to {fixed(found['high'], 2)}; 1 is full agreement, 0 is chance)."
    )


def _clusters(record: Mapping[str, Any]) -> Table | None:
    if not record["clusters"]:
        return None
    groups = record["groups"]
    columns = ["Cluster", "n", "Mean z-score", "Consensus"]
    if groups:
        columns += [
            f"n, {groups['positive']}",
            f"n, {groups['negative']}",
            f"Share {groups['positive']} (95 % CI)",
        ]
    trends = {row["variable"]: row for row in record["trends"]}
    columns += [f"Median {_WORDS.get(name, name)}" for name in trends]
    rows = []
    for row, by_group in zip(record["clusters"], (groups or {}).get("table") or [None] * 99, strict=False):
        cells: list[object] = [row["cluster"], row["n"], row["mean_z"], row["consensus"]]
        cells[2:4] = [
            cell(row["mean_z"], lambda v: fixed(round(v, 2) + 0.0, 2)),
            cell(row["consensus"], lambda v: fixed(v, 2)),
        ]
        if groups and by_group:
            share, low, high = (percent(by_group[name]) for name in ("share", "share_low", "share_high"))
            counts = (by_group[f"n_{groups[side]}"] for side in ("positive", "negative"))
            cells += [*counts, f"{share} ({low} to {high})"]
        cells += [trend.get(f"median_{row['cluster']}") for trend in trends.values()]
        rows.append(cells)
    return table("Clusters, from the coldest to the hottest", columns, rows, can_sort=False)


def _tests(record: Mapping[str, Any]) -> Table | None:
    groups = record["groups"]
    if not groups:
        return None
    size = groups["cramers_v"]
    v = f"Cramér's V {fixed(size['value'], 2)} ({_ends(size)})"
    n = sum(row[f"n_{groups['positive']}"] + row[f"n_{groups['negative']}"] for row in groups["table"])
    trend = groups["trend"]
    rows = [
        ("Rad-TILs group, any difference", groups["test"], str(n), v, p_value(groups["p_value"])),
        ("Rad-TILs group, trend from cold to hot", trend["test"], str(n), "", p_value(trend["p_value"])),
    ]
    rows += [
        (
            f"{_WORDS.get(row['variable'], row['variable'])}, trend from cold to hot",
            "Jonckheere-Terpstra",
            str(row["n"]),
            "" if row["statistic"] is None else f"z {fixed(row['statistic'], 2)}",
            p_value(row["p_value"]),
        )
        for row in record["trends"]
    ]
    caption = f"{len(rows)} tests of the clusters, two-sided, not adjusted for their number"
    return table(caption, ("Compared", "Test", "n", "Size", "p"), rows, can_sort=False)


def _ends(size: Mapping[str, Any]) -> str:
    """Return the ends of an interval; a dash beside a minus is misread."""
    if size["low"] is None or size["high"] is None:
        return "no interval"
    return f"95 % CI {fixed(size['low'], 2)} to {fixed(size['high'], 2)}"


def _numbers(record: Mapping[str, Any]) -> Table:
    headings = ("Clusters", "PAC", "Random cohorts, mean", "Random cohorts, 5 %", "p", "Silhouette")
    rows = [
        (
            f"{row['k']}{' (shown)' if row['k'] == (record['number'] or record['best']) else ''}",
            fixed(row["pac"], 2),
            fixed(row["pac_null"], 2),
            fixed(row["pac_null_low"], 2),
            p_value(row["p_value"]),
            fixed(row["silhouette"], 2),
        )
        for row in record["numbers"]
    ]
    return table(
        "Stability of every number of clusters (PAC: share of unstable pairs)", headings, rows, can_sort=False
    )


def _cautions(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what must not be concluded."""
    if not record["is_structured"]:
        yield (
            "The scores run from cold to hot without a gap that could be told from chance. Borders between clusters "
            "are a convention here: a patient near one may lie on its other side in the next cohort."
        )
    yield (
        "Clusters describe these patients. Their z-scores and borders depend on the cohort, so that no new patient "
        "can be assigned to a cluster."
    )
    if record["groups"] and record["n_training"]:
        yield (
            f"{record['n_training']} of the patients also fitted the signature; what is said of their Rad-TILs groups "
            "is optimistic."
        )
    yield (
        "Cells are inferred from the expression of whole tissue; the shares of tumour and stroma move all scores "
        "together."
    )


def clustered(content: Content) -> str:
    """Return the sentence of the Methods; empty where tumours were not clustered."""
    results = content.results.get("clusters")
    if results is None:
        return ""
    record = results.record
    number = (
        "The number of clusters was that with the largest silhouette among those that were more stable, or none"
        if record["k"] == "auto"
        else f"The number of clusters was set to {record['k']}"
    )
    return (
        f" Tumours were clustered by the z-scores of {record['n_sets']} gene sets ({METHODS[record['method']]}). "
        f"Stability was that of {record['resamples']} random parts of {percent(record['fraction'])} of the patients, "
        "each clustered by k-means [@monti] and told by the proportion of ambiguous clustering [@senbabaoglu], beside "
        f"that of {record['n_null']} random normal cohorts of the same covariance [@john]. {number}."
    )


def _badge(content: Content) -> str | None:
    results = content.results.get("clusters")
    if results is None:
        return None
    number = results.record["number"]
    return f"{number} clusters" if number else "no clusters"


CLUSTERS = Section("clusters", "Clusters of tumours", view, badge=_badge)
