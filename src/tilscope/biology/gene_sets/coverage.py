"""How much of the gene sets a matrix knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from tilscope.vocabulary import ExpressionError

GeneSets = Mapping[str, Collection[str]]

COVERAGE_COLUMNS = ("n_genes", "n_present", "fraction", "missing")


def coverage(genes: Iterable[str], gene_sets: GeneSets) -> pd.DataFrame:
    """Count the genes of every set that are present.

    Parameters
    ----------
    genes : iterable of str
        Genes of the expression matrix.
    gene_sets : mapping of set name to genes; repeated genes count once

    Returns
    -------
    DataFrame indexed by ``gene_set``, columns `COVERAGE_COLUMNS`
        ``fraction`` in [0, 1] (0 for an empty set); ``missing`` is a tuple of genes.
    """
    known = set(genes)
    rows = []
    for members in gene_sets.values():
        unique = tuple(dict.fromkeys(members))
        missing = tuple(gene for gene in unique if gene not in known)
        n_present = len(unique) - len(missing)
        rows.append((len(unique), n_present, n_present / max(len(unique), 1), missing))
    names = pd.Index(list(gene_sets), name="gene_set", dtype=object)
    return pd.DataFrame(rows, index=names, columns=list(COVERAGE_COLUMNS))


def check_overlap(genes: Iterable[str], gene_sets: GeneSets, minimum: float = 0.5) -> pd.DataFrame:
    """Refuse gene sets that do not fit the matrix.

    Parameters
    ----------
    genes : iterable of str
        Genes of the expression matrix.
    gene_sets : mapping of set name to genes
    minimum : float in [0, 1]
        Smallest fraction of the sets' distinct genes that must be present.

    Returns
    -------
    DataFrame as `coverage`.

    Raises
    ------
    ExpressionError
        TAB-58 if there are no sets, or fewer genes are present: identifiers of another kind or species.
    """
    wanted = {gene for members in gene_sets.values() for gene in members}
    known = set(genes)
    n_present = len(wanted & known)
    if not wanted or n_present < minimum * len(wanted):
        missing = ", ".join(sorted(wanted - known)[:5])
        raise ExpressionError(
            "TAB-58",
            f"the expression matrix has {n_present} of the gene sets' {len(wanted)} genes",
            found=f"missing for example {missing or 'all: the sets are empty'}",
            expected=f"at least {minimum:.0%}",
            remedy="Use one kind of identifier (HGNC symbols) in matrix and gene sets.",
        )
    return coverage(known, gene_sets)
