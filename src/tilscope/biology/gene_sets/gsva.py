"""GSVA: a gene is high in a sample when it is high for that gene in this cohort; then a walk down the sample's genes.

Hänzelmann et al. 2013 (BMC Bioinformatics 14:7), as GSVA 1.46 ``gsva(method = "gsva", kcdf = "Gaussian",
mx.diff = TRUE, tau = 1)``. Unlike ssGSEA every score depends on all samples of the cohort: a patient who
comes later changes the scores of the others.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.expression.door import check_expression
from tilscope.biology.gene_sets.coverage import GeneSets
from tilscope.biology.gene_sets.set_scores import FloatArray, GeneSetScores, IntArray, blocks, what_to_score
from tilscope.vocabulary import ExpressionError

GENES_AT_ONCE = 256
"""Genes per block of the kernel estimate: bounds the memory, changes no score."""

# GSVA's rules: the kernel's width is a quarter of the gene's sd; its distribution function is read from a table
# of 10,000 steps up to 10 widths, at the step below
BANDWIDTH_PER_SD = 0.25
TABLE_STEPS = 10_000
TABLE_END = 10.0
CONSTANT_SD = 1e-10


def gsva_scores(expression: pd.DataFrame, gene_sets: GeneSets, *, min_genes: int = 5) -> GeneSetScores:
    """Score gene sets in every sample by GSVA.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        Log2 scale. Genes that are constant over the complete samples or have no value are left out (TAB-61,
        TAB-55); a sample with a missing value has no scores and does not count for the others'.
    gene_sets : mapping of set name to genes; repeated genes count once
    min_genes : int >= 1
        Smaller sets, counted among the ranked genes, are NaN rows with a warning (TAB-58).

    Returns
    -------
    GeneSetScores
        Scores in [-1, 1]; ``is_cohort_dependent`` is true.

    Raises
    ------
    ExpressionError
        TAB-50, TAB-54, TAB-56 from the matrix's door; TAB-58 for a matrix of fewer than two genes that vary, or
        no set; TAB-60 for fewer than two complete samples.
    """
    values = check_expression(expression)
    first = what_to_score(values, expression, gene_sets, min_genes)
    if len(first.samples) < 2:
        raise ExpressionError(
            "TAB-60",
            "GSVA compares each gene between samples",
            found=f"{len(first.samples)} samples without missing values",
            expected="at least 2",
            remedy='Use set_scores = "ssgsea", which needs one sample only.',
        )
    is_constant = np.zeros(len(values), dtype=bool)
    for part in blocks(first.rows, GENES_AT_ONCE):
        is_constant[part] = _sd(values[np.ix_(part, first.samples)]) < CONSTANT_SD
    what = what_to_score(values, expression, gene_sets, min_genes, leave_out=is_constant)
    scores = np.full((len(what.coverage), values.shape[1]), np.nan)
    positions = _positions(_densities(values, what.rows, what.samples))
    for number, genes in zip(np.flatnonzero(what.usable), what.members, strict=True):
        scores[number, what.samples] = _walk(np.sort(positions[:, genes], axis=1), len(what.rows))
    return GeneSetScores(
        pd.DataFrame(scores, index=what.coverage.index, columns=expression.columns),
        what.coverage,
        what.warnings + _constant_warnings(expression.index[is_constant]),
        is_cohort_dependent=True,
    )


def _sd(values: FloatArray) -> FloatArray:
    return values.std(axis=1, ddof=1)


def _densities(values: FloatArray, rows: IntArray, samples: IntArray) -> FloatArray:
    """Return each gene's estimated distribution function at each sample, as log odds; samples x genes."""
    from scipy.special import ndtr

    table = ndtr(TABLE_END * np.arange(TABLE_STEPS + 1) / TABLE_STEPS)
    # both tails in one table, from -10 to 10 widths, and what lies beyond
    table = np.concatenate([[0.0], 1.0 - table[:0:-1], table, [1.0]])
    found = np.empty((len(samples), len(rows)))
    for start in range(0, len(rows), GENES_AT_ONCE):
        part = values[np.ix_(rows[start : start + GENES_AT_ONCE], samples)]
        found[:, start : start + GENES_AT_ONCE] = _log_odds(part, table).T
    return found


def _log_odds(values: FloatArray, table: FloatArray) -> FloatArray:
    """Return the log odds of the kernel estimate of each value in its gene; genes x samples."""
    width = BANDWIDTH_PER_SD * _sd(values)[:, None]
    below = np.zeros_like(values)
    for other in values.T:  # one sum per value, in the samples' order
        away = (values - other[:, None]) / width
        step = np.minimum(np.abs(away) / TABLE_END * TABLE_STEPS, TABLE_STEPS + 1).astype(np.intp)
        # exactly ten widths are still in the table
        step[np.abs(away) > TABLE_END] = TABLE_STEPS + 1
        below += table[TABLE_STEPS + 1 + np.where(away < 0, -step, step)]
    below /= values.shape[1]
    with np.errstate(divide="ignore"):  # all of the estimate lies on one side: infinitely high or low
        odds: FloatArray = -np.log((1.0 - below) / below)
    return odds


def _positions(densities: FloatArray) -> NDArray[np.int32]:
    """Return each gene's place (0 for the highest) in each sample; tied genes keep the matrix's order."""
    n_genes = densities.shape[1]
    positions = np.empty(densities.shape, dtype=np.int32)
    for place, row in zip(positions, densities, strict=True):
        place[np.argsort(-row, kind="stable")] = np.arange(n_genes)
    return positions


def _walk(places: NDArray[np.int32], n_genes: int) -> FloatArray:
    """Return the highest plus the lowest point of the walk, per sample.

    Parameters
    ----------
    places : ndarray of int, samples x genes of the set
        Ascending places of the set's genes.
    """
    n_members = places.shape[1]
    weights = np.abs(n_genes - places - n_genes / 2)
    total = weights.sum(axis=1, keepdims=True)
    # a set of one gene in the very middle has no weight: its step up counts nothing
    risen = np.cumsum(weights, axis=1) / np.where(total > 0, total, 1.0)
    before = np.concatenate([np.zeros((len(places), 1)), risen[:, :-1]], axis=1)
    fallen = (places - np.arange(n_members)) / (n_genes - n_members)
    highest: FloatArray = np.maximum((risen - fallen).max(axis=1), 0.0)
    lowest: FloatArray = np.minimum((before - fallen).min(axis=1), 0.0)
    return highest + lowest


def _constant_warnings(genes: pd.Index) -> tuple[str, ...]:
    if not len(genes):
        return ()
    names = ", ".join(str(gene) for gene in genes[:5])
    return (
        f"TAB-61: {len(genes)} genes that are constant over the samples were left out of GSVA ({names}).",
    )
