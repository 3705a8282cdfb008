"""Pathways: gene set enrichment analysis and over-representation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.pictures.enrichment import METRICS, told_p
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Cell, Table, frame_table, table
from tilscope.report.wording import fixed, number

MAX_ROWS = 150
MAX_GENES = 8
FAMILY_OF_LISTS = "p (BH): for up, down and either by itself, over the sets that hold any of its genes"
GSEA_HEADINGS = {
    "gene_set": "Gene set",
    "set_size": "Genes",
    "es": "ES",
    "nes": "NES",
    "p_value": "p",
    "p_adjusted": "p (BH)",
    "log2_error": "SE of log2 p",
    "edge": "Leading edge",
}
OVER_HEADINGS = {
    "gene_set": "Gene set",
    "genes": "Genes that are",
    "n_hits": "Of them in the set",
    "set_size": "Genes of the set",
    "fold_enrichment": "Fold enrichment",
    "p_value": "p",
    "p_adjusted": "p (BH)",
    "q_value": "q",
    "edge": "Which",
}


def view(content: Content) -> Mapping[str, Any] | Missing:
    """Return what was tested, in words, and the tables."""
    results = content.results.get("enrichment")
    if results is None:
        return missing_result(
            content,
            "enrichment",
            "No pathways were tested: they need the comparison of genes and a collection of pathways.",
            "tilscope genesets fetch reactome STUDY, then tilscope run STUDY",
        )
    record = results.record
    settings = record["settings"]
    return {
        "record": record,
        "metric": METRICS[settings["ranking"]],
        "smallest_p": f"{settings['smallest_p']:g}",
        "collections": _collections(record),
        "left_out": [c for c in record["collections"] if c["left_out"]],
        "n_passed": _n_passed(record),
        "n_uncertain": sum(c["n_uncertain"] for c in record["collections"] if not c["left_out"]),
        "gsea": list(_gsea(results.tables.get("gsea"), settings)),
        "over": list(_over(results.tables.get("over_representation"), record)),
    }


def _collections(record: Mapping[str, Any]) -> Table:
    columns = ["Collection", "Sets", "Genes in the matrix", "Tested", "Too small / too large"]
    columns += [f"GSEA: higher in {record[group]}" for group in ("positive", "negative")]
    columns += ["Over-represented (of the sets hit): up", "down", "all", "Licence"]
    rows: list[list[object]] = []
    for c in record["collections"]:
        if c["left_out"]:
            continue
        over = [
            f"{c['over'][way]['n_significant']} of {c['over'][way]['n_tested']}"
            for way in ("up", "down", "all")
        ]
        genes = f"{c['n_present']:,} of {c['n_genes']:,}"
        sizes = f"{c['n_small']:,} / {c['n_large']:,}"
        head = [c["name"], c["n_sets"], genes, c["n_tested"], sizes, c["n_up"], c["n_down"]]
        rows.append([*head, *over, c["licence"] or "not recorded"])
    return table(
        f"Collections of gene sets; numbers of sets with an adjusted p below {record['max_p_adjusted']:g}",
        columns,
        rows,
        can_sort=False,
    )


def _gsea(found: pd.DataFrame | None, settings: Mapping[str, Any]) -> Iterator[Table]:
    smallest = float(settings["smallest_p"])
    formats = {name: lambda v: fixed(v, 2) for name in ("es", "nes", "log2_error")}
    for name, rows in _by_collection(found):
        top = rows.head(MAX_ROWS)
        limits = top["p_value"] <= smallest
        top = top.assign(
            edge=top["leading_edge"].map(_genes),
            **{c: _told_p(top[c], limits) for c in ("p_value", "p_adjusted")},
        )
        told = _told(len(top), len(rows), "derivatives/biology/enrichment/gsea.tsv")
        caption = f"GSEA, {name}: {told}; p (BH): over the {len(rows):,} sets of this collection"
        yield frame_table(caption, top, GSEA_HEADINGS, formats, can_filter=True)


def _told_p(values: pd.Series, limits: pd.Series) -> pd.Series:
    cells = [Cell(told_p(p, is_limit=low), p, is_number=True) for p, low in zip(values, limits, strict=True)]
    return pd.Series(cells, index=values.index, dtype=object)


def _over(found: pd.DataFrame | None, record: Mapping[str, Any]) -> Iterator[Table]:
    words = {
        "up": f"higher in {record['positive']}",
        "down": f"higher in {record['negative']}",
        "all": "either",
    }
    formats = {name: lambda v: number(v, 2) for name in ("p_value", "p_adjusted", "q_value")}
    formats["fold_enrichment"] = lambda v: fixed(v, 1)
    for name, rows in _by_collection(found):
        top = rows.head(MAX_ROWS)
        top = top.assign(edge=top["hits"].map(_genes), genes=top["genes"].map(words))
        told = _told(len(top), len(rows), "derivatives/biology/enrichment/over_representation.tsv")
        yield frame_table(
            f"Over-representation, {name}: {told}; {FAMILY_OF_LISTS}",
            top,
            OVER_HEADINGS,
            formats,
            can_filter=True,
        )


def _by_collection(found: pd.DataFrame | None) -> Iterator[tuple[str, pd.DataFrame]]:
    if found is None:
        return
    for name, rows in found.groupby("collection", sort=True):
        ordered = rows.sort_values("p_value", kind="stable").reset_index(drop=True)
        # names wrap at blanks; the file has them as they are
        yield str(name), ordered.assign(gene_set=ordered["gene_set"].astype(str).str.replace("_", " "))


def _told(n_shown: int, n: int, file: str) -> str:
    if n_shown == n:
        return f"all {n:,} tests, smallest p first"
    return f"the {n_shown} smallest p values of {n:,}; all are in {file}"


def _genes(joined: object) -> str:
    """Return the first genes of a list; the outermost come first."""
    genes = [gene for gene in str(joined).split("/") if gene]
    more = f" and {len(genes) - MAX_GENES} more" if len(genes) > MAX_GENES else ""
    return ", ".join(genes[:MAX_GENES]) + more


def tested_pathways(content: Content) -> str:
    """Return the sentences of the Methods paragraph; empty where no pathways were tested."""
    results = content.results.get("enrichment")
    tested = (
        [] if results is None else [c["name"] for c in results.record["collections"] if not c["left_out"]]
    )
    if results is None or not tested:
        return ""
    settings = results.record["settings"]
    return (
        f" Gene set enrichment analysis [@subramanian] (fgsea's multilevel procedure [@korotkevich]; genes ranked by "
        f"{METRICS[settings['ranking']]}; sets of {settings['min_set_size']} to {settings['max_set_size']} genes; "
        f"{settings['n_permutations']:,} random sets, seed {results.record['seed']}) and over-representation "
        f"(hypergeometric test) used {', '.join(tested)}, each collection adjusted by Benjamini-Hochberg."
    )


def _n_passed(record: Mapping[str, Any]) -> int:
    return sum(c["n_up"] + c["n_down"] for c in record["collections"] if not c["left_out"])


def _badge(content: Content) -> str | None:
    results = content.results.get("enrichment")
    return None if results is None else f"{_n_passed(results.record):,} pass"


ENRICHMENT = Section("enrichment", "Pathways", view, badge=_badge)
