"""A matrix on its way into the study: whose samples they are, settled by its settings, written under pseudonyms.

Messages name columns by their number and patients by their key: the ids of the table may be a hospital's.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tilscope.reading import ExpressionMatrix, ExpressionTable, read_hgnc, trusted_expression
from tilscope.study import Study
from tilscope.vocabulary import TableError

HGNC_FILE = "hgnc_complete_set.txt"
MOST_SUGGESTED = 20
MOST_EXACT = 2.0**53  # whole numbers up to here are exact
GZIP_LEVEL = 4


def hgnc_file(study: Study) -> Path:
    """``genesets/hgnc_complete_set.txt``: what ``tilscope genesets fetch hgnc`` brings."""
    return study.gene_set_folder / HGNC_FILE


def settled_expression(study: Study, table: ExpressionTable) -> ExpressionMatrix:
    """Settle a table by the study's settings, with HGNC's table of names where the study has it."""
    settings, hgnc = study.settings.expression, hgnc_file(study)
    return trusted_expression(
        table,
        scale=settings.scale,
        identifiers=settings.identifiers,
        duplicates=settings.duplicates,
        names=read_hgnc(hgnc) if hgnc.is_file() else None,
    )


def known_samples(samples: Sequence[str], keys: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the samples that are patients, with their keys, and notes on those that are not.

    Parameters
    ----------
    samples : sequence of str
        Columns of the matrix.
    keys : mapping of id to participant key
        Of every patient, by the id that the matrix should use.

    Raises
    ------
    TableError
        TAB-57 when no sample is a patient; near misses are told, and never joined.
    """
    from tilscope.biology import match_samples

    match = match_samples(samples, keys)
    near = [
        f"column {samples.index(sample) + 1} may be {' or '.join(keys[i] for i in ids)}"
        for sample, ids in match.suggestions.items()
    ]
    told = ", ".join(near[:MOST_SUGGESTED]) + (
        f" and {len(near) - MOST_SUGGESTED} more" if len(near) > MOST_SUGGESTED else ""
    )
    advice = "the ids differ by case, blanks, separators or a few letters (R makes dots of dashes); nothing was joined"
    if not match.matched:
        raise TableError(
            "TAB-57",
            "no sample of the expression matrix is a patient of this study",
            found=f"{len(samples)} samples" + (f"; {told}: {advice}" if near else ""),
            expected="patients' ids",
            remedy="Name the columns as in the clinical table (genes in rows, samples in columns).",
        )
    notes = [f"TAB-50 {told}: {advice}"] if near else []
    if match.samples_only:
        notes.append(
            f"TAB-57: {len(match.samples_only)} expression sample(s) belong to no patient of the study"
        )
    return {sample: keys[sample] for sample in match.matched}, notes


def encode_expression(table: ExpressionTable) -> bytes:
    """Return the table as ``expression.tsv.gz``, nothing merged or left out.

    Whole numbers stay whole, others are written with all their digits; a missing one is ``n/a``.
    """
    values = table.values
    has_gaps = bool(np.isnan(values).any())
    is_whole = not has_gaps and bool(np.all(values == np.round(values)) and np.abs(values).max() < MOST_EXACT)
    rows = values.astype(np.int64) if is_whole else values
    lines = ["\t".join(["gene", *(["symbol"] if table.symbols else []), *table.samples])]
    for k, gene in enumerate(table.genes):
        names = (gene, table.symbols[k]) if table.symbols else (gene,)
        cells = "\t".join(map(repr, rows[k].tolist()))
        lines.append("\t".join([*map(_plain, names), cells.replace("nan", "n/a") if has_gaps else cells]))
    return gzip.compress(("\n".join(lines) + "\n").encode(), GZIP_LEVEL, mtime=0)


def _plain(name: str) -> str:
    return name.replace("\t", " ").replace('"', "'")
