"""Faults 58 and 64: gene sets that speak of other genes than the matrix, and rankings without a clear order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tilscope.biology import (
    EnrichmentSettings,
    check_overlap,
    gene_set_enrichment,
    rank_genes,
    score_gene_sets,
)
from tilscope.pipeline.biology.gene_sets_step import GENE_SETS
from tilscope.study import Study, create_study, make_folder

from .fits import Case

FAULTS = {
    58: "Gene sets and expression matrix name other genes, or a set has few genes in the matrix",
    64: "Ties, infinite or missing values in the ranking of genes",
}
SETS = {"T": ("CD3D", "CD3E", "CD2", "CD3G", "CD28"), "B": ("CD19", "MS4A1", "CD79A", "BLK", "CD22")}
GENES = [gene for genes in SETS.values() for gene in genes]
FILLER = [f"GENE{k}" for k in range(20)]
ENSEMBL = [f"ENSG{k:011}" for k in range(30)]
MOUSE = [gene.capitalize() for gene in GENES]


def _refused(genes: list[str]) -> Callable[[Path], Any]:
    return lambda _: check_overlap(genes, SETS)


def _noted(genes: list[str]) -> Callable[[Path], Any]:
    """Let the step of a study with this matrix and these sets look at them; return its notes."""

    def act(folder: Path) -> tuple[str, ...]:
        create_study(folder / "study")
        study = Study(folder / "study")
        expression = study.biology_folder / "expression"
        for made in (expression, study.gene_set_folder):
            make_folder(made)
        pd.DataFrame({"sub-1": 1.0}, index=genes).to_parquet(expression / "expression.parquet")
        (expression / "expression.json").write_text('{"scale": "log2", "offset": 0.0, "notes": []}')
        lines = ("\t".join((name, "", *members)) for name, members in SETS.items())
        (study.gene_set_folder / "cells.gmt").write_text("\n".join(lines) + "\n")
        return GENE_SETS.make(study, "").notes

    return act


def _matrix(genes: list[str]) -> pd.DataFrame:
    values = np.random.default_rng(1).normal(6, 2, (len(genes), 4))
    return pd.DataFrame(values, index=genes, columns=[f"sub-{k}" for k in range(4)])


def _small_set(_: Path) -> tuple[str, ...]:
    few = {**SETS, "few": ("CD3D", "CD3E", "CD2", "CD3G", "ABSENT")}
    return score_gene_sets(_matrix([*GENES, *FILLER]), few).warnings


def _others_unchanged(_: Path) -> tuple[Any, Any]:
    """A set without a score changes no score of another set."""
    matrix = _matrix([*GENES, *FILLER])
    few = score_gene_sets(matrix, {"few": ("CD3D", "ABSENT"), **SETS}).scores
    right = score_gene_sets(matrix, SETS).scores
    return few.drop(index="few").to_numpy().tobytes(), right.to_numpy().tobytes()


def _ranking(values: float) -> pd.Series:
    ranking = pd.Series(np.linspace(3, -3, len(GENES + FILLER)), index=[*GENES, *FILLER])
    ranking.iloc[[12, 15]] = values
    return ranking


def _enriched(ranking: pd.Series) -> Any:
    settings = EnrichmentSettings(min_set_size=5, n_permutations=100, smallest_p=1e-4)
    return gene_set_enrichment(ranking, SETS, seed=1, settings=settings)


def _tied(_: Path) -> tuple[Any, Any]:
    """Ties go by name, so that no order of the rows can change a result."""
    table = pd.DataFrame({"t": np.repeat([2.0, 1, 0, -1, -2], 6), "log2_fc": 1.0}, index=[*GENES, *FILLER])
    shuffled = table.sample(frac=1, random_state=3)
    walked = [_enriched(rank_genes(rows)) for rows in (table, shuffled)]
    first, second = ((list(w.ranking.index), w.table.to_dict()) for w in walked)
    return first, second


CASES = (
    Case(58, "Ensembl ids in the matrix, symbols in the sets", "R", "TAB-58", _refused(ENSEMBL)),
    Case(58, "symbols of the mouse", "R", "TAB-58", _refused(MOUSE)),
    Case(58, "four of ten genes", "R", "TAB-58", _refused([*GENES[:4], *FILLER])),
    Case(58, "no set at all", "R", "TAB-58", lambda _: check_overlap(GENES, {})),
    Case(58, "a collection of another species, in the table of coverage", "W", "TAB-58", _noted(MOUSE)),
    Case(58, "likewise with Ensembl ids", "W", "TAB-58", _noted(ENSEMBL)),
    Case(58, "a set of four genes", "W", "TAB-58", _small_set),
    Case(58, "five of ten genes", "ok", "", lambda _: (len(check_overlap([*GENES[:5], *FILLER], SETS)), 2)),
    Case(58, "the scores of the other sets", "ok", "", _others_unchanged),
    Case(64, "ties, whatever the order of the genes", "ok", "", _tied),
    Case(64, "infinite values", "W", "TAB-64", lambda _: _enriched(_ranking(np.inf)).notes),
    Case(64, "missing values", "W", "TAB-64", lambda _: _enriched(_ranking(np.nan)).notes),
    Case(64, "values of one sign", "W", "TAB-64", lambda _: _enriched(_ranking(1).abs()).notes),
    Case(64, "all values equal", "R", "TAB-64", lambda _: _enriched(_ranking(1) * 0 + 1)),
)
