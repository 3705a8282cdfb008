"""Earlier names of genes in gene sets, brought to the symbols that the matrix uses."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tilscope.biology.gene_sets.coverage import GeneSets


def with_names_of_matrix(
    gene_sets: GeneSets, genes: Collection[str], other_names: Mapping[str, str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Replace genes that the matrix does not have under their name by approved symbols that it has.

    The matrix's own earlier names were replaced when it was read; without this a set that names ``INDO`` would miss a
    gene that was called so in the matrix as well and is ``IDO1`` there now. No gene that the matrix has is touched.

    Parameters
    ----------
    gene_sets : mapping of set name to genes
    genes : collection of str
        Genes of the matrix.
    other_names : mapping of str to str
        Earlier and other names, each of one gene only, and its approved symbol.

    Returns
    -------
    sets : dict of set name to genes
        Each gene once per set, in the order of the set.
    renamed : dict of str to str
        What was replaced, by name.
    """
    known = frozenset(genes)
    wanted = {gene for members in gene_sets.values() for gene in members} - known
    renamed = {
        gene: symbol
        for gene in sorted(wanted)
        if (symbol := other_names.get(gene)) is not None and symbol in known
    }
    sets = {
        name: tuple(dict.fromkeys(renamed.get(gene, gene) for gene in members))
        for name, members in gene_sets.items()
    }
    return sets, renamed
