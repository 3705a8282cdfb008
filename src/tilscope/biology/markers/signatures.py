"""Scores of published gene signatures per sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tilscope.biology.expression.door import check_expression
from tilscope.biology.gene_sets.coverage import coverage
from tilscope.biology.markers.published import CYTOLYTIC_ACTIVITY, T_CELL_INFLAMED, GeneList

FloatArray = NDArray[np.float64]

MIN_FRACTION = 0.5
"""A signature with fewer of its genes in the matrix has no score (TAB-58)."""
TPM_OFFSET = 0.01
"""Rooney 2015 adds it to TPM before the geometric mean."""


@dataclass(frozen=True, slots=True)
class Signature:
    """How one signature is scored.

    Attributes
    ----------
    genes : GeneList
    score : function of (values: genes x samples, log2_offset) giving one number per sample
    needs_all : bool
        True where a missing gene leaves no score.
    cohort_note : str
        How a sample's score depends on the other samples; empty if it does not.
    """

    genes: GeneList
    score: Callable[[FloatArray, float], FloatArray]
    needs_all: bool
    cohort_note: str


@dataclass(frozen=True, slots=True, eq=False)
class SignatureScores:
    """Scores of all signatures.

    Attributes
    ----------
    scores : DataFrame of float, signatures x samples
        NaN where ``warnings`` says why.
    coverage : DataFrame, indexed by signature
        As `tilscope.biology.coverage`.
    warnings : tuple of str
        Rule id first.
    notes : tuple of str
        How the scores must be read.
    """

    scores: pd.DataFrame
    coverage: pd.DataFrame
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def mean_z(values: FloatArray, log2_offset: float = 0.0) -> FloatArray:
    """Average the genes' z scores over the samples (sd with n - 1).

    Genes without spread say nothing and are left out, and so are a sample's missing values; NaN where
    nothing is left. ``log2_offset`` has no influence.
    """
    z = np.full(values.shape, np.nan)
    for row, gene in zip(z, values, strict=True):
        present = ~np.isnan(gene)
        sd = np.std(gene[present], ddof=1) if present.sum() > 1 else 0.0
        if sd > 0:
            row[present] = (gene[present] - gene[present].mean()) / sd
    n = (~np.isnan(z)).sum(axis=0)
    return np.asarray(np.where(n > 0, np.nansum(z, axis=0) / np.maximum(n, 1), np.nan))


def geometric_mean(values: FloatArray, log2_offset: float = 0.0) -> FloatArray:
    """Geometric mean over genes of the linear values behind log2 expression.

    Parameters
    ----------
    values : ndarray of float, genes x samples
        log2(x + ``log2_offset``).
    log2_offset : float >= 0
        0: the values are log2(x), and the result is 2 to the mean. Above 0, x may be zero; then 0.01 is added
        to x as Rooney 2015 does.
    """
    if log2_offset == 0:
        return np.asarray(np.exp2(values.mean(axis=0)))
    linear = np.clip(np.exp2(values) - log2_offset, 0, None) + TPM_OFFSET
    return np.asarray(np.exp2(np.log2(linear).mean(axis=0)))


SIGNATURES = (
    Signature(
        T_CELL_INFLAMED,
        mean_z,
        needs_all=False,
        cohort_note="t_cell_inflamed is a mean z score over this cohort's samples: it compares patients of this"
        " cohort and changes when patients are added; the weights of the commercial assay are not public.",
    ),
    Signature(CYTOLYTIC_ACTIVITY, geometric_mean, needs_all=True, cohort_note=""),
)


def signature_scores(expression: pd.DataFrame, *, log2_offset: float = 0.0) -> pd.DataFrame:
    """Score the published signatures; the frame of `score_signatures`.

    Warnings and notes are in ``.attrs`` of the result. ``t_cell_inflamed`` depends on the cohort.
    """
    result = score_signatures(expression, log2_offset=log2_offset)
    scores = result.scores.copy()
    scores.attrs["warnings"] = list(result.warnings)
    scores.attrs["notes"] = list(result.notes)
    return scores


def score_signatures(expression: pd.DataFrame, *, log2_offset: float = 0.0) -> SignatureScores:
    """Score T-cell inflammation and cytolytic activity.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        log2(x + ``log2_offset``), HGNC symbols.
    log2_offset : float >= 0
        1 for log2(TPM + 1); 0 for log2(TPM) and for array log ratios, where cytolytic activity is relative.

    Returns
    -------
    SignatureScores
        Rows ``t_cell_inflamed`` (mean z over this cohort, about -3 to 3: Ayers 2017's 18 genes) and
        ``cytolytic_activity`` (geometric mean of GZMA and PRF1 on the linear scale, > 0: Rooney 2015).

    Raises
    ------
    ExpressionError
        TAB-50, TAB-54, TAB-56 from the matrix's door.
    """
    check_expression(expression)
    lists = {s.genes.name: s.genes.genes for s in SIGNATURES}
    covered = coverage(expression.index, lists)
    scores = pd.DataFrame(np.nan, index=covered.index, columns=expression.columns)
    warnings = []
    for signature in SIGNATURES:
        name, wanted = signature.genes.name, signature.genes.genes
        missing = [gene for gene in wanted if gene not in expression.index]
        fraction = 1 - len(missing) / len(wanted)
        if missing:
            warnings.append(
                f"TAB-58: {name} lacks {', '.join(missing)} in the matrix ({fraction:.0%} present)."
            )
        if fraction < (1.0 if signature.needs_all else MIN_FRACTION):
            warnings.append(f"TAB-58: {name} has no score.")
            continue
        rows = expression.loc[[gene for gene in wanted if gene not in missing]]
        scores.loc[name] = signature.score(rows.to_numpy(dtype=float), log2_offset)
        without = [str(sample) for sample in scores.columns[scores.loc[name].isna().to_numpy()]]
        if without:
            warnings.append(f"TAB-55: {name} has no score for {', '.join(without)} (missing values).")
    notes = tuple(s.cohort_note for s in SIGNATURES if s.cohort_note)
    return SignatureScores(scores, covered, tuple(warnings), notes)
