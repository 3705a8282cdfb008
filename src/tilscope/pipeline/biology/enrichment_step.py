"""Which gene sets the genes that differ belong to: over-representation and gene set enrichment analysis.

``derivatives/biology/enrichment/``

``enrichment.json``
    ``settings``, ``seed``, ``positive``, ``negative``, ``max_p_adjusted``, ``n_ranked``, ``n_universe``, ``n_genes``
    (``{up, down, all}``: genes that differ), ``collections`` (list of ``{name, licence, source, version, sha256,
    n_sets, n_genes, n_present, n_tested, n_small, n_large, n_up, n_down, n_uncertain, over: {up, down, all: {n_tested,
    n_significant}}, left_out}``; ``left_out`` is why nothing was tested, else null), ``curves`` (list of
    ``{collection, gene_set, why, set_size, es, nes, p_value, p_adjusted, peak, hits, passed, values}``), ``notes``.
``gsea.tsv``
    ``collection, gene_set`` and the columns of `tilscope.biology.gsea`.
``over_representation.tsv``
    ``collection, genes`` (up, down or all), ``gene_set`` and the columns of `tilscope.biology.over_representation`.
``ranking.tsv``
    ``gene, metric``, in the order of the walk.

Lists of genes are joined by ``/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilscope.pipeline.biology.inputs import Collection, collection_files, load_collections
from tilscope.pipeline.performance_record import storable
from tilscope.pipeline.step import Products, Step
from tilscope.study import Study, encode_json, encode_tsv, load_json
from tilscope.vocabulary import ExpressionError

if TYPE_CHECKING:
    from tilscope.biology import GeneSetEnrichment

ENRICHMENT_STREAM = 9
N_CURVES = 3  # of each direction and collection, and as many of immune sets
IMMUNE_WORDS = re.compile(
    r"immun|interferon|interleukin|cytokine|chemokine|lymphocyte|leukocyte|antigen|allograft|inflammat|"
    r"(?<![a-z])(t|b|nk)[ _-]cells?|(?<![a-z])(tcr|bcr|mhc|pd-1|il-?\d+)(?![a-z])",
    re.IGNORECASE,
)
NO_PATHWAYS = "no collection of pathways; tilscope genesets fetch reactome STUDY brings one"


def _enrichment(study: Study, _: str) -> Products:
    from tilscope.biology import rank_genes

    folder, settings = study.biology_folder, study.settings.enrichment
    genes = _read_genes(folder / "differential_expression.tsv")
    design = load_json(folder / "design.json")
    ranking = rank_genes(genes, settings.ranking)
    chosen = {
        "up": genes.index[genes["direction"] == "up"],
        "down": genes.index[genes["direction"] == "down"],
        "all": genes.index[genes["direction"] != "none"],
    }
    seed = int(np.random.default_rng([study.settings.cohort.seed, ENRICHMENT_STREAM]).integers(2**31))
    record: dict[str, Any] = {
        "settings": settings.model_dump(),
        "seed": seed,
        "positive": design["positive"],
        "negative": design["negative"],
        "max_p_adjusted": study.settings.biology.fdr,
        "n_ranked": len(ranking),
        "n_universe": len(genes),
        "n_genes": {name: len(some) for name, some in chosen.items()},
        "collections": [],
        "curves": [],
        "notes": [],
    }
    walked, counted = [], []
    for collection in load_collections(study):
        if "pathways" not in collection.uses:
            continue
        found, over = _test(study, collection, ranking, chosen, genes.index, seed, record)
        if found is not None:
            ranking = found.ranking  # the order that was walked
            walked.append(_flat(found.table, "leading_edge").assign(collection=collection.name))
        counted += over
    files = {
        folder / "enrichment" / "enrichment.json": encode_json(storable(record)),
        folder / "enrichment" / "ranking.tsv": encode_tsv(
            ranking.rename("metric").rename_axis("gene").to_frame()
        ),
    }
    for name, tables in {"gsea.tsv": walked, "over_representation.tsv": counted}.items():
        if tables:
            table = pd.concat(tables)
            first = ["collection"] + (["genes"] if "genes" in table else [])
            ordered = table[[*first, *(c for c in table if c not in first)]]
            files[folder / "enrichment" / name] = encode_tsv(ordered.rename_axis("gene_set"))
    return Products(files, tuple(record["notes"]))


def _read_genes(file: Path) -> pd.DataFrame:
    """Return the table of tested genes; a gene called NA stays one."""
    table = pd.read_csv(
        file, sep="\t", index_col="gene", keep_default_na=False, na_values={"p_value": ["n/a"]}
    )
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in ("t", "log2_fc", "p_value")}
    return table.assign(**numbers).dropna(subset=["p_value"])


def _test(
    study: Study,
    collection: Collection,
    ranking: pd.Series,
    chosen: Mapping[str, pd.Index],
    universe: pd.Index,
    seed: int,
    record: dict[str, Any],
) -> tuple[GeneSetEnrichment | None, list[pd.DataFrame]]:
    """Test one collection and add what became of it to the record."""
    from tilscope.biology import gene_set_enrichment, over_representation

    settings, fdr = study.settings.enrichment, study.settings.biology.fdr
    told = _told(collection, set(universe)) | {"left_out": None}
    record["collections"].append(told)
    try:
        found = gene_set_enrichment(
            ranking,
            collection.sets,
            seed=seed,
            settings=settings,
            min_overlap=study.settings.biology.min_overlap,
        )
    except ExpressionError as error:
        if error.rule != "TAB-58":
            raise
        told["left_out"] = str(error)
        record["notes"].append(f"TAB-58: the collection {collection.name} was not tested: {told['left_out']}")
        return None, []
    passed = found.table["p_adjusted"] < fdr
    told |= {
        "n_tested": len(found.table),
        "n_small": found.n_small,
        "n_large": found.n_large,
        "n_up": int((passed & (found.table["es"] > 0)).sum()),
        "n_down": int((passed & (found.table["es"] < 0)).sum()),
        "n_uncertain": int(found.table["p_value"].isna().sum()),
        "over": {},
    }
    tables = []
    for direction, some in chosen.items():
        table = over_representation(
            some, universe, collection.sets, min_size=settings.min_set_size, max_size=settings.max_set_size
        )
        told["over"][direction] = {
            "n_tested": len(table),
            "n_significant": int((table["p_adjusted"] < fdr).sum()),
        }
        if len(table):
            tables.append(_flat(table, "hits").assign(collection=collection.name, genes=direction))
    record["curves"] += list(_curves(found, collection))
    new = [note for note in found.notes if note not in record["notes"]]
    record["notes"] += new
    return found, tables


def _told(collection: Collection, universe: set[str]) -> dict[str, Any]:
    names = ("name", "licence", "source", "version", "sha256")
    known = {gene for genes in collection.sets.values() for gene in genes}
    return {name: getattr(collection, name) for name in names} | {
        "n_sets": len(collection.sets),
        "n_genes": len(known),
        "n_present": len(known & universe),
    }


def _flat(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the table with lists of genes as text."""
    return table.assign(**{column: table[column].map("/".join)})


