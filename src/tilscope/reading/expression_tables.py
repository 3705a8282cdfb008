"""Expression matrices as text: CSV, TSV and GCT, with annotation columns told apart from samples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.expression_cells import Cells, split
from tilscope.reading.gene_identifiers import n_like_genes
from tilscope.reading.gene_symbols import WELL_KNOWN, refuse_dates
from tilscope.reading.text_tables import (
    decoded_text,
    delimiter_of,
    refuse_repeated,
    require_final_newline,
    shown,
)
from tilscope.vocabulary import ExpressionError

# fmt: off
SYMBOL_COLUMNS = (
    "symbol", "gene_symbol", "genesymbol", "gene_name", "genename", "hgnc_symbol", "hugo_symbol", "external_gene_name",
    "feature_name", "description",
)
ANNOTATION_COLUMNS = frozenset((
    *SYMBOL_COLUMNS, "gene", "gene_id", "geneid", "ensembl", "ensembl_id", "ensembl_gene_id", "entrez", "entrez_id",
    "entrezid", "entrez_gene_id", "entrezgene", "hgnc_id", "gene_type", "gene_biotype", "biotype", "transcript_id",
    "transcript_id(s)", "accession", "chr", "chrom", "chromosome", "chromosome_name", "seqnames", "start", "end",
    "strand",
    "length", "gene_length", "effective_length", "width", "locus", "cytoband", "band", "annotation", "annot", "title",
    "gene_title", "gene_description", "probe", "probe_id", "probeset", "id_ref", "unnamed: 0",
))
# rows that counting programs write below the genes
SUMMARY_ROWS = frozenset((
    "__no_feature", "__ambiguous", "__too_low_aqual", "__not_aligned", "__alignment_not_unique", "n_unmapped",
    "n_multimapping", "n_nofeature", "n_ambiguous", "no_feature", "ambiguous", "too_low_aqual", "not_aligned",
    "alignment_not_unique",
))
# fmt: on
NO_NAME = frozenset(("", "?", "---"))
KNOWN_GENES_NEEDED = 3  # to recognise a transposed table (TAB-57)
WIDE_COLUMNS, WIDE_RATIO = 2_000, 5  # no cohort has so many tumours and so few genes
GCT = re.compile(r"#1\.(\d)\s*")


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionTable:
    """A matrix as it was handed over: nothing mapped, merged or left out but what is no gene and no sample.

    Attributes
    ----------
    genes, samples : tuple of str
        As written; genes may repeat.
    values : ndarray of float, shape (n_genes, n_samples)
        Finite or NaN.
    symbols : tuple of str
        A further column of symbols, one per gene; empty where the table has none.
    layout : str
        What was read, in words.
    notes : tuple of str
        What was left out, rule id first.
    file : str
        Name for messages.
    """

    genes: tuple[str, ...]
    samples: tuple[str, ...]
    values: NDArray[np.float64]
    symbols: tuple[str, ...] = ()
    layout: str = ""
    notes: tuple[str, ...] = ()
    file: str = ""

    def only(self, samples: Mapping[str, str]) -> ExpressionTable:
        """Return the table with these samples alone, called by their new names and sorted by them."""
        places = sorted((new, self.samples.index(old)) for old, new in samples.items())
        columns = [place for _, place in places]
        return replace(self, samples=tuple(new for new, _ in places), values=self.values[:, columns])


def read_expression_table(file: Path | str) -> ExpressionTable:
    """Read a CSV, TSV or GCT (#1.2) file, plain or ``.gz``.

    Raises
    ------
    ExpressionError
        TAB-00 missing, TAB-50 a sample twice, TAB-51 ragged or cut, TAB-52 encoding, numbers that are none, or a
        column that is neither sample nor known annotation; TAB-53 genes turned into dates, TAB-56 infinite
        values, TAB-57 transposed.
    """
    path = Path(file)
    text = decoded_text(path, ExpressionError)
    require_final_newline(text, path, ExpressionError)
    lines, comments, announced = _without_head(_lines(text), path)
    delimiter = delimiter_of(lines[0][1], path, ExpressionError)
    names = [name.strip() for name in split(lines[0][1], delimiter, lines[0][0], path)]
    if len(lines) == 1:
        raise ExpressionError("TAB-51", "the table has a header and no rows", file=path, expected="genes")
    if len(split(lines[1][1], delimiter, lines[1][0], path)) == len(names) + 1:  # R leaves the corner out
        names.insert(0, "")
    cells = Cells(path, delimiter, lines[1:], len(names))
    gene_column, annotation = _annotation(names, cells.first_rows())
    kept = [k for k in range(len(names)) if k != gene_column and k not in annotation]
    samples = tuple(names[k] for k in kept)
    _refuse_no_samples(samples, path)
    symbol_column = _symbol_column(names, annotation, cells.first_rows())
    refuse_transposed(cells.column(gene_column), samples, path)
    words = [gene_column] if symbol_column is None else [gene_column, symbol_column]
    values, (genes, *symbols) = cells.read(samples, kept, words)
    _refuse_announced(announced, len(genes), len(samples), path)
    layout = f"{len(genes):,} rows x {len(samples):,} samples, {cells.mark_name}-separated"
    dropped = _dropped_columns([names[k] for k in annotation if k != symbol_column and names[k]])
    table = ExpressionTable(
        genes, samples, values, symbols[0] if symbols else (), layout, (*comments, *dropped), path.name
    )
    return without_no_genes(table)


def without_no_genes(table: ExpressionTable) -> ExpressionTable:
    """Leave out rows that are no genes, and refuse dates and infinite values."""
    summary = [name for name in table.genes if name.lower() in SUMMARY_ROWS]
    no_name = [_before_bar(name) in NO_NAME for name in table.genes]
    keep = np.array(
        [name.lower() not in SUMMARY_ROWS and not n for name, n in zip(table.genes, no_name, strict=True)]
    )
    notes = list(table.notes)
    if summary:
        notes.append(f"TAB-54 rows that are no genes were left out: {shown(summary)}")
    if any(no_name):
        notes.append(f"TAB-54 {sum(no_name)} rows without a gene's name were left out")
    if not keep.all():
        table = replace(
            table,
            genes=tuple(g for g, k in zip(table.genes, keep, strict=True) if k),
            values=table.values[keep],
            symbols=tuple(s for s, k in zip(table.symbols, keep, strict=True) if k) if table.symbols else (),
        )
    refuse_dates([*table.genes, *table.symbols], Path(table.file))
    _refuse_infinite(table)
    return replace(table, notes=tuple(notes))


def _before_bar(name: str) -> str:
    return name.partition("|")[0].strip()


def refuse_transposed(genes: Sequence[str], samples: Sequence[str], file: object) -> None:
    """Refuse a table whose columns are genes, told by their names or by its shape (TAB-57)."""
    in_header = sorted(WELL_KNOWN & {sample.upper() for sample in samples})
    in_rows = WELL_KNOWN & {gene.upper() for gene in genes}
    n_ids, n_row_ids = n_like_genes(samples), n_like_genes(genes)
    is_wide = len(samples) >= WIDE_COLUMNS and len(samples) > WIDE_RATIO * len(genes)
    by_symbol = len(in_header) >= KNOWN_GENES_NEEDED and len(in_header) > len(in_rows)
    by_id = n_ids > len(samples) / 2 and n_ids > n_row_ids
    if not (by_symbol or by_id or (is_wide and not in_rows and not n_row_ids)):
        return
    told = f"{', '.join(in_header[:5])} in the header" if by_symbol else f"{len(samples):,} columns"
    told = f"{n_ids:,} Ensembl gene ids in the header" if by_id else told
    raise ExpressionError(
        "TAB-57",
        "the table is transposed: its columns are genes",
        file=file,
        found=f"{told}, {len(genes):,} rows",
        expected="genes in rows, samples in columns",
        remedy="Transpose the table.",
    )


def _refuse_no_samples(samples: tuple[str, ...], path: Path) -> None:
    if not samples or "" in samples:
        raise ExpressionError(
            "TAB-50",
            "a column of samples has no name" if samples else "the table has no columns of samples",
            file=path,
            found=f"{len(samples)} columns",
            expected="a sample id above each column",
            remedy="Name the column, or take it out; a line that ends with a delimiter makes an empty one.",
        )
    refuse_repeated(samples, path, ExpressionError, "sample", "TAB-50")


def _lines(text: str) -> list[tuple[int, str]]:
    """Return (line number, text) of the lines that are not blank; only line breaks break lines."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line) for number, line in enumerate(whole, start=1) if line.strip()]


def _without_head(
    lines: list[tuple[int, str]], path: Path
) -> tuple[list[tuple[int, str]], tuple[str, ...], tuple[int, int] | None]:
    """Take off GCT's two first lines and comments; return the lines, notes and what GCT announces."""
    gct = GCT.match(lines[0][1])
    if gct and gct[1] == "2" and len(lines) > 2:
        sizes = [int(cell) for cell in re.findall(r"\d+", lines[1][1])[:2]]
        if len(sizes) == 2:
            return lines[2:], (), (sizes[0], sizes[1])
    if gct:
        raise ExpressionError(
            "TAB-51",
            "this GCT file cannot be read",
            file=path,
            found=f"version 1.{gct[1]}, {len(lines)} lines",
            expected="#1.2 with the numbers of rows and columns in the second line",
            remedy="Save it as GCT #1.2, or as TSV with genes in rows.",
        )
    first = next((k for k, (_, line) in enumerate(lines) if not line.startswith("#")), len(lines))
    if first == len(lines):
        raise ExpressionError("TAB-51", "the file has comments only", file=path, expected="a header and rows")
    return lines[first:], (f"TAB-51 {first} comment lines (#) were passed over",) if first else (), None


def _annotation(names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[int, list[int]]:
    """Return the place of the genes' column and those of columns that are no samples."""
    known = [k for k in range(1, len(names)) if names[k].lower() in ANNOTATION_COLUMNS]
    numbered = [str(k) for k in range(len(rows))], [str(k) for k in range(1, len(rows) + 1)]
    if known and known[0] == 1 and len(rows) > 1 and [row[0].strip() for row in rows] in numbered:
        return 1, [0, *known[1:]]  # a data frame's row numbers stand before the genes
    return 0, known


def _symbol_column(
    names: Sequence[str], annotation: Sequence[int], rows: Sequence[Sequence[str]]
) -> int | None:
    """Return the place of a further column of symbols: most of its cells are words of their own."""
    for wanted in SYMBOL_COLUMNS:
        for k in annotation:
            cells = {row[k].strip() for row in rows}
            words = sum(bool(re.fullmatch(r"[A-Za-z][\w.@/-]*", cell)) for cell in cells)
            if names[k].lower() == wanted and words > len(rows) / 2:
                return k
    return None


def _dropped_columns(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    return (f"TAB-52 columns that are no samples were left out: {shown(list(names))}",)


def _refuse_announced(announced: tuple[int, int] | None, n_genes: int, n_samples: int, path: Path) -> None:
    if announced is not None and announced != (n_genes, n_samples):
        raise ExpressionError(
            "TAB-51",
            "the GCT file has other numbers of rows and columns than its second line says",
            file=path,
            found=f"{n_genes} genes, {n_samples} samples",
            expected=f"{announced[0]} genes, {announced[1]} samples",
            remedy="Export the file again.",
        )


def _refuse_infinite(table: ExpressionTable) -> None:
    n_infinite = int(np.isinf(table.values).sum())
    if n_infinite:
        raise ExpressionError(
            "TAB-56",
            "the matrix has infinite values",
            file=table.file,
            found=f"{n_infinite} infinite values",
            expected="finite numbers",
            remedy="Add a small constant before taking logarithms, such as log2(TPM + 1).",
        )
