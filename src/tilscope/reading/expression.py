"""Expression matrices: genes x samples, with every doubtful value settled or refused."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tilscope.reading.gene_symbols import WELL_KNOWN, refuse_dates
from tilscope.reading.participants import COMMA_NUMBER
from tilscope.reading.text_tables import (
    decoded_text,
    delimiter_of,
    is_missing,
    ragged,
    refuse_repeated,
    require_final_newline,
    shown,
)
from tilscope.vocabulary import ExpressionError

if TYPE_CHECKING:
    import pandas as pd

LOG_MAXIMUM = 50.0  # log2 values of real data stay far below (TAB-56)
SAMPLE_MISSING = 0.2  # a sample that lacks more of its genes is set aside whole (TAB-55)
RATIO_NEGATIVE = 0.25  # share of negative values from which a log matrix is one of ratios
KNOWN_GENES_NEEDED = 3  # to recognise a transposed table (TAB-57)


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionMatrix:
    """Expression of genes in samples.

    Attributes
    ----------
    values : DataFrame of float, genes x samples
        Finite; unique gene names (index ``gene``) and sample ids (text).
    scale : str
        ``counts`` (whole numbers), ``log2`` (log-scaled abundance), ``ratio`` (log ratios, both signs) or
        ``linear`` (abundance not on a log scale, such as TPM).
    warnings : tuple of str
        Rule id first.
    dropped_genes, dropped_samples : tuple of str
        Genes with missing values, and samples with too many (TAB-55).
    """

    values: pd.DataFrame
    scale: str
    warnings: tuple[str, ...] = ()
    dropped_genes: tuple[str, ...] = ()
    dropped_samples: tuple[str, ...] = ()


def read_expression(file: Path | str) -> ExpressionMatrix:
    """Read a CSV or TSV matrix of genes (rows) x samples (columns), plain or ``.gz``.

    Raises
    ------
    ExpressionError
        TAB-00 missing, TAB-50 a sample twice, TAB-51 ragged or cut, TAB-52 encoding or numbers that are none,
        TAB-53 genes turned into dates, TAB-56 infinite values or negative counts, TAB-57 transposed.
    """
    path = Path(file)
    genes, samples, matrix = _parse(path)
    _refuse_transposed(genes, samples, path)
    refuse_dates(genes, path)
    _refuse_infinite(matrix, path)
    import pandas as pd

    values = pd.DataFrame(matrix, index=pd.Index(genes, name="gene", dtype=object), columns=samples)
    values, dropped_samples, dropped_genes, warnings = _without_missing(values, path)
    values, duplicate_notes = _without_duplicates(values)
    scale, scale_notes = _scale(values.to_numpy(), path)
    return ExpressionMatrix(
        values, scale, (*warnings, *duplicate_notes, *scale_notes), dropped_genes, dropped_samples
    )


def _parse(path: Path) -> tuple[list[str], list[str], NDArray[np.float64]]:
    """Return genes, samples and values; cells are parsed by Python's float, which is exact."""
    text = decoded_text(path, ExpressionError)
    require_final_newline(text, path, ExpressionError)
    delimiter = delimiter_of(text, path, ExpressionError)
    rows = _rows(text, delimiter)
    number, header = next(rows)
    body = list(rows)
    if not body:
        raise ExpressionError("TAB-51", "the table has a header and no rows", file=path, expected="genes")
    has_corner = len(body[0][1]) != len(header) + 1  # R leaves the corner out
    samples = [name.strip() for name in (header[1:] if has_corner else header)]
    refuse_repeated(tuple(samples), path, ExpressionError, "sample", "TAB-50")
    values = np.empty((len(body), len(samples)))
    for row, (number, cells) in enumerate(body):
        if len(cells) != len(samples) + 1:
            raise ragged(path, number, len(cells), len(samples) + 1, delimiter, ExpressionError)
        values[row] = _numbers(cells, delimiter, samples, path)
    return [cells[0].strip() for _, cells in body], samples, values


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of every row that is not blank."""
    lines = text.splitlines()
    rows = (
        csv.reader(lines, delimiter=delimiter) if '"' in text else (line.split(delimiter) for line in lines)
    )
    for number, cells in enumerate(rows, start=1):
        if len(cells) > 1 or (cells and cells[0].strip()):
            yield number, cells


def _numbers(cells: Sequence[str], delimiter: str, samples: Sequence[str], path: Path) -> list[float]:
    try:
        return [float(cell) for cell in cells[1:]]
    except ValueError:
        return [
            _number(cell, delimiter, cells[0], sample, path)
            for cell, sample in zip(cells[1:], samples, strict=True)
        ]


def _number(cell: str, delimiter: str, gene: str, sample: str, path: Path) -> float:
    """Return one cell; a decimal comma is understood where the comma is not the delimiter."""
    text = cell.strip()
    if is_missing(text) or text == "#N/A":
        return float("nan")
    if delimiter != "," and COMMA_NUMBER.fullmatch(text):
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError as fault:
        raise ExpressionError(
            "TAB-52",
            "a cell is not a number",
            file=path,
            found=f"{text[:40]!r} for gene {gene!r}, sample {sample!r}",
            expected="numbers with a decimal point",
            remedy="Mend the cell, or leave it empty; annotation columns do not belong into the matrix.",
        ) from fault


def _refuse_transposed(genes: Sequence[str], samples: Sequence[str], path: Path) -> None:
    in_header = sorted(WELL_KNOWN & {sample.upper() for sample in samples})
    in_rows = WELL_KNOWN & {gene.upper() for gene in genes}
    if len(in_header) >= KNOWN_GENES_NEEDED and len(in_header) > len(in_rows):
        raise ExpressionError(
            "TAB-57",
            "the table is transposed: its columns are genes",
            file=path,
            found=f"{', '.join(in_header[:5])} in the header",
            expected="genes in rows, samples in columns",
            remedy="Transpose the table.",
        )


def _refuse_infinite(matrix: NDArray[np.float64], path: Path) -> None:
    n_infinite = int(np.isinf(matrix).sum())
    if n_infinite:
        raise ExpressionError(
            "TAB-56",
            "the matrix has infinite values",
            file=path,
            found=f"{n_infinite} infinite values",
            expected="finite numbers",
            remedy="Add a small constant before taking logarithms, such as log2(TPM + 1).",
        )


def _without_missing(
    values: pd.DataFrame, path: Path
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Set aside samples that lack many genes, then genes that lack a sample (TAB-55)."""
    lacking = values.isna()
    bad_samples = values.columns[(lacking.mean() > SAMPLE_MISSING).to_numpy()]
    kept = values.drop(columns=bad_samples)
    if kept.shape[1] == 0:
        raise ExpressionError(
            "TAB-55", "every sample lacks many genes", file=path, expected="a filled matrix"
        )
    has_gap = kept.isna().any(axis=1)
    bad_genes = kept.index[has_gap.to_numpy()]
    warnings = []
    if len(bad_samples):
        warnings.append(f"TAB-55 samples set aside for missing values: {shown(list(bad_samples))}")
    if len(bad_genes):
        warnings.append(f"TAB-55 {len(bad_genes)} genes dropped for missing values: {shown(list(bad_genes))}")
    return kept.loc[~has_gap.to_numpy()], tuple(bad_samples), tuple(bad_genes), tuple(warnings)


