"""Whether a collection of gene sets and an expression matrix speak of the same genes, and if not, why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from tilscope.biology.gene_sets.coverage import GeneSets, coverage

MOSTLY = 0.5  # share of names from which they count as one kind


@dataclass(frozen=True, slots=True)
class IdentifierKind:
    """One way of naming genes: what people call it, and what such names look like."""

    words: str
    pattern: re.Pattern[str]


IDENTIFIER_KINDS = (
    IdentifierKind("human Ensembl genes", re.compile(r"ENSG\d{11}(\.\d+)?")),
    IdentifierKind("Ensembl genes of another species", re.compile(r"ENS[A-Z]{3,4}G\d{11}(\.\d+)?")),
    IdentifierKind("Ensembl transcripts", re.compile(r"ENS[A-Z]{0,4}T\d{11}(\.\d+)?")),
    IdentifierKind("Entrez numbers", re.compile(r"\d+")),
    IdentifierKind("RefSeq transcripts", re.compile(r"[NX][MR]_\d+(\.\d+)?")),
    IdentifierKind("Affymetrix probes", re.compile(r"\d+(_[a-z]+)?_at")),
    IdentifierKind("Illumina probes", re.compile(r"ILMN_\d+")),
    IdentifierKind("symbols of mouse or rat", re.compile(r"[A-Z][a-z][a-z0-9.-]*")),
    IdentifierKind("human symbols", re.compile(r"[A-Z0-9]+(orf\d+)?[A-Z0-9.@_/-]*")),
)
"""The first that fits a name counts."""


@dataclass(frozen=True, slots=True, eq=False)
class CollectionFit:
    """How much of a collection a matrix has.

    Attributes
    ----------
    table : DataFrame
        As `coverage`, one row per set.
    n_genes, n_present : int
        Distinct genes of all sets, and those of them that the matrix has.
    mismatch : str or None
        Why so few are there, where they are fewer than the smallest fraction allowed; without the rule id.
    """

    table: pd.DataFrame
    n_genes: int
    n_present: int
    mismatch: str | None

    @property
    def fraction(self) -> float:
        """Share of the genes that the matrix has, in [0, 1]."""
        return self.n_present / max(self.n_genes, 1)

    def n_scorable(self, min_genes: int) -> int:
        """Return how many sets have at least so many genes in the matrix."""
        return int((self.table["n_present"] >= min_genes).sum())


def fit_collection(genes: Iterable[str], gene_sets: GeneSets, minimum: float = 0.5) -> CollectionFit:
    """Compare a collection of gene sets with the genes of a matrix.

    Parameters
    ----------
    genes : iterable of str
        Genes of the expression matrix.
    gene_sets : mapping of set name to genes
    minimum : float in [0, 1]
        Fraction of the distinct genes below which collection and matrix do not fit (TAB-58).
    """
    known = set(genes)
    wanted = {gene for members in gene_sets.values() for gene in members}
    n_present = len(wanted & known)
    mismatch = None if wanted and n_present >= minimum * len(wanted) else _mismatch(known, wanted, minimum)
    return CollectionFit(coverage(known, gene_sets), len(wanted), n_present, mismatch)


def _mismatch(known: set[str], wanted: set[str], minimum: float) -> str:
    head = (
        f"the expression matrix has {len(wanted & known):,} of the {len(wanted):,} genes of the sets, less than "
        f"{minimum:.0%}"
    )
    of_sets, of_matrix = identifier_kind(wanted), identifier_kind(known)
    examples = f"({', '.join(sorted(wanted - known)[:3])})"
    if of_sets != of_matrix:
        return f"{head}: the sets name {of_sets} {examples}, the matrix {of_matrix} ({', '.join(sorted(known)[:3])})"
    return f"{head}: both name {of_sets}, but others; missing are for example {examples[1:-1]}"


def identifier_kind(genes: Iterable[str]) -> str:
    """Return in words how most of the genes are named."""
    names = list(genes)
    counts = dict.fromkeys((kind.words for kind in IDENTIFIER_KINDS), 0)
    for name in names:
        found = next((kind.words for kind in IDENTIFIER_KINDS if kind.pattern.fullmatch(name)), None)
        if found is not None:
            counts[found] += 1
    best = max(counts, key=lambda words: counts[words])
    return best if counts[best] > MOSTLY * len(names) else "identifiers of several kinds"
