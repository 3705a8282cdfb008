"""Scores of gene signatures per sample: the published ones, and a study's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tilscope.biology.expression.door import check_expression
from tilscope.biology.gene_sets.coverage import coverage
from tilscope.biology.markers.immune_cells import IMMUNE_CELL_MARKERS
from tilscope.biology.markers.published import CYTOLYTIC_ACTIVITY, T_CELL_INFLAMED, GeneList
from tilscope.biology.markers.scoring import GEOMETRIC_MEAN, MEAN_LOG2, MEAN_Z, Scoring


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and how it is scored.

    Attributes
    ----------
    genes : GeneList
    scoring : Scoring
    weights : tuple of float
        One per gene in the list's order, or none: 1 each. Only for a scoring that uses them.
    min_fraction : float in (0, 1], or None
        A signature of which less is in the matrix has no score (TAB-58); None: the scoring's.
    note : str
        What a reader of its scores should know.
    """

    genes: GeneList
    scoring: Scoring
    weights: tuple[float, ...] = ()
    min_fraction: float | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """Key in tables."""
        return self.genes.name

    @property
    def notes(self) -> tuple[str, ...]:
        """How its scores must be read: their dependence on the cohort first."""
        cohort = (
            f"{self.name} is a mean z score over this cohort's samples: it compares patients of this cohort and "
            "changes when patients are added."
        )
        return tuple(note for note in (cohort if self.scoring.depends_on_cohort else "", self.note) if note)


SIGNATURES = (
    Signature(
        T_CELL_INFLAMED,
        MEAN_Z,
        note="t_cell_inflamed weighs its genes equally: the weights of the commercial assay are not public.",
    ),
    Signature(CYTOLYTIC_ACTIVITY, GEOMETRIC_MEAN, min_fraction=1.0),
)
IMMUNE_CELL_SIGNATURES = tuple(Signature(genes, MEAN_LOG2) for genes in IMMUNE_CELL_MARKERS)
"""Danaher 2017 scores a cell type by the mean log2 value of its genes; it compares samples, not cell types."""


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


def signature_scores(expression: pd.DataFrame, *, log2_offset: float = 0.0) -> pd.DataFrame:
    """Score the published signatures; the frame of `score_signatures`.

    Warnings and notes are in ``.attrs`` of the result. ``t_cell_inflamed`` depends on the cohort.
    """
    result = score_signatures(expression, log2_offset=log2_offset)
    scores = result.scores.copy()
    scores.attrs["warnings"] = list(result.warnings)
    scores.attrs["notes"] = list(result.notes)
    return scores


def score_signatures(
    expression: pd.DataFrame, signatures: Sequence[Signature] = SIGNATURES, *, log2_offset: float = 0.0
) -> SignatureScores:
    """Score signatures: by default T-cell inflammation and cytolytic activity.

    Parameters
    ----------
    expression : DataFrame of float, genes x samples
        log2(x + ``log2_offset``), HGNC symbols.
    signatures : sequence of Signature
        Each name once.
    log2_offset : float >= 0
        1 for log2(TPM + 1); 0 for log2(TPM) and for array log ratios, where cytolytic activity is relative.

    Returns
    -------
    SignatureScores
        Of the default: ``t_cell_inflamed`` (mean z over this cohort, about -3 to 3: Ayers 2017's 18 genes) and
        ``cytolytic_activity`` (geometric mean of GZMA and PRF1 on the linear scale, > 0: Rooney 2015).

    Raises
    ------
    ExpressionError
        TAB-50, TAB-54, TAB-56 from the matrix's door.
    """
    check_expression(expression)
    covered = coverage(expression.index, {s.name: s.genes.genes for s in signatures})
    scores = pd.DataFrame(np.nan, index=covered.index, columns=expression.columns)
    warnings = []
    for signature in signatures:
        missing = [gene for gene in dict.fromkeys(signature.genes.genes) if gene not in expression.index]
        fraction = 1 - len(missing) / len(set(signature.genes.genes))
        if missing:
            warnings.append(
                f"TAB-58: {signature.name} lacks {', '.join(missing)} in the matrix ({fraction:.0%} present)."
            )
        if fraction == 0 or fraction < (signature.min_fraction or signature.scoring.min_fraction):
            warnings.append(f"TAB-58: {signature.name} has no score.")
            continue
        scores.loc[signature.name] = _score(expression, signature, log2_offset)
        without = [str(sample) for sample in scores.columns[scores.loc[signature.name].isna().to_numpy()]]
        if without:
            warnings.append(
                f"TAB-55: {signature.name} has no score for {', '.join(without)} (missing values)."
            )
    return SignatureScores(
        scores, covered, tuple(warnings), tuple(note for s in signatures for note in s.notes)
    )


def _score(expression: pd.DataFrame, signature: Signature, log2_offset: float) -> np.ndarray:
    genes = list(dict.fromkeys(signature.genes.genes))
    weights = dict(zip(signature.genes.genes, signature.weights or [1.0] * len(genes), strict=True))
    present = [gene for gene in genes if gene in expression.index]
    values = expression.loc[present].to_numpy(dtype=float)
    return signature.scoring.score(values, np.array([weights[gene] for gene in present]), log2_offset)