def _without_duplicates(values: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Keep, of rows of one gene, the one with the highest mean; the first of equals (TAB-54)."""
    if values.index.is_unique:
        return values, ()
    genes = values.index.to_numpy()
    order = np.lexsort((np.arange(len(genes)), -values.mean(axis=1).to_numpy()))
    _, first = np.unique(genes[order].astype(str), return_index=True)
    kept = np.sort(order[first])
    twice = sorted(set(values.index[values.index.duplicated()]))
    note = f"TAB-54 {len(twice)} genes occur more than once; the row with the highest mean is kept: {shown(twice)}"
    return values.iloc[kept], (note,)


def _scale(values: NDArray[np.float64], path: Path) -> tuple[str, tuple[str, ...]]:
    high, low = float(values.max()), float(values.min())
    are_whole = float(np.mean(values == np.round(values)))
    if high > LOG_MAXIMUM and are_whole > 0.99:
        if low < 0:
            raise ExpressionError(
                "TAB-56",
                "counts are negative",
                file=path,
                found=f"{int((values < 0).sum())} negative values, the lowest {low:g}",
                expected="whole numbers from 0",
                remedy="Use the raw counts, not a batch-corrected matrix.",
            )
        return "counts", ()
    if high > LOG_MAXIMUM:
        note = f"TAB-56 values up to {high:.6g} are not on a log scale; log2(x + 1) is usual for TPM or FPKM"
        return "linear", (note,)
    return ("ratio" if float(np.mean(values < 0)) > RATIO_NEGATIVE else "log2"), ()
