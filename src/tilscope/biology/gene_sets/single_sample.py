"""The ways of scoring gene sets in single samples, by the name that the settings use."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tilscope.biology.gene_sets.coverage import GeneSets
from tilscope.biology.gene_sets.gsva import gsva_scores
from tilscope.biology.gene_sets.set_scores import GeneSetScores
from tilscope.biology.gene_sets.ssgsea import score_gene_sets
from tilscope.biology.settings import BiologySettings, SetScores


def _ssgsea(expression: pd.DataFrame, gene_sets: GeneSets, settings: BiologySettings) -> GeneSetScores:
    return score_gene_sets(
        expression,
        gene_sets,
        alpha=settings.alpha,
        normalise=settings.normalise,
        min_genes=settings.min_genes,
    )


def _gsva(expression: pd.DataFrame, gene_sets: GeneSets, settings: BiologySettings) -> GeneSetScores:
    return gsva_scores(expression, gene_sets, min_genes=settings.min_genes)


_WAYS: dict[SetScores, Callable[[pd.DataFrame, GeneSets, BiologySettings], GeneSetScores]] = {
    "ssgsea": _ssgsea,
    "gsva": _gsva,
}


def score_sets(expression: pd.DataFrame, gene_sets: GeneSets, settings: BiologySettings) -> GeneSetScores:
    """Score gene sets as ``[biology] set_scores`` says; see `score_gene_sets` and `gsva_scores`."""
    return _WAYS[settings.set_scores](expression, gene_sets, settings)