def _curves(found: GeneSetEnrichment, collection: Collection) -> Iterator[dict[str, Any]]:
    """Yield the walks that the report draws: the first of each direction, and of those named after immunity."""
    from tilscope.biology import running_sum

    table = found.table.dropna(subset=["p_value"])
    immune = [name for name in table.index if IMMUNE_WORDS.search(name)]
    wanted = dict.fromkeys(immune[:N_CURVES], "immune")
    wanted |= dict.fromkeys(table.index[table["es"] < 0][:N_CURVES], "down")
    wanted |= dict.fromkeys(table.index[table["es"] > 0][:N_CURVES], "up")
    for name, row in table.loc[list(wanted)].iterrows():
        walk = running_sum(found.ranking, collection.sets[str(name)])
        yield {
            "collection": collection.name,
            "gene_set": name,
            "why": wanted[str(name)],
            **{key: row[key] for key in ("set_size", "es", "nes", "p_value", "p_adjusted")},
            "peak": walk.peak,
            "hits": walk.hits.tolist(),
            "passed": walk.passed.tolist(),
            "values": np.round(walk.values, 6).tolist(),
        }


def _left_out(study: Study) -> str | None:
    try:
        known = any("pathways" in collection.uses for collection in load_collections(study))
    except ExpressionError:
        return None  # told by the step itself
    return None if known else NO_PATHWAYS


ENRICHMENT = Step(
    "enrichment",
    1,
    "test pathways",
    ("enrichment", "biology.fdr", "biology.min_overlap", "expression.identifiers", "cohort.seed"),
    ("numpy", "scipy", "pandas", "gseapy"),
    lambda study, _: (
        *(study.biology_folder / name for name in ("differential_expression.tsv", "design.json")),
        *collection_files(study),
    ),
    lambda study, _: study.biology_folder / "enrichment" / "provenance.json",
    _enrichment,
    needs=("biology",),
    left_out=_left_out,
    is_cohort=True,
)
