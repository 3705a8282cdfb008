"""The lines that `tilscope genesets list` prints: one per collection, however narrow the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tilscope.pipeline.gene_sets.listing import Listed

COLUMNS = ("collection", "for", "sets", "genes", "in the matrix", "version", "licence", "SHA-256")


def collection_lines(entries: Sequence[Listed]) -> Iterator[str]:
    """Yield a header and one line per collection, in columns."""
    rows = [COLUMNS, *(_cells(entry) for entry in entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cells(entry: Listed) -> tuple[str, ...]:
    record, collection, fit = entry.record, entry.collection, entry.fit
    if entry.fault is not None:
        return (entry.file.stem, entry.fault.rule, "-", "-", "-", "-", "-", "-")
    known = None if record is None else (record.version or "-", record.licence, record.sha256[:12])
    if collection is None:
        n_genes = "-" if record is None else f"{record.n_genes:,}"
        return (entry.file.stem, "gene names", "-", n_genes, "-", *(known or ("-", "not known", "-")))
    n_genes = f"{len({gene for genes in collection.sets.values() for gene in genes}):,}"
    present = "no matrix" if fit is None else f"{fit.n_present:,} ({fit.fraction:.0%})"
    uses, n_sets = ", ".join(collection.uses), f"{len(collection.sets):,}"
    unknown = ("-", "not known", collection.sha256[:12])
    return (entry.file.stem, uses, n_sets, n_genes, present, *(known or unknown))
