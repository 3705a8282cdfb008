"""Tests against chance: clusters beside random cohorts, genes and sets beside permuted labels and other models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.register.family import BH, Family, against, as_rows, one_row

CLUSTERS = "biology/clusters/clusters.json"
ROBUSTNESS = "biology/robustness"
_VARIABLES = {"til_percent": "sTIL (%)", "rad_tils_score": "Rad-TILs score"}


def clusters(content: Content) -> Iterator[Family]:
    """Yield whether there are clusters, and whether groups, sTIL and score differ between them."""
    results = content.results.get("clusters")
    if results is None:
        return
    record = results.record
    yield Family(
        "clusters", "Stability of each number of clusters", f"{CLUSTERS} numbers.*.p_value", _each(record)
    )
    yield Family(
        "clusters",
        "Whether there are clusters at all",
        f"{CLUSTERS} p_structure",
        one_row(
            f"Stability of {record['numbers'][0]['k']} to {record['numbers'][-1]['k']} clusters, taken together",
            compared=f"{record['n_null']} random cohorts of the same correlations",
            n=record["n_patients"],
            test="Monte Carlo, one-sided",
            p_value=record["p_structure"],
        ),
    )
    if record["groups"] is not None:
        yield from _groups(record, content)
    if record["trends"]:
        yield Family("clusters", "Trends over the clusters", f"{CLUSTERS} trends.*.p_value", _trends(record))


def _each(record: Mapping[str, Any]) -> pd.DataFrame:
    found = pd.DataFrame(record["numbers"])
    return as_rows(
        variable=found["k"].map(lambda k: f"Stability of {k} clusters"),
        compared=f"{record['n_null']} random cohorts of the same correlations",
        n=float(record["n_patients"]),
        test="Monte Carlo, one-sided",
        statistic="PAC",
        value=found["pac"],
        effect="gain over random cohorts",
        effect_size=found["gain"],
        p_value=found["p_value"],
    )


def _groups(record: Mapping[str, Any], content: Content) -> Iterator[Family]:
    groups = record["groups"]
    sizes = [sum(row[f"n_{groups[who]}"] for row in groups["table"]) for who in ("positive", "negative")]
    compared = f"{against(groups['positive'], groups['negative'], *sizes)} {content.biology.group_name}"
    size, trend = groups["cramers_v"], groups["trend"]
    yield Family(
        "clusters",
        "Groups by cluster",
        f"{CLUSTERS} groups.p_value",
        one_row(
            f"Membership of {record['number']} clusters",
            compared=compared,
            n=sum(sizes),
            test=groups["test"],
            effect="Cramer's V",
            effect_size=size["value"],
            ci_low=size["low"],
            ci_high=size["high"],
            p_value=groups["p_value"],
            note=groups["reason"],
        ),
    )
    yield Family(
        "clusters",
        "Groups by order of the clusters",
        f"{CLUSTERS} groups.trend.p_value",
        one_row(
            f"Order of {record['number']} clusters",
            compared=compared,
            n=sum(sizes),
            test=trend["test"],
            value=trend.get("statistic"),
            p_value=trend["p_value"],
            note=trend["reason"],
        ),
    )


def _trends(record: Mapping[str, Any]) -> pd.DataFrame:
    found = pd.DataFrame(record["trends"])
    return as_rows(
        variable=found["variable"].replace(_VARIABLES),
        compared=f"order of {record['number']} clusters",
        n=found["n"],
        test="Jonckheere-Terpstra",
        value=found["statistic"],
        p_value=found["p_value"],
        note=found["reason"],
    )


def robustness(content: Content) -> Iterator[Family]:
    """Yield how many genes and sets differ beside permuted labels, the sets by permuted labels, and other models."""
    results = content.results.get("robustness")
    if results is None:
        return
    record = results.record
    for name in ("genes", "sets"):
        if record[name]:
            told = "Genes" if name == "genes" else "Gene sets"
            source = f"{ROBUSTNESS}/robustness.json {name}.p_value"
            yield Family("robustness", f"{told} that differ, by chance", source, _counted(record, name))
    sets = results.tables.get("sets")
    if sets is not None and len(sets):
        yield Family(
            "robustness",
            "Gene sets by permuted labels",
            f"{ROBUSTNESS}/sets.tsv p_value",
            _sets(sets, record),
            BH,
            record["set_alpha"],
            is_listed=False,
        )
    genes = results.tables.get("genes")
    if genes is not None:
        yield from _models(genes, record)


def _counted(record: Mapping[str, Any], name: str) -> pd.DataFrame:
    found = record[name]
    return one_row(
        "Number of genes that differ" if name == "genes" else "Number of gene sets that differ",
        compared=f"true labels against {len(found['by_chance'])} permutations of them",
        n=record["n"],
        test="permutation, one-sided",
        statistic="number",
        value=found["observed"],
        effect="more than by chance",
        effect_size=found["observed"] - found["mean"],
        p_value=found["p_value"],
    )


def _sets(sets: pd.DataFrame, record: Mapping[str, Any]) -> pd.DataFrame:
    return as_rows(
        variable=sets["gene_set"],
        compared="true labels against permutations of them",
        n=float(record["n"]),
        test="GSEA, permuted labels",
        statistic="ES",
        value=sets["es"],
        effect="enrichment score",
        effect_size=sets["es"],
        p_value=sets["p_value"],
        p_adjusted=sets["p_adjusted"],
    )


def _models(genes: pd.DataFrame, record: Mapping[str, Any]) -> Iterator[Family]:
    """Yield the genes in every other model; the groups' own model is that of the section on genes."""
    models = {"score": ("regression on the score", "log2 per unit of the score", record["score"]["n"])}
    for row in record["covariates"]:
        models[row["name"]] = (f"groups, {row['name']} in the model", "log2 fold change", row["n"])
    for name, (compared, effect, n) in models.items():
        if f"p_adjusted_{name}" not in genes:
            continue
        yield Family(
            "robustness",
            f"Genes: {compared}",
            f"{ROBUSTNESS}/genes.tsv p_adjusted_{name}",
            as_rows(
                variable=genes["gene"],
                compared=compared,
                n=float(n),
                test="moderated t",
                value=genes[f"t_{name}"],
                effect=effect,
                effect_size=genes[f"effect_{name}"],
                p_adjusted=genes[f"p_adjusted_{name}"],
            ),
            BH,
            record["fdr"],
            is_listed=False,
        )
