"""Expression matrices: genes x samples, with every doubtful value settled or refused, and every decision told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.doors import existing_file
from tilscope.reading.expression_duplicates import one_row_per_gene
from tilscope.reading.expression_scale import told_scale
from tilscope.reading.expression_tables import ExpressionTable, read_expression_table
from tilscope.reading.gene_aliases import GeneNames, shipped_gene_names
from tilscope.reading.gene_identifiers import name_genes
from tilscope.reading.h5ad_files import expression_table_of, is_h5ad, read_h5ad_table
from tilscope.reading.text_tables import shown
from tilscope.vocabulary import ExpressionError

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_MISSING = 0.2  # a sample that lacks more of its genes is set aside whole (TAB-55)
ENOUGH_TO_COMPARE = 50  # genes from which equal samples are no accident


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionMatrix:
    """Expression of genes in samples.

    Attributes
    ----------
    values : DataFrame of float, genes x samples
        Finite; unique gene names (index ``gene``) and sample ids (text).
    scale : str
        ``counts`` (reads, also expected ones with decimals), ``log2`` (log-scaled abundance), ``ratio`` (log ratios,
        both signs) or ``linear`` (abundance not on a log scale, such as TPM).
    warnings : tuple of str
        Rule id first.
    dropped_genes, dropped_samples : tuple of str
        Genes with missing values, and samples with too many (TAB-55).
    decisions : dict of str to str
        What was recognised and why, in words: ``layout``, ``scale``, ``identifiers``, ``duplicates``, ``missing``.
    counted : dict of str to int
        ``rows_read, genes, renamed, mapped, unmapped, merged, dropped, constant``.
    renamed : dict of str to str
        Earlier names of genes that were replaced by the approved symbol.
    """

    values: pd.DataFrame
    scale: str
    warnings: tuple[str, ...] = ()
    dropped_genes: tuple[str, ...] = ()
    dropped_samples: tuple[str, ...] = ()
    decisions: dict[str, str] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)


def read_expression(
    file: Path | str,
    *,
    scale: str = "auto",
    identifiers: str = "auto",
    duplicates: str = "highest-mean",
    names: GeneNames | None = None,
    layer: str | None = None,
) -> ExpressionMatrix:
    """Read a matrix of genes x samples: CSV, TSV or GCT (genes in rows), plain or ``.gz``, or ``.h5ad``.

    Parameters
    ----------
    scale : {"auto", "counts", "linear", "log2", "ratio"}
        ``auto`` tells it by the values, and refuses where they do not tell.
    identifiers : {"auto", "symbol", "ensembl", "entrez", "as-is"}
        What names the genes; ``as-is`` changes no name.
    duplicates : {"highest-mean", "mean", "sum", "first", "refuse"}
        What becomes of several rows of one gene.
    names : GeneNames, optional
        What genes are called (`read_hgnc`); by default the package's own table of the genes of its lists.
    layer : str, optional
        Of an ``.h5ad`` file: the layer instead of ``X``.

    Raises
    ------
    ExpressionError
        TAB-00 missing, TAB-50 a sample twice, TAB-51 ragged or cut, TAB-52 encoding or numbers that are none,
        TAB-53 genes turned into dates, TAB-54 duplicates that are to be refused, TAB-55 nothing but gaps, TAB-56
        infinite values, negative counts or a scale that cannot be told, TAB-57 transposed, TAB-58 identifiers that
        cannot be told or mapped.
    MissingExtraError
        For ``.h5ad`` without h5py.
    """
    return trusted_expression(
        open_expression(file, layer), scale=scale, identifiers=identifiers, duplicates=duplicates, names=names
    )


def open_expression(file: Path | str, layer: str | None = None) -> ExpressionTable:
    """Read a matrix as it was handed over, whatever its format; `trusted_expression` settles the rest."""
    path = existing_file(file, "TAB-00", ExpressionError)
    return read_h5ad_table(path, layer) if is_h5ad(path) else read_expression_table(path)


def expression_of(
    adata: Any,
    layer: str | None = None,
    *,
    scale: str = "auto",
    identifiers: str = "auto",
    duplicates: str = "highest-mean",
    names: GeneNames | None = None,
) -> ExpressionMatrix:
    """Take the matrix of an AnnData object in memory (obs: samples, var: genes); see `read_expression`."""
    table = expression_table_of(adata, layer)
    return trusted_expression(table, scale=scale, identifiers=identifiers, duplicates=duplicates, names=names)


def trusted_expression(
    table: ExpressionTable,
    *,
    scale: str = "auto",
    identifiers: str = "auto",
    duplicates: str = "highest-mean",
    names: GeneNames | None = None,
) -> ExpressionMatrix:
    """Settle identifiers, gaps, duplicates and the scale of a table; see `read_expression`."""
    import pandas as pd

    named = name_genes(
        table.genes, names or shipped_gene_names(), identifiers, file=table.file, own=table.symbols
    )
    index = pd.Index(named.names, name="gene", dtype=object)
    frame = pd.DataFrame(table.values, index=index, columns=pd.Index(table.samples, dtype=object))
    frame, dropped_samples, dropped_genes, gap_notes = _without_missing(frame, table.file)
    found, evidence, scale_notes = told_scale(frame.to_numpy(), scale, table.file)
    if found in ("log2", "ratio") and duplicates == "sum" and not frame.index.is_unique:
        raise _sum_of_logs(found, table.file)
    merged, told, merge_notes = one_row_per_gene(frame, duplicates, table.file)
    values = merged.to_numpy()
    n_constant = int((values == values[:, :1]).all(axis=1).sum())
    decisions = {
        "layout": table.layout,
        "identifiers": named.evidence,
        "scale": evidence,
        "duplicates": told,
        "missing": f"{len(dropped_genes):,} genes and {len(dropped_samples)} samples left out for gaps",
        "constant": f"{n_constant:,} genes have one value in all samples (kept)",
    }
    counted = {
        "rows_read": len(table.genes),
        "genes": len(merged),
        "renamed": len(named.renamed),
        "mapped": named.mapped,
        "unmapped": named.unmapped,
        "merged": len(frame) - len(merged),
        "dropped": len(dropped_genes),
        "constant": n_constant,
    }
    notes = (*table.notes, *named.notes, *gap_notes, *merge_notes, *scale_notes, *_equal_samples(merged))
    return ExpressionMatrix(
        merged, found, notes, dropped_genes, dropped_samples, decisions, counted, dict(named.renamed)
    )


def _without_missing(
    values: pd.DataFrame, file: str
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Set aside samples that lack many genes, then genes that lack a sample (TAB-55)."""
    lacking = values.isna().to_numpy()
    is_bad: NDArray[np.bool_] = np.asarray(lacking.mean(axis=0) > SAMPLE_MISSING)
    has_gap: NDArray[np.bool_] = np.asarray(lacking[:, ~is_bad].any(axis=1))
    bad_samples, bad_genes = list(values.columns[is_bad]), list(values.index[has_gap])
    if is_bad.all() or has_gap.all():
        raise ExpressionError(
            "TAB-55",
            "every sample lacks many genes" if is_bad.all() else "every gene lacks a sample",
            file=file,
            found=f"{lacking.sum():,} empty cells of {lacking.size:,}",
            expected="a filled matrix",
            remedy="Fill the matrix where it was made.",
        )
    warnings = []
    if bad_samples:
        warnings.append(f"TAB-55 samples set aside for missing values: {shown(bad_samples)}")
    if bad_genes:
        warnings.append(f"TAB-55 {len(bad_genes)} genes dropped for missing values: {shown(bad_genes)}")
    kept = values.iloc[np.flatnonzero(~has_gap), np.flatnonzero(~is_bad)]
    return kept, tuple(bad_samples), tuple(bad_genes), tuple(warnings)


def _sum_of_logs(scale: str, file: str) -> ExpressionError:
    return ExpressionError(
        "TAB-54",
        "rows of one gene cannot be summed on a log scale",
        file=file,
        found=f'duplicates = "sum", scale {scale}',
        expected="counts or abundances",
        remedy='Set duplicates = "highest-mean" or "mean" in [expression].',
    )


def _equal_samples(values: pd.DataFrame) -> tuple[str, ...]:
    """Name samples whose values are all the same: one tumour under two ids."""
    if len(values) < ENOUGH_TO_COMPARE:
        return ()
    seen: dict[bytes, str] = {}
    pairs = []
    for name, column in values.items():
        first = seen.setdefault(np.ascontiguousarray(column.to_numpy()).tobytes(), str(name))
        if first != name:
            pairs.append(f"{first} and {name}")
    return (f"TAB-50 samples have equal values in every gene: {shown(pairs)}",) if pairs else ()
