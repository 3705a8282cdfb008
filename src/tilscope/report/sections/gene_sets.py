"""The collections of gene sets: licence, version, hash, and what the expression matrix has of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tilscope.report.content import Content
from tilscope.report.results import Results
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Cell, Table, frame_table, table
from tilscope.report.wording import percent

WORST = 20  # sets shown of a collection of pathways
MOST_RENAMED = 10  # earlier names of genes shown of a collection
DIGEST = 12  # digits of a SHA-256


def view(content: Content) -> Mapping[str, Any] | Missing | None:
    """Return the collections and the sets of which least is there; nothing without an expression matrix."""
    results = content.results.get("gene_sets")
    if results is None:
        ended = content.missing_step("gene_sets")
        if ended is None:
            return None
        return missing_result(
            content,
            "gene_sets",
            "There are no gene sets, or no expression matrix to compare them with.",
            "tilscope genesets add FILE.gmt STUDY --licence TEXT, then tilscope run STUDY",
        )
    record = results.record
    return {
        "n_genes": record["n_genes_matrix"],
        "min_genes": record["min_genes"],
        "min_overlap": record["min_overlap"],
        "collections": _collections(record),
        "mismatches": [(c["name"], c["mismatch"]) for c in record["collections"] if c["mismatch"]],
        "renamed": [(c["name"], _renamed(c["renamed"])) for c in record["collections"] if c["renamed"]],
        "unknown": [c["name"] for c in record["collections"] if not c["licence"]],
        "sets": _sets(results),
    }


def _renamed(names: Mapping[str, str]) -> str:
    told = ", ".join(f"{old} ({symbol})" for old, symbol in list(names.items())[:MOST_RENAMED])
    rest = f" and {len(names) - MOST_RENAMED} more" if len(names) > MOST_RENAMED else ""
    return f"{len(names)} earlier name{'s' if len(names) > 1 else ''}: {told}{rest}"


def _collections(record: Mapping[str, Any]) -> Table:
    rows = []
    for collection in record["collections"]:
        told = f"{collection['n_present']:,} of {collection['n_genes']:,} ({percent(collection['fraction'])})"
        mark = "less than half of the genes" if collection["mismatch"] else None
        rows.append(
            (
                collection["name"],
                " and ".join(collection["uses"]),
                collection["n_sets"],
                collection["n_scorable"],
                Cell(told, collection["fraction"], is_number=True, mark=mark),
                collection["licence"] or "not known",
                collection["version"] or None,
                Cell(collection["sha256"][:DIGEST], collection["sha256"]),
                collection["source"] or None,
            )
        )
    headings = (
        "Collection",
        "For",
        "Sets",
        f"With {record['min_genes']} genes or more",
        "Genes in the matrix",
        "Licence",
        "Version",
        "SHA-256",
        "Source",
    )
    return table(
        "Gene sets: collections, licence, hash, and coverage in this matrix", headings, rows, can_sort=False
    )


def _sets(results: Results) -> Table | None:
    """Return every set for cells, and of each other collection those of which least is there."""
    coverage = results.tables.get("coverage")
    if coverage is None:
        return None
    uses = {c["name"]: c["uses"] for c in results.record["collections"]}
    lacking = coverage[coverage["n_present"] < coverage["n_genes"]].sort_values("fraction", kind="stable")
    parts = []
    for name, of_collection in lacking.groupby("collection", sort=False):
        parts.append(of_collection if "cells" in uses[str(name)] else of_collection.head(WORST))
    if not parts:
        return None
    chosen = pd.concat(parts).sort_values(["collection", "fraction"], kind="stable").set_index("gene_set")
    headings = {
        "gene_set": "Gene set",
        "collection": "Collection",
        "n_genes": "Genes",
        "n_present": "In the matrix",
        "fraction": "Share",
        "missing": "Missing",
    }
    caption = (
        f"Sets of which genes are missing ({len(chosen):,} of {len(lacking):,} such sets, {len(coverage):,} in all): "
        f"all that are for cells, and the {WORST} of which least is there of each other collection"
    )
    return frame_table(caption, chosen, headings, {"fraction": percent}, can_filter=len(chosen) > 12)


def told_in_methods(content: Content) -> str:
    """Return the sentence of the methods on gene sets; empty where there were none."""
    results = content.results.get("gene_sets")
    if results is None:
        return ""
    told = "; ".join(
        f"{c['name']} ({', '.join(filter(None, (c['source'], c['version'], c['licence'] or 'licence not known')))})"
        for c in results.record["collections"]
    )
    return f" Gene sets: {told}."


GENE_SETS = Section("gene_sets", "Gene sets", view)
