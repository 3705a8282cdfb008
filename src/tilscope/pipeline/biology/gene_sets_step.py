"""The collections of gene sets: where they come from, and what the expression matrix has of every set."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tilscope.pipeline.biology.inputs import (
    Collection,
    collection_files,
    expression_files,
    load_collections,
    load_expression,
)
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv

MOST_MISSING = 10  # genes named per set


def _gene_sets(study: Study, _: str) -> Products:
    from tilscope.biology.gene_sets.collection_fit import fit_collection

    settings, folder = study.settings.biology, study.biology_folder / "gene_sets"
    genes = load_expression(study).log2.index
    collections, tables, notes = [], [], []
    for collection in load_collections(study):
        fit = fit_collection(genes, collection.sets, settings.min_overlap)
        record = _described(collection) | {
            "n_genes": fit.n_genes,
            "n_present": fit.n_present,
            "fraction": fit.fraction,
            "n_scorable": fit.n_scorable(settings.min_genes),
            "mismatch": fit.mismatch,
            "renamed": collection.renamed,
        }
        collections.append(record)
        if fit.mismatch:
            notes.append(f"TAB-58 {collection.name}: {fit.mismatch}")
        if collection.renamed:
            told = _named(tuple(f"{old} -> {new}" for old, new in collection.renamed.items()))
            notes.append(
                f"TAB-58 {collection.name}: earlier names of genes count under their symbols: {told}"
            )
        table = fit.table.assign(missing=fit.table["missing"].map(_named)).reset_index()
        table.insert(0, "collection", collection.name)
        tables.append(table)
    content = {
        "n_genes_matrix": len(genes),
        "min_overlap": settings.min_overlap,
        "min_genes": settings.min_genes,
        "collections": collections,
        "notes": notes,
    }
    files = {
        folder / "gene_sets.json": encode_json(content),
        folder / "coverage.tsv": encode_tsv(pd.concat(tables), index=False),
    }
    return Products(files, tuple(notes))


def _described(collection: Collection) -> dict[str, Any]:
    return {
        "name": collection.name,
        "uses": list(collection.uses),
        "licence": collection.licence,
        "source": collection.source,
        "version": collection.version,
        "sha256": collection.sha256,
        "n_sets": len(collection.sets),
    }


def _named(genes: tuple[str, ...]) -> str:
    rest = f" and {len(genes) - MOST_MISSING} more" if len(genes) > MOST_MISSING else ""
    return ", ".join(genes[:MOST_MISSING]) + rest


GENE_SETS = Step(
    "gene_sets",
    1,
    "compare the gene sets with the matrix",
    ("biology.min_overlap", "biology.min_genes", "expression.identifiers"),
    ("pandas", "pyarrow"),
    lambda study, _: (*expression_files(study), *collection_files(study)),
    lambda study, _: study.biology_folder / "gene_sets" / "provenance.json",
    _gene_sets,
    needs=("expression",),
    left_out=lambda study: None if study.gene_set_files else "no gene sets",
    is_cohort=True,
)
