"""How much of the biology is chance, the cut-off, or the tissue around."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Table, frame_table, table
from tilscope.report.wording import fixed, p_value

TOP = 50
HEADINGS = {
    "gene_set": "Gene set",
    "es": "Enrichment score",
    "p_value": "p (permuted labels)",
    "p_adjusted": "p (BH)",
}


def view(content: Content) -> Mapping[str, Any] | Missing | None:
    """Return what chance finds, and the other analyses; None where there is no biology at all."""
    results = content.results.get("robustness")
    if results is None:
        if content.genes is None:
            return None
        return missing_result(
            content,
            "robustness",
            "The comparison of genes was not called into question.",
            "tilscope run STUDY",
        )
    record = results.record
    return {
        "model": record["model"],
        "n": record["n"],
        "fdr": record["fdr"],
        "log2_fc": record["log2_fc"],
        "genes": _told(record["genes"]),
        "sets": _told(record["sets"]),
        "set_alpha": record["set_alpha"],
        "analyses": _analyses(record),
        "left_out": record["left_out"],
        "table": _sets(results.tables.get("sets")),
    }


def _told(row: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if row is None:
        return None
    return {
        "n": len(row["by_chance"]),
        "observed": row["observed"],
        "mean": fixed(row["mean"], 1),
        "most": row["most"],
        "p": p_value(row["p_value"]),
        "is_more": row["p_value"] <= 0.05,
    }


def _analyses(record: Mapping[str, Any]) -> Table:
    rows = [("The score itself, no cut-off", record["score"])]
    rows += [(f"Groups, with {row['name']} in the model", row) for row in record["covariates"]]
    return table(
        f"Genes with an adjusted p of at most {record['fdr']:g} by other analyses of the same samples",
        (
            "Analysis",
            "Samples",
            "Genes",
            "Genes by the groups alone",
            "Of both, same direction",
            "Spearman of t",
        ),
        [
            (
                name,
                f"{row['n']}",
                f"{row['n_genes']:,}",
                f"{row['n_reference']:,}",
                f"{row['n_shared']:,}",
                fixed(row["t_correlation"]),
            )
            for name, row in rows
        ],
        can_sort=False,
    )


def _sets(sets: Any) -> Table | None:
    if sets is None:
        return None
    top = sets.sort_values("p_value", kind="stable").head(TOP)
    return frame_table(
        f"The {len(top)} gene sets with the smallest p by permuted labels, of {len(sets):,}",
        top.set_index("gene_set"),
        HEADINGS,
        {"es": lambda v: fixed(v, 2), "p_value": p_value, "p_adjusted": p_value},
        can_filter=True,
    )


def against_chance(content: Content) -> str:
    """Return the sentence of the Methods; empty where nothing was called into question."""
    results = content.results.get("robustness")
    if results is None:
        return ""
    record = results.record
    text = " The comparison was repeated by regression on the score itself"
    names = [row["name"] for row in record["covariates"]]
    text += f" and with {', '.join(names)} in the model" if names else ""
    if record["genes"]:
        n = len(record["genes"]["by_chance"])
        text += (
            f"; the numbers of genes{' and gene sets' if record['sets'] else ''} were held against {n:,} "
            "permutations of the group labels [@phipson2010]"
        )
    return text + "."


ROBUSTNESS = Section("robustness", "Genes and sets against chance", view)
