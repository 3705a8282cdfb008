"""What several steps of the biology read: the expression that the first of them made, groups, scores, gene sets."""

from __future__ import annotations

from collections.abc import Collection as Genes
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from tilscope.pipeline.biology.expression_intake import hgnc_file
from tilscope.pipeline.gene_sets.records import SetsUse, read_record
from tilscope.reading import read_gene_sets, read_hgnc
from tilscope.reading.gene_aliases import shipped_gene_names
from tilscope.study import Study, load_json, sha256_of_file
from tilscope.vocabulary import ExpressionError

MANY_SETS = 100
"""A collection of more sets that does not say what it is for holds pathways, not cells."""


@dataclass(frozen=True, slots=True, eq=False)
class CohortExpression:
    """The study's expression as the step ``expression`` left it.

    Attributes
    ----------
    log2 : DataFrame of float, genes x samples
        Every sample that is a participant.
    counts : DataFrame of float, genes x samples, or None
        Raw counts of the same genes and samples, where the matrix came as counts.
    offset : float
        What was added to linear values before the logarithm; 0 where the matrix came as log ratios.
    scale : str
        ``counts``, ``linear``, ``log2`` or ``ratio``: what the matrix came as.
    record : dict
        ``expression.json``: what was recognised, changed and left out.
    """

    log2: pd.DataFrame
    counts: pd.DataFrame | None
    offset: float
    scale: str
    record: dict[str, Any]


def expression_folder(study: Study) -> Path:
    """``derivatives/biology/expression``: what the step ``expression`` makes."""
    return study.biology_folder / "expression"


def expression_files(study: Study) -> tuple[Path, ...]:
    """Return the files that `load_expression` reads, for the inputs of a step."""
    folder = expression_folder(study)
    names = ("expression.json", "expression.parquet", "counts.parquet")
    return tuple(file for name in names if (file := folder / name).is_file())


def load_expression(study: Study) -> CohortExpression:
    """Read what the step ``expression`` made."""
    folder = expression_folder(study)
    record = load_json(folder / "expression.json")
    counts = folder / "counts.parquet"
    return CohortExpression(
        pd.read_parquet(folder / "expression.parquet"),
        pd.read_parquet(counts) if record["scale"] == "counts" else None,
        float(record["offset"]),
        str(record["scale"]),
        record,
    )


def scores_file(study: Study) -> Path:
    """``derivatives/signature/scores.tsv``."""
    return study.signature_folder / "scores.tsv"


def load_scores(study: Study, samples: list[str]) -> pd.DataFrame:
    """Return the rows of scores.tsv of these samples, sorted by key, of patients that have a score.

    Columns: ``role, til_percent, til_level, rad_tils_score, rad_tils_level``.
    """
    scores = pd.read_csv(scores_file(study), sep="\t", index_col="participant_id", na_values="n/a")
    known = scores.loc[scores.index.intersection(samples)].sort_index()
    return known.dropna(subset=["rad_tils_score"])


def load_groups(study: Study, samples: list[str]) -> pd.Series:
    """Return high or low Rad-TILs of every sample that has a score, by the rule of the settings."""
    known = load_scores(study, samples)
    if study.settings.biology.group_rule == "cohort-median":
        score = known["rad_tils_score"]
        return (score >= score.median()).map({True: "high", False: "low"}).rename("group")
    return known["rad_tils_level"].dropna().rename("group")


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """One file of gene sets.

    Attributes
    ----------
    name : str
        The file's stem.
    sets : dict of set name to genes
    uses : tuple of {"cells", "pathways"}
        What it is for: scores per sample (cells), enrichment (pathways), or both.
    licence, source, version : str
        From the record beside the file; empty where it was copied in by hand.
    sha256 : str
        Of the file.
    renamed : dict of str to str
        Earlier names of genes that were replaced, since the matrix has the gene under its approved symbol.
    """

    name: str
    sets: dict[str, tuple[str, ...]]
    uses: tuple[SetsUse, ...]
    licence: str = ""
    source: str = ""
    version: str = ""
    sha256: str = ""
    renamed: dict[str, str] = field(default_factory=dict)


def collection_files(study: Study) -> tuple[Path, ...]:
    """Return the gene-set files, the records beside them and HGNC's table, for the inputs of a step."""
    records = (file.with_suffix(".json") for file in study.gene_set_files)
    return (*study.gene_set_files, *(file for file in (*records, hgnc_file(study)) if file.is_file()))


def load_collections(study: Study) -> tuple[Collection, ...]:
    """Read every collection of gene sets of the study, by name of the file.

    A record beside the file (``NAME.json``, written by ``tilscope genesets``) says what it is for; without one a file
    of up to `MANY_SETS` sets counts as both, a larger one as pathways. Once the step ``expression`` has run, earlier
    names of genes are replaced by the symbols that its matrix has.

    Raises
    ------
    ExpressionError
        As `read_gene_sets`; TAB-72: the file is not the one that its record was written for.
    """
    collections = tuple(load_collection(file) for file in study.gene_set_files)
    matrix = expression_folder(study) / "expression.parquet"
    if not (collections and matrix.is_file()):
        return collections
    genes = frozenset(pd.read_parquet(matrix, columns=[]).index)
    return tuple(named_as_matrix(study, collection, genes) for collection in collections)


def named_as_matrix(study: Study, collection: Collection, genes: Genes[str]) -> Collection:
    """Return a collection with the matrix's names of genes; with ``identifiers = "as-is"`` nothing is replaced."""
    from tilscope.biology.gene_sets.approved_names import with_names_of_matrix

    if study.settings.expression.identifiers == "as-is":
        return collection
    table = hgnc_file(study)
    names = read_hgnc(table) if table.is_file() else shipped_gene_names()
    sets, renamed = with_names_of_matrix(collection.sets, genes, names.other_names)
    return replace(collection, sets=sets, renamed=renamed)


def load_collection(file: Path) -> Collection:
    """Read one collection (faults as `load_collections`)."""
    record = read_record(file)
    sets = read_gene_sets(file)
    name, digest = file.name.split(".")[0], sha256_of_file(file)
    if record is None:
        return Collection(name, sets, uses_by_size(len(sets)), sha256=digest)
    return Collection(name, sets, record.uses, record.licence, record.source, record.version, digest)


def uses_by_size(n_sets: int) -> tuple[SetsUse, ...]:
    """Return what a collection counts as that does not say what it is for."""
    return ("cells", "pathways") if n_sets <= MANY_SETS else ("pathways",)


def sets_for(collections: tuple[Collection, ...], use: SetsUse) -> dict[str, tuple[str, ...]]:
    """Put the sets of all collections for one use together; a name that occurs twice is refused (TAB-58)."""
    sets: dict[str, tuple[str, ...]] = {}
    for collection in collections:
        if use not in collection.uses:
            continue
        twice = sorted(set(sets) & set(collection.sets))
        if twice:
            raise ExpressionError(
                "TAB-58",
                "two gene-set files have sets of one name",
                file=collection.name,
                found=", ".join(twice[:5]),
                remedy="Rename the sets or leave one file out.",
            )
        sets |= collection.sets
    return sets
